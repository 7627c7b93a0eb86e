"""Random leaves, pays and contracts, of the kinds that exist."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from indemnities.calcul.modele import (
    ArretDroit,
    Assiette,
    Composante,
    Demande,
    Franchise,
    Montant,
    Remuneration,
    Termes,
)
from indemnities.droits.modele import Motif, Segment
from indemnities.droits.regles import JOUR_CARENCE

ORIGINE = dt.date(2023, 11, 20)
JOUR = dt.timedelta(days=1)


PLEIN = Motif("PLEIN", "Plein traitement", "essai")
DIXIEMES = Motif("DIXIEMES", "90 % du traitement", "essai")
DEMI = Motif("DEMI", "Demi-traitement", "essai")
EPUISE = Motif("EPUISE", "Sans traitement", "essai")


def seg(debut: dt.date, fin: dt.date, fraction: str = "1", motif: Motif = PLEIN) -> Segment:
    return Segment(debut, fin, (fin - debut).days + 1, Decimal(fraction), motif)


euros = st.decimals(min_value=0, max_value=60_000, places=2)
fractions = st.sampled_from([("1", PLEIN), ("0.9", DIXIEMES), ("0.5", DEMI), ("0", EPUISE)])


@st.composite
def arrets(draw: st.DrawFn) -> list[ArretDroit]:
    le = ORIGINE + draw(st.integers(0, 40)) * JOUR
    trouves = []
    for rang in range(draw(st.integers(1, 5))):
        nature = draw(st.sampled_from(["CMO", "CMO", "AS", "CLM"]))
        segments = []
        if nature == "CMO" and draw(st.booleans()):
            segments.append(seg(le, le, "0", JOUR_CARENCE))
            le += JOUR
        for _ in range(draw(st.integers(0 if segments else 1, 3))):
            fraction, motif = draw(fractions)
            fin = le + draw(st.integers(0, 45)) * JOUR
            segments.append(seg(le, fin, fraction, motif))
            le = fin + JOUR
        absence = draw(st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 2), Fraction(2, 5)]))
        trouves.append(ArretDroit(nature, segments, rechute=bool(rang) and nature == "AS" and draw(st.booleans()), absence=absence))
        le += draw(st.sampled_from([0, 0, 1, 2, 30])) * JOUR
    return trouves


@st.composite
def remunerations(draw: st.DrawFn) -> list[Remuneration]:
    bornes = sorted(draw(st.sets(st.integers(1, 250), max_size=2)))
    debuts = [ORIGINE - 400 * JOUR, *(ORIGINE + b * JOUR for b in bornes)]
    fins = [d - JOUR for d in debuts[1:]] + [None]
    return [
        Remuneration(d, f, draw(euros), draw(euros), draw(euros), draw(euros), draw(euros))
        for d, f in zip(debuts, fins, strict=True)
    ]  # fmt: skip


@st.composite
def montants(draw: st.DrawFn) -> list[Montant]:
    if not draw(st.booleans()):
        return []
    debut = ORIGINE + draw(st.integers(0, 120)) * JOUR
    return [Montant(debut, debut + draw(st.integers(0, 60)) * JOUR, draw(st.decimals(0, 4000, places=2)))]


@st.composite
def demandes(draw: st.DrawFn) -> Demande:
    liste = draw(arrets())
    composantes = draw(st.sets(st.sampled_from([c for c in Composante if c not in (Composante.TIB, Composante.CHARGES)])))
    return Demande(
        regime=draw(st.sampled_from(["CNRACL", "IRCANTEC"])),
        survenance=min(a.debut for a in liste),
        arrets=draw(st.permutations(liste)),
        remunerations=draw(remunerations()),
        assiette=Assiette(frozenset(composantes | {Composante.TIB}), draw(st.sampled_from([Decimal(0), Decimal(10), Decimal("42.5")]))),
        termes=Termes(
            diviseur=draw(st.sampled_from(["360", "365", "MOIS"])),
            franchise=Franchise(
                draw(st.sampled_from(["AUCUNE", "PAR_ARRET_MO", "PAR_ARRET_TOUTES_IJ", "CUMULEE", "RELATIVE"])),
                draw(st.sampled_from([10, 15, 30])),
                draw(st.booleans()),
                draw(st.sampled_from([0, 2])),
            ),
            niveau=draw(st.sampled_from([Decimal("1.00"), Decimal("0.90"), Decimal("0.80")])),
            suit_les_hausses=draw(st.booleans()),
            plafond_jour=draw(st.sampled_from([None, None, Decimal("95.00")])),
            fin_de_couverture=draw(st.sampled_from([None, None, ORIGINE + 90 * JOUR])),
        ),
        ijss=draw(montants()),
        maintenu=draw(montants()),
    )
