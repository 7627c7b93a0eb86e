"""A mairie asks, a gestionnaire answers with an answer kept ready, by the keyboard, the mairie reads."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import Page, expect

from cases.models import Message, Note, Sinistre
from cases.services import messages
from cases.services.reponses_types import enregistrer
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow_at

Visiter = Callable[..., Visite]
NARROW = 320


def _sound(page: Page) -> None:
    """No serious violation, nothing that scrolls sideways on a narrow screen."""
    assert a11y(page) == []
    assert overflow_at(page, NARROW) <= 0, page.url


def test_a_question_its_answer_and_its_reading(m: f.Monde, visite: Visiter) -> None:
    sinistre = f.sinistre(m)
    enregistrer(acteur=m.responsable, titre="Pièces manquantes", texte="Bonjour,\nil manque {{ pieces_attendues }}.\n\n{{ signature }}")
    chez, au_cdg = (reverse(f"{porte}:dossier", args=[sinistre.numero]) for porte in ("collectivite", "gestion"))
    mairie, cdg = visite(m.mairie), visite(m.gestionnaire)

    page = mairie.go(chez)
    page.get_by_text("Écrire au centre de gestion").click()
    page.get_by_role("textbox", name="Votre message").fill("Que manque-t-il depuis son entorse ?")
    page.get_by_role("button", name="Aperçu du message").click()
    expect(page.get_by_role("alert")).to_contain_text("entorse")
    _sound(page)
    page.get_by_role("textbox", name="Votre message").fill("Que manque-t-il au dossier ?")
    page.get_by_role("button", name="Aperçu du message").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("les gestionnaires du centre de gestion")
    _sound(page)
    page.get_by_role("button", name="Modifier").click()
    expect(page.get_by_role("textbox", name="Votre message")).to_have_value("Que manque-t-il au dossier ?")
    page.get_by_role("button", name="Aperçu du message").click()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#messages")).to_contain_text("Votre message est envoyé")
    _sound(page)

    page = cdg.go("/gestion/files/messages/")
    page.get_by_role("link", name=sinistre.numero).first.click()
    echanges = page.locator("#messages-dossier")
    expect(echanges).to_contain_text("La collectivité attend une réponse")
    expect(echanges).to_contain_text("Nouveau")
    _sound(page)
    _by_the_keyboard(page, sinistre)

    page = mairie.go("/collectivite/")
    expect(page.get_by_role("heading", name="1 message du centre de gestion à lire")).to_be_visible()
    _sound(page)
    page.get_by_role("link", name="Lire").click()
    echanges = page.locator("#messages-dossier")
    expect(echanges).to_contain_text("il manque deux")
    expect(echanges).to_contain_text("Bien reçu, je complète.")
    expect(echanges).not_to_contain_text("Anne Roche")
    assert not Message.objects.filter(lu_le__isnull=True).exists()
    assert page.evaluate("() => location.hash") == "#messages-dossier"

    page = cdg.go(au_cdg)
    expect(page.locator("#messages-dossier")).to_contain_text("Lu par")
    expect(page.locator("#messages-dossier")).not_to_contain_text("attend une réponse")


def _by_the_keyboard(page: Page, sinistre: Sinistre) -> None:
    """`m` for the message, `i` for the note: two forms that nobody takes for each other, and a template that fills the first."""
    page.keyboard.press("?")
    aide = page.locator("#aide-clavier")
    expect(aide).to_contain_text("Écrire un message à la collectivité")
    expect(aide).to_contain_text("Écrire une note interne")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.type("Pour nous seuls.")
    expect(page.locator("#note-texte")).to_have_value("Pour nous seuls.")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.type("Un début")
    expect(page.locator("#message_texte")).to_have_value("Un début")

    page.get_by_label("Partir d’une réponse type").select_option(label="Pièces manquantes")
    page.once("dialog", lambda dialogue: dialogue.dismiss())
    page.get_by_role("button", name="Remplir le message").click()
    expect(page.locator("#message_texte")).to_have_value("Un début")  # it asks before it replaces
    page.once("dialog", lambda dialogue: dialogue.accept())
    page.get_by_role("button", name="Remplir le message").click()
    texte = page.locator("#message_texte")
    expect(texte).to_be_focused()
    assert "il manque deux\u00a0pièces" in texte.input_value()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nBien reçu, je complète.")
    page.get_by_role("button", name="Aperçu du message").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("sera lu par Mairie de Lodève (1 personne)")
    expect(page.locator(".m-apercu")).to_contain_text("Bien reçu, je complète.")
    _sound(page)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#messages")).to_contain_text("Le message est parti.")
    assert page.url.split("#")[0].endswith(f"/{sinistre.numero}/") or f"/{sinistre.numero}/?" in page.url
    assert not Note.objects.exists()


def test_the_pages_are_sound(m: f.Monde, visite: Visiter) -> None:
    """A long exchange, the whole of it, and the answers that a responsable keeps."""
    sinistre = f.sinistre(m)
    une = enregistrer(acteur=m.responsable, titre="Délai", texte="Sous huit jours.\n{{ signature }}")
    for rang in range(6):
        messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=f"Question {rang}\nhttps://exemple.fr/" + "x" * 200)
        messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=f"Réponse {rang}")
    for porte, qui in (("collectivite", m.mairie), ("gestion", m.responsable)):
        une_visite = visite(qui)
        for nom in ("messages", "dossier"):
            _sound(une_visite.go(reverse(f"{porte}:{nom}", args=[sinistre.numero])))
    responsable = visite(m.responsable)
    for nom, args in (("reponses-types", []), ("reponse-type-nouvelle", []), ("reponse-type", [une.pk])):
        _sound(responsable.go(reverse(f"gestion:{nom}", args=args)))
    page = responsable.page
    page.get_by_label("Texte").fill("Sous {{ delai }}.")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("n’existe pas")
    _sound(page)
