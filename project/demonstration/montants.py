"""What a décompte of the demonstration is worth, with the sentence that explains it: simple and honest, not the engine of rights."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from cases.models import Arret, Sinistre
from contracts.enums import GenreFranchise, Nature, Regime

DIVISEUR = 360
REFORME_CMO = dt.date(2025, 3, 1)
"""Certificates that start from that day on pay 90 % of a maladie ordinaire (domain: §1.3)."""

PLEIN = {Nature.CMO: 90, Nature.CLM: 365, Nature.CGM: 365, Nature.CLD: 3 * 365}
"""Days at full pay before half pay begins."""

IJSS = Decimal("0.50")
"""What the Sécurité sociale pays of an IRCANTEC agent's day, in the demonstration."""


def evaluate(sinistre: Sinistre, arret: Arret | None, tib: Decimal, jusqu_au: dt.date) -> tuple[dt.date, dt.date, Decimal, str]:
    """First and last day paid, amount in euros (rounded once, half-up), explanation in French. `tib` is annual.

    A leave that still runs is paid up to `jusqu_au`, both ends included.
    """
    if arret is None:
        jour = sinistre.survenance
        if sinistre.nature == Nature.DC:
            return jour, jour, _cents(tib), f"Capital décès : dernière rémunération annuelle, {euros(tib)}."
        return jour, jour, _cents(tib / 250), "Honoraires et frais remboursés au coût réel, sur facture."
    fin = max(arret.debut, min(arret.fin, jusqu_au))
    jours = (fin - arret.debut).days + 1
    franchise = min(jours, franchise_left(sinistre, arret))
    payes = jours - franchise
    fraction = _fraction(sinistre, arret)
    niveau = sinistre.termes.niveau
    montant = _cents(tib / DIVISEUR * fraction * payes * niveau)
    phrase = (
        f"{payes} j indemnisés ({jours} j, franchise {franchise} j) : {euros(tib)} / {DIVISEUR} × {_percent(fraction)}"
        f" × {payes} × niveau {_percent(niveau)} = {euros(montant)}."
    )
    return arret.debut, fin, montant, phrase


def franchise_left(sinistre: Sinistre, arret: Arret) -> int:
    """Days of this arrêt that the contract's franchise per arrêt takes; a prolongation or a rechute continues the same arrêt."""
    termes = sinistre.termes
    concerne = termes.genre_franchise == GenreFranchise.PAR_ARRET_TOUTES_IJ or (
        termes.genre_franchise == GenreFranchise.PAR_ARRET_MO and sinistre.nature == Nature.CMO
    )
    if not concerne:
        return 0
    avant = sum(autre.jours for autre in sinistre.arrets.filter(actif=True, debut__lt=arret.debut))
    return min(arret.jours, max(0, termes.franchise_jours - avant))


def _fraction(sinistre: Sinistre, arret: Arret) -> Decimal:
    if arret.quotite is not None:
        return Decimal(100 - arret.quotite) / 100
    if sinistre.regime == Regime.IRCANTEC:
        return Decimal(1) - IJSS
    plein = PLEIN.get(Nature(sinistre.nature))
    if plein is not None and (arret.debut - sinistre.survenance).days >= plein:
        return Decimal("0.50")
    if sinistre.nature == Nature.CMO and arret.certificat_du >= REFORME_CMO:
        return Decimal("0.90")
    return Decimal(1)


def _cents(montant: Decimal) -> Decimal:
    return montant.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _percent(fraction: Decimal) -> str:
    return f"{(fraction * 100).normalize():f}\u00a0%".replace(".", ",")


def euros(montant: Decimal) -> str:
    """« 1 234,56 € », with narrow no-break spaces."""
    return f"{montant:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"
