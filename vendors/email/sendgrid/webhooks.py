"""SendGrid's event webhook: a signed JSON array, often repeated and out of order."""

from __future__ import annotations

import binascii
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sendgrid.helpers.eventwebhook import EventWebhook

from vendors.email.base import MailEvent, MailReport, MailState
from vendors.errors import Malformed, Unauthorised

_log = logging.getLogger(__name__)

_STATES = {
    "processed": MailState.ACCEPTED,
    "deferred": MailState.ACCEPTED,
    "delivered": MailState.DELIVERED,
    "bounce": MailState.FAILED,
    "dropped": MailState.FAILED,
}
_UNSUBSCRIBES = frozenset({"unsubscribe", "group_unsubscribe", "spamreport"})
#: SendGrid's have about 50; ours is a bound on what an index has to hold.
_LONGEST_KEY = 500
#: Reasons of a drop that mean the owner does not want mail, rather than that the mailbox is gone.
_UNWANTED = ("unsubscribe", "spam report")


class SendGridWebhooks:
    """Implements `MailWebhooks`. Two public keys hold at once while one is being replaced.

    Every event type is kept; those that say nothing about delivery have no `state`. None of them is a client's answer:
    privacy proxies open mails and scanners follow links.
    """

    def __init__(
        self,
        *,
        public_keys: tuple[str, ...],
        # SendGrid repeats for 24 hours, and whether a repeat is stamped anew is not documented: refusing early could
        # lose events, while a replay meets `event_key` and does nothing. Older than `usual_age` is told in the log.
        max_age: timedelta = timedelta(hours=26),
        usual_age: timedelta = timedelta(minutes=10),
    ) -> None:
        if not public_keys:
            raise ValueError("public_keys is empty; SendGrid's webhooks cannot be verified without one")
        try:
            self._verifiers = tuple(EventWebhook(key) for key in public_keys)
        except ValueError as error:
            raise ValueError(
                "public_keys holds no base64 public key; copy it from the signed webhook's page"
            ) from error
        self._max_age = max_age
        self._usual_age = usual_age

    def events(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[MailEvent, ...]:
        """Raises `Unauthorised`, or `Malformed` where the body is no JSON array."""
        self._verify({name.lower(): value for name, value in headers.items()}, body, now)
        try:
            rows = json.loads(body)
        except ValueError as error:
            raise Malformed("the body is not JSON") from error
        if not isinstance(rows, list):
            raise Malformed("the body is not a JSON array")
        return tuple(_event(row, index) for index, row in enumerate(rows))

    def _verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        signature = headers.get("x-twilio-email-event-webhook-signature", "")
        timestamp = headers.get("x-twilio-email-event-webhook-timestamp", "")
        try:
            text = body.decode("utf-8")
            good = any(verifier.verify_signature(text, signature, timestamp) for verifier in self._verifiers)
        except (UnicodeDecodeError, binascii.Error, ValueError) as error:
            raise Unauthorised("the signature or the body cannot be read") from error
        if not good:
            raise Unauthorised("the signature does not hold")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
            raise Unauthorised("the timestamp is not in seconds")
        age = now - datetime.fromtimestamp(int(timestamp), UTC)
        if age > self._max_age or age < -self._usual_age:
            raise Unauthorised("signed too long ago, or in the future")
        if age > self._usual_age:
            _log.warning("sendgrid: events signed %d minutes ago", age.total_seconds() // 60)


def _event(row: Any, index: int) -> MailEvent:
    raw = json.dumps(row)
    try:
        return MailEvent(raw=raw, report=_report(row, index))
    except Malformed as error:
        return MailEvent(raw=raw, report=None, why=str(error))


def _report(row: Any, index: int) -> MailReport:
    if not isinstance(row, dict):
        raise Malformed(f"event {index} is not an object")
    event_type = _required(row, index, "event")
    message_id, key = row.get("sg_message_id"), row.get("intent")
    reason = str(row.get("reason") or "").lower()
    unwanted = event_type == "dropped" and any(word in reason for word in _UNWANTED)
    # A bounce of the type "blocked" is a temporary refusal; a drop means SendGrid's own list holds the address.
    gone = event_type == "dropped" or (event_type == "bounce" and row.get("type") != "blocked")
    unsubscribed = event_type in _UNSUBSCRIBES or unwanted
    return MailReport(
        event_key=_event_key(row, index),
        event_type=event_type,
        # Begins with the X-Message-Id of the send, up to the first dot.
        ref=message_id.split(".", 1)[0] if isinstance(message_id, str) and message_id else None,
        # Late bounces can lack it; then `ref` is the way back to the mail.
        key=key if isinstance(key, str) and key else None,
        state=_STATES.get(event_type),
        occurred_at=_instant(row, index),
        permanent=gone or unsubscribed,
        unsubscribed=unsubscribed,
    )


def _event_key(row: Mapping[str, Any], index: int) -> str:
    key = _required(row, index, "sg_event_id")
    if len(key) > _LONGEST_KEY:
        raise Malformed(f"event {index}: sg_event_id is longer than {_LONGEST_KEY} characters")
    return key


def _instant(row: Mapping[str, Any], index: int) -> datetime:
    seconds = row.get("timestamp")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < 10**11:
        raise Malformed(f"event {index}: timestamp is not in unix seconds")
    return datetime.fromtimestamp(seconds, UTC)


def _required(row: Mapping[str, Any], index: int, field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value:
        raise Malformed(f"event {index}: {field} is missing")
    return value
