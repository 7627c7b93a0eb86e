"""Requests counted in windows of a minute, for all processes together."""

from __future__ import annotations

import secrets

import pytest
import redis

from accounts import cadence


def test_each_door_and_each_person_has_a_count_of_its_own(parts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cadence.time, "time", lambda: 90.0)
    one, other = secrets.token_hex(8), secrets.token_hex(8)
    assert [cadence.compter("essai", one) for _ in range(3)] == [cadence.Compte(fois, 30.0) for fois in (1, 2, 3)]
    assert cadence.compter("essai", other) == cadence.compter("ailleurs", one) == cadence.Compte(1, 30.0)
    monkeypatch.setattr(cadence.time, "time", lambda: 121.0)
    assert cadence.compter("essai", one) == cadence.Compte(1, 59.0), "another minute"


def test_the_store_down_lets_pass(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    dead = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.3)
    monkeypatch.setattr(cadence, "_store", lambda: dead)
    assert cadence.compter("essai", "42") is None
    assert "compteur_absent" in caplog.text and "42" not in caplog.text
