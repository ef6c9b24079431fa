"""A vendor that is away for too long: a person hears of it, nothing is lost, and it is tried again where that helps."""

from __future__ import annotations

from datetime import timedelta

from temporalio.exceptions import ApplicationError

from contracts.gap_fill import (
    ASK_PERSON,
    ASSESS_OPENING,
    ASSIGN_CLIENT,
    BOOK_VISIT,
    CLOSE_OFFERS,
    OFFER_WAVE,
    TELL_WINNER,
    Booked,
    BookResult,
    CloseResult,
    Ending,
    Verdict,
)
from contracts.task import ANSWER_REPLY, ReplyAnswered
from contracts.workflow_messages import AssignTo, OfferTo, TaskAnswer, Withdraw
from tests.workflows.fake_activities import MORNING, FakeWorld
from tests.workflows.fills import BOOKED, NOBODY_LEFT, Fill, furnish, plan, wave
from workflows.gap_fill import NEVER_SENT

#: No retry can mend it, so that its patience is over at once.
AWAY = ApplicationError("the vendor is away", non_retryable=True)


def paused(world: FakeWorld) -> list[tuple[str, int]]:
    return [(order.words, order.before) for order in world.orders(ASK_PERSON) if order.kind == "offers_paused"]


async def test_a_day_that_cannot_be_read_is_a_task_and_read_again(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, AWAY, AWAY, plan())
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert world.minutes(ASSESS_OPENING) == [0, 20, 40]
    assert paused(world) == [("The practice system could not be read.", 0)] * 2  # asked again, it is the same task


async def test_a_day_that_cannot_be_read_before_the_visit_would_begin_is_left_to_the_person(world: FakeWorld) -> None:
    furnish(world)
    world.answer(ASSESS_OPENING, AWAY)

    ended = await Fill(world).play(slot_start=MORNING + timedelta(minutes=50))

    assert ended.ending is Ending.HANDED_OVER
    assert world.minutes(ASSESS_OPENING) == [0, 20, 40]
    assert world.orders(OFFER_WAVE) == []


async def test_a_wave_that_cannot_be_sent_is_a_task_and_the_same_wave_goes_out_later(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), AWAY, wave(2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=3)

    ended = await fill.play()

    assert (ended.ending, ended.waves) == (Ending.FILLED, 2)
    assert [order.wave for order in world.orders(OFFER_WAVE)] == [1, 2, 2]
    assert world.minutes(OFFER_WAVE) == [0, 10, 30]
    assert paused(world) == [("Texts could not be sent.", 0)]


async def test_a_second_outage_is_a_second_task(world: FakeWorld) -> None:
    furnish(world)
    world.answer(OFFER_WAVE, AWAY, wave(1), AWAY, NOBODY_LEFT)

    await Fill(world).play()

    assert [before for _, before in paused(world)] == [0, 1]


async def test_texts_that_cannot_be_sent_until_the_offers_end_leave_the_list_to_staff(world: FakeWorld) -> None:
    furnish(world)
    world.answer(ASSESS_OPENING, plan(offers_until=MORNING + timedelta(minutes=50)))
    world.answer(OFFER_WAVE, AWAY)

    ended = await Fill(world).play()

    assert (ended.ending, ended.waves) == (Ending.LAPSED, 0)
    assert world.minutes(OFFER_WAVE) == [0, 20, 40]


async def test_a_yes_to_an_earlier_wave_does_not_wait_for_the_vendor(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), AWAY)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1), nth=2)

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert world.minutes(BOOK_VISIT) == [10]


async def test_the_client_staff_named_is_asked_once_texts_go_out_again(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), AWAY, wave(2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "offer_to", OfferTo(client_id=8, by="ana", reason="asked")))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=3)

    await fill.play()

    assert [order.only_client for order in world.orders(OFFER_WAVE)] == [None, 8, 8]
    assert world.minutes(OFFER_WAVE) == [0, 0, 20]


async def test_staff_who_leave_the_chair_free_end_the_trying(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, AWAY)
    leave = TaskAnswer(task_id=5, kind="offers_paused", action="leave", by="ana")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", leave))

    ended = await fill.play()

    assert (ended.ending, len(world.orders(OFFER_WAVE))) == (Ending.LAPSED, 1)


async def test_staff_who_withdraw_while_a_wave_is_tried_wait_for_no_vendor(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, ApplicationError("the vendor is away"))
    withdraw = Withdraw(reason="the chair is broken", by="ana")
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "withdraw", withdraw), nth=2)

    ended = await fill.play()

    assert (ended.ending, len(world.orders(OFFER_WAVE))) == (Ending.WITHDRAWN, 2)
    assert len(world.orders(CLOSE_OFFERS)) == 1
    assert paused(world) == []


async def test_a_choice_that_cannot_be_checked_is_a_task_and_offers_go_on(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2))
    world.answer(ASSIGN_CLIENT, AWAY)
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "assign_to", AssignTo(client_id=8, by="ana", reason="asked")))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=2)

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [order.kind for order in world.orders(ASK_PERSON)] == ["assignment_does_not_fit"]


