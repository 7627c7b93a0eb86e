"""What the gestionnaire de bulle does on his pages: look, decide, key invoices, put misfiled papers in their place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Sinistre
from cases.services import taches
from documents.enums import EtatDepot, EtatPiece, MotifRefusPiece
from documents.models import Depot, ExtraitAdministratif, Piece
from journal.models import Contenu
from medical.enums import EtatFichier, Finalite, GenreFichier, IssueVolet
from medical.models import Facture, Fichier
from tests import factories as f
from tests.expertises import confiee
from tests.medical.dossiers import confie, declare, depose, facture_demandee, image, piece_medicale
from tests.portal.conftest import AuNomDe

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _without_antivirus(settings: Any) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


@pytest.fixture
def client(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> Client:
    """The gestionnaire de bulle, who has told why he opens this dossier."""
    client = au_nom_de(m.secretariat)
    client.post(reverse("bulle:ouvrir", args=[sinistre.numero]), {"finalite": Finalite.CONTROLE})
    return client


def test_from_the_queue_to_conforme(m: f.Monde, sinistre: Sinistre, client: Client, au_nom_de: AuNomDe) -> None:
    piece = piece_medicale(sinistre)
    fichier = depose(m.secretariat, piece, "canari-nom.jpg")
    page = reverse("bulle:controle", args=[piece.pk])
    queue = client.get(reverse("bulle:controles")).content.decode()
    assert page in queue and "canari-nom" not in queue
    autre = au_nom_de(f.person("GESTIONNAIRE_BULLE"))
    assert "Pourquoi ouvrez-vous" in autre.get(page).content.decode()
    assert "canari-nom.jpg" in client.get(page).content.decode()
    assert client.get(reverse("bulle:contenu", args=[fichier.uid])).status_code == 200
    wrong = client.post(page, {"acte": "conforme", "etabli_le": "2026-03-02", "debut": "2026-03-05", "fin": "2026-03-01"})
    assert wrong.status_code == 422 and "ne précède pas" in wrong.content.decode()
    assert client.post(page, {"acte": "conforme", "etabli_le": "2026-03-02", "debut": "", "fin": ""}).status_code == 302
    piece.refresh_from_db()
    assert piece.etat == EtatPiece.CONFORME and ExtraitAdministratif.objects.get().etabli_le is not None
    assert page not in client.get(reverse("bulle:controles")).content.decode()
    assert not any("canari" in str(contenu.donnees) for contenu in Contenu.objects.all())


def test_a_refusal_takes_a_motive_and_a_sentence_that_says_nothing_medical(m: f.Monde, sinistre: Sinistre, client: Client) -> None:
    piece = piece_medicale(sinistre)
    depose(m.secretariat, piece)
    page = reverse("bulle:controle", args=[piece.pk])
    assert client.post(page, {"acte": "refuser", "motif": ""}).status_code == 422
    assert client.post(page, {"acte": "refuser", "motif": MotifRefusPiece.VOLET_1}).status_code == 422
    told = client.post(page, {"acte": "refuser", "motif": MotifRefusPiece.ILLISIBLE, "message": "La tumeur est illisible."})
    assert told.status_code == 422 and "sort de la bulle" in told.content.decode()
    saisie = {"acte": "refuser", "motif": MotifRefusPiece.ILLISIBLE, "message": "La photo est floue."}
    assert client.post(page, saisie).status_code == 302
    piece.refresh_from_db()
    assert (piece.etat, piece.message_refus) == (EtatPiece.REFUSEE, "La photo est floue.")


def test_a_paper_is_scanned_in_without_touching_a_disk(m: f.Monde, sinistre: Sinistre, client: Client) -> None:
    piece = piece_medicale(sinistre)
    octets = image()
    sent = client.put(
        reverse("bulle:numeriser", args=[piece.pk]), octets, content_type="image/jpeg", HTTP_X_VIGIE_NOM="scan%20%C3%A9t%C3%A9.jpg"
    )
    assert sent.status_code == 201
    assert Fichier.objects.get().etat == EtatFichier.CONTROLE
    html = client.get(reverse("bulle:controle", args=[piece.pk])).content.decode()
    assert "scan été.jpg" in html and "en cours de contrôle" in html


def test_invoices_are_keyed_and_corrected(m: f.Monde, sinistre: Sinistre, client: Client) -> None:
    piece = facture_demandee(sinistre)
    depose(m.secretariat, piece, "facture.jpg")
    page, post = reverse("bulle:controle", args=[piece.pk]), reverse("bulle:facture", args=[piece.pk])
    assert "Saisir une facture" in client.get(page).content.decode()
    saisie = {"praticien": "Dr Canari", "actes": "Kiné", "etabli_le": "2026-03-02", "montant": "48,20 €", "tiers_payant": "non"}
    assert client.post(post, saisie | {"montant": "douze"}).status_code == 422
    assert client.post(post, {}).status_code == 422
    assert client.post(post, saisie).status_code == 302
    first = Facture.objects.select_related("extrait").get()
    assert first.extrait.montant == Decimal("48.20") and first.extrait.tiers_payant is False
    assert "Dr Canari" in client.get(page).content.decode()
    assert f'name="corrige" value="{first.pk}"' in client.get(f"{page}?corrige={first.pk}").content.decode()
    assert client.post(post, saisie | {"montant": "50", "corrige": str(first.pk)}).status_code == 302
    again = client.post(post, saisie | {"montant": "51", "corrige": str(first.pk)})
    assert again.status_code == 422 and "déjà été corrigé" in again.content.decode()
    assert ExtraitAdministratif.objects.filter(corrige_par__isnull=True).get().montant == Decimal("50.00")


def test_reports_missions_and_opinions_never_come_here(m: f.Monde, sinistre: Sinistre, client: Client) -> None:
    confie(m, sinistre)
    mission = confiee(m, sinistre)
    fichier = depose(m.secretariat, piece_medicale(sinistre))
    Fichier.objects.filter(pk=fichier.pk).update(genre=GenreFichier.RAPPORT, mission=mission)
    assert client.get(reverse("bulle:contenu", args=[fichier.uid])).status_code == 404
    for name, args in (("un-avis", [1]), ("mission", [mission.pk]), ("expertise-demander", [1]), ("delegations", [])):
        assert client.get(reverse(f"bulle:{name}", args=args)).status_code == 403


def volet(m: f.Monde, sinistre: Sinistre, *, sans_dossier: bool = False) -> Fichier:
    """A file as the reclassement leaves it: in the bulle, of no pièce."""
    arrete = Piece.objects.get(sinistre=sinistre, code="arrete")
    depot = Depot.objects.create(
        piece=None if sans_dossier else arrete,
        nom="volet.jpg",
        type="image/jpeg",
        taille=10,
        depose_par=m.mairie,
        etat=EtatDepot.RECLASSE,
        reclasse_le=timezone.now(),
        reclasse_par=m.gestionnaire,
    )
    fichier = depose(m.secretariat, piece_medicale(sinistre), "volet.jpg")
    Fichier.objects.filter(pk=fichier.pk).update(
        genre=GenreFichier.VOLET, piece=None, depot=depot, sinistre=None if sans_dossier else sinistre
    )
    Piece.objects.filter(pk=piece_medicale(sinistre).pk).update(etat=EtatPiece.DEMANDEE)
    taches.ouvrir(genre="RECLASSER_VOLET", sinistre=None if sans_dossier else sinistre, objet_type="depot", objet_id=depot.pk)  # type: ignore[arg-type]
    return Fichier.objects.get(pk=fichier.pk)


def test_a_misfiled_paper_goes_to_the_piece_it_answers(m: f.Monde, sinistre: Sinistre, client: Client) -> None:
    fichier = volet(m, sinistre)
    page = reverse("bulle:volet", args=[fichier.uid])
    assert page in client.get(reverse("bulle:controles")).content.decode()
    assert "volet.jpg" in client.get(page).content.decode()
    assert client.post(page, {"place": "piece-999999"}).status_code == 422
    piece = piece_medicale(sinistre)
    assert client.post(page, {"place": f"piece-{piece.pk}"}).status_code == 302
    fichier.refresh_from_db()
    assert (fichier.genre, fichier.piece_id) == (GenreFichier.PIECE, piece.pk)
    assert client.get(page).status_code == 404


def test_a_misfiled_paper_may_be_destroyed_with_a_reason(m: f.Monde, sinistre: Sinistre, client: Client) -> None:
    fichier = volet(m, sinistre)
    page = reverse("bulle:volet", args=[fichier.uid])
    assert client.post(page, {"place": IssueVolet.RENVOYE}).status_code == 302
    fichier.refresh_from_db()
    assert fichier.etat == EtatFichier.ECARTE and fichier.motif == IssueVolet.RENVOYE.label
    assert page not in client.get(reverse("bulle:controles")).content.decode()


def test_a_paper_without_a_dossier_is_given_its_number_first(m: f.Monde, sinistre: Sinistre, client: Client) -> None:
    fichier = volet(m, sinistre, sans_dossier=True)
    page = reverse("bulle:volet", args=[fichier.uid])
    assert page in client.get(reverse("bulle:controles")).content.decode()
    piece = piece_medicale(sinistre)
    assert f"piece-{piece.pk}" not in client.get(page).content.decode()
    assert "Aucun dossier" in client.post(page, {"numero": "1999-000001"}).content.decode()
    assert f"piece-{piece.pk}" in client.post(page, {"numero": sinistre.numero}).content.decode()
    assert client.post(page, {"numero": sinistre.numero, "place": f"piece-{piece.pk}"}).status_code == 302
    fichier.refresh_from_db()
    assert (fichier.piece_id, fichier.sinistre_id) == (piece.pk, sinistre.pk)
