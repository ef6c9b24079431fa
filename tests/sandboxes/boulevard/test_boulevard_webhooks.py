"""Webhooks: what is sent, how it is signed, and when it stops."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest

from sandboxes.boulevard import BoulevardConfig, WebhookTarget, create_app
from sandboxes.common.server import serving
from tests.sandboxes.boulevard.support import (
    APPLICATION,
    APPLICATION_SECRET,
    BUSINESS,
    CREDENTIALS,
    Boulevard,
    event_type,
    urn,
)
from tests.sandboxes.practice.support import (
    ANN,
    DAY,
    FILLER,
    LOCATION,
    MIA,
    NOA,
    PRACTICE,
    VISIT,
    Arrived,
    Receiver,
    eventually,
    receiving,
)


def signature(arrived: Arrived, *, secret: bytes) -> str:
    """What the vendor's guide says the signature is."""
    message = arrived.headers["x-blvd-hmac-salt"].encode() + b":" + arrived.body
    return base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()


def test_envelope_and_signature(boulevard: Boulevard, receiver: Receiver) -> None:
    boulevard.by_hand("cancel", id=VISIT, reason="CLIENT_CANCEL")

    arrived = receiver.last("APPOINTMENT_CANCELLED")

    label, application, seconds = arrived.headers["x-blvd-hmac-salt"].split(":")
    assert [label, application] == ["blvd-webhook-v1", APPLICATION]
    assert abs(int(seconds) - time.time()) < 120
    assert arrived.headers["x-blvd-hmac-sha256"] == signature(arrived, secret=base64.b64decode(APPLICATION_SECRET))
    assert arrived.headers["x-blvd-hmac-sha256"] != signature(arrived, secret=APPLICATION_SECRET.encode())
    envelope = arrived.envelope
    webhook = boulevard.read("state")["webhooks"][0]["id"]
    assert {name: envelope[name] for name in envelope if name not in ("data", "timestamp", "idempotencyKey")} == {
        "resource": "Appointment",
        "event": "appointment.cancelled",
        "eventType": "APPOINTMENT_CANCELLED",
        "businessId": urn("Business", BUSINESS),
        "apiApplicationId": urn("ApiApplication", APPLICATION),
        "webhookId": urn("Webhook", webhook),
    }
    node = envelope["data"]["node"]
    service = node.pop("appointmentServices")[0]
    assert node == {
        "__typename": "Appointment",
        "id": urn("Appointment", VISIT),
        "startAt": "2026-03-04T10:00:00-05:00",
        "endAt": "2026-03-04T11:00:00-05:00",
        "notes": None,
        "duration": 60,
        "bookedByType": "STAFF",
        "clientId": urn("Client", MIA),
        "client": {
            "id": urn("Client", MIA),
            "name": "Mia Poe",
            "email": "mia@example.com",
            "mobilePhone": "+12125550101",
            "externalId": None,
        },
        "locationId": urn("Location", LOCATION),
        "location": {
            "id": urn("Location", LOCATION),
            "name": "Main Street",
            "tz": "America/New_York",
            "businessName": "Glow",
            "externalId": None,
        },
    }
    assert [service["staff"]["firstName"], service["service"]["name"]] == ["Ann", "Filler"]


def test_node_may_be_the_id_only(boulevard: Boulevard, receiver: Receiver) -> None:
    boulevard.control("config", webhook_node="id")
    boulevard.by_hand("complete", id=VISIT)

    node = receiver.last("APPOINTMENT_COMPLETED").envelope["data"]["node"]

    assert node == {"__typename": "Appointment", "id": urn("Appointment", VISIT)}


def test_each_change_has_its_event(boulevard: Boulevard, receiver: Receiver) -> None:
    filler = [{"service": FILLER, "staff": ANN}]
    visit = boulevard.by_hand("book", client=NOA, start=f"{DAY}T15:00", services=filler)["appointment"]
    receiver.wait_for_count(2)
    boulevard.by_hand("move", id=visit, start=f"{DAY}T16:00")
    receiver.wait_for_count(3)
    boulevard.by_hand("cancel", id=visit, reason="MISTAKE")
    receiver.wait_for_count(4)
    boulevard.by_hand("uncancel", id=visit)
    receiver.wait_for_count(5)
    for number, state in enumerate(("CONFIRMED", "ARRIVED", "ACTIVE"), start=6):
        boulevard.do("updateAppointment", "appointment { id }", id=visit, state=state)
        receiver.wait_for_count(number)
    boulevard.do("createClient", "client { id }", firstName="Zoe")

    assert receiver.wait_for_count(9) == [
        "PING",
        "APPOINTMENT_CREATED",
        "APPOINTMENT_RESCHEDULED",
        "APPOINTMENT_CANCELLED",
        "APPOINTMENT_UPDATED",
        "APPOINTMENT_CONFIRMED",
        "APPOINTMENT_ARRIVED",
        "APPOINTMENT_ACTIVE",
        "CLIENT_CREATED",
    ]
    assert len({each.envelope["idempotencyKey"] for each in receiver.arrived}) == 9


def test_blocks_and_shifts_send_nothing(boulevard: Boulevard, receiver: Receiver) -> None:
    boulevard.by_hand("add_timeblock", staff=ANN, start=f"{DAY}T15:00", duration=30)
    boulevard.by_hand("add_shift", staff=ANN, date="2026-03-05", clock_in="09:00", clock_out="12:00")
    boulevard.by_hand("complete", id=VISIT)

    assert receiver.wait_for(lambda events: len(events) >= 2) == ["PING", "APPOINTMENT_COMPLETED"]


