"""The pages of a procedure at both doors, with a kind of branch made of the contre-visite's flow."""

from __future__ import annotations

import pytest
from django.urls import reverse

from cases.enums import GenreBranche, OrigineBranche
from cases.models import Branche
from tests.factories import Monde, sinistre
from tests.portal.conftest import entrer
from workflows import automates, dessin, moteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("essai")]


@pytest.fixture
def branche(m: Monde) -> Branche:
    return moteur.ouvrir(
        acteur=m.gestionnaire, genre=GenreBranche.CONTRE_VISITE, sinistre=sinistre(m), origine=OrigineBranche.CDG, metier=lambda _: None
    )


def test_the_drawing_lights_where_the_run_stands(m: Monde, branche: Branche) -> None:
    assert "f-present" not in dessin.svg(branche.genre)
    drawing = dessin.svg(branche.genre, branche)
    assert drawing.count("f-noeud f-present") == 1
    assert "Étapes en cours : Contre-visite : désigner un médecin agréé." in drawing
    for nom in ("designer", "convoquer"):
        with moteur.etape(acteur=m.gestionnaire, branche=branche, nom=nom):
            pass
    automates.balayer()
    drawing = dessin.svg(branche.genre, branche)
    assert drawing.count("f-noeud f-present") == 2  # the step and its timer
    assert "<style" not in drawing


def test_a_foreign_procedure_is_not_found(m: Monde, branche: Branche) -> None:
    for porte, user in (("collectivite", m.mairie2), ("gestion", m.mairie)):
        assert entrer(user).get(reverse(f"{porte}:procedure", args=[branche.uid])).status_code in (403, 404)


def test_the_page_of_a_dossier_draws_what_is_under_way(m: Monde, branche: Branche) -> None:
    """Each drawing has ids of its own: two of a kind may run."""
    assert branche.sinistre is not None
    for porte, user in (("gestion", m.gestionnaire), ("collectivite", m.mairie)):
        page = entrer(user).get(reverse(f"{porte}:dossier", args=[branche.sinistre.numero])).text
        assert page.count("f-noeud f-present") == 1
        assert f'id="f-{branche.pk}-titre"' in page
        assert "Contre-visite : désigner un médecin agréé</span>" in page
    moteur.abandonner(acteur=m.gestionnaire, branche=branche, motif="Essai")
    assert "f-noeud" not in entrer(m.gestionnaire).get(reverse("gestion:dossier", args=[branche.sinistre.numero])).text
