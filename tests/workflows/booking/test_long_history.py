"""A visit that is changed and answered so often that its history nears the engine's limit, here a low one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from contracts.booking import (
    CONFIRM_VISIT,
    REFRESH_APPOINTMENT,
    SEND_TOUCH,
    Change,
    TouchKind,
    TouchResult,
)
from contracts.workflow_messages import Replied
from tests.conftest import skipping_environment
from tests.workflows.booking.visits import DAY, SENT, STARTS, Visit, facts, touches
from tests.workflows.fake_activities import MORNING, FakeWorld, Worlds
from wiring.settings import Settings

#: Events after which the engine suggests a new run; 4,096 where nothing else is set.
LOW = 60


@pytest.fixture(scope="module")
async def low_limit(settings: Settings) -> AsyncIterator[Worlds]:
    flag = f"limit.historyCount.suggestContinueAsNew={LOW}"
    async with await skipping_environment(settings, "--dynamic-config-value", flag) as environment:
        worlds = Worlds(environment)
        async with worlds.at_work():
            yield worlds


@pytest.fixture
def world(low_limit: Worlds) -> FakeWorld:
    return low_limit.new()


async def runs(visit: Visit) -> int:
    """How many runs the booking has had."""
    client, run_id, found = visit.world.env.client, (await visit.handle.describe()).run_id, 0
    while run_id:
        found += 1
        async for event in client.get_workflow_handle(visit.handle.id, run_id=run_id).fetch_history_events():
            run_id = event.workflow_execution_started_event_attributes.continued_execution_run_id
            break
    return found


def told_again_and_again(world: FakeWorld, visit: Visit, *, times: int = 8) -> None:
    """Each look is followed by the next change."""
    for look in range(1, times + 1):
        world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.changed), nth=look)


async def test_a_visit_changed_again_and_again_goes_on_in_a_new_run_and_repeats_no_message(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.NONE))
    told_again_and_again(world, visit)

    ended = await visit.play()

    assert await runs(visit) > 1
    assert touches(world) == [
        (TouchKind.CONFIRMATION, 0, 0),
        (TouchKind.REMINDER, 48 * 60, DAY),
        (TouchKind.REMINDER, 2 * 60, 3 * DAY - 120),
    ]
    assert (ended.state, ended.touches) == ("booked", 3)


async def test_a_new_run_looks_against_what_the_run_before_knew(world: FakeWorld, visit: Visit) -> None:
    moved = STARTS + timedelta(days=1)
    world.answer(
        REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.MOVED, starts=moved), facts(Change.NONE, starts=moved)
    )
    told_again_and_again(world, visit, times=6)

    await visit.play()

    assert await runs(visit) > 1
    assert [(one.known_state, one.known_start) for one in world.orders(REFRESH_APPOINTMENT)][2:] == [
        ("booked", moved) for _ in world.orders(REFRESH_APPOINTMENT)[2:]
    ]
    assert [kind for kind, _, _ in touches(world)].count(TouchKind.MOVED) == 1


async def test_every_answer_of_a_client_who_writes_again_and_again_is_heard_once(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.NONE))
    for heard in range(1, 7):
        more = visit.will(visit.signal, "replied", Replied(receipt_id=heard + 1, meaning="confirm"))
        world.meanwhile(CONFIRM_VISIT, more, nth=heard)
    first = visit.will(visit.signal, "replied", Replied(receipt_id=1, meaning="confirm"))
    world.meanwhile(SEND_TOUCH, first)

    await visit.play()

    assert await runs(visit) > 1
    assert [order.receipt_id for order in world.orders(CONFIRM_VISIT)] == list(range(1, 8))


async def test_a_message_that_waits_for_the_morning_is_taken_into_the_new_run(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED, touches=()), facts(Change.NONE, touches=()))
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)
    told_again_and_again(world, visit)

    await visit.play()

    assert await runs(visit) > 1
    assert touches(world) == [(TouchKind.CONFIRMATION, 0, 0), (TouchKind.CONFIRMATION, 0, 600)]
