"""What the client of a visit hears and when, if nothing comes between: confirmation, reminders, the end."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.booking import (
    CLOSE_BOOKING,
    REFRESH_APPOINTMENT,
    SEND_TOUCH,
    Change,
    CloseBooking,
    TouchKind,
    TouchResult,
)
from tests.workflows.booking.visits import DAY, LEADS, SENT, STARTS, VISIT, Visit, facts, touches
from tests.workflows.fake_activities import MORNING, FakeWorld
from workflows import search_attributes as sa
from workflows.booking import BookingOutcome


async def test_a_new_visit_is_confirmed_at_once_and_reminded_of_at_its_times(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))

    ended = await visit.play()

    assert touches(world) == [
        (TouchKind.CONFIRMATION, 0, 0),
        (TouchKind.REMINDER, 48 * 60, DAY),
        (TouchKind.REMINDER, 2 * 60, 3 * DAY - 120),
    ]
    assert ended == BookingOutcome(state="booked", touches=3)


async def test_a_visit_past_without_another_word_is_closed_after_its_end(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))

    await visit.play(turn=2)

    assert world.orders(CLOSE_BOOKING) == [CloseBooking(practice_id=world.practice_id, appointment_id=VISIT, turn=2)]
    assert world.minutes(CLOSE_BOOKING) == [3 * DAY + 120]


async def test_a_visit_older_than_chairflow_is_reminded_of_but_not_confirmed(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.NONE))

    await visit.play()

    assert [kind for kind, _, _ in touches(world)] == [TouchKind.REMINDER, TouchKind.REMINDER]


async def test_a_reminder_left_out_of_the_plan_is_not_sent(world: FakeWorld, visit: Visit) -> None:
    soon = facts(Change.CREATED, touches=(), skipped=("2 h before: already past",))
    world.answer(REFRESH_APPOINTMENT, soon)

    await visit.play()

    assert [kind for kind, _, _ in touches(world)] == [TouchKind.CONFIRMATION]


async def test_a_confirmation_held_by_quiet_hours_is_tried_again_in_the_morning(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED, touches=()))
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)

    ended = await visit.play()

    assert touches(world) == [(TouchKind.CONFIRMATION, 0, 0), (TouchKind.CONFIRMATION, 0, 600)]
    assert ended.touches == 1


async def test_the_next_message_can_be_sorted_by_until_the_visit_is_over(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.COMPLETED, state="completed"))
    shown: list[datetime | None] = []

    async def look() -> None:
        shown.append((await visit.handle.describe()).typed_search_attributes.get(sa.NEXT_ACTION_AT))
        await visit.changed()

    world.meanwhile(SEND_TOUCH, look)
    await visit.play()
    shown.append((await visit.handle.describe()).typed_search_attributes.get(sa.NEXT_ACTION_AT))

    assert shown == [STARTS - timedelta(minutes=LEADS[0]), None]
