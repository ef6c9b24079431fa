"""Boulevard's webhooks: verified over the raw body, then read as hints."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from vendors.errors import Malformed, Unauthorised, Undocumented
from vendors.pms.base import PmsEvent
from vendors.pms.boulevard.auth import secret_key, sign
from vendors.pms.boulevard.ids import bare, urn

_SALT_PREFIX = "blvd-webhook-v1"

_KINDS = ("Appointment", "Client")
_OTHER_EVENTS = {
    "PING",
    "ORDER_COMPLETED",
    "ORDER_REFUND_CLOSED",
    "PRODUCT_QUANTITY_ADJUSTMENT_CREATED",
}
#: Documented families whose members are not listed anywhere.
_FAMILIES = ("MEMBERSHIP_", "LOCATION_")


class BoulevardWebhooks:
    """Implements `PmsWebhooks`. Several secrets may hold at once while one is being replaced."""

    def __init__(
        self,
        *,
        application_secrets: tuple[str, ...],
        application_id: str | None = None,
        # Whether a repeated delivery is signed anew is not documented, and Boulevard repeats for eight hours and more.
        # A narrow window could lose real events after an outage; a replay inside it meets `event_key` and does nothing.
        max_age: timedelta = timedelta(hours=24),
        max_ahead: timedelta = timedelta(minutes=5),
    ) -> None:
        if not application_secrets:
            raise ValueError("application_secrets is empty; Boulevard's webhooks cannot be verified without one")
        self._keys = tuple(secret_key(secret, field="application_secrets") for secret in application_secrets)
        self._application_id = application_id
        self._max_age = max_age
        self._max_ahead = max_ahead

    def verify_and_parse(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> PmsEvent:
        """Raises `Unauthorised`, `Malformed` or `Undocumented`."""
        self._verify({name.lower(): value for name, value in headers.items()}, body, now)
        return _parse(body)

    def _verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        salt, given = headers.get("x-blvd-hmac-salt", ""), headers.get("x-blvd-hmac-sha256", "")
        message = salt.encode() + b":" + body
        good = [hmac.compare_digest(sign(key, message).encode(), given.encode()) for key in self._keys]
        if not any(good):
            raise Unauthorised("the signature does not hold")
        # From here on the salt is Boulevard's own word.
        prefix, _, rest = salt.partition(":")
        application, _, seconds = rest.rpartition(":")
        if prefix != _SALT_PREFIX or not seconds.isascii() or not seconds.isdigit() or len(seconds) > 11:
            raise Unauthorised("the salt is not of the documented form")
        if self._application_id and bare(application) != bare(self._application_id):
            raise Unauthorised("signed for another application")
        age = now - datetime.fromtimestamp(int(seconds), UTC)
        if age > self._max_age or age < -self._max_ahead:
            raise Unauthorised("signed too long ago, or in the future")


def _parse(body: bytes) -> PmsEvent:
    try:
        envelope = json.loads(body)
    except ValueError as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(envelope, dict):
        raise Malformed("the body is not a JSON object")
    data = envelope.get("data")
    node = data.get("node") if isinstance(data, dict) else None
    node = node if isinstance(node, dict) else {}
    event_type = _event_type(envelope, node)
    node_id, about = _text(node, "id"), _about(node, event_type, _text(envelope, "resource"))
    event = PmsEvent(
        event_key=_event_key(envelope, event_type, node, body),
        event_type=event_type,
        business_ref=_business(envelope, event_type),
        occurred_at=_timestamp(envelope),
        appointment_ref=urn(about, node_id) if node_id and about == "Appointment" else None,
        client_ref=_ref("Client", node_id if about == "Client" else _text(node, "clientId") or _nested(node, "client")),
        location_ref=_ref("Location", _text(node, "locationId") or _nested(node, "location")),
    )
    if about is not None and node_id is None:
        raise Undocumented(f"data.node.id is missing, so nobody can say which {about} it is about", event=event)
    if about is None and event_type not in _OTHER_EVENTS and not event_type.startswith(_FAMILIES):
        raise Undocumented("eventType is not one that Boulevard documents", event=event)
    return event


def _about(node: Mapping[str, Any], event_type: str, resource: str | None) -> str | None:
    """The kind of record an event is about, where it is one that matters here.

    Live tenants send other types than the documented ones ("appointment", APPOINTMENT_CANCELED), so the node counts
    first, and the type only where the node does not say; `resource` where neither does.
    """
    kind = _kind(node)
    if kind is not None:
        return next((each for each in _KINDS if each.upper() == kind.upper()), None)
    by_type = next((each for each in _KINDS if event_type.startswith(each.upper())), None)
    return by_type or (resource if resource in _KINDS and _text(node, "id") else None)


def _kind(node: Mapping[str, Any]) -> str | None:
    return _text(node, "__typename") or _kind_of_urn(_text(node, "id"))


def _kind_of_urn(node_id: str | None) -> str | None:
    """The kind inside `urn:blvd:<kind>:<uuid>`."""
    parts = (node_id or "").split(":")
    return parts[2] if len(parts) == 4 and node_id == urn(parts[2], parts[3]) else None


def _event_type(envelope: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """`eventType` (APPOINTMENT_CREATED), or the dotted `event` (appointment.created) in its spelling, or what the node
    is."""
    named = _text(envelope, "eventType") or _text(envelope, "event") or _kind(node)
    if named is None:
        raise Malformed("eventType and event are missing")
    return named.replace(".", "_").upper()


def _event_key(envelope: Mapping[str, Any], event_type: str, node: Mapping[str, Any], body: bytes) -> str:
    if key := _text(envelope, "idempotencyKey"):
        return key
    when = _text(envelope, "timestamp") or sha256(body).hexdigest()
    parts = (_text(envelope, "webhookId"), event_type, _text(node, "id"), when)
    return "|".join(part or "-" for part in parts)


def _business(envelope: Mapping[str, Any], event_type: str) -> str:
    business = _text(envelope, "businessId")
    if business is None and event_type != "PING":
        # What a PING carries is not documented, and refusing it could keep the webhook from being set up.
        raise Malformed("businessId is missing")
    return urn("Business", business) if business else ""


def _nested(node: Mapping[str, Any], field: str) -> str | None:
    inner = node.get(field)
    return _text(inner, "id") if isinstance(inner, dict) else None


def _timestamp(envelope: Mapping[str, Any]) -> datetime | None:
    value = _text(envelope, "timestamp")
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise Malformed("timestamp is not ISO 8601") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _ref(kind: str, value: str | None) -> str | None:
    return urn(kind, value) if value else None


def _text(mapping: Mapping[str, Any], field: str) -> str | None:
    value = mapping.get(field)
    return value if isinstance(value, str) and value else None
