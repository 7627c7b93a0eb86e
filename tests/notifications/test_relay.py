"""The relay against a real SMTP server that accepts, refuses, falls silent, or takes the message and drops the line."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import types
import uuid
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail import send_mail
from django.db import connection
from django.utils import timezone

from notifications import relay
from notifications.enums import EtatCourriel, GenreCourriel
from notifications.models import Annonce, Courriel
from notifications.relay import Bilan, relayer
from notifications.rendering import Rendu
from notifications.services import deposer
from notifications.tasks import relever
from tests import factories
from tests.horizon import wait_for_horizon
from tests.notifications.serveur_smtp import Answer, Server, drop_line, served

pytestmark = pytest.mark.usefixtures("vraie_base")


def courriel(**champs: Any) -> Courriel:
    valeurs = {
        "cle": f"essai:{uuid.uuid4()}",
        "genre": GenreCourriel.ACCUSE_DECLARATION,
        "adresse": "mairie@test.example",
        "objet": "Dossier 2026-000001\u00a0: déclaration enregistrée",
        "texte": "Bonjour,\n\nà bientôt.\n",
        "html": "<!doctype html><html lang='fr'><p>Bonjour</p></html>",
    } | champs
    deposer([Courriel(**valeurs)])
    return Courriel.objects.get(cle=valeurs["cle"])


def fresh(row: Courriel) -> Courriel:
    return Courriel.objects.get(pk=row.pk)


def due_again(row: Courriel) -> None:
    Courriel.objects.filter(pk=row.pk).update(prochaine_le=timezone.now())


def test_sent_once_with_its_own_message_id(smtp: Server) -> None:
    row = courriel()
    assert relayer() == Bilan(envoyes=1)
    assert relayer() == Bilan()
    (message,) = smtp.received
    assert message["Message-ID"] == row.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert str(message["Subject"]).strip() == row.objet and message["To"] == row.adresse
    assert {part.get_content_type() for part in message.walk()} == {"multipart/alternative", "text/plain", "text/html"}
    row = fresh(row)
    assert (row.etat, row.tentatives, row.conserve) == (EtatCourriel.ENVOYE, 1, False) and row.envoye_le is not None


def test_same_intent_is_put_in_the_outbox_once(smtp: Server) -> None:
    row = courriel(cle="sinistre.declare:1:2")
    deposer([Courriel(cle=row.cle, genre=row.genre, adresse="autre@test.example", objet="x", texte="y")])
    assert fresh(row).adresse == "mairie@test.example" and Courriel.objects.count() == 1


def test_temporary_refusal_is_tried_again_later_and_later(smtp: Server) -> None:
    row = courriel()
    delays = []
    for _ in range(3):
        smtp.at_rcpt.append("451 plus tard")
        assert relayer() == Bilan(repousses=1)
        assert relayer() == Bilan(), "not before its time"
        row = fresh(row)
        assert row.etat == EtatCourriel.A_ENVOYER and row.erreur == "SMTPRecipientsRefused 451"
        delays.append(round((row.prochaine_le - timezone.now()).total_seconds() / 60))
        due_again(row)
    assert delays == [1, 2, 4]
    assert relayer() == Bilan(envoyes=1)
    assert fresh(row).tentatives == 4 and smtp.ids() == {row.message_id: 1}


def test_lasting_refusal_is_given_up_at_once(smtp: Server) -> None:
    row, other = courriel(), courriel()
    smtp.at_rcpt.append("550 inconnu")
    assert relayer() == Bilan(envoyes=1, abandonnes=1)
    assert fresh(row).etat == EtatCourriel.ABANDONNE and fresh(other).etat == EtatCourriel.ENVOYE
    assert row.adresse not in fresh(row).erreur


def test_refused_content_was_not_accepted(smtp: Server) -> None:
    row = courriel()
    smtp.at_data.append(lambda *_: "452 disque plein")
    assert relayer() == Bilan(repousses=1)
    due_again(row)
    smtp.at_data.append(lambda *_: "554 refusé")
    assert relayer() == Bilan(abandonnes=1)


def test_given_up_after_the_last_attempt(smtp: Server) -> None:
    row = courriel()
    Courriel.objects.filter(pk=row.pk).update(tentatives=relay.ATTEMPTS - 1)
    smtp.at_rcpt.append("451 plus tard")
    assert relayer() == Bilan(abandonnes=1)


def test_line_dropped_before_the_message_is_no_doubt(smtp: Server) -> None:
    row = courriel()
    smtp.at_rcpt.append("drop")
    assert relayer() == Bilan(repousses=1)
    due_again(row)
    assert relayer() == Bilan(envoyes=1)
    assert smtp.ids() == {row.message_id: 1}


@pytest.mark.parametrize(
    ("said", "bilan"), [("251 pris", Bilan(envoyes=1)), ("399 ?", Bilan(incertains=1)), ("bonjour", Bilan(incertains=1))]
)
def test_answer_to_the_dot_that_is_no_refusal_is_never_tried_again(smtp: Server, said: str, bilan: Bilan) -> None:
    row = courriel()

    def answer(_: SMTP, envelope: Envelope) -> str:
        smtp.keep(envelope)
        return said

    smtp.at_data.append(answer)
    assert relayer() == bilan
    due_again(row)
    assert relayer() == Bilan() and smtp.ids() == {row.message_id: 1}


def test_answer_too_long_to_be_read_is_uncertain(smtp: Server) -> None:
    row = courriel()
    smtp.at_data.append(lambda *_: "250 " + "o" * 10_000)
    assert relayer() == Bilan(incertains=1) and fresh(row).etat == EtatCourriel.INCERTAIN


def accept_then_drop(controller: Server) -> Answer:
    def answer(server: SMTP, envelope: Envelope) -> str:
        controller.keep(envelope)
        drop_line(server)
        return "250 OK"

    return answer


def test_accepted_then_dropped_is_uncertain_and_never_sent_again(smtp: Server) -> None:
    row, other = courriel(), courriel()
    smtp.at_data.append(accept_then_drop(smtp))
    assert relayer() == Bilan(envoyes=1, incertains=1)
    assert fresh(row).etat == EtatCourriel.INCERTAIN
    due_again(row)
    assert relayer() == Bilan()
    assert smtp.ids() == {row.message_id: 1, other.message_id: 1}


def test_silence_after_the_message_is_uncertain(smtp: Server, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 0.3

    class Slow(Server):
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            await asyncio.sleep(1)
            return "250 OK"

    row = courriel()
    with served(Slow()) as port:
        settings.EMAIL_PORT = port
        assert relayer() == Bilan(incertains=1)
    assert fresh(row).erreur in ("TimeoutError", "SMTPServerDisconnected")


def test_server_down_leaves_every_e_mail_untouched(smtp: Server, settings: Any) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    row = courriel()
    assert relayer() == Bilan()
    assert (fresh(row).etat, fresh(row).tentatives) == (EtatCourriel.A_ENVOYER, 0)
    settings.EMAIL_PORT = port
    assert relayer() == Bilan(envoyes=1), "work resumes by itself"


def test_dead_relay_leaves_doubt_on_one_e_mail_only(smtp: Server, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> None:
    """Killed after the server's 250 and before our commit: the window in which nobody can know. The others it held are sent."""
    rows = [courriel() for _ in range(3)]

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(relay, "_settle", die)
        with pytest.raises(Killed):
            relayer()
    assert relayer() == Bilan(), "the lease still holds"
    Courriel.objects.filter(etat=EtatCourriel.EN_COURS).update(bail_jusqu_a=timezone.now())
    assert relayer() == Bilan(envoyes=2, incertains=1)
    assert relayer() == Bilan()
    assert smtp.ids() == {row.message_id: 1 for row in rows}
    assert [fresh(row).etat for row in rows] == [EtatCourriel.INCERTAIN, EtatCourriel.ENVOYE, EtatCourriel.ENVOYE]


