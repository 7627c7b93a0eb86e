"""The simulator in a real browser: from an empty form to an answer on paper, by keyboard, on a desk and on a telephone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow


def _fill(page: Page, **champs: str) -> None:
    for nom, valeur in champs.items():
        page.locator(f"[name={nom}]").fill(valeur)


@pytest.mark.parametrize("largeur", [1280, 320])
def test_from_a_history_to_its_calendar(m: f.Monde, visite: Callable[..., Visite], largeur: int) -> None:
    page = visite(m.mairie, largeur=largeur).go("/simulateur/")
    assert (overflow(page), a11y(page)) == (0, [])
    _fill(page, arret_0_debut="2025-01-10", arret_0_fin="2025-02-20", arret_1_debut="2025-03-10", arret_1_fin="2025-06-20")
    _fill(page, tib="24000", sft="900", charges="40", franchise_jours="10", niveau="90")
    page.locator("[name=franchise]").select_option("PAR_ARRET_MO")
    page.locator("[name=niveau]").press("Enter")
    expect(page.get_by_role("heading", name="Résultat")).to_be_focused()
    expect(page.get_by_text("125 jours payés sur 145")).to_be_visible()
    expect(page.get_by_role("table", name="Avril 2025").get_by_role("cell", name="27 demi-traitement")).to_be_visible()
    assert (overflow(page), a11y(page)) == (0, [])
    first = page.locator("details.g-pourquoi").first
    first.locator("summary").press("Enter")
    expect(first.get_by_role("listitem").first).to_be_visible()
    assert "24 000,00 € par an ÷ 360 × 32 jours × 100 %" in first.inner_text().replace("\u202f", " ").replace("\u00a0", " ")
    assert (overflow(page), a11y(page)) == (0, [])


def test_rows_come_and_go_by_keyboard_and_nothing_typed_is_lost(m: f.Monde, visite: Callable[..., Visite]) -> None:
    page = visite(m.gestionnaire).go("/simulateur/")
    _fill(page, arret_0_debut="2025-01-10", arret_2_debut="2025-03-10", arret_2_fin="2025-03-20")
    page.get_by_role("button", name="Ajouter trois arrêts").press("Enter")
    expect(page.get_by_role("group", name="Arrêt 4", exact=True)).to_be_focused()
    expect(page.locator("[name=arret_2_fin]")).to_have_value("2025-03-20")
    page.get_by_role("button", name="Retirer l’arrêt 2").press("Enter")
    expect(page.get_by_role("heading", name="Arrêts")).to_be_focused()
    expect(page.locator("[name=arret_1_fin]")).to_have_value("2025-03-20")
    page.get_by_role("button", name="Simuler").last.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Arrêt 1, dernier jour").click()
    fin = page.locator("[name=arret_0_fin]")
    expect(fin).to_be_focused()
    expect(fin).to_have_accessible_description("Indiquez une date.")
    assert a11y(page) == []


def test_the_paper_shows_every_reason(m: f.Monde, visite: Callable[..., Visite]) -> None:
    page = visite(m.gestionnaire).go("/simulateur/")
    _fill(page, arret_0_debut="2025-01-10", arret_0_fin="2025-02-20", tib="24000")
    page.get_by_role("button", name="Simuler").last.click()
    expect(page.get_by_role("heading", name="Résultat")).to_be_focused()
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.get_by_text("Total arrondi au centime")).to_be_visible()
    expect(page.get_by_text("Diviseur journalier").first).to_be_visible()
    expect(page.locator("#demande")).to_be_hidden()
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    expect(page.get_by_text("Total arrondi au centime")).to_be_hidden()
