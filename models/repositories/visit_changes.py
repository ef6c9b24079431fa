"""The log of what changed on mirrored visits. It only grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from domain.calendar import Segment, Visit
from domain.visit_changes import what_changed
from models.calendar import AppointmentChange


def keep(
    session: Session,
    practice_id: int,
    *,
    before: Visit,
    after: Visit,
    now: datetime,
    receipt_id: int | None = None,
) -> None:
    """Append the difference, in the caller's transaction: the one that changes the mirror. No difference, no row."""
    what = what_changed(before=before, after=after)
    if not what:
        return
    session.execute(
        insert(AppointmentChange).values(
            practice_id=practice_id,
            appointment_id=after.appointment_id,
            at=now,
            what=[one.value for one in what],
            state_before=before.state.value,
            state=after.state.value,
            starts_at_before=before.during.start if before.segments else None,
            starts_at=after.during.start if after.segments else None,
            ends_at=after.during.end if after.segments else None,
            location_id=after.location_id,
            client_id=after.client_id,
            segments=[_as_json(one) for one in after.segments],
            receipt_id=receipt_id,
        )
    )


def of_visit(session: Session, practice_id: int, appointment_id: int) -> Sequence[AppointmentChange]:
    """All changes of one visit, the oldest first."""
    return (
        session.execute(
            select(AppointmentChange)
            .where(
                col(AppointmentChange.practice_id) == practice_id,
                col(AppointmentChange.appointment_id) == appointment_id,
            )
            .order_by(col(AppointmentChange.id))
        )
        .scalars()
        .all()
    )


def _as_json(segment: Segment) -> dict[str, Any]:
    return {
        "service_id": segment.service_id,
        "service_ref": segment.service_ref,
        "provider_id": segment.provider_id,
        "provider_ref": segment.provider_ref,
        "room_id": segment.room_id,
        "device_id": segment.device_id,
        "start": segment.during.start.isoformat(),
        "end": segment.during.end.isoformat(),
        "price_cents": segment.price_cents,
    }
