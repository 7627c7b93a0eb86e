"""Each nature of the domain, §1: what it pays, for how long, and what opens it again."""

from __future__ import annotations

from typing import Any

import pytest

from cases.errors import DonneeInvalide
from contracts.enums import NATURES_BY_REGIME
from contracts.enums import Nature as NatureContrat
from contracts.enums import Regime as RegimeContrat
from contracts.enums import Statut as StatutContrat
from indemnities.droits import regles
from indemnities.droits.modele import Agent, Nature, Regime, Statut
from tests.indemnities.droits.histoires import CONTRACTUEL, arret, calcule, cles, d, histoire, lus

IRCANTEC = Agent(Regime.IRCANTEC)


def contractuel(entree: str) -> Agent:
    return Agent(*CONTRACTUEL, entree=d(entree))


def courts(arrets: list[Any], nature: Nature, **options: Any) -> list[list[tuple[str, str, str]]]:
    return [[(debut, fin, fraction) for debut, fin, _, fraction in droit] for droit in lus(calcule(arrets, nature, **options))]


def test_les_codes_sont_ceux_des_contrats() -> None:
    assert {nature.value for nature in Nature} == set(NatureContrat.values) - {"DC", "FM"}
    assert {regime.value for regime in Regime} == set(RegimeContrat.values)
    assert {statut.value for statut in Statut} == set(StatutContrat.values)
    for regime, natures in NATURES_BY_REGIME.items():
        assert {nature.value for nature in regles.NATURES[Regime(regime)]} == {str(nature) for nature in natures} - {"DC", "FM"}


# -- Contractuels ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entree", "jours"),
    [
        ("2024-02-02", 0), ("2024-02-01", 30), ("2022-06-02", 30), ("2022-06-01", 60), ("2021-06-02", 60), ("2021-06-01", 90),
        ("2000-01-01", 90),
    ],
)  # fmt: skip
def test_contractuel_selon_l_anciennete(entree: str, jours: int) -> None:
    """One month and one after four months of service, two and two after two years, three and three after three (décret 88-145, art. 7)."""
    resultat = cles(calcule([arret("2024-06-01", "2024-12-31")], agent=contractuel(entree)))
    assert resultat.get("1", 0) == max(0, jours - 1)
    assert resultat.get("0.5", 0) == jours


def test_contractuel_a_90_pour_cent_depuis_mars_2025() -> None:
    assert cles(calcule([arret("2025-03-10", "2025-06-30")], agent=contractuel("2022-09-01"))) == {"0.9": 59, "0.5": 53, "0": 1}


def test_contractuel_l_anciennete_est_celle_du_debut_de_l_arret() -> None:
    """A leave that crosses the two years keeps its one month; its prolongation too; the next leave, after three years, has three."""
    agent = contractuel("2022-06-15")
    arrets = [arret("2024-06-01", "2024-06-20"), arret("2024-06-21", "2024-09-30"), arret("2025-10-15", "2025-12-31")]
    premier, prolonge, suivant = calcule(arrets, agent=agent).droits
    assert [s.jours for s in (*premier.segments, *prolonge.segments)] == [1, 19, 10, 30, 62]
    assert [s.jours for s in suivant.segments] == [1, 77]


def test_contractuel_sans_date_d_entree() -> None:
    with pytest.raises(DonneeInvalide) as refus:
        calcule([arret("2024-01-01", "2024-01-10")], agent=Agent(*CONTRACTUEL))
    assert "entree" in refus.value.champs


def test_fonctionnaire_ircantec_comme_a_la_cnracl() -> None:
    arrets = histoire(("2024-01-01", "2024-12-31"))
    assert calcule(arrets, agent=IRCANTEC) == calcule(arrets)


# -- Longue maladie, longue durée, grave maladie ---------------------------------------------------------------------------------


