"""Each message finds its journey: it starts one, goes on with one, or is answered where one is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle

from contracts.workflow_messages import BookingInput, GapFillInput, PmsChanged
from domain.journey_names import Action, Journey
from inbox.relay import Relay
from models.calendar import Appointment
from models.repositories.receipts import Purpose
from models.session import Database
from tests.inbox.relay.relays import PHONE, RecordingChat, arrive, make_relay, outcomes, pms_event, signals
from tests.inbox.scene import NOW, Scene, set_scene
from workflows.ids import booking_id, gap_fill_id, reply_id


async def first_argument(client: Client, handle: WorkflowHandle[Any, Any], kind: type[Any]) -> Any:
    history = await handle.fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    return (await client.data_converter.decode(started.input.payloads, [kind]))[0]


async def test_a_pms_event_starts_its_booking_with_the_signal(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    receipt = arrive(scene, Purpose.PMS, pms_event())

    await relay.drain()

    appointment = scene.deliveries()[0].ref
    handle = temporal_client.get_workflow_handle(booking_id(practice_id=scene.practice_id, appointment_id=appointment))
    assert await signals(handle) == ["pms_changed"]
    given = await first_argument(temporal_client, handle, BookingInput)
    assert (given.practice_id, given.appointment_id, given.pms_queue) == (
        scene.practice_id,
        appointment,
        "pms-boulevard",
    )
    assert given.zone_offsets[0].name == "EST"
    assert outcomes(scene) == [("pms_changed", "done")]
    description = await handle.describe()
    assert description.search_attributes["PracticeId"] == [str(scene.practice_id)]
    assert description.search_attributes["BookingRef"] == [str(appointment)]
    assert receipt == scene.deliveries()[0].receipt_id


async def test_events_of_one_appointment_meet_in_one_booking_in_order(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    receipts = [arrive(scene, Purpose.PMS, pms_event(f"e{number}"), key=f"e{number}") for number in range(4)]

    await relay.drain()

    handle = temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=scene.deliveries()[0].ref)
    )
    history = await handle.fetch_history()
    heard = [
        (await temporal_client.data_converter.decode(signal.input.payloads, [PmsChanged]))[0].receipt_id
        for event in history.events
        if (signal := event.workflow_execution_signaled_event_attributes).signal_name
    ]
    assert heard == receipts


async def test_an_event_after_the_turn_has_ended_starts_the_next_turn(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    arrive(scene, Purpose.PMS, pms_event("e1"), key="e1")
    await relay.drain()
    appointment = scene.deliveries()[0].ref
    await temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=appointment)
    ).terminate()

    arrive(scene, Purpose.PMS, pms_event("e2"), key="e2")
    await relay.drain()

    handle = temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=appointment, turn=1)
    )
    assert await signals(handle) == ["pms_changed"]
    assert scene.row(Appointment, appointment).turn == 1
    assert [one.turn for one in scene.deliveries()] == [0, 1]


async def test_a_fill_is_started_once_with_the_practices_settling_delay(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    opening = scene.opening()
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)

    await relay.drain()

    handle = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
    given = await first_argument(temporal_client, handle, GapFillInput)
    assert given.settling_delay == timedelta(seconds=30)
    assert (await handle.describe()).search_attributes["SlotStart"]
    assert outcomes(scene) == [("start", "done"), ("start", "done")]


async def test_a_yes_to_an_ended_fill_is_answered_and_starts_no_new_fill(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    await relay.drain()
    fill = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
    await fill.terminate()

    receipt = scene.text(PHONE, "yes")
    await relay.drain()

    assert outcomes(scene) == [("start", "done"), ("claim_by_text", "over"), ("start", "done")]
    kept = scene.receipt(receipt)
    assert (kept.outcome, kept.parsed["about"]["offer_id"]) == ("late_yes", offer)
    reply = temporal_client.get_workflow_handle(reply_id(practice_id=scene.practice_id, receipt_id=receipt))
    assert (await reply.describe()).workflow_type == "Reply"
    assert (await fill.describe()).status is not None
    assert len((await fill.fetch_history()).events) <= 3


async def test_staffs_order_to_an_ended_fill_starts_the_fill_that_carries_it_out(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    opening = scene.opening()
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    await relay.drain()
    fill = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
    await fill.terminate()
    order = {"task_id": scene.task(), "kind": "nobody_left", "action": "offer", "client_id": 5, "by": "Dana"}
    relay = make_relay(temporal_client, scene.database, scene, RecordingChat(), wall=lambda: NOW)

    scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "task_answered", order)
    await relay.drain()

    assert outcomes(scene) == [("start", "done"), ("task_answered", "over"), ("task_answered", "done")]
    following = scene.deliveries()[-1].ref
    assert following != opening
    started = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=following))
    assert await signals(started) == ["task_answered"]
    history = await started.fetch_history()
    begun = history.events[0].workflow_execution_started_event_attributes
    assert begun.first_workflow_task_backoff.ToTimedelta() == timedelta()


async def test_a_reply_about_a_visit_follows_its_booking_into_the_next_turn(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    visit = scene.visit(scene.client(PHONE), PHONE)
    scene.text(PHONE, "C")
    with scene.database.transaction() as session:
        session.get_one(Appointment, visit).turn = 1
    scene.enqueue(Journey.BOOKING, visit, Action.SIGNAL_WITH_START, "pms_changed", turn=1)

    await relay.drain()

    handle = temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=visit, turn=1)
    )
    assert sorted(await signals(handle)) == ["pms_changed", "replied"]


async def test_a_reply_about_a_visit_that_is_over_gets_an_answer(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    scene.visit(scene.client(PHONE), PHONE)

    receipt = scene.text(PHONE, "X")
    await relay.drain()

    assert scene.receipt(receipt).outcome == "needs_person"
    assert outcomes(scene) == [("replied", "over"), ("start", "done")]


@pytest.mark.parametrize(
    ("message", "body"), [("no_such_signal", {}), ("claim_by_text", {"key": "k", "offer_id": "none"})]
)
async def test_what_no_journey_could_decode_is_dead_and_not_dropped(
    scene: Scene, relay: Relay, message: str, body: dict[str, Any]
) -> None:
    scene.enqueue(Journey.GAP_FILL, scene.opening(), Action.SIGNAL, message, body)

    await relay.drain()

    delivery = scene.deliveries()[0]
    assert delivery.state == "dead"
    assert "does not fit its journey" in (delivery.outcome or "")


def test_ids_of_two_practices_differ(database: Database) -> None:
    first, second = set_scene(database, slug="a"), set_scene(database, slug="b")

    assert first.practice_id != second.practice_id
