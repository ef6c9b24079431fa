"""Jane's webhooks: signed with the secret of their subscription, and carrying ids alone."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from vendors.errors import Malformed, Unauthorised, Undocumented
from vendors.pms.base import PmsEvent
from vendors.pms.jane.client import TOPICS

#: What the signature covers is not documented: the raw body, or the timestamp, a dot and the body.
Signed = Literal["body", "timestamp.body"]


class JaneWebhooks:
    """Implements `PmsWebhooks`. Every subscription has a secret of its own, so several hold."""

    def __init__(
        self,
        *,
        secrets: tuple[str, ...],
        signed: Signed = "body",
        clinic_guid: int | None = None,
        # Whether and how long Jane repeats is not documented. A replay inside the window meets `event_key` and does
        # nothing.
        max_age: timedelta = timedelta(hours=24),
        max_ahead: timedelta = timedelta(minutes=5),
    ) -> None:
        if not secrets or not all(secrets):
            raise ValueError("secrets is empty; Jane's webhooks cannot be verified without one")
        self._keys = tuple(secret.encode() for secret in secrets)
        self._signed = signed
        self._clinic = clinic_guid
        self._max_age = max_age
        self._max_ahead = max_ahead

    def verify_and_parse(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> PmsEvent:
        """Raises `Unauthorised`, `Malformed` or `Undocumented`."""
        self._verify({name.lower(): value for name, value in headers.items()}, body)
        envelope = _envelope(body)
        event = _event(envelope)
        if self._clinic is not None and event.business_ref != str(self._clinic):
            raise Unauthorised("signed for another clinic")
        if event.occurred_at is None or not -self._max_ahead <= now - event.occurred_at <= self._max_age:
            raise Unauthorised("of too long ago, or of the future")
        if event.event_type not in TOPICS:
            raise Undocumented("event_topic is not one that Jane documents", event=event)
        return event

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        scheme, _, given = headers.get("x-jane-signature", "").partition("=")
        message = body
        if self._signed == "timestamp.body":
            message = headers.get("x-jane-timestamp", "").encode() + b"." + body
        # Every key is tried, whatever the first says: the time taken tells nothing.
        good = [hmac.compare_digest(hmac.digest(key, message, sha256), _digest(given)) for key in self._keys]
        if scheme != "sha256" or not any(good):
            raise Unauthorised("the signature does not hold")


def _digest(given: str) -> bytes:
    """The digest in hex or base64: which of them Jane sends is not documented."""
    try:
        return bytes.fromhex(given) if len(given) == 64 else base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _envelope(body: bytes) -> Mapping[str, Any]:
    try:
        envelope = json.loads(body)
    except ValueError as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(envelope, dict):
        raise Malformed("the body is not a JSON object")
    return envelope


def _event(envelope: Mapping[str, Any]) -> PmsEvent:
    clinic = envelope.get("clinic_guid")
    if isinstance(clinic, bool) or not isinstance(clinic, int):
        raise Malformed("clinic_guid is missing")
    topic = _text(envelope, "event_topic")
    try:
        at = datetime.fromisoformat(_text(envelope, "event_timestamp"))
    except ValueError as error:
        raise Malformed("event_timestamp is not ISO 8601") from error
    if at.tzinfo is None:
        raise Malformed("event_timestamp is without an offset")
    return PmsEvent(
        event_key=_text(envelope, "event_id"),
        event_type=topic,
        business_ref=str(clinic),
        occurred_at=at,
        appointment_ref=_text(envelope, "appointment_id") if topic in TOPICS else None,
    )


def _text(envelope: Mapping[str, Any], field: str) -> str:
    value = envelope.get(field)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{field} is missing")
    return value
