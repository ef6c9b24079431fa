"""Webhooks at the HTTP edge: signatures, replays, what is kept and how it is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import create_engine, text
from sqlmodel import select

from api.webhooks import slack
from models.inbox import Receipt
from models.session import Database
from models.storable_text import as_came
from tests.api.support import (
    PUBLIC,
    Api,
    boulevard_call,
    boulevard_event,
    dependencies,
    running_api,
    sendgrid_call,
    settings_with,
    slack_call,
    slack_press,
    twilio_call,
    without,
)
from tests.inbox.scene import NOW, OUR_NUMBER, Scene, set_scene

TEXT = {"MessageSid": "SM1", "From": "+12125550111", "To": OUR_NUMBER, "Body": "yes"}
STATUS = {"MessageSid": "SM9", "MessageStatus": "delivered"}
EVENT = {"event": "delivered", "sg_event_id": "ev-1", "sg_message_id": "m.1", "timestamp": 1700000000}

INBOUND, REPORTS = "/webhooks/twilio/inbound/glow", "/webhooks/twilio/status/glow?intent=7"
PMS, MAIL, CHAT = "/webhooks/boulevard/glow", "/webhooks/sendgrid/glow", "/webhooks/slack/glow"


def good_calls() -> list[tuple[str, dict[str, Any]]]:
    return [
        (PMS, boulevard_call(boulevard_event())),
        (INBOUND, twilio_call(PUBLIC + INBOUND, TEXT)),
        (REPORTS, twilio_call(PUBLIC + REPORTS, STATUS)),
        (MAIL, sendgrid_call([EVENT])),
        (CHAT, slack_call(slack_press("1:leave"))),
    ]


def kept(scene: Scene) -> list[Receipt]:
    with scene.database.transaction() as session:
        return list(session.execute(select(Receipt)).scalars())


@pytest.mark.parametrize("which", range(5))
async def test_a_signed_call_is_recorded_and_its_replay_only_counted(api: Api, scene: Scene, which: int) -> None:
    path, call = good_calls()[which]

    first = await api.http.post(path, **call)
    api.route()
    replayed = await api.http.post(path, **call)
    api.route()

    assert (first.is_success, replayed.status_code) == (True, first.status_code)
    assert [(one.repeats, one.state in ("routed", "ignored")) for one in kept(scene)] == [(1, True)]
    assert len(scene.deliveries()) <= 1


@pytest.mark.parametrize("which", range(5))
async def test_a_changed_body_is_refused_and_not_kept(api: Api, scene: Scene, which: int) -> None:
    path, call = good_calls()[which]

    answer = await api.http.post(path, content=call["content"] + b" ", headers=call["headers"])

    assert (answer.status_code, answer.json()["detail"]) == (403, "Refused.")
    assert kept(scene) == []


@pytest.mark.parametrize("which", range(5))
async def test_an_unsigned_call_is_refused(api: Api, scene: Scene, which: int) -> None:
    path, call = good_calls()[which]

    answer = await api.http.post(path, content=call["content"])

    assert answer.status_code == 403
    assert kept(scene) == []


@pytest.mark.parametrize(
    ("path", "forged"),
    [
        (PMS, lambda: boulevard_call(boulevard_event(), secret="Zm9yZ2Vk")),
        (INBOUND, lambda: twilio_call(PUBLIC + INBOUND, TEXT, token="forged")),
        (INBOUND, lambda: twilio_call("https://elsewhere.example" + INBOUND, TEXT)),
        (REPORTS, lambda: twilio_call(PUBLIC + REPORTS.replace("7", "8"), STATUS)),
        (MAIL, lambda: sendgrid_call([EVENT], key=ec.generate_private_key(ec.SECP256R1()))),
        (CHAT, lambda: slack_call(slack_press("1:leave"), secret="forged")),
    ],
)
async def test_a_forged_signature_is_refused(
    api: Api, scene: Scene, path: str, forged: Callable[[], dict[str, Any]]
) -> None:
    answer = await api.http.post(path, **forged())

    assert answer.status_code == 403
    assert kept(scene) == []


@pytest.mark.parametrize(
    ("path", "stale"),
    [
        (PMS, lambda: boulevard_call(boulevard_event(), at=NOW - timedelta(days=3))),
        (MAIL, lambda: sendgrid_call([EVENT], at=NOW - timedelta(days=3))),
        (CHAT, lambda: slack_call(slack_press("1:leave"), at=NOW - timedelta(minutes=6))),
        (CHAT, lambda: slack_call(slack_press("1:leave"), at=NOW + timedelta(minutes=6))),
    ],
)
async def test_a_replay_from_long_ago_is_refused(
    api: Api, scene: Scene, path: str, stale: Callable[[], dict[str, Any]]
) -> None:
    answer = await api.http.post(path, **stale())

    assert answer.status_code == 403
    assert kept(scene) == []


async def test_a_broken_payload_names_its_field(api: Api, scene: Scene) -> None:
    answer = await api.http.post(PMS, **boulevard_call(boulevard_event(businessId=None)))

    assert (answer.status_code, answer.json()["detail"]) == (422, "businessId is missing")
    assert kept(scene) == []


@pytest.mark.parametrize(
    ("path", "call"),
    [
        (PMS, lambda: boulevard_call(boulevard_event(eventType="TELEPORTED", data={"node": {"id": "x"}}))),
        (PMS, lambda: boulevard_call(boulevard_event(data={"node": None}))),
        (REPORTS, lambda: twilio_call(PUBLIC + REPORTS, STATUS | {"MessageStatus": "teleported"})),
        (CHAT, lambda: slack_call({"type": "view_submission"})),
    ],
)
async def test_an_undocumented_event_is_kept_and_taken(
    api: Api, scene: Scene, path: str, call: Callable[[], dict[str, Any]]
) -> None:
    answer = await api.http.post(path, **call())

    assert answer.is_success
    assert [one.state for one in kept(scene)] == ["unknown"]


async def test_twilio_gets_empty_twiml_and_slack_an_empty_ack(api: Api) -> None:
    text = await api.http.post(INBOUND, **twilio_call(PUBLIC + INBOUND, TEXT))
    press = await api.http.post(CHAT, **slack_call(slack_press("1:leave")))

    assert (text.headers["content-type"], text.text[-11:]) == ("text/xml; charset=utf-8", "<Response/>")
    assert (press.status_code, press.content) == (200, b"")


async def test_a_batch_of_mail_events_is_a_receipt_each(api: Api, scene: Scene) -> None:
    events = [EVENT, EVENT | {"sg_event_id": "ev-2", "event": "open"}]

    answer = await api.http.post(MAIL, **sendgrid_call(events))

    assert answer.status_code == 204
    assert [one.event_key for one in kept(scene)] == ["ev-1", "ev-2"]


async def test_a_bad_event_of_a_batch_is_kept_to_be_looked_at_and_costs_no_other(api: Api, scene: Scene) -> None:
    events: list[dict[str, Any]] = [EVENT, {"event": "delivered"}, EVENT | {"sg_event_id": "ev-2"}]

    answer = await api.http.post(MAIL, **sendgrid_call(events))

    assert answer.status_code == 204
    assert [(one.state, json.loads(one.payload)) for one in kept(scene)] == [
        ("new", events[0]),
        ("unknown", events[1]),
        ("new", events[2]),
    ]


async def test_a_press_is_answered_while_the_database_does_not(api: Api, scene: Scene) -> None:
    """The answer comes while the table is still locked; Slack shows an error to whoever pressed."""
    with scene.database.transaction() as session:
        session.execute(text("LOCK TABLE receipt IN ACCESS EXCLUSIVE MODE"))
        answer = await api.http.post(CHAT, **slack_call(slack_press("1:leave")))

    assert answer.status_code == 503
    assert timedelta(seconds=2) >= slack.PATIENCE, "Slack waits for three, and a second goes on the way"


async def test_the_number_written_to_says_whose_text_it_is(database: Database, scene: Scene) -> None:
    other = set_scene(database, slug="other")
    form = TEXT | {"To": f"{OUR_NUMBER}-other"}

    async with running_api(scene) as api:
        await api.http.post(INBOUND, **twilio_call(PUBLIC + INBOUND, form))

    assert [one.practice_id for one in kept(scene)] == [other.practice_id]


async def test_an_unknown_practice_is_not_found(api: Api) -> None:
    path = "/webhooks/boulevard/nobody"

    assert (await api.http.post(path, **boulevard_call(boulevard_event()))).status_code == 404


async def test_a_vendor_that_is_off_says_so(scene: Scene) -> None:
    async with running_api(scene, dependencies(scene, settings=settings_with(twilio=None))) as api:
        answer = await api.http.post(INBOUND, **twilio_call(PUBLIC + INBOUND, TEXT))

    assert (answer.status_code, answer.json()["type"]) == (404, "vendor_off")


async def test_a_body_beyond_any_webhook_is_refused(api: Api) -> None:
    answer = await api.http.post(PMS, content=b"x" * (2 * 1024 * 1024 + 1))

    assert answer.status_code == 413


async def test_with_the_database_away_the_vendor_is_asked_to_try_again(scene: Scene) -> None:
    nowhere = Database(create_engine("postgresql+psycopg://nobody@/none?host=/nonexistent"))

    async with running_api(scene, without(dependencies(scene), database=nowhere)) as api:
        answer = await api.http.post(PMS, **boulevard_call(boulevard_event()))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize(("body", "read"), [("YES\x00", "YES"), ("\x00STOP", "STOP"), ("Caf\u00e9\x00?", "Caf\u00e9?")])
async def test_a_signed_text_with_a_nul_is_stored_and_read(api: Api, scene: Scene, body: str, read: str) -> None:
    call = twilio_call(PUBLIC + INBOUND, TEXT | {"Body": body})

    answer = await api.http.post(INBOUND, **call)
    api.route()

    (receipt,) = kept(scene)
    assert (answer.status_code, receipt.parsed["body"], receipt.state) == (200, read, "routed")
    assert as_came(receipt.payload) == call["content"]


async def test_a_raw_nul_in_a_webhook_can_be_given_back(api: Api, scene: Scene) -> None:
    form = TEXT | {"Body": "YES"}
    call = twilio_call(PUBLIC + INBOUND, form)
    call["content"] += b"&Extra=\x00"
    call["headers"] |= twilio_call(PUBLIC + INBOUND, form | {"Extra": "\x00"})["headers"]

    answer = await api.http.post(INBOUND, **call)

    (receipt,) = kept(scene)
    assert (answer.status_code, as_came(receipt.payload)) == (200, call["content"])


async def test_a_webhook_with_half_a_character_in_it_is_stored(api: Api, scene: Scene) -> None:
    event = boulevard_event(data={"node": {"id": "urn:blvd:Appointment:\ud800\x00"}})

    answer = await api.http.post(PMS, **boulevard_call(event))

    assert (answer.status_code, len(kept(scene))) == (204, 1)


_DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("path", "call"),
    [
        (PMS, lambda: boulevard_call(_DEEP)),
        (MAIL, lambda: sendgrid_call(_DEEP)),
        (CHAT, lambda: slack_call(_DEEP)),
    ],
)
async def test_a_signed_body_nested_too_deeply_is_told_so(
    api: Api, scene: Scene, path: str, call: Callable[[], dict[str, Any]]
) -> None:
    answer = await api.http.post(path, **call())

    assert (answer.status_code, answer.json()["detail"]) == (422, "the body is nested too deeply")
    assert kept(scene) == []


async def test_a_press_with_a_nul_is_stored(api: Api, scene: Scene) -> None:
    press = slack_press("1:leave") | {"user": {"id": "U1\x00", "name": "da\x00na"}}

    answer = await api.http.post("/webhooks/slack/glow", **slack_call(press))

    assert (answer.status_code, len(kept(scene))) == (200, 1)
