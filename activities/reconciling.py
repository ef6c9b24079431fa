"""Reconciling: a whole day as the PMS has it, for what webhooks did not tell, or told and lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlmodel import Session
from temporalio import activity

from contracts.activity_call import Done
from contracts.booking import (
    ASK_ABOUT_CALENDAR,
    PLAN_RECONCILE,
    RECONCILE_DAY,
    AskAboutCalendar,
    LocationDay,
    PlanReconcile,
    Reconciled,
    ReconcileDay,
    ReconcilePlan,
)
from domain.calendar import Freed, Visit
from domain.catalogue import Matrix
from domain.freed_time import diff_day, taken_by_day
from domain.messages import staff
from domain.wall_time import local_date, local_day
from models.repositories import calendar, clients, practices
from models.repositories.calendar import AppointmentRow
from models.repositories.practices import PracticeFacts
from models.session import Database
from operations import calendar_not_understood, journey_deliveries, mirror
from operations.activity_clock import practice_now
from operations.live_day import LiveDay, read_live, stretches
from operations.pms_references import References
from operations.ports import Vendors
from operations.staff_tasks import new_task, open_and_post
from operations.vendor_errors import translated
from operations.visit_states import known_state
from vendors.pms.base import Shows


class Reconciling:
    """Compares days with the mirror; what differs goes the way of a webhook."""

    def __init__(self, *, database: Database, vendors: Vendors) -> None:
        self._database = database
        self._vendors = vendors

    @activity.defn(name=PLAN_RECONCILE.name)
    def plan_reconcile(self, order: PlanReconcile) -> ReconcilePlan:
        """Local dates from the practice's today, at every location."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            matrix = practices.matrix(session, order.practice_id)
            now = practice_now(practice.clock)
            # An import does so itself; this is for one that was cut off after it had written.
            calendar_not_understood.settle(session, practice, matrix, now=now)
        return ReconcilePlan(
            days=tuple(
                LocationDay(location_id=one.id, day=(local_date(now, one.zone) + timedelta(days=ahead)).isoformat())
                for one in matrix.locations
                if one.pms_ref is not None
                for ahead in range(order.days)
            ),
            give_up_after=practice.clock.real_duration(practice.policy.patience.pms_give_up),
            pms_queue=f"pms-{practice.pms_kind}",
        )

    @activity.defn(name=RECONCILE_DAY.name)
    def reconcile_day(self, order: ReconcileDay) -> Reconciled:
        """What webhooks did not tell, or told and lost: visits go to their bookings, blocks and shifts open chairs."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            matrix = practices.matrix(session, order.practice_id)
        now = practice_now(practice.clock)
        location = matrix.location(order.location_id)
        provider_ids = tuple(
            one.id for one in matrix.providers if location.id in one.location_ids and one.pms_ref is not None
        )
        day = date.fromisoformat(order.day)
        with translated():
            pms = self._vendors.pms(order.practice_id)
            live = read_live(pms, matrix, location_id=location.id, provider_ids=provider_ids, day=day)
        with self._database.transaction() as session:
            calendar.lock_day(session, order.practice_id, location.id, day)
            shows = pms.capabilities.shows
            differences = _tell_bookings(session, practice, matrix, live, shows, now=now, baseline=order.baseline)
            made = tell_openings(session, practice, matrix, live, now=now)
            calendar_not_understood.report_rows(session, practice, matrix, location, live.read.unread, now=now)
        return Reconciled(differences=differences, openings=made)

    @activity.defn(name=ASK_ABOUT_CALENDAR.name)
    def ask_about_calendar(self, order: AskAboutCalendar) -> Done:
        """A Task about the practice system itself: what is away for one visit is away for all."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            now = practice_now(practice.clock)
            words = staff.visits_unread(since=now - practice.policy.patience.pms_give_up, zone=practice.zone)
            key = f"visits_unread:{local_date(now, practice.zone)}"
            open_and_post(session, practice, new_task(practice, words, key=key, now=now), now=now)
        return Done()


