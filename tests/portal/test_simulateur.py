"""The simulator's page: who may open it, what it answers, and that nothing typed is lost when something is wrong."""

from __future__ import annotations

import pytest
from django.test import Client

from journal.models import Entree
from tests import factories as f
from tests.portal.conftest import entrer

pytestmark = pytest.mark.django_db
ADRESSE = "/simulateur/"
COMMUN = {
    "nature": "CMO",
    "regime": "CNRACL",
    "statut": "TITULAIRE",
    "decompte": "calendaire",
    "diviseur": "360",
    "franchise": "AUCUNE",
    "lignes": "3",
}
AVRIL = {"arret_0_debut": "2025-04-01", "arret_0_fin": "2025-04-30"}


def lue(reponse: object) -> str:
    return reponse.content.decode().replace("\u202f", " ").replace("\u00a0", " ").replace("&nbsp;", " ")  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ["gestionnaire", "responsable", "payeur", "mairie", "assureur"])
def test_each_public_of_money_may_simulate(m: f.Monde, role: str) -> None:
    reponse = entrer(getattr(m, role)).get(ADRESSE)
    assert reponse.status_code == 200
    assert reponse["Content-Type"].startswith("text/html")


def test_an_administrator_and_a_visitor_may_not(m: f.Monde) -> None:
    assert entrer(m.admin).get(ADRESSE).status_code == 403
    assert Client().get(ADRESSE).status_code == 302


def test_rights_alone(m: f.Monde) -> None:
    page = lue(entrer(m.mairie).post(ADRESSE, COMMUN | AVRIL))
    assert "90 % du traitement : 90 premiers jours" in page and "Jour de carence" in page
    assert "Avril 2025" in page and "29 j 90 % du traitement" in page and "1 j carence" in page
    assert "Indemnité :" not in page


def test_rights_and_indemnity(m: f.Monde) -> None:
    """100 € a day: 1 of carence, 9 of franchise, 20 at 90 % with charges of 40 %, paid at 80 %."""
    money = {"tib": "36000", "charges": "40", "franchise": "PAR_ARRET_MO", "franchise_jours": "10", "niveau": "80"}
    page = lue(entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL | money))
    assert "2 016,00 €" in page and "20 jours payés sur 30" in page
    assert "36 000,00 € par an ÷ 360 × 20 jours × 90 % = 1 800,00 €" in page
    assert "9 j franchise" in page


def test_a_temps_partiel_asks_for_its_share_of_work(m: f.Monde) -> None:
    partiel = AVRIL | {"tib": "36000", "arret_0_nature": "TPT"}
    assert "arret_0_quotite" in entrer(m.gestionnaire).post(ADRESSE, COMMUN | partiel).context["form"].errors
    assert "1 200,00 €" in lue(entrer(m.gestionnaire).post(ADRESSE, COMMUN | partiel | {"arret_0_quotite": "60"}))


def test_nothing_is_kept(m: f.Monde) -> None:
    before = Entree.objects.count()
    entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL)
    assert Entree.objects.count() == before


@pytest.mark.parametrize(
    ("champs", "champ", "dit"),
    [
        ({"arret_0_debut": "2025-04-01", "arret_0_fin": "2025-03-01"}, "arret_0_fin", "ne peut pas précéder son début"),
        ({"arret_1_debut": "2025-04-01"}, "arret_1_fin", "Indiquez une date"),
        (AVRIL | {"arret_2_debut": "2025-04-15", "arret_2_fin": "2025-05-01"}, "arret_0_debut", "se chevauchent"),
        ({}, "arret_0_debut", "au moins un arrêt"),
        (AVRIL | {"tib": "-5"}, "tib", "supérieure ou égale à 0"),
        (AVRIL | {"nature": "CGM"}, "nature", "n’existe pas au régime"),
        (AVRIL | {"regime": "IRCANTEC", "statut": "CONTRACTUEL"}, "entree", ""),
        (AVRIL | {"nature": "GRIPPE"}, "nature", "GRIPPE"),
    ],
)
def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(m: f.Monde, champs: dict[str, str], champ: str, dit: str) -> None:
    reponse = entrer(m.gestionnaire).post(ADRESSE, COMMUN | champs)
    form = reponse.context["form"]
    assert champ in form.errors and dit in " ".join(form.errors[champ])
    page = lue(reponse)
    assert "À corriger" in page
    for valeur in champs.values():
        assert valeur in page


