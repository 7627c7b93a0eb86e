"""Sweepers: what is wrong between rows and objects is found, told once, and put right where nobody needs to be asked."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db.models import F
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Tache
from documents import storage, tasks
from documents.enums import EtatDepot, GenreAnomalie
from documents.models import AnomalieStockage, Depot, Piece
from documents.services import anomalies, balayage, depots
from journal.models import Entree, Evenement
from tests import factories as f
from tests.documents.conftest import DEAD, EXE, PDF, FaultyStore, announce, fresh, point_store_at, put, send
from tests.documents.test_versions import received

pytestmark = pytest.mark.usefixtures("without_antivirus", "empty_store")


@pytest.fixture
def all_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every object had been written long ago: the store dates them itself."""
    monkeypatch.setattr(balayage, "YOUNG", dt.timedelta(seconds=-60))


def aged(depot: Depot) -> Depot:
    Depot.objects.filter(pk=depot.pk).update(controle_le=F("controle_le") - dt.timedelta(days=1))
    return fresh(depot)


def put_object(name: str, contenu: bytes = b"x") -> None:
    storages["default"].save(name, ContentFile(contenu))


def test_all_well_is_silent(m: f.Monde, piece: Piece, all_old: None) -> None:
    kept = [aged(received(m, piece)) for _ in range(3)]
    waiting = send(m, piece)
    bilan = balayage.verifier_stockage()
    assert (bilan.vus, bilan.absents, bilan.orphelins, bilan.supprimes, bilan.a_refaire) == (7, 0, 0, 0, 0)
    assert not AnomalieStockage.objects.exists()
    assert all(storage.exists(d.final_name) and storage.exists(d.preview_name) for d in kept)
    assert storage.exists(waiting.quarantine_name)


def test_a_row_whose_object_is_gone(m: f.Monde, piece: Piece, all_old: None) -> None:
    lost, kept = aged(received(m, piece)), aged(received(m, piece))
    storage.remove(lost.final_name)
    assert balayage.verifier_stockage().absents == 1
    anomalie = AnomalieStockage.objects.get()
    assert (anomalie.genre, anomalie.depot, anomalie.objet) == (GenreAnomalie.OBJET_ABSENT, lost, lost.final_name)
    tache = Tache.objects.get(genre=GenreTache.TRAITER_INCIDENT)
    assert (tache.objet_type, tache.objet_id) == ("anomalie", anomalie.pk)
    balayage.verifier_stockage()
    balayage.relire()
    assert AnomalieStockage.objects.count() == Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT).count() == 1, "told once"
    assert Evenement.objects.filter(type="stockage.anomalie").count() == 1
    assert fresh(lost).etat == EtatDepot.DISPONIBLE, "the row stays: it says what is missing"
    assert fresh(kept).apercu_cle


def test_a_row_just_written_is_not_accused(m: f.Monde, piece: Piece) -> None:
    lost = received(m, piece)
    storage.remove(lost.final_name)
    assert balayage.verifier_stockage().absents == 0


def test_a_lost_preview_is_made_again(m: f.Monde, piece: Piece, all_old: None) -> None:
    depot = aged(received(m, piece))
    storage.remove(depot.preview_name)
    assert balayage.verifier_stockage().a_refaire == 1
    assert not AnomalieStockage.objects.exists()
    with pytest.raises(Erreur, match="en préparation"):
        depots.address(acteur=m.gestionnaire, depot=depot, inline=True)
    assert depots.address(acteur=m.gestionnaire, depot=depot, inline=False)
    assert [balayage.refaire_apercus(), balayage.refaire_apercus()] == [1, 0]
    assert fresh(depot).apercu_cle not in ("", depot.apercu_cle)
    assert storage.exists(fresh(depot).preview_name)


