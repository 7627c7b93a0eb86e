"""The main act, by hand: a collectivité declares and uploads; the CDG takes, checks, validates; two people pay; closed; a rechute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Sinistre
from documents.models import Depot, Piece
from indemnities.francais import nombre
from indemnities.models import Decompte
from journal.models import Entree
from tests import factories as f
from tests.e2e.conftest import PDF, Visite

Visiter = Callable[..., Visite]


def _iso(jour: dt.date) -> str:
    return jour.isoformat()


def _send(page: Page, libelle: str) -> None:
    """Upload a file in the box of this paper, and wait for the check's answer."""
    piece = page.locator("article.v-piece", has=page.get_by_role("heading", name=libelle))
    piece.locator("input[type=file]").first.set_input_files({"name": f"{libelle[:8]}.pdf", "mimeType": "application/pdf", "buffer": PDF})
    expect(piece.get_by_text("accepté sans analyse")).to_be_visible(timeout=30_000)
    expect(piece.get_by_text("Reçu, en cours d’examen")).to_be_visible()


def _declare(visite: Visite, m: f.Monde, debut: dt.date, fin: dt.date) -> str:
    page = visite.go("/collectivite/declarer/")
    page.get_by_role("button", name="Commencer").click()
    page.get_by_label("Nom ou matricule de l’agent").fill(m.agent.nom.lower())
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_role("button", name=f"Choisir {m.agent.nom}").click()
    page.get_by_label("Accident de service").check()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Date de l’accident").fill(_iso(debut))
    page.get_by_label("Premier jour de l’arrêt").fill(_iso(debut))
    page.get_by_label("Dernier jour de l’arrêt").fill(_iso(fin))
    page.get_by_label("Certificat établi le").fill(_iso(debut))
    page.get_by_role("button", name="Continuer").click()
    # Left here, and resumed after a sign-out: nothing is lost.
    page.get_by_text(m.mairie.get_full_name()).click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/compte/login/**")
    visite.sign_in(m.mairie)
    page.get_by_role("link", name="Reprendre").click()
    page.get_by_label("Que s’est-il passé").fill("Chute dans l’escalier de la mairie, à 9 h.")
    page.get_by_label("Non").check()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Envoyer la déclaration").click()
    expect(page.get_by_role("heading", name="Déclaration enregistrée")).to_be_visible()
    return page.locator(".v-recu strong").inner_text()


def _act(page: Page, numero: str, nom: str, **champs: str) -> None:
    """Open an act of the case page in its dialog, fill it, carry it out."""
    lien = page.locator(f"a[href*='/actes/{nom}/']").first
    if not lien.is_visible():
        page.locator("details", has=lien).locator("summary").click()
    lien.click()
    dialogue = page.locator("#dialogue")
    expect(dialogue.get_by_role("heading", name=numero)).to_be_visible()
    for champ, valeur in champs.items():
        saisie = dialogue.locator(f"[name={champ}]")
        if saisie.evaluate("element => element.tagName") == "SELECT":
            saisie.select_option(valeur)
        else:
            saisie.fill(valeur)
    dialogue.locator("form .btn-primary").last.click()


def test_de_la_declaration_a_la_rechute(m: f.Monde, visite: Visiter) -> None:
    today = timezone.localdate()
    debut, fin = today - dt.timedelta(days=40), today - dt.timedelta(days=11)

    # The collectivité declares and uploads.
    mairie = visite(m.mairie)
    numero = _declare(mairie, m, debut, fin)
    _send(mairie.page, "Certificat d’arrêt")
    _send(mairie.page, "Arrêté de placement")
    assert Depot.objects.filter(etat="DISPONIBLE", piece__sinistre__numero=numero).count() == 2

    # The gestionnaire takes it, and looks at each paper.
    gestion = visite(m.gestionnaire)
    page = gestion.go("/gestion/files/non-attribues/")
    page.get_by_role("button", name=f"Prendre {numero}").first.click()
    expect(page.get_by_text("vous", exact=True).first).to_be_visible()
    page.get_by_role("link", name=numero).first.click()
    for piece in Piece.objects.filter(sinistre__numero=numero).exclude(visibilite="M").order_by("exigence__ordre"):
        gestion.go(f"/gestion/dossiers/{numero}/?piece={piece.pk}")
        page.get_by_role("button", name="Conforme").click()
        page.wait_for_load_state()
    assert Piece.objects.filter(sinistre__numero=numero, etat="CONFORME").count() == 2

    # The medical certificate came on paper: the gestionnaire de bulle says so, at the bulle's own address.
    secretariat = visite(m.secretariat, bulle=True)
    secretariat.page.on("dialog", lambda dialogue: dialogue.accept())
    secretariat.go("/pieces/").get_by_role("button", name="Reçue sur papier").click()
    expect(secretariat.page.locator("#messages")).to_contain_text("est marquée reçue")

    gestion.go(f"/gestion/dossiers/{numero}/")
    _act(page, numero, "valider")
    expect(page.locator(".g-titre .v-badge").first).to_have_text("Validé")
    assert Sinistre.objects.get(numero=numero).etat == "VALIDE"

    # Two people pay: the gestionnaire has it computed, a payeur approves, composes, settles.
    gestion.go(f"/gestion/dossiers/{numero}/")
    page.get_by_role("link", name="Calculer les décomptes").click()
    jours = (fin - debut).days + 1
    du = nombre(Decimal("24000.00") * jours / 360 * Decimal("1.4") * Decimal("0.8"), 2)
    expect(page.get_by_role("button", name="Enregistrer le décompte")).to_contain_text(du)
    page.locator("details.g-pourquoi summary").first.click()
    expect(page.get_by_text("Niveau de remboursement du contrat").first).to_be_visible()
    page.get_by_role("button", name="Enregistrer le décompte").click()
    page.wait_for_url(lambda url: "calcul" not in url.split("#")[0])
    payeur = visite(m.payeur)
    payeur.page.on("dialog", lambda dialogue: dialogue.accept())
    payeur.go("/gestion/signatures/").get_by_role("button", name="Approuver").click()
    payeur.page.wait_for_load_state()
    payeur.go("/gestion/paiements/").get_by_role("button", name="Composer et transmettre").click()
    payeur.page.locator("[name=reference]").fill("VIR-2026-1")
    payeur.page.locator("[name=le]").fill(_iso(today))
    payeur.page.get_by_role("button", name="Le bordereau est réglé").click()
    expect(payeur.page.locator("h1 ~ .v-sous-titre, .v-sous-titre").first).to_contain_text("Réglé")
    decompte = Decompte.objects.get(sinistre__numero=numero)
    assert decompte.etat == "REGLE" and decompte.calcule_par != decompte.approuve_par
    assert Sinistre.objects.get(numero=numero).etat == "REMBOURSE"

    # The collectivité reads what it was paid, for which days.
    mairie.go("/collectivite/paiements/").locator("[data-ligne-lien]").click()
    expect(mairie.page.get_by_text(du).first).to_be_visible()
    mairie.page.get_by_role("link", name="Pourquoi ?").first.click()
    expect(mairie.page.get_by_role("heading", name="Calendrier")).to_be_visible()
    mairie.go(f"/collectivite/dossiers/{numero}/reprise/")
    mairie.page.get_by_label("Jour de la reprise effective").fill(_iso(fin + dt.timedelta(days=1)))
    mairie.page.get_by_role("button", name="Enregistrer la reprise").click()
    expect(mairie.page.locator("#messages")).to_contain_text("La reprise est enregistrée")

    # Closed on what really happened, then reopened: the same dossier.
    gestion.go(f"/gestion/dossiers/{numero}/")
    _act(page, numero, "clore", motif="REPRISE", date_effet=_iso(fin + dt.timedelta(days=1)))
    expect(page.locator(".g-titre .v-badge").first).to_have_text("Clos")
    assert Sinistre.objects.get(numero=numero).etat == "CLOS"
    gestion.go(f"/gestion/dossiers/{numero}/")
    rechute = today - dt.timedelta(days=3)
    _act(
        page, numero, "rouvrir_rechute",
        arret_debut=_iso(rechute), arret_fin=_iso(today + dt.timedelta(days=10)), arret_certificat=_iso(rechute),
    )  # fmt: skip
    expect(page.locator(".g-titre .v-badge").first).to_have_text("Rouvert")
    sinistre = Sinistre.objects.get(numero=numero)
    assert (sinistre.etat, sinistre.survenance) == ("ROUVERT", debut)
    assert sinistre.episodes.count() == 2

    # The collectivité is asked for the papers of the rechute, and every act is in the journal under its author.
    expect(mairie.go("/collectivite/").get_by_role("heading", name="Déclaration de rechute")).to_be_visible()
    acts = dict(Entree.objects.filter(sinistre_id=sinistre.pk, action__startswith="sinistre.").values_list("action", "acteur_id"))
    assert acts["sinistre.declarer"] == m.mairie.pk
    assert {acts[f"sinistre.{nom}"] for nom in ("valider", "clore", "rouvrir_rechute")} == {m.gestionnaire.pk}
