"""What a client says about a visit, how they won it, and what staff answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.booking import (
    ASK_ABOUT_VISIT,
    CONFIRM_VISIT,
    REFRESH_APPOINTMENT,
    SEND_TOUCH,
    AskAboutVisit,
    Change,
    ConfirmVisit,
    TouchKind,
    TouchResult,
)
from contracts.workflow_messages import Replied, TaskAnswer, Won
from tests.workflows.booking.visits import DAY, SENT, VISIT, Visit, facts, touches
from tests.workflows.fake_activities import MORNING, FakeWorld


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


async def test_a_won_visit_that_was_read_back_is_confirmed_without_another_look(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.NONE))
    won = Won(offer_id=4, facts=facts(Change.CREATED))
    world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.signal, "won", won))

    await visit.play()

    assert [order.won for order in world.orders(REFRESH_APPOINTMENT)] == [False]
    assert touches(world)[0] == (TouchKind.CONFIRMATION, 0, 0)


async def test_news_that_come_with_the_win_are_looked_at_after_the_confirmation(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.NONE))

    async def both() -> None:
        await visit.signal("won", Won(offer_id=4, facts=facts(Change.CREATED)))
        await visit.changed(41)

    world.meanwhile(REFRESH_APPOINTMENT, both)
    await visit.play()

    assert [(order.won, order.receipt_id) for order in world.orders(REFRESH_APPOINTMENT)] == [
        (False, None),
        (False, 41),
    ]
    assert [kind for kind, _, _ in touches(world)].count(TouchKind.CONFIRMATION) == 1


async def test_a_win_sends_the_confirmation_that_quiet_hours_held(world: FakeWorld, visit: Visit) -> None:
    """Somebody who said YES a moment ago is awake and waits for the word; the gate knows, once it is asked again."""
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED, touches=()))
    world.answer(SEND_TOUCH, TouchResult(held_until=MORNING + timedelta(hours=10)), SENT)
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "won", Won(offer_id=4)))

    await visit.play()

    assert touches(world) == [(TouchKind.CONFIRMATION, 0, 0), (TouchKind.CONFIRMATION, 0, 0)]


async def test_staffs_answer_to_a_task_changes_nothing_by_itself(world: FakeWorld, visit: Visit) -> None:
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED))
    answer = TaskAnswer(task_id=3, kind="cannot_come", action="done", by="ana")
    world.meanwhile(SEND_TOUCH, visit.will(visit.signal, "task_answered", answer))

    ended = await visit.play()

    assert (ended.touches, ended.state) == (3, "booked")
