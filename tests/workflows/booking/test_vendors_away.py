"""A vendor that is away for too long: staff hear of it, the visit goes on, and nothing said meanwhile is lost."""

from __future__ import annotations

from datetime import timedelta

from temporalio.exceptions import ApplicationError

from contracts.booking import (
    ASK_ABOUT_CALENDAR,
    ASK_ABOUT_VISIT,
    CLOSE_BOOKING,
    CONFIRM_VISIT,
    REFRESH_APPOINTMENT,
    SEND_TOUCH,
    Change,
    TouchKind,
    TouchResult,
)
from contracts.workflow_messages import Replied, Won
from tests.workflows.booking.visits import SENT, Visit, facts, touches
from tests.workflows.fake_activities import MORNING, FakeWorld
from workflows.booking import BookingOutcome

AWAY = ApplicationError("the vendor is away", non_retryable=True)


def asked_staff(world: FakeWorld) -> list[tuple[str, int]]:
    """What staff were asked, and after how many minutes."""
    minutes = world.minutes(ASK_ABOUT_VISIT)
    return [(one.kind, at) for one, at in zip(world.orders(ASK_ABOUT_VISIT), minutes, strict=True)]


async def test_a_visit_that_cannot_be_read_is_a_task_and_read_again(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, AWAY, AWAY, facts(Change.CREATED))

    await visit.play()

    assert world.minutes(ASK_ABOUT_CALENDAR) == [0, 20]
    assert touches(world)[0] == (TouchKind.CONFIRMATION, 0, 60)


async def test_what_was_heard_is_not_lost_while_a_visit_cannot_be_read(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, AWAY, facts(Change.CREATED))
    world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.signal, "won", Won(offer_id=3)))
    world.meanwhile(ASK_ABOUT_CALENDAR, visit.will(visit.changed, 41))

    await visit.play()

    assert [(order.won, order.receipt_id) for order in world.orders(REFRESH_APPOINTMENT)][1] == (True, 41)


async def test_a_visit_that_can_never_be_read_is_closed_so_that_later_news_begins_anew(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, AWAY)

    ended = await visit.play()

    assert ended == BookingOutcome(state="unread")
    assert world.minutes(REFRESH_APPOINTMENT) == [0, 20, 60, 140, 300, 620, 1260]
    assert [order.unheard for order in world.orders(CLOSE_BOOKING)] == [False]


async def test_a_message_that_cannot_be_sent_is_a_task_and_later_ones_go_out(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    world.answer(SEND_TOUCH, AWAY, SENT)

    await visit.play()

    assert asked_staff(world) == [("touch_unsent", 0)]
    unsent = world.orders(ASK_ABOUT_VISIT)[0].touch
    assert unsent is not None and unsent.kind is TouchKind.CONFIRMATION
    assert [kind for kind, _, _ in touches(world)] == [TouchKind.CONFIRMATION, TouchKind.REMINDER, TouchKind.REMINDER]


async def test_a_message_held_for_the_morning_that_cannot_be_sent_then_is_tried_once(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED, touches=()))
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), AWAY)

    await visit.play()

    assert [at for _, _, at in touches(world)] == [0, 600]
    assert asked_staff(world) == [("touch_unsent", 600)]


async def test_a_confirmed_visit_that_cannot_be_marked_is_a_task(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    world.answer(CONFIRM_VISIT, AWAY)
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "replied", Replied(meaning="confirm", receipt_id=41)))

    await visit.play()

    assert [(order.kind, order.receipt_id) for order in world.orders(ASK_ABOUT_VISIT)] == [("confirm_unwritten", 41)]


async def test_what_the_client_says_while_a_visit_cannot_be_read_is_heard(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, AWAY, facts(Change.CREATED))
    world.meanwhile(
        ASK_ABOUT_CALENDAR, visit.will(visit.signal, "replied", Replied(meaning="cannot_come", receipt_id=41))
    )

    await visit.play()

    assert asked_staff(world) == [("cannot_come", 0)]
    assert world.minutes(REFRESH_APPOINTMENT) == [0, 20]
