"""The S3 store as every process talks to it, whichever server answers."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

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


class Store(S3Storage):
    def get_default_settings(self) -> dict[str, Any]:
        found: dict[str, Any] = super().get_default_settings()
        return {**found, "client_config": CLIENT}
