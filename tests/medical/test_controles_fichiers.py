"""Each file is checked inside the bulle: content, antivirus, sanitised copy; what does not answer makes it wait."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
from typing import Any

import pytest
from django.utils import timezone

from cases.enums import FileTravail, GenreTache
from cases.models import Tache
from documents import atelier
from documents.enums import EtatPiece, GenreAnomalie, GenreLaissezPasser
from documents.examen import PANNES_MAX
from documents.models import AnomalieStockage, Piece
from journal.models import Entree
from medical import stockage
from medical.enums import EtatFichier
from medical.enveloppe import label_of, open_data_key
from medical.services import balayage, depots
from medical.services.controles_fichiers import controler
from tests import factories as f
from tests.documents.conftest import DEAD, EICAR, EXE, PDF, SpokenClamd, served
from tests.medical.conftest import SECRET_NAME, annonce, available, deposit, due, flip, fresh, passe, stored

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]
DEMANDEE, RECUE = EtatPiece.DEMANDEE, EtatPiece.RECUE


def state(piece: Piece) -> str:
    return Piece.objects.get(pk=piece.pk).etat


@pytest.mark.usefixtures("without_antivirus")
def test_available_with_its_sanitised_copy(m: f.Monde, piece: Piece) -> None:
    fichier = available(m, piece)
    assert (fichier.apercu_type, fichier.sans_antivirus, fichier.motif) == ("application/pdf", True, "")
    copie = stored(stockage.preview_name(fichier.apercu_objet))
    assert b"%PDF" not in copie
    clair = b"".join(open_data_key(fichier.cle).open_stream([copie], label_of(fichier, "apercu")))
    assert clair.startswith(b"%PDF")
    assert state(piece) == RECUE, "outside reads « reçue » until a person has looked"
    tache = Tache.objects.get(genre=GenreTache.CONTROLER_PIECE_MEDICALE, fermee_le=None)
    assert (tache.file, tache.objet_type, tache.objet_id) == (FileTravail.BULLE, "piece", piece.pk)
    assert not Tache.objects.filter(genre=GenreTache.CONTROLER_PIECES, sinistre=piece.sinistre).exists()


@pytest.mark.usefixtures("without_antivirus")
@pytest.mark.parametrize(
    ("contenu", "type", "motif"),
    [
        (EXE, "application/pdf", "pas accepté"),
        (PDF, "image/png", "PDF"),
        (b"PK\x03\x04" + b"\0" * 100, "application/pdf", ""),
        (PDF[:30], "application/pdf", ""),
    ],
    ids=["exe", "another type", "zip", "damaged"],
)
def test_set_aside_is_asked_again_with_outside_words(
    m: f.Monde, piece: Piece, contenu: bytes, type: str, motif: str, clean_bucket: None
) -> None:
    fichier = deposit(m, piece, contenu, type=type)
    assert state(piece) == RECUE
    assert controler(fichier.pk) == EtatFichier.ECARTE
    after = fresh(fichier)
    assert motif in after.motif and SECRET_NAME not in after.motif
    asked = Piece.objects.get(pk=piece.pk)
    assert (asked.etat, asked.message_refus, asked.recue_le) == (DEMANDEE, after.motif, None)
    assert Entree.objects.get(action="piece.a_renvoyer", objet_id=piece.pk).motif == after.motif
    assert after.cle.detruite, "what was refused will never be opened"


@pytest.mark.usefixtures("without_antivirus")
def test_an_agents_link_serves_again_when_its_file_was_set_aside(m: f.Monde, piece: Piece) -> None:
    _, secret = passe(m, piece, GenreLaissezPasser.AGENT, expire_le=timezone.now() + dt.timedelta(days=7))
    first = depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(EXE), morceaux=[EXE])
    with pytest.raises(depots.LaissezPasserInvalide):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
    assert controler(first.pk) == EtatFichier.ECARTE
    again = depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
    assert controler(again.pk) == EtatFichier.DISPONIBLE
    with pytest.raises(depots.LaissezPasserInvalide):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])


@pytest.mark.usefixtures("without_antivirus")
def test_one_page_set_aside_of_two_leaves_the_piece_received(m: f.Monde, piece: Piece) -> None:
    good, bad = deposit(m, piece), deposit(m, piece, EXE)
    assert (controler(bad.pk), state(piece)) == (EtatFichier.ECARTE, RECUE)
    assert (controler(good.pk), state(piece)) == (EtatFichier.DISPONIBLE, RECUE)


def test_a_virus(m: f.Monde, piece: Piece, real_clamd: str, settings: Any) -> None:
    settings.CLAMD_URL, settings.DEMO = real_clamd, False
    assert controler(deposit(m, piece, PDF + EICAR).pk) == EtatFichier.ECARTE
    good = deposit(m, piece)
    assert controler(good.pk) == EtatFichier.DISPONIBLE and not fresh(good).sans_antivirus


@pytest.mark.parametrize("what", ["antivirus", "store", "key"])
def test_what_is_down_makes_it_wait(m: f.Monde, piece: Piece, settings: Any, what: str, caplog: pytest.LogCaptureFixture) -> None:
    clamd = SpokenClamd(lambda heard: b"stream: OK\0")
    settings.DEMO = False
    fichier = deposit(m, piece)
    with served(clamd), caplog.at_level(logging.INFO):
        settings.CLAMD_URL = f"tcp://127.0.0.1:{clamd.server_address[1]}"
        up = settings.CLAMD_URL, settings.S3_MEDICAL_ENDPOINT_URL, settings.MEDICAL_KEYS
        if what == "antivirus":
            settings.CLAMD_URL = f"tcp://{DEAD}"
        elif what == "store":
            settings.S3_MEDICAL_ENDPOINT_URL = f"http://{DEAD}"
        else:
            settings.MEDICAL_KEYS = []
        assert controler(fichier.pk) == EtatFichier.CONTROLE
        waiting = fresh(fichier)
        assert waiting.motif.startswith("En attente") and waiting.tentatives == 1 and state(piece) == RECUE
        assert controler(fichier.pk) == "ailleurs", "not before its time"
        settings.CLAMD_URL, settings.S3_MEDICAL_ENDPOINT_URL, settings.MEDICAL_KEYS = up
        due(fichier)
        assert balayage.balayer() == 1
    assert fresh(fichier).etat == EtatFichier.DISPONIBLE
    assert SECRET_NAME not in caplog.text and "PDF" not in caplog.text


@pytest.mark.usefixtures("without_antivirus")
def test_a_workshop_that_breaks_again_and_again(m: f.Monde, piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(contenu: bytes, type: str) -> None:
        raise atelier.AtelierEnPanne("killed")

    monkeypatch.setattr(atelier, "fabriquer", broken)
    fichier, states = deposit(m, piece), []
    for _ in range(PANNES_MAX):
        due(fichier)
        states.append(controler(fichier.pk))
    assert states == [EtatFichier.CONTROLE] * (PANNES_MAX - 1) + [EtatFichier.ECARTE]


@pytest.mark.parametrize("what", ["antivirus", "store"])
def test_what_was_down_before_does_not_count_against_the_file(
    m: f.Monde, piece: Piece, settings: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A night without antivirus or store, then one death of the workshop: the content stays, and is read once all is up again."""
    real = atelier.fabriquer

    def broken(contenu: bytes, type: str) -> None:
        raise atelier.AtelierEnPanne("killed")

    settings.CLAMD_URL, settings.DEMO = "", True
    fichier = deposit(m, piece)
    up = settings.S3_MEDICAL_ENDPOINT_URL

    def attempts(number: int) -> None:
        for _ in range(number):
            due(fichier)
            assert controler(fichier.pk) == EtatFichier.CONTROLE

    for _ in range(2):  # and what broke the workshop before does not count after
        settings.DEMO, settings.S3_MEDICAL_ENDPOINT_URL = what != "antivirus", f"http://{DEAD}" if what == "store" else up
        attempts(PANNES_MAX)
        settings.DEMO, settings.S3_MEDICAL_ENDPOINT_URL = True, up
        monkeypatch.setattr(atelier, "fabriquer", broken)
        attempts(PANNES_MAX - 1)
        monkeypatch.setattr(atelier, "fabriquer", real)
    assert not fresh(fichier).cle.detruite
    due(fichier)
    assert controler(fichier.pk) == EtatFichier.DISPONIBLE


