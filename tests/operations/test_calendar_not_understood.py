"""Visits and rows of the calendar that are not understood: they occupy, keep what is theirs, and staff hear once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from activities.reconciling import Reconciling
from contracts.booking import Change, Reconciled, ReconcileDay, RefreshAppointment
from domain.calendar import Cause, Kind, Unknown, Visit, VisitState
from domain.clients import MessageKind
from domain.matching import Slot, free_stretches
from domain.ranges import TimeRange
from domain.tasks import TaskKind
from models.calendar import Appointment, AppointmentSegment, DayStretch, Opening
from models.client import Client
from models.matrix import Provider, ProviderLocation, Room, Service
from models.practice import Location
from models.repositories import calendar, practices
from operations import calendar_not_understood
from operations.live_day import compose, read_live
from tests.activities.activity_runner import Desk
from tests.activities.outside import FrontDesk, Outside
from tests.activities.people import PHONE, agrees
from tests.activities.visits import HOUR, STARTS, service
from tests.inbox.scene import NOW, Scene
from vendors.pms.base import PmsAppointment, PmsBlock, PmsSegment, PmsState, PmsUnread

#: The practice system's references; of these, the practice has the first of each kind.
MARIA, SOMEBODY = "staff-1", "staff-2"
VISIT, NEW_SERVICE = "visit", "service-2"
DOWNTOWN, UPTOWN = "place-1", "place-2"
REF = "appointment-1"


@pytest.fixture
def outside() -> Outside:
    return Outside(calendar=FrontDesk())


@pytest.fixture
def nora(scene: Scene) -> int:
    """Maria and the place downtown are known to the practice system, and so is Nora, who agreed to texts."""
    service(scene)
    with scene.database.transaction() as session:
        session.get_one(Provider, scene.provider_id).pms_ref = MARIA
        session.get_one(Location, scene.location_id).pms_ref = DOWNTOWN
    client = scene.add(
        Client(practice_id=scene.practice_id, first_name="Nora", last_name="Example", phone=PHONE, pms_ref="nora")
    )
    agrees(scene, client, to=[MessageKind.APPOINTMENT])
    return client


def shown(
    outside: Outside,
    *,
    service: str | None = VISIT,
    provider: str | None = MARIA,
    place: str | None = DOWNTOWN,
    starts: datetime = STARTS,
    ref: str = REF,
    **values: Any,
) -> None:
    """The practice system shows this visit of Nora's, an hour long."""
    assert outside.calendar is not None
    segment = PmsSegment(service_ref=service, provider_ref=provider, start=starts, end=starts + HOUR)
    visit = PmsAppointment(
        **{
            "ref": ref,
            "location_ref": place,
            "client_ref": "nora",
            "state": PmsState.BOOKED,
            "start": starts,
            "end": starts + HOUR,
            "segments": (segment,),
            **values,
        }
    )
    outside.calendar.appointments = [one for one in outside.calendar.appointments if one.ref != ref] + [visit]


def appointment(scene: Scene, ref: str = REF) -> int:
    with scene.database.transaction() as session:
        return calendar.ensure(session, scene.practice_id, pms_ref=ref).id


def mirrored(scene: Scene, visit: int) -> Visit:
    with scene.database.transaction() as session:
        found = calendar.visit(session, scene.practice_id, visit)
    assert found is not None
    return found


def free(scene: Scene, *, provider: int | None = None, place: int | None = None) -> tuple[TimeRange, ...]:
    """What is left of ten to eleven tomorrow, as the mirror has it; Maria's, downtown."""
    during, place = TimeRange(STARTS, STARTS + HOUR), place or scene.location_id
    slot = Slot(
        location_id=place,
        provider_id=provider or scene.provider_id,
        during=during,
        cause=Cause.CANCELLATION,
    )
    with scene.database.transaction() as session:
        day = calendar.day(session, scene.practice_id, place, during, now=NOW)
    return free_stretches(slot=slot, day=day)


