"""The admin API: keys and roles, one practice only, lists, overrides, and repeats that do nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.worker import Worker

from domain.journey_names import Action, Journey
from domain.ranges import TimeRange
from inbox.relay import Relay
from models.access import ApiKey
from models.calendar import Appointment, AppointmentSegment, Opening
from models.inbox import Delivery
from models.matrix import Service
from models.repositories import access, tasks
from models.session import Database
from models.tasks import Decision
from tests.api.support import Api, real_now
from tests.inbox.relay.relays import task_worker
from tests.inbox.scene import NOW, Scene, set_scene
from workflows.gap_fill import GapFill
from workflows.ids import gap_fill_id, task_id

PHONE = "+12125550111"
HOUR = timedelta(hours=1)
LISTS = ["gap-fills", "bookings", "offers", "messages", "tasks", "receipts", "deliveries", "decisions"]


@asynccontextmanager
async def running_fill(api: Api, client: Client) -> AsyncIterator[int]:
    """The real fill of a new opening, still settling."""
    scene = api.scene
    opening = scene.opening()
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    await relay_of(scene, client).drain()
    api.connect(client)
    async with Worker(client, task_queue="core", workflows=[GapFill]):
        yield opening
    await client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening)).terminate()


def relay_of(scene: Scene, client: Client) -> Relay:
    return Relay(
        client=client,
        database=scene.database,
        chat=lambda _: None,
        wall=real_now,
    )


def rows(scene: Scene, table: Any) -> list[Any]:
    with scene.database.transaction() as session:
        return list(session.execute(select(table).order_by(table.id)).scalars())


def stretch(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "location_id": scene.location_id,
        "provider_id": scene.provider_id,
        "start": (NOW + timedelta(hours=5)).isoformat(),
        "end": (NOW + timedelta(hours=6)).isoformat(),
    } | more


async def test_a_visit_with_what_the_matrix_lacks_is_shown_by_the_practice_systems_reference(
    api: Api, scene: Scene
) -> None:
    visit = scene.visit(scene.client(PHONE), PHONE)
    with scene.database.transaction() as session:
        session.get_one(Appointment, visit).location_ref = "place-2"
    during = TimeRange(NOW, NOW + timedelta(hours=1))
    scene.add(
        AppointmentSegment(
            practice_id=scene.practice_id,
            appointment_id=visit,
            position=0,
            service_ref="service-2",
            provider_ref="staff-2",
            during=during,
        )
    )

    told = (await api.http.get(f"/admin/v1/bookings/{visit}", headers=api.key("viewer"))).json()

    (segment,) = told["segments"]
    assert (told["booking"]["location_id"], told["booking"]["location_ref"]) == (None, "place-2")
    assert (segment["service_id"], segment["service_ref"]) == (None, "service-2")
    assert (segment["provider_id"], segment["provider_ref"]) == (None, "staff-2")


@pytest.mark.parametrize("what", LISTS)
async def test_no_key_no_answer(api: Api, what: str) -> None:
    for headers in ({}, {"X-API-Key": "cf_wrong"}, {"Authorization": "Bearer cf_wrong"}):
        answer = await api.http.get(f"/admin/v1/{what}", headers=headers)

        assert (answer.status_code, answer.json()["type"]) == (401, "key_missing")


async def test_a_key_also_works_as_a_bearer_token_until_it_is_revoked(api: Api, scene: Scene) -> None:
    key = api.key("viewer")["X-API-Key"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert (await api.http.get("/admin/v1/offers", headers=bearer)).status_code == 200

    with scene.database.transaction() as session:
        access.revoke_key(session, scene.practice_id, 1, now=NOW)

    assert (await api.http.get("/admin/v1/offers", headers=bearer)).status_code == 401


async def test_the_key_itself_is_kept_nowhere(api: Api, scene: Scene) -> None:
    key = api.key("viewer")["X-API-Key"]

    assert key not in str(scene.row(ApiKey, 1).model_dump())


@pytest.mark.parametrize("what", LISTS)
async def test_lists_show_one_practices_things_only(api: Api, scene: Scene, database: Database, what: str) -> None:
    await fill_with_everything(scene)
    stranger = api.key("admin", set_scene(database, slug="other"))

    mine = (await api.http.get(f"/admin/v1/{what}", headers=api.key("admin"))).json()
    theirs = (await api.http.get(f"/admin/v1/{what}", headers=stranger)).json()

    assert (len(mine["items"]) >= 1, theirs["items"]) == (True, [])
    ref = mine["items"][0]["id"]
    assert (await api.http.get(f"/admin/v1/{what}/{ref}", headers=api.key("viewer"))).status_code == 200
    assert (await api.http.get(f"/admin/v1/{what}/{ref}", headers=stranger)).status_code == 404


async def fill_with_everything(scene: Scene) -> None:
    """One of each thing."""

    client = scene.client(PHONE)
    opening = scene.opening()
    scene.offer(opening, client, PHONE)
    scene.visit(client, PHONE)
    scene.task(opening_id=opening)
    scene.text(PHONE, "yes")
    with scene.database.transaction() as session:
        tasks.decide(
            session,
            scene.practice_id,
            journey="gapfill",
            ref=opening,
            subject="wave",
            verdict="asked",
            reasons=[],
            now=NOW,
        )


async def test_a_fill_is_read_with_its_offers_tasks_and_decisions(api: Api, scene: Scene) -> None:
    await fill_with_everything(scene)

    story = (await api.http.get("/admin/v1/gap-fills/1", headers=api.key("viewer"))).json()

    assert story["gap_fill"]["state"] == "live"
    assert [len(story[part]) for part in ("offers", "tasks", "decisions")] == [1, 1, 1]
    assert "token" not in story["offers"][0]


async def test_what_a_client_wrote_is_for_staff_and_raw_events_for_admins(api: Api, scene: Scene) -> None:
    await fill_with_everything(scene)

    async def first(what: str, role: str) -> dict[str, Any]:
        answer = await api.http.get(f"/admin/v1/{what}", headers=api.key(role))
        item: dict[str, Any] = answer.json()["items"][0]
        return item

    assert [(await first("messages", role))["body"] for role in ("viewer", "staff")] == [None, "yes"]
    assert [(await first("offers", role))["phone"] for role in ("viewer", "staff")] == [None, PHONE]
    assert [(await first("receipts", role))["payload"] for role in ("staff", "admin")] == [None, "raw"]


async def test_pages_go_on_where_the_last_one_ended(api: Api, scene: Scene) -> None:
    openings = [scene.opening() for _ in range(5)]
    headers = api.key("viewer")

    seen: list[int] = []
    cursor: int | None = None
    while True:
        query = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = (await api.http.get("/admin/v1/gap-fills", params=query, headers=headers)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == sorted(openings, reverse=True)


async def test_a_list_can_be_narrowed(api: Api, scene: Scene) -> None:
    scene.opening(state="filled")
    live = scene.opening()

    page = await api.http.get("/admin/v1/gap-fills?state=live", headers=api.key("viewer"))
    wrong = await api.http.get("/admin/v1/gap-fills?state=lively", headers=api.key("viewer"))

    assert [one["id"] for one in page.json()["items"]] == [live]
    assert (wrong.status_code, wrong.json()["field"]) == (422, "state")


async def test_staff_start_a_fill_once(api: Api, scene: Scene) -> None:
    scene.waits_for(scene.service(), PHONE)
    headers = api.key("staff") | {"Request-Id": "request-0001"}

    first = await api.http.post("/admin/v1/gap-fills", json=stretch(scene), headers=headers)
    again = await api.http.post("/admin/v1/gap-fills", json=stretch(scene), headers=headers)
    other = await api.http.post("/admin/v1/gap-fills", json=stretch(scene), headers=api.key("staff"))

    opening = first.json()["gap_fill_id"]
    assert (first.status_code, again.json()) == (200, first.json())
    assert (other.status_code, other.json()["type"]) == (409, "already_filling")
    assert f"Gap fill {opening}" in other.json()["detail"]
    assert scene.waiting() == [("gapfill", opening, "start", "")]
    assert scene.row(Opening, opening).cause == "staff"
    assert first.json()["words"] == "Offers go out after a live look at the day."
    assert [(one.subject, one.decided_by) for one in rows(scene, Decision)] == [("started", "staff's key")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start": (NOW - timedelta(hours=1)).isoformat(), "end": NOW.isoformat()}, "start"),
        ({"end": (NOW + timedelta(hours=4)).isoformat()}, "end"),
        ({"end": (NOW + timedelta(days=4)).isoformat()}, "end"),
        ({"start": "2026-11-24T10:00:00"}, "start"),
        ({"provider_id": 999}, "provider_id"),
        ({"location_id": 999}, "location_id"),
        ({"location_id": 2**70}, "location_id"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ({"end": "9999-12-31T23:59:59-12:00"}, "end"),
        ({"end": (NOW + timedelta(days=3650)).isoformat()}, "end"),
        ({"start": 10**30}, "start"),
        ({"reason": "a\x00b"}, "reason"),
        ({"by": "\x00"}, "by"),
    ],
)
async def test_a_stretch_that_makes_no_sense_names_its_field(
    api: Api, scene: Scene, change: dict[str, Any], field: str
) -> None:
    answer = await api.http.post("/admin/v1/gap-fills", json=stretch(scene, **change), headers=api.key("staff"))

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert scene.deliveries() == []


async def test_viewers_may_not_override(api: Api, scene: Scene) -> None:
    answer = await api.http.post("/admin/v1/gap-fills", json=stretch(scene), headers=api.key("viewer"))

    assert (answer.status_code, answer.json()["type"]) == (403, "role_too_low")


async def test_a_running_fill_is_steered(api: Api, scene: Scene, temporal_client: Client) -> None:
    headers, ada = api.key("staff"), scene.waits_for(scene.service(), PHONE)
    async with running_fill(api, temporal_client) as opening:
        path = f"/admin/v1/gap-fills/{opening}"

        would = await api.http.post(f"{path}/offer-to?dry_run=true", json={"client_id": ada}, headers=headers)
        asked = await api.http.post(f"{path}/offer-to", json={"client_id": ada}, headers=headers)
        without = await api.http.post(f"{path}/assign-to", json={"client_id": ada}, headers=headers)
        blank = await api.http.post(f"{path}/assign-to", json={"client_id": ada, "reason": "  "}, headers=headers)

    time = "for Botox (30 min) tomorrow (Tue Nov 24) at 2:00 PM with Maria. They have until 10:10 AM to answer."
    assert (would.status_code, would.json()["words"]) == (200, f"Texts Ada E. now: {time}")
    assert (asked.status_code, asked.json()["words"]) == (200, f"Ada E. is asked next: {time}")
    assert [(one.status_code, one.json()["field"]) for one in (without, blank)] == [(422, "reason"), (422, "reason")]


@pytest.mark.parametrize("order", ["offer-to", "assign-to"])
async def test_an_order_that_cannot_be_carried_out_is_refused_and_reaches_no_fill(
    api: Api, scene: Scene, order: str
) -> None:
    botox, opening = scene.service(), scene.opening()
    ada = scene.waits_for(botox, PHONE)
    with scene.database.transaction() as session:
        session.get_one(Service, botox).prerequisite = "exam"
    path, headers = f"/admin/v1/gap-fills/{opening}/{order}", api.key("staff")

    unknown = await api.http.post(path, json={"client_id": 999, "reason": "x"}, headers=headers)
    unfit = await api.http.post(path, json={"client_id": ada, "reason": "x"}, headers=headers)

    assert (unknown.status_code, unknown.json()["type"], unknown.json()["field"]) == (
        422,
        "client_unknown",
        "client_id",
    )
    assert (unfit.status_code, unfit.json()["type"]) == (409, "does_not_fit")
    assert "needs a valid exam" in unfit.json()["detail"]
    assert scene.deliveries() == []


async def test_an_answer_to_a_task_says_beforehand_what_it_would_do(api: Api, scene: Scene) -> None:
    opening, headers = scene.opening(), api.key("staff")
    task = scene.task(opening_id=opening, asked_by={"journey": "gapfill", "ref": opening, "turn": 0})
    path = f"/admin/v1/tasks/{task}/resolve?dry_run=true"

    leave = await api.http.post(path, json={"action": "leave"}, headers=headers)
    nobody = await api.http.post(path, json={"action": "assign"}, headers=headers)

    assert leave.json() == {"accepted": False, "words": "Leaves the time free. Nobody is texted."}
    assert (nobody.status_code, nobody.json()["type"]) == (422, "client_missing")


async def test_a_time_that_is_taken_starts_no_fill(api: Api, scene: Scene) -> None:
    botox = scene.service()
    scene.waits_for(botox, PHONE)
    start = NOW + timedelta(hours=5)
    visit = scene.visit(scene.client("+12125550122"), "+12125550122")
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, visit)
        row.location_id, row.state, row.starts_at, row.ends_at = scene.location_id, "booked", start, start + HOUR
        session.add(
            AppointmentSegment(
                practice_id=scene.practice_id,
                appointment_id=visit,
                position=0,
                service_id=botox,
                provider_id=scene.provider_id,
                during=TimeRange(start, start + HOUR),
                inferred=False,
            )
        )

    answer = await api.http.post("/admin/v1/gap-fills", json=stretch(scene), headers=api.key("staff"))

    assert (answer.status_code, answer.json()["type"]) == (409, "time_not_free")
    assert answer.json()["detail"].startswith(f"NP Martinez has booking {visit} then, from 3:00 PM to 4:00 PM.")
    assert scene.waiting() == []


async def test_a_fill_nobody_waits_for_says_that_nothing_will_go_out(api: Api, scene: Scene) -> None:
    scene.service()

    answer = await api.http.post("/admin/v1/gap-fills", json=stretch(scene), headers=api.key("staff"))

    assert answer.json()["words"] == (
        "Offers go out after a live look at the day. As it stands, none will: Nobody on the waitlist fits."
    )


async def test_an_override_repeated_with_its_request_id_is_done_once(api: Api, temporal_client: Client) -> None:
    headers = api.key("staff") | {"Request-Id": "request-0002"}
    async with running_fill(api, temporal_client) as opening:
        path = f"/admin/v1/gap-fills/{opening}/withdraw"

        first = await api.http.post(path, json={"reason": "staff meeting"}, headers=headers)
        again = await api.http.post(path, json={"reason": "staff meeting"}, headers=headers)
        later = await api.http.post(path, json={}, headers=api.key("staff"))
        reused = await api.http.post(f"/admin/v1/gap-fills/{opening}/offer-to", json={"client_id": 5}, headers=headers)
        changed = await api.http.post(path, json={"reason": "another one"}, headers=headers)

    assert (first.status_code, again.json()) == (200, first.json())
    assert (later.status_code, later.json()["type"]) == (409, "opening_over")
    assert (reused.status_code, reused.json()["type"]) == (409, "request_id_reused")
    assert (changed.status_code, changed.json()["type"]) == (409, "request_id_reused")


async def test_an_ended_fill_says_so(api: Api, scene: Scene, temporal_client: Client) -> None:
    api.connect(temporal_client)
    opening = scene.opening(state="lapsed")

    answer = await api.http.post(f"/admin/v1/gap-fills/{opening}/withdraw", json={}, headers=api.key("staff"))
    missing = await api.http.post("/admin/v1/gap-fills/12345/withdraw", json={}, headers=api.key("staff"))

    assert (answer.status_code, answer.json()["type"]) == (409, "over")
    assert missing.status_code == 404


async def test_with_temporal_away_an_override_says_when_to_ask_again(api: Api, scene: Scene) -> None:
    path = f"/admin/v1/gap-fills/{scene.opening()}/withdraw"

    answer = await api.http.post(path, json={}, headers=api.key("staff") | {"Request-Id": "request-0003"})

    assert (answer.status_code, answer.json()["type"], answer.headers["retry-after"]) == (503, "temporal_away", "5")


async def test_a_task_is_resolved(api: Api, scene: Scene, temporal_client: Client) -> None:
    task = scene.task()
    scene.enqueue(Journey.TASK, task, Action.START)
    await relay_of(scene, temporal_client).drain()
    api.connect(temporal_client)

    async with task_worker(temporal_client):
        answer = await api.http.post(
            f"/admin/v1/tasks/{task}/resolve", json={"action": "leave", "by": "Dana"}, headers=api.key("staff")
        )

    assert (answer.status_code, answer.json()["accepted"]) == (200, True)


async def test_an_answer_to_a_task_whose_journey_is_still_in_line_goes_behind_it(
    api: Api, scene: Scene, temporal_client: Client
) -> None:
    task = scene.task()
    scene.enqueue(Journey.TASK, task, Action.START)
    api.connect(temporal_client)
    path, headers = f"/admin/v1/tasks/{task}/resolve", api.key("staff") | {"Request-Id": "answer-0001"}

    answers = [await api.http.post(path, json={"action": "leave", "by": "Dana"}, headers=headers) for _ in range(2)]
    unknown = await api.http.post(path, json={"action": "nothing"}, headers=api.key("staff"))

    assert [(one.status_code, one.json()["accepted"]) for one in answers] == [(200, True)] * 2
    assert (unknown.status_code, unknown.json()["type"], unknown.json()["field"]) == (409, "unknown_action", "action")
    assert [one.message for one in scene.deliveries()] == ["", "resolve_by_signal"]
    assert (scene.deliveries()[1].body["action"], scene.deliveries()[1].body["by"]) == ("leave", "Dana")

    relay = relay_of(scene, temporal_client)
    async with task_worker(temporal_client):
        await relay.drain()
        handle = temporal_client.get_workflow_handle(task_id(practice_id=scene.practice_id, task=task))
        ended = await handle.result()

    assert ended == {"action": "leave", "by": "Dana"}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("resolved", "This task has been settled."),
        (
            "defaulted",
            "The deadline had passed unanswered, and this holds: The time stays free. "
            "Nothing was done with your answer.",
        ),
    ],
)
async def test_an_answer_to_a_settled_task_is_refused(
    api: Api, scene: Scene, temporal_client: Client, state: str, words: str
) -> None:
    task = scene.task(state=state, settled_at=NOW)
    api.connect(temporal_client)

    answer = await api.http.post(f"/admin/v1/tasks/{task}/resolve", json={"action": "leave"}, headers=api.key("staff"))

    assert (answer.status_code, answer.json()["type"], answer.json()["detail"]) == (409, "over", words)
    assert scene.deliveries() == []


async def test_a_dead_delivery_is_put_back_in_line_by_an_admin(api: Api, scene: Scene) -> None:
    scene.enqueue(Journey.GAP_FILL, scene.opening(), Action.SIGNAL, "opening_taken")
    path = "/admin/v1/deliveries/1/retry"
    alive = await api.http.post(path, headers=api.key("admin"))
    with scene.database.transaction() as session:
        session.get_one(Delivery, 1).state = "dead"

    staff = await api.http.post(path, headers=api.key("staff"))
    admin = await api.http.post(path, headers=api.key("admin"), json={"by": "Dana", "reason": "Slack is back"})

    assert (alive.status_code, alive.json()["type"]) == (409, "not_dead")
    assert (staff.status_code, admin.status_code) == (403, 200)
    kept = (await api.http.get("/admin/v1/decisions?journey=gapfill", headers=api.key("viewer"))).json()["items"]
    assert [(one["subject"], one["decided_by"], one["reasons"]) for one in kept] == [
        ("retry of delivery 1", "Dana", [{"words": "Slack is back"}])
    ]
    assert scene.deliveries()[0].state == "waiting"
