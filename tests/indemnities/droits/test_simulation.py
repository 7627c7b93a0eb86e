"""The simulator's door: the shapes of the API, and every mistake said in French."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.errors import DonneeInvalide
from indemnities.droits.simulation import simuler

EXEMPLE = {
    "nature": "CMO",
    "regime": "CNRACL",
    "decompte": "calendaire",
    "arrets": [
        {"debut": "2002-08-18", "fin": "2002-09-12", "certificat": "2002-08-18"},
        {"debut": "2002-03-06", "fin": "2002-06-01", "certificat": "2002-03-06"},
    ],
}


def demande(**champs: Any) -> dict[str, Any]:
    return {"nature": "CMO", "arrets": [{"debut": "2002-01-16", "fin": "2002-01-23"}]} | champs


def un_arret(**champs: Any) -> dict[str, Any]:
    return demande(arrets=[{"debut": "2026-01-05", "fin": "2026-01-23"} | champs])


def test_les_formes_exactes() -> None:
    assert simuler(EXEMPLE) == {
        "arrets": [
            {
                "debut": "2002-03-06",
                "fin": "2002-06-01",
                "segments": [
                    {
                        "debut": "2002-03-06",
                        "fin": "2002-06-01",
                        "jours": 88,
                        "fraction": "1",
                        "motif": "Plein traitement : 90 premiers jours sur un an glissant",
                    }
                ],
            },
            {
                "debut": "2002-08-18",
                "fin": "2002-09-12",
                "segments": [
                    {
                        "debut": "2002-08-18",
                        "fin": "2002-08-19",
                        "jours": 2,
                        "fraction": "1",
                        "motif": "Plein traitement : 90 premiers jours sur un an glissant",
                    },
                    {
                        "debut": "2002-08-20",
                        "fin": "2002-09-12",
                        "jours": 24,
                        "fraction": "0.5",
                        "motif": "Demi-traitement : les 90 jours de l’année glissante sont épuisés",
                    },
                ],
            },
        ],
        "totaux": {"1": 90, "0.5": 24},
    }
    assert json.loads(json.dumps(simuler(EXEMPLE))) == simuler(EXEMPLE)


def test_les_fractions_sont_des_textes() -> None:
    assert simuler(un_arret())["totaux"] == {"0.9": 18, "0": 1}
    nai = un_arret(debut="2026-07-05", fin="2026-08-10", famille={"naissance": "2026-05-01", "taux": ["0.70", "0.60"]})
    assert simuler(nai | {"nature": "NAI"})["totaux"] == {"0.7": 31, "0.6": 6}
    assert simuler(un_arret(groupe=1) | {"nature": "AIT"})["totaux"] == {"0.3": 19}


def test_par_defaut_cnracl_et_calendrier() -> None:
    assert simuler(demande()) == simuler(demande(regime="CNRACL", decompte="calendaire", statut="TITULAIRE"))


@pytest.mark.parametrize("decompte", ["trentieme", "trentième"])
def test_en_trentiemes(decompte: str) -> None:
    assert simuler(demande(decompte=decompte, arrets=[{"debut": "2000-06-01", "fin": "2000-07-31"}]))["totaux"] == {"1": 60}


def test_contractuel() -> None:
    """By its trade name, or by the statut; seniority as a date, or in months on the first arrêt."""
    arrets = [{"debut": "2024-01-01", "fin": "2024-03-31"}, {"debut": "2024-05-01", "fin": "2024-05-10"}]
    attendu = {"1": 29, "0.5": 30, "0": 1 + 31 + 10}
    assert simuler({"nature": "CMO-C", "anciennete_mois": 13, "arrets": arrets})["totaux"] == attendu
    assert simuler(demande(regime="IRCANTEC", statut="CONTRACTUEL", entree="2022-12-01", arrets=arrets))["totaux"] == attendu
    assert simuler({"nature": "AT-C", "anciennete_mois": 12, "arrets": arrets})["totaux"] == {"1": 60, "0": 41}


def test_natures_melees() -> None:
    arrets = [{"debut": "2023-01-01", "fin": "2023-03-31"}, {"debut": "2023-04-01", "fin": "2023-04-30", "nature": "MAT"}]
    assert simuler(demande(arrets=arrets))["totaux"] == {"1": 119, "0": 1}


def test_chaque_champ_d_un_arret_est_lu() -> None:
    assert simuler(un_arret(dispense="GROSSESSE"))["totaux"] == {"0.9": 19}
    assert simuler(un_arret(dispense="DEUIL_ENFANT", deces_enfant="2026-01-01"))["totaux"] == {"0.9": 19}
    assert simuler(un_arret(certificat="2025-02-28"))["totaux"] == {"1": 18, "0": 1}
    assert simuler(un_arret(attente_avis=True) | {"nature": "DORS"})["totaux"] == {"0.5": 19}
    longue = {"debut": "2020-01-01", "fin": "2023-12-31", "prolongation_exceptionnelle": True}
    assert len(simuler(demande(nature="DORS", arrets=[longue]))["arrets"][0]["segments"]) == 1
    jumeaux = {"debut": "2024-01-01", "fin": "2024-12-31", "famille": {"enfants": 2}}
    assert simuler(demande(nature="MAT", arrets=[jumeaux]))["totaux"]["1"] == 238
    deux = [{"debut": f"2022-0{n}-01", "fin": f"2022-0{n}-28", "dossier": str(n), "nature": "PAT"} for n in (1, 3)]
    assert simuler(demande(arrets=deux))["totaux"] == {"1": 56}


@pytest.mark.parametrize(
    ("envoi", "champs"),
    [
        ({}, {"nature", "arrets"}),
        (demande(nature="XYZ"), {"nature"}),
        (demande(nature=12), {"nature"}),
        (demande(nature="DC"), {"nature"}),
        (demande(nature="FM"), {"nature"}),
        (demande(nature="CLM", regime="IRCANTEC"), {"nature"}),
        (demande(regime="AGIRC"), {"regime"}),
        (demande(statut="MAIRE"), {"statut"}),
        (demande(decompte="lunaire"), {"decompte"}),
        (demande(regime=["CNRACL"]), {"regime"}),
        (demande(entree="hier"), {"entree"}),
        (demande(anciennete_mois=-1), {"anciennete_mois"}),
        (demande(anciennete_mois=True), {"anciennete_mois"}),
        (demande(regim="CNRACL"), {"regim"}),
        (demande(arrets=[]), {"arrets"}),
        (demande(arrets="2002-01-16"), {"arrets"}),
        (demande(arrets=[{"debut": "2002-01-01", "fin": "2002-01-02"}] * 1001), {"arrets"}),
        (demande(arrets=["2002-01-16"]), {"arrets.0"}),
        (demande(arrets=[{"debut": "2002-01-16"}]), {"arrets.0.fin"}),
        (demande(arrets=[{"fin": "2002-01-16"}]), {"arrets.0.debut"}),
        (un_arret(fin="2026-01-04"), {"arrets.0.fin"}),
        (un_arret(fin="2026-02-30"), {"arrets.0.fin"}),
        (un_arret(fin="20260131"), {"arrets.0.fin"}),
        (un_arret(fin="2026-W05-1"), {"arrets.0.fin"}),
        (un_arret(fin=20260131), {"arrets.0.fin"}),
        (un_arret(fin="9999-12-31"), {"arrets.0.fin"}),
        (un_arret(debut="0001-01-01"), {"arrets.0.debut"}),
        (un_arret(debut="٢٠٢٦-٠١-٠٥"), {"arrets.0.debut"}),
        (un_arret(certificat="x"), {"arrets.0.certificat"}),
        (un_arret(nature="XYZ"), {"arrets.0.nature"}),
        (un_arret(dispense="PARESSE"), {"arrets.0.dispense"}),
        (un_arret(dossier=3), {"arrets.0.dossier"}),
        (un_arret(dossier="x" * 51), {"arrets.0.dossier"}),
        (un_arret(attente_avis="oui"), {"arrets.0.attente_avis"}),
        (un_arret(groupe=4), {"arrets.0.groupe"}),
        (un_arret(quotite=40), {"arrets.0.quotite"}),
        (un_arret(quotite=10**400), {"arrets.0.quotite"}),
        (un_arret(couleur="bleu"), {"arrets.0.couleur"}),
        (un_arret(famille=3), {"arrets.0.famille"}),
        (un_arret(famille={"rang": 0, "x": 1}), {"arrets.0.famille.rang", "arrets.0.famille.x"}),
        (un_arret(famille={"taux": "0.7"}), {"arrets.0.famille.taux"}),
        (un_arret(famille={"taux": ["NaN", "0.5"]}), {"arrets.0.famille.taux"}),
        (un_arret(famille={"taux": ["a", "0.5"]}), {"arrets.0.famille.taux"}),
        (un_arret(debut="2026-02-30", couleur="bleu") | {"regime": "AGIRC"}, {"regime", "arrets.0.debut", "arrets.0.couleur"}),
        (demande(arrets=[{"debut": "2002-01-16", "fin": "2002-01-23"}, {"debut": "2002-01-23", "fin": "2002-01-24"}]), {"arrets"}),
        (demande(nature="CMO-C"), {"entree"}),
    ],
)
def test_ce_qui_est_refuse(envoi: dict[str, Any], champs: set[str]) -> None:
    with pytest.raises(DonneeInvalide) as refus:
        simuler(envoi)
    assert set(refus.value.champs) == champs
    assert all(message[0].isupper() and message.endswith(".") for messages in refus.value.champs.values() for message in messages)


@pytest.mark.parametrize("envoi", [None, [], "CMO", 3])
def test_ce_qui_n_est_pas_un_objet(envoi: Any) -> None:
    with pytest.raises(DonneeInvalide):
        simuler(envoi)


def test_les_champs_d_un_autre_lecteur_passent() -> None:
    assert simuler(demande(base={}), autres_champs={"base"}) == simuler(demande())


valeurs = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["CMO", "2026-01-05", "IRCANTEC", "NAI"]),
    lambda enfants: (
        st.lists(enfants, max_size=3)
        | st.dictionaries(
            st.sampled_from(["debut", "fin", "famille", "nature", "taux", "rang", "groupe"]) | st.text(max_size=3), enfants, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["nature", "regime", "statut", "entree", "anciennete_mois", "decompte", "arrets"]), valeurs))
def test_quoi_qu_on_envoie_une_reponse_ou_un_refus(envoi: dict[str, Any]) -> None:
    try:
        reponse = simuler(envoi)
    except DonneeInvalide as refus:
        assert refus.champs
    else:
        assert set(reponse) == {"arrets", "totaux"}
