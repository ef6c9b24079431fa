"""The front desk books a client into the very time they hold an offer of: nobody tells them that they lost it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.booking import Change
from contracts.gap_fill import Booked, BookResult, Tell
from domain.ranges import TimeRange
from models.calendar import Appointment
from models.repositories import calendar
from models.tasks import Decision
from tests.activities.open_offer import Asked, in_the_calendar, nora_is_asked
from tests.activities.outside import ABLE
from tests.activities.people import OTHER
from tests.activities.visits import HOUR, STARTS
from tests.inbox.scene import Scene
from vendors.pms.base import PmsState, PmsUnread


@pytest.fixture
def asked(scene: Scene) -> Asked:
    return nora_is_asked(scene)


WON = ("won", "fulfilled", None)


@pytest.mark.parametrize("said_yes", [False, True])
@pytest.mark.parametrize(("late", "minutes"), [(0, 60), (30, 30), (30, 60)], ids=["all", "part", "beyond"])
def test_who_has_the_visit_gets_no_closing_message(asked: Asked, said_yes: bool, late: int, minutes: int) -> None:
    asked.by_hand(start=STARTS + timedelta(minutes=late), minutes=minutes)

    asked.close(claimed=(asked.offer,) if said_yes else ())
    asked.close(claimed=(asked.offer,) if said_yes else ())

    assert asked.ended == WON
    assert asked.bodies == []
    assert [(one.subject, one.verdict) for one in asked.desk.rows(Decision)] == [("claim", "won")]


def test_a_visit_with_somebody_else_in_that_time_leaves_the_offer_lost(asked: Asked) -> None:
    asked.by_hand(provider=asked.another_provider())

    asked.close()

    assert asked.ended == ("withdrawn", "active", "withdrawn")
    assert len(asked.bodies) == 1


def test_a_visit_right_after_that_time_leaves_the_offer_lost(asked: Asked) -> None:
    asked.by_hand(start=STARTS + HOUR)

    asked.close()

    assert asked.ended == ("withdrawn", "active", "withdrawn")


def test_a_visit_of_somebody_else_leaves_the_offer_lost(asked: Asked) -> None:
    asked.by_hand(client=asked.scene.client(OTHER))

    asked.close()

    assert asked.ended == ("withdrawn", "active", "withdrawn")


def test_who_has_the_visit_is_not_told_that_it_was_lost_and_needs_no_person(asked: Asked) -> None:
    asked.by_hand()

    told = asked.tell(Tell.NOT_FREE)
    again = asked.tell(Tell.NOT_FREE)

    assert told.next_best_offered and again.next_best_offered
    assert asked.ended == WON
    assert asked.bodies == []


def test_who_lost_it_to_somebody_else_still_reads_so(asked: Asked) -> None:
    asked.by_hand(client=asked.scene.client(OTHER))

    assert not asked.tell(Tell.NOT_FREE).next_best_offered

    assert asked.ended[0] == "lost"
    assert "is taken" in asked.bodies[0]


@pytest.mark.parametrize(("late", "minutes"), [(0, 60), (30, 30)], ids=["all", "part"])
def test_a_yes_finds_the_visit_made_by_hand_for_it(asked: Asked, late: int, minutes: int) -> None:
    start = STARTS + timedelta(minutes=late)
    made = asked.by_hand(start=start, minutes=minutes)
    asked.front_desk.appointments.append(in_the_calendar(start=start, minutes=minutes))

    result = asked.book()

    assert (result.outcome, result.appointment_id) == (Booked.BOOKED, made)
    assert asked.ended == WON
    assert asked.standing == [(made, TimeRange(start, start + timedelta(minutes=minutes)))]
    assert not asked.held
    assert len(asked.front_desk.appointments) == 1


def test_a_yes_is_written_where_the_visit_made_by_hand_is_gone_again(asked: Asked) -> None:
    """The mirror has not heard of it yet; the practice system has the last word."""
    asked.by_hand()

    assert asked.book().outcome is Booked.BOOKED

    assert [one.ref for one in asked.front_desk.appointments] == ["ours"]


def test_a_visit_made_by_hand_while_ours_was_written_is_the_winners(asked: Asked) -> None:
    asked.front_desk.meanwhile.append(in_the_calendar())

    result = asked.book()

    assert result.outcome is Booked.BOOKED
    assert asked.scene.row(Appointment, result.appointment_id or 0).pms_ref == "by-hand"
    assert asked.ended == WON


def test_a_visit_of_somebody_else_made_while_ours_was_written_takes_the_time(asked: Asked) -> None:
    asked.front_desk.meanwhile.append(in_the_calendar("omar"))

    assert asked.book().outcome is Booked.TAKEN

    assert not asked.held


def test_the_winners_visit_with_somebody_else_then_is_in_the_way_of_a_yes(asked: Asked) -> None:
    asked.by_hand(provider=asked.another_provider())

    assert asked.book().outcome is Booked.REFUSED

    assert asked.front_desk.appointments == []


def test_a_look_that_the_taking_back_of_ours_overtook_is_taken_again(asked: Asked) -> None:
    """Read while ours stood, and compared once it was taken back: nobody is told that they are booked."""
    front_desk = asked.front_desk
    front_desk.capabilities = replace(ABLE, refuses_double_booking=False)
    front_desk.meanwhile.append(in_the_calendar("omar"))
    with asked.scene.database.transaction() as session:
        ours = calendar.ensure(session, asked.scene.practice_id, pms_ref="ours").id
    results: list[BookResult] = []
    front_desk.on_the_way = lambda: results.append(asked.book())

    facts = asked.desk.look(ours)

    assert [one.outcome for one in results] == [Booked.OVERLAPPED]
    assert (facts.change, facts.quiet) == (Change.CANCELLED, True)
    assert asked.scene.row(Appointment, ours).state == "cancelled"
    assert not asked.tell(Tell.NOT_FREE).next_best_offered


def test_ours_is_taken_back_where_the_practice_system_warns_as_it_is_written(asked: Asked) -> None:
    """Whatever it collides with need not be a visit: a room, or a block set at that moment."""
    asked.front_desk.warns = True

    assert asked.book().outcome is Booked.OVERLAPPED

    assert [(one.ref, one.state) for one in asked.front_desk.appointments] == [("ours", PmsState.CANCELLED)]
    assert not asked.held


@pytest.mark.parametrize("provider_ref", ["maria", None])
def test_what_cannot_be_read_takes_the_time_of_a_yes(asked: Asked, provider_ref: str | None) -> None:
    asked.front_desk.unread.append(
        PmsUnread(
            kind="appointment",
            ref="odd",
            provider_ref=provider_ref,
            start=STARTS + timedelta(minutes=30),
            end=STARTS + HOUR,
            unread=("appointment.id",),
        )
    )

    assert asked.book().outcome is Booked.TAKEN

    assert asked.front_desk.appointments == []


@pytest.mark.parametrize(
    "row",
    [
        PmsUnread(kind="block", ref=None, provider_ref="omar", start=STARTS, end=STARTS + HOUR, unread=("node",)),
        PmsUnread(kind="block", ref=None, provider_ref=None, start=None, end=None, unread=("node",)),
        PmsUnread(kind="shift", ref=None, provider_ref="maria", start=None, end=None, unread=("day",), occupies=False),
        PmsUnread(
            kind="block", ref=None, provider_ref="maria", start=STARTS + HOUR, end=STARTS + 2 * HOUR, unread=("id",)
        ),
    ],
    ids=["somebody else's", "nothing known", "a shift", "later"],
)
def test_what_cannot_be_read_and_takes_nothing_there_is_in_nobodys_way(asked: Asked, row: PmsUnread) -> None:
    asked.front_desk.unread.append(row)

    assert asked.book().outcome is Booked.BOOKED


def test_ours_beside_the_winners_own_is_taken_back_and_theirs_stands(asked: Asked) -> None:
    """Both were let in by a practice system that only warns; the winner has the time, and hears no loss."""
    front_desk = asked.front_desk
    front_desk.capabilities = replace(ABLE, refuses_double_booking=False)
    front_desk.meanwhile.append(in_the_calendar())

    result = asked.book()
    again = asked.book()

    assert (result.outcome, result.appointment_id) == (again.outcome, again.appointment_id)
    assert (result.outcome, asked.ended) == (Booked.BOOKED, WON)
    assert asked.scene.row(Appointment, result.appointment_id or 0).pms_ref == "by-hand"
    assert [(one.ref, one.state) for one in front_desk.appointments] == [
        ("by-hand", PmsState.BOOKED),
        ("ours", PmsState.CANCELLED),
    ]
    assert not asked.held