def _tell_bookings(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    live: LiveDay,
    shows: Shows,
    *,
    now: datetime,
    baseline: bool,
) -> int:
    """A delivery for every visit that differs from the mirror, and for every mirrored one the PMS no longer shows."""
    references = References(matrix)
    told = 0
    seen: set[int] = set()
    rows = calendar.ensure_all(session, practice.id, (one.ref for one in live.read.appointments))
    people = clients.ids_by_pms_ref(session, practice.id, (one.client_ref for one in live.read.appointments))
    for appointment in live.read.appointments:
        row = rows[appointment.ref]
        seen.add(row.id)
        before = calendar.visit(session, practice.id, row.id)
        after = mirror.keep_known(
            before,
            references.visit(
                appointment, appointment_id=row.id, client_id=people.get(appointment.client_ref), before=before
            ),
        )
        after = known_state(session, practice.id, after, shows, now=now)
        if before is None and baseline:
            mirror.write(session, practice, matrix, before=None, after=after, now=now, make_openings=False)
        if before != after:
            told += _tell(
                session, practice, row, f"{appointment.state.value}:{int(appointment.start.timestamp())}", now, baseline
            )
    day = calendar.day(session, practice.id, live.location.id, local_day(on=live.day, zone=live.location.zone), now=now)
    for visit in (*day.visits, *day.elsewhere):
        if visit.appointment_id in seen or local_date(visit.during.start, live.location.zone) != live.day:
            continue
        row = calendar.get(session, practice.id, visit.appointment_id)
        if visit.location_id == live.location.id and _asked_for(visit, live):
            told += _tell(session, practice, row, "missing", now, baseline)
        elif visit.location_id is None or visit.location_id == live.location.id:
            # No day that is read would show it: it is looked at by itself, once a day.
            told += journey_deliveries.look_at_visit(
                session,
                practice.id,
                row.id,
                turn=row.turn,
                key=f"apart:{row.id}:{row.turn}:{local_date(now, live.location.zone)}",
                now=now,
                baseline=baseline,
            )
    return told


def _asked_for(visit: Visit, live: LiveDay) -> bool:
    """Whether the day as read would hold it, if it were still there."""
    return any(segment.takes(one) for segment in visit.segments for one in live.provider_ids)


def _tell(
    session: Session, practice: PracticeFacts, row: AppointmentRow, difference: str, now: datetime, baseline: bool
) -> int:
    """Once per difference and minute: a booking that is looking already need not be told again."""
    return int(
        journey_deliveries.look_at_visit(
            session,
            practice.id,
            row.id,
            turn=row.turn,
            key=f"differs:{row.id}:{row.turn}:{difference}:{now:%Y%m%d%H%M}",
            now=now,
            baseline=baseline,
        )
    )


def tell_openings(session: Session, practice: PracticeFacts, matrix: Matrix, live: LiveDay, *, now: datetime) -> int:
    """What blocks and shifts that changed since the date was last read open, and what they take of live openings."""
    blocks, shifts = stretches(live, References(matrix))
    made = 0
    gone: set[str] = set()
    for provider_id in live.provider_ids:
        freed: tuple[Freed, ...] = ()
        mine_blocks = tuple(one for one in blocks if one.provider_id == provider_id)
        mine_shifts = tuple(one for one in shifts if one.provider_id == provider_id)
        place = (practice.id, live.location.id, provider_id, live.day)
        known = calendar.day(
            session, practice.id, live.location.id, local_day(on=live.day, zone=live.location.zone), now=now
        )
        read_before = calendar.read_before(session, *place)
        old_blocks, old_shifts = calendar.stretches(session, *place) if read_before else ((), ())
        before = replace(known, blocks=old_blocks, shifts=old_shifts)
        after = replace(known, blocks=mine_blocks, shifts=mine_shifts)
        if read_before:
            freed = diff_day(before=before, after=after, now=now)
            gone |= {one.ref for one in old_blocks if one.unread}
        # First the day, then what follows from it: what is left of an opening is read from there.
        calendar.write_stretches(session, *place, blocks=mine_blocks, shifts=mine_shifts, now=now)
        for one in freed:
            made += mirror.open_up(session, practice, one, now=now) is not None
        for place_id in (None, live.location.id):
            here = place_id is not None
            for stretch in taken_by_day(before=before, after=after, provider_id=provider_id, here=here):
                mirror.give_way(session, practice, provider_id, stretch, now=now, location_id=place_id)
    gone -= calendar.unread_refs(session, practice.id)
    calendar_not_understood.rows_gone(session, practice, gone, now=now)
    return made
