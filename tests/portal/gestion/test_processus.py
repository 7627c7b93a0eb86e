"""The drawing says what the FSM does, and the pure parts of the case page."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.enums import Etat, GenreArret
from cases.models import Arret
from cases.states import PASSAGES, STATE_PAIRS
from portal.gestion.calendrier import genre_du_jour, mois_du_conge
from tests import factories as f
from workflows import drawing
from workflows.branches.contre_visite.demande import demander
from workflows.registre import FLOWS
from workflows.selectors import en_cours_par_etape, en_cours_par_genre

SVG = "{http://www.w3.org/2000/svg}"


def test_the_drawing_is_the_table() -> None:
    drawn = {(a, b) for fleche in drawing.fleches() for a in fleche.depuis for b in fleche.vers if a != b}
    assert drawn == set(STATE_PAIRS)
    assert [fleche.nom for fleche in drawing.fleches()] == list(PASSAGES)


@pytest.mark.parametrize("etat", ["", *Etat.values])
def test_the_svg_is_well_formed_and_lights_one_state(etat: str) -> None:
    root = ET.fromstring(drawing.svg(etat))
    groups = [g.get("class", "") for g in root.iter(f"{SVG}g")]
    assert sum("p-present" in g for g in groups) == (1 if etat else 0)
    assert sum("p-possible" in g for g in groups) == sum(etat in fleche.depuis for fleche in drawing.fleches())
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}desc") is not None
    points = sum(len(fleche.depuis) for fleche in drawing.fleches())
    assert sum(c.get("class") == "p-point" for c in root.iter(f"{SVG}circle")) == points


def test_whoever_is_signed_in_may_look(m: f.Monde, au_nom_de: Callable[[User], Client]) -> None:
    for user in (m.gestionnaire, m.mairie, m.admin):
        page = au_nom_de(user).get(reverse("processus"), {"etat": "VALIDE"})
        assert page.status_code == 200
        assert "Le parcours d’un dossier" in page.content.decode()
    assert au_nom_de(m.gestionnaire).get(reverse("processus"), {"etat": "<script>"}).status_code == 200
    assert Client().get(reverse("processus")).status_code == 302


@pytest.mark.parametrize("genre", sorted(FLOWS))
def test_a_procedure_shows_its_drawing_and_gives_its_bpmn(m: f.Monde, au_nom_de: Callable[[User], Client], genre: str) -> None:
    page = reverse("processus-procedure", args=[genre.lower()])
    document = reverse("processus-bpmn", args=[genre.lower()])
    for user in (m.gestionnaire, m.mairie):
        shown = au_nom_de(user).get(page)
        assert shown.status_code == 200 and "f-dessin" in shown.content.decode()
        assert ("En attente" in shown.content.decode()) is (user == m.gestionnaire and genre != "SOUTIEN")
    sent = au_nom_de(m.mairie).get(document)
    assert sent["Content-Disposition"] == f'attachment; filename="{genre.lower()}.bpmn"'
    assert ET.fromstring(sent.content).tag.endswith("definitions")
    for address in (page, document):
        assert Client().get(address).status_code == 302
        assert au_nom_de(m.mairie).get(address.replace(genre.lower(), genre)).status_code == 404
        assert au_nom_de(m.mairie).get(address.replace(genre.lower(), "inconnue")).status_code == 404


def test_procedures_under_way_are_counted_for_those_who_work_in_the_queues(m: f.Monde, au_nom_de: Callable[[User], Client]) -> None:
    for _ in range(2):
        demander(acteur=m.gestionnaire, sinistre=f.sinistre(m, de=f.agent(m.collectivite)), motif="DUREE")
    assert en_cours_par_genre(m.gestionnaire) == {"CONTRE_VISITE": 2}
    assert en_cours_par_etape(m.gestionnaire, "CONTRE_VISITE") == {"designer": 2}
    assert (en_cours_par_genre(m.mairie), en_cours_par_genre(m.mairie2)) == ({"CONTRE_VISITE": 2}, {})
    page = au_nom_de(m.gestionnaire).get(reverse("processus")).content.decode()
    assert "<td>2</td>" in page and "non compté" in page
    assert "En cours" not in au_nom_de(m.mairie).get(reverse("processus")).content.decode()


def arret(debut: dt.date, fin: dt.date, genre: str = GenreArret.INITIAL) -> Arret:
    return Arret(debut=debut, fin=fin, genre=genre)


def test_the_calendar_counts_each_day_once() -> None:
    arrets = [
        arret(dt.date(2026, 9, 28), dt.date(2026, 10, 10)),
        arret(dt.date(2026, 10, 11), dt.date(2026, 11, 5), GenreArret.PROLONGATION),
        arret(dt.date(2026, 11, 10), dt.date(2026, 11, 20), GenreArret.TPT),
    ]
    mois = mois_du_conge(arrets, dt.date(2026, 11, 6))
    assert [m.titre for m in mois] == ["Septembre 2026", "Octobre 2026", "Novembre 2026"]
    days = [jour for m in mois for semaine in m.semaines for jour in semaine if jour is not None]
    assert len(days) == 30 + 31 + 30
    assert sum(j.genre == "arret" for j in days) == sum(a.jours for a in arrets[:2])
    assert sum(j.genre == "tpt" for j in days) == 11
    assert sum(j.genre == "reprise" for j in days) == 1
    assert mois[1].comptes == "31 j d’arrêt"


def test_an_effective_return_outweighs_the_certificate() -> None:
    arrets = [arret(dt.date(2026, 10, 1), dt.date(2026, 10, 31))]
    assert genre_du_jour(dt.date(2026, 10, 19), arrets, dt.date(2026, 10, 20)) == "arret"
    assert genre_du_jour(dt.date(2026, 10, 20), arrets, dt.date(2026, 10, 20)) == "reprise"
    assert genre_du_jour(dt.date(2026, 10, 21), arrets, dt.date(2026, 10, 20)) == ""


def test_a_leave_of_many_years_shows_its_last_months() -> None:
    mois = mois_du_conge([arret(dt.date(2015, 1, 1), dt.date(2026, 6, 30))], None)
    assert (len(mois), mois[-1].titre) == (36, "Juin 2026")
    assert mois_du_conge([], None) == []