#: What a visit may name that the matrix lacks.
UNKNOWN = {
    "service": ({"service": NEW_SERVICE}, Unknown(kind=Kind.SERVICE, ref=NEW_SERVICE)),
    "provider": ({"provider": SOMEBODY}, Unknown(kind=Kind.PROVIDER, ref=SOMEBODY)),
    "location": ({"place": UPTOWN}, Unknown(kind=Kind.LOCATION, ref=UPTOWN)),
}
EACH = pytest.mark.parametrize(("names", "unknown"), UNKNOWN.values(), ids=UNKNOWN)


@EACH
def test_a_visit_with_something_the_matrix_lacks_keeps_its_place_its_client_and_its_time(
    scene: Scene, outside: Outside, desk: Desk, nora: int, names: dict[str, Any], unknown: Unknown
) -> None:
    shown(outside, **names)
    visit = appointment(scene)

    facts = desk.look(visit)

    found = mirrored(scene, visit)
    assert (found.unknown, found.client_id, found.state) == (frozenset({unknown}), nora, VisitState.BOOKED)
    assert (facts.change, facts.starts_at, facts.ends_at) == (Change.CREATED, STARTS, STARTS + HOUR)
    assert [one.lead_minutes for one in facts.touches] == [120]


@pytest.mark.parametrize("names", [{"service": NEW_SERVICE}, {"place": UPTOWN}, {"service": None}, {"provider": None}])
def test_it_takes_its_providers_time(
    scene: Scene, outside: Outside, desk: Desk, nora: int, names: dict[str, Any]
) -> None:
    assert free(scene) != ()
    shown(outside, **names)

    desk.look(appointment(scene))

    assert free(scene) == ()


