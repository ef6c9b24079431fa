"""Boulevard's two signatures: the token of a request to them, and the mark on a webhook from them."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256

from vendors.pms.boulevard.ids import bare

_TOKEN_PREFIX = "blvd-admin-v1"
_STANDARD_ALPHABET = str.maketrans("-_", "+/")
#: Characters of a secret of sixteen bytes. What is shorter and without padding is a secret cut off, not a secret.
_LONG = 22


def secret_key(secret: str, *, field: str) -> bytes:
    """The HMAC key inside a secret as the developer portal shows it, in either alphabet of base64; a long one may have
    lost its padding. Raises `ValueError` naming `field`."""
    text = secret.strip().translate(_STANDARD_ALPHABET)
    if len(text) >= _LONG:
        text = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{field} is not base64; copy it again from Boulevard's developer portal") from error
    if not key:
        raise ValueError(f"{field} is empty; copy it from Boulevard's developer portal")
    return key


def sign(key: bytes, message: bytes) -> str:
    """Base64 of HMAC-SHA-256."""
    return base64.b64encode(hmac.new(key, message, sha256).digest()).decode("ascii")


def authorization(*, api_key: str, key: bytes, business_id: str, unix_seconds: int) -> str:
    """The `Authorization` header of one request; a token lives only briefly, so each request gets its own."""
    payload = f"{_TOKEN_PREFIX}{bare(business_id)}{unix_seconds}"
    token = sign(key, payload.encode()) + payload
    return "Basic " + base64.b64encode(f"{api_key}:{token}".encode()).decode("ascii")
