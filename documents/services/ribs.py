"""The RIB is asked once for a collectivité: once it is conforme in one dossier, its other dossiers wait for it no more."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases.enums import OUVERTS
from cases.models import Sinistre
from documents.enums import Condition, EtatPiece
from documents.models import Piece
from documents.services.checklist import follow, reevaluer
from journal.services import consigner

LIMITE = 200


def rattraper(limite: int = LIMITE) -> int:
    """Evaluate afresh the open dossiers whose RIB is owed though known, or waived though known no more. How many changed.

    Each under its own lock, in a transaction of its own; run twice, the second finds nothing to do.
    """
    known = Piece.objects.filter(code="rib", etat=EtatPiece.CONFORME, sinistre__collectivite=OuterRef("sinistre__collectivite"))
    stale = Q(etat__in=[EtatPiece.DEMANDEE, EtatPiece.REFUSEE], connu=True) | Q(etat=EtatPiece.SANS_OBJET, connu=False)
    ids = (
        Piece.objects.filter(code="rib", exigence__condition=Condition.RIB_INCONNU, sinistre__etat__in=OUVERTS)
        .annotate(connu=Exists(known))
        .filter(stale)
        .order_by("sinistre_id")
        .values_list("sinistre_id", flat=True)[:limite]
    )
    return sum(_evaluate(pk) for pk in list(ids))


def _evaluate(sinistre_id: int) -> bool:
    with transaction.atomic():
        sinistre = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=sinistre_id)
        if sinistre.etat not in OUVERTS:
            return False
        changement = reevaluer(sinistre)
        if changement.rien:
            return False
        follow(sinistre)
        consigner(
            acteur=None,
            action="pieces.reevaluees",
            objet_type="sinistre",
            objet_id=sinistre.pk,
            sinistre_id=sinistre.pk,
            donnees={
                "ajoutees": sorted(p.code for p in changement.gagnees),
                "retirees": sorted(p.code for p in changement.retirees),
            },
        )
    return True
