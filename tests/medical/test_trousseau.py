"""The rings: keys of a file or a variable, and keys that a key management service keeps."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from moto import mock_aws

from medical.enveloppe import new_data_key, open_data_key, rewrap
from medical.errors import CleIndisponible
from medical.models import Cle
from medical.trousseau import TrousseauKms, TrousseauLocal

KEY = base64.b64encode(b"0" * 32).decode()


@pytest.mark.parametrize(
    "cles",
    [
        [KEY],
        [":" + KEY],
        ["une:pas-du-base64!"],
        ["une:" + base64.b64encode(b"court").decode()],
        ["une:" + KEY, "une:" + KEY],
        ["deux mots:" + KEY],
    ],
    ids=["no identifier", "empty identifier", "not base64", "short", "twice", "space"],
)
def test_a_ring_that_is_wrong_says_so_and_shows_no_key(cles: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        TrousseauLocal(cles)
    assert "VIGIE_MEDICAL_KEYS" in str(refused.value)
    assert KEY not in str(refused.value) and "pas-du-base64" not in str(refused.value)


def test_the_first_wraps_and_all_open() -> None:
    old = TrousseauLocal([f"ancienne:{KEY}"])
    both = TrousseauLocal([f"nouvelle:{base64.b64encode(b'1' * 32).decode()}", f"ancienne:{KEY}"])
    wrapped = old.wrap(b"d" * 32, b"ici")
    assert both.courante == "nouvelle" and both.unwrap("ancienne", wrapped, b"ici") == b"d" * 32
    with pytest.raises(CleIndisponible):
        both.unwrap("nouvelle", wrapped, b"ici")
    with pytest.raises(CleIndisponible):
        both.unwrap("ancienne", wrapped, b"ailleurs")
    with pytest.raises(CleIndisponible):
        both.unwrap("ancienne", b"", b"ici")


# -- A key management service: the only part of this house that is only imitated in tests ------------------------------------


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "essai")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "essai")
    settings.MEDICAL_KEYS, settings.MEDICAL_KMS_ENDPOINT_URL = [], ""
    with mock_aws():
        yield boto3.session.Session().client("kms", region_name=settings.S3_REGION)


def test_kms_wraps_for_one_label(kms: Any, settings: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    ring = TrousseauKms([key], "", settings.S3_REGION)
    data = secrets.token_bytes(32)
    wrapped = ring.wrap(data, b"medical_cle:une:emballee")
    assert data not in wrapped
    assert ring.unwrap(key, wrapped, b"medical_cle:une:emballee") == data
    with pytest.raises(CleIndisponible):
        ring.unwrap(key, wrapped, b"medical_cle:autre:emballee")
    with pytest.raises(CleIndisponible):
        ring.unwrap("une-autre-cle", wrapped, b"medical_cle:une:emballee")


def test_kms_by_alias_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="alias"):
        TrousseauKms(["alias/vigie"], "http://127.0.0.1:1", "us-east-1")


@pytest.mark.bulle
@pytest.mark.django_db
def test_rotation_from_one_kms_key_to_another(kms: Any, settings: Any) -> None:
    old, new = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    settings.MEDICAL_KMS_KEYS = [old]
    ouverte = new_data_key()
    settings.MEDICAL_KMS_KEYS = [new, old]
    assert rewrap(ouverte.cle.pk)
    cle = Cle.objects.get(pk=ouverte.cle.pk)
    assert cle.kek == new and open_data_key(cle).brute == ouverte.brute


@pytest.mark.bulle
@pytest.mark.django_db
def test_kms_down_or_key_withdrawn(kms: Any, settings: Any) -> None:
    """moto lets a disabled key work: what is tried is a service that does not answer, and a key that left our settings."""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    settings.MEDICAL_KMS_KEYS = [key]
    cle = new_data_key().cle
    settings.MEDICAL_KMS_KEYS = [kms.create_key()["KeyMetadata"]["KeyId"]]
    with pytest.raises(CleIndisponible):
        open_data_key(cle)
    settings.MEDICAL_KMS_KEYS = [key]
    open_data_key(cle)
    settings.MEDICAL_KMS_ENDPOINT_URL = "http://127.0.0.1:1"
    with pytest.raises(CleIndisponible):
        open_data_key(cle)
    with pytest.raises(CleIndisponible):
        new_data_key()
