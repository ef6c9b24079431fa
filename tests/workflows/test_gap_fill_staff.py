"""Staff come first where they should, and can take over at any time: withdraw, offer to, assign to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contracts.gap_fill import (
    ASK_PERSON,
    ASSESS_OPENING,
    ASSIGN_CLIENT,
    BOOK_VISIT,
    CLOSE_OFFERS,
    OFFER_WAVE,
    Assigned,
    Booked,
    BookResult,
    Ending,
    Verdict,
    WaveResult,
)
from contracts.workflow_messages import Accepted, AssignTo, OfferTo, OpeningTaken, Payload, TaskAnswer, Withdraw
from tests.workflows.fake_activities import MORNING, FakeWorld
from tests.workflows.fills import NOBODY_LEFT, Fill, furnish, plan, wave

PERSON_FIRST = plan(Verdict.PERSON_FIRST, words="The service is of high value.")
ASSIGN = AssignTo(client_id=8, by="ana", reason="promised on the phone")


def answered(action: str, *, client: int | None = None, kind: str = "person_first") -> TaskAnswer:
    return TaskAnswer(task_id=5, kind=kind, action=action, client_id=client, by="ana")


async def refusal(fill: Fill, name: str, order: Payload) -> tuple[str | None, str]:
    """The validator's type and words."""
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await fill.override(name, order)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    return cause.type, cause.message


# --- a person first ----------------------------------------------------------------------------------------------


async def test_a_chair_of_high_value_is_a_persons_first_and_nobody_is_texted(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", answered("leave")))

    ended = await fill.play()

    assert ended.ending is Ending.HANDED_OVER
    assert [order.kind for order in world.orders(ASK_PERSON)] == ["person_first"]
    assert world.orders(OFFER_WAVE) == []


async def test_offers_go_out_by_themselves_when_the_person_does_not_come_in_time(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert world.minutes(OFFER_WAVE) == [60]
    assert ended.ending is Ending.FILLED


async def test_offers_go_out_at_once_when_the_person_says_go(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", answered("go")))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert world.minutes(OFFER_WAVE) == [0]
    assert [order.only_client for order in world.orders(OFFER_WAVE)] == [None]


async def test_the_persons_choice_from_the_short_list_is_asked_first(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", answered("offer", client=8)))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert [(order.only_client, order.by) for order in world.orders(OFFER_WAVE)] == [(8, "ana")]


async def test_a_person_can_book_the_client_they_chose(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", answered("assign", client=8)))

    ended = await fill.play()

    assert [(order.client_id, order.by, order.reason) for order in world.orders(ASSIGN_CLIENT)] == [
        (8, "ana", "chosen from the short list")
    ]
    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [908]
    assert ended.ending is Ending.FILLED


async def test_a_chair_taken_while_a_person_decides_is_withdrawn(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "opening_taken", OpeningTaken()))

    await fill.play()

    assert world.orders(OFFER_WAVE) == []
    assert len(world.orders(CLOSE_OFFERS)) == 1


# --- nobody left -------------------------------------------------------------------------------------------------


async def test_an_assignment_from_the_nobody_left_task_fills(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), NOBODY_LEFT)
    said = answered("assign", client=8, kind="nobody_left")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", said))

    ended = await fill.play()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [908]
    assert (ended.ending, world.orders(CLOSE_OFFERS)[-1].winner_offer_id) == (Ending.FILLED, 908)


async def test_an_offer_from_the_nobody_left_task_fills(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, NOBODY_LEFT, wave(2))
    said = answered("offer", client=8, kind="nobody_left")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", said))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=2)

    ended = await fill.play()

    assert [order.only_client for order in world.orders(OFFER_WAVE)] == [None, 8]
    assert ended.ending is Ending.FILLED


async def test_a_chair_left_free_by_staff_lapses_at_once(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    said = answered("leave", kind="nobody_left")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", said))

    ended = await fill.play()

    assert ended.ending is Ending.LAPSED
    assert world.minutes(CLOSE_OFFERS) == [0, 0]


async def test_only_one_task_asks_about_nobody_left(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, NOBODY_LEFT, wave(2), NOBODY_LEFT)
    said = answered("offer", client=8, kind="nobody_left")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", said))

    ended = await fill.play()

    assert (len(world.orders(ASK_PERSON)), ended.ending) == (1, Ending.LAPSED)


# --- overrides ---------------------------------------------------------------------------------------------------


async def test_withdrawing_tells_everybody_asked(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    accepted = await fill.override("withdraw", Withdraw(by="ana"))
    ended = await fill.outcome()

    assert accepted == Accepted(words="Offers are withdrawn; everybody asked is told.")
    assert ended.ending is Ending.WITHDRAWN
    assert [order.ending for order in world.orders(CLOSE_OFFERS)] == [Ending.WITHDRAWN]


async def test_the_client_staff_name_is_asked_without_waiting_for_the_window(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=2)
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.override("offer_to", OfferTo(client_id=8, by="ana"))
    await fill.outcome()

    assert [(order.only_client, order.by) for order in world.orders(OFFER_WAVE)] == [(None, "rules"), (8, "ana")]
    assert world.minutes(OFFER_WAVE) == [0, 0]


async def test_an_assignment_books_without_asking(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "assign_to", ASSIGN))

    ended = await fill.play()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [908]
    assert ended.ending is Ending.FILLED


async def test_an_assignment_that_does_not_fit_is_a_task_and_offers_go_on(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2))
    world.answer(ASSIGN_CLIENT, Assigned(words="The provider is not certified."))
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "assign_to", ASSIGN), nth=1)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=2)

    ended = await fill.play()

    assert [(order.kind, order.words) for order in world.orders(ASK_PERSON)] == [
        ("assignment_does_not_fit", "The provider is not certified.")
    ]
    assert ended.ending is Ending.FILLED


