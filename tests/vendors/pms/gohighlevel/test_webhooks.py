"""GoHighLevel's webhooks: what holds, what does not, and what is read."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.vendors.recorded_payloads import decoded, raw
from vendors.errors import Malformed, Unauthorised, Undocumented
from vendors.pms.base import PmsEvent
from vendors.pms.gohighlevel import GoHighLevelWebhooks

_NOW = datetime(2026, 3, 1, 15, 5, tzinfo=UTC)
_NEW = Ed25519PrivateKey.from_private_bytes(b"a key of the sandbox's own, 32 b")
_OLD = generate_private_key(public_exponent=65537, key_size=2048)
_ED25519 = base64.b64encode(_NEW.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
_RSA = _OLD.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
_WEBHOOKS = GoHighLevelWebhooks(location_id="loc_1", ed25519_keys=(_ED25519,), rsa_keys=(_RSA,))


def _signed(body: bytes) -> dict[str, str]:
    return {"X-GHL-Signature": base64.b64encode(_NEW.sign(body)).decode()}


def _signed_as_before(body: bytes) -> dict[str, str]:
    return {"x-wh-signature": base64.b64encode(_OLD.sign(body, PKCS1v15(), SHA256())).decode()}


def _read(body: bytes, headers: dict[str, str] | None = None, *, now: datetime = _NOW) -> PmsEvent:
    return _WEBHOOKS.verify_and_parse(headers=_signed(body) if headers is None else headers, body=body, now=now)


def _envelope(name: str = "webhook_appointment_update", **changes: Any) -> bytes:
    return json.dumps({**decoded(f"gohighlevel/{name}.json"), **changes}).encode()


def test_a_change_of_an_appointment_is_a_hint_with_references_only() -> None:
    assert _read(raw("gohighlevel/webhook_appointment_update.json")) == PmsEvent(
        event_key="wh_01",
        event_type="AppointmentUpdate",
        business_ref="loc_1",
        occurred_at=datetime(2026, 3, 1, 15, 4, 5, tzinfo=UTC),
        appointment_ref="evt_77",
        client_ref="con_9",
        location_ref="loc_1",
    )


def test_a_change_of_consent_names_the_client() -> None:
    event = _read(raw("gohighlevel/webhook_contact_dnd_update.json"))

    assert (event.event_type, event.client_ref, event.appointment_ref) == ("ContactDndUpdate", "con_9", None)


def test_a_call_signed_as_before_is_taken_too() -> None:
    body = _envelope()

    assert _read(body, _signed_as_before(body)).appointment_ref == "evt_77"


def test_the_newer_signature_decides_where_both_are_given() -> None:
    body = _envelope()

    with pytest.raises(Unauthorised):
        _read(body, _signed_as_before(body) | _signed(b"something else"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ghl-signature": ""},
        {"x-ghl-signature": "no base64!"},
        {"x-ghl-signature": "é"},
        {"x-wh-signature": "é"},
        {"x-ghl-signature": base64.b64encode(b"x" * 64).decode()},
        {"x-wh-signature": base64.b64encode(b"x" * 256).decode()},
        _signed(b"another body"),
    ],
)
def test_a_forged_call_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorised):
        _read(_envelope(), headers)


def test_an_altered_body_is_refused() -> None:
    body = _envelope()

    with pytest.raises(Unauthorised):
        _read(body + b" ", _signed(body))


@pytest.mark.parametrize("age", [timedelta(hours=3), timedelta(minutes=-10)])
def test_a_call_of_long_ago_or_of_the_future_is_refused(age: timedelta) -> None:
    with pytest.raises(Unauthorised):
        _read(_envelope(), now=datetime(2026, 3, 1, 15, 4, 5, tzinfo=UTC) + age)


def test_an_event_of_another_account_is_refused() -> None:
    with pytest.raises(Unauthorised):
        _read(_envelope(locationId="loc_2"))


def test_an_event_without_an_id_is_known_by_its_bytes() -> None:
    first, again, changed = (
        _read(body).event_key
        for body in (
            _envelope(webhookId=None),
            _envelope(webhookId=None),
            _envelope(webhookId=None, timestamp="2026-03-01T15:04:06Z"),
        )
    )

    assert first == again != changed


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"{", "JSON"),
        (b"[]", "JSON object"),
        (_envelope(type=None), "type"),
        (_envelope(locationId=None), "locationId"),
        (_envelope(appointment={}), "appointment.id"),
        (_envelope(timestamp="yesterday"), "timestamp"),
        (_envelope("webhook_contact_dnd_update", id=None), "id"),
    ],
)
def test_what_gohighlevel_could_never_have_sent_is_malformed(body: bytes, names: str) -> None:
    with pytest.raises(Malformed, match=names):
        _read(body)


def test_an_event_nobody_here_knows_is_kept_with_what_could_be_read() -> None:
    with pytest.raises(Undocumented) as caught:
        _read(json.dumps({"type": "InvoicePaid", "locationId": "loc_1", "webhookId": "wh_2"}).encode())

    assert caught.value.event is not None
    assert (caught.value.event.event_key, caught.value.event.event_type) == ("wh_2", "InvoicePaid")


def test_an_install_is_no_news_of_a_visit() -> None:
    event = _read(json.dumps({"type": "INSTALL", "appId": "a", "locationId": "loc_1"}).encode())

    assert (event.event_type, event.appointment_ref) == ("INSTALL", None)


def test_the_published_keys_are_keys() -> None:
    with pytest.raises(Unauthorised):
        GoHighLevelWebhooks().verify_and_parse(headers=_signed(b"{}"), body=b"{}", now=_NOW)


@pytest.mark.parametrize(
    "options", [{"ed25519_keys": ("AAAA",)}, {"ed25519_keys": ("!",)}, {"ed25519_keys": (), "rsa_keys": ()}]
)
def test_what_is_no_key_is_said_when_it_is_put_in(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="key"):
        GoHighLevelWebhooks(**options)
