"""X-Twilio-Signature over URL and form, as the security guide describes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def sign(token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return the signature of a form POST: the URL, then each name and value, sorted; a repeated pair counts once."""
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
