"""Frais médicaux of a dossier: what left the bulle of its invoices (documents) meets what is paid of them (indemnities).

Invoices are keyed in the bulle and nowhere else. No state of the dossier stops their payment but a refusal or a cancelling: care is paid
after the closing of the leave, and for life.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases.enums import GenreTache
from cases.enums_saisine import DecisionImputabilite
from cases.errors import DonneeInvalide
from cases.models import InstructionCitis, Sinistre
from cases.services import taches
from documents.models import ExtraitAdministratif
from documents.selectors_factures import FactureSortie, factures_sorties, preuves_manquantes
from indemnities.dossier.chaines import live_initial, net_of
from indemnities.models import Decompte, PriseEnCharge
from indemnities.selectors_frais import (
    Couverture,
    FactureDue,
    couverture_de,
    decomptes_par_facture,
    indus,
    prises_en_charge_de,
    read_dossier,
)
from indemnities.services import frais
from workflows import lifecycle

IMPUTABILITE_REFUSEE = "Imputabilité non retenue"


@dataclass(frozen=True)
class FactureSuivie:
    """An invoice with what was counted of it, euros. `reste`: what is left to count, negative for what is to be given back."""

    facture: FactureDue
    corrigee: bool
    couverture: Couverture
    decomptes: Sequence[Decompte]
    decompte: Decimal
    reste: Decimal
    est_indue: bool
    obstacles: tuple[str, ...]

    @property
    def peut_etre_payee(self) -> bool:
        return not self.obstacles and not self.est_indue and self._change

    @property
    def _change(self) -> bool:
        """The amount, or who is paid, is not what was counted."""
        initial = live_initial(self.decomptes)
        autre = [d for d in self.decomptes if d.frais.tiers_payant != self.facture.tiers_payant]
        return initial is None or self.reste != 0 or net_of(autre) != 0


def factures(user: User, sinistre: Sinistre) -> list[FactureSuivie]:
    """The invoices of a dossier, in the order they were keyed. A bounded number of queries, whatever their number."""
    sorties = factures_sorties(user, sinistre)
    if not sorties:
        return []
    dossier, par_facture, preuves = read_dossier(sinistre), decomptes_par_facture(sinistre), preuves_manquantes(sinistre)
    indues = indus(dossier, par_facture)
    suivies = []
    for sortie in sorties:
        facture = _facture(sortie)
        couverture = couverture_de(dossier, facture.debut, facture.fin)
        decomptes = par_facture.get(facture.numero, [])
        counted, est_indue = net_of(decomptes), facture.numero in indues
        owed = Decimal("0.00") if est_indue or couverture.raisons else frais.owed_of(sinistre, facture)
        obstacles = (*couverture.raisons, *_without_proof(facture, preuves))
        reste = owed - counted if est_indue or not couverture.raisons else Decimal("0.00")
        suivies.append(FactureSuivie(facture, sortie.est_corrigee, couverture, decomptes, counted, reste, est_indue, obstacles))
    return suivies


def payer(*, acteur: User, numero: str, facture: int, alerte_assumee: str = "") -> list[Decompte]:
    """Take one invoice to payment, or what its correction in the bulle has changed: the décomptes made, for another person to approve.

    Raises Sinistre.DoesNotExist, DonneeInvalide (no such invoice, proof missing), and as `frais.mettre_en_paiement`.
    """
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        sortie = next((une for une in factures_sorties(acteur, sinistre) if une.numero == facture), None)
        if sortie is None:
            raise DonneeInvalide.sur("facture", "Cette facture n’est pas de ce dossier.")
        due = _facture(sortie)
        manque = _without_proof(due, preuves_manquantes(sinistre))
        couverture = couverture_de(read_dossier(sinistre), due.debut, due.fin)
        if manque and not couverture.raisons:
            raise DonneeInvalide.sur("facture", " ".join(manque))
        faits = frais.mettre_en_paiement(
            acteur=acteur, sinistre=sinistre, facture=due, couverture=couverture, alerte_assumee=alerte_assumee
        )
        taches.fermer_objet(genre=GenreTache.FRAIS_A_PAYER, objet_type="facture", objet_id=facture, issue="en_paiement")
    return faits


def preparer_indus(*, acteur: User, numero: str) -> list[Decompte]:
    """The negative lines of all that was paid on certificates whose imputabilité was refused. Another person approves them.

    Raises Sinistre.DoesNotExist, Refus, DonneeInvalide when nothing is to be given back.
    """
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        a_reverser = indus(read_dossier(sinistre), decomptes_par_facture(sinistre))
        faits = [
            ligne for decomptes in a_reverser.values() for ligne in frais.reverser(acteur=acteur, sinistre=sinistre, decomptes=decomptes)
        ]
        if not faits:
            raise DonneeInvalide.sur("", "Rien n’est à reverser sur ce dossier.")
        taches.fermer(sinistre=sinistre, genres=[GenreTache.FRAIS_INDUS], issue="prepares")
    return faits


def suivre_imputabilite(*, acteur: User, instruction: InstructionCitis) -> None:
    """What a decision on imputabilité means for the certificates of its épisode: a refusal ends them, and asks somebody to have given
    back what they paid. The caller holds the lock of the sinistre."""
    sinistre = instruction.sinistre
    if instruction.decision != DecisionImputabilite.NON_IMPUTABLE or instruction.decision_le is None:
        if instruction.decision:
            taches.fermer(sinistre=sinistre, genres=[GenreTache.FRAIS_INDUS], issue="imputable")
        return
    en_cours = PriseEnCharge.objects.filter(episode=instruction.episode_id, retiree_au__isnull=True, fin__gte=instruction.decision_le)
    for prise in en_cours.order_by("pk"):
        frais.withdraw(acteur, prise, max(prise.debut, instruction.decision_le), IMPUTABILITE_REFUSEE)
    lu = read_dossier(sinistre)
    decide = replace(lu, instructions={**lu.instructions, instruction.episode_id: instruction})
    if indus(decide, decomptes_par_facture(sinistre)):
        taches.ouvrir(genre=GenreTache.FRAIS_INDUS, sinistre=sinistre)


def donner_prise_en_charge(*, acteur: User, numero: str, debut: dt.date, fin: dt.date) -> PriseEnCharge:
    """Raises Sinistre.DoesNotExist, and as `frais.donner_prise_en_charge`."""
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        return frais.donner_prise_en_charge(acteur=acteur, sinistre=sinistre, debut=debut, fin=fin)


def retirer_prise_en_charge(*, acteur: User, numero: str, prise_id: int, motif: str, au: dt.date | None = None) -> PriseEnCharge:
    """From today on unless told. Raises Sinistre.DoesNotExist, PriseEnCharge.DoesNotExist, and as `frais.retirer_prise_en_charge`."""
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        prise = prises_en_charge_de(acteur, sinistre).get(pk=prise_id)
        return frais.retirer_prise_en_charge(acteur=acteur, prise=prise, au=au or timezone.localdate(), motif=motif)


def _facture(sortie: FactureSortie) -> FactureDue:
    extrait: ExtraitAdministratif = sortie.extrait
    if extrait.etabli_le is None or extrait.montant is None or extrait.tiers_payant is None:
        raise ValueError("An invoice has a date, an amount, and says whom it pays.")
    debut = extrait.debut or extrait.etabli_le
    return FactureDue(sortie.numero, extrait.pk, extrait.etabli_le, debut, extrait.fin or debut, extrait.montant, extrait.tiers_payant)


def _without_proof(facture: FactureDue, preuves: Sequence[str]) -> tuple[str, ...]:
    """A refund waits for the proof of what was paid, where it is asked for; a tiers payant has none (domain: §2)."""
    if facture.tiers_payant:
        return ()
    return tuple(f"Pièce non conforme : {libelle}." for libelle in preuves)
