"""The calendar changes while offers are open, before and after a yes: the fill goes on with what is left."""

from __future__ import annotations

from datetime import timedelta

from contracts.gap_fill import (
    ASK_PERSON,
    BOOK_VISIT,
    CLOSE_OFFERS,
    OFFER_WAVE,
    REFIT_OFFERS,
    RELEASE_LATER_VISIT,
    TELL_WINNER,
    Booked,
    BookResult,
    CloseOffers,
    CloseResult,
    Ending,
    Refitted,
    SentOffer,
    Told,
)
from contracts.workflow_messages import AssignTo, OpeningChanged, OpeningTaken
from tests.workflows.fake_activities import MORNING, FakeWorld
from tests.workflows.fills import BOOKED, NOBODY_LEFT, OFFERS_UNTIL, Fill, furnish, wave

TAKEN = BookResult(outcome=Booked.TAKEN, words="Another booking has that provider then.")
WON_A_PART = BookResult(outcome=Booked.BOOKED, appointment_id=70, goes_on=True)
NEXT_BEST = Told(next_best_offered=True)


def told(world: FakeWorld) -> list[tuple[Ending, bool, tuple[int, ...]]]:
    """Of every closing: how, whether for good, and whom alone."""
    return [(order.ending, order.final, order.only) for order in world.orders(CLOSE_OFFERS)]


async def test_who_no_longer_fits_hears_so_and_the_others_keep_their_time(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3), NOBODY_LEFT)
    world.answer(REFIT_OFFERS, Refitted(unfit=(3,)))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.pass_time(minutes=4)
    await fill.signal("opening_changed", OpeningChanged())
    await world.done(CLOSE_OFFERS)
    await fill.decline(1)
    await fill.text_yes(2)
    ended = await fill.finish()

    assert told(world) == [(Ending.WITHDRAWN, False, (3,)), (Ending.FILLED, True, ())]
    assert [order.lost for order in world.orders(REFIT_OFFERS)] == [None]
    assert (ended.ending, ended.waves) == (Ending.FILLED, 1)


async def test_a_change_gives_nobody_less_time_to_answer(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, minutes=10), wave(3), NOBODY_LEFT)
    world.answer(REFIT_OFFERS, Refitted())
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.pass_time(minutes=4)
    await fill.signal("opening_changed", OpeningChanged())
    await world.done(REFIT_OFFERS)
    await fill.finish()

    asked = [one.at for one in world.seen if one.name == OFFER_WAVE.name]
    assert asked[1] - asked[0] >= timedelta(minutes=10)
    assert told(world)[-1] == (Ending.LAPSED, True, ())


async def test_changed_offers_have_their_time_as_those_of_a_wave(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), NOBODY_LEFT)
    world.answer(REFIT_OFFERS, Refitted(unfit=(1,)))

    def changed(order: CloseOffers, now: object) -> CloseResult:
        if not order.only:
            return CloseResult()
        return CloseResult(told=1, offers=(SentOffer(offer_id=9),), window_ends_at=MORNING + timedelta(minutes=30))

    world.answer(CLOSE_OFFERS, changed)
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)
    await fill.signal("opening_changed", OpeningChanged())
    await world.done(CLOSE_OFFERS)

    await fill.pass_time(minutes=25)
    waves_by_then = len(world.orders(OFFER_WAVE))
    await fill.text_yes(9)
    ended = await fill.finish()

    assert waves_by_then == 1
    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [9]
    assert ended.ending is Ending.FILLED


async def test_the_time_for_offers_follows_what_is_left(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    until = OFFERS_UNTIL - timedelta(hours=1)
    world.answer(OFFER_WAVE, NOBODY_LEFT)
    world.answer(REFIT_OFFERS, Refitted(offers_until=until))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)
    await fill.signal("opening_changed", OpeningChanged())

    await fill.finish()

    lapsed = next(one.at for one in world.seen if isinstance(one.order, CloseOffers) and one.order.final)
    assert until <= lapsed < OFFERS_UNTIL


