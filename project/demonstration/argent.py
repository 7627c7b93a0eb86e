"""Money of the demonstration: what no engine reckons (care, who is left after a death, what the CPAM paid), and the days that pass."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from accounts.models import User
from cases.enums import GenreTache
from cases.errors import GardeNonSatisfaite
from cases.models import Arret, Sinistre, Tache
from contracts.enums import Nature, Regime
from contracts.models import Remuneration
from indemnities.dossier.intervalles import JOUR, without
from indemnities.droits.deces import Conjoint, Enfant, Lien
from indemnities.enums import GenreMontant
from indemnities.rules_constats import LigneMontant
from indemnities.selectors_constats import montants_de
from indemnities.services.capital import FaitsDeces
from workflows import constats, decomptes, payments

IJSS = Decimal("0.80")
"""What the Sécurité sociale pays of the gross pay of a maternity, about (CSS R331-5 caps the net pay at the plafond)."""

ESTIMABLES = frozenset({Nature.CMO, Nature.CGM, Nature.ATC, Nature.ATI})
"""Leaves whose allowances are estimated until the CPAM's décompte comes."""

PATIENCE = dt.timedelta(days=4)
"""How long « Calculer les décomptes » waits for somebody."""


def soins(tib: Decimal) -> Decimal:
    """Euros of the care of a dossier, about a day's pay. `tib` is annual."""
    return _cents(tib / 250)


def ayants_droit(deces: dt.date) -> FaitsDeces:
    """A spouse and one child of school age: what most families are left with."""
    return FaitsDeces(
        age_legal=False,
        conjoint=Conjoint(Lien.MARIAGE, deces - dt.timedelta(days=365 * 12)),
        enfants=(Enfant(deces - dt.timedelta(days=365 * 11)),),
    )


def recevoir_la_cpam(acteur: User, sinistre: Sinistre) -> None:
    """The décompte of the CPAM comes once days are over, for a leave whose allowances nobody can estimate."""
    if sinistre.regime != Regime.IRCANTEC or sinistre.nature in ESTIMABLES:
        return
    hier = timezone.localdate() - JOUR
    connus = list(montants_de(sinistre, GenreMontant.CPAM).values_list("debut", "fin"))
    tib = Remuneration.objects.filter(agent=sinistre.agent_id).latest("debut").tib
    for arret in Arret.objects.filter(sinistre=sinistre, actif=True, debut__lte=hier).order_by("debut"):
        for debut, fin in without((arret.debut, min(arret.fin, hier)), connus):
            part = Decimal(100 - (arret.quotite or 0)) / 100
            montant = _cents(tib / 365 * ((fin - debut).days + 1) * IJSS * part)
            ligne = LigneMontant(GenreMontant.CPAM, debut, fin, montant, f"CPAM {debut:%d%m%y}-{sinistre.pk}")
            constats.saisir_montant(acteur=acteur, numero=sinistre.numero, ligne=ligne)


def compter_les_jours_echus(gestionnaire: User, payeur: User, *, hormis: set[int]) -> None:
    """Leaves that run are reckoned as their days pass, and agreed. `hormis`: agents whose dossier is to be found waiting, by key."""
    attendues = Tache.objects.filter(
        genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True, cree_le__lte=timezone.now() - PATIENCE
    ).exclude(sinistre__agent__in=hormis)
    for sinistre in Sinistre.objects.filter(pk__in=attendues.values("sinistre")).order_by("pk"):
        recevoir_la_cpam(gestionnaire, sinistre)
        try:
            ecrits = decomptes.preparer(acteur=gestionnaire, numero=sinistre.numero)
        except GardeNonSatisfaite:
            continue  # a death, care, a dossier whose pièces came back: its own life sees to it
        for decompte in ecrits:
            payments.approuver_decompte(acteur=payeur, decompte_id=decompte.pk)


def _cents(montant: Decimal) -> Decimal:
    return montant.quantize(Decimal("0.01"), ROUND_HALF_UP)
