"""The main act of e-mails, by hand: a pièce is missing, the collectivité gets one digest, its link leads to the upload box."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cases.enums import GenreEcheance
from cases.models import Echeance, Sinistre
from documents.models import Piece
from notifications.enums import EtatCourriel, GenreCourriel
from notifications.models import Annonce, Courriel
from project.celery import app as celery
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow
from tests.horizon import wait_for_horizon

Visiter = Callable[..., Visite]


def _until(juste: Callable[[], bool], quoi: str) -> None:
    limite = time.monotonic() + 90
    while not juste():
        assert time.monotonic() < limite, quoi
        time.sleep(0.2)


def _wake(tache: str) -> None:
    """What the beat does every half minute."""
    wait_for_horizon()
    celery.send_task(tache)


def _days_pass(sinistre: Sinistre, jours: int) -> None:
    """The dossier has been waiting for its pièces for so long."""
    recul = dt.timedelta(days=jours)
    Piece.objects.filter(sinistre=sinistre).update(demandee_le=timezone.now() - recul)
    horloge = Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, levee_le=None, traitee_le=None)
    assert horloge.update(depart=timezone.now() - recul, due_at=timezone.now()) == 1


def _digest(m: f.Monde, sinistre: Sinistre) -> Courriel:
    """The worker reminds, composes, writes and sends."""
    _wake("notifications.relancer")
    _until(Echeance.objects.filter(sinistre=sinistre, rang=1).exists, "no reminder")
    _wake("notifications.relever")
    relances = Annonce.objects.filter(sinistre=sinistre, genre=GenreCourriel.PIECES_RELANCE)
    _until(relances.exists, "no news of the reminder")
    relances.update(prevue_le=timezone.now())  # on a Sunday too
    _wake("notifications.relever")
    partis = Courriel.objects.filter(genre=GenreCourriel.RECAPITULATIF, destinataire=m.mairie, etat=EtatCourriel.ENVOYE)
    _until(partis.exists, "the digest does not leave")
    return partis.get()


def test_a_missing_piece_from_the_reminder_to_the_upload_box(m: f.Monde, visite: Visiter) -> None:
    sinistre = f.sinistre(m)
    _days_pass(sinistre, 16)
    courriel = _digest(m, sinistre)
    assert "Durand" not in courriel.texte + courriel.html and sinistre.get_nature_display() not in courriel.texte

    # The gestionnaire does not wonder whether it was told.
    bureau = visite(m.gestionnaire)
    page = bureau.go(reverse("gestion:boite-envoi"))
    page.locator(f"a[href$='{reverse('gestion:courriel', args=[courriel.pk])}']").first.click()
    expect(page.get_by_text("rappel n°").first).to_be_visible()
    expect(page.get_by_text(sinistre.numero).first).to_be_visible()
    assert not a11y(page)

    # The secretary follows the link, signs in, and is where she can send.
    (lien,) = set(re.findall(r"https?://\S+/collectivite/dossiers/\S+", courriel.texte))
    mairie = visite()
    mairie.page.goto(lien)
    mairie.page.locator("[name=login]").fill(m.mairie.email)
    mairie.page.locator("[name=password]").fill(f.PASSWORD)
    mairie.page.locator("[name=password]").press("Enter")
    expect(mairie.page.get_by_role("heading", name="Documents à envoyer")).to_be_visible()
    assert reverse("collectivite:dossier", args=[sinistre.numero]) in mairie.page.url
    expect(mairie.page.locator("input[type=file]").first).to_be_attached()

    # She has posted one of them.
    mairie.page.get_by_role("button", name=re.compile("Je l’ai déjà envoyé")).first.click()
    expect(mairie.page.get_by_text("Vous avez indiqué le").first).to_be_visible()
    assert Piece.objects.filter(sinistre=sinistre, dite_envoyee_le__isnull=False).count() == 1
    assert not a11y(mairie.page)

    # The gestionnaire sees it, and stops the reminders for a while.
    page = bureau.go(reverse("gestion:dossier", args=[sinistre.numero]))
    expect(page.get_by_role("heading", name="Relances")).to_be_visible()
    page.get_by_text("Suspendre les relances").click()
    page.locator("#relances-motif").fill("Arrêté municipal en cours de signature.")
    page.get_by_role("button", name="Suspendre", exact=True).click()
    expect(page.get_by_text("Suspendues depuis le").first).to_be_visible()
    assert Echeance.objects.get(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, levee_le=None, traitee_le=None).en_pause
    assert not a11y(page)


def test_pages_of_e_mails_on_a_narrow_screen(m: f.Monde, visite: Visiter) -> None:
    sinistre = f.sinistre(m)
    _days_pass(sinistre, 16)
    courriel = _digest(m, sinistre)
    etroite = visite(m.responsable, largeur=320)
    noms = ("boite-envoi", "adresses-refusees", "relances", "relances-nouveau", "modeles", "reponses-types", "webhooks")
    chemins = [reverse(f"gestion:{nom}") for nom in noms]
    chemins += [reverse("gestion:courriel", args=[courriel.pk]), reverse("gestion:modele", args=["pieces-relance"])]
    chemins.append(reverse("mes-courriels"))
    for chemin in chemins:
        page = etroite.go(chemin)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert not a11y(page)
        assert overflow(page) == 0, chemin
