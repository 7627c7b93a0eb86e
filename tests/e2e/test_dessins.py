"""The drawings of the procedures in a real browser: legible on a telephone and on a desk, no word cut or on another."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from cases.models import Branche
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow
from workflows.branches.contre_visite.demande import demander
from workflows.branches.saisine import actes as saisines
from workflows.registre import FLOWS

CUT = """() => {
  const box = (e) => e.getBoundingClientRect(), found = [];
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  document.querySelectorAll("svg.f-dessin").forEach((svg) => {
    const whole = box(svg), words = [...svg.querySelectorAll("text:not(.f-signe)")];
    words.forEach((word, n) => {
      const own = box(word), step = word.parentNode.querySelector(":scope > .f-etape");
      const room = step ? box(step) : whole;
      const out = own.left < room.left || own.right > room.right || own.top < room.top || own.bottom > room.bottom;
      if (out) found.push("cut: " + word.textContent);
      words.slice(n + 1).filter((other) => other.parentNode !== word.parentNode || !word.closest(".f-noeud")).forEach((other) => {
        if (meet(own, box(other))) found.push(word.textContent + " on " + other.textContent);
      });
      if (parseFloat(getComputedStyle(word).fontSize) < 11) found.push("too small: " + word.textContent);
    });
  });
  return found;
}"""


@pytest.mark.parametrize("largeur", [320, 1400])
def test_each_procedure_is_drawn_legibly(m: f.Monde, visite: Callable[..., Visite], largeur: int) -> None:
    gestionnaire = visite(m.gestionnaire, largeur=largeur)
    for genre in FLOWS:
        page = gestionnaire.go(f"/processus/{genre.lower()}/")
        assert page.locator("svg.f-dessin").count() == 1
        assert (genre, page.evaluate(CUT), overflow(page), a11y(page)) == (genre, [], 0, [])


PROVE = pytest.mark.skipif(not os.environ.get("VIGIE_PROVE"), reason="the same pages on a desk: make prove")


@pytest.mark.parametrize("largeur", [320, pytest.param(1400, marks=PROVE)])
def test_the_page_of_a_dossier_lights_where_each_stands(m: f.Monde, visite: Callable[..., Visite], largeur: int) -> None:
    dossier = f.sinistre(m)
    ouvertes: list[Branche] = [
        demander(acteur=m.gestionnaire, sinistre=dossier, motif="DUREE"),
        saisines.demander(acteur=m.gestionnaire, numero=dossier.numero, objet="CLM"),
    ]
    for user, porte in ((m.gestionnaire, "gestion"), (m.mairie, "collectivite")):
        page = visite(user, largeur=largeur).go(f"/{porte}/dossiers/{dossier.numero}/")
        dessins: Any = page.locator("details.p-dessiner")
        assert dessins.count() == len(ouvertes)
        for n in range(len(ouvertes)):
            dessins.nth(n).locator("summary").click()
            assert dessins.nth(n).locator(".f-present .f-etape").count() == 1
        assert (page.evaluate(CUT), overflow(page), a11y(page)) == ([], 0, [])
        for branche in ouvertes:
            page = visite(user, largeur=largeur).go(f"/{porte}/procedures/{branche.uid}/")
            assert (page.evaluate(CUT), overflow(page), a11y(page)) == ([], 0, [])
