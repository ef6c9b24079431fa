"""The first YES wins, whichever way it comes; everybody else hears the truth."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contracts.gap_fill import (
    ASK_PERSON,
    ASSESS_OPENING,
    BOOK_VISIT,
    CLOSE_OFFERS,
    OFFER_WAVE,
    TELL_WINNER,
    Booked,
    BookResult,
    Ending,
    Tell,
)
from contracts.task import ANSWER_REPLY
from contracts.workflow_messages import ClaimResult, Standing
from tests.workflows.fake_activities import FakeWorld, Worlds
from tests.workflows.fills import BOOKED, NOBODY_LEFT, Fill, furnish, plan, wave

REFUSED = BookResult(outcome=Booked.REFUSED, words="The client is blocked for online booking.")


async def test_the_first_yes_by_text_wins_and_the_others_are_told(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2, 3))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [2]
    assert [(order.winner_offer_id, order.claimed) for order in world.orders(CLOSE_OFFERS)] == [(2, (3,))]


async def test_the_first_yes_by_link_wins_and_the_page_says_confirming(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    answered = await fill.link_yes(1)
    ended = await fill.outcome()

    assert answered == ClaimResult(standing=Standing.CONFIRMING)
    assert (ended.ending, world.orders(BOOK_VISIT)[0].offer_id) == (Ending.FILLED, 1)


async def test_a_text_and_a_link_in_the_same_moment_make_one_winner(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3, 4))
    answers: list[ClaimResult] = []

    async def everybody() -> None:
        answers.extend(await asyncio.gather(fill.link_yes(1), fill.link_yes(2)))

    async def at_once() -> None:
        await asyncio.gather(fill.text_yes(3), everybody(), fill.text_yes(4))

    world.meanwhile(OFFER_WAVE, at_once)
    await fill.play()

    booked = [order.offer_id for order in world.orders(BOOK_VISIT)]
    assert len(booked) == 1
    confirming = [offer for offer, one in zip((1, 2), answers, strict=True) if one.standing is Standing.CONFIRMING]
    assert confirming == [offer for offer in booked if offer in (1, 2)]
    assert set(world.orders(CLOSE_OFFERS)[0].claimed) == {1, 2, 3, 4} - set(booked)


async def test_an_update_and_the_signal_it_fell_back_to_are_one_claim(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, BOOKED)
    again: list[ClaimResult] = []

    async def twice() -> None:
        await fill.text_yes(1)
        again.append(await fill.link_yes(1))

    world.meanwhile(OFFER_WAVE, twice)
    await fill.play()

    assert again == [ClaimResult(standing=Standing.CONFIRMING)]
    assert [order.claimed for order in world.orders(CLOSE_OFFERS)] == [()]


async def test_the_second_yes_reads_next_and_has_it_when_the_first_is_refused(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, REFUSED, BOOKED)
    second: list[ClaimResult] = []

    async def claim_second() -> None:
        second.append(await fill.link_yes(2))

    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.meanwhile(BOOK_VISIT, claim_second)
    ended = await fill.play()

    assert second == [ClaimResult(standing=Standing.NEXT)]
    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [1, 2]
    assert [(order.kind, order.offer_id) for order in world.orders(ASK_PERSON)] == [("pms_refused", 1)]
    assert [(order.offer_id, order.what) for order in world.orders(TELL_WINNER)] == [(1, Tell.HANDED_OVER)]
    assert ended.ending is Ending.FILLED
    assert world.orders(CLOSE_OFFERS)[-1].winner_offer_id == 2


async def test_those_after_a_refused_client_are_taken_in_the_order_of_their_yes(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3, 4))
    world.answer(BOOK_VISIT, REFUSED, REFUSED, BOOKED)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 4, 2, 3, 1))

    await fill.play()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [4, 2, 3]
    assert world.orders(CLOSE_OFFERS)[-1].claimed == (4, 2, 1)


async def test_offers_go_on_when_the_only_yes_is_refused(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2))
    world.answer(BOOK_VISIT, REFUSED, BOOKED)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1), nth=1)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=2)

    ended = await fill.play()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [1, 2]
    assert ended.ending is Ending.FILLED


async def test_a_refused_client_who_says_yes_again_is_not_booked_again(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), NOBODY_LEFT)
    world.answer(BOOK_VISIT, REFUSED)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1), nth=1)
    again: list[ClaimResult] = []

    async def once_more() -> None:
        again.append(await fill.link_yes(1))

    world.meanwhile(OFFER_WAVE, once_more, nth=2)
    ended = await fill.play()

    assert again == [ClaimResult(standing=Standing.OVER)]
    assert (len(world.orders(BOOK_VISIT)), ended.ending) == (1, Ending.LAPSED)


async def test_a_late_yes_after_its_window_still_wins_while_nobody_else_has(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.pass_time(minutes=11)
    await world.done(OFFER_WAVE, 2)
    await fill.text_yes(1)
    ended = await fill.outcome()

    assert ended.ending is Ending.FILLED
    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [1]


async def test_a_yes_that_comes_when_all_is_decided_is_answered(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.meanwhile(CLOSE_OFFERS, fill.will(fill.text_yes, 2, receipt=41))

    await fill.play()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [1]
    assert [order.receipt_id for order in world.orders(ANSWER_REPLY)] == [41]


async def test_a_claim_by_link_is_refused_in_words_once_the_opening_is_over(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    refused: list[WorkflowUpdateFailedError] = []

    async def too_late() -> None:
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await fill.link_yes(2)
        refused.append(failed.value)

    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.meanwhile(CLOSE_OFFERS, too_late)
    await fill.play()

    cause = refused[0].cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.message) == ("OpeningOver", "this opening is no longer on offer")


async def test_a_yes_just_before_the_deadline_wins(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, minutes=600))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.pass_time(minutes=179)
    await fill.text_yes(1)
    ended = await fill.outcome()

    assert (ended.ending, len(world.orders(BOOK_VISIT))) == (Ending.FILLED, 1)


async def test_a_yes_just_after_the_deadline_is_answered_and_books_nothing(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, minutes=600))
    world.meanwhile(CLOSE_OFFERS, fill.will(fill.text_yes, 1, receipt=42))

    ended = await fill.play()

    assert (ended.ending, world.orders(BOOK_VISIT)) == (Ending.LAPSED, [])
    assert [order.receipt_id for order in world.orders(ANSWER_REPLY)] == [42]


@pytest.mark.parametrize("yes_first", [True, False])
async def test_a_yes_and_the_deadline_in_one_moment_have_one_ending(worlds: Worlds, yes_first: bool) -> None:
    """With no worker at that moment both wait for the next one, in either order of history: the YES has it."""
    world = worlds.new()
    world.at_rate(60)
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, lambda order, now: plan(offers_until=now + timedelta(minutes=4)))
    world.answer(OFFER_WAVE, wave(1, minutes=600))
    await fill.start(skipping=False)
    await world.happened(fill.handle, EventType.EVENT_TYPE_TIMER_STARTED)

    async with worlds.nobody_decides():
        if yes_first:
            await fill.text_yes(1, receipt=43)
        await world.happened(fill.handle, EventType.EVENT_TYPE_TIMER_FIRED)
        if not yes_first:
            await fill.text_yes(1, receipt=43)
    ended = await fill.outcome()

    assert (ended.ending, len(world.orders(BOOK_VISIT))) == (Ending.FILLED, 1)
    assert world.orders(ANSWER_REPLY) == []