def test_retries_keep_the_key_and_sign_anew(boulevard: Boulevard, receiver: Receiver) -> None:
    boulevard.control("config", webhook_retry_gaps=[1, 1, 1], webhooks={"retry_scale": 0.01})
    receiver.statuses = [500, 503, 200]

    boulevard.by_hand("complete", id=VISIT)
    receiver.wait_for_count(4)

    attempts = receiver.arrived[1:]
    secret = base64.b64decode(APPLICATION_SECRET)
    assert len({each.envelope["idempotencyKey"] for each in attempts}) == 1
    assert [each.headers["x-blvd-hmac-sha256"] for each in attempts] == [signature(e, secret=secret) for e in attempts]
    delivery = eventually(lambda: boulevard.ledger("webhook"), wanted=lambda entries: len(entries) == 2)[-1]
    assert [delivery["status"], delivery["attempts"], delivery["node"]] == [200, 3, VISIT]
    assert boulevard.read("state")["webhooks"][0]["enabled"] is True


def test_410_unsubscribes_for_good(boulevard: Boulevard, receiver: Receiver) -> None:
    receiver.statuses = [410, 200]

    boulevard.by_hand("cancel", id=VISIT, reason="CLIENT_CANCEL")
    [entry] = eventually(lambda: boulevard.ledger("webhook_disabled"), wanted=lambda entries: len(entries) == 1)
    boulevard.by_hand("uncancel", id=VISIT)

    assert entry["why"] == "answered 410"
    assert boulevard.read("state")["webhooks"][0]["enabled"] is False
    assert boulevard.read("state")["webhooks_pending"] == 0
    assert receiver.events() == ["PING", "APPOINTMENT_CANCELLED"]


@pytest.mark.parametrize(("status", "enabled"), [(429, True), (500, False)])
def test_only_failures_disable(boulevard: Boulevard, receiver: Receiver, status: int, enabled: bool) -> None:
    boulevard.control("config", webhook_retry_gaps=[1, 1], webhooks={"retry_scale": 0.01})
    receiver.statuses = [status]

    boulevard.by_hand("complete", id=VISIT)
    delivery = eventually(lambda: boulevard.ledger("webhook"), wanted=lambda entries: len(entries) == 2)[-1]

    assert [delivery["status"], delivery["attempts"]] == [status, 3]
    assert boulevard.read("state")["webhooks"][0]["enabled"] is enabled


def test_webhook_made_through_the_api(boulevard: Boulevard) -> None:
    with receiving(event_type) as taking:
        subscriptions = [
            {"eventType": "APPOINTMENT_CANCELLED", "enabled": True},
            {"eventType": "APPOINTMENT_COMPLETED", "enabled": False},
        ]
        made = boulevard.do(
            "createWebhook",
            "webhook { id enabled subscriptions { eventType enabled } }",
            url=taking.url,
            subscriptions=subscriptions,
        )["webhook"]
        taking.wait_for(lambda events: events == ["PING"])
        boulevard.do("pingWebhook", "webhook { id }", id=made["id"])
        taking.wait_for(lambda events: events == ["PING", "PING"])
        boulevard.do("updateAppointment", "appointment { id }", id=VISIT, state="CONFIRMED")
        boulevard.by_hand("cancel", id=VISIT, reason="STAFF_CANCEL")
        events = taking.wait_for_count(3)

    assert made["subscriptions"] == [{"eventType": "APPOINTMENT_CANCELLED", "enabled": True}]
    assert events == ["PING", "PING", "APPOINTMENT_CANCELLED"]


def test_duplicate_and_reordered_webhooks(boulevard: Boulevard, receiver: Receiver) -> None:
    boulevard.control("faults", operation="webhook:APPOINTMENT_CANCELLED", kind="reorder", times=1)
    boulevard.control("faults", operation="webhook:APPOINTMENT_UPDATED", kind="duplicate", times=1)

    boulevard.by_hand("cancel", id=VISIT, reason="MISTAKE")
    boulevard.by_hand("uncancel", id=VISIT)
    events = receiver.wait_for_count(4)

    assert events[1] == "APPOINTMENT_UPDATED"
    assert sorted(events[2:]) == ["APPOINTMENT_CANCELLED", "APPOINTMENT_UPDATED"]
    keys = [each.envelope["idempotencyKey"] for each in receiver.arrived if "UPDATED" in each.envelope["eventType"]]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_target_named_at_start_is_pinged_once(boulevard: Boulevard) -> None:
    with receiving(event_type) as taking:
        config = BoulevardConfig(**CREDENTIALS, webhook_targets=(WebhookTarget(url=taking.url),))
        with serving(create_app(config)) as url:
            taking.wait_for_count(1)
            Boulevard(url, boulevard.http).control("config", webhook_targets=[{"url": taking.url}], slot_minutes=30)
            Boulevard(url, boulevard.http).control("reset")
            Boulevard(url, boulevard.http).control("seed", **PRACTICE)
            Boulevard(url, boulevard.http).by_hand("complete", id=VISIT)
            events = taking.wait_for_count(2)

    assert events == ["PING", "APPOINTMENT_COMPLETED"]
