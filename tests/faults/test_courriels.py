"""A fault at every statement from the event to the settled e-mail: the next round ends the work, and nothing comes twice."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import Sinistre
from journal.models import Curseur, EvenementEcarte
from notifications.composition import composer
from notifications.derivation import CONSUMER, deriver
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel
from notifications.models import Annonce, Courriel
from notifications.relay import relayer
from tests import factories as f
from tests.faults.conftest import Fault, count_statements, fault_at
from tests.horizon import wait_for_horizon
from tests.notifications.nouvelles import a_dire, wants_acknowledgements_at_once
from tests.notifications.serveur_smtp import Server, point_at, served

pytestmark = pytest.mark.usefixtures("vraie_base")

LONG = bool(os.environ.get("VIGIE_PROVE"))


@pytest.fixture
def smtp(settings: Any) -> Iterator[Server]:
    server = Server()
    with served(server) as port:
        point_at(settings, port, 5)
        yield server


def round_of_work() -> None:
    deriver()
    composer()
    relayer()


def start_over(m: f.Monde, server: Server) -> None:
    """The events are still to be derived, and a digest's annonces to be placed."""
    Annonce.objects.all().delete()
    Courriel.objects.all().delete()
    server.received.clear()
    Curseur.objects.filter(nom=CONSUMER).update(xid=0, evenement_id=0, tentatives=0, reprise_le=None, erreur="")
    sinistre = Sinistre.objects.select_related("collectivite").first()
    assert sinistre is not None
    Annonce.objects.bulk_create([a_dire(sinistre, m.mairie, Cadence.RECAPITULATIF) for _ in range(2)])
    Annonce.objects.update(prevue_le=timezone.now())


def time_passes() -> None:
    """Leases are over, and the time to try again has come."""
    Courriel.objects.filter(etat=EtatCourriel.EN_COURS).update(bail_jusqu_a=timezone.now())
    Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).update(prochaine_le=timezone.now())
    Curseur.objects.filter(nom=CONSUMER).update(reprise_le=None)


def faults(total: int) -> list[tuple[int, bool]]:
    """Each statement, before it reaches the database and after it has done its work there; one in three, in turn, in `make test`."""
    if LONG:
        return [(rank, after) for rank in range(1, total + 1) for after in (False, True)]
    return [(rank, bool(rank % 2)) for rank in range(1, total + 1, 3)]


def test_a_fault_at_any_statement_is_mended_by_the_next_round(smtp: Server) -> None:
    """Two acknowledgements and a digest of two things. In doubt is at most the one whose settlement was cut."""
    m = f.monde()
    wants_acknowledgements_at_once(m.mairie)
    for _ in range(2):
        f.sinistre(m, de=f.agent(m.collectivite))
    wait_for_horizon(300)
    start_over(m, smtp)
    round_of_work()
    start_over(m, smtp)
    total = count_statements(round_of_work)
    news, sent = Annonce.objects.count(), len(smtp.received)
    assert (news, sent) == (4, 3) and total > 40
    doubts = 0
    for rank, after in faults(total):
        start_over(m, smtp)
        with contextlib.suppress(Fault), fault_at(rank, after=after):
            round_of_work()
        assert not connection.in_atomic_block
        for _ in range(2):
            time_passes()
            round_of_work()
        where = f"statement {rank} of {total}"
        assert Annonce.objects.filter(etat=EtatAnnonce.CONFIEE).count() == news, where
        rows, accepted = list(Courriel.objects.all()), smtp.ids()
        assert len(rows) == sent and set(accepted.values()) == {1}, where
        doubtful = [row for row in rows if row.etat == EtatCourriel.INCERTAIN]
        assert {row.etat for row in rows} <= {EtatCourriel.ENVOYE, EtatCourriel.INCERTAIN} and len(doubtful) <= 1, where
        assert {row.message_id for row in rows} - set(accepted) <= {row.message_id for row in doubtful}, where
        doubts += len(doubtful)
    assert not EvenementEcarte.objects.exists(), "no event was given up"
    assert doubts <= (2 * 3 if LONG else 3) * sent, "only around a settlement"
