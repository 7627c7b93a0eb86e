"""Words of e-mails in a real browser: written, previewed in their frame, published; each e-mail itself accessible at 320 px."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from notifications.apercus import apercevoir
from notifications.gabarits import mots_d_origine
from notifications.models import Gabarit
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow, overflow_at

Visiter = Callable[..., Visite]
NARROW = 320


def test_words_are_written_previewed_and_published(m: f.Monde, visite: Visiter) -> None:
    une = visite(m.responsable)
    found: list[str] = []
    page = une.go("/gestion/modeles/")
    found += a11y(page)
    assert overflow_at(page, NARROW) <= 0
    page.get_by_role("link", name="Date de reprise demandée").click()
    found += a11y(page)
    page.get_by_role("button", name="Écrire une nouvelle version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Date de reprise demandée, brouillon")

    page.get_by_label("Objet").fill("Reprise après votre longue maladie")
    page.get_by_role("button", name="Enregistrer et voir l’aperçu").click()
    expect(page.locator("[data-focus]").first).to_be_focused()
    expect(page.get_by_label("Objet")).to_have_attribute("aria-invalid", "true")
    found += a11y(page)

    page.get_by_label("Objet").fill("Reprise, dossier {{ numero }} ?")
    page.get_by_label("Corps").fill("Le dossier {{ numero }} (<script>document.title = 'forge'</script>) attend.\n\nMerci !")
    page.get_by_role("button", name="Enregistrer et voir l’aperçu").click()
    courriel = page.frame_locator("iframe[title='Courriel seul, mis en page']")
    expect(courriel.get_by_role("heading", level=1)).to_have_text("Reprise, dossier 2026-000123\u202f?")
    expect(courriel.get_by_text("<script>document.title = 'forge'</script>")).to_be_visible()
    expect(courriel.get_by_role("link", name="Dire si l’agent du dossier 2026-000123 a repris")).to_have_css("color", "rgb(10, 79, 163)")
    assert "forge" not in page.title()
    expect(page.frame_locator("iframe[title='Récapitulatif, mis en page']").get_by_role("heading", level=2)).to_have_count(2)
    found += a11y(page)
    assert overflow_at(page, NARROW) <= 0

    page.get_by_role("button", name="Publier ces mots").click()
    expect(page.locator("#messages")).to_contain_text("La version 1 est publiée")
    assert Gabarit.objects.get().est_publie
    found += a11y(page)
    assert overflow_at(page, NARROW) <= 0
    page.get_by_text("Revenir aux mots de l’application").click()
    page.get_by_role("button", name="Publier les mots de l’application").click()
    expect(page.locator("#messages")).to_contain_text("de nouveau en usage")
    found += a11y(page)
    assert not found


@pytest.mark.parametrize("forme", ["seul", "recapitulatif"])
def test_every_e_mail_is_accessible_and_narrow(navigateur: Browser, forme: str) -> None:
    page = navigateur.new_page(viewport={"width": NARROW, "height": 640})
    found: list[str] = []
    try:
        for genre, mots in mots_d_origine().items():
            rendu = getattr(apercevoir(genre, mots), forme)
            if rendu is None:
                continue
            page.set_content(rendu.html)
            found += [f"{genre} {line}" for line in a11y(page)]
            if (trop := overflow(page)) > 0:
                found.append(f"{genre} : défile de {trop} px")
    finally:
        page.close()
    assert not found
