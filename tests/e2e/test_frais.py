"""Frais médicaux, certificates and capital décès in a browser: axe-core, reflow at 320 px, each state of an invoice, a form in error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from contracts.enums import Nature
from indemnities.models import Decompte
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow_at
from tests.indemnities.test_frais import certificate, invoice, pay, recognise

Visiter = Callable[..., Visite]
NARROW = 320


def check(page: Page) -> list[str]:
    found = a11y(page)
    trop = overflow_at(page, NARROW)
    return [*found, *([f"{page.url} : défile de {trop} px"] if trop > 0 else [])]


def test_frais_from_the_certificate_to_what_is_given_back(m: f.Monde, visite: Visiter) -> None:
    accident = f.sinistre(m, Nature.AS)
    page_frais = reverse("gestion:frais", args=[accident.numero])
    une = visite(m.gestionnaire)
    found = check(une.go(page_frais))  # empty
    certificate(m, accident)
    pay(m, accident, invoice(m, accident))
    invoice(m, accident)
    invoice(m, accident, "30.00", apres=-2)
    page = une.go(page_frais)
    found += check(page)
    page.get_by_role("button", name="Mettre en paiement").click()
    expect(page.get_by_role("alert")).to_contain_text("même montant")
    found += check(page)
    page.get_by_label("Pourquoi continuer").fill("Deux séances.")
    page.get_by_role("button", name="quand même").click()
    expect(page.locator("#messages")).to_contain_text("une autre personne doit l’approuver")
    recognise(m, accident, "NON_IMPUTABLE")
    page = une.go(page_frais)
    found += check(page)
    page.get_by_role("button", name="Préparer les lignes").click()
    expect(page.locator("#messages")).to_contain_text("2 décomptes préparés")
    found += check(une.go(reverse("gestion:dossier", args=[accident.numero])))
    assert not found
    assert Decompte.objects.filter(genre="FRAIS", montant__lt=0).count() == 2


def test_a_certificate_at_the_collectivites_door(m: f.Monde, visite: Visiter) -> None:
    accident = f.sinistre(m, Nature.AS)
    une = visite(m.mairie)
    page = une.go(reverse("collectivite:citis", args=[accident.numero]))
    page.get_by_role("link", name="Prise en charge provisoire").click()
    found = check(page)
    page.get_by_label("Jusqu’au").fill((accident.survenance - dt.timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Donner le certificat").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    found += check(page)
    page.get_by_label("Jusqu’au").fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="Donner le certificat").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("PEC-")
    found += check(page)
    assert not found


def test_a_capital_by_its_form(m: f.Monde, visite: Visiter) -> None:
    dossier = f.sinistre(m, Nature.DC, arret=None)
    page = visite(m.gestionnaire).go(reverse("gestion:capital", args=[dossier.numero]))
    found = check(page)
    page.get_by_role("button", name="Voir le montant").click()
    expect(page.locator("fieldset.v-champ .v-erreur").first).to_be_visible()
    found += check(page)
    page.get_by_label("Non", exact=True).check()
    page.get_by_label("Conjoint ou partenaire").select_option("MARIAGE")
    page.get_by_label("Depuis le").fill("2005-06-04")
    page.get_by_label("Né(e) le").first.fill("2015-02-01")
    page.get_by_role("button", name="Ajouter des enfants").click()
    expect(page.get_by_label("Né(e) le")).to_have_count(6)
    page.get_by_role("button", name="Voir le montant").click()
    expect(page.get_by_role("table", name="Parts du capital")).to_contain_text("Enfant 1")
    found += check(page)
    page.get_by_role("button", name="Préparer le décompte").click()
    expect(page.locator("#messages")).to_contain_text("une autre personne doit l’approuver")
    assert not found