def test_a_visit_without_a_provider_takes_the_time_of_everybody_there_and_of_nobody_elsewhere(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    away = scene.add(Location(practice_id=scene.practice_id, name="Uptown", zone="America/New_York", postcode="10028"))
    here, there = colleague(scene, "Ana", scene.location_id), colleague(scene, "Bea", away)
    shown(outside, provider=None)

    desk.look(appointment(scene))

    assert free(scene) == free(scene, provider=here) == ()
    assert free(scene, provider=there, place=away) != ()


def test_a_provider_who_is_at_another_place_is_not_free_here(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    scene.add(
        Location(
            practice_id=scene.practice_id, name="Uptown", zone="America/New_York", postcode="10028", pms_ref=UPTOWN
        )
    )
    shown(outside, place=UPTOWN)

    desk.look(appointment(scene))

    assert free(scene) == ()


def uptown(scene: Scene) -> int:
    """Maria works there as well."""
    place = scene.add(
        Location(
            practice_id=scene.practice_id, name="Uptown", zone="America/New_York", postcode="10028", pms_ref=UPTOWN
        )
    )
    scene.add(ProviderLocation(practice_id=scene.practice_id, provider_id=scene.provider_id, location_id=place))
    return place


def block(**values: Any) -> PmsBlock:
    return PmsBlock(**{"ref": "b", "provider_ref": MARIA, "start": STARTS, "end": STARTS + HOUR, **values})


@pytest.mark.parametrize("live", [True, False])
def test_a_block_at_another_of_our_places_takes_the_providers_time_here(
    scene: Scene, outside: Outside, desk: Desk, nora: int, live: bool
) -> None:
    there = uptown(scene)
    assert outside.calendar is not None
    outside.calendar.blocks_at = {UPTOWN: (block(),)}

    if live:
        left = free_live(scene, outside)
    else:
        reconcile(scene, desk, place=there)
        reconcile(scene, desk)
        left = free(scene)

    assert left == ()


@pytest.mark.parametrize("live", [True, False])
def test_who_is_off_at_another_place_may_work_here_and_who_is_off_here_does_not(
    scene: Scene, outside: Outside, desk: Desk, nora: int, live: bool
) -> None:
    there = uptown(scene)
    off = block(start=STARTS - 10 * HOUR, end=STARTS + 14 * HOUR, not_at_work=True)
    assert outside.calendar is not None

    outside.calendar.blocks_at = {UPTOWN: (off,)}
    for place in (there, scene.location_id):
        reconcile(scene, desk, place=place)
    off_there = free_live(scene, outside) if live else free(scene)
    outside.calendar.blocks_at = {DOWNTOWN: (off,)}
    for place in (there, scene.location_id):
        reconcile(scene, desk, place=place)
    off_here = free_live(scene, outside) if live else free(scene)

    assert (off_there != (), off_here) == (True, ())


def test_a_day_off_at_one_place_ends_no_opening_of_another(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    there, opening = uptown(scene), scene.opening(hours=0)
    with scene.database.transaction() as session:
        during = session.get_one(Opening, opening).during
    day = f"{during.start.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d}"
    reconcile(scene, desk, place=there, day=day)
    assert outside.calendar is not None
    outside.calendar.blocks_at = {UPTOWN: (block(start=during.start, end=during.end, not_at_work=True),)}

    reconcile(scene, desk, place=there, day=day)
    off = scene.row(Opening, opening).state
    outside.calendar.blocks_at = {UPTOWN: (block(start=during.start, end=during.end),)}
    reconcile(scene, desk, place=there, day=day)

    assert (off, scene.row(Opening, opening).state) == ("live", "withdrawn")


def free_live(scene: Scene, outside: Outside) -> tuple[TimeRange, ...]:
    """The same, as it is looked at before anybody is offered it."""
    assert outside.calendar is not None
    during = TimeRange(STARTS, STARTS + HOUR)
    with scene.database.transaction() as session:
        matrix = practices.matrix(session, scene.practice_id)
        live = read_live(
            outside.calendar,
            matrix,
            location_id=scene.location_id,
            provider_ids=(scene.provider_id,),
            day=STARTS.date(),
            everywhere=True,
        )
        day = compose(session, scene.practice_id, live, matrix, now=NOW)
    slot = Slot(location_id=scene.location_id, provider_id=scene.provider_id, during=during, cause=Cause.CANCELLATION)
    return free_stretches(slot=slot, day=day)


def colleague(scene: Scene, name: str, place: int) -> int:
    provider = scene.add(
        Provider(practice_id=scene.practice_id, first_name=name, display_name=name, pms_ref=f"staff-{name}")
    )
    scene.add(ProviderLocation(practice_id=scene.practice_id, provider_id=provider, location_id=place))
    return provider


@EACH
def test_what_it_was_known_as_before_is_not_freed_and_it_is_not_moved(
    scene: Scene, outside: Outside, desk: Desk, nora: int, names: dict[str, Any], unknown: Unknown
) -> None:
    shown(outside)
    visit = appointment(scene)
    known = desk.look(visit)
    shown(outside, **names)

    order = RefreshAppointment(
        practice_id=scene.practice_id, appointment_id=visit, known_state=known.state, known_start=known.starts_at
    )
    facts = desk.run(desk.visits.refresh_appointment, order)

    assert facts.change is Change.NONE
    # Maria no longer has it when it is somebody else's: that time is hers again.
    assert [one.cause for one in desk.rows(Opening)] == (["move"] if unknown.kind is Kind.PROVIDER else [])


def test_the_buffers_and_the_room_of_a_service_that_nobody_knows_any_more_are_not_free(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    with scene.database.transaction() as session:
        known = session.execute(select(Service)).scalar_one()
        known.buffer_after, known.room_kind = timedelta(minutes=30), "room"
    room = scene.add(Room(practice_id=scene.practice_id, location_id=scene.location_id, kind="room", name="Room 1"))
    shown(outside)
    visit = appointment(scene)
    desk.look(visit)
    shown(outside, service=NEW_SERVICE)

    desk.look(visit)

    assert desk.rows(Opening) == []
    assert mirrored(scene, visit).segments[0].room_id == room


def test_a_cancelled_visit_with_a_new_service_frees_its_providers_time(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside, service=NEW_SERVICE)
    visit = appointment(scene)
    desk.look(visit)
    shown(outside, service=NEW_SERVICE, state=PmsState.CANCELLED)

    desk.look(visit)

    assert [(one.provider_id, one.during) for one in desk.rows(Opening)] == [
        (scene.provider_id, TimeRange(STARTS, STARTS + HOUR))
    ]


@pytest.mark.parametrize("names", [{"provider": SOMEBODY}, {"place": UPTOWN}, {"provider": None}])
def test_a_cancelled_visit_frees_nothing_that_nobody_can_say_it_held(
    scene: Scene, outside: Outside, desk: Desk, nora: int, names: dict[str, Any]
) -> None:
    shown(outside, **names)
    visit = appointment(scene)
    desk.look(visit)
    shown(outside, **names, state=PmsState.CANCELLED)

    desk.look(visit)

    assert desk.rows(Opening) == []


@EACH
def test_its_client_is_told_of_it(
    scene: Scene, outside: Outside, desk: Desk, nora: int, names: dict[str, Any], unknown: Unknown
) -> None:
    shown(outside, **names)
    visit = appointment(scene)
    desk.look(visit)

    result = desk.touch(visit)

    who = "" if unknown.kind is Kind.PROVIDER else " with Maria"
    assert result.outcomes[0] == "sms sent"
    assert f"tomorrow (Tue Nov 24) at 10:00 AM{who}." in outside.bodies[0]


def test_at_a_place_that_could_be_in_another_zone_a_text_names_the_zone(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    scene.add(Location(practice_id=scene.practice_id, name="West", zone="America/Los_Angeles", postcode="90001"))
    shown(outside, place=UPTOWN)
    visit = appointment(scene)
    desk.look(visit)

    desk.touch(visit)

    assert "tomorrow (Tue Nov 24) at 10:00 AM EST with Maria." in outside.bodies[0]


@EACH
def test_one_task_says_what_to_add_however_many_visits_name_it(
    scene: Scene, outside: Outside, desk: Desk, nora: int, names: dict[str, Any], unknown: Unknown
) -> None:
    for day in range(3):
        shown(outside, **names, starts=STARTS + timedelta(days=day), ref=f"visit-{day}")
        desk.look(appointment(scene, f"visit-{day}"))

    (task,) = desk.tasks()
    assert task.kind == TaskKind.NOT_IN_MATRIX
    assert f"pms_ref: {unknown.ref}" in task.body
    assert "chairflow practice import" in task.body
    assert unknown.ref not in task.title


def test_what_a_visit_lacks_is_no_task_once_it_is_over(scene: Scene, outside: Outside, desk: Desk, nora: int) -> None:
    shown(outside, provider=SOMEBODY, starts=NOW - timedelta(days=2))

    desk.look(appointment(scene))

    assert desk.tasks() == []


def add(scene: Scene, unknown: Unknown) -> None:
    """The practice adds it, as an import does."""
    known: dict[str, Any] = {"practice_id": scene.practice_id, "pms_ref": unknown.ref}
    match unknown.kind:
        case Kind.SERVICE:
            scene.add(Service(**known, code="new", name="New", kind="new", duration=HOUR))
        case Kind.PROVIDER:
            scene.add(Provider(**known, first_name="Ana", display_name="Ana Lee"))
        case Kind.LOCATION:
            scene.add(Location(**known, name="Uptown", zone="America/New_York", postcode="10028"))
    with scene.database.transaction() as session:
        calendar_not_understood.settle(session, scene.facts, practices.matrix(session, scene.practice_id), now=NOW)


@EACH
def test_once_it_is_added_the_task_settles_and_the_visits_are_read_again(
    scene: Scene, outside: Outside, desk: Desk, nora: int, names: dict[str, Any], unknown: Unknown
) -> None:
    shown(outside, **names)
    visit = appointment(scene)
    desk.look(visit)

    add(scene, unknown)

    assert [task.state for task in desk.tasks()] == ["withdrawn"]
    assert ("booking", visit, "signal_with_start", "pms_changed") in scene.waiting()
    desk.look(visit)
    assert mirrored(scene, visit).unknown == frozenset()


def test_another_thing_added_settles_nothing(scene: Scene, outside: Outside, desk: Desk, nora: int) -> None:
    shown(outside, provider=SOMEBODY)
    desk.look(appointment(scene))

    add(scene, Unknown(kind=Kind.PROVIDER, ref="staff-3"))

    assert [task.state for task in desk.tasks()] == ["open"]


def test_what_staff_leave_out_on_purpose_is_not_asked_again_and_what_is_lost_again_is(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside, provider=SOMEBODY)
    shown(outside, service=NEW_SERVICE, ref="visit-2")
    for ref in (REF, "visit-2"):
        desk.look(appointment(scene, ref))
    left_out, _ = desk.tasks()
    desk.settle(left_out.id or 0, "done")
    add(scene, Unknown(kind=Kind.SERVICE, ref=NEW_SERVICE))
    with scene.database.transaction() as session:
        session.execute(select(Service).where(col(Service.code) == "new")).scalar_one().pms_ref = "service-3"

    for ref in (REF, "visit-2"):
        desk.look(appointment(scene, ref))

    assert [task.state for task in desk.tasks()] == ["resolved", "withdrawn", "open"]


# --- what could not be read --------------------------------------------------------------------------------------


def test_a_visit_of_which_something_is_left_out_is_reported_once_and_settles_when_it_can_be_read(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside, provider=None, unread=("appointmentServices.staffId",))
    visit = appointment(scene)
    desk.look(visit)
    desk.look(visit)

    (task,) = desk.tasks()
    assert (task.kind, task.state, task.appointment_id) == (TaskKind.VISIT_PARTLY_READ, "open", visit)
    assert "appointmentServices.staffId" in task.body
    shown(outside)
    desk.look(visit)
    assert [task.state for task in desk.tasks()] == ["withdrawn"]


def test_a_state_nobody_knows_is_one_task_and_leaves_a_visit_as_it_stood(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside, state=PmsState.CONFIRMED)
    visit = appointment(scene)
    desk.look(visit)
    shown(outside, state=PmsState.UNKNOWN, unread=("state",))
    shown(outside, state=PmsState.UNKNOWN, unread=("state",), ref="visit-2", starts=STARTS + HOUR)

    desk.look(visit)
    desk.look(appointment(scene, "visit-2"))

    assert mirrored(scene, visit).state is VisitState.CONFIRMED
    assert mirrored(scene, appointment(scene, "visit-2")).state is VisitState.BOOKED
    assert [task.kind for task in desk.tasks()] == [TaskKind.VISIT_PARTLY_READ]


def test_a_cancelled_visit_in_a_state_nobody_knows_takes_its_time_and_its_client_is_not_told_that_it_is_on_again(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside, state=PmsState.UNKNOWN, unread=("state",))
    visit = appointment(scene)

    order = RefreshAppointment(practice_id=scene.practice_id, appointment_id=visit, known_state="cancelled")
    facts = desk.run(desk.visits.refresh_appointment, order)

    assert (facts.change, facts.quiet) == (Change.UN_CANCELLED, True)
    assert free(scene) == ()


@pytest.mark.parametrize("back", [False, True])
def test_a_visit_that_is_gone_from_the_calendar_is_a_persons_to_tell_of(
    scene: Scene, outside: Outside, desk: Desk, nora: int, back: bool
) -> None:
    shown(outside)
    visit = appointment(scene)
    desk.look(visit)
    assert outside.calendar is not None
    kept, outside.calendar.appointments = outside.calendar.appointments, []

    desk.look(visit)
    desk.look(visit)
    if back:
        outside.calendar.appointments = kept
        desk.look(visit)

    (task,) = desk.tasks()
    assert (task.kind, task.client_id, task.state) == ("visit_gone", nora, "withdrawn" if back else "open")
    assert task.draft is not None and "is cancelled" in task.draft


def test_a_visit_that_is_gone_and_entered_anew_at_the_same_time_is_no_news(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside)
    visit = appointment(scene)
    desk.look(visit)
    shown(outside, ref="appointment-2")
    desk.look(appointment(scene, "appointment-2"))
    assert outside.calendar is not None
    outside.calendar.appointments = outside.calendar.appointments[1:]

    desk.look(visit)

    assert desk.tasks() == []


def test_a_client_whom_the_practice_system_names_and_does_not_show_is_reported(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside, client_ref="client-9")

    desk.look(appointment(scene))

    (task,) = desk.tasks()
    assert (task.kind, "client" in task.body) == (TaskKind.VISIT_PARTLY_READ, True)


ROW = PmsUnread(kind="block", ref="row-1", provider_ref=MARIA, start=STARTS, end=STARTS + HOUR, unread=("endAt",))


def reconcile(scene: Scene, desk: Desk, *, place: int | None = None, day: str = f"{STARTS:%Y-%m-%d}") -> Reconciled:
    order = ReconcileDay(practice_id=scene.practice_id, location_id=place or scene.location_id, day=day)
    return desk.run(Reconciling(database=scene.database, vendors=desk.outside).reconcile_day, order)


def test_a_row_that_could_not_be_read_takes_its_own_providers_time_and_is_reported_once(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    here = colleague(scene, "Ana", scene.location_id)
    assert outside.calendar is not None
    outside.calendar.unread = [ROW]

    reconcile(scene, desk)
    reconcile(scene, desk)

    assert free(scene) == ()
    assert free(scene, provider=here) != ()
    (task,) = desk.tasks()
    assert (task.kind, "endAt" in task.body, "NP Martinez" in task.body) == (TaskKind.ROW_UNREAD, True, True)
    assert "Martinez" not in task.title


def test_a_row_that_is_gone_frees_nothing_and_its_task_settles(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    assert outside.calendar is not None
    outside.calendar.unread = [ROW]
    reconcile(scene, desk)
    outside.calendar.unread = []

    made = reconcile(scene, desk).openings

    assert (made, free(scene) != ()) == (0, True)
    assert [task.state for task in desk.tasks()] == ["withdrawn"]


def test_a_row_that_gives_no_hours_is_only_reported(scene: Scene, outside: Outside, desk: Desk, nora: int) -> None:
    assert outside.calendar is not None
    outside.calendar.unread = [replace(ROW, kind="shift", occupies=False)]

    reconcile(scene, desk)

    assert free(scene) != ()
    assert desk.rows(DayStretch) == []
    assert [task.kind for task in desk.tasks()] == [TaskKind.ROW_UNREAD]


def test_a_visit_at_a_place_no_day_shows_is_looked_at_once_a_day(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside, place=UPTOWN)
    visit = appointment(scene)
    desk.look(visit)
    assert outside.calendar is not None
    outside.calendar.appointments = []

    for _ in range(2):
        reconcile(scene, desk)

    assert [ref for journey, ref, _, message in scene.waiting() if message == "pms_changed"] == [visit]


def test_a_visit_that_an_earlier_version_mirrored_without_its_services_keeps_its_hours(
    scene: Scene, outside: Outside, desk: Desk, nora: int
) -> None:
    shown(outside)
    visit = appointment(scene)
    desk.look(visit)
    with scene.database.transaction() as session:
        row = session.execute(
            select(AppointmentSegment).where(col(AppointmentSegment.appointment_id) == visit)
        ).scalar_one()
        session.delete(row)

    with scene.database.transaction() as session:
        (own,) = calendar.client_visits(session, scene.practice_id, [nora], since=NOW)[nora]

    assert own.during == TimeRange(STARTS, STARTS + HOUR)
    assert scene.row(Appointment, visit).starts_at == STARTS
