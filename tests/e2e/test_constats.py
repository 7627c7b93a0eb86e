"""Known leaves, the CPAM's décomptes and pay maintained in a real browser: by keyboard, on a desk and at 320 px, right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from contracts.enums import Nature, Regime
from indemnities.models import ArretConnu, MontantConstate
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow

Visiter = Callable[..., Visite]
PORTES = [("gestion", "gestionnaire", 1280), ("collectivite", "mairie", 320)]


def sound(page: Page) -> bool:
    assert (overflow(page), a11y(page)) == (0, [])
    return True


@pytest.mark.parametrize(("porte", "role", "largeur"), PORTES)
def test_a_leave_is_noted_and_annulled(m: f.Monde, visite: Visiter, porte: str, role: str, largeur: int) -> None:
    page = visite(m.people[role], largeur=largeur).go(reverse(f"{porte}:arrets-connus", args=[m.agent.pk]))
    assert sound(page)
    page.get_by_role("button", name="Noter cet arrêt").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Premier jour").click()
    expect(page.locator("[name=debut]")).to_be_focused()
    assert sound(page)
    page.locator("[name=nature]").select_option("CMO")
    page.locator("[name=debut]").fill("2025-02-03")
    page.locator("[name=fin]").fill("2025-02-14")
    page.locator("[name=fin]").press("Enter")
    expect(page.locator("#messages").get_by_text("L’arrêt est noté")).to_be_visible()
    assert sound(page)
    page.get_by_role("link", name="Annuler l’arrêt du 03/02/2025").click()
    assert sound(page)
    page.get_by_label("Pourquoi annuler cette ligne").fill("Autre agent")
    page.get_by_role("button", name="Annuler cette ligne").press("Enter")
    expect(page.get_by_role("table", name="Arrêts connus, hors dossiers").get_by_text("Autre agent")).to_be_visible()
    assert sound(page) and ArretConnu.objects.get().annule_par == m.people[role]


@pytest.mark.parametrize(("porte", "role", "largeur"), PORTES)
def test_amounts_of_a_dossier(m: f.Monde, visite: Visiter, porte: str, role: str, largeur: int) -> None:
    f.adhesion(m.collectivite, f.formule(m.contrat, Regime.IRCANTEC, natures=[Nature.CMO]))
    sinistre = f.sinistre(m, de=f.agent(m.collectivite, Regime.IRCANTEC))
    page = visite(m.people[role], largeur=largeur).go(reverse(f"{porte}:dossier", args=[sinistre.numero]))
    page.get_by_role("link", name="Noter un montant").click()
    assert sound(page)
    page.get_by_role("button", name="Noter ce montant").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert sound(page)
    page.get_by_role("radio", name="Décompte de la CPAM").check()
    page.locator("[name=debut]").fill(sinistre.survenance.isoformat())
    page.locator("[name=fin]").fill(sinistre.survenance.isoformat())
    page.locator("[name=montant]").fill("41,30")
    page.locator("[name=reference]").fill("BPIJ 7")
    page.locator("[name=reference]").press("Enter")
    expect(page.get_by_role("table", name="Décomptes de la CPAM").get_by_text("41,30")).to_be_visible()
    assert sound(page) and MontantConstate.objects.filter(sinistre=sinistre).count() == 1


@pytest.mark.parametrize(("porte", "role", "largeur"), PORTES)
def test_a_file_is_looked_at_before_it_is_written(m: f.Monde, visite: Visiter, porte: str, role: str, largeur: int, tmp_path: Path) -> None:
    bon, faux = tmp_path / "bon.csv", tmp_path / "faux.csv"
    bon.write_text(f"matricule;nature;debut;fin;certificat\n{m.agent.matricule};CMO;03/02/2025;14/02/2025;\n", encoding="utf-8")
    faux.write_text("matricule;nature;debut;fin\n=1+1;CMO;03/02/2025;14/02/2025\nM;CMO;hier;demain\n", encoding="utf-8")
    page = visite(m.people[role], largeur=largeur).go(reverse(f"{porte}:agents"))
    assert sound(page)
    page.get_by_role("link", name="Importer des arrêts connus").click()
    assert sound(page)

    def send(fichier: Path) -> None:
        if page.locator("select[name=collectivite]").count():
            page.locator("select[name=collectivite]").select_option(str(m.collectivite.pk))
        page.locator("[name=fichier]").set_input_files(fichier)
        page.get_by_role("button", name="Vérifier ce fichier").press("Enter")

    send(faux)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("table", name="Lignes à corriger").get_by_role("row")).to_have_count(3)
    assert sound(page)
    send(bon)
    expect(page.get_by_role("heading", name="Rien n’est encore enregistré")).to_be_focused()
    assert sound(page) and not ArretConnu.objects.exists()
    page.get_by_role("button", name="Enregistrer cette ligne").press("Enter")
    expect(page.locator("#messages").get_by_text("La ligne du fichier est enregistrée.")).to_be_visible()
    assert ArretConnu.objects.get().agent == m.agent
