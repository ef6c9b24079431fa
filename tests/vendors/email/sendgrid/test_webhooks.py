"""SendGrid's event webhook, over the vector of its own library and recorded events."""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.vendors.recorded_payloads import decoded, raw
from vendors.email.base import MailEvent, MailReport, MailState
from vendors.email.sendgrid import SendGridWebhooks
from vendors.errors import Malformed, Unauthorised

_VECTOR_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaIN"
    "XvVpiglSI8eNEc6wEA3F+g=="
)
_VECTOR_HEADERS = {
    "X-Twilio-Email-Event-Webhook-Signature": (
        "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
    ),
    "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
}
_VECTOR_TIME = datetime.fromtimestamp(1600112502, UTC)

_PRIVATE = ec.generate_private_key(ec.SECP256R1())
_PUBLIC = base64.b64encode(_PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
_NOW = datetime(2026, 3, 4, 16, 5, tzinfo=UTC)
_WEBHOOKS = SendGridWebhooks(public_keys=(_VECTOR_KEY, _PUBLIC))


def _headers(body: bytes, *, at: datetime = _NOW) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = _PRIVATE.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": timestamp,
    }


def _events(body: bytes, *, at: datetime = _NOW) -> tuple[MailReport | None, ...]:
    return tuple(event.report for event in _WEBHOOKS.events(headers=_headers(body, at=at), body=body, now=_NOW))


def _reports(body: bytes) -> list[MailReport]:
    return [report for report in _events(body) if report is not None]


def test_the_library_vector_holds_and_is_read() -> None:
    [event] = _WEBHOOKS.events(headers=_VECTOR_HEADERS, body=raw("sendgrid/signed_event.json"), now=_VECTOR_TIME)

    assert event == MailEvent(
        raw=json.dumps(decoded("sendgrid/signed_event.json")[0]),
        report=MailReport(
            event_key="ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
            event_type="dropped",
            ref="LRzXl_NHStOGhQ4kofSm_A",
            key=None,
            state=MailState.FAILED,
            occurred_at=datetime.fromtimestamp(1600112492, UTC),
            permanent=True,
        ),
    )


@pytest.mark.parametrize(
    "body",
    [
        raw("sendgrid/signed_event.json").rstrip(),
        raw("sendgrid/signed_event.json").replace(b"dropped", b"deliver"),
        json.dumps(decoded("sendgrid/signed_event.json")).encode(),
        b"\xff\xfe",
    ],
    ids=["without its CR LF", "another event", "serialised again", "not text"],
)
def test_an_altered_body_is_refused(body: bytes) -> None:
    with pytest.raises(Unauthorised):
        _WEBHOOKS.events(headers=_VECTOR_HEADERS, body=body, now=_VECTOR_TIME)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Twilio-Email-Event-Webhook-Timestamp": "1600112503"},
        {"X-Twilio-Email-Event-Webhook-Timestamp": ""},
        {"X-Twilio-Email-Event-Webhook-Signature": ""},
        {"X-Twilio-Email-Event-Webhook-Signature": "!!"},
        {"X-Twilio-Email-Event-Webhook-Signature": "é"},
        {"X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(b"forged").decode()},
    ],
)
def test_a_forged_signature_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(Unauthorised):
        _WEBHOOKS.events(headers=_VECTOR_HEADERS | changes, body=raw("sendgrid/signed_event.json"), now=_VECTOR_TIME)


def test_another_accounts_key_is_refused() -> None:
    with pytest.raises(Unauthorised):
        SendGridWebhooks(public_keys=(_PUBLIC,)).events(
            headers=_VECTOR_HEADERS, body=raw("sendgrid/signed_event.json"), now=_VECTOR_TIME
        )


@pytest.mark.parametrize("at", [_NOW - timedelta(hours=27), _NOW + timedelta(minutes=11)])
def test_a_replay_outside_the_window_is_refused(at: datetime) -> None:
    with pytest.raises(Unauthorised):
        _events(b"[]", at=at)


def test_a_repeat_hours_later_is_taken_and_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        reports = _events(b"[]", at=_NOW - timedelta(hours=3))

    assert (reports, "180 minutes" in caplog.text) == ((), True)


def test_events_keep_what_they_say_about_delivery() -> None:
    reports = _reports(raw("sendgrid/events.json"))

    assert [(report.event_type, report.state, report.permanent, report.unsubscribed) for report in reports] == [
        ("processed", MailState.ACCEPTED, False, False),
        ("deferred", MailState.ACCEPTED, False, False),
        ("delivered", MailState.DELIVERED, False, False),
        ("bounce", MailState.FAILED, True, False),
        ("bounce", MailState.FAILED, False, False),
        ("dropped", MailState.FAILED, True, False),
        ("open", None, False, False),
        ("spamreport", None, True, True),
        ("group_unsubscribe", None, True, True),
        ("something_new", None, False, False),
    ]


def test_a_late_bounce_without_our_key_leads_back_by_its_message() -> None:
    bounce = _reports(raw("sendgrid/events.json"))[3]

    assert (bounce.key, bounce.ref) == (None, "LRzXl_NHStOGhQ4kofSm_A")


def test_a_bounce_outranks_a_delivery() -> None:
    assert [state.rank for state in (MailState.ACCEPTED, MailState.DELIVERED, MailState.FAILED)] == [0, 1, 2]


@pytest.mark.parametrize("reason", ["Unsubscribed Address", "Spam Reporting Address"])
def test_a_drop_for_an_unwilling_owner_is_a_refusal_of_mail(reason: str) -> None:
    row = {**decoded("sendgrid/signed_event.json")[0], "reason": reason}

    [report] = _reports(json.dumps([row]).encode())

    assert (report.state, report.permanent, report.unsubscribed) == (MailState.FAILED, True, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "array"),
        (b"oops", "JSON"),
    ],
)
def test_what_is_no_batch_at_all_is_malformed(body: bytes, field: str) -> None:
    with pytest.raises(Malformed, match=field):
        _events(body)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (1, "event 1 is not an object"),
        (None, "event 1 is not an object"),
        ({"timestamp": 1, "sg_event_id": "a"}, "event 1: event is missing"),
        ({"event": 5, "timestamp": 1, "sg_event_id": "a"}, "event 1: event is missing"),
        ({"event": "open", "timestamp": 1}, "event 1: sg_event_id is missing"),
        ({"event": "open", "sg_event_id": "a" * 501, "timestamp": 1}, "event 1: sg_event_id is longer than 500"),
        ({"event": "open", "sg_event_id": "a", "timestamp": "now"}, "event 1: timestamp is not in unix seconds"),
        ({"event": "open", "sg_event_id": "a", "timestamp": True}, "event 1: timestamp is not in unix seconds"),
    ],
)
def test_one_bad_event_costs_none_of_its_neighbours(bad: Any, why: str) -> None:
    good = decoded("sendgrid/events.json")
    body = json.dumps([good[0], bad, good[2]]).encode()

    first, unread, last = _WEBHOOKS.events(headers=_headers(body), body=body, now=_NOW)

    assert [first.report is not None, last.report is not None, unread.report] == [True, True, None]
    assert (unread.why[: len(why)], json.loads(unread.raw)) == (why, bad)


def test_a_key_that_is_none_is_named_with_the_way_out() -> None:
    with pytest.raises(ValueError, match="public_keys"):
        SendGridWebhooks(public_keys=("nonsense",))
