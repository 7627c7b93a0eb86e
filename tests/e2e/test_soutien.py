"""A soutien psychologique in a real browser: asked for by the agent from his telephone, confided, led, shown and hidden again."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from celery import current_app
from playwright.sync_api import Page, expect

from cases.models import SoutienVisible
from contracts.enums import Nature
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow_at

Visiter = Callable[..., Visite]


def _sound(page: Page) -> None:
    """No violation, no sideways scrolling at 320 px."""
    assert not a11y(page)
    trop = overflow_at(page, 320)
    assert trop <= 0, f"{page.url} défile de {trop} px à 320 px"


def _slot(bulle_dsn: str) -> None:
    """The slot comes, and the bulle's worker is woken."""
    with psycopg.connect(bulle_dsn) as bulle:
        bulle.execute("UPDATE medical.medical_soutien SET suite_le = now() WHERE suite_le IS NOT NULL")
    current_app.send_task("workflows.balayer", queue="bulle")


def _until(page: Page, bouton: str) -> None:
    """Reload until what the worker does has come."""
    for _ in range(60):
        if page.get_by_role("button", name=bouton).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_role("button", name=bouton)).to_be_visible()


def test_from_the_agents_telephone_to_the_psychologue_and_back(m: f.Monde, visite: Visiter, bulle_dsn: str) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    secretariat = visite(m.secretariat, bulle=True)
    page = secretariat.go(f"/dossiers/{sinistre.numero}/lien/")
    page.get_by_role("button", name="Donner un lien").click()
    adresse, code = page.locator("#adresse").input_value(), page.locator("#code").input_value()

    # The agent asks, and lets it be seen.
    agent = visite(bulle=True, largeur=390).page
    agent.on("dialog", lambda dialog: dialog.accept())
    agent.goto(adresse)
    agent.get_by_label("Code à 8 chiffres").fill(code)
    agent.get_by_role("button", name="Ouvrir mon dossier").click()
    agent.get_by_role("link", name="Mon soutien psychologique").click()
    _sound(agent)
    agent.get_by_role("button", name="Demander ce soutien").click()
    expect(agent.get_by_text("Choisissez un programme.").first).to_be_visible()
    _sound(agent)
    agent.get_by_label("Repère").check()
    agent.get_by_label("Comment vous joindre").fill("06 11 22 33 44, le soir")
    agent.get_by_role("button", name="Demander ce soutien").click()
    expect(agent.get_by_role("status").filter(has_text="Votre demande est enregistrée")).to_be_focused()
    agent.get_by_role("button", name="Accepter de le montrer").click()
    expect(agent.get_by_role("button", name="Ne plus le montrer")).to_be_visible()
    _sound(agent)
    assert agent.url.endswith("/mon-dossier/soutien/")
    assert SoutienVisible.objects.get().sinistre_id == sinistre.pk

    # The secretariat confides it from the slot on.
    page = secretariat.go("/soutiens/")
    _sound(page)
    page.get_by_role("link", name=m.agent.nom).click()
    expect(page.get_by_text("Cette demande s’ouvre")).to_be_visible()
    _sound(page)
    _slot(bulle_dsn)
    _until(page, "Confier à un psychologue")
    page.get_by_label("Psychologue", exact=True).select_option(str(m.psychologue.pk))
    page.get_by_role("button", name="Confier à un psychologue").click()
    expect(page.locator("#messages")).to_contain_text("Le soutien est confié")
    _sound(page)

    # The psychologue: first contact, a séance.
    psychologue = visite(m.psychologue, bulle=True)
    page = psychologue.go("/seances/")
    _sound(page)
    page.get_by_role("link", name=m.agent.nom).click()
    expect(page.get_by_text("06 11 22 33 44, le soir")).to_be_visible()
    page.get_by_role("button", name="Premier contact").click()
    page.get_by_label("Durée, en minutes").fill("45")
    page.locator("[name=note]").fill("Pour moi seul.")
    _sound(page)
    page.get_by_role("button", name="Noter une séance").click()
    expect(page.get_by_text("Pour moi seul.")).to_be_visible()
    _sound(page)

    # Outside: what the agent shows, and nothing once he takes it back; then he stops.
    dehors = visite(m.mairie)
    page = dehors.go(f"/collectivite/dossiers/{sinistre.numero}/")
    expect(page.get_by_role("heading", name="Soutien psychologique")).to_be_visible()
    _sound(page)
    agent.get_by_role("button", name="Ne plus le montrer").click()
    expect(agent.get_by_role("status").filter(has_text="Plus rien de votre soutien")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Soutien psychologique")).to_have_count(0)
    agent.get_by_role("button", name="Arrêter mon soutien").click()
    expect(agent.get_by_role("status").filter(has_text="Votre soutien est arrêté")).to_be_visible()
    _sound(agent)
    page = psychologue.page
    page.reload()
    expect(page.get_by_text("06 11 22 33 44, le soir")).to_have_count(0)
