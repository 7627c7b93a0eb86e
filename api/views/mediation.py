"""The position of a party in a médiation: how an insurer, or an employer's own software, answers."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api import fields
from api import openapi as doc
from api.base import Operation, acteur, read
from api.idempotency import once
from api.serializers.procedures import ProcedureSortie
from api.views.procedures import GROUPE, UID, procedure
from cases.enums import GenreBranche
from cases.enums_mediation import POSITIONS, PartieMediation
from cases.models import Branche
from cases.selectors_branches import branche_visible
from workflows.branches.mediation.actes import MAX_MOTIF, donner_position


class PositionEntree(fields.Entree):
    """Who answers, and what. The words are read by the three parties."""

    partie = fields.Choix(choices=PartieMediation.choices, help_text="Pour qui : chacun pour soi ; un gestionnaire peut rapporter.")
    sens = fields.Choix(choices=POSITIONS, help_text="La position. Opposée, ou autre solution : « motif » est nécessaire.")
    motif = fields.Texte(max_length=MAX_MOTIF, default="", allow_blank=True, help_text="Quelques mots, sans rien de la santé de l’agent.")
    assume = fields.Booleen(default=False, help_text="Vrai si des mots qui paraissent médicaux ne disent rien de la santé de l’agent.")


class Positions(Operation):
    @doc.operation(
        "donner_position", "Donner sa position dans une médiation, ou la changer", groupe=GROUPE, reponse=ProcedureSortie, statut=200,
        demande=PositionEntree, exemple={"partie": "ASSUREUR", "sens": "FAVORABLE_AU_REFUS"},
        parametres=[UID, doc.IDEMPOTENCY_KEY, doc.REPLAYED],
        refus=["introuvable", "en-tete-invalide", "donnee-refusee", "transition-impossible", "refus", "cle-deja-employee"],
        description="Tant que la médiation dure, une nouvelle réponse remplace la précédente, ou l’absence de réponse.",
    )  # fmt: skip
    def post(self, request: Request, uid: UUID) -> Response:
        user = acteur(request)
        branche = branche_visible(user, uid)
        if branche.genre != GenreBranche.MEDIATION:
            raise Branche.DoesNotExist
        valeurs = read(request, PositionEntree)

        def act() -> Response:
            donner_position(acteur=user, branche=branche, **valeurs)
            return procedure(user, branche_visible(user, uid))

        return once(request, act)
