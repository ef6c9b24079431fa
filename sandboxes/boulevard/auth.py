"""The Admin API's Basic token: an HMAC over a prefix, the business and the second it was made in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from sandboxes.boulevard.config import hmac_key
from sandboxes.boulevard.ids import bare

PREFIX = "blvd-admin-v1"
_MAC_LENGTH = 44  # base64 of the 32 bytes of SHA-256


def refusal(
    authorization: str | None, *, api_key: str, api_secret: str, business_id: str, now: float, tolerance_seconds: int
) -> str | None:
    """Why this `Authorization` header is refused, or None when it is good.

    The reason goes to the ledger only: the caller of the API reads "Unauthorized".
    """
    if not authorization or not authorization.startswith("Basic "):
        return "no Basic authorization"
    try:
        key, _, token = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "the Basic value is not base64 of text"
    if not hmac.compare_digest(key.encode(), api_key.encode()):
        return "unknown API key"
    mac, payload = token[:_MAC_LENGTH], token[_MAC_LENGTH:]
    expected = hmac.new(hmac_key(api_secret), payload.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(mac.encode(), base64.b64encode(expected)):
        return "the token's signature does not match its payload"
    if not payload.startswith(PREFIX + bare(business_id)):
        return "the token names another prefix or business"
    stamp = payload.removeprefix(PREFIX + bare(business_id))
    if not (stamp.isascii() and stamp.isdigit()):
        return "the token carries no unix second"
    if abs(now - int(stamp)) > tolerance_seconds:
        return f"the token is {abs(now - int(stamp)):.0f} s away from now"
    return None