@pytest.mark.usefixtures("without_antivirus")
@pytest.mark.parametrize("what", ["altered", "gone"])
def test_what_does_not_read_is_never_erased_for_that(m: f.Monde, piece: Piece, what: str) -> None:
    """The store may be the cause, or its address: the responsable is told, the file waits."""
    fichier = deposit(m, piece)
    nom = stockage.content_name(fichier.objet)
    kept = stored(nom)
    flip(nom, 20) if what == "altered" else stockage.effacer(nom)
    for _ in range(4):
        due(fichier)
        assert controler(fichier.pk) == EtatFichier.CONTROLE
    anomalie = AnomalieStockage.objects.get()
    assert anomalie.genre == (GenreAnomalie.EMPREINTE if what == "altered" else GenreAnomalie.OBJET_ABSENT)
    assert (anomalie.medical, anomalie.objet, anomalie.depot) == (True, nom, None)
    assert Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, objet_id=anomalie.pk).count() == 1
    assert not fresh(fichier).cle.detruite
    stockage.deposer(nom, io.BytesIO(kept), hashlib.sha256(kept).hexdigest())
    due(fichier)
    assert controler(fichier.pk) == EtatFichier.DISPONIBLE


@pytest.mark.usefixtures("without_antivirus")
def test_two_workers_on_one_file(m: f.Monde, piece: Piece) -> None:
    """The lease of the first has run out: both finish, one outcome stands."""
    fichier = deposit(m, piece)
    other: list[str | None] = []
    real = atelier.fabriquer

    def slow(contenu: bytes, type: str) -> Any:
        if not other:
            other.append(None)
            due(fichier)
            other[0] = controler(fichier.pk)
        return real(contenu, type)

    atelier.fabriquer = slow  # type: ignore[assignment]
    try:
        assert controler(fichier.pk) == EtatFichier.DISPONIBLE
    finally:
        atelier.fabriquer = real
    assert other == [EtatFichier.DISPONIBLE]
    assert Entree.objects.filter(action="fichier_medical.disponible", objet_id=fichier.pk).count() == 1
    assert Tache.objects.filter(genre=GenreTache.CONTROLER_PIECE_MEDICALE).count() == 1


@pytest.mark.usefixtures("without_antivirus")
def test_a_piece_found_conforme_on_paper_meanwhile_stays_so(m: f.Monde, piece: Piece) -> None:
    fichier = deposit(m, piece, EXE)
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.CONFORME, decidee_par=m.secretariat, decidee_le=fichier.recu_le)
    assert (controler(fichier.pk), state(piece)) == (EtatFichier.ECARTE, EtatPiece.CONFORME)
