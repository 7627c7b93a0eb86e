"""Every forgery the owner of the database can think of, and the line that tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from journal import anchors
from journal.models import Entree, Sceau
from journal.rules import COLUMNS, GENESIS, link
from journal.sealing import EXPRESSIONS
from tests.journal.conftest import Attack, seal, verify, write


def sql(statement: str, rang: int = 3) -> Attack:
    """An attack on the entry of rank `rang`, named %s."""

    def attack(owner: psycopg.Connection[Any], ids: list[int]) -> object:
        return owner.execute(statement, (ids[rang - 1],) * statement.count("%s"))  # type: ignore[arg-type]

    return attack


def flipped(column: str) -> str:
    return f"{column} = set_byte({column}, 15, get_byte({column}, 15) # 1)"


def delete_entry(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    owner.execute("DELETE FROM journal_contenu WHERE entree_id = %s", (ids[2],))
    owner.execute("DELETE FROM journal_sceau WHERE entree_id = %s", (ids[2],))
    owner.execute("DELETE FROM journal_entree WHERE id = %s", (ids[2],))


def delete_entry_alone(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    """The seal is left behind, the foreign keys being in the way dropped and put back unchecked."""
    keys = owner.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE confrelid = 'journal_entree'::regclass AND contype = 'f'"
    ).fetchall()
    for table, name, _ in keys:
        owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        owner.execute("DELETE FROM journal_entree WHERE id = %s", (ids[2],))
    finally:
        for table, name, definition in keys:
            owner.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")


def swap(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    """Entries 2 and 4 change places in the chain."""
    for entree, rang in ((ids[1], 1000), (ids[3], 2), (ids[1], 4)):
        owner.execute("UPDATE journal_sceau SET rang = %s WHERE entree_id = %s", (rang, entree))


def swap_and_recompute(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    swap(owner, ids)
    recompute(owner)


def recompute(owner: psycopg.Connection[Any]) -> None:
    """What a forger who read our code does last: compute every seal anew, without a gap."""
    rows = owner.execute(
        f"SELECT s.rang, s.scelle_le, {EXPRESSIONS} FROM journal_sceau s JOIN journal_entree e ON e.id = s.entree_id ORDER BY s.rang"
    ).fetchall()
    precedent = GENESIS
    for number, (rang, scelle_le, *entree) in enumerate(rows, start=1):
        empreinte = link(precedent, number, scelle_le, tuple(entree))
        owner.execute(
            "UPDATE journal_sceau SET rang = %s, precedent = %s, empreinte = %s WHERE rang = %s", (number, precedent, empreinte, rang)
        )
        precedent = empreinte


def delete_and_recompute(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    delete_entry(owner, ids)
    recompute(owner)


def change_and_recompute(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    owner.execute("UPDATE journal_entree SET motif = 'réécrit' WHERE id = %s", (ids[2],))
    recompute(owner)


def cut_tail(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    for table, column in (("journal_contenu", "entree_id"), ("journal_sceau", "entree_id"), ("journal_entree", "id")):
        owner.execute(f"DELETE FROM {table} WHERE {column} >= %s", (ids[4],))


def insert_behind(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    owner.execute(
        "INSERT INTO journal_entree (xid, le, acteur, origine, action, objet_type, objet_id, motif, empreinte)"
        " SELECT xid, le, acteur, origine, 'glissée', objet_type, objet_id, motif, empreinte FROM journal_entree WHERE id = %s",
        (ids[2],),
    )
    # The same transaction and a lower id than the last sealed entry's.
    owner.execute("UPDATE journal_entree SET id = -1 WHERE action = 'glissée'")


def insert_ahead(owner: psycopg.Connection[Any], ids: list[int]) -> None:
    owner.execute(
        "INSERT INTO journal_entree (xid, le, acteur, origine, action, objet_type, objet_id, motif, empreinte)"
        " VALUES ('9000000000000', now(), 'x', 'web', 'x', 'x', 1, '', decode(repeat('00', 32), 'hex'))"
    )


ATTACKS: dict[str, tuple[Attack, str]] = {
    "flipped byte of the seal": (sql(f"UPDATE journal_sceau SET {flipped('empreinte')} WHERE entree_id = %s"), "rang 3, "),
    "flipped byte of the seal before": (sql(f"UPDATE journal_sceau SET {flipped('precedent')} WHERE entree_id = %s"), "rang 3, "),
    "instant of sealing": (sql("UPDATE journal_sceau SET scelle_le = scelle_le + interval '1 us' WHERE entree_id = %s"), "rang 3, "),
    "payload changed": (sql("UPDATE journal_contenu SET donnees = '{\"n\": 99}' WHERE entree_id = %s"), "contenu modifié"),
    "salt changed": (sql(f"UPDATE journal_contenu SET {flipped('sel')} WHERE entree_id = %s"), "contenu modifié"),
    "entry deleted with its seal": (delete_entry, "le sceau 3 manque"),
    "entry deleted alone": (delete_entry_alone, "entrée supprimée"),
    "entry deleted, chain recomputed": (delete_and_recompute, "queue coupée"),
    "entry changed, chain recomputed": (change_and_recompute, "contredit l’ancre"),
    "entries swapped": (swap, "entrée déplacée"),
    "entries swapped, chain recomputed": (swap_and_recompute, "entrée déplacée"),
    "tail cut": (cut_tail, "queue coupée"),
    "entry inserted behind": (insert_behind, "insérée après coup"),
    "entry from a transaction to come": (insert_ahead, "entrée forgée"),
    "head cut": (sql("DELETE FROM journal_sceau WHERE entree_id = %s", rang=1), "le sceau 1 manque"),
}  # fmt: skip

CHANGES = {
    "xid": "xid = '3'::xid8", "le": "le = le + interval '1 us'", "acteur_id": "acteur_id = 7", "acteur": "acteur = 'un autre'",
    "origine": "origine = 'bulle'", "action": "action = 'autre'", "objet_type": "objet_type = 'autre'", "objet_id": "objet_id = 77",
    "sinistre_id": "sinistre_id = 77", "motif": "motif = ' '", "empreinte": flipped("empreinte"),
}  # fmt: skip
ATTACKS |= {f"column {name}": (sql(f"UPDATE journal_entree SET {change} WHERE id = %s"), "rang 3, ") for name, change in CHANGES.items()}


def test_every_column_is_attacked() -> None:
    assert set(CHANGES) == set(COLUMNS) - {"id"}


@pytest.mark.parametrize("name", ATTACKS)
def test_forgery_is_told(owner: psycopg.Connection[Any], name: str) -> None:
    attack, telling = ATTACKS[name]
    ids = write(6)
    seal()
    assert verify()[0] == 0
    attack(owner, ids)
    code, out = verify()
    assert code == 1
    assert any(telling in line for line in out), out
    # The sealer's later rounds don't cover the forgery up.
    write(3)
    seal()
    assert verify()[0] == 1


def test_erased_payload_is_allowed_and_counted(owner: psycopg.Connection[Any]) -> None:
    ids = write(4)
    seal()
    owner.execute("DELETE FROM journal_contenu WHERE entree_id = %s", (ids[1],))
    code, out = verify()
    assert code == 0
    assert out == [
        "4 sceau(x) vérifié(s), 1 contenu(s) effacé(s), 1 ancre(s) lue(s), 0 entrée(s) en attente de scellement\u00a0: aucune anomalie."
    ]


def test_what_waits_to_be_sealed_is_no_anomaly(journal: None) -> None:
    write(2)
    seal()
    write(1)
    code, out = verify()
    assert code == 0 and "1 entrée(s) en attente de scellement (la plus ancienne du" in out[-1]


def test_tail_of_a_chain_without_anchors_could_be_cut_unseen_so_that_is_told(journal: None, ancres: Path) -> None:
    write(2)
    seal()
    for file in ancres.iterdir():
        file.unlink()
    code, out = verify()
    assert code == 1 and out[0].startswith("Aucune ancre lue")


def test_anchors_of_another_folder_and_of_the_store(owner: psycopg.Connection[Any], ancres: Path, tmp_path: Path) -> None:
    """The forger who owns the database and the machine's folder is told by a copy kept elsewhere."""
    ids = write(6)
    seal()
    station = (ancres / "poste").read_text()
    elsewhere = tmp_path / "coffre"
    elsewhere.mkdir()
    (day,) = ancres.glob("*.jsonl")
    (elsewhere / day.name).write_bytes(day.read_bytes())
    cut_tail(owner, ids)
    day.write_text(json.dumps({"rang": 4, "empreinte": bytes(Sceau.objects.get(rang=4).empreinte).hex(), "le": ""}))
    try:
        assert verify()[0] == 0, "these anchors were forged too"
        code, out = verify("--ancres", str(elsewhere))
        assert code == 1 and "queue coupée\u00a0: la chaîne s’arrête au rang 4" in out[0]
        code, out = verify("--entrepot")
        assert code == 1 and any(f"ancres/{station}/" in line and "queue coupée" in line for line in out)
    finally:
        for item in anchors._bucket().objects.filter(Prefix=f"ancres/{station}/"):
            item.delete()


def test_pages_join_without_a_gap(journal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journal.verification.PAGE", 2)
    write(5)
    seal()
    code, out = verify()
    assert code == 0 and out[0].startswith("5 sceau(x)")
    assert Entree.objects.count() == 5
