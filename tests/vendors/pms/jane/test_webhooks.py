"""Jane's webhooks: what holds, what does not, and what is read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.vendors.pms.jane.clinic import ref
from tests.vendors.recorded_payloads import decoded, raw
from vendors.errors import Malformed, Unauthorised, Undocumented
from vendors.pms.base import PmsEvent
from vendors.pms.jane import JaneWebhooks

_NOW = datetime(2026, 3, 1, 15, 5, tzinfo=UTC)
_STAMP = "2026-03-01T15:04:06Z"
_WEBHOOKS = JaneWebhooks(secrets=("whsec_booked", "whsec_cancelled"), clinic_guid=40211)


def _mac(message: bytes, secret: str = "whsec_cancelled") -> bytes:
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def _signed(body: bytes, secret: str = "whsec_cancelled") -> dict[str, str]:
    return {"X-Jane-Signature": f"sha256={_mac(body, secret).hex()}", "X-Jane-Timestamp": _STAMP}


def _read(body: bytes, headers: dict[str, str] | None = None, *, now: datetime = _NOW) -> PmsEvent:
    return _WEBHOOKS.verify_and_parse(headers=_signed(body) if headers is None else headers, body=body, now=now)


def _envelope(**changes: Any) -> bytes:
    return json.dumps({**decoded("jane/webhook_appointment_cancelled.json"), **changes}).encode()


def test_a_cancellation_is_a_hint_with_references_only() -> None:
    assert _read(raw("jane/webhook_appointment_cancelled.json")) == PmsEvent(
        event_key="0d7e0000-0000-4000-8000-000000000001",
        event_type="APPOINTMENT_CANCELLED",
        business_ref="40211",
        occurred_at=datetime(2026, 3, 1, 15, 4, 5, tzinfo=UTC),
        appointment_ref=ref(41),
    )


def test_each_subscriptions_secret_holds() -> None:
    body = _envelope()

    assert _read(body, _signed(body, "whsec_booked")).appointment_ref == ref(41)


def test_a_digest_in_base64_holds_too() -> None:
    body = _envelope()

    event = _read(body, {"x-jane-signature": "sha256=" + base64.b64encode(_mac(body)).decode()})

    assert event.appointment_ref == ref(41)


def test_where_the_timestamp_is_signed_it_decides() -> None:
    webhooks = JaneWebhooks(secrets=("whsec_cancelled",), signed="timestamp.body")
    body = _envelope()
    headers = {
        "X-Jane-Signature": "sha256=" + _mac(_STAMP.encode() + b"." + body).hex(),
        "X-Jane-Timestamp": _STAMP,
    }

    assert webhooks.verify_and_parse(headers=headers, body=body, now=_NOW).appointment_ref == ref(41)
    with pytest.raises(Unauthorised):
        webhooks.verify_and_parse(headers=_signed(body), body=body, now=_NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-jane-signature": "sha256="},
        {"x-jane-signature": "sha256=" + "0" * 64},
        {"x-jane-signature": "sha256=" + "z" * 64},
        {"x-jane-signature": _mac(_envelope()).hex()},
        {"x-jane-signature": "sha1=" + _mac(_envelope()).hex()},
        _signed(_envelope(), "whsec_of_somebody_else"),
        _signed(b"another body"),
    ],
)
def test_a_forged_call_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorised):
        _read(_envelope(), headers)


@pytest.mark.parametrize("age", [timedelta(hours=25), timedelta(minutes=-10)])
def test_an_event_of_long_ago_or_of_the_future_is_refused(age: timedelta) -> None:
    with pytest.raises(Unauthorised):
        _read(_envelope(), now=datetime(2026, 3, 1, 15, 4, 5, tzinfo=UTC) + age)


def test_an_event_of_another_clinic_is_refused() -> None:
    with pytest.raises(Unauthorised):
        _read(_envelope(clinic_guid=7))


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"{", "JSON"),
        (b"[]", "JSON object"),
        (_envelope(event_id=None), "event_id"),
        (_envelope(event_topic=None), "event_topic"),
        (_envelope(appointment_id=None), "appointment_id"),
        (_envelope(clinic_guid=True), "clinic_guid"),
        (_envelope(event_timestamp="yesterday"), "event_timestamp"),
        (_envelope(event_timestamp="2026-03-01T15:04:05"), "event_timestamp"),
    ],
)
def test_what_jane_could_never_have_sent_is_malformed(body: bytes, names: str) -> None:
    with pytest.raises(Malformed, match=names):
        _read(body)


def test_a_topic_nobody_here_knows_is_kept_with_what_could_be_read() -> None:
    with pytest.raises(Undocumented) as caught:
        _read(_envelope(event_topic="PATIENT_MERGED", appointment_id=None))

    assert caught.value.event is not None
    assert (caught.value.event.event_type, caught.value.event.appointment_ref) == ("PATIENT_MERGED", None)


def test_webhooks_without_a_secret_are_said_when_they_are_put_in() -> None:
    with pytest.raises(ValueError, match="secrets"):
        JaneWebhooks(secrets=("",))
