"""Messages on a dossier: an employer's own software asks and answers as its pages do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gate import exiger
from accounts.models import User
from api import openapi as doc
from api.base import Operation, acteur, read, read_parameters
from api.fields import Pagine
from api.idempotency import once
from api.pagination import DEFAULT_SIZE, by_id
from api.serializers.messages import MessageEntree, MessageSortie, PageMessages
from cases.enums_message import SensMessage
from cases.models import Message, Sinistre
from cases.selectors import sinistre_visible
from cases.selectors_messages import messages_du_sinistre, sens_de
from cases.services import messages

GROUPE = "Messages"


def _out(user: User, sinistre: Sinistre, lignes: Sequence[Message]) -> Any:
    return MessageSortie(lignes, many=True, context={"de_la_collectivite": sens_de(user, sinistre) == SensMessage.VERS_CDG}).data


class Messages(Operation):
    @doc.operation(
        "lister_messages", "Les messages d’un dossier, du plus récent au plus ancien", groupe=GROUPE, reponse=PageMessages,
        parametres=[doc.NUMERO, Pagine], refus=["introuvable", "donnee-invalide"],
        description="Les lire ici ne les marque pas comme lus : seule une personne lit, sur sa page.",
    )  # fmt: skip
    def get(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "messages_lire", sinistre)
        valeurs = read_parameters(request, Pagine)
        page = by_id(messages_du_sinistre(user, sinistre), valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": _out(user, sinistre, page.lignes), "suivant": page.suivant(request)})

    @doc.operation(
        "ecrire_message", "Écrire à la collectivité, ou au centre de gestion", groupe=GROUPE, demande=MessageEntree, reponse=MessageSortie,
        statut=201, exemple={"texte": "L’arrêté sera signé lundi."}, parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.REPLAYED],
        refus=["introuvable", "en-tete-invalide", "donnee-refusee", "alerte-a-confirmer", "cle-deja-employee"],
        description="Le sens dépend de qui écrit. Des mots qui paraissent médicaux arrêtent l’envoi (409, ils sont nommés) : retirez-les, "
        "ou donnez dans « alertes_assumees » la raison de les garder.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "message_ecrire", sinistre)
        valeurs = read(request, MessageEntree)

        def act() -> Response:
            message = messages.ecrire(
                acteur=user, sinistre=sinistre, texte=valeurs["texte"], raison=valeurs.get("alertes_assumees", ""), vu=valeurs.get("vu")
            )
            return Response(_out(user, sinistre, [message])[0], status=201)

        return once(request, act)