def test_objects_without_row_are_noted_then_deleted_a_week_later(m: f.Monde, piece: Piece, all_old: None) -> None:
    kept = aged(received(m, piece))
    names = ["pieces/" + "a" * 40, "apercus/" + "b" * 40, "pieces/zzz"]
    for name in names:
        put_object(name)
    assert balayage.verifier_stockage().orphelins == 3
    assert sorted(AnomalieStockage.objects.values_list("objet", flat=True)) == sorted(names)
    assert not Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT).exists(), "nobody has anything to do"
    balayage.verifier_stockage()
    assert all(storage.exists(name) for name in names)
    AnomalieStockage.objects.update(constatee_le=timezone.now() - anomalies.ORPHAN_KEPT)
    assert balayage.verifier_stockage().supprimes == 3
    assert not any(storage.exists(name) for name in names)
    assert not AnomalieStockage.objects.filter(resolue_le__isnull=True).exists()
    assert storage.exists(kept.final_name)


def test_young_objects_are_left_alone(m: f.Monde) -> None:
    """A worker may be between its publication and its row."""
    put_object("pieces/" + "a" * 40)
    put_object("quarantaine/" + "b" * 40)
    bilan = balayage.verifier_stockage()
    assert (bilan.orphelins, bilan.supprimes, bilan.vus) == (0, 0, 2)


def test_quarantine_is_emptied_after_each_outcome(m: f.Monde, piece: Piece) -> None:
    good, bad = received(m, piece), send(m, piece, EXE)
    depots.controler(bad.pk)
    for depot in (good, bad):
        assert fresh(depot).quarantaine_videe_le is not None
        assert not storage.exists(depot.quarantine_name)


def test_quarantine_that_could_not_be_emptied_is_emptied_later(m: f.Monde, piece: Piece, faulty_store: FaultyStore) -> None:
    depot = send(m, piece)
    faulty_store.fault = lambda method, path, body: (500, b"<Error/>", 8) if method == "DELETE" else None
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE
    assert fresh(depot).quarantaine_videe_le is None
    faulty_store.fault = lambda method, path, body: None
    assert balayage.verifier_stockage().supprimes == 1
    assert fresh(depot).quarantaine_videe_le is not None and not storage.exists(depot.quarantine_name)


def test_a_replayed_sending_and_the_unknown_leave_quarantine(m: f.Monde, piece: Piece, all_old: None) -> None:
    depot = announce(m, piece)
    envoi = storage.presign_put(depot)
    put(envoi, PDF)
    depots.confirmer(acteur=m.mairie, depot=depot)
    depots.controler(depot.pk)
    assert put(envoi, PDF) == 200, "replayed"
    put_object("quarantaine/" + "c" * 40)
    announced, waiting = announce(m, piece), send(m, piece)
    put(storage.presign_put(announced), PDF)
    assert balayage.verifier_stockage().supprimes == 2
    assert not storage.exists(depot.quarantine_name)
    assert storage.exists(waiting.quarantine_name) and storage.exists(announced.quarantine_name)


@pytest.mark.lent
def test_a_thousand_objects_more_than_one_request(m: f.Monde, piece: Piece, all_old: None) -> None:
    """Beyond one page of the store's list; every object finds its row, whatever the order."""
    model = aged(received(m, piece))
    rows = []
    for rank in range(1100):
        copy = Depot(piece=piece, nom="a", type="application/pdf", taille=1, etat="DISPONIBLE", sha256_verifie="x", depose_par=m.mairie)
        copy.cle_publiee, copy.controle_le, copy.quarantaine_videe_le = f"{rank * 7919 % 100_000:040x}", model.controle_le, timezone.now()
        rows.append(copy)
    Depot.objects.bulk_create(rows)
    store: Any = storages["default"]
    client = store.connection.meta.client
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda row: client.put_object(Bucket=store.bucket_name, Key=row.final_name, Body=b"x"), rows[:-1]))
    bilan = balayage.verifier_stockage()
    assert (bilan.absents, bilan.orphelins) == (1, 0)


