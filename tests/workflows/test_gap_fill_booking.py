"""From a YES to the practice system: slow, silent, refusing, taken; and what the winner hears meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from contracts.gap_fill import (
    ASK_PERSON,
    ASSESS_OPENING,
    BOOK_VISIT,
    CLOSE_OFFERS,
    OFFER_WAVE,
    RELEASE_LATER_VISIT,
    TELL_WINNER,
    Booked,
    BookResult,
    Ending,
    ReleaseVisit,
    Tell,
    Told,
)
from contracts.workflow_messages import ClaimResult, OpeningTaken, Standing
from tests.workflows.fake_activities import FakeWorld
from tests.workflows.fills import BOOKED, OPENING, Fill, furnish, plan, wave

SILENT = ApplicationError("the practice system does not answer", type="Unreachable")
GIVEN_UP = ApplicationError("the practice system does not answer", type="Unreachable", non_retryable=True)


async def test_a_winner_whose_visit_is_written_at_once_hears_nothing_from_the_fill(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert world.orders(TELL_WINNER) == []


async def test_a_winner_reads_confirming_while_the_practice_system_is_tried(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, plan(booking_note_after=timedelta(seconds=1)))
    world.answer(OFFER_WAVE, wave(1))
    world.answer(BOOK_VISIT, SILENT, SILENT, BOOKED)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    standing: list[ClaimResult] = []

    async def look_again() -> None:
        standing.append(await fill.link_yes(1))

    world.meanwhile(BOOK_VISIT, look_again, nth=3)
    ended = await fill.play()

    assert [order.what for order in world.orders(TELL_WINNER)] == [Tell.CONFIRMING]
    assert standing == [ClaimResult(standing=Standing.CONFIRMING)]
    assert (ended.ending, len(world.orders(BOOK_VISIT))) == (Ending.FILLED, 3)


async def test_a_practice_system_silent_until_the_give_up_is_a_task_and_the_winner_is_told(world: FakeWorld) -> None:
    furnish(world)
    # A clock this fast, so that a handful of attempts takes the twenty minutes.
    world.at_rate(100)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, SILENT)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.HANDED_OVER
    assert len(world.orders(BOOK_VISIT)) > 1
    assert [(order.kind, order.offer_id) for order in world.orders(ASK_PERSON)] == [("pms_unreachable", 1)]
    assert [order.what for order in world.orders(TELL_WINNER)] == [Tell.CONFIRMING, Tell.HANDED_OVER]
    assert world.times(ASK_PERSON)[0] - world.times(BOOK_VISIT)[0] >= timedelta(minutes=19)
    assert [(order.ending, order.claimed) for order in world.orders(CLOSE_OFFERS)] == [(Ending.HANDED_OVER, (1,))]


async def test_a_practice_system_that_takes_no_booking_leaves_it_to_a_person_and_the_winner_knows(
    world: FakeWorld,
) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, BookResult(outcome=Booked.ASKED, words="A person types it."))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.HANDED_OVER
    assert [(order.kind, order.offer_id) for order in world.orders(ASK_PERSON)] == [("write_by_hand", 1)]
    assert [(order.offer_id, order.what) for order in world.orders(TELL_WINNER)] == [(1, Tell.BY_HAND)]
    assert [(order.ending, order.claimed) for order in world.orders(CLOSE_OFFERS)] == [(Ending.HANDED_OVER, (1,))]


async def test_an_error_no_retry_can_mend_is_handed_to_a_person_at_once(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.answer(BOOK_VISIT, GIVEN_UP)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert (ended.ending, len(world.orders(BOOK_VISIT))) == (Ending.HANDED_OVER, 1)
    assert [order.kind for order in world.orders(ASK_PERSON)] == ["pms_unreachable"]


@pytest.mark.parametrize("outcome", [Booked.TAKEN, Booked.OVERLAPPED])
async def test_a_winner_who_lost_the_chair_to_the_clinic_is_offered_the_next_best(
    world: FakeWorld, outcome: Booked
) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, BookResult(outcome=outcome, words="Booked by hand just before."))
    world.answer(TELL_WINNER, Told(next_best_offered=True))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert [(order.offer_id, order.what) for order in world.orders(TELL_WINNER)] == [(1, Tell.NOT_FREE)]
    assert world.orders(ASK_PERSON) == []
    assert (ended.ending, ended.words) == (Ending.WITHDRAWN, "Booked by hand just before.")
    assert [order.winner_offer_id for order in world.orders(CLOSE_OFFERS)] == [None]


async def test_a_winner_with_nothing_better_to_be_offered_is_called_by_a_person(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.answer(BOOK_VISIT, BookResult(outcome=Booked.OVERLAPPED, words="Booked by hand just before."))
    world.answer(TELL_WINNER, Told(next_best_offered=False))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert [(order.kind, order.offer_id) for order in world.orders(ASK_PERSON)] == [("overlap", 1)]


async def test_news_of_the_chair_being_taken_while_it_is_booked_leaves_the_word_to_the_booking(
    world: FakeWorld,
) -> None:
    """The PMS's news may be our own echo; the read-back after the write knows better."""
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    second: list[ClaimResult] = []

    async def our_own_echo() -> None:
        await fill.signal("opening_taken", OpeningTaken())
        second.append(await fill.link_yes(2))

    world.meanwhile(BOOK_VISIT, our_own_echo)
    ended = await fill.play()

    assert second == [ClaimResult(standing=Standing.NEXT)]
    assert ended.ending is Ending.FILLED


async def test_the_winners_later_visit_is_released_once_the_new_one_is_written(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.answer(BOOK_VISIT, BookResult(outcome=Booked.BOOKED, appointment_id=77, later_appointment_id=90))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert world.orders(RELEASE_LATER_VISIT) == [
        ReleaseVisit(practice_id=world.practice_id, opening_id=OPENING, offer_id=1, appointment_id=90)
    ]
    assert world.names().index(BOOK_VISIT.name) < world.names().index(RELEASE_LATER_VISIT.name)


async def test_a_release_that_is_refused_is_a_task_and_everybody_hears_how_it_ended(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, BookResult(outcome=Booked.BOOKED, appointment_id=77, later_appointment_id=90))
    world.answer(RELEASE_LATER_VISIT, GIVEN_UP)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [(order.kind, order.offer_id) for order in world.orders(ASK_PERSON)] == [("release_failed", 1)]
    assert [order.ending for order in world.orders(CLOSE_OFFERS)] == [Ending.FILLED]


async def test_a_winner_without_a_later_visit_releases_nothing(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play()

    assert world.orders(RELEASE_LATER_VISIT) == []
