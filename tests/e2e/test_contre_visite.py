"""The contre-visite in a real browser: asked for by a mairie, conducted by the CDG, its pages held to axe and to 320 px."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cases.enums_contre_visite import ResultatContreVisite, SuiteContreVisite
from cases.models import Branche, MedecinAgree
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow
from workflows import automates
from workflows.branches.contre_visite import actes, decision

Visiter = Callable[..., Visite]


@pytest.fixture
def medecin(m: f.Monde) -> MedecinAgree:
    return MedecinAgree.objects.create(nom="Arnal", prenom="Luc", commune="Lodève", departement="34", visite_a_domicile=True)


def test_from_the_mairie_to_the_interruption(m: f.Monde, medecin: MedecinAgree, visite: Visiter) -> None:
    dossier = f.sinistre(m)
    mairie, cdg, etroit = visite(m.mairie), visite(m.gestionnaire), visite(m.gestionnaire, largeur=320)

    page = mairie.go(reverse("collectivite:procedure-demander", args=[dossier.numero, "contre_visite"]))
    assert a11y(page) == []
    page.get_by_role("combobox", name="Motif").select_option("DOUTE")
    page.get_by_role("button", name="Demander une contre-visite").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Contre-visite")
    branche = Branche.objects.get()
    chez, au_cdg = (reverse(f"{porte}:procedure", args=[branche.uid]) for porte in ("collectivite", "gestion"))

    def regarder() -> None:
        for qui, adresse in ((mairie, chez), (cdg, au_cdg), (etroit, au_cdg)):
            vue = qui.go(adresse)
            regarder.n = getattr(regarder, "n", 0) + 1; vue.screenshot(path=f"/tmp/cv{regarder.n:02d}.png", full_page=True)
            assert a11y(vue) == []
            assert overflow(vue) == 0
            identifiants = vue.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
            assert len(identifiants) == len(set(identifiants))

    regarder()
    page = cdg.go(au_cdg)
    page.get_by_role("combobox", name="Médecin agréé").select_option(str(medecin.pk))
    page.get_by_role("checkbox", name="J’atteste").check()
    page.get_by_role("button", name="Désigner le médecin", exact=True).click()
    expect(page.get_by_role("heading", name="Fixer le rendez-vous")).to_be_visible()
    regarder()
    page = cdg.go(au_cdg)
    page.locator("#id_rendez_vous_le").fill(timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Fixer le rendez-vous", exact=True).click()
    expect(page.locator("body")).to_contain_text("Rendez-vous fixé")
    automates.balayer()
    regarder()
    actes.recevoir_avis(acteur=m.gestionnaire, branche=branche, resultat=ResultatContreVisite.REFUS, recu_le=timezone.now())
    automates.balayer()
    regarder()
    jour = timezone.localdate()
    decision.decider(
        acteur=m.mairie, branche=branche, suite=SuiteContreVisite.INTERRUPTION_VERSEMENT, le=jour, a_compter_du=jour,
        justification_demandee_le=jour, volonte_etablie=True,
    )  # fmt: skip
    automates.balayer()
    regarder()
    expect(mairie.go(reverse("collectivite:dossier", args=[dossier.numero])).locator("#procedures")).to_contain_text("Versement interrompu")


def test_the_directory(m: f.Monde, medecin: MedecinAgree, visite: Visiter) -> None:
    for largeur in (1280, 320):
        gestionnaire = visite(m.gestionnaire, largeur=largeur)
        for nom, args in (("medecins", []), ("medecin-nouveau", []), ("medecin", [medecin.pk])):
            page = gestionnaire.go(reverse(f"gestion:{nom}", args=args))
            assert a11y(page) == []
            assert overflow(page) == 0