def test_longue_maladie_de_date_a_date() -> None:
    assert courts([arret("2020-03-15", "2024-01-31")], Nature.CLM) == [
        [("2020-03-15", "2021-03-14", "1"), ("2021-03-15", "2023-03-14", "0.5"), ("2023-03-15", "2024-01-31", "0")]
    ]
    assert courts([arret("2024-01-01", "2026-12-31")], Nature.CLM) == [
        [("2024-01-01", "2024-12-31", "1"), ("2025-01-01", "2026-12-31", "0.5")]
    ]
    assert courts([arret("2024-02-29", "2025-06-30")], Nature.CLM) == [
        [("2024-02-29", "2025-02-28", "1"), ("2025-03-01", "2025-06-30", "0.5")]
    ]


def test_longue_maladie_en_trentiemes() -> None:
    assert cles(calcule([arret("2020-03-15", "2023-12-31")], Nature.CLM, decompte="trentieme")) == {"1": 360, "0.5": 720, "0": 286}


def test_longue_maladie_fractionnee_et_nouvelle_apres_un_an_de_reprise() -> None:
    premier = ("2020-01-01", "2020-12-31")
    assert courts(histoire(premier, ("2021-12-31", "2022-01-31")), Nature.CLM)[1] == [("2021-12-31", "2022-01-31", "0.5")]
    assert courts(histoire(premier, ("2022-01-01", "2023-01-31")), Nature.CLM)[1] == [
        ("2022-01-01", "2022-12-31", "1"),
        ("2023-01-01", "2023-01-31", "0.5"),
    ]


def test_longue_duree() -> None:
    assert courts([arret("2015-05-01", "2021-04-30")], Nature.CLD) == [
        [("2015-05-01", "2018-04-30", "1"), ("2018-05-01", "2020-04-30", "0.5"), ("2020-05-01", "2021-04-30", "0")]
    ]


def test_longue_duree_apres_l_annee_pleine_de_longue_maladie() -> None:
    """That year counts in it: two years more at full pay, then two at half. Of another affection, it does not."""
    suite = [arret("2016-01-01", "2016-12-31", nature=Nature.CLM, dossier="a"), arret("2017-01-01", "2021-12-31", dossier="a")]
    assert courts(suite, Nature.CLD)[1] == [
        ("2017-01-01", "2018-12-31", "1"),
        ("2019-01-01", "2020-12-31", "0.5"),
        ("2021-01-01", "2021-12-31", "0"),
    ]
    autre = [suite[0], arret("2017-01-01", "2021-12-31", dossier="b")]
    assert courts(autre, Nature.CLD)[1] == [("2017-01-01", "2019-12-31", "1"), ("2020-01-01", "2021-12-31", "0.5")]


def test_longue_duree_une_fois_par_affection() -> None:
    arrets = [
        arret("2010-01-01", "2014-12-31", dossier="a"),
        arret("2019-01-01", "2019-01-31", dossier="a"),
        arret("2020-01-01", "2020-01-31", dossier="b"),
    ]
    assert [droit[0][2] for droit in courts(arrets[1:], Nature.CLD)] == ["1", "1"]
    assert [droit[-1][2] for droit in courts(arrets, Nature.CLD)] == ["0.5", "0", "1"]


def test_grave_maladie() -> None:
    long = [arret("2020-01-01", "2023-06-30")]
    attendu = [[("2020-01-01", "2020-12-31", "1"), ("2021-01-01", "2022-12-31", "0.5"), ("2023-01-01", "2023-06-30", "0")]]
    assert courts(long, Nature.CGM, agent=IRCANTEC) == attendu
    assert courts(long, Nature.CGM, agent=contractuel("2017-01-01")) == attendu
    assert courts(long, Nature.CGM, agent=contractuel("2017-01-02")) == [[("2020-01-01", "2023-06-30", "0")]]


# -- Accidents -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nature", [Nature.AS, Nature.TRJ, Nature.MP])
def test_citis_sans_limite_ni_carence(nature: Nature) -> None:
    assert courts([arret("2019-01-07", "2029-01-06")], nature) == [[("2019-01-07", "2029-01-06", "1")]]


