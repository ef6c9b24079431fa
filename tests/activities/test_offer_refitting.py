"""What was offered stays true while the calendar changes: kept, changed to what still fits, or taken back with one
text; and a yes that cannot be kept ends alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.gap_fill import Booked, Ending, Tell
from models.calendar import Appointment, Opening
from models.offers import Offer
from tests.activities.activity_runner import LATE
from tests.activities.free_chair import Chairs, at, chairs, stretch
from tests.inbox.scene import Scene

Change = Callable[[Chairs, int, int], object]


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    """She works from nine to one, and the day has been read."""
    maria = chairs(scene)
    maria.works(-60, 180)
    return maria


@pytest.fixture
def asked(maria: Chairs) -> tuple[int, int, int, int]:
    """An opening from ten to half past eleven, and who was asked about it: for half an hour, an hour, and all of it."""
    half_an_hour, an_hour, all_of_it = (maria.waiting(minutes) for minutes in (30, 60, 90))
    opening = maria.opening(0, 90)
    assert len(maria.desk.offer_wave(opening).offers) == 3
    return opening, half_an_hour, an_hour, all_of_it


def hand_booking(maria: Chairs, start: int, end: int) -> None:
    maria.by_hand(start, end)


def move(maria: Chairs, start: int, end: int) -> None:
    maria.by_hand(120, 120 + end - start)
    maria.moved("by-hand", start, end)


def block(maria: Chairs, start: int, end: int) -> None:
    maria.blocked(start, end)


def shift(maria: Chairs, start: int, end: int) -> None:
    """She comes later, or goes earlier."""
    maria.works(*((end, 180) if start == 0 else (-60, start)))


CHANGES = pytest.mark.parametrize("change", [hand_booking, move, block, shift])


def offer_of(maria: Chairs, opening: int, client: int) -> Offer:
    return maria.offers(opening)[client]


def messages(maria: Chairs, opening: int) -> set[str]:
    """What the opening's fill was told."""
    return {message for journey, ref, _, message in maria.scene.waiting() if (journey, ref) == ("gapfill", opening)}


def refit(maria: Chairs, opening: int, ending: Ending = Ending.WITHDRAWN) -> list[str]:
    """The fill looks at its offers, and tells whose time was taken; gives the texts."""
    before = len(maria.bodies)
    found = maria.desk.refit(opening)
    if found.unfit:
        maria.desk.close(opening, ending, final=False, only=found.unfit)
    return maria.bodies[before:]


@CHANGES
def test_who_still_has_their_time_hears_nothing_and_who_has_not_hears_it_once(
    maria: Chairs, asked: tuple[int, int, int, int], change: Change
) -> None:
    opening, *_ = asked

    change(maria, 60, 90)
    texts = [*refit(maria, opening), *refit(maria, opening)]

    assert messages(maria, opening) == {"opening_changed"}
    assert maria.scene.row(Opening, opening).state == "live"
    assert maria.states(opening) == [("open", 0), ("open", 0), ("withdrawn", 0)]
    assert len(texts) == 1
    assert "is no longer open" in texts[0]


@CHANGES
def test_an_offer_is_changed_to_what_still_fits(
    maria: Chairs, asked: tuple[int, int, int, int], change: Change
) -> None:
    opening, half_an_hour, an_hour, _ = asked

    change(maria, 0, 30)
    texts = refit(maria, opening)

    assert sorted(maria.states(opening)) == [
        ("open", 30),
        ("open", 30),
        ("replaced", 0),
        ("replaced", 0),
        ("withdrawn", 0),
    ]
    assert len(texts) == 3
    changed = [text for text in texts if "We can offer you" in text]
    assert len(changed) == 2
    assert all("10:00 AM is no longer open" in text and "10:30 AM" in text for text in changed)
    assert {offer_of(maria, opening, one).state for one in (half_an_hour, an_hour)} == {"open"}


@CHANGES
def test_nothing_left_ends_it(maria: Chairs, asked: tuple[int, int, int, int], change: Change) -> None:
    opening, *_ = asked

    change(maria, 0, 90)

    assert messages(maria, opening) == {"opening_taken"}
    assert maria.scene.row(Opening, opening).state == "withdrawn"
    assert maria.desk.refit(opening).gone


def test_a_booking_in_the_middle_leaves_both_sides_on_offer(maria: Chairs) -> None:
    opening = maria.opening(0, 90)
    maria.by_hand(30, 60)
    clients = [maria.waiting(30), maria.waiting(30)]

    maria.desk.offer_wave(opening)
    first, second = (offer_of(maria, opening, one) for one in clients)
    won = maria.desk.book(opening, first.id or 0)
    texts = refit(maria, opening, Ending.FILLED)

    assert (first.starts_at, second.starts_at) == (at(0), at(0))
    assert (won.outcome, won.goes_on) == (Booked.BOOKED, False)
    assert texts == []


def test_a_visit_that_is_cancelled_again_gives_its_time_back_to_the_same_fill(
    maria: Chairs, asked: tuple[int, int, int, int]
) -> None:
    opening, *_ = asked
    maria.by_hand(60, 90)
    refit(maria, opening)
    more = maria.waiting(90)

    maria.cancelled("by-hand")
    texts = refit(maria, opening)
    maria.desk.offer_wave(opening, wave=2)

    assert texts == []
    assert [one.id for one in maria.desk.rows(Opening)] == [opening]
    assert offer_of(maria, opening, more).state == "open"


def test_time_freed_beside_an_opening_is_one_of_its_own(maria: Chairs, asked: tuple[int, int, int, int]) -> None:
    opening, *_ = asked
    maria.by_hand(60, 120)

    maria.cancelled("by-hand")

    assert [one.during for one in maria.desk.rows(Opening)] == [stretch(0, 90), stretch(90, 120)]
    assert messages(maria, opening) == {"opening_changed"}


@CHANGES
def test_a_yes_that_finds_its_time_taken_ends_alone(
    maria: Chairs, asked: tuple[int, int, int, int], change: Change
) -> None:
    """The longest said yes, and a part of their time went before it could be written."""
    opening, _, an_hour, all_of_it = asked
    lost = offer_of(maria, opening, all_of_it).id or 0
    change(maria, 60, 90)

    booked = maria.desk.book(opening, lost)
    found = maria.desk.refit(opening, lost=lost)
    maria.desk.tell(opening, lost, Tell.NOT_FREE)
    kept = maria.desk.book(opening, offer_of(maria, opening, an_hour).id or 0)

    assert (booked.outcome, found.gone, found.unfit, found.unexplained) == (Booked.TAKEN, False, (), False)
    assert kept.outcome is Booked.BOOKED
    assert offer_of(maria, opening, all_of_it).state == "lost"
    assert "10:00 AM" in maria.bodies[-1]


def test_a_yes_finds_what_no_webhook_has_told_and_the_others_hear_of_it(
    maria: Chairs, asked: tuple[int, int, int, int]
) -> None:
    """The case that lost a chair: a hand booking of a minute ago, and the third of three says yes."""
    opening, half_an_hour, an_hour, all_of_it = asked
    lost = offer_of(maria, opening, all_of_it).id or 0
    maria.by_hand(30, 90, mirrored=False)

    booked = maria.desk.book(opening, lost)
    found = maria.desk.refit(opening, lost=lost)
    maria.desk.tell(opening, lost, Tell.NOT_FREE)
    before = len(maria.bodies)
    maria.desk.close(opening, Ending.WITHDRAWN, final=False, only=found.unfit)
    kept = maria.desk.book(opening, offer_of(maria, opening, half_an_hour).id or 0)

    assert (booked.outcome, found.gone) == (Booked.TAKEN, False)
    assert found.unfit == (offer_of(maria, opening, an_hour).id,)
    assert len(maria.bodies) - before == 1
    assert kept.outcome is Booked.BOOKED
    by_hand = next(one for one in maria.desk.rows(Appointment) if one.pms_ref == "by-hand")
    assert by_hand.starts_at == at(30)
    assert ("booking", by_hand.id, "signal_with_start", "pms_changed") in maria.scene.waiting()


def test_who_said_yes_in_vain_is_offered_what_is_left_in_the_same_text(
    maria: Chairs, asked: tuple[int, int, int, int]
) -> None:
    opening, _, an_hour, _ = asked
    lost = offer_of(maria, opening, an_hour).id or 0
    maria.by_hand(0, 30, mirrored=False)

    maria.desk.book(opening, lost)
    maria.desk.refit(opening, lost=lost)
    told = maria.desk.tell(opening, lost, Tell.NOT_FREE)
    again = maria.desk.tell(opening, lost, Tell.NOT_FREE)
    offered = offer_of(maria, opening, an_hour)

    assert told.next_best_offered and [one.offer_id for one in told.offers] == [offered.id]
    assert again == told
    assert (offered.state, offered.starts_at) == ("open", at(30))
    assert maria.bodies[-1].count("10:30 AM") == 1
    assert len(maria.bodies) == 4


def test_a_time_the_practice_system_will_not_give_for_no_reason_that_shows_is_said_to_be_so(
    maria: Chairs, asked: tuple[int, int, int, int]
) -> None:
    opening, half_an_hour, *_ = asked

    found = maria.desk.refit(opening, lost=offer_of(maria, opening, half_an_hour).id)

    assert (found.gone, found.unexplained, found.unfit) == (False, True, ())


def test_an_offer_overtaken_in_the_evening_is_told_in_the_morning(
    maria: Chairs, asked: tuple[int, int, int, int]
) -> None:
    opening, *_ = asked
    maria.by_hand(0, 30)
    maria.desk.at = LATE

    found = maria.desk.refit(opening)
    held = maria.desk.close(opening, Ending.WITHDRAWN, final=False, only=found.unfit)
    in_vain = refit(maria, opening)

    assert held.held_until is not None and len(maria.bodies) == 3
    assert in_vain == []
    maria.desk.at = held.held_until
    assert len(refit(maria, opening)) == 3
    assert refit(maria, opening) == []


def test_a_client_booked_elsewhere_at_that_time_is_no_longer_waited_for(
    maria: Chairs, asked: tuple[int, int, int, int]
) -> None:
    opening, half_an_hour, an_hour, all_of_it = asked
    ben = maria.another_provider()
    maria.by_hand(0, 30, client=half_an_hour, provider=ben)

    texts = refit(maria, opening)

    assert messages(maria, opening) == {"opening_changed"}
    assert len(texts) == 1
    assert [offer_of(maria, opening, one).state for one in (an_hour, all_of_it)] == ["open", "open"]


def test_a_room_somebody_else_took_is_missed_by_the_offer_that_needs_it(maria: Chairs) -> None:
    room = maria.room("laser")
    maria.service(60, room_kind="laser")
    client = maria.waiting(60)
    opening = maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    ben = maria.another_provider()

    maria.by_hand(0, 30, provider=ben, room=room)
    texts = refit(maria, opening)

    assert messages(maria, opening) == {"opening_changed"}
    assert offer_of(maria, opening, client).state == "withdrawn"
    assert len(texts) == 1
