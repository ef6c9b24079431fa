"""What a journey costs in history, and that every step of it can be read in the Temporal UI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle

from contracts.booking import CONFIRM_VISIT, REFRESH_APPOINTMENT, SEND_TOUCH, Change
from contracts.gap_fill import CLOSE_OFFERS, OFFER_WAVE, CloseResult, OfferWave, WaveResult
from contracts.workflow_messages import Replied
from tests.workflows.booking.visits import SENT, Visit, facts
from tests.workflows.fake_activities import FakeWorld
from tests.workflows.fills import OFFERS_UNTIL, Fill, furnish, wave
from workflows import search_attributes as sa

#: What skipping time leaves in a history; a real one has none of it.
SKIPS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
}
SUMMARIZED = {EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, EventType.EVENT_TYPE_TIMER_STARTED}


SETTLING = timedelta(seconds=30)


@dataclass(frozen=True)
class Cost:
    events: int
    kilobytes: float


async def events_of(handle: WorkflowHandle[Any, Any]) -> list[HistoryEvent]:
    """As they would be without skipping."""
    return [event async for event in handle.fetch_history_events() if event.event_type not in SKIPS]


async def cost(handle: WorkflowHandle[Any, Any]) -> Cost:
    """Of the whole history, as Temporal counts it, payloads sealed."""
    events = await events_of(handle)
    size = (await handle.describe()).raw_description.workflow_execution_info.history_size_bytes
    return Cost(events=len(events), kilobytes=size / 1024)


async def ten_offers(world: FakeWorld, *, at_once: int) -> Fill:
    """Ten offers in waves; nobody answers but the tenth, within the window; everybody is told."""
    furnish(world)
    fill = Fill(world)

    def send(order: OfferWave, now: Any) -> WaveResult:
        first = (order.wave - 1) * at_once + 1
        return wave(*range(first, first + at_once), so_far=first + at_once - 1)(order, now)

    world.answer(OFFER_WAVE, send)
    world.answer(CLOSE_OFFERS, CloseResult(told=9))
    waves = 10 // at_once
    await fill.start(skipping=False, settling=SETTLING, delay=SETTLING)
    await fill.pass_time(minutes=10 * (waves - 1) + 5)
    await world.done(OFFER_WAVE, waves)
    await fill.text_yes(10)
    ended = await fill.outcome()
    assert (ended.offers, ended.waves) == (10, waves)
    return fill


@pytest.mark.parametrize(("at_once", "events"), [(1, 140), (5, 85), (10, 85)])
async def test_a_gap_filled_with_ten_offers_stays_within_its_figures(
    world: FakeWorld, at_once: int, events: int
) -> None:
    fill = await ten_offers(world, at_once=at_once)

    spent = await cost(fill.handle)

    assert spent.events <= events
    assert spent.kilobytes <= 40


async def test_an_ordinary_booking_from_created_to_completed_stays_within_its_figure(world: FakeWorld) -> None:
    world.answer(SEND_TOUCH, SENT)
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.COMPLETED, state="completed"))
    visit = Visit(world)
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "replied", Replied(receipt_id=1, meaning="confirm")), nth=2)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed), nth=3)
    ended = await visit.play()

    spent = await cost(visit.handle)

    assert (ended.touches, len(world.orders(CONFIRM_VISIT))) == (3, 1)
    assert spent.events <= 70
    assert spent.kilobytes <= 40


async def test_every_activity_and_timer_of_a_fill_says_what_it_is_for(world: FakeWorld) -> None:
    fill = await ten_offers(world, at_once=5)

    steps = [event for event in await events_of(fill.handle) if event.event_type in SUMMARIZED]

    assert len(steps) > 5
    assert [step.event_id for step in steps if not step.user_metadata.summary.data] == []


async def test_a_fill_can_be_filtered_by_its_stage(world: FakeWorld) -> None:
    fill = await ten_offers(world, at_once=10)

    found = (await fill.handle.describe()).typed_search_attributes

    keys = (sa.STAGE, sa.WAITING_ON, sa.NEEDS_HUMAN, sa.OFFERS_SENT, sa.NEXT_ACTION_AT)
    assert [found.get(key) for key in keys] == ["filled", "nobody", False, 10, None]


async def test_a_fill_under_way_says_by_when_it_does_something_next(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    seen: list[object] = []

    async def look() -> None:
        seen.append((await fill.handle.describe()).typed_search_attributes.get(sa.NEXT_ACTION_AT))

    world.meanwhile(OFFER_WAVE, look)
    world.answer(OFFER_WAVE, wave(1))
    world.answer(CLOSE_OFFERS, CloseResult())
    await fill.start(skipping=False, settling=SETTLING, delay=SETTLING)
    await fill.pass_time(minutes=1)
    await world.done(OFFER_WAVE)

    assert seen == [OFFERS_UNTIL]
    await fill.handle.terminate()