@pytest.mark.parametrize(("entree", "jours"), [("2024-05-31", 30), ("2023-06-02", 30), ("2023-06-01", 60), ("2021-06-01", 90)])
def test_accident_du_travail_d_un_contractuel(entree: str, jours: int) -> None:
    """A month from the first day of service, two after a year, three after three (décret 88-145, art. 9); then the CPAM alone."""
    resultat = calcule([arret("2024-06-01", "2024-12-31")], Nature.ATC, agent=contractuel(entree))
    assert cles(resultat) == {"1": jours, "0": 214 - jours}


def test_accident_l_anciennete_est_celle_du_debut() -> None:
    """A prolongation that crosses the first year of service adds nothing; a rechute after it has two months in all."""
    agent = contractuel("2023-06-15")
    prolonge = [arret("2024-06-01", "2024-06-20"), arret("2024-06-21", "2024-08-31")]
    assert cles(calcule(prolonge, Nature.ATC, agent=agent)) == {"1": 30, "0": 62}
    assert cles(calcule([*prolonge, arret("2024-10-01", "2024-10-31")], Nature.ATC, agent=agent)) == {"1": 30, "0": 62 + 31}
    court = [arret("2024-06-01", "2024-06-20"), arret("2024-06-30", "2024-08-31")]
    assert cles(calcule(court, Nature.ATC, agent=agent)) == {"1": 60, "0": 23}


def test_deux_accidents_deux_droits() -> None:
    agent = contractuel("2023-12-01")
    arrets = [
        arret("2024-01-01", "2024-01-31", dossier="a"),
        arret("2024-03-01", "2024-03-31", dossier="b"),
        arret("2024-05-01", "2024-05-02", dossier="a"),
    ]
    assert [droit[0][2] for droit in courts(arrets, Nature.ATC, agent=agent)] == ["1", "1", "0"]


def test_accident_d_un_fonctionnaire_ircantec() -> None:
    assert cles(calcule([arret("2024-01-01", "2024-06-30")], Nature.ATI, agent=IRCANTEC)) == {"1": 90, "0": 92}


# -- Other leaves ----------------------------------------------------------------------------------------------------------------


def test_temps_partiel_therapeutique() -> None:
    """A year, then nothing before a year has gone by."""
    un_an = ("2022-01-01", "2022-12-31")
    assert courts(histoire(un_an, ("2023-01-01", "2023-03-31")), Nature.TPT)[1] == [("2023-01-01", "2023-03-31", "0")]
    assert courts(histoire(un_an, ("2023-12-30", "2024-01-31")), Nature.TPT)[1] == [("2023-12-30", "2024-01-31", "0")]
    assert courts(histoire(un_an, ("2024-01-01", "2024-03-31")), Nature.TPT)[1] == [("2024-01-01", "2024-03-31", "1")]


def test_un_temps_partiel_peut_cotoyer_un_arret() -> None:
    arrets = [arret("2022-01-01", "2022-03-31", nature=Nature.TPT), arret("2022-02-01", "2022-02-10")]
    assert [droit.nature for droit in calcule(arrets).droits] == [Nature.TPT, Nature.CMO]


def test_disponibilite_d_office() -> None:
    assert cles(calcule([arret("2020-01-01", "2020-12-31")], Nature.DORS)) == {"0": 366}
    assert cles(calcule([arret("2020-01-01", "2020-03-31", attente_avis=True)], Nature.DORS)) == {"0.5": 91}
    quatre = arret("2020-01-01", "2023-12-31")
    assert [s.motif.code for s in calcule([quatre], Nature.DORS).droits[0].segments] == ["DORS", "DORS_EPUISE"]
    exception = arret("2020-01-01", "2023-12-31", prolongation_exceptionnelle=True)
    assert [s.motif.code for s in calcule([exception], Nature.DORS).droits[0].segments] == ["DORS"]


@pytest.mark.parametrize("agent", [Agent(statut=Statut.STAGIAIRE), Agent(*CONTRACTUEL, entree=d("2010-01-01"))])
def test_disponibilite_des_titulaires_seulement(agent: Agent) -> None:
    with pytest.raises(DonneeInvalide, match="titulaire"):
        calcule([arret("2020-01-01", "2020-12-31")], Nature.DORS, agent=agent)


