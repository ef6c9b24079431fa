"""The front desk finishes what Chairflow could not: the client reads one truth, and the chair is not left empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.policy import Pace
from models.offers import Hold
from models.tasks import Task
from models.waitlist import WaitlistEntry
from simulation.reading import Gist
from tests.journeys.scenario_practice import PATIENT, UNHURRIED, Premises
from tests.journeys.scenarios import Corner, eventually

#: A practice minute is two seconds here.
ONE_BY_ONE = replace(UNHURRIED, pace=Pace.ONE_AT_A_TIME)
IMPATIENT = replace(PATIENT, pms_give_up=timedelta(minutes=3))


def handed_over(premises: Premises, *, waiting: int = 1) -> tuple[Corner, Task]:
    """Client 1 says yes to 14:00, and the practice system stays away until a person has it."""
    premises.policy(ONE_BY_ONE, patience=IMPATIENT)
    corner = premises.corner(waiting=waiting, others=2)
    pms = premises.stage.sandboxes.boulevard
    corner.cancel(corner.book(waiting + 1, corner.at(14)))
    corner.offered(1)
    pms.fault("booking*", "outage")
    corner.says(1, "YES")
    assert corner.ended() == "handed_over"
    pms.clear_faults()
    (task,) = corner.tasks()
    return corner, task


def state_of(corner: Corner, task: Task) -> str:
    return next(one.state for one in corner.tasks() if one.id == task.id)


def answer(premises: Premises, task: Task, action: str, **more: object) -> tuple[int, str]:
    """Status, and the words staff read."""
    told = premises.ask("POST", f"tasks/{task.id}/resolve", {"action": action, "by": "Dana", **more})
    body = told.json()
    return told.status_code, str(body.get("words") or body.get("detail"))


def test_a_visit_booked_by_hand_is_told_of_once(premises: Premises) -> None:
    corner, task = handed_over(premises)
    assert len(corner.texts(1)) == 2, corner.texts(1)

    corner.book(1, corner.at(14))

    eventually(lambda: state_of(corner, task) == "withdrawn", "the task to take care of itself")
    eventually(lambda: corner.heard(1)[-1] is Gist.BOOKED, "the word of the visit")
    premises.settled()
    assert len(corner.texts(1)) == 3, corner.texts(1)
    status, words = answer(premises, task, "booked")
    assert (status, words) == (409, "This task has been settled.")
    assert [one.state for one in corner.offers()] == ["won"]
    assert len(corner.visits()) == 1


def test_what_is_let_go_is_said_and_offered_to_the_next(premises: Premises) -> None:
    corner, task = handed_over(premises, waiting=2)

    assert answer(premises, task, "send")[0] == 200

    corner.hears(2, Gist.OFFER)
    corner.says(2, "YES")
    assert corner.ended(2) == "filled"
    corner.hears(2, Gist.OFFER, Gist.WON)
    assert "We are sorry: we could not book" in corner.texts(1)[-1]
    assert [one["client"] for one in corner.visits()] == [corner.client_ref(2).rpartition(":")[2]]
    assert Gist.OFFER not in corner.heard(1)[1:]


def test_somebody_else_booked_by_hand_leaves_the_client_with_a_person(premises: Premises) -> None:
    corner, task = handed_over(premises)

    corner.book(3, corner.at(14))

    eventually(lambda: state_of(corner, task) == "withdrawn", "the task to take care of itself")
    premises.settled()
    open_tasks = [one for one in corner.tasks() if one.state == "open"]
    assert [one.kind for one in open_tasks] == ["given_away"]
    assert answer(premises, open_tasks[0], "send")[0] == 200
    eventually(lambda: "We are sorry: we could not book" in corner.texts(1)[-1], "the truth")


def test_a_write_that_got_through_unheard_is_found_and_told_of_once(premises: Premises) -> None:
    """Every answer is lost, and so is every read: until a person has it nobody can say that the visit stands."""
    premises.policy(ONE_BY_ONE, patience=IMPATIENT)
    corner = premises.corner(waiting=1, others=1)
    pms = premises.stage.sandboxes.boulevard
    corner.cancel(corner.book(2, corner.at(14)))
    corner.offered(1)
    lost = pms.fault("bookingComplete", "hold_after", times=1)
    corner.says(1, "YES")
    eventually(lambda: any(one["id"] == lost and one["waiting"] for one in pms.faults()), "the visit to be written")
    pms.fault("*", "outage")
    pms.release(lost)
    assert corner.premises.fill_ended(corner.opening()) == "handed_over"
    (task,) = corner.tasks()
    assert task.kind == "write_unknown"

    pms.clear_faults()

    eventually(lambda: state_of(corner, task) == "withdrawn", "the task to take care of itself")
    eventually(lambda: not {Gist.BOOKED, Gist.WON}.isdisjoint(corner.heard(1)), "the word of the visit")
    premises.settled()
    assert corner.heard(1).count(Gist.BOOKED) + corner.heard(1).count(Gist.WON) == 1, corner.texts(1)
    assert len(corner.visits()) == 1


def test_the_winners_visit_booked_by_hand_meanwhile_is_their_visit(premises: Premises) -> None:
    """The front desk was faster than our next try, and for the same client: nobody lost anything."""
    premises.policy(ONE_BY_ONE, patience=replace(PATIENT, pms_give_up=timedelta(minutes=60)))
    corner = premises.corner(waiting=1, others=1, rooms=1)
    pms = premises.stage.sandboxes.boulevard
    corner.cancel(corner.book(2, corner.at(14)))
    corner.offered(1)
    pms.fault("booking*", "outage")
    corner.says(1, "YES")
    eventually(lambda: bool(corner.rows(Hold, Hold.opening_id == corner.opening())), "a hold")

    corner.book(1, corner.at(14), mirrored=False)
    corner.premises.settled()
    pms.clear_faults()

    assert corner.ended() == "filled"
    assert [one.kind for one in corner.tasks()] == []
    eventually(lambda: not {Gist.BOOKED, Gist.WON}.isdisjoint(corner.heard(1)), "the word of the visit")
    corner.premises.settled()
    told = corner.heard(1)
    assert told.count(Gist.BOOKED) + told.count(Gist.WON) == 1, corner.texts(1)
    assert Gist.CLOSED not in told, corner.texts(1)
    assert len(corner.visits()) == 1


def test_who_is_asked_and_booked_by_hand_into_that_time_hears_of_the_visit_alone(premises: Premises) -> None:
    """She was offered 14:00 and rang instead of answering: it is one story, and it ends well."""
    corner = premises.corner(waiting=1, others=1)
    corner.cancel(corner.book(2, corner.at(14)))
    corner.offered(1)

    corner.book(1, corner.at(14))

    assert corner.ended() == "withdrawn"
    eventually(lambda: Gist.BOOKED in corner.heard(1), "the word of the visit")
    premises.settled()
    corner.hears(1, Gist.OFFER, Gist.BOOKED)
    (offer,) = corner.offers()
    (entry,) = corner.rows(WaitlistEntry, WaitlistEntry.client_id == corner.client_id(1))
    assert (offer.state, entry.state) == ("won", "fulfilled")
    assert corner.tasks() == []
    assert len(corner.visits()) == 1
