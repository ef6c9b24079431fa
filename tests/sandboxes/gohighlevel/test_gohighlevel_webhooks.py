"""Events as they leave, and the vendor's documents as judges of both directions."""

from __future__ import annotations

import base64
import json
from importlib import resources
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key
from jsonschema import Draft202012Validator

from sandboxes.common.openapi import OpenApi
from sandboxes.gohighlevel.config import GoHighLevelConfig
from sandboxes.gohighlevel.operations import Operations
from sandboxes.gohighlevel.sandbox import GoHighLevelSandbox
from tests.sandboxes.gohighlevel.support import GoHighLevel
from tests.sandboxes.practice.support import ANN, DAY, FILLER, LOCATION, MIA, NOA, VISIT, Receiver, eventually

APPOINTMENT = f"/calendars/events/appointments/{VISIT}"


def test_an_event_is_as_documented_and_signed_over_the_raw_body(ghl: GoHighLevel, receiver: Receiver) -> None:
    ghl.control("config", signatures=["ed25519", "rsa"])

    ghl.by_hand("cancel", id=VISIT, reason="NO_SHOW")

    arrived = receiver.last("AppointmentUpdate")
    keys = ghl.read("keys")
    ed25519 = load_der_public_key(base64.b64decode(keys["ed25519"]))
    legacy = load_pem_public_key(keys["rsa"].encode())
    assert isinstance(ed25519, Ed25519PublicKey)
    assert isinstance(legacy, rsa.RSAPublicKey)
    ed25519.verify(base64.b64decode(arrived.headers["x-ghl-signature"]), arrived.body)
    signature = base64.b64decode(arrived.headers["x-wh-signature"])
    legacy.verify(signature, arrived.body, padding.PKCS1v15(), hashes.SHA256())
    told = arrived.envelope
    assert [told["locationId"], told["appointment"]["appointmentStatus"]] == [LOCATION, "noshow"]
    assert {"timestamp", "webhookId"} <= told.keys()


def test_only_the_newer_signature_is_sent_unless_told_otherwise(ghl: GoHighLevel, receiver: Receiver) -> None:
    ghl.by_hand("complete", id=VISIT)

    assert "x-wh-signature" not in receiver.last("AppointmentUpdate").headers


def test_each_change_has_its_event_and_a_call_has_one(ghl: GoHighLevel, receiver: Receiver) -> None:
    made = ghl.by_hand("book", client=NOA, start=f"{DAY}T15:00", services=[{"service": FILLER, "staff": ANN}])
    receiver.wait_for_count(1)
    ghl.put(APPOINTMENT, startTime=f"{DAY}T13:00:00-05:00", title="Filler, again", appointmentStatus="confirmed")
    receiver.wait_for_count(2)
    ghl.by_hand("delete", id=made["appointment"])
    receiver.wait_for_count(3)
    ghl.put(f"/contacts/{MIA}", dndSettings={"SMS": {"status": "active"}})
    receiver.wait_for_count(4)
    ghl.put(f"/contacts/{MIA}", firstName="Mio")

    events = receiver.wait_for_count(5)

    assert events == [
        "AppointmentCreate",
        "AppointmentUpdate",
        "AppointmentDelete",
        "ContactDndUpdate",
        "ContactUpdate",
    ]
    assert receiver.arrived[1].envelope["appointment"]["title"] == "Filler, again"


def test_an_update_may_call_itself_a_create(ghl: GoHighLevel, receiver: Receiver) -> None:
    ghl.control("config", update_event="AppointmentCreate")

    ghl.by_hand("move", id=VISIT, start=f"{DAY}T15:00")

    assert receiver.last("AppointmentCreate").envelope["appointment"]["id"] == VISIT


@pytest.mark.parametrize(("status", "attempts"), [(429, 2), (500, 1), (404, 1)])
def test_only_a_429_is_tried_again(ghl: GoHighLevel, receiver: Receiver, status: int, attempts: int) -> None:
    receiver.statuses = [status, 200]
    ghl.control("config", webhooks={"retry_scale": 0})

    ghl.by_hand("complete", id=VISIT)

    [entry] = eventually(lambda: ghl.ledger("webhook"), wanted=bool)
    assert entry["attempts"] == attempts


def test_events_have_the_fields_the_vendor_lists(ghl: GoHighLevel, receiver: Receiver) -> None:
    schemas: dict[str, Any] = json.loads(
        resources.files("sandboxes.gohighlevel").joinpath("events.json").read_text("utf-8")
    )["events"]
    ghl.by_hand("complete", id=VISIT)
    ghl.by_hand("delete", id=VISIT)
    ghl.put(f"/contacts/{MIA}", dnd=True, firstName="Mio")
    receiver.wait_for_count(4)

    for arrived in receiver.arrived:
        told = arrived.envelope
        schema = schemas[told["type"]]
        beyond = set(told) - set(schema["properties"]) - {"timestamp", "webhookId"}  # of the guide, not of the schema
        assert (told["type"], beyond) == (told["type"], set())
        assert set(told.get("appointment", {})) <= set(
            schema["properties"].get("appointment", {}).get("properties", {})
        )
        assert [error.message for error in Draft202012Validator(schema).iter_errors(told)] == []


@pytest.mark.parametrize("name", ["spec.json", "spec_v3.json", "events.json"])
def test_the_documents_name_source_and_licence(name: str) -> None:
    extract = json.loads(resources.files("sandboxes.gohighlevel").joinpath(name).read_text("utf-8"))["x-extract"]

    assert extract["source"].startswith("https://github.com/GoHighLevel/highlevel-api-docs")
    assert extract["licence"] == "CC0-1.0"


def test_every_documented_operation_is_served() -> None:
    documents = [OpenApi("sandboxes.gohighlevel"), OpenApi("sandboxes.gohighlevel", "spec_v3.json")]

    served = {operation.id for document in documents for operation in document.operations}

    assert Operations(GoHighLevelSandbox(GoHighLevelConfig()), None).handlers().keys() == served
