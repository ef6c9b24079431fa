"""Each message once and in its order: with two relays, much to do, Temporal away, or a relay that died."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from domain.journey_names import Action, Journey
from inbox.relay import RelayOptions
from models.inbox import Delivery
from models.repositories.receipts import Purpose
from models.session import Database
from operations import journey_deliveries
from tests.inbox.relay.relays import RecordingChat, arrive, done, make_relay, outcomes, pms_event, running, signals
from tests.inbox.scene import NOW, Scene
from workflows.ids import gap_fill_id


async def test_two_relays_deliver_each_message_once(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    openings = [scene.opening() for _ in range(12)]
    for opening in openings:
        scene.enqueue(Journey.GAP_FILL, opening, Action.START)
        scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "decline", {"offer_id": 1, "why": "no"})
        scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "opening_taken", {})
    relays = [make_relay(temporal_client, database, scene, chat) for _ in range(2)]

    attempts = await asyncio.gather(*(relay.drain() for relay in relays))
    attempts_left = [await relay.drain() for relay in relays]

    assert sum(attempts) + sum(attempts_left) == 36
    for opening in openings:
        handle = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
        assert await signals(handle) == ["decline", "opening_taken"]


async def test_the_running_relay_hears_of_another_processs_delivery(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    relay = make_relay(temporal_client, database, scene, chat, options=RelayOptions(interval=timedelta(seconds=60)))
    async with running(relay):
        await asyncio.sleep(0.5)  # it has found nothing and rests for a minute

        await asyncio.to_thread(scene.enqueue, Journey.GAP_FILL, scene.opening(), Action.START)

        await done(scene, 1)


def hints(scene: Scene, count: int) -> None:
    """So many visits changed in the practice system."""
    for number in range(count):
        event = replace(pms_event(f"e{number}"), appointment_ref=f"urn:{number}")
        arrive(scene, Purpose.PMS, event, key=f"e{number}")


def won_and_ordered(scene: Scene) -> tuple[int, int]:
    """A client has won a visit, and staff order a fill: both are signal-with-start, as a hint is."""
    visit, opening = scene.visit(scene.client("+12125550111"), "+12125550111"), scene.opening()
    with scene.database.transaction() as session:
        journey_deliveries.visit_won(session, scene.practice_id, visit, turn=0, offer_id=1, now=NOW)
        answer = {"task_id": 1, "kind": "nobody_left", "action": "go"}
        journey_deliveries.order_fill(session, scene.practice_id, opening, answer=answer, running=False, now=NOW)
    return visit, opening


async def test_while_much_arrives_hints_trickle_and_people_do_not_wait_for_them(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    hints(scene, 6)
    won_and_ordered(scene)
    relay = make_relay(temporal_client, database, scene, chat, busy=lambda: True)

    first = await asyncio.to_thread(relay._claim, 20, 1)
    async with running(relay):
        assert [job.delivery.message for job in first] == ["won", "task_answered", "pms_changed"]
        await done(scene, 5)  # all but the three that are claimed above


async def test_what_people_wait_for_goes_before_older_hints_also_on_a_quiet_day(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    hints(scene, 30)
    won_and_ordered(scene)

    first = await asyncio.to_thread(make_relay(temporal_client, database, scene, chat)._claim, 3)

    assert [job.delivery.message for job in first] == ["won", "task_answered", "pms_changed"]


async def test_a_hint_that_stands_before_a_persons_message_goes_with_it(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    """The line of one visit keeps its order, so the hint is what the person would wait for."""
    hints(scene, 3)
    visit = scene.deliveries()[2].ref
    replied = {"receipt_id": scene.deliveries()[2].receipt_id, "meaning": "confirm"}
    scene.enqueue(Journey.BOOKING, visit, Action.SIGNAL, "replied", replied)

    first = await asyncio.to_thread(make_relay(temporal_client, database, scene, chat)._claim, 20, 0)

    assert [(job.delivery.ref, job.delivery.message) for job in first] == [(visit, "pms_changed")]


async def test_hints_leave_room_for_what_comes(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    relay = make_relay(temporal_client, database, scene, chat, options=RelayOptions(concurrency=8))

    assert [relay._hints_for(room, busy=False) for room in (8, 4)] == [6, 2]
    assert relay._hints_for(8, busy=True) == 1
    assert [relay._hints_for(room, busy=False) for room in (3, 2, 1)] == [0, 0, None]


async def test_a_booking_that_a_hint_begins_stands_behind_one_that_a_client_won(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    hints(scene, 1)
    won_and_ordered(scene)

    jobs = await asyncio.to_thread(make_relay(temporal_client, database, scene, chat)._claim, 20)

    started = {job.delivery.message: job.start for job in jobs}
    places = {message: start.priority.priority_key for message, start in started.items() if start is not None}
    assert places == {"won": 2, "task_answered": 1, "pms_changed": 3}


async def test_younger_messages_wait_behind_a_postponed_one(
    scene: Scene, database: Database, temporal_client: Client, chat: RecordingChat
) -> None:
    opening = scene.opening()
    later = datetime.now(UTC) + timedelta(hours=1)
    scene.enqueue(Journey.GAP_FILL, opening, Action.START, not_before=later)
    scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "opening_taken", {})

    early = await make_relay(temporal_client, database, scene, chat).drain()
    after = await make_relay(temporal_client, database, scene, chat, wall=lambda: later + timedelta(seconds=1)).drain()

    assert (early, after) == (0, 2)
    assert [one.state for one in scene.deliveries()] == ["done", "done"]
    assert isinstance(scene.deliveries()[0], Delivery)


async def test_with_temporal_away_everything_waits(scene: Scene, database: Database, chat: RecordingChat) -> None:
    away = await Client.connect("127.0.0.1:1", lazy=True)
    arrive(scene, Purpose.PMS, pms_event())
    before = datetime.now(UTC)

    # Its clock stands: on a busy machine the pause could be over before it looks again, and it would try twice.
    await make_relay(away, database, scene, chat, wall=lambda: before).drain()

    delivery = scene.deliveries()[0]
    assert (delivery.state, delivery.attempts, delivery.lease_until) == ("waiting", 1, None)
    assert delivery.not_before is not None and delivery.not_before > before


async def test_a_dead_relays_lease_runs_out(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    opening = scene.opening()
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    real_now = datetime.now(UTC)
    crashed = make_relay(temporal_client, database, scene, chat, wall=lambda: real_now)
    await asyncio.to_thread(crashed._claim, 10)

    early = await make_relay(temporal_client, database, scene, chat, wall=lambda: real_now).drain()
    after = await make_relay(
        temporal_client, database, scene, chat, wall=lambda: real_now + timedelta(seconds=31)
    ).drain()

    assert (early, after) == (0, 1)
    assert outcomes(scene) == [("start", "done")]
