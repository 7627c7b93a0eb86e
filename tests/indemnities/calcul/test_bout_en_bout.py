"""From a history of leave to euros: both engines against two second implementations that walk the days, in real days and in thirtieths."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest

from indemnities.calcul.lignes import calculer, to_cent
from indemnities.calcul.modele import ArretDroit, Assiette, Composante, Demande, Franchise, Ligne, Montant, Remuneration, Sort, Termes
from indemnities.droits.modele import Agent, Arret, Decompte, Nature
from indemnities.droits.moteur import droits
from tests.indemnities.calcul import naif
from tests.indemnities.calcul.naif import Day, Leave, Sums
from tests.indemnities.droits import naif as naif_droits
from tests.indemnities.droits.histoires import JOUR, au_hasard, un_agent

GRAINE = int(os.environ.get("VIGIE_GRAINE", "5"))

CARENCE = "carence"


def euros(alea: random.Random, au_plus: int) -> Decimal:
    return Decimal(alea.randrange(au_plus * 100)) / 100


def montants(alea: random.Random, arrets: list[Arret], par_jour: int) -> list[Montant]:
    """Amounts over parts of some arrêts, now and then past their end."""
    trouves = []
    for arret in arrets:
        if alea.random() < 0.3:
            debut = arret.debut + alea.randrange((arret.fin - arret.debut).days + 1) * JOUR
            fin = debut + alea.choice((0, 3, 10, 40)) * JOUR
            trouves.append(Montant(debut, fin, euros(alea, par_jour) * ((fin - debut).days + 1)))
    return trouves


def pays(alea: random.Random, premier: dt.date) -> list[Remuneration]:
    coupe = premier + alea.randrange(400) * JOUR
    return [
        Remuneration(debut, fin, euros(alea, 60_000), euros(alea, 2_000), euros(alea, 3_000), euros(alea, 1_000), euros(alea, 9_000))
        for debut, fin in ((dt.date(1990, 1, 1), coupe - JOUR), (coupe, None))
    ]


def une_demande(alea: random.Random, arrets: list[Arret], agent: Agent, decompte: Decompte) -> Demande:
    """Everything but the rights."""
    premier = min(arret.debut for arret in arrets)
    composantes = [c for c in Composante if c is not Composante.CHARGES and (c is Composante.TIB or alea.random() < 0.5)]
    genre = alea.choice(("AUCUNE", "PAR_ARRET_MO", "PAR_ARRET_TOUTES_IJ", "CUMULEE", "RELATIVE"))
    return Demande(
        regime=str(agent.regime),
        survenance=premier,
        arrets=[],
        remunerations=pays(alea, premier),
        assiette=Assiette(frozenset(composantes), alea.choice((Decimal(0), Decimal(10), Decimal("42.5")))),
        termes=Termes(
            diviseur=alea.choice(("360", "360", "365", "MOIS")),
            franchise=Franchise(genre, alea.choice((1, 10, 15, 30)), alea.random() < 0.5, alea.choice((0, 0, 2))),
            niveau=alea.choice((Decimal("1.00"), Decimal("0.90"), Decimal("0.80"))),
            niveau_ircantec=alea.random() < 0.5,
            suit_les_hausses=alea.random() < 0.5,
            plafond_jour=alea.choice((None, None, Decimal("95.00"))),
            niveaux=alea.choice(({}, {}, {"CMO": Decimal("0.70")})),
            fin_de_couverture=alea.choice((None, None, premier + 300 * JOUR)),
            decompte=decompte,
        ),
        ijss=montants(alea, arrets, 60) if alea.random() < 0.5 else [],
        maintenu=montants(alea, arrets, 120) if alea.random() < 0.3 else [],
    )


def walked(arrets: list[Arret], agent: Agent, decompte: Decompte, *, in_thirtieths: bool) -> Iterator[Leave]:
    """The naive rights, day by day, as what is paid for each."""
    trentieme = decompte is Decompte.TRENTIEME
    veille, commence = dt.date.min, dt.date.min
    ordre = sorted(arrets, key=lambda arret: arret.debut)
    for arret, rendus in zip(ordre, naif_droits.cmo(arrets, agent, trentieme=trentieme, carence=CARENCE), strict=True):
        if veille + JOUR != arret.debut:
            commence = arret.debut
        veille = arret.fin
        yield Leave("CMO", list(_day_by_day(arret, rendus, first=arret.debut == commence, in_thirtieths=in_thirtieths)))


def _day_by_day(arret: Arret, rendus: list[tuple[dt.date, str, int]], *, first: bool, in_thirtieths: bool) -> Iterator[Day]:
    """A 31st, which weighs nothing in months of thirty, has the right of the day before it; after a carence, or first, that of the next."""
    le, dernier = arret.debut, CARENCE
    du_jour: dict[dt.date, list[tuple[str, int]]] = {}
    for jour, rendu, unites in rendus:
        du_jour.setdefault(jour, []).append((rendu, unites))
    while le <= arret.fin:
        parts = du_jour.get(le, [])
        if not parts:
            suivant = next(rendu for jour, rendu, _ in rendus if jour > le) if dernier == CARENCE else dernier
            retenu = first and le == arret.debut and suivant != "0" and naif_droits.carence_en_vigueur(le)
            parts = [(CARENCE if retenu else suivant, 0)]
        entier = sum(unites for _, unites in parts)
        if not in_thirtieths:  # real days: the day goes with its first part
            parts, entier = [(parts[0][0], 1)], 1
        for rendu, unites in parts:
            part = Fraction(unites, entier) if entier else Fraction(1)
            yield Day(le, "CMO", Fraction(0 if rendu == CARENCE else rendu), rendu == CARENCE, units=unites, real=part)
        dernier = parts[-1][0]
        le += JOUR


def accord(graine: int) -> list[Ligne]:
    alea = random.Random(graine)
    decompte = alea.choice(tuple(Decompte))
    arrets = [a for a in au_hasard(alea) if not (a.fin.day == 31 and a.debut >= a.fin - JOUR)]  # nothing to walk in thirtieths
    if not arrets:
        return []
    agent = un_agent(alea, arrets[0].debut)
    demande = une_demande(alea, arrets, agent, decompte)
    in_thirtieths = decompte is Decompte.TRENTIEME and demande.termes.diviseur == "360"
    leaves = list(walked(arrets, agent, decompte, in_thirtieths=in_thirtieths))
    franchise = naif.in_franchise(demande.termes.franchise, leaves)
    attendus = {(day.le, CARENCE if day.carence else str(day.right)): day for leave in leaves for day in leave.days}
    alea.shuffle(arrets)
    resultat = droits(arrets, nature=Nature.CMO, agent=agent, decompte=decompte)
    lus = [ArretDroit("CMO", droit.segments) for droit in resultat.droits]
    alea.shuffle(lus)
    lignes = calculer(Demande(**{**vars(demande), "arrets": lus}))
    vus = set()
    for ligne in lignes:
        ou = f"graine {graine}, {decompte}, {demande.termes}, {ligne}"
        droit = CARENCE if ligne.motif.code == "CARENCE" else str(ligne.fraction)
        sums, le = Sums(), ligne.debut
        while le <= ligne.fin:
            cle = (le, droit)
            assert cle in attendus and cle not in vus, ou
            vus.add(cle)
            assert naif.fate(demande, attendus[cle], franchise) == ligne.sort, ou
            if ligne.sort == Sort.PAYE:
                naif.add(sums, demande, attendus[cle])
            le += JOUR
        attendu = to_cent(naif.owed(sums, demande, "CMO"))
        assert ligne.montant == attendu, ou
        if ligne.sort == Sort.PAYE:
            assert ligne.jours == sums.units, ou
    assert vus == set(attendus), f"graine {graine}"
    return lignes


def test_quelques_centaines() -> None:
    """Every fate and every cap is met, so that the agreement means something."""
    lignes = [ligne for numero in range(200) for ligne in accord(GRAINE * 1_000_000 + numero)]
    assert {ligne.sort for ligne in lignes} == {Sort.PAYE, Sort.CARENCE, Sort.FRANCHISE, Sort.SANS_DROIT, Sort.NON_COUVERT}
    assert {ligne.plafond for ligne in lignes} == {"", "MAINTENU", "CONTRAT"}
    assert any(ligne.ijss for ligne in lignes) and any(ligne.sort == Sort.PAYE and not ligne.montant for ligne in lignes)


@pytest.mark.lent
@pytest.mark.skipif(not os.environ.get("VIGIE_PROVE"), reason="make prove")
def test_cent_mille() -> None:
    for numero in range(100_000):
        accord(GRAINE * 10_000_000 + numero)
