"""A file on its way: announced, sent straight to the store, checked by its content, published under a fresh key."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
import time_machine
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Tache
from documents import examen, scan, storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import MAX_BYTES, Depot, Piece, published_name
from documents.selectors import depot_visible, pieces_du_sinistre
from documents.services import decisions, depots
from journal.models import Entree, Evenement
from tests import factories as f
from tests.documents.conftest import DEAD, EXE, PDF, PNG, FaultyStore, announce, due, fresh, get, point_store_at, put, send

pytestmark = pytest.mark.usefixtures("without_antivirus")


def published(depot: Depot) -> bytes:
    with storages["default"].open(fresh(depot).final_name) as stored:
        return bytes(stored.read())


def test_the_whole_way(m: f.Monde, piece: Piece) -> None:
    depot = announce(m, piece)
    assert put(storage.presign_put(depot), PDF) == 200
    assert depots.confirmer(acteur=m.mairie, depot=depot).etat == EtatDepot.CONTROLE
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE
    done = fresh(depot)
    assert (done.sha256_verifie, done.sans_antivirus) == (hashlib.sha256(PDF).hexdigest(), True)
    assert done.cle_publiee not in ("", done.cle), "published under a fresh key"
    assert published(depot) == PDF
    piece.refresh_from_db()
    assert piece.etat == EtatPiece.A_CONTROLER
    assert Tache.objects.filter(sinistre=piece.sinistre, genre=GenreTache.CONTROLER_PIECES, fermee_le=None).count() == 1
    actions = Entree.objects.filter(objet_type="depot", objet_id=depot.pk).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["depot.annonce", "depot.confirme", "depot.disponible"]
    assert Evenement.objects.filter(type="piece.deposee", objet_id=piece.pk).count() == 1


def test_everything_twice_is_once(m: f.Monde, piece: Piece) -> None:
    depot = send(m, piece)
    depots.confirmer(acteur=m.mairie, depot=depot)
    assert [depots.controler(depot.pk), depots.controler(depot.pk)] == [EtatDepot.DISPONIBLE, "ailleurs"]
    assert depots.balayer() == 0
    assert depots.confirmer(acteur=m.mairie, depot=depot).etat == EtatDepot.DISPONIBLE
    assert Entree.objects.filter(objet_type="depot", objet_id=depot.pk).count() == 3


@pytest.mark.parametrize(
    ("contenu", "entetes"),
    [
        (PDF, {"Content-Type": "text/html"}),
        (PDF + b"x", {}),
        (PDF[:-1], {}),
        (b"", {}),
    ],
    ids=["type", "longer", "shorter", "empty"],
)
def test_the_store_itself_refuses_another_type_or_length(m: f.Monde, piece: Piece, contenu: bytes, entetes: dict[str, str]) -> None:
    assert put(storage.presign_put(announce(m, piece)), contenu, **entetes) == 403


def test_a_door_is_for_one_key_and_fifteen_minutes(m: f.Monde, piece: Piece) -> None:
    envoi = storage.presign_put(announce(m, piece))
    other = storage.Envoi("PUT", envoi.url.replace("/quarantaine/", "/pieces/"), envoi.entetes, envoi.expire)
    assert put(other, PDF) == 403
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=16)):
        late = storage.presign_put(announce(m, piece))
    assert put(late, PDF) in (400, 403), "the embedded store says 400, others 403"


def test_a_put_replayed_after_publication_changes_nothing(m: f.Monde, piece: Piece) -> None:
    depot = announce(m, piece)
    envoi = storage.presign_put(depot)
    put(envoi, PDF)
    depots.confirmer(acteur=m.mairie, depot=depot)
    depots.controler(depot.pk)
    evil = PDF.replace(b"Catalog", b"Malware")
    assert put(envoi, evil) == 200, "the store lets a sender overwrite his own quarantine"
    assert published(depot) == PDF
    status, seen, _ = get(depots.address(acteur=m.gestionnaire, depot=fresh(depot), inline=False))
    assert (status, seen) == (200, PDF)


@pytest.mark.parametrize(
    ("contenu", "champs", "motif"),
    [
        (EXE, {}, "pas accepté"),
        (PNG, {}, "PNG"),
        (b"hello, world", {}, "pas accepté"),
        (b"<html><script>%PDF-1.7</script>", {}, "pas accepté"),
        (PDF, {"type": "image/png"}, "PDF"),
        (PDF, {"sha256": "0" * 64}, "empreinte"),
    ],
    ids=["renamed exe", "another type", "text", "html", "announced otherwise", "wrong digest"],
)
def test_what_is_not_what_it_says_is_set_aside(m: f.Monde, piece: Piece, contenu: bytes, champs: dict[str, str], motif: str) -> None:
    depot = send(m, piece, contenu, **champs)
    assert depots.controler(depot.pk) == EtatDepot.ECARTE
    assert motif in fresh(depot).motif
    assert fresh(depot).cle_publiee == ""
    piece.refresh_from_db()
    assert piece.etat == EtatPiece.DEMANDEE
    with pytest.raises(Erreur):
        depots.address(acteur=m.gestionnaire, depot=fresh(depot), inline=True)


def test_a_file_without_announced_digest_is_still_verified(m: f.Monde, piece: Piece) -> None:
    depot = send(m, piece, sha256="")
    depots.controler(depot.pk)
    assert fresh(depot).sha256_verifie == hashlib.sha256(PDF).hexdigest()


def test_confirmed_but_never_sent(m: f.Monde, piece: Piece) -> None:
    depot = announce(m, piece)
    depots.confirmer(acteur=m.mairie, depot=depot)
    assert depots.controler(depot.pk) == EtatDepot.ECARTE
    assert "jamais arrivé" in fresh(depot).motif


def test_announced_and_forgotten_is_set_aside_after_a_day(m: f.Monde, piece: Piece) -> None:
    depot = announce(m, piece)
    assert depots.balayer() == 0
    older(depot, depots.UNCONFIRMED_AFTER)
    assert depots.balayer() == 0, "looked for once, not there"
    assert fresh(depot).prochain_essai == fresh(depot).cree_le + depots.UNSENT_AFTER
    older(depot, depots.UNSENT_AFTER)
    assert [depots.balayer(), depots.balayer()] == [1, 0]
    assert (fresh(depot).etat, fresh(depot).motif) == (EtatDepot.ECARTE, "Le fichier annoncé n’a pas été envoyé.")


def older(depot: Depot, by: dt.timedelta) -> None:
    Depot.objects.filter(pk=depot.pk).update(
        cree_le=F("cree_le") - by - dt.timedelta(seconds=1), prochain_essai=F("prochain_essai") - by - dt.timedelta(seconds=1)
    )


def test_sent_but_never_confirmed_is_taken_up(m: f.Monde, piece: Piece) -> None:
    """The page was closed between the sending and the confirmation: the document is there, and it is not lost."""
    depot = announce(m, piece)
    assert put(storage.presign_put(depot), PDF) == 200
    assert depots.balayer() == 0, "its sender may still confirm"
    older(depot, depots.UNCONFIRMED_AFTER)
    assert depots.balayer() == 1
    assert fresh(depot).etat == EtatDepot.CONTROLE
    assert depots.balayer() == 1
    assert fresh(depot).etat == EtatDepot.DISPONIBLE
    assert list(Entree.objects.filter(objet_type="depot", action="depot.confirme").values_list("acteur_id", flat=True)) == [None]


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"taille": MAX_BYTES + 1}, "taille"),
        ({"taille": 0}, "taille"),
        ({"taille": -5}, "taille"),
        ({"type": "application/x-msdownload"}, "type"),
        ({"type": "image/svg+xml"}, "type"),
        ({"nom": "  "}, "nom"),
        ({"sha256": "zz"}, "sha256"),
        ({"sha256": "g" * 64}, "sha256"),
    ],
)
def test_bad_announcements_name_the_field(m: f.Monde, piece: Piece, champs: dict[str, Any], champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        announce(m, piece, **champs)
    assert set(refused.value.champs) == {champ}
    assert not Depot.objects.exists()


def test_twenty_five_megabytes_pass_and_no_more(m: f.Monde, piece: Piece) -> None:
    big = PDF + b"0" * (MAX_BYTES - len(PDF))
    depot = send(m, piece, big)
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE
    with pytest.raises(IntegrityError), transaction.atomic():
        Depot.objects.filter(pk=depot.pk).update(sha256_verifie="")
    assert scan.check_content(big + b"0", type_annonce="application/pdf", taille_annoncee=MAX_BYTES) != ""


def test_a_medical_piece_never_enters(m: f.Monde, piece: Piece) -> None:
    medical = Piece.objects.get(sinistre=piece.sinistre, code="certificat-medical-initial")
    for acteur in (m.mairie, m.gestionnaire, m.responsable):
        with pytest.raises(DonneeInvalide, match="médicale"):
            depots.annoncer_depot(acteur=acteur, piece=medical, nom="cmi.pdf", type="application/pdf", taille=10)
    assert not Depot.objects.exists()


def test_a_stranger_gets_no_door_and_sees_no_file(m: f.Monde, piece: Piece) -> None:
    with pytest.raises(Refus) as refused:
        depots.annoncer_depot(acteur=m.mairie2, piece=piece, nom="x.pdf", type="application/pdf", taille=10)
    assert not refused.value.visible
    depot = send(m, piece)
    depots.controler(depot.pk)
    for qui in ("mairie2", "payeur", "expert", "psychologue", "admin", "secretariat", "assureur", "medecin"):
        with pytest.raises(Depot.DoesNotExist):
            depot_visible(m.people[qui], depot.pk)
        with pytest.raises(Refus):
            depots.address(acteur=m.people[qui], depot=fresh(depot), inline=True)
        with pytest.raises(Refus):
            depots.confirmer(acteur=m.people[qui], depot=depot)
    for qui in ("mairie", "gestionnaire", "responsable"):
        assert depot_visible(m.people[qui], depot.pk) == depot
    shown = pieces_du_sinistre(m.payeur, piece.sinistre)
    assert [list(p.depots.all()) for p in shown] == [[]] * len(shown)


def test_reading_is_journaled_and_the_address_is_short_lived(m: f.Monde, piece: Piece) -> None:
    depot = send(m, piece, nom='arrêté "2026"\\.pdf')
    depots.controler(depot.pk)
    url = depots.address(acteur=m.gestionnaire, depot=fresh(depot), inline=False)
    status, body, headers = get(url)
    assert (status, body, headers["content-type"]) == (200, PDF, "application/pdf")
    assert headers["content-disposition"].startswith("attachment")
    assert Entree.objects.filter(action="depot.lu", objet_id=depot.pk, acteur_id=m.gestionnaire.pk).count() == 1
    assert "X-Amz-Expires=60" in url
    assert get(url.replace(fresh(depot).cle_publiee, fresh(depot).cle))[0] == 403


def test_a_conforme_piece_takes_no_other_file(m: f.Monde, piece: Piece) -> None:
    late = send(m, piece)
    depot = send(m, piece)
    depots.controler(depot.pk)
    decisions.accepter(acteur=m.gestionnaire, piece=piece)
    with pytest.raises(DonneeInvalide, match="conforme"):
        announce(m, Piece.objects.get(pk=piece.pk))
    depots.controler(late.pk)
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.CONFORME, "a file that was on its way does not undo the decision"


# -- The store fails -----------------------------------------------------------------------------------------------------------


def test_the_store_down_then_back(m: f.Monde, piece: Piece, settings: Any) -> None:
    depot = send(m, piece)
    before = settings.STORAGES
    point_store_at(settings, f"http://{DEAD}")
    assert depots.controler(depot.pk) == EtatDepot.CONTROLE
    waiting = fresh(depot)
    assert "stockage" in waiting.motif
    assert waiting.prochain_essai is not None and waiting.prochain_essai > timezone.now()
    assert depots.balayer() == 0, "not before its time"
    settings.STORAGES = before
    due(depot)
    assert depots.balayer() == 1
    assert fresh(depot).etat == EtatDepot.DISPONIBLE
    assert published(depot) == PDF


def _flip(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


FAULTS = {
    "500 on read": lambda method, path, body: (500, b"<Error/>", 8) if method == "GET" else None,
    "503 on write": lambda method, path, body: (503, b"<Error/>", 8) if method == "PUT" else None,
    "corrupt on read-back": lambda method, path, body: (200, _flip(body), len(body)) if method == "GET" and "/pieces/" in path else None,
    "cut on read": lambda method, path, body: (200, body[:10], len(body)) if method == "GET" else None,
    "cut on read-back": lambda method, path, body: (200, body[:10], len(body)) if method == "GET" and "/pieces/" in path else None,
    "lost on read-back": lambda method, path, body: (404, b"", 0) if method in ("GET", "HEAD") and "/pieces/" in path else None,
    "403": lambda method, path, body: (403, b"<Error><Code>AccessDenied</Code></Error>", 40),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_store_publishes_nothing_and_loses_nothing(m: f.Monde, piece: Piece, faulty_store: FaultyStore, fault: str) -> None:
    depot = send(m, piece)
    faulty_store.fault = FAULTS[fault]
    assert depots.controler(depot.pk) == EtatDepot.CONTROLE
    waiting = fresh(depot)
    assert (waiting.cle_publiee, waiting.sha256_verifie, waiting.tentatives) == ("", "", 1)
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.RECUE
    faulty_store.fault = lambda method, path, body: None
    due(depot)
    assert depots.balayer() == 1
    assert fresh(depot).etat == EtatDepot.DISPONIBLE
    assert published(depot) == PDF


def test_waiting_grows_to_half_an_hour(m: f.Monde, piece: Piece, settings: Any) -> None:
    depot = send(m, piece)
    point_store_at(settings, f"http://{DEAD}")
    waits = []
    for tentatives in (0, 1, 4, 5, 30):
        Depot.objects.filter(pk=depot.pk).update(tentatives=tentatives, prochain_essai=timezone.now())
        before = timezone.now()
        depots.controler(depot.pk)
        waits.append(round((fresh(depot).prochain_essai - before).total_seconds() / 60))  # type: ignore[operator]
    assert waits == [1, 2, 16, 30, 30]


def test_a_file_that_breaks_its_check_stops_nobody(m: f.Monde, piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = send(m, piece), send(m, piece)
    real = scan.check_content
    calls: list[int] = []

    def breaks_once(contenu: bytes, **champs: Any) -> str:
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError("a decoder gave up")
        return real(contenu, **champs)

    monkeypatch.setattr(scan, "check_content", breaks_once)
    assert depots.balayer() == 2
    assert sorted([fresh(first).etat, fresh(second).etat]) == [EtatDepot.CONTROLE, EtatDepot.DISPONIBLE]
    for depot in (first, second):
        due(depot)
    depots.balayer()
    assert {fresh(first).etat, fresh(second).etat} == {EtatDepot.DISPONIBLE}


def test_a_worker_that_died_in_mid_check_is_replaced(m: f.Monde, piece: Piece) -> None:
    """Its lease holds five minutes; then anybody may take the file up."""
    depot = send(m, piece)
    Depot.objects.filter(pk=depot.pk).update(prochain_essai=timezone.now() + examen.LEASE)
    assert depots.controler(depot.pk) == "ailleurs"
    with time_machine.travel(timezone.now() + examen.LEASE, tick=False):
        assert depots.balayer() == 1
    assert fresh(depot).etat == EtatDepot.DISPONIBLE


def test_keys_say_nothing(m: f.Monde, piece: Piece) -> None:
    depot = send(m, piece, nom="Dupont-grippe.pdf")
    depots.controler(depot.pk)
    done = fresh(depot)
    for key in (done.cle, done.cle_publiee):
        assert len(key) == 40
        assert set(key) <= set("0123456789abcdef")
    assert published_name(done.cle_publiee) == done.final_name