async def test_an_assignment_without_a_reason_is_refused_in_words(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    refused = await refusal(fill, "assign_to", AssignTo(client_id=8, by="ana", reason=" "))
    await fill.override("withdraw", Withdraw(by="ana"))
    await fill.outcome()

    assert refused == ("ReasonMissing", "reason: say why, in a few words")


@pytest.mark.parametrize(
    ("name", "order"),
    [("withdraw", Withdraw(by="ana")), ("offer_to", OfferTo(client_id=8, by="ana")), ("assign_to", ASSIGN)],
)
async def test_overrides_are_refused_once_a_client_said_yes_and_once_it_is_over(
    world: FakeWorld, name: str, order: Payload
) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    refused: list[tuple[str | None, str]] = []

    async def try_it() -> None:
        refused.append(await refusal(fill, name, order))

    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.meanwhile(BOOK_VISIT, try_it)
    world.meanwhile(CLOSE_OFFERS, try_it)
    ended = await fill.play()

    assert refused == [
        ("AlreadyClaimed", "a client said yes and is being booked"),
        ("OpeningOver", "this fill has ended"),
    ]
    assert ended.ending is Ending.FILLED


async def test_a_choice_that_a_late_yes_overtook_is_brought_back_to_staff(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2))

    async def both() -> None:
        # In one workflow task: the yes is first in history, and what staff chose finds the time given away.
        await fill.override("offer_to", OfferTo(client_id=8, by="ana", reason="asked"))
        await fill.text_yes(1)

    world.meanwhile(OFFER_WAVE, both)

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [(order.kind, order.words) for order in world.orders(ASK_PERSON)] == [
        ("came_too_late", "ana chose a client for this time, and it was filled before.")
    ]


async def test_a_chair_for_a_person_first_is_put_before_them_though_they_answered_another_task(
    world: FakeWorld,
) -> None:
    furnish(world)
    fill = Fill(world)
    away = ApplicationError("the practice system is away", non_retryable=True)
    world.answer(ASSESS_OPENING, away, PERSON_FIRST)
    done = answered("done", kind="offers_paused")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", done))

    await fill.play()

    assert [order.kind for order in world.orders(ASK_PERSON)][:2] == ["offers_paused", "person_first"]
    assert world.times(OFFER_WAVE)[0] - world.times(ASK_PERSON)[1] >= timedelta(minutes=59)


