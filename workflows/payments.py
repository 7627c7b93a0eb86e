"""Acts on money, with what they mean for the sinistre: each takes the house's locks in order (sinistres by id, then décomptes).

Settling a décompte never depends on the sinistre's state; the sinistre follows where its state allows (`lifecycle.settle`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from accounts.gate import Refus
from accounts.models import Collectivite, User
from cases.enums import GenreTache
from cases.models import Arret, Sinistre
from cases.services import taches
from contracts.models import ContratGroupe
from indemnities.enums import EtatDecompte
from indemnities.models import Bordereau, Decompte
from indemnities.selectors import bordereaux_visibles, decomptes_visibles, has_unpaid
from indemnities.services import bordereaux, decomptes, delais, remises
from workflows import bordereaux_fichiers, lifecycle, verrous
from workflows.guards import read_conge


def saisir_decompte(
    *,
    acteur: User,
    numero: str,
    debut: dt.date,
    fin: dt.date,
    montant: Decimal,
    explication: str,
    arret: Arret | None = None,
    corrige: Decompte | None = None,
) -> Decompte:
    """Type a décompte on a visible sinistre. Raises Sinistre.DoesNotExist, Refus, DonneeInvalide."""
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        decompte = decomptes.calculer(
            acteur=acteur,
            sinistre=sinistre,
            debut=debut,
            fin=fin,
            montant=montant,
            explication=explication,
            arret=arret,
            corrige=corrige,
        )
        if not read_conge(sinistre).a_payer:
            taches.fermer(sinistre=sinistre, genres=[GenreTache.SAISIR_DECOMPTE], issue="saisi")
    return decompte


def approuver_decompte(*, acteur: User, decompte_id: int) -> Decompte:
    """Approve a visible décompte. Raises Decompte.DoesNotExist, Refus, Erreur, TransitionImpossible."""
    decompte = decomptes_visibles(acteur).get(pk=decompte_id)
    with transaction.atomic():
        verrous.lock(decompte.sinistre_id)
        return decomptes.approuver(acteur=acteur, decompte=decompte)


def rejeter_decompte(*, acteur: User, decompte_id: int, motif: str) -> Decompte:
    """Reject a visible décompte; when it had been sent, a sinistre that was paid goes back to VALIDE. Raises as approuver_decompte."""
    decompte = decomptes_visibles(acteur).get(pk=decompte_id)
    with transaction.atomic():
        sinistre = verrous.lock(decompte.sinistre_id)
        bordereau = Bordereau.objects.select_for_update(of=("self",)).filter(decomptes=decompte.pk).first()
        if bordereau is not None:
            remises.exiger_hors_remise(bordereau)
        return _reject(acteur, sinistre, decompte, motif)


def composer_bordereau(*, acteur: User, collectivite: Collectivite, contrat: ContratGroupe, decompte_ids: Sequence[int]) -> Bordereau:
    """Gather approved décomptes of one collectivité and contract into a bordereau, transmitted at once. Raises as `bordereaux.composer`."""
    with transaction.atomic():
        locked = _lock_all(list(decomptes_visibles(acteur).filter(pk__in=decompte_ids).values_list("pk", "sinistre_id")))
        if len(locked) != len(set(decompte_ids)):
            raise Refus("Un des décomptes choisis n’existe pas.", action="bordereau_transmettre", visible=False)
        bordereau = bordereaux.composer(acteur=acteur, collectivite=collectivite, contrat=contrat, decomptes=locked)
        bordereaux_fichiers.reveiller(bordereau.pk)
    return bordereau


def regler_bordereau(*, acteur: User, bordereau_id: int, le: dt.date, reference: str) -> Bordereau:
    """Record that a bordereau is settled; each sinistre with nothing left unpaid becomes REMBOURSE.

    Raises Bordereau.DoesNotExist, Refus, DonneeInvalide, TransitionImpossible.
    """
    visible = bordereaux_visibles(acteur).get(pk=bordereau_id)
    with transaction.atomic():
        bordereau, lignes = lock_bordereau(visible.pk)
        remises.exiger_hors_remise(bordereau)
        settle_locked(acteur, bordereau, lignes, le=le, reference=reference)
    return bordereau


def lock_bordereau(bordereau_id: int) -> tuple[Bordereau, list[Decompte]]:
    """A bordereau and its lines, locked in the house's order: sinistres, décomptes, then itself."""
    lignes = _lock_all(list(Decompte.objects.filter(bordereau=bordereau_id).values_list("pk", "sinistre_id")))
    bordereau = Bordereau.objects.select_for_update(of=("self",)).select_related("contrat", "collectivite").get(pk=bordereau_id)
    return bordereau, lignes


def settle_locked(acteur: User, bordereau: Bordereau, lignes: list[Decompte], *, le: dt.date, reference: str) -> None:
    """What a notice or a bank says: all of it is paid. Raises as `bordereaux.regler`."""
    bordereaux.regler(acteur=acteur, bordereau=bordereau, le=le, reference=reference, decomptes=lignes)
    for sinistre_id in sorted({d.sinistre_id for d in lignes}):
        sinistre = verrous.lock(sinistre_id)
        delais.suivre(sinistre)
        if not has_unpaid(sinistre):
            lifecycle.settle(acteur=acteur, sinistre=sinistre, nom="rembourser")


def reject_locked(acteur: User, lignes: list[Decompte], *, motif: str) -> None:
    """The money did not arrive, or came back: every line that nobody rejected yet is, and each asks to be dealt with.

    Raises Refus when one concerns `acteur` himself: somebody else then records it.
    """
    for ligne in lignes:
        if ligne.etat != EtatDecompte.REJETE:
            _reject(acteur, verrous.lock(ligne.sinistre_id), ligne, motif)


def _reject(acteur: User, sinistre: Sinistre, decompte: Decompte, motif: str) -> Decompte:
    rejected = decomptes.rejeter(acteur=acteur, decompte=decompte, motif=motif)
    if rejected.bordereau_id is not None:
        lifecycle.settle(acteur=acteur, sinistre=sinistre, nom="rejeter_reglement")
    return rejected


def _lock_all(pairs: list[tuple[int, int]]) -> list[Decompte]:
    """Lock the sinistres in id order, then their décomptes in id order: two bordereaux at once never deadlock."""
    sinistre_ids = sorted({sinistre_id for _, sinistre_id in pairs})
    list(Sinistre.objects.select_for_update(of=("self",)).filter(pk__in=sinistre_ids).order_by("pk").values_list("pk"))
    return list(
        Decompte.objects.select_for_update(of=("self",))
        .filter(pk__in=[pk for pk, _ in pairs])
        .select_related("sinistre__collectivite", "sinistre__agent", "sinistre__contrat")
        .order_by("pk")
    )
