"""The relay and the database: a lock that it waits for in vain, a session that ends under it."""

from __future__ import annotations

import contextlib

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from notifications import relay
from notifications.enums import EtatCourriel
from notifications.models import Courriel
from notifications.relay import Bilan, relayer
from notifications.rendering import Lues
from tests.notifications.serveur_smtp import Server
from tests.notifications.test_relay import courriel, due_again, fresh

pytestmark = pytest.mark.usefixtures("vraie_base")


def test_a_lock_waited_for_in_vain_keeps_no_other(smtp: Server, monkeypatch: pytest.MonkeyPatch, web_dsn: str) -> None:
    """To hand over what it carries, it needs rows that somebody works on for longer than the database waits."""
    waiting, other = courriel(), courriel()
    read = relay.lire

    with psycopg.connect(web_dsn) as somebody:

        def waits(row: Courriel) -> Lues:
            if row.pk == waiting.pk:
                somebody.execute("SELECT 1 FROM notifications_courriel WHERE id = %s FOR UPDATE", (row.pk,))
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = 50")
                    try:
                        list(Courriel.objects.select_for_update(of=("self",)).filter(pk=row.pk))
                    finally:
                        somebody.rollback()
            return read(row)

        monkeypatch.setattr(relay, "lire", waits)
        assert relayer() == Bilan(envoyes=1, repousses=1)
    assert smtp.ids() == {other.message_id: 1}
    assert (fresh(waiting).etat, fresh(waiting).erreur) == (EtatCourriel.A_ENVOYER, "OperationalError à l’écriture")


def test_a_connection_that_is_lost_gives_back_what_was_not_begun(smtp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database ends our session between two e-mails of a lot: no lease has to run out."""
    sent, inhand, other = (courriel() for _ in range(3))
    read = relay.lire

    def cut(row: Courriel) -> Lues:
        if row.pk == inhand.pk:
            with connection.cursor() as cursor, contextlib.suppress(OperationalError):
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return read(row)

    with monkeypatch.context() as patch:
        patch.setattr(relay, "lire", cut)
        with pytest.raises((OperationalError, InterfaceError)):
            relayer()
    assert smtp.ids() == {sent.message_id: 1}
    assert [(fresh(row).etat, fresh(row).tentatives) for row in (inhand, other)] == [
        (EtatCourriel.A_ENVOYER, 1),
        (EtatCourriel.A_ENVOYER, 0),
    ]
    due_again(inhand)
    assert relayer() == Bilan(envoyes=2)
    assert smtp.ids() == {row.message_id: 1 for row in (sent, inhand, other)}
