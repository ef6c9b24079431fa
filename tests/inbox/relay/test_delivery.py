"""Each message once and in its order: with two relays, much to do, Temporal away, or a relay that died."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from domain.journeys import Action, Journey
from inbox.relay import RelayOptions
from models.inbox import Delivery
from models.repositories.receipts import Purpose
from models.session import Database
from tests.inbox.relay.relays import RecordingChat, arrive, done, make_relay, outcomes, pms_event, running, signals
from tests.inbox.scene import Scene
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


async def test_while_much_arrives_hints_trickle_and_people_do_not_wait_for_them(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    for number in range(6):
        event = replace(pms_event(f"e{number}"), appointment_ref=f"urn:{number}")
        arrive(scene, Purpose.PMS, event, key=f"e{number}")
    scene.enqueue(Journey.GAP_FILL, scene.opening(), Action.START)
    relay = make_relay(temporal_client, database, scene, chat, busy=lambda: True)

    first = await asyncio.to_thread(relay._claim_while_busy, 20)
    async with running(relay):
        assert [job.delivery.action for job in first] == [Action.SIGNAL_WITH_START, Action.START]
        await done(scene, 5)  # all but the two that are claimed above


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
