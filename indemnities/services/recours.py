"""Writes of a recours contre tiers: amounts said, money received, money split. Rows are added, none is ever changed.

The caller (workflows/branches/recours) holds the locks of the sinistre and of the process, and its transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from indemnities.enums import SorteMontant
from indemnities.models import EncaissementRecours, MontantRecours, PartRecours, RecoursTiers
from indemnities.rules_recours import CENT, ZERO, Cle, repartir
from indemnities.selectors_recours import dus, repartis
from journal.services import annoncer, consigner

MAXIMUM = Decimal("9999999.99")


def ecrire(
    *,
    acteur: User | None,
    recours: RecoursTiers,
    sorte: SorteMontant,
    montants: Mapping[Cle, Decimal],
    explications: Mapping[Cle, str] | None = None,
) -> Decimal:
    """Say the amounts of these lines, in euros: from now on they hold. Returns their total.

    Raises DonneeInvalide, under the field `<poste>_<beneficiaire>` in lower case, for what is no amount in cents.
    """
    erreurs = {champ_de(cle): [message] for cle, montant in montants.items() if (message := faute(montant))}
    if erreurs:
        raise DonneeInvalide(erreurs)
    raisons = explications or {}
    MontantRecours.objects.bulk_create(
        MontantRecours(
            recours=recours,
            sorte=sorte,
            poste=cle[0],
            beneficiaire=cle[1],
            montant=montant,
            explication=raisons.get(cle, "")[:500],
            saisi_par=acteur,
        )
        for cle, montant in sorted(montants.items())
    )
    return sum(montants.values(), ZERO)


def champ_de(cle: Cle) -> str:
    """The name under which a form or the API gives the amount of a line."""
    return f"{cle[0]}_{cle[1]}".lower()


def faute(montant: Decimal) -> str:
    """Why this is no amount to claim, offer or grant; empty when it is."""
    if not montant.is_finite() or not 0 <= montant <= MAXIMUM:
        return "Le montant est compris entre 0 et 9 999 999,99 euros."
    if montant != montant.quantize(CENT):
        return "Le montant s’arrête au centime."
    return ""


def encaisser(
    *, acteur: User, sinistre: Sinistre, recours: RecoursTiers, recu_le: dt.date, montant: Decimal, reference: str, poste: str = ""
) -> EncaissementRecours:
    """Note a payment of the third party or his insurer, in euros, for one poste or for all.

    Raises Refus, DonneeInvalide (to come, before the claim, no amount in cents, poste not claimed, keyed already).
    """
    exiger(acteur, "recours_encaisser", sinistre)
    erreurs: dict[str, list[str]] = {}
    if recu_le > timezone.localdate():
        erreurs["recu_le"] = ["Le paiement est daté d’un jour à venir."]
    elif recours.reclame_le is not None and recu_le < recours.reclame_le:
        erreurs["recu_le"] = ["Le paiement est antérieur à la réclamation."]
    if message := faute(montant):
        erreurs["montant"] = [message]
    elif montant == 0:
        erreurs["montant"] = ["Le montant est positif."]
    if not reference.strip():
        erreurs["reference"] = ["Donnez la référence du paiement."]
    elif recours.encaissements.filter(reference=reference.strip(), annule__isnull=True, annulation__isnull=True).exists():
        erreurs["reference"] = ["Un paiement de cette référence est déjà constaté sur ce recours."]
    if poste and poste not in {cle[0] for cle in dus(recours)}:
        erreurs["poste"] = ["Rien n’est réclamé pour ce poste."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    encaissement = EncaissementRecours.objects.create(
        recours=recours, recu_le=recu_le, montant=montant, poste=poste, reference=reference.strip()[:60], saisi_par=acteur
    )
    _record(acteur, "recours.encaisse", recours, montant=montant)
    return encaissement


def annuler(*, acteur: User, sinistre: Sinistre, encaissement: EncaissementRecours, motif: str) -> EncaissementRecours:
    """Undo a payment keyed by mistake or sent back: a negative row takes back exactly what each had.

    Raises Refus, DonneeInvalide without a motive, Erreur when it is undone already, or is itself an annulment.
    """
    exiger(acteur, "recours_encaisser", sinistre)
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi ce paiement est annulé.")
    if encaissement.annule_id is not None or EncaissementRecours.objects.filter(annule=encaissement).exists():
        raise Erreur("Ce paiement est déjà annulé.")
    contraire = EncaissementRecours.objects.create(
        recours=encaissement.recours,
        recu_le=timezone.localdate(),
        montant=-encaissement.montant,
        poste=encaissement.poste,
        reference=encaissement.reference,
        annule=encaissement,
        motif=motif.strip()[:200],
        saisi_par=acteur,
    )
    _record(acteur, "recours.encaissement_annule", encaissement.recours, montant=contraire.montant, motif=motif.strip())
    return contraire


def repartir_encaissements(*, recours: RecoursTiers, mode: str) -> int:
    """Split each payment that is not split yet, oldest first. Returns how many were. Safe to run twice."""
    en_attente = list(recours.encaissements.filter(parts__isnull=True).select_related("annule").order_by("pk"))
    for encaissement in en_attente:
        if encaissement.annule is not None:
            parts = {(p.poste, p.beneficiaire): -p.montant for p in encaissement.annule.parts.order_by("pk")}
        else:
            attendus = dus(recours)
            if encaissement.poste:
                attendus = {cle: du for cle, du in attendus.items() if cle[0] == encaissement.poste}
            parts = repartir(encaissement.montant, dus=attendus, deja=repartis(recours), mode=mode)
        PartRecours.objects.bulk_create(
            PartRecours(encaissement=encaissement, poste=poste, beneficiaire=beneficiaire, montant=montant)
            for (poste, beneficiaire), montant in sorted(parts.items())
        )
        _record(None, "recours.reparti", recours, montant=encaissement.montant)
    return len(en_attente)


def _record(acteur: User | None, action: str, recours: RecoursTiers, *, montant: Decimal, motif: str = "") -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="branche",
        objet_id=recours.branche_id,
        sinistre_id=recours.sinistre_id,
        motif=motif,
        donnees={"montant": f"{montant:.2f}"},
    )
    annoncer(type=action, objet_type="branche", objet_id=recours.branche_id, sinistre_id=recours.sinistre_id)
