"""Whose signature an event of a vendor is read by."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vendors.errors import Unauthorised
from vendors.pms.base import PmsWebhooks
from wiring.settings import GoHighLevelSettings
from wiring.vendors import PMS

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
BODY = json.dumps(
    {
        "type": "AppointmentUpdate",
        "locationId": "ve9EPM428h8vShlRW1KT",
        "timestamp": NOW.isoformat(),
        "webhookId": "w1",
        "appointment": {"id": "a1"},
    }
).encode()


def read_by(webhook_key: str | None) -> PmsWebhooks:
    account = GoHighLevelSettings(location_id="ve9EPM428h8vShlRW1KT", token="t", webhook_key=webhook_key)
    found = PMS["gohighlevel"].reader(account)
    assert found is not None
    return found


def test_gohighlevels_events_are_read_by_the_key_that_the_account_names() -> None:
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    headers = {"X-GHL-Signature": base64.b64encode(key.sign(BODY)).decode()}

    event = read_by(public).verify_and_parse(headers=headers, body=BODY, now=NOW)

    assert event.appointment_ref == "a1"
    with pytest.raises(Unauthorised):
        read_by(None).verify_and_parse(headers=headers, body=BODY, now=NOW)
