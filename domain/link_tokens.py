"""Tokens of links that are shown again and again: made from a row's nonce and the installation's secret.

The row alone does not tell the token, and the digest it is found by does not either.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

#: 192 bits.
_BYTES = 24


def token_of(nonce: str, *, secret: str) -> str:
    made = hmac.new(secret.encode(), f"task-list:{nonce}".encode(), sha256).digest()
    return urlsafe_b64encode(made[:_BYTES]).decode()


def digest_of(token: str, *, secret: str) -> str:
    """What is kept of a token, and looked up by."""
    return hmac.new(secret.encode(), f"task-list-token:{token}".encode(), sha256).hexdigest()
