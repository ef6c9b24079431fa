"""Webhooks by connection: each reads with its own secrets, and nothing of one practice reaches another."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, select

from models.inbox import Receipt
from models.repositories import connections
from models.repositories.connections import ConnectionFacts
from models.session import Database
from tests.api.support import (
    PUBLIC,
    Api,
    boulevard_call,
    boulevard_event,
    dependencies,
    running_api,
    settings_with,
    slack_call,
    slack_press,
    twilio_call,
)
from tests.inbox.scene import NOW, Scene, set_scene
from tests.wiring.vendor_accounts import boulevard, connected, secret, slack, twilio

NUMBER, THEIR_NUMBER = "+12125550191", "+12125550192"
TEXT = {"MessageSid": "SM1", "From": "+12125550111", "To": NUMBER, "Body": "yes"}
OFF = {"boulevard": None, "twilio": None, "sendgrid": None, "slack": None}


@pytest.fixture
def other(database: Database) -> Scene:
    return set_scene(database, slug="other")


def number_of(scene: Scene, owner: str, number: str) -> ConnectionFacts:
    return connected(scene.database, scene.practice_id, "twilio", twilio(owner, number=number), number)


def owners(scene: Scene) -> list[int]:
    with scene.database.transaction() as session:
        return list(session.execute(select(col(Receipt.practice_id)).order_by(col(Receipt.id))).scalars())


async def text_to(api: Api, named: str, *, token: str, to: str = NUMBER) -> int:
    path = f"/webhooks/twilio/inbound/{named}"
    answer = await api.http.post(path, **twilio_call(PUBLIC + path, TEXT | {"To": to}, token=token))
    return answer.status_code


async def test_a_text_to_a_connection_is_read_with_its_own_secret(scene: Scene, other: Scene) -> None:
    theirs = number_of(other, "theirs", THEIR_NUMBER)

    async with running_api(scene, dependencies(scene, settings=settings_with(**OFF))) as api:
        status = await text_to(api, theirs.public_id, token="theirs-token", to=THEIR_NUMBER)

    assert (status, owners(scene)) == (200, [other.practice_id])


@pytest.mark.parametrize("token", ["ours-token", "twilio-token", "guessed"])
async def test_anybody_elses_secret_is_refused(scene: Scene, other: Scene, token: str) -> None:
    number_of(scene, "ours", NUMBER)
    theirs = number_of(other, "theirs", THEIR_NUMBER)

    async with running_api(scene) as api:
        status = await text_to(api, theirs.public_id, token=token, to=THEIR_NUMBER)

    assert (status, owners(scene)) == (403, [])


async def test_a_call_that_names_anothers_number_is_refused(scene: Scene, other: Scene) -> None:
    ours, _ = number_of(scene, "ours", NUMBER), number_of(other, "theirs", THEIR_NUMBER)

    async with running_api(scene) as api:
        status = await text_to(api, ours.public_id, token="ours-token", to=THEIR_NUMBER)

    assert (status, owners(scene)) == (403, [])


async def test_one_account_of_two_practices_gives_each_its_own_texts(scene: Scene, other: Scene) -> None:
    """A messaging service has one address for all its numbers."""
    ours, _ = number_of(scene, "shared", NUMBER), number_of(other, "shared", THEIR_NUMBER)

    async with running_api(scene) as api:
        status = await text_to(api, ours.public_id, token="shared-token", to=THEIR_NUMBER)

    assert (status, owners(scene)) == (200, [other.practice_id])


async def test_an_unknown_connection_is_refused_as_a_forged_call_is(scene: Scene) -> None:
    ours = number_of(scene, "ours", NUMBER)

    async with running_api(scene) as api:
        answers = []
        for named in ("c_0123456789abcdef0123456789abcdef", ours.public_id):
            path = f"/webhooks/twilio/inbound/{named}"
            answers.append(await api.http.post(path, **twilio_call(PUBLIC + path, TEXT, token="guessed")))

    def told(answer: Any) -> tuple[int, dict[str, Any]]:
        return answer.status_code, {name: value for name, value in answer.json().items() if name != "instance"}

    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 403


async def test_a_connection_is_heard_under_its_own_vendors_address_only(scene: Scene) -> None:
    ours = number_of(scene, "ours", NUMBER)

    async with running_api(scene) as api:
        answer = await api.http.post(f"/webhooks/slack/{ours.public_id}", **slack_call(slack_press("1:leave")))

    assert answer.status_code == 403


async def test_one_that_is_turned_off_is_refused(scene: Scene) -> None:
    ours = number_of(scene, "ours", NUMBER)
    with scene.database.transaction() as session:
        connections.turn_off(session, scene.practice_id, ours.id, now=NOW)

    async with running_api(scene) as api:
        assert await text_to(api, ours.public_id, token="ours-token") == 403


async def test_the_old_address_still_takes_what_the_practices_own_secret_signs(scene: Scene) -> None:
    number_of(scene, "ours", NUMBER)

    async with running_api(scene, dependencies(scene, settings=settings_with(**OFF))) as api:
        statuses = [await text_to(api, "glow", token=token) for token in ("ours-token", "twilio-token")]

    assert (statuses, owners(scene)) == ([200, 403], [scene.practice_id])


async def test_the_environments_secret_does_not_speak_for_a_practice_with_its_own(scene: Scene) -> None:
    number_of(scene, "ours", NUMBER)
    with scene.database.transaction() as session:
        for one in connections.of_practice(session, scene.practice_id):
            if one.credentials is None:
                connections.turn_off(session, scene.practice_id, one.id, now=NOW)

    async with running_api(scene) as api:
        assert await text_to(api, "glow", token="twilio-token") == 403


async def test_one_applications_secret_does_not_carry_an_event_into_another_business(
    scene: Scene, other: Scene
) -> None:
    shared = {"application_secret": secret("one application")}
    ours = connected(scene.database, scene.practice_id, "boulevard", boulevard("ours", **shared), "ours")
    connected(other.database, other.practice_id, "boulevard", boulevard("theirs", **shared), "theirs")
    statuses = []

    async with running_api(scene) as api:
        for business in ("ours", "theirs", "strangers"):
            event = boulevard_event(businessId=f"urn:blvd:Business:{business}", idempotencyKey=business)
            call = boulevard_call(event, secret=secret("one application"))
            statuses.append((await api.http.post(f"/webhooks/boulevard/{ours.public_id}", **call)).status_code)

    assert (statuses, owners(scene)) == ([204, 204, 403], [scene.practice_id, other.practice_id])


async def test_a_press_in_one_workspace_is_none_in_another(scene: Scene, other: Scene) -> None:
    ours = connected(scene.database, scene.practice_id, "slack", slack("ours"), "T1")
    theirs = connected(other.database, other.practice_id, "slack", slack("theirs"), "T2")
    statuses = []

    async with running_api(scene) as api:
        for named, team, signed in ((ours, "T1", "ours"), (theirs, "T2", "ours"), (ours, "T2", "ours")):
            press = slack_press("1:leave") | {"team": {"id": team}}
            call = slack_call(press, secret=f"{signed}-signing")
            statuses.append((await api.http.post(f"/webhooks/slack/{named.public_id}", **call)).status_code)

    assert (statuses, owners(scene)) == ([200, 403, 403], [scene.practice_id])


async def test_a_connection_remembers_when_it_was_heard(scene: Scene) -> None:
    ours = number_of(scene, "ours", NUMBER)

    async with running_api(scene) as api:
        await text_to(api, ours.public_id, token="ours-token")
        listed = await api.http.get("/admin/v1/vendors", headers=api.key("viewer"))

    (vendor,) = (one for one in listed.json()["items"] if one["vendor"] == "twilio")
    assert {one["address"]: one["last_heard_at"] for one in vendor["connections"]}[NUMBER] == NOW.isoformat().replace(
        "+00:00", "Z"
    )
