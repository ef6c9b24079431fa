"""A practice system that takes no bookings: a person types them, and the calendar says when they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.cancelling import Releasing
from contracts.booking import Change, ConfirmVisit
from contracts.gap_fill import Booked, ReleaseVisit, Tell
from models.calendar import Appointment
from models.client import Client
from models.effects import Intent
from models.matrix import Provider
from models.offers import Offer
from models.practice import Location
from models.repositories import calendar, holds, offers
from models.tasks import Task
from tests.activities import visits
from tests.activities.activity_runner import Desk
from tests.activities.open_offer import Asked, in_the_calendar, nora_is_asked
from tests.activities.outside import ABLE, FrontDesk, Outside
from tests.activities.people import nora
from tests.activities.visits import HOUR, STARTS
from tests.inbox.scene import Scene
from vendors.pms.base import PmsAppointment, PmsState, Takes

READ_ONLY = replace(
    ABLE, takes=Takes(), shows=replace(ABLE.shows, confirmations=False, completions=False, shifts=False)
)


@pytest.fixture
def asked(scene: Scene) -> Asked:
    asked = nora_is_asked(scene)
    asked.front_desk.capabilities = READ_ONLY
    return asked


def test_a_yes_is_handed_to_a_person_and_the_time_stays_held(asked: Asked) -> None:
    result, again = asked.book(), asked.book()

    assert (result.outcome, again.outcome) == (Booked.ASKED, Booked.ASKED)
    assert asked.held
    assert asked.front_desk.appointments == []
    assert [(one.effect, one.state) for one in asked.desk.rows(Intent)] == [("pms_book", "handed_over")]


def test_the_hold_lasts_until_the_visit_would_be_over(asked: Asked) -> None:
    asked.book()

    asked.desk.at = STARTS + HOUR - timedelta(minutes=1)
    with asked.scene.database.transaction() as session:
        holds.release_expired(session, asked.scene.practice_id, now=asked.desk.at)

    assert asked.held


def test_the_task_holds_all_that_has_to_be_typed(asked: Asked) -> None:
    asked.book()

    asked.desk.ask_person(asked.opening, "write_by_hand", offer_id=asked.offer)

    (task,) = asked.desk.tasks()
    assert (task.kind, task.client_id, task.opening_id) == ("write_by_hand", asked.nora, asked.opening)
    assert "Client: Nora " in task.body
    assert "+1" in task.body
    assert "10:00-11:00: Visit with Maria" in task.body
    assert "Nora" not in task.title and "Visit" not in task.title
    assert [choice["action"] for choice in task.choices] == ["booked", "send", "release"]


def test_the_winner_reads_that_it_is_being_booked_and_not_yet_confirmed(asked: Asked) -> None:
    asked.book()

    asked.tell(Tell.BY_HAND)
    asked.tell(Tell.BY_HAND)
    asked.close(claimed=(asked.offer,))

    assert len(asked.bodies) == 1
    assert "We are booking" in asked.bodies[0]
    assert "not confirmed yet" in asked.bodies[0]
    assert asked.ended[0] == "handed_over"


def test_a_winner_who_has_read_it_is_not_told_twice(asked: Asked) -> None:
    asked.tell(Tell.CONFIRMING)

    asked.tell(Tell.BY_HAND)

    assert (len(asked.bodies), asked.ended[0], asked.ended[2]) == (1, "handed_over", "handed_over")


def test_the_visit_in_the_calendar_settles_it(asked: Asked) -> None:
    asked.book()
    asked.desk.ask_person(asked.opening, "write_by_hand", offer_id=asked.offer)
    asked.tell(Tell.BY_HAND)
    asked.front_desk.appointments.append(in_the_calendar())
    with asked.scene.database.transaction() as session:
        seen = calendar.ensure(session, asked.scene.practice_id, pms_ref="by-hand").id

    facts = asked.desk.look(seen)
    (task,) = asked.desk.tasks()
    asked.desk.read_task(task.id or 0)

    # Its own booking confirms it, as any other.
    assert facts.change is Change.CREATED
    assert asked.scene.row(Task, task.id or 0).state == "withdrawn"
    assert asked.ended[:2] == ("won", "fulfilled")
    assert not asked.held


def test_a_visit_that_somebody_typed_before_is_theirs(asked: Asked) -> None:
    asked.front_desk.appointments.append(in_the_calendar())

    assert asked.book().outcome is Booked.BOOKED


def test_a_time_that_was_taken_meanwhile_is_taken(asked: Asked) -> None:
    asked.front_desk.appointments.append(in_the_calendar("omar"))

    assert asked.book().outcome is Booked.TAKEN
    assert not asked.held


def test_a_system_of_one_service_a_visit_leaves_several_to_a_person(asked: Asked) -> None:
    asked.front_desk.capabilities = replace(ABLE, shows=replace(ABLE.shows, several_services_per_visit=False))
    half = timedelta(minutes=30)
    first = visits.segment(asked.scene, asked.service, replace(visits.TOMORROW_AT_TEN, end=STARTS + half))
    second = visits.segment(asked.scene, asked.service, replace(visits.TOMORROW_AT_TEN, start=STARTS + half))
    with asked.scene.database.transaction() as session:
        session.get_one(Offer, asked.offer).plan = [offers._segment_to_json(one) for one in (first, second)]

    assert asked.book().outcome is Booked.ASKED


# --- what else it does not take -------------------------------------------------------------------------------------


@pytest.fixture
def desk(scene: Scene) -> Desk:
    return Desk(scene, Outside(calendar=FrontDesk(capabilities=READ_ONLY)))


def _calendar(desk: Desk) -> FrontDesk:
    assert desk.outside.calendar is not None
    return desk.outside.calendar


def _as_read(scene: Scene, visit: int, state: PmsState) -> PmsAppointment:
    """The visit as the practice system shows it."""
    with scene.database.transaction() as session:
        row = calendar.get(session, scene.practice_id, visit)
        session.get_one(Client, row.client_id).pms_ref = "nora"
        session.get_one(Provider, scene.provider_id).pms_ref = "maria"
        session.get_one(Location, scene.location_id).pms_ref = "place"
    return replace(in_the_calendar(), ref=row.pms_ref, state=state)


def test_a_visit_that_gives_way_is_for_a_person_to_cancel(scene: Scene, desk: Desk) -> None:
    visit = visits.booked(scene, nora(scene))
    releasing = Releasing(database=desk.database, vendors=desk.outside)
    order = ReleaseVisit(practice_id=desk.practice_id, opening_id=1, offer_id=1, appointment_id=visit)

    with pytest.raises(ApplicationError) as caught:
        desk.run(releasing.release_later_visit, order)

    assert caught.value.non_retryable
    assert desk.rows(Intent) == []
    assert scene.row(Appointment, visit).state == "booked"


def test_a_clients_word_confirms_their_visit_where_the_calendar_cannot_show_it(scene: Scene, desk: Desk) -> None:
    visit = visits.booked(scene, nora(scene))
    _calendar(desk).appointments.append(_as_read(scene, visit, PmsState.BOOKED))

    desk.run(desk.visits.confirm_visit, ConfirmVisit(practice_id=desk.practice_id, appointment_id=visit))

    assert scene.row(Appointment, visit).state == "confirmed"
    assert desk.look(visit).state == "confirmed"
    assert desk.read_calendar(STARTS.date()).differences == 0


def test_a_visit_booked_as_confirmed_is_not_yet_its_clients_word(scene: Scene, desk: Desk) -> None:
    visit = visits.booked(scene, nora(scene))
    _calendar(desk).appointments.append(_as_read(scene, visit, PmsState.CONFIRMED))

    assert desk.look(visit).state == "booked"


def test_a_confirmation_holds_for_the_time_it_was_given_for(scene: Scene, desk: Desk) -> None:
    visit = visits.booked(scene, nora(scene))
    desk.run(desk.visits.confirm_visit, ConfirmVisit(practice_id=desk.practice_id, appointment_id=visit))
    moved = replace(_as_read(scene, visit, PmsState.BOOKED), start=STARTS + HOUR, end=STARTS + 2 * HOUR)
    segment = replace(moved.segments[0], start=moved.start, end=moved.end)
    _calendar(desk).appointments.append(replace(moved, segments=(segment,)))

    assert desk.look(visit).state == "booked"


@pytest.mark.parametrize(("after", "state"), [(timedelta(minutes=59), "arrived"), (HOUR, "completed")])
def test_a_client_who_had_arrived_has_been_there_once_the_visit_is_over(
    scene: Scene, desk: Desk, after: timedelta, state: str
) -> None:
    visit = visits.booked(scene, nora(scene))
    _calendar(desk).appointments.append(_as_read(scene, visit, PmsState.ARRIVED))
    desk.at = STARTS + after

    assert desk.look(visit).state == state
