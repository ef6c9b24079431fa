"""A visit's own journey: what its client hears, and when, through every change the practice system shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.contracts.booking import (
    ASK_ABOUT_CALENDAR,
    ASK_ABOUT_VISIT,
    CLOSE_BOOKING,
    CONFIRM_VISIT,
    REFRESH_APPOINTMENT,
    SEND_TOUCH,
    AppointmentFacts,
    AskAboutVisit,
    Change,
    CloseBooking,
    ConfirmVisit,
    PlannedTouch,
    TouchKind,
    TouchResult,
)
from tests.workflows.world import MORNING, Act, FakeWorld
from workflows import search_attributes as sa
from workflows.booking import BookingOutcome
from workflows.messages import BookingInput, Payload, PmsChanged, Replied, TaskAnswer, Won

VISIT = 7
#: Three days on, at nine; two reminders, and the visit is past at eleven.
STARTS = MORNING + timedelta(days=3)
LEADS = (48 * 60, 2 * 60)
DAY = 24 * 60

SENT = TouchResult(outcomes=("sms: sent", "email: sent"))


def facts(change: Change, *, starts: datetime = STARTS, state: str = "booked", **changes: Any) -> AppointmentFacts:
    values: dict[str, Any] = {
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=1),
        "close_at": starts + timedelta(hours=2),
        "touches": tuple(PlannedTouch(lead_minutes=lead, at=starts - timedelta(minutes=lead)) for lead in LEADS),
    }
    return AppointmentFacts(change=change, state=state, **{**values, **changes})


CANCELLED = facts(Change.CANCELLED, state="cancelled")


@dataclass
class Visit:
    """One running booking and what can be said to it."""

    world: FakeWorld
    _handle: WorkflowHandle[Any, Any] | None = None

    async def play(self, *, turn: int = 0) -> BookingOutcome:
        await self.start(turn=turn)
        return BookingOutcome.model_validate(await self.handle.result())

    async def start(self, *, turn: int = 0, skipping: bool = True) -> None:
        start = BookingInput(**self.world.input(), appointment_id=VISIT, turn=turn)
        self._handle = await self.world.start("Booking", start, skipping=skipping)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        assert self._handle is not None, "the booking has not been started"
        return self._handle

    async def signal(self, name: str, payload: Payload) -> None:
        await self.handle.signal(name, payload)

    async def changed(self, receipt: int | None = None, *, baseline: bool = False) -> None:
        await self.signal("pms_changed", PmsChanged(receipt_id=receipt, baseline=baseline))

    def will(self, act: Callable[..., Awaitable[object]], *arguments: Any, **named: Any) -> Act:
        return lambda: act(*arguments, **named)


@pytest.fixture
def visit(world: FakeWorld) -> Visit:
    world.answer(SEND_TOUCH, SENT)
    return Visit(world)


def touches(world: FakeWorld) -> list[tuple[TouchKind, int, int]]:
    """Kind, lead, and the whole minutes after the morning at which it was handed over."""
    minutes = world.minutes(SEND_TOUCH)
    return [(one.kind, one.lead_minutes, at) for one, at in zip(world.orders(SEND_TOUCH), minutes, strict=True)]


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


async def test_a_confirmation_held_by_quiet_hours_is_tried_again_in_the_morning(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED, touches=()))
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)

    ended = await visit.play()

    assert touches(world) == [(TouchKind.CONFIRMATION, 0, 0), (TouchKind.CONFIRMATION, 0, 600)]
    assert ended.touches == 1


async def test_the_word_of_a_cancellation_held_by_quiet_hours_still_goes_out(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, CANCELLED)
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)

    await visit.play()

    assert touches(world) == [(TouchKind.CANCELLED, 0, 0), (TouchKind.CANCELLED, 0, 600)]


async def test_a_client_who_confirms_is_marked_in_the_practice_system(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "replied", Replied(receipt_id=31, meaning="confirm")), nth=2)

    await visit.play()

    assert world.minutes(CONFIRM_VISIT) == [DAY]
    # With the text that said so, for its answer.
    assert world.orders(CONFIRM_VISIT) == [
        ConfirmVisit(practice_id=world.practice_id, appointment_id=VISIT, receipt_id=31)
    ]
    assert world.orders(ASK_ABOUT_VISIT) == []


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


@pytest.mark.parametrize("meaning", ["reschedule", "cannot_come"])
async def test_a_client_who_wants_another_time_or_cannot_come_gets_a_person(
    world: FakeWorld, visit: Visit, meaning: str
) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "replied", Replied(receipt_id=31, meaning=meaning)))

    ended = await visit.play()

    assert world.orders(ASK_ABOUT_VISIT) == [
        AskAboutVisit(practice_id=world.practice_id, appointment_id=VISIT, kind=meaning, receipt_id=31)
    ]
    assert (world.orders(CONFIRM_VISIT), ended.state) == ([], "booked")


async def test_a_reply_costs_no_reminder(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "replied", Replied(receipt_id=31, meaning="confirm")))

    await visit.play()

    assert [kind for kind, _, _ in touches(world)].count(TouchKind.REMINDER) == 2


async def test_a_reply_and_a_change_in_one_moment_are_both_heard(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.NONE))

    async def both() -> None:
        await visit.signal("replied", Replied(receipt_id=31, meaning="confirm"))
        await visit.changed()

    world.meanwhile(SEND_TOUCH, both)
    await visit.play()

    assert len(world.orders(CONFIRM_VISIT)) == 1
    assert len(world.orders(REFRESH_APPOINTMENT)) == 2


async def test_a_reply_that_comes_with_the_visits_completion_is_still_heard(world: FakeWorld, visit: Visit) -> None:
    completed = facts(Change.COMPLETED, state="completed")
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), completed)
    world.meanwhile(SEND_TOUCH, visit.will(visit.changed))
    said = Replied(receipt_id=31, meaning="cannot_come")
    world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.signal, "replied", said), nth=2)

    await visit.play()

    assert [order.kind for order in world.orders(ASK_ABOUT_VISIT)] == ["cannot_come"]


async def test_a_claim_of_ours_makes_the_look_say_so_and_the_client_is_confirmed(
    world: FakeWorld, visit: Visit
) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.NONE), facts(Change.CREATED))
    world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.signal, "won", Won(offer_id=4)))

    await visit.play()

    assert [order.won for order in world.orders(REFRESH_APPOINTMENT)] == [False, True]
    assert touches(world)[0] == (TouchKind.CONFIRMATION, 0, 0)


async def test_a_won_visit_whose_news_came_first_is_confirmed_once(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "won", Won(offer_id=4)))

    await visit.play()

    assert [order.won for order in world.orders(REFRESH_APPOINTMENT)] == [False, True]
    assert [kind for kind, _, _ in touches(world)].count(TouchKind.CONFIRMATION) == 1


async def test_a_win_sends_the_confirmation_that_quiet_hours_held(world: FakeWorld, visit: Visit) -> None:
    """Somebody who said YES a moment ago is awake and waits for the word; the gate knows, once it is asked again."""
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED, touches=()))
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "won", Won(offer_id=4)))

    await visit.play()

    assert touches(world) == [(TouchKind.CONFIRMATION, 0, 0), (TouchKind.CONFIRMATION, 0, 0)]


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


async def test_staffs_answer_to_a_task_changes_nothing_by_itself(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    answer = TaskAnswer(task_id=3, kind="cannot_come", action="done", by="ana")
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "task_answered", answer))

    ended = await visit.play()

    assert (ended.touches, ended.state) == (3, "booked")


# --- a vendor that is away for too long ----------------------------------------------------------------------------

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
