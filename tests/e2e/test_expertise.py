"""The expertise in a real browser, inside and outside the bulle: mission, convocation, report, two outputs, decision."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Branche, MedecinAgree
from contracts.enums import Nature
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, confided, overflow

Visiter = Callable[..., Visite]
REPONSE = "Lombalgie sans lien avec la chute."


def _sound(page: Page) -> None:
    """No violation, no two elements of one name, no sideways scrolling at 320 px."""
    assert a11y(page) == []
    noms = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(noms) == len(set(noms)), sorted(nom for nom in set(noms) if noms.count(nom) > 1)
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) <= 0, page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def _told(page: Page, texte: str) -> None:
    expect(page.locator("#messages")).to_contain_text(texte)


def _open(page: Page, motif: str) -> None:
    page.get_by_label(motif).check()
    page.get_by_role("button", name="Ouvrir", exact=True).click()


def test_from_the_request_to_the_employer_s_decision(m: f.Monde, visite: Visiter) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    agree = MedecinAgree.objects.create(nom="Arnal", prenom="Luc", commune="Lodève", departement="34", compte=m.expert)
    cdg, mairie = visite(m.gestionnaire), visite(m.mairie)
    medecin, expert = visite(m.medecin, bulle=True), visite(m.expert, bulle=True)

    # The gestionnaire says what is to be established, and to whom the dossier is entrusted.
    page = cdg.go(reverse("gestion:procedure-demander", args=[sinistre.numero, "expertise"]))
    _sound(page)
    page.get_by_label("L’imputabilité au service").check()
    page.get_by_label("Médecin conseil", exact=True).select_option(str(m.medecin.pk))
    page.get_by_role("button", name="Demander une expertise").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Expertise")
    branche = Branche.objects.get()
    dehors = {porte: reverse(f"{porte}:procedure", args=[branche.uid]) for porte in ("gestion", "collectivite")}
    _sound(page)

    # The médecin conseil asks the medical questions, that nobody else reads.
    page = medecin.go("/avis/")
    _sound(page)
    page.get_by_role("region", name="Expertises qui vous attendent").get_by_role("link", name=sinistre.numero).click()
    _open(page, "Rendre l’avis demandé")
    page.get_by_label(re.compile("Autres questions")).fill("La lombalgie est-elle imputable ?")
    _sound(page)
    page.get_by_role("button", name="Approuver la mission").click()
    _told(page, "La mission est approuvée")

    # The gestionnaire designates and convokes.
    page = cdg.go(dehors["gestion"])
    _sound(page)
    page.get_by_label("Médecin agréé", exact=True).select_option(str(agree.pk))
    page.get_by_label("Ce médecin n’est pas le médecin traitant de l’agent").check()
    page.get_by_role("button", name="Désigner le médecin agréé", exact=True).click()
    _told(page, "Le médecin est désigné")
    _sound(page)
    le = timezone.localtime(timezone.now() + dt.timedelta(days=20))
    page.get_by_label("Jour et heure de l’examen").fill(le.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Lieu").fill("3 rue Foch, Lodève")
    page.get_by_role("button", name="Convoquer l’agent", exact=True).click()
    _told(page, "L’agent est convoqué")
    confided(branche)
    _sound(cdg.go(dehors["gestion"]))

    # The expert answers inside.
    page = expert.go("/missions/")
    page.get_by_role("link", name=sinistre.numero).click()
    _open(page, "Mener l’expertise confiée")
    _sound(page)
    page.get_by_label("Vos conclusions").fill(REPONSE)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Rendre la mission").click()
    _told(page, "La mission est rendue")
    confided(branche)

    # The médecin conseil reads it and writes what leaves: a word of the report stops him once.
    page = medecin.go(f"/expertises/{branche.uid}/")
    expect(page.get_by_text(REPONSE).first).to_be_visible()
    _sound(page)
    page.get_by_label("L’imputabilité au service", exact=True).select_option("NON")
    page.get_by_label("Conclusions administratives").fill("La lombalgie n’est pas imputable.")
    page.get_by_role("button", name="Voir ce que lira l’employeur").click()
    expect(page.get_by_role("alert")).to_contain_text("lombalgie")
    _sound(page)
    page.get_by_role("button", name="Corriger").click()
    page.get_by_label("Conclusions administratives").fill("L’imputabilité au service n’est pas retenue.")
    page.get_by_role("button", name="Voir ce que lira l’employeur").click()
    _sound(page)
    page.get_by_role("button", name="Rendre ces conclusions").click()
    _told(page, "L’expertise est conclue")
    confided(branche)

    # The employer reads them, and them alone, and decides; the gestionnaire has a refusal ready, and no payment by inadvertence.
    page = mairie.go(dehors["collectivite"])
    expect(page.get_by_text("L’imputabilité au service n’est pas retenue.")).to_be_visible()
    assert "ombalgie" not in page.content()
    _sound(page)
    page.get_by_label("Suivre les conclusions").check()
    page.get_by_role("button", name="Enregistrer la décision de l’employeur", exact=True).click()
    _told(page, "La décision est enregistrée")
    _sound(page)
    page = cdg.go(dehors["gestion"])
    expect(page.get_by_role("heading", name="Proposer un refus")).to_be_visible()
    assert "ombalgie" not in page.content()
    _sound(page)
