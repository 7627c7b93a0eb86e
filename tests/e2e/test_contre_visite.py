"""The contre-visite in a real browser: a mairie asks, the CDG conducts, the employer decides; each state by axe-core and at 320 px."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Branche, MedecinAgree
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow_at
from workflows import automates

Visiter = Callable[..., Visite]


@pytest.fixture
def medecin(m: f.Monde) -> MedecinAgree:
    return MedecinAgree.objects.create(nom="Arnal", prenom="Luc", commune="Lodève", departement="34", visite_a_domicile=True)


def _sound(page: Page) -> None:
    """No violation, each id once, no sideways scrolling at 320 px."""
    assert a11y(page) == []
    identifiants = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(identifiants) == len(set(identifiants))
    assert overflow_at(page, 320) == 0


def _act(page: Page, bouton: str, dit: str) -> None:
    """Press the button of an act, be told that it is done, let the worker's part follow."""
    page.get_by_role("button", name=bouton, exact=True).click()
    expect(page.locator("#messages")).to_contain_text(dit)
    automates.balayer()


def test_from_the_mairie_to_the_interruption(m: f.Monde, medecin: MedecinAgree, visite: Visiter) -> None:
    dossier = f.sinistre(m)
    mairie, cdg = visite(m.mairie), visite(m.gestionnaire)
    jour = timezone.localdate().isoformat()

    page = mairie.go(reverse("collectivite:dossier", args=[dossier.numero]))
    page.get_by_text("Ouvrir une procédure").click()
    page.get_by_role("link", name="Demander une contre-visite").click()
    _sound(page)
    page.get_by_label("Motif").select_option("DOUTE")
    page.get_by_label("Lieu souhaité").select_option("DOMICILE")
    page.get_by_role("button", name="Demander une contre-visite").click()
    expect(page.get_by_role("alert")).to_contain_text("Donnez l’adresse")
    expect(page.get_by_label("Motif")).to_have_value("DOUTE")  # nothing typed is lost
    _sound(page)
    page.get_by_label("Lieu souhaité").select_option("CABINET")
    _act(page, "Demander une contre-visite", "c’est demandé")
    branche = Branche.objects.get()
    chez, au_cdg = (reverse(f"{porte}:procedure", args=[branche.uid]) for porte in ("collectivite", "gestion"))
    expect(page.get_by_text("La suite ne dépend pas de vous")).to_be_visible()
    _sound(page)

    page = cdg.go(au_cdg)
    _sound(page)
    page.get_by_role("combobox", name="Médecin agréé").select_option(str(medecin.pk))
    page.get_by_role("button", name="Désigner le médecin", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Le médecin traitant de l’agent ne peut pas le contrôler")
    expect(page.get_by_role("combobox", name="Médecin agréé")).to_have_value(str(medecin.pk))
    page.get_by_label("J’atteste").check()
    _act(page, "Désigner le médecin", "est désigné")

    _sound(page)
    page.get_by_label("Jour et heure").fill(timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    _act(page, "Fixer le rendez-vous", "Rendez-vous fixé")

    page = cdg.go(au_cdg)
    _sound(page)
    page.get_by_label("Résultat", exact=True).select_option("NON_JUSTIFIE_REPRISE")
    page.get_by_label("Date que porte le résultat").fill(jour)
    _act(page, "Enregistrer l’avis oral", "la collectivité le lit dès maintenant")
    expect(mairie.go(chez).get_by_label("Résumé de la procédure")).to_contain_text("Arrêt non justifié")

    page = cdg.go(au_cdg)
    _sound(page)
    page.get_by_label("Conclusions administratives").fill("La dépression de l’agent est guérie.")
    page.get_by_role("button", name="Enregistrer les conclusions", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("paraissent médicaux")
    _sound(page)
    page.get_by_label("Conclusions administratives").fill("L’arrêt n’est plus justifié à compter de ce jour.")
    _act(page, "Enregistrer les conclusions", "Conclusions enregistrées")

    page = mairie.go(chez)
    expect(page.get_by_label("Résumé de la procédure")).to_contain_text("L’arrêt n’est plus justifié")
    _sound(page)
    page.get_by_label("Décision", exact=True).select_option("INTERRUPTION_VERSEMENT")
    page.get_by_role("button", name="Enregistrer la décision de l’employeur").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites à compter de quel jour")
    page.get_by_label("À compter du").fill(jour)
    _act(page, "Enregistrer la décision de l’employeur", "interruption du versement")
    page = mairie.go(reverse("collectivite:dossier", args=[dossier.numero]))
    expect(page.locator("#procedures")).to_contain_text("Versement interrompu")

    page = cdg.go(au_cdg)
    _sound(page)
    page.get_by_label("Référence de la facture").fill("F-12")
    page.get_by_label("Facture du").fill(jour)
    page.get_by_label("Montant, en euros").fill("85,50")
    _act(page, "Saisir les honoraires", "à la charge de")
    page = cdg.go(au_cdg)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Terminée")
    _sound(page)


def test_the_directory(m: f.Monde, medecin: MedecinAgree, visite: Visiter) -> None:
    gestionnaire = visite(m.gestionnaire)
    for nom, args in (("medecins", []), ("medecin-nouveau", []), ("medecin", [medecin.pk])):
        _sound(gestionnaire.go(reverse(f"gestion:{nom}", args=args)))
