"""Entering the bulle, in a real browser: a médecin conseil admits, hands the link over, the person chooses a password from it."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.models import Habilitation
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow

PHRASE = "un cheval agrafe correctement"


def test_from_the_link_to_the_bulle(m: f.Monde, visite: Callable[..., Visite]) -> None:
    neuve = f.person(prenom="Mireille", nom="Aubert")
    Habilitation.objects.create(user=neuve, role=Role.EXPERT, debut=timezone.localdate())
    medecin = visite(m.medecin, bulle=True, largeur=320)
    page = medecin.go("/admissions/")
    found, widths = a11y(page), [overflow(page)]
    page.get_by_role("link", name="Admettre Mireille Aubert").click()
    page.locator("[name=password]").fill(f.PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Admettre Mireille Aubert")
    found += a11y(page)
    page.get_by_role("button", name="Admettre").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lien à remettre à Mireille Aubert")
    found += a11y(page)
    widths.append(overflow(page))
    link = page.locator(".v-secret").inner_text()

    other = visite(bulle=True, largeur=320)
    entry = other.page
    entry.goto(link)
    expect(entry.get_by_label("Code du lien")).to_have_value(link.split("#")[1])
    assert "#" not in entry.url, "the secret leaves the address bar"
    expect(entry.get_by_label("Mot de passe", exact=True)).to_be_focused()
    found += a11y(entry)
    widths.append(overflow(entry))
    entry.get_by_label("Mot de passe", exact=True).fill(PHRASE)
    entry.get_by_label("Le même, une seconde fois").fill(PHRASE)
    entry.get_by_role("button", name="Enregistrer").click()
    expect(entry.locator("#messages")).to_contain_text("Votre mot de passe est enregistré")
    entry.locator("[name=login]").fill(neuve.email)
    entry.locator("[name=password]").fill(PHRASE)
    entry.locator("[name=password]").press("Enter")
    expect(entry.get_by_role("heading", level=1)).to_have_text("Mes missions")

    page = medecin.go("/admissions/")
    page.get_by_role("link", name="Gérer l’admission de Mireille Aubert").click()
    found += a11y(page)
    widths.append(overflow(page))
    page.get_by_label("Pourquoi retirer cette admission").fill("Essai terminé")
    page.get_by_role("button", name="Retirer").click()
    expect(page.locator("#messages")).to_contain_text("n’est plus admis")
    entry.reload()
    expect(entry.get_by_role("heading", level=1)).to_have_text("Connexion")
    lost = other.go("/compte/password/reset/")
    found += a11y(lost)
    assert not found
    assert max(widths) <= 0
    assert not medecin.plaintes + other.plaintes
