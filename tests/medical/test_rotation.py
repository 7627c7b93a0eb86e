"""Rotation of the keys, and the drill of the lost key (docs/bulle.md)."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from documents.models import LaissezPasser, Piece
from medical.enveloppe import new_data_key, open_field, seal_field
from medical.errors import CleIndisponible
from medical.models import Cle, Fichier
from medical.services import balayage, rotation
from medical.services.controles_fichiers import lire_en_memoire
from medical.services.lectures import nom_de
from project import health
from tests import factories as f
from tests.documents.conftest import DEAD, PDF
from tests.medical.conftest import SECRET_NAME, available, deposit, due, flip, fresh, passe, put

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


def ring(*names: str) -> list[str]:
    return [f"{name}:{base64.b64encode((name * 32)[:32].encode()).decode()}" for name in names]


def command(name: str, **options: Any) -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command(name, stdout=out, **options)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, out.getvalue()


def test_rotation(m: f.Monde, piece: Piece, settings: Any) -> None:
    settings.MEDICAL_KEYS = ring("k2025")
    fichier = available(m, piece)
    before = bytes(fichier.nom)
    settings.MEDICAL_KEYS = ring("k2026", "k2025")
    recent = available(m, piece)
    assert list(rotation.keks_en_usage()) == ["k2025", "k2026"]
    assert command("roter_cles")[0] == 0
    assert list(rotation.keks_en_usage()) == ["k2026"]
    settings.MEDICAL_KEYS = ring("k2026")
    after = fresh(fichier)
    assert bytes(after.nom) == before, "what is encrypted is not touched"
    assert (nom_de(after), lire_en_memoire(after), lire_en_memoire(fresh(recent))) == (SECRET_NAME, PDF, PDF)
    code, said = command("roter_cles")
    assert code == 0 and " 0 ré-emballée(s), 2 déjà" in said
    code, said = command("verifier_bulle")
    assert code == 0 and "2 clé(s), 2 texte(s), 4 contenu(s) ouverts : rien à signaler" in said


def test_rotation_stopped_in_the_middle_goes_on(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDICAL_KEYS = ring("vieille")
    for _ in range(7):
        new_data_key()
    settings.MEDICAL_KEYS = ring("neuve", "vieille")
    monkeypatch.setattr(rotation, "BATCH", 2)
    done: list[int] = []
    real = rotation.rewrap

    def stopped(pk: int) -> bool:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(pk)
        return real(pk)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(rotation, "rewrap", stopped)
        rotation.roter()
    assert Cle.objects.filter(kek="neuve").count() == 3
    bilan = rotation.roter()
    assert (bilan.refaites, bilan.deja, bilan.fermees) == (4, 3, {})


def test_keys_that_do_not_open_are_counted_and_left(settings: Any) -> None:
    settings.MEDICAL_KEYS = ring("perdue")
    new_data_key()
    settings.MEDICAL_KEYS = ring("vieille")
    new_data_key()
    settings.MEDICAL_KEYS = ring("neuve", "vieille")
    code, said = command("roter_cles")
    assert code == 1 and "1 ré-emballée(s)" in said and "Sous « perdue » : 1 clé(s) de données fermée(s)" in said
    assert sorted(Cle.objects.values_list("kek", flat=True)) == ["neuve", "perdue"]


def test_verification_names_rows_and_shows_nothing(m: f.Monde, piece: Piece) -> None:
    good, moved, altered = (available(m, piece) for _ in range(3))
    Fichier.objects.filter(pk=moved.pk).update(nom=bytes(good.nom))
    flip(f"fichiers/{altered.objet}", 20)
    code, said = command("verifier_bulle", contenus=10)
    assert code == 1
    assert f"medical_fichier:{moved.pk}:nom altéré" in said and f"medical_fichier:{altered.pk}:contenu altéré" in said
    assert f":{good.pk}:" not in said and SECRET_NAME not in said


@pytest.mark.parametrize("name", ["roter_cles", "verifier_bulle"])
def test_only_in_the_bulle(name: str, settings: Any) -> None:
    settings.PROCESS = "web"
    with pytest.raises(CommandError, match="VIGIE_PROCESS=bulle"):
        call_command(name)


def test_the_lost_key_drill(m: f.Monde, piece: Piece, settings: Any) -> None:
    """Without its key nothing opens, nothing enters, nothing is destroyed; with it, all is back."""
    settings.MEDICAL_KEYS = ring("k2026")
    fichier, waiting = available(m, piece), deposit(m, piece)
    kept = settings.MEDICAL_KEYS
    for wrong in ([], ring("autre"), ["k2026:" + base64.b64encode(b"w" * 32).decode()]):
        settings.MEDICAL_KEYS = wrong
        with pytest.raises(CleIndisponible):
            nom_de(fresh(fichier))
        lu, secret = passe(m, piece)
        refused = put(Client(HTTP_HOST="localhost"), secret)
        if wrong == ring("autre"):
            assert refused.status_code == 201, "a new key may take over: what it encrypts is its own"
            new = Fichier.objects.get(laissez_passer=lu)
            assert new.cle.kek == "autre"
        else:
            assert refused.status_code == 503 and LaissezPasser.objects.get(pk=lu.pk).utilise_le is None
        due(waiting)
        balayage.balayer()
        assert fresh(waiting).etat == "CONTROLE" and "clé" in fresh(waiting).motif
        assert balayage.relire() in (0, 1)
        with pytest.raises(CleIndisponible):
            rotation.sonder()
        assert command("verifier_bulle", contenus=0)[0] == 1
    settings.MEDICAL_KEYS = [*kept, *ring("autre")]
    rotation.sonder()
    assert (nom_de(fresh(fichier)), lire_en_memoire(fresh(fichier))) == (SECRET_NAME, PDF)
    due(waiting)
    balayage.balayer()
    assert fresh(waiting).etat == "DISPONIBLE"
    assert command("verifier_bulle")[0] == 0


def test_a_text_of_a_destroyed_key_stays_closed() -> None:
    ouverte = new_data_key()
    fichier = Fichier(cle=ouverte.cle)
    fichier.nom = seal_field(ouverte, fichier, "nom", "un nom")
    Cle.objects.filter(pk=ouverte.cle.pk).update(kek="", emballee=b"")
    fichier.cle.refresh_from_db()
    with pytest.raises(CleIndisponible):
        open_field(fichier, "nom")


def test_readiness_names_a_key_that_is_not_there_and_a_store_that_does_not_answer(vraie_base: None, settings: Any) -> None:
    """Degraded, never closed: the rest of the bulle works on."""
    assert {"cles", "entrepot medical"} <= set(health.dependencies())
    new_data_key()
    health.check_medical_keys()
    health.check_medical_storage()
    settings.MEDICAL_KEYS, settings.S3_MEDICAL_ENDPOINT_URL = ring("autre"), f"http://{DEAD}"
    with pytest.raises(health.Down, match="trousseau"):
        health.check_medical_keys()
    with pytest.raises(health.Down):
        health.check_medical_storage()


def test_the_web_has_neither(settings: Any) -> None:
    settings.PROCESS = "web"
    assert not {"cles", "entrepot medical"} & set(health.dependencies())
