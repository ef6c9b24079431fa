"""A visit the practice system shows moved, cancelled, on again or over: who hears of it, and which turn goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.booking import CLOSE_BOOKING, REFRESH_APPOINTMENT, SEND_TOUCH, Change, TouchKind, TouchResult
from tests.workflows.booking.visits import CANCELLED, DAY, SENT, STARTS, Visit, facts, touches
from tests.workflows.fake_activities import MORNING, FakeWorld


async def test_a_moved_visit_is_announced_and_reminded_of_by_its_new_time(world: FakeWorld, visit: Visit) -> None:
    later = STARTS + timedelta(days=2)
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.MOVED, starts=later))
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 11), nth=2)

    await visit.play()

    assert touches(world) == [
        (TouchKind.CONFIRMATION, 0, 0),
        (TouchKind.REMINDER, 48 * 60, DAY),
        (TouchKind.MOVED, 0, DAY),
        (TouchKind.REMINDER, 48 * 60, 3 * DAY),
        (TouchKind.REMINDER, 2 * 60, 5 * DAY - 120),
    ]
    assert {one.starts_at for one in world.orders(SEND_TOUCH)[2:]} == {later}
    assert [one.before for one in world.orders(SEND_TOUCH)] == [None, None, STARTS, None, None]
    assert world.orders(REFRESH_APPOINTMENT)[1].receipt_id == 11


async def test_a_second_move_before_the_first_was_told_is_told_from_what_the_client_knows(
    world: FakeWorld, visit: Visit
) -> None:
    once, twice = STARTS + timedelta(days=2), STARTS + timedelta(days=3)
    world.answer(
        REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.MOVED, starts=once), facts(Change.MOVED, starts=twice)
    )
    world.answer(SEND_TOUCH, SENT, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 11))
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 12), nth=2)

    await visit.play()

    moved = [one for one in world.orders(SEND_TOUCH) if one.kind is TouchKind.MOVED]
    assert [(one.starts_at, one.before) for one in moved[:2]] == [(once, STARTS), (twice, STARTS)]


async def test_a_visit_back_where_it_was_before_the_move_was_told_is_no_news(world: FakeWorld, visit: Visit) -> None:
    away = STARTS + timedelta(days=2)
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.MOVED, starts=away), facts(Change.MOVED))
    world.answer(SEND_TOUCH, SENT, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 11))
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 12), nth=2)

    await visit.play()

    assert [one.starts_at for one in world.orders(SEND_TOUCH) if one.kind is TouchKind.MOVED] == [away]
    assert world.orders(SEND_TOUCH)[2].kind is TouchKind.REMINDER


async def test_a_visit_back_where_it_was_is_news_to_whoever_read_of_the_move_in_a_mail(
    world: FakeWorld, visit: Visit
) -> None:
    away = STARTS + timedelta(days=2)
    by_mail = TouchResult(held_until=MORNING + timedelta(hours=10), outcomes=("sms held: quiet hours", "email sent"))
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.MOVED, starts=away), facts(Change.MOVED))
    world.answer(SEND_TOUCH, SENT, by_mail, SENT)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 11))
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 12), nth=2)

    await visit.play()

    assert [one.starts_at for one in world.orders(SEND_TOUCH) if one.kind is TouchKind.MOVED][:2] == [away, STARTS]


async def test_a_cancelled_visit_is_announced_once_it_has_settled_and_closed(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), CANCELLED)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed, 12))

    ended = await visit.play()

    assert [kind for kind, _, _ in touches(world)] == [TouchKind.CONFIRMATION, TouchKind.CANCELLED]
    assert world.times(SEND_TOUCH)[1] - world.times(REFRESH_APPOINTMENT)[1] >= timedelta(seconds=30)
    assert (ended.state, len(world.orders(CLOSE_BOOKING))) == ("cancelled", 1)


async def test_a_cancellation_undone_while_settling_goes_on_and_nobody_hears_of_it(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), CANCELLED, facts(Change.NONE))
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed))
    world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.changed), nth=2)

    ended = await visit.play()

    assert [kind for kind, _, _ in touches(world)] == [
        TouchKind.CONFIRMATION,
        TouchKind.REMINDER,
        TouchKind.REMINDER,
    ]
    assert ended.state == "booked"


async def test_a_visit_un_cancelled_after_settling_is_confirmed_in_its_next_turn(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.UN_CANCELLED))

    await visit.play(turn=1)

    assert touches(world)[0] == (TouchKind.CONFIRMATION, 0, 0)
    assert world.orders(CLOSE_BOOKING)[0].turn == 1


@pytest.mark.parametrize("change", [Change.COMPLETED, Change.NO_SHOW, Change.VOID])
async def test_a_finished_visit_is_closed_without_a_word(world: FakeWorld, visit: Visit, change: Change) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(change, state=change.value))
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed))

    ended = await visit.play()

    assert [kind for kind, _, _ in touches(world)] == [TouchKind.CONFIRMATION]
    assert (ended.state, world.names()[-1]) == (change.value, CLOSE_BOOKING.name)


async def test_news_that_changes_nothing_repeats_no_message(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.NONE))
    for reminder in (2, 3):
        world.meanwhile(SEND_TOUCH, visit.will(visit.changed), nth=reminder)

    await visit.play()

    assert [(kind, lead) for kind, lead, _ in touches(world)] == [
        (TouchKind.CONFIRMATION, 0),
        (TouchKind.REMINDER, 48 * 60),
        (TouchKind.REMINDER, 2 * 60),
    ]


async def test_the_word_of_a_cancellation_held_by_quiet_hours_still_goes_out(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, CANCELLED)
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)

    await visit.play()

    assert touches(world) == [(TouchKind.CANCELLED, 0, 0), (TouchKind.CANCELLED, 0, 600)]


async def test_only_news_that_is_all_baseline_makes_a_baseline_look(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.NONE))

    async def mixed() -> None:
        await visit.changed(baseline=True)
        await visit.changed(receipt=14)

    world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.changed, baseline=True), nth=1)
    world.meanwhile(REFRESH_APPOINTMENT, mixed, nth=2)
    await visit.play()

    assert [(order.baseline, order.receipt_id) for order in world.orders(REFRESH_APPOINTMENT)] == [
        (False, None),
        (True, None),
        (False, 14),
    ]


async def test_a_change_that_comes_while_a_cancellation_is_told_is_left_to_the_next_turn(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, CANCELLED)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed))

    await visit.play()

    assert [(order.turn, order.unheard) for order in world.orders(CLOSE_BOOKING)] == [(0, True)]


async def test_a_change_that_comes_while_the_turn_closes_is_left_to_the_next_turn(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, CANCELLED)
    world.meanwhile(CLOSE_BOOKING, visit.will(visit.changed))

    await visit.play()

    assert [(order.turn, order.unheard) for order in world.orders(CLOSE_BOOKING)] == [(0, False), (0, True)]


async def test_the_next_turn_looks_against_a_visit_its_client_thinks_is_off(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.UN_CANCELLED), facts(Change.NONE))
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed))

    await visit.play(turn=1)

    assert [order.known_state for order in world.orders(REFRESH_APPOINTMENT)] == ["cancelled", "booked"]


async def test_a_second_look_while_settling_compares_with_what_the_client_knows(world: FakeWorld, visit: Visit) -> None:
    """Two webhooks about one cancellation: it is told all the same."""
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), CANCELLED)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed))
    world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.changed), nth=2)

    await visit.play()

    assert [order.known_state for order in world.orders(REFRESH_APPOINTMENT)] == [None, "booked", "booked"]
    assert [kind for kind, _, _ in touches(world)] == [TouchKind.CONFIRMATION, TouchKind.CANCELLED]


async def test_a_cancellation_that_is_no_news_to_its_client_is_closed_without_a_word(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, CANCELLED.model_copy(update={"quiet": True}))

    await visit.play()

    assert (touches(world), len(world.orders(CLOSE_BOOKING))) == ([], 1)


async def test_a_visit_on_again_before_the_morning_ends_the_wait_of_its_cancellation(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, CANCELLED)
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)))
    await visit.start(skipping=False)
    await world.done(REFRESH_APPOINTMENT)
    await world.pass_time(visit.handle, timedelta(minutes=5))
    await world.done(SEND_TOUCH)

    await visit.changed()
    await visit.handle.result()

    assert touches(world) == [(TouchKind.CANCELLED, 0, 0)]
    assert [order.unheard for order in world.orders(CLOSE_BOOKING)] == [True]
