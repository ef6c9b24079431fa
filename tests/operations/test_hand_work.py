"""Bookings that a person finishes: what the calendar settles, what each answer does, and who is offered the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from domain.journey_names import Action, Journey
from domain.ranges import TimeRange
from domain.tasks import BEING_BOOKED
from models.calendar import Opening
from models.offers import Offer
from models.repositories import calendar, holds
from models.tasks import Task
from tests.activities.people import OTHER
from tests.activities.unfinished_booking import WORDS, Unfinished, unfinished
from tests.activities.visits import HOUR, STARTS
from tests.inbox.scene import NOW, Scene

KINDS = pytest.mark.parametrize("kind", ["write_by_hand", "pms_unreachable", "write_unknown"])


# --- the calendar settles it ----------------------------------------------------------------------------------------


@KINDS
def test_a_visit_booked_by_hand_settles_the_task_and_its_booking_tells_the_client(scene: Scene, kind: str) -> None:
    booking = unfinished(scene, kind)

    booking.booked_by_hand(booking.nora)
    booking.the_fill_is_over_for("opening_taken")

    assert booking.settled() == (
        "withdrawn",
        "the visit is in the calendar, and its own confirmation goes to the client",
    )
    assert booking.offers_of(booking.opening) == {booking.nora: "won"}
    assert not booking.held
    assert booking.tasks() == [(kind, "withdrawn")]


@KINDS
@pytest.mark.parametrize("look", [Unfinished.read, Unfinished.remind], ids=["read", "reminder"])
def test_a_visit_that_came_while_the_fill_was_ending_is_seen_at_the_next_look(
    scene: Scene, kind: str, look: Callable[[Unfinished], object]
) -> None:
    booking = unfinished(scene, kind)
    booking.booked_by_hand(booking.nora, start=STARTS + timedelta(minutes=15), minutes=30)

    look(booking)

    assert booking.settled()[0] == "withdrawn"
    assert not booking.held


def test_a_visit_at_another_time_settles_nothing(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.booked_by_hand(booking.nora, start=STARTS + timedelta(hours=3))

    assert booking.read().state == "open"
    assert booking.held


@KINDS
def test_somebody_else_in_that_time_leaves_the_client_to_a_person_with_the_truth(scene: Scene, kind: str) -> None:
    booking = unfinished(scene, kind)
    booking.booked_by_hand(scene.client(OTHER))
    booking.the_fill_is_over_for("opening_taken")

    assert booking.settled() == ("withdrawn", "somebody else is booked into that time")
    assert booking.tasks() == [(kind, "withdrawn"), ("given_away", "open")]
    given_away = booking.task_of("given_away")
    assert given_away.client_id == booking.nora
    assert given_away.draft is not None and "could not book" in given_away.draft
    assert booking.offers_of(booking.opening) == {booking.nora: "lost"}
    assert not booking.held


def test_what_a_shorter_visit_by_hand_leaves_is_offered(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.booked_by_hand(booking.nora, minutes=30)

    (rest,) = [one for one in booking.openings() if one.state == "live"]
    assert rest.during.start == STARTS + timedelta(minutes=30)
    assert booking.fills_started() == [rest.id]


def test_a_booking_over_a_time_that_staff_left_free_offers_nothing(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.answer("release")
    with scene.database.transaction() as session:
        for one in session.execute(select(Opening)).scalars():
            one.state = "handed_over"

    booking.booked_by_hand(booking.nora, minutes=30)

    assert [one.state for one in booking.openings()] == ["handed_over", "handed_over"]


# --- a write nobody can tell of ----------------------------------------------------------------------------------


def test_a_write_that_broke_off_is_looked_for_once_a_person_has_it(scene: Scene) -> None:
    """The fill tells no more whose echo a visit is; until then its booking said nothing."""
    booking = unfinished(scene, "write_unknown")
    with scene.database.transaction() as session:
        named = calendar.ensure(session, scene.practice_id, pms_ref="urn:named")
    assert booking.echoes() == [booking.offer]

    booking.read()
    booking.read()

    assert booking.echoes() == []
    assert [one for one in scene.waiting() if one[0] == "booking"] == [
        ("booking", named.id, "signal_with_start", "pms_changed")
    ]


def test_a_hold_of_an_unknown_write_ends_with_the_visit_it_was_for(scene: Scene) -> None:
    booking = unfinished(scene, "write_unknown")
    booking.nobody_comes()

    for hours, stands in ((0, True), (24.5, True), (25, False)):
        with scene.database.transaction() as session:
            holds.release_expired(session, scene.practice_id, now=NOW + timedelta(hours=hours))
        assert booking.held is stands


# --- what each answer does ------------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("action", ["release", "send"])
def test_letting_it_go_frees_the_time_for_those_who_were_not_asked(scene: Scene, kind: str, action: str) -> None:
    booking = unfinished(scene, kind)
    asked, too = scene.client(OTHER), scene.client("+12125550146")
    scene.offer(booking.opening, asked, OTHER, state="withdrawn", ask=False)
    second = scene.offer(booking.opening, too, "+12125550146", state="withdrawn", ask=False)
    with scene.database.transaction() as session:
        session.get_one(Offer, second).claimed_at = NOW

    booking.answer(action)

    old, new = booking.openings()
    assert (old.state, new.state, new.during) == ("withdrawn", "live", old.during)
    assert booking.fills_started() == [new.id]
    assert booking.offers_of(new.id or 0) == {booking.nora: "suppressed", asked: "suppressed"}
    assert booking.offers_of(old.id or 0)[booking.nora] == "lost"
    assert not booking.held
    assert booking.decided() == [("let_go", f"offered on as opening {new.id}")]
    task: Task = scene.row(Task, booking.task)
    assert (task.state, (task.resolution or {}).get("text")) == (
        "resolved",
        WORDS[kind].draft if action == "send" else None,
    )


def test_letting_it_go_while_the_visit_would_be_running_offers_what_is_left(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.desk.at = STARTS + timedelta(minutes=20)

    booking.answer("release")

    assert booking.openings()[-1].during == TimeRange(booking.desk.at, STARTS + HOUR)


def test_letting_it_go_too_late_says_so(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.desk.at = STARTS + HOUR

    booking.answer("release")

    assert [one.state for one in booking.openings()] == ["handed_over"]
    assert booking.decided() == [("let_go", "no time is left to offer it")]
    assert not booking.held


@KINDS
def test_booked_and_not_seen_keeps_the_time_and_comes_back_to_staff(scene: Scene, kind: str) -> None:
    booking = unfinished(scene, kind)

    booking.answer("booked")

    assert booking.held
    assert booking.tasks() == [(kind, "resolved"), ("not_seen", "open")]
    (later,) = [one for one in scene.deliveries() if one.journey == "task"]
    assert (later.action, later.not_before) == ("start", None)
    facts = booking.read(later.ref)
    assert (facts.post_at, facts.remind_at) == (NOW + timedelta(minutes=30), NOW + timedelta(minutes=60))

    booking.booked_by_hand(booking.nora)
    booking.the_fill_is_over_for("opening_taken")

    assert booking.tasks() == [(kind, "resolved"), ("not_seen", "withdrawn")]
    assert booking.offers_of(booking.opening) == {booking.nora: "won"}
    assert not booking.held


def test_booked_for_in_a_moment_and_not_seen_comes_back_half_way_there(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.desk.at = STARTS - timedelta(minutes=25)
    booking.answer("booked")
    not_seen = booking.task_of("not_seen").id

    facts = booking.read(not_seen)

    assert facts.post_at == STARTS - timedelta(minutes=12, seconds=30)
    assert (facts.due_at, facts.remind_at) == (STARTS, None)


def test_other_tasks_come_before_staff_at_once(scene: Scene) -> None:
    facts = unfinished(scene).read()

    assert (facts.post_at, facts.remind_at) == (None, NOW + timedelta(minutes=30))


def test_booked_and_not_there_after_all_can_be_let_go(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.answer("booked")
    not_seen = booking.task_of("not_seen").id

    booking.answer("send", task=not_seen)

    assert not booking.held
    assert booking.fills_started() == [booking.openings()[-1].id]


def test_a_draft_of_an_earlier_version_that_says_booked_lets_nothing_go(scene: Scene) -> None:
    """Its button read "It is booked: send draft"."""
    booking = unfinished(scene)
    with scene.database.transaction() as session:
        old = {"action": "send", "label": "It is booked: send draft", "for_candidate": False}
        session.get_one(Task, booking.task).choices = [old]

    booking.answer("send")

    assert [one.state for one in booking.openings()] == ["handed_over"]


def test_nobody_comes_and_the_time_stays_held(scene: Scene) -> None:
    booking = unfinished(scene)

    booking.nobody_comes()

    assert booking.held
    assert booking.fills_started() == []


# --- orders for a fill that has ended -------------------------------------------------------------------------------


def ended(scene: Scene, state: str, *, action: str = "assign", start: datetime = STARTS) -> tuple[Unfinished, str]:
    """Dana's choice of somebody reaches a fill that has ended like this."""
    booking = unfinished(scene)
    chosen = scene.client(OTHER)
    booking.answer("release")
    with scene.database.transaction() as session:
        for one in session.execute(select(Opening)).scalars():
            one.state = "withdrawn"
        session.flush()
        opening = session.get_one(Opening, booking.opening)
        opening.state, opening.during = state, TimeRange(start, start + timedelta(hours=1))
        task = session.get_one(Task, booking.task)
        task.choices = [{"action": action, "label": "Book this client", "for_candidate": True}]
    answer = {"task_id": booking.task, "kind": "nobody_left", "action": action, "client_id": chosen, "by": "Dana"}
    scene.enqueue(Journey.GAP_FILL, booking.opening, Action.SIGNAL, "task_answered", answer)
    return booking, booking.the_fill_is_over_for("task_answered")


