"""How a call is signed: the shape of the public specification « Standard Webhooks », so that receivers find a library in their language.

`Webhook-Signature` is a list parted by spaces of « v1,<base64 of HMAC-SHA256(secret, id.timestamp.body)> », one for each secret in force:
two for a day after a rotation.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"


def en_texte(secret: bytes) -> str:
    """The secret as it is shown, once."""
    return PREFIX + base64.b64encode(secret).decode()


def signer(secrets: Iterable[bytes], identifiant: str, horodatage: int, corps: bytes) -> str:
    """The value of `Webhook-Signature`. `horodatage`: seconds since 1970, as `Webhook-Timestamp` gives them."""
    signe = f"{identifiant}.{horodatage}.".encode() + corps
    return " ".join("v1," + base64.b64encode(hmac.digest(secret, signe, "sha256")).decode() for secret in secrets)
