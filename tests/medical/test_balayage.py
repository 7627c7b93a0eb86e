"""The sweepers: the bucket and the rows held against each other, contents read again."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone

from cases.enums import GenreTache
from cases.models import Tache
from documents.enums import GenreAnomalie
from documents.models import AnomalieStockage, Piece, new_key
from journal.models import Entree
from medical import stockage
from medical.errors import StockageIndisponible
from medical.models import Fichier
from medical.services import balayage
from tests import factories as f
from tests.documents.conftest import DEAD, EXE
from tests.medical.conftest import available, deposit, flip, fresh, objects

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus", "clean_bucket")]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.timedelta], None]:
    """Time passes for the sweeper alone: signatures of requests to the store are dated."""

    def go(delai: dt.timedelta) -> None:
        instant = timezone.now() + delai
        monkeypatch.setattr(balayage.timezone, "now", lambda: instant)

    return go


def stray(nom: str) -> str:
    contenu = b"x" * 60
    stockage.deposer(nom, io.BytesIO(contenu), sha256(contenu).hexdigest())
    return nom


def test_a_bucket_in_order(m: f.Monde, piece: Piece, later: Callable[[dt.timedelta], None]) -> None:
    available(m, piece), deposit(m, piece)
    later(dt.timedelta(days=2))
    assert balayage.inventorier() == {"orphelins": 0, "effaces": 0, "absents": 0}
    assert len(objects()) == 3


def test_objects_without_row(m: f.Monde, piece: Piece, later: Callable[[dt.timedelta], None]) -> None:
    fichier = available(m, piece)
    orphan, copy = stray(stockage.content_name(new_key())), stray(stockage.preview_name(new_key()))
    assert balayage.inventorier() == {"orphelins": 0, "effaces": 0, "absents": 0}, "a deposit on its way, perhaps"
    later(dt.timedelta(hours=25))
    assert balayage.inventorier() == {"orphelins": 1, "effaces": 1, "absents": 0}
    assert orphan in objects() and copy not in objects()
    assert (AnomalieStockage.objects.get().objet, AnomalieStockage.objects.get().medical) == (orphan, True)
    balayage.inventorier()
    assert AnomalieStockage.objects.count() == 1
    AnomalieStockage.objects.update(constatee_le=timezone.now() - dt.timedelta(days=8))
    balayage.inventorier()
    assert objects() == {stockage.content_name(fichier.objet), stockage.preview_name(fichier.apercu_objet)}
    assert AnomalieStockage.objects.get().resolue_le is not None


def test_what_is_left_of_an_erased_content_goes(m: f.Monde, piece: Piece, settings: Any, later: Callable[[dt.timedelta], None]) -> None:
    """The store was down when its objects were to be erased."""
    fichier = deposit(m, piece, EXE)
    balayage.controler(fichier.pk)
    assert fresh(fichier).cle.detruite and len(objects()) == 1, "erased on commit, which a test of this kind never reaches"
    later(dt.timedelta(hours=25))
    assert balayage.inventorier()["effaces"] == 1 and objects() == set()
    assert not AnomalieStockage.objects.exists()


def test_rows_without_object(m: f.Monde, piece: Piece, later: Callable[[dt.timedelta], None]) -> None:
    fichier, _ = available(m, piece), available(m, piece)
    stockage.effacer(stockage.content_name(fichier.objet))
    later(dt.timedelta(hours=25))
    assert balayage.inventorier()["absents"] == 1
    anomalie = AnomalieStockage.objects.get()
    assert (anomalie.genre, anomalie.objet) == (GenreAnomalie.OBJET_ABSENT, stockage.content_name(fichier.objet))
    assert Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, objet_id=anomalie.pk).exists()


def test_the_store_down_finds_nothing_wrong(m: f.Monde, piece: Piece, settings: Any) -> None:
    available(m, piece)
    up, settings.S3_MEDICAL_ENDPOINT_URL = settings.S3_MEDICAL_ENDPOINT_URL, f"http://{DEAD}"
    with pytest.raises(StockageIndisponible):
        balayage.inventorier()
    assert balayage.relire() == 0
    settings.S3_MEDICAL_ENDPOINT_URL = up
    assert not AnomalieStockage.objects.exists()


@pytest.mark.parametrize("apercu", [False, True])
def test_contents_are_read_again(m: f.Monde, piece: Piece, apercu: bool) -> None:
    good, bad = available(m, piece), available(m, piece)
    Fichier.objects.update(relu_le=None)
    nom = stockage.preview_name(bad.apercu_objet) if apercu else stockage.content_name(bad.objet)
    flip(nom, 25)
    assert balayage.relire() == 2
    assert AnomalieStockage.objects.get().objet == nom
    assert fresh(good).relu_le is not None
    assert not Entree.objects.filter(action="fichier_medical.lu").exists(), "nobody has read them"


def test_the_oldest_first_and_a_few_at_a_time(m: f.Monde, piece: Piece) -> None:
    first, second = available(m, piece), available(m, piece)
    Fichier.objects.filter(pk=second.pk).update(relu_le=timezone.now() - dt.timedelta(days=40))
    before = fresh(first).relu_le
    assert balayage.relire(limite=1) == 1
    assert fresh(first).relu_le == before and fresh(second).relu_le > before  # type: ignore[operator]