@pytest.mark.parametrize("state", ["lapsed", "handed_over", "declined", "live"])
@pytest.mark.parametrize("action", ["assign", "offer", "go"])
def test_an_order_for_a_fill_that_has_ended_is_carried_out_by_a_new_one(scene: Scene, state: str, action: str) -> None:
    booking, outcome = ended(scene, state, action=action)

    new = booking.openings()[-1]
    assert (new.state, new.during.start) == ("live", STARTS)
    assert outcome == f"the fill had ended; that of opening {new.id} has the order"
    order = scene.deliveries()[-1]
    assert (order.journey, order.ref, order.action, order.message) == (
        "gapfill",
        new.id,
        "signal_with_start",
        "task_answered",
    )
    assert (order.body["action"], order.body["by"]) == (action, "Dana")


@pytest.mark.parametrize("state", ["filled", "withdrawn"])
def test_an_order_for_a_time_that_was_taken_comes_back_to_staff(scene: Scene, state: str) -> None:
    booking, outcome = ended(scene, state)

    assert outcome == "the fill had ended and the time had been taken; staff know"
    told = booking.task_of("came_too_late")
    assert "Dana chose “Book this client”, and when that arrived, the time had been taken." in told.body
    assert booking.openings()[-1].state == "withdrawn"


def test_an_order_for_a_time_that_is_too_near_comes_back_to_staff(scene: Scene) -> None:
    booking, outcome = ended(scene, "lapsed", start=NOW + timedelta(minutes=59))

    assert "in less than 60 minutes; please book it by hand" in outcome
    assert booking.tasks()[-1] == ("came_too_late", "open")


def test_leaving_it_free_needs_no_fill(scene: Scene) -> None:
    booking, outcome = ended(scene, "lapsed", action="leave")

    assert outcome == "the fill had ended; nothing of it was left to do"
    assert booking.tasks() == [("pms_unreachable", "resolved")]


# --- while somebody's yes is being booked ---------------------------------------------------------------------------


def test_a_task_knows_that_a_yes_is_being_booked(scene: Scene) -> None:
    booking = unfinished(scene)
    task = scene.task(kind="nobody_left", opening_id=booking.opening)
    assert booking.read(task).state == BEING_BOOKED

    booking.answer("release")

    assert booking.read(task).state == "open"
    with scene.database.transaction() as session:
        offer = session.get_one(Offer, booking.offer)
        offer.state = "expired"
    assert booking.read(task).state == BEING_BOOKED
