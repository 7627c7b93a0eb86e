"""The same key, person and request: one creation, one answer. On real connections, at the same moment."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from api.models import CleIdempotence
from api.tasks import purger_cles
from cases.models import Sinistre
from tests import factories as f
from tests.api.conftest import Caller, champs, token_of

Par = Callable[[User], Caller]


def test_same_key_same_request(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    mairie = par(m.mairie)
    first = mairie.post("sinistres/", declaration, Idempotency_Key="k1")
    shuffled = dict(reversed(declaration.items()))
    second = mairie.post("sinistres/", shuffled, Idempotency_Key="k1")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content and first["Location"] == second["Location"] and first["ETag"] == second["ETag"]
    assert not first.has_header("Idempotent-Replayed") and second["Idempotent-Replayed"] == "true"
    assert Sinistre.objects.count() == 1


def test_same_key_other_request(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    mairie = par(m.mairie)
    mairie.post("sinistres/", declaration, Idempotency_Key="k1")
    other = mairie.post("sinistres/", declaration | {"tiers_possible": True}, Idempotency_Key="k1")
    assert other.status_code == 422 and "Idempotency-Key" in champs(other)
    assert Sinistre.objects.count() == 1


def test_a_key_belongs_to_one_person(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    par(m.mairie).post("sinistres/", declaration, Idempotency_Key="k1")
    foreign = declaration | {"collectivite": m.autre_collectivite.siret, "agent": m.autre_agent.matricule}
    assert par(m.mairie2).post("sinistres/", foreign, Idempotency_Key="k1").status_code == 201
    assert par(m.mairie2).post("sinistres/", declaration, Idempotency_Key="k1").status_code == 422
    assert Sinistre.objects.count() == 2


def test_a_refusal_frees_its_key(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    mairie = par(m.mairie)
    wrong = mairie.post("sinistres/", declaration | {"nature": "PPR"}, Idempotency_Key="k1")
    assert wrong.status_code == 422 and not CleIdempotence.objects.exists()
    assert mairie.post("sinistres/", declaration, Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("cle", ["", "é", "a b", "x" * 101])
def test_malformed_keys(m: f.Monde, par: Par, declaration: dict[str, Any], cle: str) -> None:
    response = par(m.mairie).post("sinistres/", declaration, Idempotency_Key=cle)
    assert response.status_code == 400 and "Idempotency-Key" in champs(response)
    assert not Sinistre.objects.exists()


def test_a_lost_right_reads_no_kept_answer(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    par(m.mairie).post("sinistres/", declaration, Idempotency_Key="k1")
    m.mairie.habilitations.update(fin=timezone.localdate() - dt.timedelta(days=1))
    assert par(m.mairie).post("sinistres/", declaration, Idempotency_Key="k1").status_code == 403


def test_old_answers_are_erased(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    par(m.mairie).post("sinistres/", declaration, Idempotency_Key="k1")
    assert purger_cles() == 0
    CleIdempotence.objects.update(cree_le=timezone.now() - dt.timedelta(hours=49))
    assert purger_cles() == 1 and purger_cles() == 0


def test_sixteen_at_once_create_one(vraie_base: None) -> None:
    m = f.monde()
    secret = token_of(m.mairie)
    debut = (timezone.localdate() - dt.timedelta(days=45)).isoformat()
    body = {
        "collectivite": m.collectivite.siret, "agent": m.agent.matricule, "nature": "CMO", "survenance": debut,
        "arret": {"debut": debut, "fin": debut, "certificat": debut}, "tiers_possible": False,
    }  # fmt: skip
    barrier, answers = threading.Barrier(16), []

    def send() -> None:
        caller = Caller(secret)
        barrier.wait()
        try:
            answers.append(caller.post("sinistres/", body, Idempotency_Key="une-seule"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1 and Sinistre.objects.count() == 1
    assert sum(a.has_header("Idempotent-Replayed") for a in answers) == 15
