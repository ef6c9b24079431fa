"""Boulevard's webhooks: what holds, what does not, and what is read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.vendors.recorded_payloads import decoded, raw
from vendors.errors import Malformed, Unauthorised, Undocumented
from vendors.pms.base import PmsEvent
from vendors.pms.boulevard import BoulevardWebhooks

_KEY = b"application secret bytes"
_SECRET = base64.b64encode(_KEY).decode()
_NOW = datetime(2026, 3, 1, 13, 33, tzinfo=UTC)
_WEBHOOKS = BoulevardWebhooks(application_secrets=(_SECRET,), application_id="urn:blvd:ApiApplication:bbbb")


def _headers(body: bytes, *, at: datetime = _NOW, key: bytes = _KEY, application: str = "bbbb") -> dict[str, str]:
    salt = f"blvd-webhook-v1:{application}:{int(at.timestamp())}"
    mac = hmac.new(key, salt.encode() + b":" + body, hashlib.sha256).digest()
    return {"X-Blvd-Hmac-Salt": salt, "x-blvd-hmac-sha256": base64.b64encode(mac).decode()}


def _read(body: bytes, headers: dict[str, str] | None = None, *, now: datetime = _NOW) -> PmsEvent:
    return _WEBHOOKS.verify_and_parse(headers=_headers(body) if headers is None else headers, body=body, now=now)


def _envelope(**changes: Any) -> bytes:
    return json.dumps({**decoded("boulevard/webhook_appointment_created.json"), **changes}).encode()


def test_an_appointment_event_is_a_hint_with_references_only() -> None:
    assert _read(raw("boulevard/webhook_appointment_created.json")) == PmsEvent(
        event_key="018f0000-0000-7000-8000-000000000002",
        event_type="APPOINTMENT_CREATED",
        business_ref="urn:blvd:Business:aaaa",
        occurred_at=datetime(2026, 3, 1, 13, 32, 53, 768886, tzinfo=UTC),
        appointment_ref="urn:blvd:Appointment:7d1c3a52",
        client_ref="urn:blvd:Client:2222",
        location_ref="urn:blvd:Location:1111",
    )


def test_an_event_about_an_order_names_no_appointment() -> None:
    event = _read(raw("boulevard/webhook_order_completed.json"))

    assert (event.event_type, event.appointment_ref) == ("ORDER_COMPLETED", None)


def test_a_node_with_only_an_id_is_enough() -> None:
    event = _read(_envelope(data={"node": {"id": "7d1c3a52"}}))

    assert (event.appointment_ref, event.client_ref) == ("urn:blvd:Appointment:7d1c3a52", None)


def test_the_dotted_name_serves_where_the_other_is_missing() -> None:
    assert _read(_envelope(eventType=None)).event_type == "APPOINTMENT_CREATED"


def test_repeats_of_one_event_have_one_key_even_without_the_vendors() -> None:
    first, repeat = _read(_envelope(idempotencyKey=None)), _read(_envelope(idempotencyKey=None))
    other = _read(_envelope(idempotencyKey=None, timestamp="2026-03-01T13:32:54Z"))

    assert first.event_key == repeat.event_key != other.event_key


def test_a_ping_is_taken_whatever_it_carries() -> None:
    assert _read(b'{"event": "ping"}').event_type == "PING"


def test_an_altered_body_is_refused() -> None:
    body = raw("boulevard/webhook_order_completed.json")

    with pytest.raises(Unauthorised):
        _read(body.replace(b"9999", b"9998"), _headers(body))


def test_an_altered_time_is_refused() -> None:
    body = raw("boulevard/webhook_order_completed.json")
    old = _headers(body, at=_NOW - timedelta(days=3))
    fresh = old["X-Blvd-Hmac-Salt"].replace(
        str(int((_NOW - timedelta(days=3)).timestamp())), str(int(_NOW.timestamp()))
    )

    with pytest.raises(Unauthorised):
        _read(body, {**old, "X-Blvd-Hmac-Salt": fresh})


@pytest.mark.parametrize("at", [_NOW - timedelta(hours=25), _NOW + timedelta(minutes=6)])
def test_a_replay_outside_the_window_is_refused(at: datetime) -> None:
    body = raw("boulevard/webhook_order_completed.json")

    with pytest.raises(Unauthorised):
        _read(body, _headers(body, at=at))


def test_a_repeat_hours_later_still_holds() -> None:
    body = raw("boulevard/webhook_order_completed.json")

    assert _read(body, _headers(body, at=_NOW - timedelta(hours=9))).event_type == "ORDER_COMPLETED"


def test_another_key_another_application_and_no_signature_are_refused() -> None:
    body = raw("boulevard/webhook_order_completed.json")

    for headers in (_headers(body, key=b"guess"), _headers(body, application="dddd"), {}):
        with pytest.raises(Unauthorised):
            _read(body, headers)


def test_the_hexadecimal_spelling_is_refused() -> None:
    body = raw("boulevard/webhook_order_completed.json")
    headers = _headers(body)
    hexadecimal = base64.b64decode(headers["x-blvd-hmac-sha256"]).hex()

    with pytest.raises(Unauthorised):
        _read(body, {**headers, "x-blvd-hmac-sha256": hexadecimal})


@pytest.mark.parametrize(
    "salt", ["", "blvd-webhook-v1", "blvd-webhook-v2:bbbb:1772371980", "blvd-webhook-v1:bbbb:soon"]
)
def test_a_signed_salt_of_another_form_is_refused(salt: str) -> None:
    body = b"{}"
    mac = base64.b64encode(hmac.new(_KEY, salt.encode() + b":" + body, hashlib.sha256).digest()).decode()

    with pytest.raises(Unauthorised):
        _read(body, {"x-blvd-hmac-salt": salt, "x-blvd-hmac-sha256": mac})


def test_both_secrets_hold_while_one_is_replaced() -> None:
    body = raw("boulevard/webhook_order_completed.json")
    webhooks = BoulevardWebhooks(application_secrets=(base64.b64encode(b"new").decode(), _SECRET))

    for key in (_KEY, b"new"):
        event = webhooks.verify_and_parse(headers=_headers(body, key=key), body=body, now=_NOW)
        assert event.event_type == "ORDER_COMPLETED"


_ROBOT = {"node": {"__typename": "Robot", "id": "urn:blvd:Robot:1"}}


def test_an_unknown_type_is_undocumented_and_carries_what_could_be_read() -> None:
    with pytest.raises(Undocumented) as caught:
        _read(_envelope(eventType="ROBOT_HIRED", event="robot.hired", data=_ROBOT))

    assert caught.value.event is not None
    assert caught.value.event.event_key == "018f0000-0000-7000-8000-000000000002"


@pytest.mark.parametrize(
    "named",
    [
        {"eventType": "appointment"},
        {"eventType": "APPOINTMENT_CANCELED"},
        {"eventType": "APPOINTMENT_NO_SHOW"},
        {"eventType": "ROBOT_HIRED"},
        {"eventType": "CLIENT_UPDATED"},
        {"eventType": None, "event": "appointment.cancelled"},
    ],
)
@pytest.mark.parametrize(
    "node",
    [
        {"__typename": "Appointment", "id": "7d1c3a52"},
        {"__typename": "APPOINTMENT", "id": "7d1c3a52"},
        {"id": "urn:blvd:Appointment:7d1c3a52"},
    ],
)
def test_an_appointment_is_a_hint_whatever_the_type_says(named: dict[str, Any], node: dict[str, str]) -> None:
    assert _read(_envelope(**named, data={"node": node})).appointment_ref == "urn:blvd:Appointment:7d1c3a52"


def test_an_appointment_is_a_hint_though_nothing_names_the_event() -> None:
    node = {"id": "urn:blvd:Appointment:7d1c3a52"}

    event = _read(_envelope(eventType=None, event=None, data={"node": node}))

    assert (event.event_type, event.appointment_ref) == ("APPOINTMENT", "urn:blvd:Appointment:7d1c3a52")


def test_a_bare_id_of_an_unknown_type_is_what_the_resource_says() -> None:
    event = _read(_envelope(eventType="VISIT_CHANGED", resource="Appointment", data={"node": {"id": "7d1c3a52"}}))

    assert event.appointment_ref == "urn:blvd:Appointment:7d1c3a52"


def test_another_record_is_no_hint_though_the_type_names_appointments() -> None:
    order = {"node": {"__typename": "Order", "id": "urn:blvd:Order:9999"}}

    with pytest.raises(Undocumented) as caught:
        _read(_envelope(eventType="APPOINTMENT_CREATED", data=order))

    assert caught.value.event is not None
    assert caught.value.event.appointment_ref is None


@pytest.mark.parametrize("event_type", ["client", "CLIENT_CREATED", "CLIENT_MERGED"])
def test_an_event_about_a_client_names_the_client(event_type: str) -> None:
    event = _read(_envelope(eventType=event_type, data={"node": {"__typename": "Client", "id": "2222"}}))

    assert (event.appointment_ref, event.client_ref) == (None, "urn:blvd:Client:2222")


@pytest.mark.parametrize("data", [{"node": None}, {"node": {}}, {}, None])
@pytest.mark.parametrize("event_type", ["APPOINTMENT_CANCELLED", "appointment", "CLIENT_UPDATED"])
def test_an_event_without_its_node_is_kept_and_reported(event_type: str, data: object) -> None:
    with pytest.raises(Undocumented, match=r"data\.node\.id") as caught:
        _read(_envelope(eventType=event_type, data=data))

    assert caught.value.event is not None
    assert (caught.value.event.appointment_ref, caught.value.event.event_key) == (
        None,
        "018f0000-0000-7000-8000-000000000002",
    )


@pytest.mark.parametrize("spell", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padded", [True, False])
def test_a_secret_in_either_alphabet_holds_with_or_without_padding(
    spell: Callable[[bytes], bytes], *, padded: bool
) -> None:
    key = b"\xfb\xef\xbe\xff\xff and some bytes of it"
    secret = spell(key).decode()
    body = raw("boulevard/webhook_order_completed.json")
    webhooks = BoulevardWebhooks(application_secrets=(secret if padded else secret.rstrip("="),))

    event = webhooks.verify_and_parse(headers=_headers(body, key=key), body=body, now=_NOW)

    assert event.event_type == "ORDER_COMPLETED"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"not json", "JSON"),
        (b"[]", "object"),
        (b"{}", "eventType"),
        (_envelope(businessId=None), "businessId"),
        (_envelope(timestamp="yesterday"), "timestamp"),
    ],
)
def test_a_signed_payload_boulevard_could_not_send_is_malformed(body: bytes, field: str) -> None:
    with pytest.raises(Malformed, match=field):
        _read(body)
