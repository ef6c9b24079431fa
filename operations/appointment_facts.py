"""What a booking is told of its visit: when it is, and which reminders are to come."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from contracts.booking import AppointmentFacts, Change, PlannedTouch
from domain import effect_keys
from domain.calendar import Visit, VisitState
from domain.catalogue import Matrix
from domain.clients import Channel, Client
from domain.contact import next_allowed
from domain.reminder_times import PlannedTouch as Reminder
from domain.reminder_times import plan_reminders
from models.repositories import effects
from models.repositories.calendar import AppointmentRow
from models.repositories.practices import PracticeFacts
from operations.message_facts import quiet_zones


def appointment_facts(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    row: AppointmentRow,
    visit: Visit,
    change: Change,
    *,
    client: Client | None,
    now: datetime,
    quiet: bool = False,
) -> AppointmentFacts:
    """The visit as it was read just now; `client` is whose it is, where anybody knows."""
    if not visit.segments:
        return AppointmentFacts(change=change, state=visit.state.value, offer_id=row.offer_id)
    practice = practice.at(visit.location_id, (one.service_id for one in visit.segments))
    zone = matrix.zone(visit.location_id, (one.provider_id for one in visit.segments))
    zones = (zone,) if client is None else quiet_zones(matrix, visit.location_id, client)
    planned = (
        plan_reminders(
            start=visit.during.start,
            now=now,
            zones=zones,
            booking=practice.policy.booking,
            contact=practice.policy.contact,
            last_said=_confirmed_at(session, practice, row, change, zones, now=now),
        )
        if visit.state in {VisitState.BOOKED, VisitState.CONFIRMED}
        else ()
    )
    return AppointmentFacts(
        change=change,
        state=visit.state.value,
        starts_at=visit.during.start,
        ends_at=visit.during.end,
        close_at=visit.during.end + practice.policy.booking.close_after_end,
        touches=tuple(
            PlannedTouch(lead_minutes=int(one.lead / timedelta(minutes=1)), at=one.at)
            for one in planned
            if isinstance(one, Reminder)
        ),
        skipped=tuple(one.reason for one in planned if not isinstance(one, Reminder)),
        offer_id=row.offer_id,
        quiet=quiet,
    )


def _confirmed_at(
    session: Session,
    practice: PracticeFacts,
    row: AppointmentRow,
    change: Change,
    zones: tuple[str, ...],
    *,
    now: datetime,
) -> datetime | None:
    """When the client hears, or heard, of the visit as a whole: a reminder soon after it says nothing new."""
    if change in {Change.CREATED, Change.UN_CANCELLED, Change.MOVED}:
        return next_allowed(at=now, zones=zones, policy=practice.policy.contact)
    key = effect_keys.confirm_key(row.id, Channel.SMS.value, row.turn)
    said = effects.by_key(session, practice.id, key)
    if said is None or said.state in {"suppressed", "refused"}:
        return None
    return said.settled_at or said.held_until
