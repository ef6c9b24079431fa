"""Visits that name a service, a provider or a place which the matrix lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import Kind, Unknown
from models.calendar import Appointment, AppointmentSegment


@dataclass(frozen=True, kw_only=True)
class Naming:
    """A visit, and one thing it names."""

    appointment_id: int
    turn: int
    unknown: Unknown


def visits(session: Session, practice_id: int, *, since: datetime) -> tuple[Naming, ...]:
    """Those that end after `since`, once for each thing."""
    segments = session.execute(
        select(Appointment, AppointmentSegment)
        .join(
            AppointmentSegment,
            (col(AppointmentSegment.practice_id) == col(Appointment.practice_id))
            & (col(AppointmentSegment.appointment_id) == col(Appointment.id)),
        )
        .where(
            col(Appointment.practice_id) == practice_id,
            col(Appointment.ends_at) > since,
            col(AppointmentSegment.service_ref).is_not(None) | col(AppointmentSegment.provider_ref).is_not(None),
        )
    ).all()
    places = session.execute(
        select(Appointment).where(
            col(Appointment.practice_id) == practice_id,
            col(Appointment.ends_at) > since,
            col(Appointment.location_ref).is_not(None),
        )
    ).scalars()
    named = [(row, Kind.SERVICE, segment.service_ref) for row, segment in segments]
    named += [(row, Kind.PROVIDER, segment.provider_ref) for row, segment in segments]
    named += [(row, Kind.LOCATION, row.location_ref) for row in places]
    found = [
        Naming(appointment_id=row.id, turn=row.turn, unknown=Unknown(kind=kind, ref=ref))
        for row, kind, ref in named
        if row.id is not None and ref is not None
    ]
    return tuple(dict.fromkeys(found))