async def test_nothing_left_withdraws_what_is_open(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(REFIT_OFFERS, Refitted(gone=True, words="What is left of it is too short for anything."))
    world.meanwhile(OFFER_WAVE, fill.will(fill.signal, "opening_changed", OpeningChanged()))

    ended = await fill.play()

    assert told(world) == [(Ending.WITHDRAWN, True, ())]
    assert (ended.ending, ended.words) == (Ending.WITHDRAWN, "What is left of it is too short for anything.")


async def test_when_nobody_was_left_freed_time_is_offered_again(world: FakeWorld) -> None:
    """A visit over a part of it is cancelled again: whom it was too short for is asked now."""
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, NOBODY_LEFT, wave(4), NOBODY_LEFT)
    world.answer(REFIT_OFFERS, Refitted())
    await fill.start(skipping=False)
    await world.done(CLOSE_OFFERS)

    await fill.signal("opening_changed", OpeningChanged())
    await world.done(OFFER_WAVE, times=2)
    await fill.text_yes(4)
    ended = await fill.finish()

    assert ended.ending is Ending.FILLED


async def test_a_yes_that_cannot_be_kept_ends_alone_and_the_next_has_the_chair(world: FakeWorld) -> None:
    """The third of three says yes, a hand booking has a part of the time, and the other two still fit."""
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3))
    world.answer(BOOK_VISIT, TAKEN, BOOKED)
    world.answer(REFIT_OFFERS, Refitted())
    world.answer(TELL_WINNER, NEXT_BEST)
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.text_yes(3)
    await world.done(TELL_WINNER)
    await fill.text_yes(1)
    ended = await fill.finish()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [3, 1]
    assert [order.lost for order in world.orders(REFIT_OFFERS)] == [3]
    assert [order.offer_id for order in world.orders(TELL_WINNER)] == [3]
    assert [(order.ending, order.winner_offer_id) for order in world.orders(CLOSE_OFFERS)] == [(Ending.FILLED, 1)]
    assert (ended.ending, ended.waves) == (Ending.FILLED, 1)


async def test_who_said_yes_next_has_it_when_the_first_cannot(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3))
    world.answer(BOOK_VISIT, TAKEN, BOOKED)
    world.answer(REFIT_OFFERS, Refitted(unfit=(2,)))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 3, 1))

    ended = await fill.play()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [3, 1]
    assert told(world) == [(Ending.WITHDRAWN, False, (2,)), (Ending.FILLED, True, ())]
    assert ended.ending is Ending.FILLED


async def test_whoever_found_it_taken_may_take_what_is_left_of_it(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.answer(BOOK_VISIT, TAKEN, BOOKED)
    world.answer(REFIT_OFFERS, Refitted())
    rest = Told(
        next_best_offered=True,
        offers=(SentOffer(offer_id=8),),
        window_ends_at=MORNING + timedelta(minutes=20),
    )
    world.answer(TELL_WINNER, rest)
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.text_yes(1)
    await world.done(TELL_WINNER)
    await fill.pass_time(minutes=15)
    await fill.text_yes(8)
    ended = await fill.finish()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [1, 8]
    assert (len(world.orders(OFFER_WAVE)), ended.ending) == (1, Ending.FILLED)


async def test_everybody_who_said_yes_to_a_chair_that_is_gone_hears_the_truth_and_the_next_best(
    world: FakeWorld,
) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, TAKEN)
    world.answer(TELL_WINNER, NEXT_BEST)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1, 2))

    ended = await fill.play()

    assert [order.offer_id for order in world.orders(TELL_WINNER)] == [1, 2]
    assert told(world) == [(Ending.WITHDRAWN, True, ())]
    assert ended.ending is Ending.WITHDRAWN