def test_more_rows_keep_what_was_typed(m: f.Monde) -> None:
    page = lue(entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL | {"ajouter": "1"}))
    assert "arret_5_debut" in page and "arret_6_debut" not in page and "À corriger" not in page
    assert 'value="2025-04-30"' in page and 'name="lignes" value="6"' in page


def test_a_row_less_moves_the_others_up(m: f.Monde) -> None:
    champs = AVRIL | {"arret_1_debut": "2025-06-01", "arret_1_fin": "2025-06-10", "arret_2_debut": "2025-08-01", "arret_2_nature": "MAT"}
    reponse = entrer(m.gestionnaire).post(ADRESSE, COMMUN | champs | {"retirer": "0"})
    form = reponse.context["form"]
    assert [form[f"arret_{n}_debut"].value() for n in range(form.combien)] == ["2025-06-01", "2025-08-01"]
    assert form["arret_1_nature"].value() == "MAT" and "À corriger" not in lue(reponse)


@pytest.mark.parametrize("place", ["", "-1", "3", "9999999999", "x", "²", "٣"])
def test_a_row_that_does_not_exist_is_not_taken_away(m: f.Monde, place: str) -> None:
    form = entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL | {"retirer": place}).context["form"]
    assert (form.combien, form["arret_0_fin"].value()) == (3, "2025-04-30")


def test_the_last_row_is_emptied_never_removed(m: f.Monde) -> None:
    form = entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL | {"lignes": "1", "retirer": "0"}).context["form"]
    assert (form.combien, form["arret_0_fin"].value()) == (1, "")


def test_enter_in_a_field_asks_for_the_answer(m: f.Monde) -> None:
    """A browser then presses the first button of the form: it must not be one that adds or removes rows."""
    page = lue(entrer(m.gestionnaire).get(ADRESSE))
    form = page[page.index('id="demande"') :]
    assert form.index(">Simuler<") < form.index('name="retirer"') < form.index('name="ajouter"')


def test_each_kind_of_day_has_a_letter_and_a_word(m: f.Monde) -> None:
    """A year of leave with a franchise: carence, franchise, 90 %, half, nothing left; the legend names no other."""
    annee = {"arret_0_debut": "2025-04-01", "arret_0_fin": "2026-05-31"}
    money = {"tib": "36000", "franchise": "PAR_ARRET_MO", "franchise_jours": "10"}
    reponse = entrer(m.gestionnaire).post(ADRESSE, COMMUN | annee | money)
    assert [(jour.lettre, jour.libelle) for jour in reponse.context["legende"]] == [
        ("N", "90 % du traitement"),
        ("D", "demi-traitement"),
        ("S", "sans traitement"),
        ("C", "carence"),
        ("F", "franchise"),
    ]
    page = lue(reponse)
    assert '1<span class="g-lettre" aria-hidden="true">C</span><span class="visually-hidden"> carence</span>' in page
    letters = [jour.lettre for mois in reponse.context["mois"] for semaine in mois.semaines for jour in semaine if jour]
    assert (letters.count("C"), letters.count("F"), letters.count("N"), letters.count("D")) == (1, 9, 80, 270)


def test_the_paper_says_what_was_asked(m: f.Monde) -> None:
    money = {"tib": "36000", "charges": "40", "niveau": "80", "entree": "2010-01-01"}
    hypotheses = entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL | money).context["hypotheses"]
    assert ("Nature", "Maladie ordinaire") in hypotheses and ("Entrée en fonctions", "01/01/2010") in hypotheses
    assert ("Charges patronales (%)", "40,00") in hypotheses
    assert next(valeur for nom, valeur in hypotheses if nom.startswith("Traitement")).replace("\u202f", " ") == "36 000,00\u00a0€"
    alone = entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL).context["hypotheses"]
    assert [nom for nom, _ in alone] == ["Nature", "Régime", "Statut", "Décompte des jours"]


def test_an_empty_request_is_told_what_is_missing(m: f.Monde) -> None:
    assert "À corriger" in lue(entrer(m.gestionnaire).post(ADRESSE, {}))


@pytest.mark.parametrize("lignes", ["", "0", "-1", "99999", "x"])
def test_a_forged_number_of_rows_does_no_harm(m: f.Monde, lignes: str) -> None:
    assert entrer(m.gestionnaire).post(ADRESSE, COMMUN | AVRIL | {"lignes": lignes}).status_code == 200