def test_the_store_down_stops_the_sweep_without_a_word(m: f.Monde, piece: Piece, settings: Any) -> None:
    depot = aged(received(m, piece))
    point_store_at(settings, f"http://{DEAD}")
    with pytest.raises(storage.StockageIndisponible):
        balayage.verifier_stockage()
    assert tasks.verifier_stockage() == "le stockage ne répond pas"
    Depot.objects.update(relu_le=None)
    assert (balayage.relire(), balayage.refaire_apercus()) == (0, 0)
    assert not AnomalieStockage.objects.exists()
    assert fresh(depot).relu_le is None


# -- Contents read again ------------------------------------------------------------------------------------------------------


def test_a_changed_byte_is_found_and_the_bytes_stay(m: f.Monde, piece: Piece) -> None:
    depot = received(m, piece)
    storages["default"].delete(depot.final_name)
    put_object(depot.final_name, PDF[:-1] + b"X")
    assert balayage.relire() == 1
    anomalie = AnomalieStockage.objects.get()
    assert (anomalie.genre, anomalie.depot) == (GenreAnomalie.EMPREINTE, depot)
    assert storage.exists(depot.final_name)
    balayage.relire()
    assert AnomalieStockage.objects.count() == 1
    storages["default"].delete(depot.final_name)
    put_object(depot.final_name, PDF)  # from the backup
    balayage.relire()
    assert AnomalieStockage.objects.get().resolue_le is not None, "put right: it says so by itself"
    assert not Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, fermee_le=None).exists()


def test_every_file_comes_round_the_longest_unread_first(m: f.Monde, piece: Piece, settings: Any) -> None:
    kept = [received(m, piece) for _ in range(5)]
    for rank, depot in enumerate(kept[1:], start=1):
        Depot.objects.filter(pk=depot.pk).update(relu_le=timezone.now() - dt.timedelta(days=10 - rank))
    Depot.objects.filter(pk=kept[0].pk).update(relu_le=None)
    start = timezone.now()
    settings.RELECTURES = 2
    order = []
    for _ in range(3):
        balayage.relire()
        order.append({d.pk for d in Depot.objects.filter(relu_le__gte=start)})
    assert order == [{d.pk for d in kept[:n]} for n in (2, 4, 5)] or order[2] == {d.pk for d in kept}
    assert order[0] == {kept[0].pk, kept[1].pk}


# -- What a responsable does of it ----------------------------------------------------------------------------------------------


def incident(m: f.Monde, piece: Piece) -> AnomalieStockage:
    depot = received(m, piece)
    found = anomalies.signaler(genre=GenreAnomalie.OBJET_ABSENT, objet=depot.final_name, depot=depot)
    assert found is not None
    return found


def test_settled_with_how(m: f.Monde, piece: Piece) -> None:
    anomalie = incident(m, piece)
    with pytest.raises(DonneeInvalide):
        anomalies.resoudre(acteur=m.responsable, anomalie=anomalie, issue="  ")
    done = anomalies.resoudre(acteur=m.responsable, anomalie=anomalie, issue="Restauré de la sauvegarde")
    assert (done.issue, done.resolue_par) == ("Restauré de la sauvegarde", m.responsable)
    assert not Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, fermee_le=None).exists()
    assert Entree.objects.get(action="stockage.anomalie_resolue").motif == "Restauré de la sauvegarde"
    with pytest.raises(Erreur, match="déjà"):
        anomalies.resoudre(acteur=m.responsable, anomalie=anomalie, issue="encore")
    again = anomalies.signaler(genre=anomalie.genre, objet=anomalie.objet, depot=anomalie.depot)
    assert again is not None, "it happens again: it is told again"


@pytest.mark.parametrize("qui", ["mairie", "gestionnaire", "payeur", "medecin", "secretariat", "assureur", "admin"])
def test_only_a_responsable_settles(m: f.Monde, piece: Piece, qui: str) -> None:
    with pytest.raises(Refus):
        anomalies.resoudre(acteur=m.people[qui], anomalie=incident(m, piece), issue="x")
