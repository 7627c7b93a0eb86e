"""« Suivi systématique »: which leaves are there and why, what is planned, what may be asked for; its file for a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import selectors_suivi as suivi
from cases.enums import OrigineBranche
from cases.models import Sinistre
from contracts.models import Agent
from journal.models import Entree
from portal.gestion.tableur import cellule
from tests import factories as f
from tests.portal.conftest import entrer
from workflows.branches.saisine import actes
from workflows.demande import ArretDemande, Demande
from workflows.lifecycle import declarer_reprise, transiter

pytestmark = pytest.mark.django_db
JOUR = dt.timedelta(days=1)


def conge(m: f.Monde, nature: str = "CMO", *, depuis: int, encore: int = 10, de: Agent | None = None) -> Sinistre:
    """A leave of another agent, that began `depuis` days ago and has `encore` days to run."""
    debut = timezone.localdate() - depuis * JOUR
    arret = ArretDemande(debut, timezone.localdate() + encore * JOUR, debut)
    return f.sinistre(m, nature, par=m.gestionnaire, de=de or f.agent(m.collectivite), arret=arret)


def regles(m: f.Monde) -> dict[str, list[str]]:
    return {ligne.sinistre.numero: [r.code for r in ligne.regles] for ligne in suivi.lignes(m.gestionnaire)}


def test_each_rule_at_its_edge(m: f.Monde) -> None:
    six_mois = (timezone.localdate() - suivi.add_months(timezone.localdate(), -6)).days
    attendus = {
        conge(m, depuis=89).numero: ["CMO_90"],
        conge(m, "CLM", depuis=5).numero: ["LONG"],
        conge(m, "AS", depuis=six_mois).numero: ["IMPUTABLE_6_MOIS"],
        conge(m, depuis=150, encore=-8).numero: ["CMO_90"],
    }
    conge(m, depuis=88)
    conge(m, "AS", depuis=six_mois - 1)
    conge(m, depuis=150, encore=-9)
    conge(m, "MAT", depuis=120)
    assert regles(m) == attendus


def test_repeated_leaves_of_one_agent(m: f.Monde) -> None:
    agent = f.agent(m.collectivite)
    for depuis in (300, 200, 100):
        conge(m, depuis=depuis, encore=-(depuis - 10), de=agent)
    conge(m, depuis=400, encore=-390, de=agent)
    assert regles(m) == {}
    dernier = conge(m, depuis=2, de=agent)
    assert regles(m) == {dernier.numero: ["REPETES"]}
    (ligne,) = suivi.lignes(m.gestionnaire)
    assert ligne.arrets == 4


def test_who_came_back_or_is_closed_is_not_followed(m: f.Monde) -> None:
    revenu, annule = conge(m, depuis=120), conge(m, depuis=130)
    transiter(acteur=m.gestionnaire, numero=annule.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    declarer_reprise(acteur=m.gestionnaire, numero=revenu.numero, le=timezone.localdate())
    assert regles(m) == {}


def test_the_page_says_why_what_is_planned_and_what_may_be_asked(m: f.Monde) -> None:
    dossier = conge(m, depuis=120)
    branche = actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet="CLM")
    assert branche.origine == OrigineBranche.CDG
    page = entrer(m.gestionnaire).get(reverse("gestion:suivi")).text
    assert "Maladie ordinaire depuis 90 jours ou plus" in page
    assert reverse("gestion:procedure", args=[branche.uid]) in page
    assert reverse("gestion:procedure-demander", args=[dossier.numero, "contre_visite"]) in page
    assert reverse("gestion:procedure-demander", args=[dossier.numero, "saisine"]) not in page
    autre = entrer(m.gestionnaire).get(reverse("gestion:suivi"), {"regle": "LONG"}).text
    assert dossier.numero not in autre
    assert "Aucun congé à suivre" in autre


def test_pages_by_keyset_in_three_queries(m: f.Monde, django_assert_num_queries: Any) -> None:
    tous = [conge(m, depuis=100 + rang) for rang in range(3)]
    m.gestionnaire.roles  # noqa: B018 read once for the whole request
    with django_assert_num_queries(3):
        premiere = suivi.lignes(m.gestionnaire, limite=2)
    suite = suivi.lignes(m.gestionnaire, limite=2, apres=premiere[-1].sinistre.pk)
    assert [ligne.sinistre.pk for ligne in premiere + suite] == [s.pk for s in tous]


def test_for_whom(m: f.Monde) -> None:
    conge(m, depuis=120)
    assert suivi.lignes(m.mairie) == []
    for personne in (m.payeur, m.mairie, m.assureur):
        assert entrer(personne).get(reverse("gestion:suivi")).status_code == 403
        assert entrer(personne).post(reverse("gestion:suivi-exporter")).status_code == 403


def test_the_file_holds_text_never_a_formula_and_is_journaled(m: f.Monde) -> None:
    agent = f.agent(m.collectivite, nom="=HYPERLINK(1)")
    dossier = conge(m, depuis=120, de=agent)
    response = entrer(m.gestionnaire).post(reverse("gestion:suivi-exporter"))
    assert response["Content-Type"].startswith("text/csv")
    lignes = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert lignes[1][0] == dossier.numero
    assert not any(valeur.startswith(("=", "+", "-", "@")) for ligne in lignes for valeur in ligne)
    entree = Entree.objects.select_related("contenu").get(action="suivi.exporte")
    assert entree.contenu.donnees["lignes"] == 1


@pytest.mark.parametrize("texte", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", " =1"])
def test_what_would_be_a_formula_is_text(texte: str) -> None:
    assert cellule(texte) == f"'{texte}"


def test_what_is_text_stays_as_it_is() -> None:
    assert cellule("Mairie de Lodève") == "Mairie de Lodève"
