"""A medical file enters the bulle: one right, one file, encrypted as it comes, whole or not at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur
from documents.enums import EtatPiece, GenreLaissezPasser
from documents.models import MAX_BYTES, LaissezPasser, Piece
from journal.models import Entree
from medical import stockage
from medical.enums import EtatFichier
from medical.enveloppe import sealed_size
from medical.errors import StockageIndisponible
from medical.models import Cle, Fichier
from medical.services import depots
from medical.services.lectures import nom_de
from tests import factories as f
from tests.documents.conftest import PDF
from tests.medical.conftest import SECRET_NAME, annonce, deposit, fresh, objects, passe, put, stored

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]
HERE = "http://localhost:8000"


@pytest.fixture
def client() -> Client:
    return Client(HTTP_HOST="localhost")


def test_a_deposit(m: f.Monde, piece: Piece) -> None:
    fichier = fresh(deposit(m, piece))
    assert (fichier.etat, fichier.taille, fichier.type) == (EtatFichier.CONTROLE, len(PDF), "application/pdf")
    assert nom_de(fichier) == SECRET_NAME
    assert SECRET_NAME.encode() not in bytes(fichier.nom)
    scelle = stored(stockage.content_name(fichier.objet))
    assert len(scelle) == sealed_size(len(PDF)) and b"%PDF" not in scelle
    piece.refresh_from_db()
    assert piece.etat == EtatPiece.RECUE
    entree = Entree.objects.select_related("contenu").get(action="fichier_medical.recu", objet_id=fichier.pk)
    assert entree.acteur_id == m.mairie.pk
    assert SECRET_NAME not in str(entree.contenu.donnees) + entree.motif


def test_by_the_agent_nobody_is_named(m: f.Monde, piece: Piece) -> None:
    _, secret = passe(m, piece, GenreLaissezPasser.AGENT, expire_le=timezone.now() + dt.timedelta(days=7))
    fichier = depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
    assert fichier.depose_par is None
    assert Entree.objects.get(action="fichier_medical.recu", objet_id=fichier.pk).acteur_id is None


def test_a_laissez_passer_serves_once(m: f.Monde, piece: Piece, client: Client) -> None:
    _, secret = passe(m, piece)
    assert put(client, secret).status_code == 201
    again = put(client, secret)
    assert again.status_code == 403 and "déjà servi" in again.json()["message"]
    assert Fichier.objects.count() == 1


@pytest.mark.parametrize(
    "champs",
    [{"expire_le": timezone.now() - dt.timedelta(seconds=1)}, {"revoque_le": timezone.now()}, {"utilise_le": timezone.now()}],
    ids=["expired", "revoked", "used"],
)
def test_a_laissez_passer_that_is_not_good(m: f.Monde, piece: Piece, client: Client, champs: dict[str, Any]) -> None:
    _, secret = passe(m, piece, **champs)
    assert put(client, secret).status_code == 403
    assert not Fichier.objects.exists()
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.DEMANDEE


@pytest.mark.parametrize("secret", ["", "x", "é" * 40])
def test_an_unknown_secret(client: Client, secret: str, db: None) -> None:
    assert put(client, secret.encode().decode("latin-1")).status_code == 403


@pytest.mark.parametrize(
    ("contenu", "champs", "statut", "texte"),
    [
        (PDF, {"type": "text/html"}, 422, "Envoyez un PDF"),
        (PDF, {"nom": "  "}, 422, "nom du fichier"),
        (b"", {}, 422, "vide"),
    ],
    ids=["type", "no name", "empty"],
)
def test_what_is_refused_gives_the_laissez_passer_back(
    m: f.Monde, piece: Piece, client: Client, contenu: bytes, champs: dict[str, str], statut: int, texte: str
) -> None:
    _, secret = passe(m, piece)
    refused = put(client, secret, contenu, **champs)
    assert refused.status_code == statut and texte in refused.json()["message"]
    assert put(client, secret).status_code == 201


def test_too_long_is_refused_before_a_byte_is_read(m: f.Monde, piece: Piece, client: Client) -> None:
    lu, secret = passe(m, piece)
    assert put(client, secret, b"x" * (MAX_BYTES + 1)).status_code == 413
    assert LaissezPasser.objects.get(pk=lu.pk).utilise_le is None


@pytest.mark.parametrize("morceaux", [[PDF[:-1]], [PDF, b"x"], []], ids=["cut", "longer", "nothing"])
def test_a_file_that_does_not_arrive_whole(m: f.Monde, piece: Piece, clean_bucket: None, morceaux: list[bytes]) -> None:
    lu, secret = passe(m, piece)
    with pytest.raises(depots.EnvoiIncomplet):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=morceaux)
    assert LaissezPasser.objects.get(pk=lu.pk).utilise_le is None
    assert not Fichier.objects.exists() and not Cle.objects.exists() and objects() == set()
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.DEMANDEE


def test_the_store_down(m: f.Monde, piece: Piece, client: Client, settings: Any) -> None:
    lu, secret = passe(m, piece)
    up = settings.S3_MEDICAL_ENDPOINT_URL
    settings.S3_MEDICAL_ENDPOINT_URL = "http://127.0.0.1:1"
    refused = put(client, secret)
    assert refused.status_code == 503 and "réessayez" in refused.json()["message"]
    assert LaissezPasser.objects.get(pk=lu.pk).utilise_le is None
    assert not Fichier.objects.exists() and not Cle.objects.exists()
    settings.S3_MEDICAL_ENDPOINT_URL = up
    assert put(client, secret).status_code == 201


def test_revoked_in_mid_deposit(m: f.Monde, piece: Piece, clean_bucket: None) -> None:
    lu, secret = passe(m, piece)

    def morceaux() -> Any:
        yield PDF[:10]
        LaissezPasser.objects.filter(pk=lu.pk).update(revoque_le=timezone.now())
        yield PDF[10:]

    with pytest.raises(depots.LaissezPasserInvalide):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=morceaux())
    assert not Fichier.objects.exists() and objects() == set()


def test_found_conforme_in_mid_deposit(m: f.Monde, piece: Piece) -> None:
    _, secret = passe(m, piece)

    def morceaux() -> Any:
        yield PDF
        Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.CONFORME, decidee_par=m.secretariat, decidee_le=timezone.now())

    with pytest.raises(Erreur, match="conforme"):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=morceaux())
    assert not Fichier.objects.exists()


def test_a_laissez_passer_of_a_process_that_died_is_given_back(m: f.Monde, piece: Piece) -> None:
    served, _ = passe(m, piece)
    Fichier.objects.filter(pk=deposit(m, piece).pk).update(laissez_passer=served)
    late = timezone.now() + dt.timedelta(days=7)
    lost, _ = passe(m, piece, utilise_le=timezone.now() - dt.timedelta(hours=1), expire_le=late)
    running, _ = passe(m, piece, utilise_le=timezone.now(), expire_le=late)
    LaissezPasser.objects.filter(pk=served.pk).update(utilise_le=timezone.now() - dt.timedelta(hours=1), expire_le=late)
    assert depots.rendre_laissez_passer_perdus() == 1
    assert [LaissezPasser.objects.get(pk=p.pk).utilise_le is None for p in (lost, running, served)] == [True, False, False]


def test_a_refused_piece_opens_a_new_version(m: f.Monde, piece: Piece) -> None:
    first, page = deposit(m, piece), deposit(m, piece)
    assert (first.version, page.version) == (1, 1), "two files of one version"
    Piece.objects.filter(pk=piece.pk).update(
        etat=EtatPiece.REFUSEE, motif_refus="ILLISIBLE", decidee_par=m.secretariat, decidee_le=timezone.now()
    )
    second = deposit(m, piece)
    assert second.version == 2 and fresh(second).remplace_le is None
    assert all(fresh(old).remplace_le is not None for old in (first, page))


# -- People of the bulle ------------------------------------------------------------------------------------------------------


def test_the_gestionnaire_de_bulle_puts_in_a_scan(m: f.Monde, piece: Piece) -> None:
    fichier = depots.deposer_pour_piece(acteur=m.secretariat, piece=piece, annonce=annonce(), morceaux=[PDF])
    assert fichier.depose_par == m.secretariat
    with pytest.raises(Refus):
        depots.deposer_pour_piece(acteur=m.expert, piece=piece, annonce=annonce(), morceaux=[PDF])
    administrative = Piece.objects.select_related("sinistre").get(sinistre=piece.sinistre, code="certificat")
    with pytest.raises(Erreur, match="pas médicale"):
        depots.deposer_pour_piece(acteur=m.secretariat, piece=administrative, annonce=annonce(), morceaux=[PDF])
    with pytest.raises(DonneeInvalide):
        depots.deposer_pour_piece(acteur=m.secretariat, piece=piece, annonce=annonce(type="text/plain"), morceaux=[PDF])


# -- The door -----------------------------------------------------------------------------------------------------------------


def test_cors(m: f.Monde, piece: Piece, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL, settings.BULLE_URL = HERE, "https://bulle.test.example"
    _, secret = passe(m, piece)
    flight = client.options("/depots/", headers={"Origin": HERE, "Access-Control-Request-Method": "PUT"})
    assert (flight.status_code, flight["Access-Control-Allow-Origin"], flight["Access-Control-Allow-Methods"]) == (204, HERE, "PUT")
    assert {"x-vigie-laissez-passer", "x-vigie-nom", "content-type"} == {
        name.strip().lower() for name in flight["Access-Control-Allow-Headers"].split(",")
    }
    assert "Access-Control-Allow-Credentials" not in flight and "Origin" in flight["Vary"]
    evil = put(client, secret, Origin="https://evil.example")
    assert evil.status_code == 403 and "Access-Control-Allow-Origin" not in evil
    done = put(client, secret, Origin=HERE)
    assert (done.status_code, done["Access-Control-Allow-Origin"]) == (201, HERE)
    assert done.json() == {"etat": "CONTROLE", "texte": done.json()["texte"]}
    assert not done.cookies


@pytest.mark.parametrize("method", ["get", "post", "delete", "patch"])
def test_put_and_nothing_else(client: Client, db: None, method: str) -> None:
    refused = getattr(client, method)("/depots/")
    assert (refused.status_code, refused["Allow"]) == (405, "PUT, OPTIONS")


def test_a_length_must_be_told(client: Client, db: None) -> None:
    assert client.generic("PUT", "/depots/", b"", content_type="application/pdf", CONTENT_LENGTH="").status_code == 411


def test_too_many_in_a_minute(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.bulle.views import depots as view

    monkeypatch.setattr(view, "ATTEMPTS", 3)
    answers = [put(client, "x", b"y") for _ in range(8)]  # more than two windows hold, should the minute turn
    assert 429 in {answer.status_code for answer in answers}
    assert next(answer for answer in answers if answer.status_code == 429)["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Documents\\radio.pdf", "radio.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("é" * 300, "é" * 255),
        ("\u202efdp.exe", "fdp.exe"),
    ],
    ids=["path", "windows", "header", "long", "reversed"],
)
def test_hostile_names(m: f.Monde, piece: Piece, client: Client, sent: str, kept: str) -> None:
    _, secret = passe(m, piece)
    assert put(client, secret, nom=sent).status_code == 201
    assert nom_de(Fichier.objects.select_related("cle").get()) == kept


def test_corrupt_read_back_is_told_and_leaves_nothing(
    m: f.Monde, piece: Piece, clean_bucket: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lu, secret = passe(m, piece)
    monkeypatch.setattr(stockage, "digest", lambda nom: "0" * 64)
    with pytest.raises(StockageIndisponible):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
    assert objects() == set() and LaissezPasser.objects.get(pk=lu.pk).utilise_le is None
