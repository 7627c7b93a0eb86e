"""Sealing: the order that nothing can join late, one sealer at a time, anchors outside the database."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from journal import anchors
from journal.models import Entree, Sceau
from journal.rules import COLUMNS, GENESIS, link
from journal.sealing import LOCK, CompteurRecule, read_head, sceller
from journal.services import consigner, digest_of
from tests.journal.conftest import seal, verify, write

INSERT = (
    "INSERT INTO journal_entree (le, acteur, origine, action, objet_type, objet_id, motif, empreinte)"
    " VALUES (now(), 'x', 'web', %s, 'essai', 1, '', decode(repeat('00', 32), 'hex')) RETURNING id"
)


def insert(other: psycopg.Connection[Any], action: str) -> int:
    row = other.execute(INSERT, (action,)).fetchone()
    assert row is not None
    return int(row[0])


def test_the_encoding_covers_every_column_of_the_table(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM journal_entree LIMIT 0")
        assert {column.name for column in cursor.description} == set(COLUMNS)


@pytest.mark.usefixtures("journal")
def test_chain_links_every_entry_to_the_one_before() -> None:
    ids = write(5)
    assert seal(lot=2).scelles == 5
    sceaux = list(Sceau.objects.order_by("rang"))
    assert [s.rang for s in sceaux] == [1, 2, 3, 4, 5]
    assert [s.entree_id for s in sceaux] == ids
    precedent = GENESIS
    for sceau in sceaux:
        assert bytes(sceau.precedent) == precedent
        entree = Entree.objects.values_list(*COLUMNS).get(pk=sceau.entree_id)
        precedent = link(precedent, sceau.rang, sceau.scelle_le, tuple(entree))
        assert bytes(sceau.empreinte) == precedent
    assert seal().scelles == 0
    assert verify()[0] == 0


@pytest.mark.usefixtures("journal")
def test_entry_that_commits_late_is_never_behind_the_chain(web_dsn: str) -> None:
    """The early transaction takes the lower xid and id, and commits last: nothing of the later one is sealed before it."""
    with psycopg.connect(web_dsn) as early:
        first = insert(early, "tôt")
        with psycopg.connect(web_dsn) as late:
            second = insert(late, "tard")
        assert first < second
        assert sceller().scelles == 0, "the committed entry waits for the older transaction"
        early.commit()
    assert seal().scelles == 2
    assert list(Sceau.objects.order_by("rang").values_list("entree_id", flat=True)) == [first, second]


@pytest.mark.usefixtures("journal")
def test_entry_with_a_lower_id_but_a_later_transaction_follows(web_dsn: str) -> None:
    """ids are taken out of order (sequences don't roll back or wait): the order is the transactions'."""
    with psycopg.connect(web_dsn) as early, psycopg.connect(web_dsn) as late:
        early.execute("SELECT pg_current_xact_id()")
        low = insert(late, "identifiant bas, transaction haute")
        high = insert(early, "identifiant haut, transaction basse")
        assert low < high
        late.commit()
        assert sceller().scelles == 0
        early.commit()
    assert seal().scelles == 2
    assert list(Sceau.objects.order_by("rang").values_list("entree_id", flat=True)) == [high, low]
    assert verify()[0] == 0


@pytest.mark.usefixtures("journal")
def test_rolled_back_entry_leaves_no_hole_in_the_chain(web_dsn: str) -> None:
    with psycopg.connect(web_dsn) as other:
        insert(other, "abandonnée")
        other.rollback()
    write(1)
    assert seal().tete.rang == 1
    assert verify()[0] == 0


@pytest.mark.usefixtures("journal")
def test_second_sealer_leaves_at_once(web_dsn: str) -> None:
    write(1)
    with psycopg.connect(web_dsn) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        bilan = sceller()
        assert bilan.occupe and bilan.scelles == 0
    assert seal().scelles == 1


@pytest.mark.usefixtures("journal")
def test_restored_counter_stops_the_sealer(owner: psycopg.Connection[Any]) -> None:
    """After a logical restore the server counts transactions from a lower number: old and new would be mixed up."""
    write(1)
    seal()
    owner.execute("UPDATE journal_entree SET xid = '9000000000000'::xid8")
    with pytest.raises(CompteurRecule, match="9000000000000"):
        sceller()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entree SET motif = 'x'",
        "DELETE FROM journal_entree",
        "UPDATE journal_contenu SET donnees = '{}'",
        "DELETE FROM journal_contenu",
        "UPDATE journal_sceau SET rang = 0",
        "DELETE FROM journal_sceau",
        "UPDATE journal_evenement SET type = 'x'",
        "DELETE FROM journal_evenement",
        "TRUNCATE journal_sceau",
        "INSERT INTO journal_entree (id, le) VALUES (1, now())",
        "INSERT INTO journal_entree (xid, le) VALUES ('3', now())",
    ],
)
def test_application_login_can_neither_rewrite_nor_choose_a_place(web_dsn: str, bulle_dsn: str, statement: str) -> None:
    for dsn in (web_dsn, bulle_dsn):
        with psycopg.connect(dsn) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute(statement)


# -- payloads ----------------------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
payloads = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    ),
    max_size=4,
)


@given(donnees=payloads)
def test_digest_survives_the_database(django_db_blocker: Any, django_db_setup: None, donnees: dict[str, Any]) -> None:
    """jsonb reorders keys and rewrites numbers: what comes back must have the digest of what was given."""
    sel = b"0" * 16
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT (%s::jsonb)::text", [json.dumps(donnees)])
        assert digest_of(json.loads(cursor.fetchone()[0]), sel) == digest_of(donnees, sel)


@pytest.mark.django_db
def test_payload_refuses_a_number_that_is_not_whole() -> None:
    with pytest.raises(ValueError, match="amounts as texts"), transaction.atomic():
        consigner(acteur=None, action="essai", objet_type="essai", objet_id=1, donnees={"montant": 12.5})


@pytest.mark.usefixtures("journal")
def test_payload_with_keys_that_are_not_texts_is_still_verified() -> None:
    write(1, donnees={10: "dix", 2: ("deux", None)})
    seal()
    assert verify()[0] == 0


# -- anchors -----------------------------------------------------------------------------------------------------------


def lines(ancres: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(ancres.glob("*.jsonl")) for line in file.read_text().splitlines()]


@pytest.mark.usefixtures("journal")
def test_each_round_that_moves_the_head_anchors_it_once(ancres: Path) -> None:
    seal()
    assert not ancres.exists(), "nothing to anchor before the first seal"
    write(2)
    seal()
    seal()
    write(1)
    seal()
    found = lines(ancres)
    assert [line["rang"] for line in found] == [2, 3]
    assert found[-1]["empreinte"] == read_head().empreinte.hex()


@pytest.mark.usefixtures("journal")
def test_a_day_without_activity_has_its_anchor(ancres: Path, time_machine: Any) -> None:
    time_machine.move_to("2026-11-20 10:00Z", tick=False)
    write(1)
    seal()
    time_machine.shift(24 * 3600)
    seal()
    seal()
    assert [line["rang"] for line in lines(ancres)] == [1, 1]
    assert len(list(ancres.glob("*.jsonl"))) == 2


@pytest.mark.usefixtures("journal")
def test_anchor_after_a_torn_line_stands_on_its_own(ancres: Path) -> None:
    write(1)
    seal()
    (day,) = ancres.glob("*.jsonl")
    with day.open("a") as file:
        file.write('{"rang": 9')
    write(1)
    seal()
    assert json.loads(day.read_text().splitlines()[-1])["rang"] == 2
    code, out = verify()
    assert code == 1 and any("ancre illisible" in line for line in out)


@pytest.fixture
def store(ancres: Path) -> Iterator[Any]:
    """The bucket; what the test put there is taken away afterwards."""
    bucket = anchors._bucket()
    before = {item.key for item in bucket.objects.filter(Prefix=anchors.PREFIX)}
    yield bucket
    for item in bucket.objects.filter(Prefix=anchors.PREFIX):
        if item.key not in before:
            item.delete()


@pytest.mark.usefixtures("journal")
def test_anchors_reach_the_store_and_wait_while_it_is_down(ancres: Path, store: Any, settings: Any) -> None:
    working = settings.STORAGES["default"]
    nowhere = {"OPTIONS": working["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:1"}}
    settings.STORAGES = settings.STORAGES | {"default": working | nowhere}
    write(1)
    assert seal().scelles == 1, "the store being down delays the copy only"
    (day,) = ancres.glob("*.jsonl")
    closed = day.rename(ancres / "2026-01-02.jsonl")
    settings.STORAGES = settings.STORAGES | {"default": working}
    write(1)
    seal()
    folder = f"{anchors.PREFIX}{(ancres / 'poste').read_text()}"

    def stored(file: Path) -> bytes:
        return bytes(store.Object(f"{folder}/{file.name}").get()["Body"].read())

    assert stored(closed) == closed.read_bytes()
    assert stored(day) == day.read_bytes()
    write(1)
    seal()
    assert stored(day).count(b"\n") == 1, "the open day is refreshed every five minutes, not at each round"
    assert anchors.copier(maintenant=timezone.now() + dt.timedelta(minutes=5)) == 1
    assert stored(day).count(b"\n") == 2
    assert anchors.copier(maintenant=timezone.now() + dt.timedelta(minutes=15)) == 0


@pytest.mark.usefixtures("journal")
def test_unwritable_folder_never_blocks_the_sealer(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("")
    settings.ANCRES_DIR = tmp_path / "fichier" / "ancres"
    write(1)
    assert seal().scelles == 1
