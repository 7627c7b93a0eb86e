"""The files of a bordereau: made once, by whoever comes first; kept whole; waited for while the store is down; read again."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import Erreur
from cases.models import Tache
from contracts.models import Agent
from documents import storage
from documents.enums import GenreAnomalie
from documents.models import AnomalieStockage
from documents.services import anomalies
from indemnities.enums import GenreFichier
from indemnities.models import Bordereau, FichierBordereau
from indemnities.models.fichiers import PREFIXE
from journal.models import Contenu, Entree
from tests import factories as f
from tests.documents.conftest import DEAD, FaultyStore, faulty_store, get, point_store_at
from tests.indemnities.conftest import validated
from workflows import bordereaux_fichiers, payments, tasks
from workflows.coherence import anomalies_des_bordereaux

__all__ = ["faulty_store"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_store(buckets: None) -> None:
    storage.remove(*(f"{PREFIXE}{found.cle}" for found in storage.listing(PREFIXE)))


def composed(m: f.Monde) -> Bordereau:
    """A bordereau of one line."""
    sinistre = validated(m)
    made = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=sinistre.survenance, fin=sinistre.survenance, montant=Decimal("61.20"),
        explication="Essai",
    )  # fmt: skip
    payments.approuver_decompte(acteur=m.responsable, decompte_id=made.pk)
    return payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=sinistre.contrat, decompte_ids=[made.pk])


@pytest.fixture
def bordereau(m: f.Monde) -> Bordereau:
    return composed(m)


def objects() -> set[str]:
    return {found.cle for found in storage.listing(PREFIXE)}


def whole(bordereau: Bordereau) -> list[FichierBordereau]:
    """Both files, once, in the store as their rows say, and nothing else there."""
    fichiers = list(FichierBordereau.objects.filter(bordereau=bordereau).order_by("genre"))
    assert [x.genre for x in fichiers] == ["CSV", "PDF"]
    for fichier in fichiers:
        octets = storage.read_kept(fichier.objet)
        assert hashlib.sha256(octets).hexdigest() == fichier.sha256 and len(octets) == fichier.taille
    assert objects() == set(FichierBordereau.objects.values_list("sha256", flat=True))
    return fichiers


def test_both_are_made_once(bordereau: Bordereau) -> None:
    assert tasks.editer_bordereau(bordereau.pk) == 2
    csv, pdf = whole(bordereau)
    assert storage.read_kept(pdf.objet).startswith(b"%PDF-") and bordereau.numero.encode() in storage.read_kept(csv.objet)
    assert tasks.editer_bordereau(bordereau.pk) == bordereaux_fichiers.balayer() == 0
    assert Entree.objects.filter(action="bordereau.fichier_ecrit", objet_id=bordereau.pk).count() == 2
    assert [x.sha256 for x in whole(bordereau)] == [csv.sha256, pdf.sha256]


def test_a_worker_is_told_at_commit(
    m: f.Monde, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sent: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(bordereaux_fichiers.current_app, "send_task", lambda name, args, retry: sent.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        made = composed(m)
    assert ("workflows.editer_bordereau", [made.pk]) in sent


def test_the_sweeper_makes_what_is_wanting_and_one_that_fails_keeps_none_waiting(m: f.Monde, bordereau: Bordereau) -> None:
    other = composed(m)
    with pgtrigger.ignore("indemnities.Bordereau:bordereau_fige"):
        Bordereau.objects.filter(pk=other.pk).update(empreinte="0" * 64)
    assert bordereaux_fichiers.balayer() == 2
    whole(bordereau)
    assert not FichierBordereau.objects.filter(bordereau=other).exists()
    assert {(a.regle, a.cle) for a in anomalies_des_bordereaux()} == {("Lignes qui ne sont plus celles qui ont été transmises", other.pk)}


def test_the_store_down_makes_it_wait_and_nothing_else(m: f.Monde, bordereau: Bordereau, settings: Any) -> None:
    up = settings.S3_ENDPOINT_URL
    point_store_at(settings, f"http://{DEAD}")
    assert tasks.editer_bordereau(bordereau.pk) == tasks.balayer_bordereaux() == tasks.relire_bordereaux() == 0
    with pytest.raises(Erreur, match="en préparation"):
        bordereaux_fichiers.remettre(acteur=m.payeur, bordereau_id=bordereau.pk, genre="PDF")
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    point_store_at(settings, up)
    assert tasks.balayer_bordereaux() == 2
    whole(bordereau)


@pytest.mark.parametrize("what", ["500 to the writing", "other bytes read back", "cut short"])
def test_a_store_that_lies_gives_no_row(bordereau: Bordereau, faulty_store: FaultyStore, what: str) -> None:
    def fault(method: str, path: str, body: bytes) -> tuple[int, bytes, int] | None:
        if method == "PUT" and what == "500 to the writing":
            return 500, b"", 0
        if method == "GET" and f"/{PREFIXE}" in path:
            if what == "other bytes read back":
                return 200, b"x" * len(body), len(body)
            if what == "cut short":
                return 200, body[:10], len(body)
        return None

    faulty_store.fault = fault
    assert bordereaux_fichiers.balayer() == 0
    assert not FichierBordereau.objects.exists()
    faulty_store.fault = lambda method, path, body: None
    assert bordereaux_fichiers.balayer() == 2
    whole(bordereau)


def test_rows_are_never_changed_doubled_nor_deleted(m: f.Monde, bordereau: Bordereau) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    for statement in (
        "UPDATE indemnities_fichierbordereau SET sha256 = repeat('0', 64)",
        "UPDATE indemnities_fichierbordereau SET cree_le = now()",
        "DELETE FROM indemnities_fichierbordereau",
    ):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError, match="fichier_bordereau_unique"), transaction.atomic():
        FichierBordereau.objects.create(bordereau=bordereau, genre=GenreFichier.PDF, sha256="1" * 64, taille=1)
    with pytest.raises(IntegrityError, match="fichier_bordereau_empreinte"), transaction.atomic():
        FichierBordereau.objects.create(bordereau=composed(m), genre=GenreFichier.PDF, sha256="G" * 64, taille=1)


@pytest.mark.parametrize("genre", ["PDF", "CSV"])
def test_it_is_handed_over_by_an_address_of_a_minute_and_journaled(m: f.Monde, bordereau: Bordereau, genre: str) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    for rang, who in enumerate((m.gestionnaire, m.responsable, m.payeur, m.mairie, m.assureur), 1):
        given = bordereaux_fichiers.remettre(acteur=who, bordereau_id=bordereau.pk, genre=genre)
        status, octets, headers = get(given.url)
        assert status == 200 and hashlib.sha256(octets).hexdigest() == given.sha256 and len(octets) == given.taille
        assert headers["content-disposition"] == f'attachment; filename="{bordereau.numero}.{genre.lower()}"'
        assert headers["content-type"] == given.type and headers["cache-control"] == "no-store"
        assert "X-Amz-Expires=60" in given.url
        read = Entree.objects.filter(action="bordereau.fichier_lu", acteur_id=who.pk, objet_type="bordereau", objet_id=bordereau.pk)
        assert read.count() == 1 and Entree.objects.filter(action="bordereau.fichier_lu").count() == rang
        assert Contenu.objects.get(entree=read.get()).donnees == {"genre": genre, "sha256": given.sha256, "taille": given.taille}


def test_nobody_else_is_given_it(m: f.Monde, bordereau: Bordereau) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    stranger = f.person("ASSUREUR", organisme=f.organisme("ASSUREUR"))
    for who in (m.mairie2, m.medecin, m.expert, m.admin, stranger):
        with pytest.raises((Bordereau.DoesNotExist, Refus)):
            bordereaux_fichiers.remettre(acteur=who, bordereau_id=bordereau.pk, genre="PDF")
    assert not Entree.objects.filter(action="bordereau.fichier_lu").exists()


# -- Read again --------------------------------------------------------------------------------------------------------------


def every_turn() -> int:
    """A whole round of the readings."""
    return sum(bordereaux_fichiers.relire(jour=dt.date(2026, 1, 1) + dt.timedelta(days=n)) for n in range(bordereaux_fichiers.TOUR))


def test_each_is_read_once_a_round_and_mended_when_the_same_bytes_can_be_made_again(bordereau: Bordereau) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    csv, pdf = whole(bordereau)
    assert every_turn() == 2
    storage.remove(pdf.objet)
    storage.keep(csv.objet, b"other")
    assert {(a.regle, a.cle) for a in anomalies_des_bordereaux()} == {
        (f"Fichier {genre} absent ou différent de celui qui a été figé", bordereau.pk) for genre in ("PDF", "CSV")
    }
    every_turn()
    whole(bordereau)
    assert Entree.objects.filter(action="bordereau.fichier_retabli", objet_id=bordereau.pk).count() == 2
    assert not AnomalieStockage.objects.exists()


def test_what_cannot_be_made_again_is_an_incident_until_it_is_back(m: f.Monde, bordereau: Bordereau) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    _, pdf = whole(bordereau)
    kept = storage.read_kept(pdf.objet)
    Agent.objects.filter(pk=bordereau.decomptes.get().sinistre.agent_id).update(matricule="CHANGE")
    storage.keep(pdf.objet, b"other")
    every_turn()
    every_turn()
    incident = AnomalieStockage.objects.get()
    assert (incident.genre, incident.objet, incident.resolue_le) == (GenreAnomalie.EMPREINTE, pdf.objet, None)
    assert Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, fermee_le__isnull=True).count() == 1
    assert storage.read_kept(pdf.objet) == b"other", "never replaced by bytes that were not those"
    storage.keep(pdf.objet, kept)
    every_turn()
    assert AnomalieStockage.objects.get().resolue_le is not None
    assert not Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, fermee_le__isnull=True).exists()


def test_an_object_that_no_row_names_goes_after_a_week(bordereau: Bordereau, monkeypatch: pytest.MonkeyPatch) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    storage.keep(f"{PREFIXE}{'a' * 64}", b"left behind")
    assert bordereaux_fichiers.ecarter_orphelins() == 0
    assert not AnomalieStockage.objects.exists(), "young: somebody may be writing its row"
    monkeypatch.setattr(bordereaux_fichiers, "YOUNG", dt.timedelta(seconds=-60))
    assert bordereaux_fichiers.ecarter_orphelins() == 0
    AnomalieStockage.objects.update(constatee_le=timezone.now() - anomalies.ORPHAN_KEPT)
    assert bordereaux_fichiers.ecarter_orphelins() == 1
    whole(bordereau)


def test_the_command_compares_lines_and_bytes(bordereau: Bordereau, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    call_command("verifier_coherence", "--fichiers")
    assert "bordereaux" in capsys.readouterr().out
    storage.keep(FichierBordereau.objects.get(genre="CSV").objet, b"other")
    call_command("verifier_coherence")
    with pytest.raises(CommandError, match="1 anomalie"):
        call_command("verifier_coherence", "--fichiers")
    assert f"Fichier CSV absent ou différent de celui qui a été figé (bordereau {bordereau.pk})" in capsys.readouterr().err
    point_store_at(settings, f"http://{DEAD}")
    with pytest.raises(CommandError, match="Le stockage ne répond pas"):
        call_command("verifier_coherence", "--fichiers")


# -- Two at once -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("vraie_base")
def test_two_workers_at_once_make_each_file_once() -> None:
    m = f.monde()
    for _ in range(3):
        bordereau = composed(m)
        start = threading.Barrier(4)
        made: list[int] = []

        def work(pk: int = bordereau.pk, start: threading.Barrier = start, made: list[int] = made) -> None:
            try:
                start.wait()
                made.append(bordereaux_fichiers.fabriquer(pk))
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(made) == 2 and len(made) == 4
        whole(bordereau)
        assert Entree.objects.filter(action="bordereau.fichier_ecrit", objet_id=bordereau.pk).count() == 2
