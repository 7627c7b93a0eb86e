"""S3 as every process talks to it, whichever server answers: one configuration, one list of what « down » means."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError

# Many S3-compatible stores refuse the checksums that boto3 adds; ours is a SHA-256 verified on read-back.
CLIENT = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    connect_timeout=3,
    read_timeout=20,
    retries={"max_attempts": 2, "mode": "standard"},
)
DOWN = (BotoCoreError, ClientError, RetriesExceededError, HTTPError, OSError)
"""What boto3 lets through when the store fails: transfers raise the errors of s3transfer and urllib3 as they are."""


class Store(S3Storage):
    """The backend of STORAGES."""

    def get_default_settings(self) -> dict[str, Any]:
        found: dict[str, Any] = super().get_default_settings()
        return {**found, "client_config": CLIENT}


def client(endpoint: str, key: str, secret: str) -> Any:
    """A client of that store, one for all threads of the process."""
    return _client(endpoint, key, secret, settings.S3_REGION)


@lru_cache(maxsize=8)
def _client(endpoint: str, key: str, secret: str, region: str) -> Any:
    return boto3.session.Session().client(
        "s3", endpoint_url=endpoint or None, aws_access_key_id=key, aws_secret_access_key=secret, region_name=region, config=CLIENT
    )


def says_absent(error: Exception) -> bool:
    """Whether the store answered that there is no such object: to a HEAD it says it in a number only."""
    return isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey", "NotFound"}