def test_demi_traitement_maintenu_dans_l_attente_de_l_avis() -> None:
    """The nature itself; and any leave whose rights are over, as long as the avis is awaited. Never for a contractuel."""
    assert cles(calcule([arret("2020-01-01", "2020-12-31")], Nature.MDT)) == {"0.5": 366}
    long = ("2009-01-01", "2010-03-31")
    resultat = calcule([arret(*long, attente_avis=True)])
    assert [(s.motif.code, s.jours) for s in resultat.droits[0].segments] == [("CMO_PLEIN", 90), ("CMO_DEMI", 270), ("MDT", 95)]
    assert cles(calcule([arret(*long, attente_avis=True)], agent=contractuel("2000-01-01"))) == {"1": 90, "0.5": 90, "0": 275}
    carence = calcule([arret("2019-01-01", "2019-01-03", attente_avis=True)])
    assert cles(carence) == {"1": 2, "0": 1}


@pytest.mark.parametrize(("groupe", "fraction"), [(1, "0.3"), (2, "0.5"), (3, "0.5")])
def test_invalidite_temporaire(groupe: int, fraction: str) -> None:
    assert cles(calcule([arret("2024-01-01", "2024-06-30", groupe=groupe)], Nature.AIT)) == {fraction: 182}


def test_reclassement_et_infirmite_de_guerre() -> None:
    assert courts([arret("2023-01-01", "2024-01-31")], Nature.PPR) == [
        [("2023-01-01", "2023-12-31", "1"), ("2024-01-01", "2024-01-31", "0")]
    ]
    assert courts([arret("2023-01-01", "2025-01-31")], Nature.IG) == [
        [("2023-01-01", "2024-12-31", "1"), ("2025-01-01", "2025-01-31", "0")]
    ]


# -- Refusals --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrets", "nature", "agent", "champ"),
    [
        ([("2024-01-10", "2024-01-01")], Nature.CMO, Agent(), "fin"),
        ([("2024-01-01", "2024-01-10"), ("2024-01-10", "2024-01-12")], Nature.CMO, Agent(), "arrets"),
        ([("1949-12-31", "1950-01-10")], Nature.CMO, Agent(), "debut"),
        ([("2024-01-01", "2200-01-01")], Nature.CMO, Agent(), "debut"),
        ([("2024-01-01", "2024-01-10")], Nature.CLM, IRCANTEC, "nature"),
        ([("2024-01-01", "2024-01-10")], Nature.CGM, Agent(), "nature"),
        ([("2024-01-01", "2024-01-10")], Nature.ATC, IRCANTEC, "nature"),
        ([("2024-01-01", "2024-01-10")], Nature.ATI, Agent(*CONTRACTUEL, entree=d("2020-01-01")), "nature"),
        ([("2024-01-01", "2024-01-10")], Nature.CMO, Agent(Regime.CNRACL, Statut.CONTRACTUEL), "statut"),
    ],
)
def test_ce_qui_est_refuse(arrets: list[tuple[str, str]], nature: Nature, agent: Agent, champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refus:
        calcule(histoire(*arrets), nature, agent=agent)
    assert list(refus.value.champs) == [champ]


def test_les_dates_extremes_sont_prises() -> None:
    assert cles(calcule(histoire(("1950-01-01", "1950-01-10"), ("2199-12-22", "2199-12-31")), Nature.AS)) == {"1": 20}


def test_deux_temps_partiels_ne_se_chevauchent_pas() -> None:
    with pytest.raises(DonneeInvalide, match="chevauchent"):
        calcule(histoire(("2024-01-01", "2024-03-31"), ("2024-03-31", "2024-04-30")), Nature.TPT)


def test_un_groupe_d_invalidite_inconnu() -> None:
    with pytest.raises(DonneeInvalide, match="groupe"):
        calcule([arret("2024-01-01", "2024-06-30", groupe=4)], Nature.AIT)
