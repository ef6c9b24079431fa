"""Reads API requests strictly: against the vendor's own document first, then by the rules it states in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandboxes.common.schema_check import SpecExtract
from sandboxes.twilio import errors
from sandboxes.twilio.callbacks import is_callable_url
from sandboxes.twilio.segments import smart_encoded

SPEC = SpecExtract("sandboxes.twilio")
E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
LONGEST_VALIDITY_SECONDS = 36000


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """A request to send, found well formed."""

    to: str
    body: str
    sender: str | None
    service: str | None
    callback: str | None
    media: int
    send_at: datetime | None
    valid_seconds: int


def typed(operation: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Turn a form or query into the values the vendor's schema speaks of, and check them. Raises RefusedError."""
    properties = SPEC.properties(operation)
    document: dict[str, Any] = {}
    for name, text in pairs:
        schema = properties.get(name, {})
        if schema.get("type") == "array":
            document.setdefault(name, []).append(text)
        elif name in document:
            raise errors.refuse(20001, f"Parameter '{name}' is given more than once")
        else:
            document[name] = _value(text, schema.get("type", "string"))
    for problem in SPEC.problems(f"{operation}.request", document):
        if problem.keyword == "required":
            raise errors.refuse(21604)
        raise errors.refuse(20001, f"Invalid parameter {problem.path}: {problem.message}".replace(" :", ":"))
    return document


def new_message(pairs: list[tuple[str, str]]) -> NewMessage:
    """Read the form of CreateMessage. Raises RefusedError with the code Twilio gives."""
    form = typed("CreateMessage", pairs)
    to, sender, service = form["To"], form.get("From"), form.get("MessagingServiceSid")
    if not to:
        raise errors.refuse(21604)
    if not E164.fullmatch(to):
        raise errors.refuse(21211, f"The 'To' number {to} is not a valid phone number.")
    if not sender and not service:
        raise errors.refuse(21603)
    body = form.get("Body", "")
    if form.get("SmartEncoded", False):
        body = smart_encoded(body)
    if not body and "MediaUrl" not in form and "ContentSid" not in form:
        raise errors.refuse(21602)
    if len(body) > LONGEST_BODY:
        raise errors.refuse(21617)
    callback = form.get("StatusCallback")
    if callback is not None and not is_callable_url(callback):
        raise errors.refuse(21609)
    validity = form.get("ValidityPeriod", LONGEST_VALIDITY_SECONDS)
    if not 1 <= validity <= LONGEST_VALIDITY_SECONDS:
        raise errors.refuse(20001, "ValidityPeriod must be between 1 and 36000 seconds")
    return NewMessage(
        to=to,
        body=body,
        sender=sender,
        service=service,
        callback=callback,
        media=len(form.get("MediaUrl", [])),
        send_at=_send_at(form, service),
        valid_seconds=validity,
    )


def _send_at(form: dict[str, Any], service: str | None) -> datetime | None:
    if "ScheduleType" not in form:
        if "SendAt" in form:
            raise errors.refuse(20001, "SendAt needs ScheduleType=fixed")
        return None
    if not service:
        raise errors.refuse(35118)
    if "SendAt" not in form:
        raise errors.refuse(35111)
    try:
        moment = datetime.fromisoformat(form["SendAt"])
    except ValueError:
        raise errors.refuse(20001, "SendAt is not an ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _value(text: str, kind: str) -> Any:
    """Return the value a form text stands for, or the text itself so that the schema refuses it."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind in {"integer", "number"}:
        try:
            return int(text) if kind == "integer" else float(text)
        except ValueError:
            return text
    return text