async def test_closing_messages_that_cannot_be_sent_are_a_task_and_sent_later(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.answer(CLOSE_OFFERS, AWAY, CloseResult(told=1))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [order.kind for order in world.orders(ASK_PERSON)] == ["not_told"]
    assert world.minutes(CLOSE_OFFERS) == [0, 20]
    assert [order.instead for order in world.orders(CLOSE_OFFERS)] == ["", ""]


async def test_staff_who_told_everybody_by_hand_end_the_trying(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.answer(CLOSE_OFFERS, AWAY, CloseResult(not_told=1))
    told = TaskAnswer(task_id=5, kind="not_told", action="told", by="ana")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", told))

    await fill.play()

    assert [order.instead for order in world.orders(CLOSE_OFFERS)] == ["", "told by ana"]
    assert world.minutes(CLOSE_OFFERS) == [0, 0]


async def test_closing_messages_are_not_tried_past_the_visits_start(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, plan(slot_start=MORNING + timedelta(minutes=50)))
    world.answer(OFFER_WAVE, wave(1, 2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.answer(CLOSE_OFFERS, *[AWAY] * 3, CloseResult(not_told=1))

    await fill.play()

    assert [order.instead for order in world.orders(CLOSE_OFFERS)] == ["", "", "", NEVER_SENT]
    assert world.minutes(CLOSE_OFFERS) == [0, 20, 40, 60]


async def test_closing_messages_that_fail_when_nobody_is_left_do_not_keep_a_late_yes_waiting(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, nobody_left=True))
    world.answer(CLOSE_OFFERS, AWAY, CloseResult(told=1))
    world.meanwhile(CLOSE_OFFERS, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [order.kind for order in world.orders(ASK_PERSON)] == ["nobody_left"]


async def test_a_winner_who_cannot_be_told_of_the_loss_is_called_by_a_person(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.answer(BOOK_VISIT, BookResult(outcome=Booked.TAKEN, words="Booked by hand just before."))
    world.answer(TELL_WINNER, AWAY)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.WITHDRAWN
    assert [(order.kind, order.offer_id) for order in world.orders(ASK_PERSON)] == [("overlap", 1)]
    assert [order.claimed for order in world.orders(CLOSE_OFFERS)] == [(1,)]


async def test_a_late_yes_that_cannot_be_answered_is_a_persons(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, BOOKED)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.meanwhile(CLOSE_OFFERS, fill.will(fill.text_yes, 2, receipt=41))
    world.answer(ANSWER_REPLY, AWAY, ReplyAnswered())

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [(order.receipt_id, order.by_person) for order in world.orders(ANSWER_REPLY)] == [(41, False), (41, True)]


async def test_a_chair_for_a_person_first_is_asked_about_once_the_day_could_be_read(world: FakeWorld) -> None:
    furnish(world)
    world.answer(ASSESS_OPENING, AWAY, plan(Verdict.PERSON_FIRST))

    await Fill(world).play()

    kinds = [(order.kind, at) for order, at in zip(world.orders(ASK_PERSON), world.minutes(ASK_PERSON), strict=True)]
    assert kinds[:2] == [("offers_paused", 0), ("person_first", 20)]
    assert world.times(OFFER_WAVE)[0] - world.times(ASSESS_OPENING)[1] >= timedelta(hours=1)


async def test_a_choice_made_while_the_day_cannot_be_read_is_booked_once_it_can(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, AWAY, AWAY, AWAY, plan())
    chosen = TaskAnswer(task_id=5, kind="offers_paused", action="assign", client_id=8, by="ana")
    world.meanwhile(ASSESS_OPENING, fill.will(fill.signal, "task_answered", chosen), nth=2)

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert world.minutes(ASSESS_OPENING) == [0, 20, 40, 60]
    assert world.orders(OFFER_WAVE) == []


async def test_a_yes_in_the_middle_of_a_pause_is_booked_at_once(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), AWAY)
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)
    await fill.pass_time(minutes=11)
    await world.done(ASK_PERSON)

    await fill.pass_time(minutes=4)
    await fill.text_yes(1)
    ended = await fill.outcome()

    assert ended.ending is Ending.FILLED
    assert world.minutes(BOOK_VISIT) == [15]


async def test_a_choice_in_the_middle_of_a_pause_is_booked_at_once(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, AWAY)
    await fill.start(skipping=False)
    await world.done(ASK_PERSON)

    await fill.pass_time(minutes=5)
    await fill.override("assign_to", AssignTo(client_id=8, by="ana", reason="asked"))
    ended = await fill.outcome()

    assert ended.ending is Ending.FILLED
    assert world.minutes(BOOK_VISIT) == [5]


async def test_a_fill_withdrawn_while_the_day_cannot_be_read_ends_as_that(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, AWAY)
    world.meanwhile(ASK_PERSON, fill.will(fill.override, "withdraw", Withdraw(by="ana", reason="closed that day")))

    assert (await fill.play()).ending is Ending.WITHDRAWN


async def test_an_answer_to_another_task_decides_nothing_first(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, AWAY, plan(Verdict.PERSON_FIRST))
    done = TaskAnswer(task_id=5, kind="offers_paused", action="done", by="ana")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", done), nth=2)

    await fill.play()

    assert world.times(OFFER_WAVE)[0] - world.times(ASK_PERSON)[1] >= timedelta(minutes=59)
