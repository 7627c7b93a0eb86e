"""Transfers seen in a browser: from the bordereau to the bank's statement, and each page accessible, reflowed at 320 px."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from indemnities.models import Remise
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from tests import factories as f
from tests.e2e.conftest import Visite
from tests.e2e.test_accessibilite import _walk
from tests.indemnities.virements import DAY, bordereau, camt053, compte, ecriture, iban, payeur_cdg, remise

Visiter = Callable[..., Visite]


def test_two_people_pay_and_a_statement_closes(m: f.Monde, visite: Visiter) -> None:
    payeur_cdg(m)
    du = bordereau(m, "1234.56")
    compte(m, m.collectivite, 7, depuis=3 * DAY)
    un = visite(m.payeur)
    page = un.go("/gestion/remises/composer/")
    page.get_by_role("button", name="Composer la remise").click()
    expect(page.get_by_role("heading", name="À vérifier avant de continuer")).to_be_visible()
    page.get_by_label("Pourquoi continuer").fill("RIB vérifié au téléphone")
    page.get_by_role("button", name="Composer la remise").click()
    expect(page.get_by_text("une autre personne doit la signer").first).to_be_visible()
    faite = Remise.objects.get()
    deux = visite(m.payeur2)
    autre = deux.go(f"/gestion/remises/{faite.numero}/")
    expect(autre.get_by_text("RIB vérifié au téléphone")).to_be_visible()
    autre.get_by_role("button", name="Signer 1").click()
    with autre.expect_download() as pris:
        autre.get_by_role("button", name="Prendre le fichier").click()
    assert pris.value.suggested_filename == f"{faite.numero}.xml"
    page = un.go("/gestion/retours/")
    releve = camt053(ecriture(f"{du.numero}-1", "1234.56"))
    page.locator("input[type=file]").set_input_files({"name": "releve.xml", "mimeType": "application/xml", "buffer": releve})
    page.get_by_role("button", name="Importer").click()
    expect(page.get_by_text(f"Bordereau {du.numero} réglé.")).to_be_visible()
    faite.refresh_from_db()
    assert faite.etat == "REGLEE"


def test_its_pages_are_for_everybody(m: f.Monde, visite: Visiter) -> None:
    payeur_cdg(m)
    faite = remise(m, bordereau(m))
    bordereau(m)
    comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=Rib("Mairie", iban(9), ville="Lodève"))
    paths = [
        "/gestion/comptes/", "/gestion/comptes/nouveau/", "/gestion/remises/", "/gestion/remises/composer/",
        f"/gestion/remises/{faite.numero}/", "/gestion/retours/",
    ]  # fmt: skip
    assert not _walk(visite(m.payeur2), paths)