def test_killed_before_the_final_dot_is_sent_again(smtp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has gone but not its dot: the server took nothing, nobody is in doubt."""
    row = courriel()

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(relay, "_mark", die)
        with pytest.raises(Killed):
            relayer()
    assert not smtp.received
    Courriel.objects.filter(pk=row.pk).update(bail_jusqu_a=timezone.now())
    assert relayer() == Bilan(envoyes=1)
    assert smtp.ids() == {row.message_id: 1}


def test_relay_that_lost_its_lease_before_the_dot_sends_nothing(smtp: Server, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_TIMEOUT = 30
    row = courriel()
    mark = relay._mark

    def too_late(*arguments: Any) -> None:
        Courriel.objects.filter(pk=row.pk).update(bail=uuid.uuid4())
        mark(*arguments)

    monkeypatch.setattr(relay, "_mark", too_late)
    began = time.monotonic()
    assert relayer() == Bilan()
    assert not smtp.received and fresh(row).etat == EtatCourriel.EN_COURS
    assert time.monotonic() - began < 20, "it hangs up: whatever it said would be read as the message"


def test_e_mail_that_cannot_be_written_keeps_no_other_from_leaving(smtp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = courriel(), courriel()
    write = relay.ecrire

    def fail(row: Courriel, *rest: Any) -> Rendu | None:
        if row.pk == broken.pk:
            raise KeyError("inconnue")
        return write(row, *rest)

    monkeypatch.setattr(relay, "ecrire", fail)
    assert relayer() == Bilan(envoyes=1, repousses=1)
    assert smtp.ids() == {other.message_id: 1}
    assert (fresh(broken).etat, fresh(broken).erreur) == (EtatCourriel.A_ENVOYER, "KeyError à l’écriture")
    Courriel.objects.filter(pk=broken.pk).update(prochaine_le=timezone.now(), tentatives=relay.ATTEMPTS - 1)
    assert relayer() == Bilan(abandonnes=1)


def test_what_relays_die_of_takes_no_other_with_it(smtp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed each time at the same e-mail, as for want of memory: the others leave, and it alone is given up."""
    fatal, *others = (courriel() for _ in range(5))
    write = relay.ecrire

    class Killed(BaseException):
        pass

    def die(row: Courriel, *rest: Any) -> Rendu | None:
        if row.pk == fatal.pk:
            raise Killed
        return write(row, *rest)

    monkeypatch.setattr(relay, "ecrire", die)
    deaths = 0
    while fresh(fatal).etat != EtatCourriel.ABANDONNE:
        with contextlib.suppress(Killed):
            relayer()
            continue
        deaths += 1
        with contextlib.suppress(Killed):
            relayer()
        Courriel.objects.filter(etat=EtatCourriel.EN_COURS).update(bail_jusqu_a=timezone.now())
    assert deaths == relay.ATTEMPTS
    assert smtp.ids() == {row.message_id: 1 for row in others}
    assert max(fresh(row).tentatives for row in others) <= relay.SUSPECT + 1


def test_time_that_is_up_gives_back_what_was_not_begun(smtp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [courriel() for _ in range(4)]
    times = iter([0.0, 0.0, 1.0, 2.0])
    monkeypatch.setattr(relay, "time", types.SimpleNamespace(monotonic=lambda: next(times, 10_000.0)))
    assert relayer() == Bilan(envoyes=2)
    assert [(fresh(row).etat, fresh(row).tentatives) for row in rows[2:]] == [(EtatCourriel.A_ENVOYER, 0)] * 2
    monkeypatch.undo()
    assert relayer() == Bilan(envoyes=2) and smtp.ids() == {row.message_id: 1 for row in rows}


def test_lines_that_begin_with_a_dot_arrive_whole(smtp: Server) -> None:
    courriel(texte=".\n..deux\nfin\n", html="")
    relayer()
    assert smtp.received[0].get_content().replace("\r\n", "\n") == ".\n..deux\nfin\n"


def test_relay_that_lost_its_lease_changes_nothing(smtp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    row = courriel()
    settle = relay._settle

    def too_late(*arguments: Any) -> None:
        Courriel.objects.filter(pk=row.pk).update(bail_jusqu_a=timezone.now())
        relay._free_dead_leases(Bilan())
        settle(*arguments)

    monkeypatch.setattr(relay, "_settle", too_late)
    relayer()
    assert fresh(row).etat == EtatCourriel.INCERTAIN


def test_two_relays_at_once_double_nothing(smtp: Server) -> None:
    rows = [courriel() for _ in range(60)]
    barrier = threading.Barrier(3)
    counts: list[int] = []

    def work() -> None:
        barrier.wait()
        counts.append(relayer().envoyes)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 60
    assert smtp.ids() == {row.message_id: 1 for row in rows}
    assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.ENVOYE}


# -- the embedded default ----------------------------------------------------------------------------------------------


@pytest.fixture
def kept(settings: Any) -> None:
    settings.EMAIL_BACKEND = "notifications.backends.BoiteEnvoi"
    settings.EMAIL_OUTBOX_ONLY = True


@pytest.mark.usefixtures("kept")
def test_embedded_default_keeps_what_would_have_left() -> None:
    row = courriel()
    assert relayer(limite=10) == Bilan(envoyes=1)
    row = fresh(row)
    assert (row.etat, row.conserve) == (EtatCourriel.ENVOYE, True) and row.envoye_le is not None
    assert Courriel.objects.count() == 1


@pytest.mark.usefixtures("kept")
def test_embedded_default_keeps_the_mail_of_sign_in() -> None:
    send_mail("Nouveau mot de passe", "https://…/secret", None, ["Anne <anne@test.example>"], html_message="<p>secret</p>")
    row = Courriel.objects.get()
    assert (row.genre, row.etat, row.conserve, row.adresse) == (GenreCourriel.COMPTE, EtatCourriel.ENVOYE, True, "anne@test.example")
    assert (row.objet, row.html) == ("Nouveau mot de passe", "<p>secret</p>")


@pytest.mark.usefixtures("kept")
def test_task_derives_then_sends() -> None:
    m = factories.monde()
    factories.sinistre(m)
    wait_for_horizon()
    assert relever() == 0, "a quarter of an hour for the declarations that follow"
    Annonce.objects.update(prevue_le=timezone.now())
    assert relever() == 1
    assert relever() == 0
    assert Courriel.objects.get().etat == EtatCourriel.ENVOYE
