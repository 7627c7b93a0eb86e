"""Hostile files through the whole pipeline: each refused with its own reason, nothing published, the pièce still owed."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from django.core.files.storage import storages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import atelier, examen, scan, storage
from documents.atelier import client, limites
from documents.enums import EtatDepot, EtatPiece
from documents.models import MAX_BYTES, Depot, Piece
from documents.polyglottes import hidden_in
from documents.services import depots
from journal.models import Contenu, Entree, Evenement
from notifications.models import Courriel
from tests import factories as f
from tests.documents import fabrique as fab
from tests.documents.conftest import EICAR, EXE, PDF, announce, fresh, get, put, send

pytestmark = pytest.mark.usefixtures("empty_store")

JPEG, PNG, TIFF, HEIC, ADOBE = "image/jpeg", "image/png", "image/tiff", "image/heic", "application/pdf"
HTML = b"<html><script>alert(1)</script></html>"

HOSTILE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "renamed program": (lambda: EXE, ADOBE, "n’est pas accepté"),
    "web page": (lambda: HTML, ADOBE, "n’est pas accepté"),
    "ZIP": (fab.archive, ADOBE, "archive ZIP ne s’envoie pas"),
    "PNG called PDF": (lambda: fab.picture("PNG"), ADOBE, "fichier PNG"),
    "PDF called JPEG": (lambda: PDF, JPEG, "fichier PDF"),
    "GIF": (lambda: fab.picture("GIF", mode="L"), PNG, "n’est pas accepté"),
    "SVG": (lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', PNG, "n’est pas accepté"),
    "PDF not at the start": (lambda: b"MZ" + b"\0" * 300 + PDF, ADOBE, "n’est pas accepté"),
    "page before a PDF": (lambda: HTML + PDF, ADOBE, "n’est pas accepté"),
    "PDF and ZIP": (lambda: fab.glued(PDF, b"x"), ADOBE, "archive ZIP"),
    "PDF and page": (lambda: PDF + HTML, ADOBE, "page web"),
    "PDF, page, PDF's end": (lambda: PDF + HTML + b"\n%%EOF\n", ADOBE, "page web"),
    "PDF and program": (lambda: PDF + EXE, ADOBE, "programme"),
    "JPEG and ZIP": (lambda: fab.glued(fab.phone_jpeg(), b"x"), JPEG, "archive ZIP"),
    "JPEG and page": (lambda: fab.phone_jpeg() + b"\0\0" + HTML, JPEG, "page web"),
    "JPEG and PDF": (lambda: fab.phone_jpeg() + PDF, JPEG, "PDF"),
    "JPEG and PHP": (lambda: fab.phone_jpeg() + b"<?php system($_GET[0]);", JPEG, "programme"),
    "PNG and program": (lambda: fab.picture("PNG") + b"\x7fELF\x02\x01", PNG, "programme"),
    "PNG and RAR": (lambda: fab.picture("PNG") + b"Rar!\x1a\x07\x01\x00", PNG, "archive"),
    "TIFF and ZIP": (lambda: fab.glued(fab.tiff(1), b"x"), TIFF, "archive ZIP"),
    "HEIC and page": (lambda: fab.heic() + HTML, HEIC, "page web"),
    "pixel flood": (fab.png_flood, PNG, "démesurée"),
    "PDF bomb": (fab.pdf_bomb, ADOBE, "gonfle"),
    "password": (lambda: fab.pdf(encryption=pikepdf.Encryption(user="x", owner="y")), ADOBE, "mot de passe"),
    "damaged": (lambda: fab.phone_jpeg()[:700], JPEG, "abîmée"),
    "signature alone": (lambda: b"%PDF-1.7\n", ADOBE, "abîmé"),
}


@pytest.mark.usefixtures("without_antivirus")
@pytest.mark.parametrize("name", HOSTILE)
def test_refused_with_its_reason(m: f.Monde, piece: Piece, name: str) -> None:
    make, type, words = HOSTILE[name]
    depot = send(m, piece, make(), type=type)
    assert depots.controler(depot.pk) == EtatDepot.ECARTE
    done = fresh(depot)
    assert words in done.motif
    assert (done.cle_publiee, done.apercu_cle, done.sha256_verifie) == ("", "", "")
    assert done.quarantaine_videe_le is not None and not storage.exists(done.quarantine_name)
    assert storages["default"].listdir("pieces")[1] == storages["default"].listdir("apercus")[1] == []
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.DEMANDEE
    assert Entree.objects.get(action="depot.ecarte", objet_id=depot.pk).motif == done.motif


def test_eicar(m: f.Monde, piece: Piece, real_clamd: str, settings: Any) -> None:
    """In the clear, inside a PDF, and in the metadata of a picture: the antivirus sees the bytes as they came."""
    settings.CLAMD_URL, settings.DEMO = real_clamd, False
    for contenu, type in ((PDF + EICAR, ADOBE), (fab.picture("JPEG", comment=EICAR), JPEG)):
        depot = send(m, piece, contenu, type=type)
        assert depots.controler(depot.pk) == EtatDepot.ECARTE
        assert "antivirus" in fresh(depot).motif
    bare = send(m, piece, EICAR)
    depots.controler(bare.pk)
    assert "n’est pas accepté" in fresh(bare).motif


@pytest.mark.usefixtures("without_antivirus")
def test_nothing_and_too_much(m: f.Monde, piece: Piece) -> None:
    """0 byte and over-size are refused at the announcement, by the store, and again on the bytes themselves."""
    depot = announce(m, piece)
    storages["default"].delete(depot.quarantine_name)
    assert put(storage.presign_put(depot), b"") == 403
    big = b"%PDF-1.7\n" + b"0" * MAX_BYTES
    assert put(storage.presign_put(depot), big) == 403
    assert scan.check_content(b"", type_annonce=ADOBE, taille_annoncee=0) == "Le fichier est vide."
    assert "25 Mo" in scan.check_content(big, type_annonce=ADOBE, taille_annoncee=len(big))


HONEST = {
    "phone": (fab.phone_jpeg, JPEG),
    "motion photo": (fab.motion_photo, JPEG),
    "two pictures": (fab.mpo, JPEG),
    "phone's own notes": (lambda: fab.phone_jpeg() + b"SEFHg\0\0\0\x01\0\0\0SEFT", JPEG),
    "scanner's blanks": (lambda: PDF + b"\r\n\0\0\0", ADOBE),
    "corrected PDF": (lambda: PDF + b"4 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n", ADOBE),
    "heic": (fab.heic, HEIC),
    "tiff": (lambda: fab.tiff(2), TIFF),
    "dangerous but shown without its dangers": (fab.dangerous_pdf, ADOBE),
    "signed or not, a form": (fab.filled_form, ADOBE),
}


@pytest.mark.usefixtures("without_antivirus")
@pytest.mark.parametrize("name", HONEST)
def test_what_phones_and_scanners_write_passes_untouched(m: f.Monde, piece: Piece, name: str) -> None:
    make, type = HONEST[name]
    contenu = make()
    depot = send(m, piece, contenu, type=type)
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE, fresh(depot).motif
    done = fresh(depot)
    original = get(depots.address(acteur=m.gestionnaire, depot=done, inline=False))
    assert original[1] == contenu, "to the byte: stripping would break a signature"
    shown = get(depots.address(acteur=m.gestionnaire, depot=done, inline=True))
    assert (shown[0], shown[2]["content-type"]) == (200, done.apercu_type)
    assert fab.CANARI not in shown[1]
    assert done.apercu_pages >= 1


NAMES = [
    "../../etc/passwd", "..\\..\\boot.ini", "a\0b.pdf", "a\r\nSet-Cookie: x=1.pdf", "x" * 400 + ".pdf", "<img src=x onerror=alert(1)>.pdf",
    "'; DROP TABLE documents_depot; --.pdf", "=cmd|' /C calc'!A0.pdf", "Durand-grippe.pdf", "\u202egnp.exe", "🩺.pdf",
    'a"b.pdf', "CON", ".",
]  # fmt: skip


@pytest.mark.usefixtures("without_antivirus")
@pytest.mark.parametrize("nom", NAMES)
def test_a_name_is_shown_and_never_used(m: f.Monde, piece: Piece, nom: str) -> None:
    """It makes no key, no address, no header, no journal payload, no event and no e-mail."""
    depot = send(m, piece, nom=nom)
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE
    done = fresh(depot)
    assert done.nom.isprintable() and "/" not in done.nom and 0 < len(done.nom) <= 255
    for inline in (True, False):
        url = depots.address(acteur=m.gestionnaire, depot=done, inline=inline)
        status, _, headers = get(url)
        assert status == 200
        assert headers["content-disposition"].endswith(f'filename="piece-{done.pk}.pdf"')
        assert "set-cookie" not in headers
        assert "Durand" not in url and "grippe" not in url
    written = [str(c.donnees) for c in Contenu.objects.all()] + [str(e.donnees) for e in Evenement.objects.all()]
    written += [f"{e.motif} {e.objet_type}" for e in Entree.objects.all()] + [c.texte for c in Courriel.objects.all()]
    assert len(done.nom) < 4 or not [one for one in written if done.nom in one]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contenu=st.binary(max_size=400), start=st.sampled_from([b"", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\0"]))
def test_no_bytes_at_all_break_the_check(contenu: bytes, start: bytes) -> None:
    """Whatever arrives, the answer is a sentence or none: never an error that would make it wait for ever."""
    whole = start + contenu
    for type in scan.ACCEPTED:
        assert isinstance(scan.check_content(whole, type_annonce=type, taille_annoncee=len(whole)), str)
        assert isinstance(hidden_in(whole, type), str)


@pytest.mark.usefixtures("without_antivirus")
def test_a_file_that_kills_the_workshop_waits_then_is_set_aside(m: f.Monde, piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few times in a row it may be the machine; then it is the file. Another file passes meanwhile."""
    depot, other = send(m, piece), send(m, piece)

    def attempt(seconds: float = 0.2) -> str:
        """As if the file had the child turn for ever: it is stopped, and killed when its time is over."""
        atelier.fabriquer(PDF, ADOBE)
        assert client._current is not None
        os.kill(client._current.process.pid, signal.SIGSTOP)
        Depot.objects.filter(pk=depot.pk).update(prochain_essai=fresh(depot).cree_le)
        monkeypatch.setattr(limites, "SECONDES", seconds)
        reached = depots.controler(depot.pk)
        monkeypatch.undo()
        return reached

    for rank in range(1, examen.PANNES_MAX):
        assert attempt() == EtatDepot.CONTROLE
        assert (fresh(depot).tentatives, fresh(depot).motif) == (rank, examen.PANNE)
    assert depots.controler(other.pk) == EtatDepot.DISPONIBLE
    assert attempt(5) == EtatDepot.ECARTE, "the next child had the time to show that it serves"
    assert "ne peut pas être affiché" in fresh(depot).motif


@pytest.mark.usefixtures("without_antivirus")
def test_a_workshop_that_serves_nobody_loses_no_file(m: f.Monde, piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its children end as soon as they start: that is no file's fault, however long it lasts."""
    depot = send(m, piece)
    atelier.fabriquer(PDF, ADOBE)
    assert client._current is not None
    client._current.close()
    monkeypatch.setattr(client.sys, "executable", shutil.which("false"))
    for rank in range(1, examen.PANNES_MAX + 3):
        Depot.objects.filter(pk=depot.pk).update(prochain_essai=fresh(depot).cree_le)
        assert depots.controler(depot.pk) == EtatDepot.CONTROLE
        assert (fresh(depot).tentatives, fresh(depot).motif) == (rank, examen.PANNE)
    monkeypatch.undo()
    Depot.objects.filter(pk=depot.pk).update(prochain_essai=fresh(depot).cree_le)
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE
