"""The practice system fails in the middle of a booking: the client reads what is true, and the chair is booked once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from domain import effect_keys
from domain.policy import Pace
from models.effects import Intent
from simulation.reading import Gist
from simulation.sandbox_client import Control
from tests.journeys.scenario_practice import PATIENT, UNHURRIED, Premises
from tests.journeys.scenarios import Corner, eventually, shown

ONE_BY_ONE = replace(UNHURRIED, pace=Pace.ONE_AT_A_TIME)
TOGETHER = replace(UNHURRIED, pace=Pace.EVERYONE)
#: A practice minute is two seconds here.
IMPATIENT = replace(PATIENT, booking_note_after=timedelta(seconds=10))


def offered_chair(corner: Corner, *, free: int, asked: tuple[int, ...] = (1,)) -> None:
    """Client `free` gives up 14:00, and these are asked."""
    corner.cancel(corner.book(free, corner.at(14)))
    corner.offered(*asked)


def booked_by_us(corner: Corner) -> int:
    """How often Chairflow ever put a visit into the corner's calendar."""
    here = {one["appointment"] for one in corner.visits(live_only=False)}
    ledger = corner.stage.sandboxes.boulevard.ledger(kind="appointment_booked")
    return sum(one["by"] == "api" and one["appointment"] in here for one in ledger)


def held(sandbox: Control, fault: int) -> None:
    """Waits until the fault holds a request."""
    eventually(lambda: any(one["id"] == fault and one["waiting"] for one in sandbox.faults()), "a request to hold")


def test_outage_reads_confirming_then_confirmed(premises: Premises) -> None:
    premises.policy(ONE_BY_ONE, patience=IMPATIENT)
    corner = premises.corner(waiting=1)
    pms = premises.stage.sandboxes.boulevard
    offered_chair(corner, free=2)
    pms.fault("*", "outage")
    corner.says(1, "YES")
    corner.hears(1, Gist.OFFER, Gist.CONFIRMING)
    assert corner.visits() == []
    pms.clear_faults()
    assert corner.ended() == "filled"
    corner.hears(1, Gist.OFFER, Gist.CONFIRMING, Gist.WON)
    assert booked_by_us(corner) == 1


def test_outage_beyond_patience_goes_to_a_person(premises: Premises) -> None:
    """Nobody is left believing in a visit that is not there: the winner is told, staff have a task."""
    premises.policy(ONE_BY_ONE, patience=replace(IMPATIENT, pms_give_up=timedelta(minutes=3)))
    corner = premises.corner(waiting=1)
    pms = premises.stage.sandboxes.boulevard
    offered_chair(corner, free=2)
    pms.fault("booking*", "outage")
    corner.says(1, "YES")
    assert corner.ended() == "handed_over"
    pms.clear_faults()
    assert corner.heard(1)[:2] == [Gist.OFFER, Gist.CONFIRMING]
    assert len(corner.texts(1)) == 3, corner.texts(1)
    assert "taken over" in corner.texts(1)[2] or "our team" in corner.texts(1)[2].lower(), corner.texts(1)[2]
    assert shown(httpx.get(corner.link(1), trust_env=False, timeout=30).text) == "handed_over"
    assert [one.kind for one in corner.tasks()] == ["pms_unreachable"]
    assert corner.visits() == []


def test_lost_answer_makes_no_second_booking(premises: Premises) -> None:
    """The visit was written and the answer lost: it is read back, not written again."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=1)
    offered_chair(corner, free=2)
    premises.stage.sandboxes.boulevard.fault("bookingComplete", "commit_then_timeout", times=1, seconds=0.2)
    corner.says(1, "YES")
    assert corner.ended() == "filled"
    corner.hears(1, Gist.OFFER, Gist.WON)
    assert booked_by_us(corner) == 1
    assert len(corner.visits()) == 1


def test_hand_booking_before_ours_is_complete(premises: Premises) -> None:
    """The practice system only warns: ours is found to overlap, taken back, and the winner hears it."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=1, others=2)
    pms = premises.stage.sandboxes.boulevard
    offered_chair(corner, free=2)
    fault = pms.fault("bookingComplete", "hold", times=1)
    corner.says(1, "YES")
    held(pms, fault)
    corner.book(3, corner.at(14), mirrored=False)
    pms.release(fault)
    assert corner.ended() == "withdrawn"
    corner.hears(1, Gist.OFFER, Gist.CLOSED)
    assert [one["client"] for one in corner.visits()] == [corner.client_ref(3).rpartition(":")[2]]
    assert corner.double_bookings(standing=True) == []
    assert [one.kind for one in corner.tasks()] == ["overlap"]


@pytest.mark.parametrize("lost", [False, True], ids=["", "the answer to taking ours back is lost"])
def test_hand_booking_right_after_ours(premises: Premises, lost: bool) -> None:
    """Both stand for a moment; the one of ours goes, once, and the front desk's stays."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=1, others=2)
    pms = premises.stage.sandboxes.boulevard
    offered_chair(corner, free=2)
    fault = pms.fault("bookingComplete", "hold_after", times=1)
    corner.says(1, "YES")
    held(pms, fault)
    corner.book(3, corner.at(14), mirrored=False)
    if lost:
        pms.fault("cancelAppointment", "commit_then_timeout", times=1, seconds=0.2)
    pms.release(fault)
    assert corner.ended() == "withdrawn"
    corner.hears(1, Gist.OFFER, Gist.CLOSED)
    assert [one["client"] for one in corner.visits()] == [corner.client_ref(3).rpartition(":")[2]]
    assert corner.double_bookings(standing=True) == []
    assert [one.kind for one in corner.tasks()] == ["overlap"]
    (undo,) = corner.rows(Intent, Intent.key == effect_keys.undo_key(corner.offers()[0].id or 0))
    assert (undo.state, undo.attempts) == ("done", 2 if lost else 1)


def test_hand_booking_offers_the_next_best(premises: Premises) -> None:
    """Another chair of the same kind is open: the winner hears the truth and gets that one."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=1, others=3)
    pms = premises.stage.sandboxes.boulevard
    offered_chair(corner, free=2)
    corner.cancel(corner.book(3, corner.at(16)))
    corner.opening(2)
    fault = pms.fault("bookingCreate", "hold", times=1)
    corner.says(1, "YES")
    held(pms, fault)
    corner.book(4, corner.at(14), mirrored=False)
    pms.release(fault)
    assert corner.ended() == "withdrawn"
    corner.hears(1, Gist.OFFER, Gist.OFFER)
    corner.says(1, "YES")
    assert corner.ended(2) == "filled"
    corner.hears(1, Gist.OFFER, Gist.OFFER, Gist.WON)
    (mine,) = corner.visits_of(1)
    assert datetime.fromisoformat(mine["start_at"]) == corner.at(16)
    assert corner.double_bookings(standing=True) == []


def test_a_quick_yes_to_the_next_best_is_heard(premises: Premises) -> None:
    """The text is on the phone, and the carrier has not answered us yet."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=1, others=3)
    pms, twilio = premises.stage.sandboxes.boulevard, premises.stage.sandboxes.twilio
    offered_chair(corner, free=2)
    corner.cancel(corner.book(3, corner.at(16)))
    corner.opening(2)
    fault = pms.fault("bookingCreate", "hold", times=1)
    corner.says(1, "YES")
    held(pms, fault)
    corner.book(4, corner.at(14), mirrored=False)
    on_its_way = twilio.fault("CreateMessage", "hold_after", times=1, match={"to": corner.phone(1)})
    pms.release(fault)
    held(twilio, on_its_way)
    eventually(lambda: corner.heard(1) == [Gist.OFFER, Gist.OFFER], "the next best on the phone")
    corner.says(1, "YES")
    eventually(lambda: [one.claimed_at is not None for one in corner.offers()] == [True, True], "the second claim")
    twilio.release(on_its_way)
    assert corner.ended(2) == "filled"
    eventually(lambda: corner.heard(1)[-1] is Gist.WON, "the word of the visit")
    # Where the second fill asks before the first has its next best, the first says by itself that 14:00 is gone.
    assert [one for one in corner.heard(1) if one is not Gist.CLOSED] == [Gist.OFFER, Gist.OFFER, Gist.WON]
    (mine,) = corner.visits_of(1)
    assert datetime.fromisoformat(mine["start_at"]) == corner.at(16)


def test_refused_client_makes_room_for_the_next(premises: Premises) -> None:
    """The practice system will not have the first: a person looks after them, the second has the chair."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2)
    pms = premises.stage.sandboxes.boulevard
    offered_chair(corner, free=3, asked=(1, 2))
    pms.fault("bookingCreate", "delay", times=1, seconds=2)
    # Refused as a whole, a request is sent once more without what no live client has confirmed of it.
    pms.fault("bookingCreate", "refuse", times=2)
    corner.says(1, "YES")
    eventually(lambda: any(one.claimed_at is not None for one in corner.offers()), "the first claim")
    corner.says(2, "YES")
    assert corner.ended() == "filled"
    corner.hears(2, Gist.OFFER, Gist.WON)
    assert len(corner.texts(1)) == 2, corner.texts(1)
    assert corner.visits_of(1) == []
    assert "pms_refused" in [one.kind for one in corner.tasks()]


def test_lost_answers_of_the_carrier(premises: Premises) -> None:
    """The connection breaks under texts, before the carrier has them and after: each is said, and said once."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=3)
    twilio = premises.stage.sandboxes.twilio
    offered_chair(corner, free=4, asked=(1, 2, 3))
    twilio.fault("CreateMessage", "drop", times=1, match={"to": corner.phone(1)})
    twilio.fault("CreateMessage", "drop", times=1, match={"to": corner.phone(2)})
    twilio.fault("CreateMessage", "commit_then_timeout", times=1, seconds=0.1, match={"to": corner.phone(3)})
    corner.says(1, "YES")
    assert corner.ended() == "filled"
    corner.hears(1, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    corner.hears(3, Gist.OFFER, Gist.CLOSED)
    twilio.fault("CreateMessage", "drop", times=1, match={"to": corner.phone(2)})
    corner.reads_and_says(2, "YES")
    corner.hears(2, Gist.OFFER, Gist.CLOSED, Gist.CLOSED)
