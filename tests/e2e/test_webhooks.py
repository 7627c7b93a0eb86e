"""« Abonnements (webhooks) » in a browser: subscribed by hand, tried through the real worker, the secret read once, a narrow screen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import expect

from notifications.models import Abonnement
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow
from tests.notifications.webhooks.conftest import Recepteur, dire, verifier
from tests.notifications.webhooks.conftest import recepteur as recepteur

Visiter = Callable[..., Visite]


def test_a_responsable_subscribes_a_program(m: f.Monde, visite: Visiter, recepteur: Recepteur) -> None:
    bureau = visite(m.responsable)
    page = bureau.go(reverse("gestion:webhooks"))
    page.get_by_role("link", name="Abonner un logiciel").first.click()
    page.get_by_label("Nom du logiciel").fill("SIRH de Saint-Martin")
    page.get_by_label("Adresse appelée").fill("https://169.254.169.254/")
    page.get_by_label("Un dossier est clos").check()
    page.get_by_role("button", name="Enregistrer").press("Enter")
    expect(page.get_by_text("privée ou réservée").first).to_be_visible()
    assert not a11y(page)
    page.get_by_label("Adresse appelée").fill(recepteur.url)
    page.get_by_role("button", name="Enregistrer").press("Enter")
    expect(page.locator("code.v-secret")).to_contain_text("whsec_")
    secret = page.locator("code.v-secret").inner_text()
    assert not a11y(page)
    page.get_by_role("button", name="Essayer").click()
    expect(page.get_by_text("Un appel d’essai part").first).to_be_visible()
    limite = time.monotonic() + 90
    while not recepteur.gardes:
        assert time.monotonic() < limite, "the worker has made no call"
        time.sleep(0.1)
    assert verifier(secret, recepteur.gardes[0])
    abonnement = Abonnement.objects.get()
    page = bureau.go(reverse("gestion:webhook", args=[abonnement.uid]))
    expect(page.get_by_role("row").filter(has_text="Appel d’essai")).to_contain_text(re.compile("Livrée.*204", re.DOTALL))
    assert page.locator("code.v-secret").count() == 0


def test_pages_on_a_narrow_screen(m: f.Monde, visite: Visiter, recepteur: Recepteur) -> None:
    etroite = visite(m.responsable, largeur=320)
    page = etroite.go(reverse("gestion:webhook-nouveau"))
    assert not a11y(page)
    assert overflow(page) == 0
    page.get_by_label("Nom du logiciel").fill("SIRH")
    page.get_by_label("Adresse appelée").fill("https://sirh.example/" + "chemin-long/" * 20)
    page.get_by_label("Un dossier est clos").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("code.v-secret")).to_be_visible()
    assert overflow(page) == 0
    dire(f.sinistre(m), "sinistre.clore", apres="CLOS")
    for nom in ("webhook", "webhook-modifier"):
        page = etroite.go(reverse(f"gestion:{nom}", args=[Abonnement.objects.get().uid]))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert not a11y(page)
        assert overflow(page) == 0, nom