async def test_a_fill_begun_with_the_persons_word_asks_for_it_no_more(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    go = answered("go")
    world.meanwhile(ASSESS_OPENING, fill.will(fill.signal, "task_answered", go))

    await fill.play()

    assert "person_first" not in [order.kind for order in world.orders(ASK_PERSON)]
    assert world.minutes(OFFER_WAVE)[0] == 0


# --- an order that cannot be carried out -------------------------------------------------------------------------

DOES_NOT_FIT = Assigned(words="The provider is not certified.")


async def test_a_choice_that_does_not_fit_leaves_the_decision_with_the_person_and_texts_nobody(
    world: FakeWorld,
) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.answer(ASSIGN_CLIENT, DOES_NOT_FIT)
    world.answer(OFFER_WAVE, wave(1))
    chosen = answered("assign", client=8)
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", chosen))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert [order.kind for order in world.orders(ASK_PERSON)] == ["person_first", "assignment_does_not_fit"]
    assert world.minutes(OFFER_WAVE) == [60]


async def test_offers_go_out_at_once_when_the_person_says_so_after_a_choice_that_does_not_fit(
    world: FakeWorld,
) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.answer(ASSIGN_CLIENT, DOES_NOT_FIT)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", answered("assign", client=8)))
    go = answered("go", kind="assignment_does_not_fit")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", go), nth=2)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert world.minutes(OFFER_WAVE) == [0]


async def test_a_fill_begun_with_a_choice_that_does_not_fit_asks_the_person_first(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, PERSON_FIRST)
    world.answer(ASSIGN_CLIENT, DOES_NOT_FIT)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(ASSESS_OPENING, fill.will(fill.override, "assign_to", ASSIGN))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert [order.kind for order in world.orders(ASK_PERSON)] == ["assignment_does_not_fit", "person_first"]
    assert world.minutes(OFFER_WAVE) == [60]


@pytest.mark.parametrize(
    ("name", "order"), [("assign_to", ASSIGN), ("offer_to", OfferTo(client_id=8, by="ana", reason="asked"))]
)
async def test_who_was_asked_keeps_the_time_to_answer_when_an_order_cannot_be_carried_out(
    world: FakeWorld, name: str, order: Payload
) -> None:
    furnish(world)
    fill = Fill(world)
    waves = [wave(1), WaveResult(words="They do not wait."), wave(2)] if name == "offer_to" else [wave(1), wave(2)]
    world.answer(OFFER_WAVE, *waves)
    world.answer(ASSIGN_CLIENT, DOES_NOT_FIT)
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, name, order), nth=1)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=len(waves))

    await fill.play()

    by_rank = [
        minute
        for minute, sent in zip(world.minutes(OFFER_WAVE), world.orders(OFFER_WAVE), strict=True)
        if sent.only_client is None
    ]
    assert by_rank == [0, 10]


async def test_the_next_are_asked_once_all_have_declined_also_after_an_order_that_failed(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2))
    world.answer(ASSIGN_CLIENT, DOES_NOT_FIT)
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "assign_to", ASSIGN), nth=1)
    world.meanwhile(ASK_PERSON, fill.will(fill.decline, 1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=2)

    await fill.play()

    assert world.minutes(OFFER_WAVE) == [0, 0]


async def test_an_offer_that_staff_order_at_a_quiet_hour_goes_out_when_it_may(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    held = WaveResult(held_until=MORNING + timedelta(minutes=30), words="Quiet hours where the client is.")
    world.answer(OFFER_WAVE, wave(1), held, wave(2))
    order = OfferTo(client_id=8, by="ana", reason="asked")
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "offer_to", order), nth=1)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=3)

    await fill.play()

    assert [(one.only_client, one.reason) for one in world.orders(OFFER_WAVE)] == [
        (None, ""),
        (8, "asked"),
        (8, "asked"),
    ]
    assert world.minutes(OFFER_WAVE) == [0, 0, 30]


async def test_staff_book_a_client_where_nobody_is_worth_asking(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, plan(Verdict.NOT_WORTH, words="Nobody on the waitlist fits."))
    world.meanwhile(ASSESS_OPENING, fill.will(fill.override, "assign_to", ASSIGN))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED


async def test_staff_hear_of_a_booking_that_somebody_elses_yes_overtook(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "assign_to", ASSIGN))
    world.meanwhile(ASSIGN_CLIENT, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [(order.kind, order.words) for order in world.orders(ASK_PERSON)] == [
        ("came_too_late", "ana chose a client for this time, and it was filled before.")
    ]


async def test_staff_hear_that_the_practice_system_refused_their_client_before(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(908), NOBODY_LEFT)
    world.answer(BOOK_VISIT, BookResult(outcome=Booked.REFUSED, words="refused"))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 908))
    chosen = answered("assign", client=8, kind="nobody_left")
    world.meanwhile(ASK_PERSON, fill.will(fill.signal, "task_answered", chosen), nth=2)

    await fill.play()

    assert [order.kind for order in world.orders(ASK_PERSON)] == [
        "pms_refused",
        "nobody_left",
        "assignment_does_not_fit",
    ]


async def test_who_withdrew_a_fill_and_why_travels_with_its_end(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    withdraw = Withdraw(by="ana", reason="the room is flooded")
    world.meanwhile(OFFER_WAVE, fill.will(fill.override, "withdraw", withdraw))

    await fill.play()

    assert [(order.by, order.reason) for order in world.orders(CLOSE_OFFERS)] == [("ana", "the room is flooded")]