async def test_a_refusal_that_nothing_explains_ends_the_fill_the_second_time(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3))
    world.answer(BOOK_VISIT, TAKEN)
    world.answer(REFIT_OFFERS, Refitted(unexplained=True))
    world.answer(TELL_WINNER, NEXT_BEST)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1, 2))

    ended = await fill.play()

    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [1, 2]
    assert told(world) == [(Ending.WITHDRAWN, True, ())]
    assert ended.words == TAKEN.words


async def test_a_part_that_is_won_leaves_the_rest_to_the_others(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3), NOBODY_LEFT)
    world.answer(BOOK_VISIT, WON_A_PART.model_copy(update={"later_appointment_id": 90}), BOOKED)
    world.answer(REFIT_OFFERS, Refitted(unfit=(2,)))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.text_yes(1)
    await world.done(CLOSE_OFFERS)
    await fill.text_yes(3)
    ended = await fill.finish()

    assert [order.offer_id for order in world.orders(RELEASE_LATER_VISIT)] == [1]
    assert told(world) == [(Ending.FILLED, False, (2,)), (Ending.FILLED, True, ())]
    assert [(order.winner_offer_id, order.claimed, order.won) for order in world.orders(CLOSE_OFFERS)][-1] == (
        3,
        (),
        True,
    )
    assert (ended.ending, ended.appointment_id) == (Ending.FILLED, 77)


async def test_a_rest_that_nobody_takes_leaves_the_opening_filled(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2), NOBODY_LEFT)
    world.answer(BOOK_VISIT, WON_A_PART)
    world.answer(REFIT_OFFERS, Refitted())
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    last = world.orders(CLOSE_OFFERS)[-1]
    assert (last.ending, last.final, last.won, last.claimed) == (Ending.LAPSED, True, True, ())
    assert (ended.ending, ended.appointment_id) == (Ending.FILLED, 70)


async def test_staff_hear_of_their_own_booking_that_found_the_time_taken(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), NOBODY_LEFT)
    world.answer(BOOK_VISIT, TAKEN, BOOKED)
    world.answer(REFIT_OFFERS, Refitted())

    async def assign() -> None:
        await fill.override("assign_to", AssignTo(client_id=5, by="Dana", reason="on the phone"))

    world.meanwhile(OFFER_WAVE, assign)
    await fill.start(skipping=False)
    await world.done(TELL_WINNER)
    await fill.text_yes(1)
    ended = await fill.finish()

    assert [(order.offer_id, order.assigned_by) for order in world.orders(BOOK_VISIT)] == [(905, "Dana"), (1, "")]
    assert [(one.kind, one.offer_id, one.assigned_by) for one in world.orders(ASK_PERSON)] == [("overlap", 905, "Dana")]
    assert ended.ending is Ending.FILLED


async def test_those_told_in_the_morning_are_told_then(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    morning = MORNING + timedelta(hours=1)
    world.answer(OFFER_WAVE, NOBODY_LEFT)
    world.answer(REFIT_OFFERS, Refitted(unfit=(7,)))

    def close(order: CloseOffers, now: object) -> CloseResult:
        held = order.only and len([one for one in world.orders(CLOSE_OFFERS) if one.only]) == 1
        return CloseResult(held_until=morning if held else None)

    world.answer(CLOSE_OFFERS, close)
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)
    await fill.signal("opening_changed", OpeningChanged())
    await world.done(REFIT_OFFERS)
    await fill.finish()

    at = [one.at for one in world.seen if isinstance(one.order, CloseOffers) and one.order.only]
    assert len(at) == 2
    assert morning <= at[1] < OFFERS_UNTIL


async def test_a_chair_taken_for_good_while_one_is_booked_is_found_out_when_that_fails(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, TAKEN)
    world.answer(TELL_WINNER, NEXT_BEST)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.meanwhile(BOOK_VISIT, fill.will(fill.signal, "opening_taken", OpeningTaken()))

    ended = await fill.play()

    assert (len(world.orders(BOOK_VISIT)), ended.ending) == (1, Ending.WITHDRAWN)
