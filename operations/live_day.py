"""The provider's day, live: what the PMS says now, beside what the mirror knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from domain.calendar import Block, Day, Shift, Visit
from domain.catalogue import Location, Matrix
from domain.ranges import TimeRange
from domain.wall_time import local_day
from models.repositories import calendar, clients
from operations.pms_references import References
from vendors.pms.base import Pms, PmsAppointment, PmsDay


@dataclass(frozen=True, kw_only=True)
class LiveDay:
    """One local date of some providers, as the PMS has it this second."""

    location: Location
    day: date
    provider_ids: tuple[int, ...]
    read: PmsDay
    #: The same date at the providers' other places, where those were asked for.
    away: tuple[LiveDay, ...] = ()

    def overlapping(self, references: References, provider_id: int, during: TimeRange) -> tuple[PmsAppointment, ...]:
        """Appointments that occupy this provider within the stretch."""
        ref = references.matrix.provider(provider_id).pms_ref
        if ref is None:
            return ()
        return tuple(one for one in self.read.appointments if one.occupies(ref, during.start, during.end))

    def unread_over(self, references: References, provider_id: int, during: TimeRange) -> bool:
        """Whether a row that could not be read takes time of this provider within the stretch."""
        return any(one.during.overlaps(during) for one in _unread(self, references) if one.provider_id == provider_id)


def read_live(
    pms: Pms,
    matrix: Matrix,
    *,
    location_id: int,
    provider_ids: tuple[int, ...],
    day: date,
    only_visits: bool = False,
    everywhere: bool = False,
) -> LiveDay:
    """Ask the PMS; with `only_visits` not for blocks and shifts, with `everywhere` also at their other places.
    Raises `vendors.errors.VendorError`."""
    location = matrix.location(location_id)
    refs = tuple(ref for one in provider_ids if (ref := matrix.provider(one).pms_ref) is not None)
    read = pms.read_day(
        location_ref=location.pms_ref or "",
        provider_refs=refs,
        day=day,
        zone=location.zone,
        only_visits=only_visits,
    )
    listed = {place for one in provider_ids for place in matrix.provider(one).location_ids} if everywhere else set()
    away = tuple(
        read_live(
            pms,
            matrix,
            location_id=place.id,
            provider_ids=tuple(one for one in provider_ids if place.id in matrix.provider(one).location_ids),
            day=day,
        )
        for place in matrix.locations
        if place.id in listed - {location_id} and place.pms_ref is not None
    )
    return LiveDay(location=location, day=day, provider_ids=provider_ids, read=read, away=away)


def compose(session: Session, practice_id: int, live: LiveDay, matrix: Matrix, *, now: datetime) -> Day:
    """The day rules decide on: the PMS's word for the providers read, the mirror's for everybody else.

    Rooms and devices the mirror inferred for a visit stay with it while the visit stands where it stood.
    """
    references = References(matrix)
    mirror = calendar.day(
        session, practice_id, live.location.id, local_day(on=live.day, zone=live.location.zone), now=now
    )
    known = {visit.appointment_id: visit for visit in mirror.visits}
    rows = calendar.ensure_all(session, practice_id, (one.ref for one in live.read.appointments))
    people = clients.ids_by_pms_ref(session, practice_id, (one.client_ref for one in live.read.appointments))
    read: list[Visit] = []
    for appointment in live.read.appointments:
        row = rows[appointment.ref]
        visit = references.visit(appointment, appointment_id=row.id, client_id=people.get(appointment.client_ref))
        read.append(_with_known_rooms(visit, known.get(row.id)))
    asked = set(live.provider_ids)
    seen = {visit.appointment_id for visit in read}
    others = tuple(
        visit
        for visit in mirror.visits
        if visit.appointment_id not in seen
        and not any(segment.takes(one) for segment in visit.segments for one in asked)
    )
    blocks, shifts = stretches(live, references)
    away = {
        one
        for place in live.away
        for one in stretches(place, references)[0]
        if one.provider_id in asked and not one.not_at_work
    }
    return replace(
        mirror,
        blocked_elsewhere=tuple({*mirror.blocked_elsewhere, *away}),
        visits=(*read, *others),
        elsewhere=tuple(one for one in mirror.elsewhere if one.appointment_id not in seen),
        blocks=(*blocks, *(one for one in mirror.blocks if one.provider_id not in asked)),
        shifts=(*shifts, *(one for one in mirror.shifts if one.provider_id not in asked)),
    )


def stretches(live: LiveDay, references: References) -> tuple[tuple[Block, ...], tuple[Shift, ...]]:
    """Blocks and shifts as read, by our own ids; providers the matrix does not know are left out. What could not be
    read is a block."""
    blocks = (
        *(
            Block(
                ref=one.ref,
                provider_id=provider_id,
                during=TimeRange(one.start, one.end),
                not_at_work=one.not_at_work,
            )
            for one in live.read.blocks
            if (provider_id := references.provider_id(one.provider_ref)) is not None and one.end > one.start
        ),
        *_unread(live, references),
    )
    shifts = tuple(
        Shift(provider_id=provider_id, during=TimeRange(one.start, one.end))
        for one in live.read.shifts
        if (provider_id := references.provider_id(one.provider_ref)) is not None and one.end > one.start
    )
    return blocks, shifts


def _unread(live: LiveDay, references: References) -> tuple[Block, ...]:
    """What takes time and is neither visit nor block: rows of which too little could be read."""
    day = local_day(on=live.day, zone=live.location.zone)
    refs = {references.matrix.provider(one).pms_ref: one for one in live.provider_ids}
    found = []
    for row in live.read.unread:
        during = row.during((day.start, day.end))
        taken = live.provider_ids if row.provider_ref is None else (refs.get(row.provider_ref),)
        found += [(row.ref, provider_id, TimeRange(*during)) for provider_id in taken if provider_id and during]
    return tuple(
        Block(ref=ref or "", provider_id=provider_id, during=during, unread=True) for ref, provider_id, during in found
    )


def _with_known_rooms(visit: Visit, known: Visit | None) -> Visit:
    if known is None:
        return visit
    rooms = {(one.service_id, one.provider_id, one.during): one for one in known.segments}
    segments = []
    for segment in visit.segments:
        before = rooms.get((segment.service_id, segment.provider_id, segment.during))
        if before is not None:
            segment = replace(
                segment,
                room_id=segment.room_id or before.room_id,
                device_id=segment.device_id or before.device_id,
            )
        segments.append(segment)
    return replace(visit, segments=tuple(segments))
