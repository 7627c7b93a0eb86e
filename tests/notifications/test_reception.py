"""The doors of returned messages: a server's pipe, the Maildir, and the whole way round with a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from notifications.enums import EtatCourriel
from notifications.models import AdresseEnDefaut, Courriel
from notifications.rebonds import reception
from notifications.rebonds.lecture import LIMITE, Rebond
from notifications.relay import relayer
from notifications.tasks import lire_rebonds
from tests import base
from tests.notifications import retours
from tests.notifications.retours import MAIRIE, parti
from tests.notifications.serveur_smtp import Server
from tests.notifications.test_relay import courriel, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def maildir(tmp_path: Path, settings: Any) -> Path:
    """A folder as a mail server makes it."""
    for nom in ("new", "cur", "tmp"):
        (tmp_path / "retours" / nom).mkdir(parents=True)
    settings.REBONDS_MAILDIR = str(tmp_path / "retours")
    return tmp_path / "retours"


def names(maildir: Path, folder: str) -> list[str]:
    return sorted(os.listdir(maildir / folder))


def test_messages_are_acted_on_then_filed(maildir: Path) -> None:
    row = parti()
    (maildir / "new" / "1700000001.M1P1.relais").write_bytes(retours.postfix(row.message_id, MAIRIE))
    (maildir / "new" / "1700000002.M1P1.relais").write_bytes(b"Subject: Absente\r\n\r\nJe suis en vacances.\r\n")
    (maildir / "new" / ".cache").write_bytes(b"x")
    assert lire_rebonds() == 2
    assert fresh(row).etat == EtatCourriel.REJETE and AdresseEnDefaut.objects.get().adresse == MAIRIE
    assert names(maildir, "cur") == ["1700000001.M1P1.relais:2,S", "1700000002.M1P1.relais:2,"]
    assert names(maildir, "new") == [".cache"] and names(maildir, "ecartes") == []
    assert lire_rebonds() == 0


def test_what_cannot_be_read_is_set_aside_never_lost(maildir: Path, tmp_path: Path) -> None:
    row = parti()
    secret = tmp_path / "ailleurs"
    secret.write_bytes(retours.postfix(row.message_id, MAIRIE))
    (maildir / "new" / "1.lien").symlink_to(secret)
    os.mkfifo(maildir / "new" / "2.tube")
    (maildir / "new" / "3.dossier").mkdir()
    with (maildir / "new" / "4.enorme").open("wb") as file:
        file.truncate(LIMITE + 1)
    (maildir / "new" / "5.bon").write_bytes(retours.exim(row.message_id, MAIRIE))
    assert lire_rebonds() == 5
    assert names(maildir, "ecartes") == ["1.lien", "2.tube", "3.dossier", "4.enorme"]
    assert names(maildir, "cur") == ["5.bon:2,S"], "the others did not keep it from being read"
    assert secret.exists()


def test_an_unforeseen_fault_sets_one_message_aside(maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [parti(), parti(adresse="autre@mairie.example")]
    for rank, row in enumerate(rows):
        (maildir / "new" / f"{rank}.x").write_bytes(retours.postfix(row.message_id, row.adresse))
    constater = reception.constater

    def fails_on_the_first(rebond: Rebond) -> bool:
        if MAIRIE in rebond.adresses:
            raise ValueError
        return constater(rebond)

    monkeypatch.setattr(reception, "constater", fails_on_the_first)
    assert lire_rebonds() == 2
    assert names(maildir, "ecartes") == ["0.x"] and names(maildir, "cur") == ["1.x:2,S"]


def test_a_database_that_is_down_leaves_everything_where_it_is(maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = parti()
    (maildir / "new" / "1.x").write_bytes(retours.postfix(row.message_id, MAIRIE))

    def down(rebond: Rebond) -> bool:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(reception, "constater", down)
        with pytest.raises(OperationalError):
            lire_rebonds()
    assert names(maildir, "new") == ["1.x"]
    assert lire_rebonds() == 1 and fresh(row).etat == EtatCourriel.REJETE


def test_two_files_of_one_name_are_both_kept(maildir: Path) -> None:
    for content in (b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n"):
        (maildir / "new" / "1.x").write_bytes(content)
        assert lire_rebonds() == 1
    assert {(maildir / "cur" / nom).read_bytes() for nom in names(maildir, "cur")} == {b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n"}


def test_many_are_read_in_several_rounds_the_oldest_first(maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "LOT", 3)
    for rank in range(5):
        (maildir / "new" / f"{rank}.x").write_bytes(b"Subject: a\r\n\r\n")
    assert (lire_rebonds(), names(maildir, "new")) == (3, ["3.x", "4.x"])
    monkeypatch.setattr(reception, "DUREE", 0.0)
    assert [lire_rebonds() for _ in range(3)] == [1, 1, 0], "what takes too long leaves the rest for the next minute"


def test_no_folder_no_fault(settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings.REBONDS_MAILDIR = ""
    assert lire_rebonds() == 0 and not caplog.records
    settings.REBONDS_MAILDIR = str(tmp_path / "absent")
    assert lire_rebonds() == 0
    assert "boite des retours illisible" in caplog.text


# -- the pipe ----------------------------------------------------------------------------------------------------------


def pipe(octets: bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "manage.py", "recevoir_rebond"],
        input=octets, env={**base.environment(), **environment}, cwd=base.ROOT, capture_output=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_pipe(vraie_base: None) -> None:
    row = parti()
    done = pipe(retours.exchange(row.message_id, MAIRIE))
    assert (done.returncode, done.stdout.decode().strip()) == (0, "1 constat(s)."), done.stderr
    assert fresh(row).etat == EtatCourriel.REJETE
    assert pipe(b"Bonjour").stdout.decode().strip() == "0 constat(s)."
    assert pipe(b"x" * (LIMITE + 1)).returncode == os.EX_DATAERR
    down = pipe(
        retours.postfix(parti(adresse="autre@mairie.example").message_id, "autre@mairie.example"), PGPORT="1", DATABASE_URL=elsewhere()
    )
    assert down.returncode == os.EX_TEMPFAIL, down.stderr


def elsewhere() -> str:
    """The address of the tests' database, at a port where nothing listens."""
    address = base.environment()["DATABASE_URL"]
    head, _, path = address.rpartition("/")
    return f"{head.rpartition(':')[0]}:1/{path}"


# -- the whole way round -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modele", [retours.postfix, retours.exim, retours.exchange])
def test_accepted_then_returned(vraie_base: None, smtp: Server, maildir: Path, settings: Any, modele: Callable[[str, str], bytes]) -> None:
    """A real server takes the e-mail, then gives back a report built from what it took, at the envelope's own sender."""
    settings.RETOUR_EMAIL = "retours@vigie.example"
    senders: list[str | None] = []
    keep = smtp.keep

    def remember(envelope: Any) -> None:
        senders.append(envelope.mail_from)
        keep(envelope)

    smtp.keep = remember  # type: ignore[method-assign]
    row: Courriel = courriel()
    assert relayer().envoyes == 1
    (message,) = smtp.received
    assert senders == ["retours@vigie.example"] and "ne-pas-repondre@" in str(message["From"])
    (maildir / "new" / "1.x").write_bytes(modele(str(message["Message-ID"]), str(message["To"])))
    lire_rebonds()
    assert fresh(row).etat == EtatCourriel.REJETE
    following = courriel()
    assert relayer().envoyes == 0 and fresh(following).etat == EtatCourriel.A_ENVOYER, "nothing goes to that address any more"
