"""Papers, by hand: dropped, photographed, looked at, turned, refused, replaced; the medical one goes to the bulle's own address."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pillow_heif
import pytest
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from accounts.models import User
from cases.enums import GenreTache
from cases.models import Tache
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, LaissezPasser, Piece
from journal.models import Entree
from project.celery import app as celery
from tests import factories as f
from tests.e2e.conftest import PDF, Visite, a11y, overflow

Visiter = Callable[..., Visite]
CHECK = 40_000
"""Milliseconds that a file may take from the browser to its answer."""


def _picture(largeur: int, hauteur: int, mode: str = "RGB") -> Image.Image:
    """White, with a black square in its upper left corner: turned, it shows."""
    image = Image.new(mode, (largeur, hauteur), 1 if mode == "1" else "white")
    ImageDraw.Draw(image).rectangle((0, 0, largeur // 2, hauteur // 2), fill=0 if mode == "1" else "black")
    return image


def _heic() -> bytes:
    sortie = io.BytesIO()
    pillow_heif.from_pillow(_picture(640, 320)).save(sortie)
    return sortie.getvalue()


def _tiff(pages: int) -> bytes:
    """What a fax server writes: black and white, group 4."""
    sortie = io.BytesIO()
    toutes = [_picture(400, 560, "1") for _ in range(pages)]
    toutes[0].save(sortie, "TIFF", compression="group4", save_all=True, append_images=toutes[1:])
    return sortie.getvalue()


def _letter(pages: int) -> bytes:
    """A PDF that names Helvetica without carrying it, as many office programs do."""
    objets = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{' '.join(f'{4 + 2 * n} 0 R' for n in range(pages))}]/Count {pages}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n in range(pages):
        texte = f"BT /F1 40 Tf 60 700 Td (Page numero {n + 1}) Tj ET"
        objets.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * n} 0 R>>")
        objets.append(f"<</Length {len(texte)}>>stream\n{texte}\nendstream")
    corps, adresses = "%PDF-1.4\n", []
    for rang, objet in enumerate(objets, 1):
        adresses.append(len(corps))
        corps += f"{rang} 0 obj{objet}\nendobj\n"
    table = "".join(f"{adresse:010d} 00000 n \n" for adresse in adresses)
    fin = f"trailer<</Root 1 0 R/Size {len(objets) + 1}>>\nstartxref\n{len(corps)}\n%%EOF\n"
    return (corps + f"xref\n0 {len(objets) + 1}\n0000000000 65535 f \n" + table + fin).encode()


def _drop(page: Page, boite: Locator, *fichiers: tuple[str, str, bytes]) -> None:
    """Drag these files (name, type, bytes) from the desktop and let them fall on the box."""
    donnees = [{"nom": nom, "type": type, "contenu": base64.b64encode(contenu).decode()} for nom, type, contenu in fichiers]
    porte = page.evaluate_handle(
        "fichiers => { const porte = new DataTransfer(); for (const f of fichiers) { const octets = Uint8Array.from(atob(f.contenu),"
        " c => c.charCodeAt(0)); porte.items.add(new File([octets], f.nom, {type: f.type})); } return porte; }",
        donnees,
    )
    for evenement in ("dragenter", "dragover", "drop"):
        boite.dispatch_event(evenement, {"dataTransfer": porte})


def _article(page: Page, piece: Piece) -> Locator:
    return page.locator(f"#piece-{piece.pk}")


def _painted(page: Page) -> None:
    """The document in the viewer shows something: not a blank canvas, not a broken image."""
    expect(page.locator("[data-vz-scene] .vz-page").first).to_be_visible()
    page.wait_for_function(
        """() => {
            const img = document.querySelector('[data-vz-scene] img');
            if (img) return img.naturalWidth > 0;
            const toile = document.querySelector('[data-vz-scene] canvas');
            if (!toile || !toile.width) return false;
            const points = toile.getContext('2d').getImageData(0, 0, toile.width, toile.height).data;
            for (let i = 0; i < points.length; i += 4) if (points[i] < 100 && points[i + 3] > 0) return true;
            return false;
        }"""
    )


def _until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    for _ in range(CHECK // 200):
        if condition():
            return
        page.wait_for_timeout(200)
    raise AssertionError("it never came")


def _zoom(page: Page) -> int:
    return int(page.locator("[data-vz-echelle]").inner_text().replace("\u00a0%", ""))


@pytest.fixture
def certificat(m: f.Monde) -> Piece:
    return Piece.objects.select_related("sinistre").get(sinistre=f.sinistre(m), code="certificat")


def test_from_the_drop_to_conforme(m: f.Monde, certificat: Piece, visite: Visiter) -> None:
    numero = certificat.sinistre.numero
    mairie = visite(m.mairie)
    page = mairie.go(f"/collectivite/dossiers/{numero}/")
    boite = _article(page, certificat).locator("[data-depot]")
    _drop(page, boite, ("photo.heic", "", _heic()), ("scan.tif", "image/tiff", _tiff(2)), ("lettre.pdf", "application/pdf", _letter(3)))
    article = _article(page, certificat)
    expect(article.get_by_text("Reçu, en cours d’examen")).to_be_visible(timeout=CHECK)
    expect(article.get_by_text("accepté sans analyse")).to_have_count(3, timeout=CHECK)
    assert Depot.objects.filter(piece=certificat, etat=EtatDepot.DISPONIBLE).count() == 3

    # The gestionnaire looks at each of them, in the page.
    gestion = visite(m.gestionnaire)
    page = gestion.go(f"/gestion/dossiers/{numero}/?piece={certificat.pk}")
    boutons = page.locator("[data-vz-fichier]")
    expect(boutons).to_have_count(3)
    sortes = {bouton.get_attribute("data-nom"): bouton.get_attribute("data-type") for bouton in boutons.all()}
    assert sortes == {"photo.heic": "image/jpeg", "scan.tif": "application/pdf", "lettre.pdf": "application/pdf"}
    for nom, pages in (("photo.heic", 1), ("scan.tif", 2), ("lettre.pdf", 3)):
        page.locator(f"[data-vz-fichier][data-nom='{nom}']").click()
        expect(page.locator("[data-vz-scene]")).to_have_attribute("aria-label", f"Document : {nom}")
        expect(page.locator("[data-vz-scene] .vz-page")).to_have_count(pages)
        _painted(page)
        assert page.locator("[data-vz-pages]").is_visible() == (pages > 1)
    expect(page.locator("[data-vz-scene] .vz-texte").first).to_contain_text("Page numero 1")
    lus = Entree.objects.filter(action="depot.lu", acteur_id=m.gestionnaire.pk).count()
    assert lus == 3  # the first one, shown at once, was not asked for again

    _by_keys(page)

    page.keyboard.press("r")
    page.get_by_label("Motif").select_option("ILLISIBLE")
    page.get_by_label("Phrase à la collectivité").fill("Le cachet ne se lit pas.")
    page.get_by_role("button", name="Refuser la pièce").click()
    expect(page.locator("#messages")).to_contain_text("refusée")

    # A new version takes the place of the refused one, which stays readable.
    page = mairie.go(f"/collectivite/dossiers/{numero}/pieces/{certificat.pk}/")
    expect(page.get_by_text("À renvoyer")).to_be_visible()
    expect(page.get_by_text("Le cachet ne se lit pas.")).to_be_visible()
    _article(page, certificat).locator("input[type=file]").first.set_input_files(
        {"name": "net.pdf", "mimeType": "application/pdf", "buffer": _letter(1)}
    )
    expect(_article(page, certificat).get_by_text("Version 1, remplacée le")).to_be_visible(timeout=CHECK)
    page = gestion.go(f"/gestion/dossiers/{numero}/?piece={certificat.pk}")
    expect(page.locator("[data-vz-fichier]").first).to_contain_text("version 2, en cours")
    expect(page.locator("[data-vz-fichier]")).to_have_count(4)
    _painted(page)
    page.keyboard.press("v")
    expect(page.locator("#messages")).to_contain_text("conforme")
    assert Piece.objects.get(pk=certificat.pk).etat == EtatPiece.CONFORME


def _by_keys(page: Page) -> None:
    """Turn, enlarge, go from page to page and from file to file without a mouse; the help lists those keys."""
    visionneuse, scene = page.locator("[data-visionneuse]"), page.locator("[data-vz-scene]")
    page.locator("[data-vz-fichier][data-nom='lettre.pdf']").click()
    _painted(page)
    debout = page.locator("[data-vz-scene] .vz-page").first.bounding_box()
    page.keyboard.press("t")
    expect(visionneuse).to_have_attribute("data-vz-angle", "90")
    couche = page.locator("[data-vz-scene] .vz-page").first.bounding_box()
    assert debout is not None and couche is not None
    assert debout["height"] > debout["width"] and couche["height"] < couche["width"]
    _painted(page)
    page.keyboard.press("l")
    expect(visionneuse).to_have_attribute("data-vz-angle", "0")
    largeur = _zoom(page)
    page.keyboard.press("+")
    assert _zoom(page) > largeur
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert _zoom(page) < largeur
    page.keyboard.press("0")
    assert _zoom(page) == largeur
    page.keyboard.press("9")
    expect(page.locator("[data-vz=entiere]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("0")
    page.keyboard.press(">")
    expect(page.locator("[data-vz-rang]")).to_have_text("page 2 / 3")
    page.keyboard.press("<")
    expect(page.locator("[data-vz-rang]")).to_have_text("page 1 / 3")
    page.locator("[data-vz-fichier]").first.click()
    courant = scene.get_attribute("aria-label")
    page.keyboard.press("f")
    expect(scene).not_to_have_attribute("aria-label", courant or "")
    page.keyboard.press("F")
    expect(scene).to_have_attribute("aria-label", courant or "")
    page.locator("[data-vz-fichier][data-nom='lettre.pdf']").click()
    expect(page.locator("[data-vz-pages]")).to_be_visible()
    page.keyboard.press("?")
    for effet in ("Tourner vers la droite", "Agrandir", "Page suivante du document", "Fichier suivant", "Conforme", "Refuser"):
        expect(page.locator("#aide-clavier").get_by_text(effet, exact=True).first).to_be_visible()
    page.keyboard.press("Escape")


def test_keys_are_off_for_whoever_turned_them_off(m: f.Monde, certificat: Piece, visite: Visiter) -> None:
    User.objects.filter(pk=m.gestionnaire.pk).update(raccourcis=False)
    mairie = visite(m.mairie).go(f"/collectivite/dossiers/{certificat.sinistre.numero}/")
    _article(mairie, certificat).locator("input[type=file]").first.set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": _letter(1)}
    )
    expect(_article(mairie, certificat).get_by_text("Reçu, en cours d’examen")).to_be_visible(timeout=CHECK)
    page = visite(m.gestionnaire).go(f"/gestion/dossiers/{certificat.sinistre.numero}/?piece={certificat.pk}")
    _painted(page)
    page.keyboard.press("t")
    expect(page.locator("[data-visionneuse]")).to_have_attribute("data-vz-angle", "0")
    page.get_by_role("button", name="Tourner vers la droite").click()
    expect(page.locator("[data-visionneuse]")).to_have_attribute("data-vz-angle", "90")


def test_what_is_refused_says_why_and_nothing_is_lost(m: f.Monde, certificat: Piece, visite: Visiter) -> None:
    page = visite(m.mairie).go(f"/collectivite/dossiers/{certificat.sinistre.numero}/")
    article = _article(page, certificat)
    boite = article.locator("[data-depot]")
    _drop(page, boite, ("macro.docm", "application/vnd.ms-word", b"PK"), ("vide.pdf", "application/pdf", b""))
    expect(article.get_by_text("Ce type de fichier n’est pas accepté")).to_be_visible()
    expect(article.get_by_text("Ce fichier est vide.")).to_be_visible()
    page.evaluate(
        "id => { const porte = new DataTransfer(); porte.items.add(new File([new Uint8Array(26 * 1024 * 1024)], 'gros.pdf',"
        " {type: 'application/pdf'})); const champ = document.querySelector(`#piece-${id} input[type=file]`); champ.files = porte.files;"
        " champ.dispatchEvent(new Event('change', {bubbles: true})); }",
        certificat.pk,
    )
    expect(article.get_by_text("Ce fichier dépasse 25 Mo")).to_be_visible()
    assert not Depot.objects.exists()

    # The network fails while the file leaves: the line says so, keeps the file, and goes on from there.
    coupures: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method == "PUT" and not coupures:
            coupures.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/quarantaine/**", cut)
    page.reload()
    _drop(page, _article(page, certificat).locator("[data-depot]"), ("a.pdf", "application/pdf", PDF))
    expect(article.get_by_text("L’envoi s’est interrompu")).to_be_visible()
    article.get_by_role("button", name="Réessayer").click()
    expect(article.get_by_text("Reçu, en cours d’examen")).to_be_visible(timeout=CHECK)
    assert len(coupures) == 1
    assert Depot.objects.filter(etat=EtatDepot.DISPONIBLE).count() == 1

    # The store that no longer has the copy: the viewer says so in words, and offers to try again.
    depot = Depot.objects.get(etat=EtatDepot.DISPONIBLE)
    Depot.objects.filter(pk=depot.pk).update(apercu_cle="nulle-part")
    page = visite(m.gestionnaire).go(f"/gestion/dossiers/{certificat.sinistre.numero}/?piece={certificat.pk}")
    expect(page.locator(".vz-erreur")).to_contain_text("n’est plus lisible ici")
    Depot.objects.filter(pk=depot.pk).update(apercu_cle=depot.apercu_cle)
    page.locator(".vz-erreur").get_by_role("button", name="Réessayer").click()
    expect(page.locator("[data-vz-scene] canvas").first).to_be_visible()


def test_the_gestionnaire_deposits_and_replaces(m: f.Monde, certificat: Piece, visite: Visiter) -> None:
    page = visite(m.gestionnaire).go(f"/gestion/dossiers/{certificat.sinistre.numero}/?piece={certificat.pk}")
    page.locator("[data-depot] input[type=file]").set_input_files({"name": "un.pdf", "mimeType": "application/pdf", "buffer": _letter(1)})
    expect(page.locator("[data-vz-fichier]")).to_have_count(1, timeout=CHECK)  # the page takes it in by itself
    _painted(page)
    page.get_by_label("remplace les fichiers déjà reçus").check()
    page.locator("[data-depot] input[type=file]").set_input_files(
        [FilePayload(name=f"{nom}.pdf", mimeType="application/pdf", buffer=_letter(1)) for nom in ("deux", "trois")]
    )
    expect(page.locator("[data-vz-fichier]")).to_have_count(3, timeout=CHECK)
    expect(page.locator(".g-versions summary")).to_contain_text("Version 1, remplacée le")
    versions = sorted(Depot.objects.values_list("nom", "version"))
    assert versions == [("deux.pdf", 2), ("trois.pdf", 2), ("un.pdf", 1)]


def test_the_medical_paper_goes_to_the_bulle_alone(m: f.Monde, visite: Visiter, adresses: Any) -> None:
    sinistre = f.sinistre(m, "AS")
    medicale = Piece.objects.get(sinistre=sinistre, visibilite="M")
    page = visite(m.mairie).go(f"/collectivite/dossiers/{sinistre.numero}/")
    envois: list[tuple[str, str]] = []
    page.on("request", lambda requete: envois.append((requete.method, requete.url)))
    article = _article(page, medicale)
    _drop(page, article.locator("[data-depot-pli]"), ("lesion-rachis.pdf", "application/pdf", _letter(1)))
    expect(article.get_by_text("Reçu par le service médical", exact=True)).to_be_visible(timeout=CHECK)
    assert [url for methode, url in envois if methode == "PUT"] == [f"{adresses.bulle}/depots/"]
    assert Piece.objects.get(pk=medicale.pk).etat in (EtatPiece.RECUE, EtatPiece.A_CONTROLER)
    assert not Depot.objects.exists()
    assert LaissezPasser.objects.get().utilise_le is not None
    page.reload()
    assert "rachis" not in page.content()
    journal = str(list(Entree.objects.filter(sinistre_id=sinistre.pk).values_list("action", "motif", "contenu__donnees")))
    assert "laissez_passer.delivre" in journal and "rachis" not in journal

    # What the bulle refuses is said on the line; the file stays there to be tried again.
    page.route(f"{adresses.bulle}/depots/", lambda route: route.abort("connectionrefused"))
    _drop(page, article.locator("[data-depot-pli]"), ("b.pdf", "application/pdf", PDF))
    expect(article.get_by_text("L’envoi s’est interrompu")).to_be_visible()
    page.unroute(f"{adresses.bulle}/depots/")
    article.get_by_role("button", name="Réessayer").click()
    _until(page, lambda: LaissezPasser.objects.filter(utilise_le__isnull=False).count() == 2)
    # The bulle checks what it has received, and asks its own gestionnaire to look at it: nothing of that is seen here.
    controle = Tache.objects.filter(genre=GenreTache.CONTROLER_PIECE_MEDICALE, fermee_le__isnull=True)
    _until(page, controle.exists)
    expect(article.get_by_text("Reçu par le service médical", exact=True)).to_be_visible()


def test_the_agents_link_is_copied_and_revoked(m: f.Monde, visite: Visiter) -> None:
    sinistre = f.sinistre(m, "AS")
    mairie = visite(m.mairie)
    mairie.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = mairie.go(f"/collectivite/dossiers/{sinistre.numero}/")
    page.get_by_role("button", name="Créer le lien").click()
    adresse = page.get_by_label("Adresse à donner à l’agent").input_value()
    page.get_by_role("button", name="Copier").click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == adresse
    found = a11y(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) <= 0
    page.emulate_media(media="print")
    expect(page.get_by_label("Adresse à donner à l’agent")).not_to_be_visible()
    expect(page.locator(".l-lettre")).to_contain_text(adresse)
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Revenir au dossier").click()
    page.get_by_role("button", name="Révoquer").click()
    expect(page.locator("#messages")).to_contain_text("ne s’ouvre plus")
    assert not found


def test_pages_of_papers_for_everybody(m: f.Monde, certificat: Piece, visite: Visiter) -> None:
    """axe-core and reflow on what this room adds: the viewer open, versions, the box, the paper's own page, the volet's page."""
    sinistre = certificat.sinistre
    accident = f.sinistre(m, "AS", de=f.agent(m.collectivite), arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=20)))
    medicale = Piece.objects.get(sinistre=accident, visibilite="M")
    mairie = visite(m.mairie)
    page = mairie.go(f"/collectivite/dossiers/{sinistre.numero}/pieces/{certificat.pk}/")
    _drop(page, page.locator("[data-depot]"), ("lettre.pdf", "application/pdf", _letter(2)), ("photo.heic", "image/heic", _heic()))
    expect(_article(page, certificat).get_by_text("accepté sans analyse")).to_have_count(2, timeout=CHECK)
    depot = Depot.objects.filter(nom="lettre.pdf").get()
    gestion = visite(m.gestionnaire)
    found: list[str] = []
    for une, path in (
        (mairie, f"/collectivite/dossiers/{sinistre.numero}/pieces/{certificat.pk}/"),
        (mairie, f"/collectivite/dossiers/{accident.numero}/pieces/{medicale.pk}/"),
        (mairie, f"/collectivite/depots/{depot.pk}/reclasser/"),
        (gestion, f"/gestion/dossiers/{sinistre.numero}/?piece={certificat.pk}"),
        (gestion, f"/gestion/dossiers/{accident.numero}/?piece={medicale.pk}"),
        (gestion, f"/gestion/fichiers/{depot.pk}/reclasser/"),
    ):
        page = une.go(path)
        for largeur in (1280, 320):
            page.set_viewport_size({"width": largeur, "height": 900})
            if page.locator("[data-visionneuse]").count():
                page.locator("[data-vz-fichier][data-nom='lettre.pdf']").click()
                _painted(page)
            found += a11y(page)
            if (trop := overflow(page)) > 0:
                found.append(f"{path} : défile de {trop} px à {largeur} px")
        page.set_viewport_size({"width": 1280, "height": 900})
    assert not found

    # The volet leaves from the page where it was seen.
    page = gestion.go(f"/gestion/dossiers/{sinistre.numero}/?piece={certificat.pk}")
    page.get_by_role("link", name="C’est un volet médical : envoyer dans la bulle (lettre.pdf)").click()
    page.get_by_role("button", name="Envoyer dans la bulle").click()
    expect(page.locator("#messages")).to_contain_text("dans la bulle")
    expect(page.locator("[data-vz-fichier]")).to_have_count(1)
    assert "lettre.pdf" not in page.content()
    celery.send_task("medical.balayer", queue="bulle")  # what beat does each minute
    _until(page, lambda: Depot.objects.get(pk=depot.pk).reclassement_fini_le is not None)
