"""The bulle in a real browser, from the agent's photograph to the agent's own file, each page by axe-core and at 320 px."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable

from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from cases.models import Branche, MedecinAgree
from cases.services import avis as avis_services
from contracts.enums import Nature
from documents.models import ExtraitAdministratif, Piece
from documents.services import laissez_passer
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, confided, overflow
from workflows.branches.expertise import actes as expertise

Visiter = Callable[..., Visite]
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}


def _photo() -> dict[str, object]:
    tampon = io.BytesIO()
    Image.new("RGB", (400, 300), "lightgray").save(tampon, "JPEG")
    return {"name": "certificat.jpg", "mimeType": "image/jpeg", "buffer": tampon.getvalue()}


def _sound(page: Page) -> None:
    """No violation, no sideways scrolling, wide and narrow."""
    assert not a11y(page)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    trop = overflow(page)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert trop <= 0, f"{page.url} défile de {trop} px à 320 px"


def _told(page: Page, texte: str) -> None:
    expect(page.locator("#messages")).to_contain_text(texte)


def _open(page: Page, motif: str) -> None:
    """Tell the purpose."""
    _sound(page)
    page.get_by_label(motif).check()
    page.get_by_role("button", name="Ouvrir", exact=True).click()


def test_a_medical_piece_from_its_sender_to_its_readers(m: f.Monde, visite: Visiter) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, visibilite="M")
    _, secret = laissez_passer.delivrer_lien(acteur=m.mairie, piece=piece)
    avis = avis_services.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="IMPUTABILITE")

    # The agent, without an account, from his telephone.
    agent = visite(bulle=True, largeur=390)
    page = agent.go(f"/deposer/#{secret}")
    expect(page.get_by_role("status").filter(has_text="Vous pouvez déposer")).to_be_visible()
    _sound(page)
    page.locator("#envoi-fichier").set_input_files(_photo())  # type: ignore[arg-type]
    expect(page.get_by_text("Vous pouvez fermer cette page")).to_be_visible(timeout=20_000)
    assert "#" not in page.url
    page.goto("about:blank")
    page = agent.go(f"/deposer/#{secret}")
    expect(page.get_by_text("Ce lien ne permet plus de déposer")).to_be_visible()
    _sound(page)

    # The gestionnaire de bulle looks at it and lets its date out.
    page = visite(m.secretariat, bulle=True).go("/controles/")
    ligne = page.get_by_role("link", name=re.compile("Certificat médical initial"))
    for _ in range(40):
        if ligne.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    _sound(page)
    ligne.first.click()
    _open(page, "Contrôler la forme et les dates d’une pièce")
    expect(page.locator("[data-vz-scene] img, [data-vz-scene] canvas").first).to_be_visible(timeout=20_000)
    _sound(page)
    page.get_by_label("Document établi le").fill("2026-03-02")
    page.get_by_role("button", name=re.compile("^Conforme")).click()
    _told(page, "est conforme")
    assert ExtraitAdministratif.objects.filter(piece=piece).count() == 1
    page.goto(page.url.replace("/controles/", "/liens/"))
    _sound(page)

    # The médecin conseil: the whole file, a mission.
    medecin = visite(m.medecin, bulle=True)
    page = medecin.go(f"/avis/{avis.pk}/")
    _open(page, "Rendre l’avis demandé")
    expect(page.locator("[data-vz-scene] img, [data-vz-scene] canvas").first).to_be_visible(timeout=20_000)
    _sound(page)
    page.get_by_label("Discussion médicale").fill("Discussion du médecin.")
    page.get_by_role("button", name="Enregistrer la discussion").click()
    _told(page, "Votre discussion est enregistrée")
    page.get_by_role("link", name="Demander une expertise").click()
    page.get_by_label("Quel est le taux d’incapacité permanente partielle ?").check()
    page.get_by_label("L’imputabilité au service").check()
    _sound(page)
    page.get_by_role("button", name="Demander l’expertise").click()
    _told(page, "L’expertise est demandée")
    _sound(page)
    medecin.go("/delegations/")
    _sound(page)

    # The expert, once the agent is convoked: questions, pièces, report, conclusions.
    branche = Branche.objects.get()
    agree = MedecinAgree.objects.create(nom="Arnal", prenom="Luc", commune="Lodève", departement="34", compte=m.expert)
    expertise.designer(acteur=m.gestionnaire, branche=branche, medecin=agree, atteste=True)
    expertise.convoquer(acteur=m.gestionnaire, branche=branche, le=timezone.now() + dt.timedelta(days=20), lieu="Cabinet")
    confided(branche)
    page = visite(m.expert, bulle=True).go("/missions/")
    _sound(page)
    page.get_by_role("link", name=sinistre.numero).click()
    _open(page, "Mener l’expertise confiée")
    expect(page.get_by_text("Quel est le taux d’incapacité")).to_be_visible()
    page.locator("#envoi-fichier").set_input_files(_photo() | {"name": "rapport.jpg"})  # type: ignore[arg-type]
    expect(page.get_by_text("Reçu. Le document est chiffré")).to_be_visible(timeout=20_000)
    _sound(page)
    page.get_by_label("Vos conclusions").fill("Conclusions de l’expert.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Rendre la mission").click()
    _told(page, "La mission est rendue")

    # The médecin gives his opinion, stopped once by a word of the other half.
    page = medecin.go(f"/avis/{avis.pk}/")
    expect(page.get_by_text("Conclusions de l’expert.")).to_be_visible()
    page.get_by_label("Favorable", exact=True).check()
    page.get_by_label("Conclusion administrative").fill("Imputable, selon la discussion.")
    page.get_by_role("button", name="Voir ce que lira l’employeur").click()
    expect(page.get_by_role("alert")).to_contain_text("discussion")
    _sound(page)
    page.get_by_label("Ces mots n’ont ici qu’un sens administratif").check()
    page.get_by_role("button", name="Rendre cet avis").click()
    _told(page, "L’avis est rendu.")

    # He opens the file to its agent, who reads it and closes it.
    medecin.go(f"/dossiers/{sinistre.numero}/lien/")
    _sound(page)
    page.get_by_role("button", name="Donner un lien").click()
    adresse, code = page.locator("#adresse").input_value(), page.locator("#code").input_value()
    _sound(page)
    page = visite(bulle=True, largeur=390).page
    page.goto(adresse)
    _sound(page)
    page.get_by_label("Code à 8 chiffres").fill(code)
    page.get_by_role("button", name="Ouvrir mon dossier").click()
    expect(page.get_by_text("Discussion du médecin.")).to_be_visible()
    expect(page.locator("[data-vz-scene] img, [data-vz-scene] canvas").first).to_be_visible(timeout=20_000)
    _sound(page)
    page.get_by_role("button", name="Refermer mon dossier").click()
    expect(page.get_by_role("heading", name="Votre dossier est refermé")).to_be_visible()
    _sound(page)
