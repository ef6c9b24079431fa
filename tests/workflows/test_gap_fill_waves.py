"""Who is asked when: settling, waves, windows, quiet hours, and what follows when nobody is left."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.gap_fill import (
    ASK_PERSON,
    ASSESS_OPENING,
    BOOK_VISIT,
    CLOSE_OFFERS,
    OFFER_WAVE,
    CloseOffers,
    CloseResult,
    Ending,
    OfferWave,
    SentOffer,
    Verdict,
    WaveResult,
)
from contracts.task import ANSWER_REPLY
from contracts.workflow_messages import OpeningTaken
from tests.workflows.fake_activities import MORNING, FakeWorld
from tests.workflows.fills import BOOKED, NOBODY_LEFT, OFFERS_UNTIL, Fill, furnish, plan, wave


async def test_a_mis_click_undone_in_the_settling_delay_texts_nobody(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    await fill.start(skipping=False, settling=timedelta(seconds=30))

    await fill.signal("opening_taken", OpeningTaken(why="un-cancelled"))
    ended = await fill.outcome()

    assert ended.ending is Ending.WITHDRAWN
    assert world.names() == [CLOSE_OFFERS.name]


async def test_nobody_is_asked_before_the_settling_delay_is_over(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.play(settling=timedelta(minutes=3))

    assert world.minutes(ASSESS_OPENING) == [3]


async def test_an_opening_gone_by_the_time_it_is_looked_at_is_withdrawn(world: FakeWorld) -> None:
    furnish(world)
    world.answer(ASSESS_OPENING, plan(Verdict.GONE, words="The practice system shows the time as taken."))

    ended = await Fill(world).play()

    assert (ended.ending, ended.words) == (Ending.WITHDRAWN, "The practice system shows the time as taken.")
    assert world.orders(OFFER_WAVE) == []


async def test_an_opening_not_worth_filling_is_declined_with_its_reason(world: FakeWorld) -> None:
    furnish(world)
    world.answer(ASSESS_OPENING, plan(Verdict.NOT_WORTH, words="It starts too soon."))

    ended = await Fill(world).play()

    assert (ended.ending, ended.words) == (Ending.DECLINED, "It starts too soon.")
    assert world.names() == [ASSESS_OPENING.name, CLOSE_OFFERS.name]


async def test_the_next_is_asked_only_when_the_window_of_the_one_before_is_over(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1), wave(2), wave(3))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 3), nth=3)

    ended = await fill.play()

    assert world.minutes(OFFER_WAVE) == [0, 10, 20]
    assert (ended.ending, ended.waves) == (Ending.FILLED, 3)


async def test_the_next_are_asked_at_once_when_all_have_declined(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, 3), wave(4))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 4), nth=2)
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.pass_time(minutes=2)
    await fill.decline(1, 2)
    await fill.decline(3, why="undeliverable")
    await fill.outcome()

    assert world.minutes(OFFER_WAVE) == [0, 2]


async def test_a_no_that_comes_before_the_wave_is_out_counts(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2), wave(3))
    world.meanwhile(OFFER_WAVE, fill.will(fill.decline, 1, 2), nth=1)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 3), nth=2)

    await fill.play()

    assert world.minutes(OFFER_WAVE) == [0, 0]


async def test_one_who_has_not_answered_keeps_the_window_open(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, minutes=15), wave(3))
    world.meanwhile(OFFER_WAVE, fill.will(fill.decline, 1), nth=1)
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 3), nth=2)

    await fill.play()

    assert world.minutes(OFFER_WAVE) == [0, 15]


async def test_an_offer_the_vendor_surely_did_not_take_is_not_waited_for(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    lost = WaveResult(
        offers=(SentOffer(offer_id=1, open=False),), window_ends_at=MORNING + timedelta(minutes=10), sent_so_far=0
    )
    world.answer(OFFER_WAVE, lost, wave(2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 2), nth=2)

    await fill.play()

    assert world.minutes(OFFER_WAVE) == [0, 0]


async def test_no_wave_goes_out_once_it_is_too_late_to_offer(world: FakeWorld) -> None:
    furnish(world)
    world.answer(OFFER_WAVE, wave(1, minutes=100), wave(2, minutes=100), wave(3, minutes=100))

    ended = await Fill(world).play()

    assert world.minutes(OFFER_WAVE) == [0, 100]
    assert ended.ending is Ending.LAPSED
    assert world.minutes(CLOSE_OFFERS) == [180]  # noon, as the assessment said


async def test_the_policy_bounds_the_number_of_waves(world: FakeWorld) -> None:
    furnish(world)
    world.answer(ASSESS_OPENING, plan(max_waves=2))
    world.answer(OFFER_WAVE, wave(1))

    await Fill(world).play()

    assert len(world.orders(OFFER_WAVE)) == 2
    assert [order.kind for order in world.orders(ASK_PERSON)] == ["nobody_left"]


async def test_a_wave_that_asked_nobody_is_none(world: FakeWorld) -> None:
    """Others were asking everybody who fits: the fill looks again, and its waves are all there when it can ask."""
    furnish(world)
    fill = Fill(world)
    world.answer(ASSESS_OPENING, plan(max_waves=1))
    world.answer(
        OFFER_WAVE,
        WaveResult(held_until=MORNING + timedelta(minutes=2)),
        WaveResult(held_until=MORNING + timedelta(minutes=4)),
        wave(1),
    )
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1), nth=3)

    ended = await fill.play()

    assert (ended.ending, ended.waves) == (Ending.FILLED, 1)
    assert [order.wave for order in world.orders(OFFER_WAVE)] == [1, 1, 1]
    assert world.orders(ASK_PERSON) == []


async def test_nobody_left_asks_a_person_tells_everybody_and_lapses_in_time(world: FakeWorld) -> None:
    furnish(world)
    world.answer(OFFER_WAVE, wave(1), NOBODY_LEFT)

    ended = await Fill(world).play()

    assert ended.ending is Ending.LAPSED
    assert [(order.kind, order.words) for order in world.orders(ASK_PERSON)] == [
        ("nobody_left", "Everybody who fits was asked.")
    ]
    assert [(order.ending, order.final) for order in world.orders(CLOSE_OFFERS)] == [
        (Ending.LAPSED, False),
        (Ending.LAPSED, True),
    ]
    assert world.minutes(CLOSE_OFFERS) == [10, 180]


async def test_a_late_yes_still_fills_when_nobody_is_left(world: FakeWorld) -> None:
    furnish(world)
    world.answer(OFFER_WAVE, wave(1), NOBODY_LEFT)
    fill = Fill(world)
    world.meanwhile(CLOSE_OFFERS, fill.will(fill.text_yes, 1))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert [order.offer_id for order in world.orders(BOOK_VISIT)] == [1]


async def test_offers_held_by_quiet_hours_go_out_in_the_morning(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    held = WaveResult(held_until=MORNING + timedelta(minutes=45), words="Quiet hours.")
    world.answer(OFFER_WAVE, held, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1), nth=2)

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert world.minutes(OFFER_WAVE) == [0, 45]


async def test_a_morning_that_comes_too_late_is_a_task_at_once(world: FakeWorld) -> None:
    furnish(world)
    world.answer(OFFER_WAVE, WaveResult(held_until=OFFERS_UNTIL + timedelta(hours=1), words="Quiet hours."))

    await Fill(world).play()

    assert len(world.orders(OFFER_WAVE)) == 1
    assert [(order.kind, order.words) for order in world.orders(ASK_PERSON)] == [
        ("nobody_left", "Nobody on the waitlist could be asked.")
    ]
    assert world.minutes(ASK_PERSON) == [0]


async def test_closing_messages_held_by_quiet_hours_go_out_in_the_morning(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.answer(CLOSE_OFFERS, CloseResult(held_until=MORNING + timedelta(hours=11)), CloseResult(told=1))

    ended = await fill.play()

    assert ended.ending is Ending.FILLED
    assert world.minutes(CLOSE_OFFERS) == [0, 660]


async def test_a_late_yes_is_answered_at_once_while_closing_messages_wait_for_the_morning(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))
    world.answer(CLOSE_OFFERS, CloseResult(held_until=MORNING + timedelta(hours=11)), CloseResult(told=1))
    world.meanwhile(CLOSE_OFFERS, fill.will(fill.text_yes, 2, receipt=41))

    await fill.play()

    assert world.minutes(ANSWER_REPLY) == [0]
    assert world.minutes(CLOSE_OFFERS) == [0, 660]


async def test_an_opening_taken_meanwhile_ends_the_fill_and_everybody_is_told(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2), wave(3))
    await fill.start(skipping=False)
    await world.done(OFFER_WAVE)

    await fill.pass_time(minutes=4)
    await fill.signal("opening_taken", OpeningTaken())
    ended = await fill.outcome()

    assert (ended.ending, ended.words) == (Ending.WITHDRAWN, "booked in the practice system")
    assert len(world.orders(OFFER_WAVE)) == 1
    assert world.orders(CLOSE_OFFERS) == [_closing(world, Ending.WITHDRAWN)]


async def test_a_wave_that_finds_the_opening_gone_ends_the_fill(world: FakeWorld) -> None:
    furnish(world)
    world.answer(OFFER_WAVE, wave(1), WaveResult(gone=True, words="The opening has ended."))

    ended = await Fill(world).play()

    assert (ended.ending, ended.words) == (Ending.WITHDRAWN, "The opening has ended.")


async def test_offers_are_counted_over_all_waves(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2, so_far=2), wave(3, 4, so_far=4))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 4), nth=2)

    ended = await fill.play()

    assert (ended.offers, ended.waves, ended.appointment_id) == (4, 2, BOOKED.appointment_id)


async def test_a_practice_whose_clock_runs_sixty_times_faster_waits_by_its_own_clock(world: FakeWorld) -> None:
    furnish(world)
    world.at_rate(60)
    asked: list[datetime] = []

    def ten_minutes(order: OfferWave, now: datetime) -> WaveResult:
        asked.append(now)
        return wave(order.wave)(order, now)

    world.answer(OFFER_WAVE, ten_minutes, ten_minutes, NOBODY_LEFT)
    ended = await Fill(world).play(settling=timedelta(minutes=5))

    assert ended.ending is Ending.LAPSED
    # Ten practice minutes and what the machine needed, at sixty times its pace; ten real minutes would be ten hours.
    assert timedelta(minutes=10) <= asked[1] - asked[0] < timedelta(hours=2)
    assert asked[0] - MORNING >= timedelta(minutes=5)


def _closing(world: FakeWorld, ending: Ending) -> CloseOffers:
    return CloseOffers(practice_id=world.practice_id, opening_id=1, ending=ending)


async def test_a_start_delayed_by_the_settling_delay_does_not_wait_twice(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1))
    world.meanwhile(OFFER_WAVE, fill.will(fill.text_yes, 1))

    await fill.start(settling=timedelta(minutes=3), delay=timedelta(minutes=3))
    await fill.outcome()

    assert world.minutes(ASSESS_OPENING) == [3]


async def test_a_mis_click_undone_before_a_delayed_start_texts_nobody(world: FakeWorld) -> None:
    furnish(world)
    fill = Fill(world)
    await fill.start(settling=timedelta(minutes=3), delay=timedelta(minutes=3))

    await fill.signal("opening_taken", OpeningTaken(why="un-cancelled"))
    ended = await fill.outcome()

    assert ended.ending is Ending.WITHDRAWN
    assert world.names() == [CLOSE_OFFERS.name]
