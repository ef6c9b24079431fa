"""The mirror of the PMS's calendar: visits, and all that decides who is free around a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, col, delete

from domain.calendar import Block, Day, Segment, Shift, Visit, VisitState
from domain.ranges import TimeRange
from models.base import Stretch
from models.calendar import Appointment, AppointmentSegment, DayRead, DayStretch
from models.offers import Hold, HoldResource
from models.queries import among, fetch, one_of
from models.repositories import visit_changes

#: No buffer is longer than this; the stretch asked for is widened by it so that neighbours' buffers are seen.
WIDEST_BUFFER = timedelta(hours=2)

#: Kinds of `DayStretch`.
_SHIFT, _BLOCK, _UNREAD, _OFF = "shift", "block", "unread", "off"

_OCCUPYING = tuple(state.value for state in VisitState if state.occupies)


@dataclass(frozen=True, kw_only=True)
class AppointmentRow:
    """What the mirror holds of an appointment beside its visit."""

    id: int
    pms_ref: str
    turn: int
    state: VisitState
    client_id: int | None
    location_id: int | None
    location_ref: str | None
    offer_id: int | None
    starts_at: datetime | None
    ends_at: datetime | None


def ensure(session: Session, practice_id: int, *, pms_ref: str) -> AppointmentRow:
    """The appointment of this reference; made, unread, when it is new to us."""
    return ensure_all(session, practice_id, (pms_ref,))[pms_ref]


def ensure_all(session: Session, practice_id: int, pms_refs: Iterable[str]) -> dict[str, AppointmentRow]:
    """The appointments of these references, by reference, however many in three statements at most."""
    wanted = sorted(set(pms_refs))
    known = _by_ref(session, practice_id, wanted)
    if new := [ref for ref in wanted if ref not in known]:
        session.execute(
            insert(Appointment)
            .values(
                [
                    {"practice_id": practice_id, "pms_ref": ref, "state": VisitState.UNREAD.value, "turn": 0}
                    for ref in new
                ]
            )
            .on_conflict_do_nothing(index_elements=["practice_id", "pms_ref"])
        )
        known |= _by_ref(session, practice_id, new)
    return known


def _by_ref(session: Session, practice_id: int, pms_refs: list[str]) -> dict[str, AppointmentRow]:
    rows = session.execute(
        select(Appointment).where(
            col(Appointment.practice_id) == practice_id, one_of(col(Appointment.pms_ref), pms_refs)
        )
    ).scalars()
    return {row.pms_ref: _row(row) for row in rows}


def get(session: Session, practice_id: int, appointment_id: int) -> AppointmentRow:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such appointment."""
    return _row(
        session.execute(
            select(Appointment).where(
                col(Appointment.practice_id) == practice_id, col(Appointment.id) == appointment_id
            )
        ).scalar_one()
    )


def lock(session: Session, practice_id: int, appointment_id: int) -> AppointmentRow:
    """The appointment, locked until the transaction ends: one fresh look at a time is compared with the mirror."""
    return _row(
        session.execute(
            select(Appointment)
            .where(col(Appointment.practice_id) == practice_id, col(Appointment.id) == appointment_id)
            .with_for_update()
        ).scalar_one()
    )


def lock_day(session: Session, practice_id: int, location_id: int, day: date) -> None:
    """Serialises whoever takes or mirrors time at this location and local date, until the transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"day:{practice_id}:{location_id}:{day.isoformat()}"},
    )


def visit(session: Session, practice_id: int, appointment_id: int) -> Visit | None:
    """The mirrored visit; None while it was never read. Raises `sqlalchemy.exc.NoResultFound` when there is none."""
    found = next(iter(_read(session, _ONE, practice_id=practice_id, appointment_id=appointment_id)), None)
    if found is None:
        raise NoResultFound(f"practice {practice_id} has no appointment {appointment_id}")
    return None if found.state is VisitState.UNREAD else found


def write_visit(
    session: Session,
    practice_id: int,
    visit: Visit,
    *,
    now: datetime,
    inferred: bool,
    offer_id: int | None = None,
    receipt_id: int | None = None,
) -> None:
    """Make the mirror say this of the appointment: state, client, place and segments as a whole. What that changes is
    kept for good (`models.repositories.visit_changes`)."""
    row = session.execute(
        select(Appointment).where(
            col(Appointment.practice_id) == practice_id, col(Appointment.id) == visit.appointment_id
        )
    ).scalar_one()
    seen = _row(row)
    row.location_id, row.location_ref = visit.location_id, visit.location_ref
    row.client_id = visit.client_id
    row.state = visit.state.value
    row.read_at = now
    if offer_id is not None:
        row.offer_id = offer_id
    if visit.segments:
        row.starts_at, row.ends_at = visit.during.start, visit.during.end
    replaced = session.execute(
        delete(AppointmentSegment)
        .where(
            col(AppointmentSegment.practice_id) == practice_id,
            col(AppointmentSegment.appointment_id) == visit.appointment_id,
        )
        .returning(*AppointmentSegment.metadata.tables["appointment_segment"].c)
    ).all()
    before = _visit(seen, tuple(_segment(one) for one in sorted(replaced, key=lambda one: one.position)))
    visit_changes.keep(session, practice_id, before=before, after=visit, now=now, receipt_id=receipt_id)
    for position, segment in enumerate(visit.segments):
        session.add(
            AppointmentSegment(
                practice_id=practice_id,
                appointment_id=visit.appointment_id,
                position=position,
                service_id=segment.service_id,
                provider_id=segment.provider_id,
                service_ref=segment.service_ref,
                provider_ref=segment.provider_ref,
                room_id=segment.room_id,
                device_id=segment.device_id,
                inferred=inferred,
                during=segment.during,
                buffer_before=segment.buffer_before,
                buffer_after=segment.buffer_after,
                price_cents=segment.price_cents,
            )
        )
    session.flush()


def mark_state(session: Session, practice_id: int, appointment_id: int, state: VisitState, *, now: datetime) -> None:
    """Change the state alone: the PMS forgot the appointment, or we cancelled it ourselves."""
    row = session.execute(
        select(Appointment).where(col(Appointment.practice_id) == practice_id, col(Appointment.id) == appointment_id)
    ).scalar_one()
    before = _visits(session, practice_id, (_row(row),))[0]
    visit_changes.keep(session, practice_id, before=before, after=replace(before, state=state), now=now)
    row.state, row.read_at = state.value, now


def next_turn(session: Session, practice_id: int, appointment_id: int, *, turn: int) -> None:
    """Close a booking's turn; told twice, it counts once."""
    row = session.execute(
        select(Appointment)
        .where(col(Appointment.practice_id) == practice_id, col(Appointment.id) == appointment_id)
        .with_for_update()
    ).scalar_one()
    row.turn = max(row.turn, turn + 1)


def day(
    session: Session,
    practice_id: int,
    location_id: int,
    during: TimeRange,
    *,
    now: datetime,
    but_held_for: int | None = None,
) -> Day:
    """Everything the mirror knows around `during` at one location, and who is elsewhere then; expired holds are left
    out, and those for the client `but_held_for`, whose visit it is that the time was held for."""
    widened = during.widened(before=WIDEST_BUFFER, after=WIDEST_BUFFER)
    stretches = session.execute(
        select(DayStretch).where(
            col(DayStretch.practice_id) == practice_id,
            or_(col(DayStretch.location_id) == location_id, col(DayStretch.kind).in_((_BLOCK, _UNREAD))),
            col(DayStretch.during).op("&&")(_range(widened)),
        )
    ).scalars()
    blocks, away, shifts = [], [], []
    for stretch in stretches:
        if stretch.location_id != location_id:
            away.append(_block(stretch))
        elif stretch.kind == _SHIFT:
            shifts.append(Shift(provider_id=stretch.provider_id, during=stretch.during))
        else:
            blocks.append(_block(stretch))
    visits = _read(session, _OF_TIME, practice_id=practice_id, around=widened)
    return Day(
        location_id=location_id,
        visits=tuple(one for one in visits if one.location_id == location_id),
        elsewhere=tuple(one for one in visits if one.location_id != location_id),
        blocks=tuple(blocks),
        blocked_elsewhere=tuple(away),
        shifts=tuple(shifts),
        holds=_held(session, practice_id, widened, now=now, but_for=but_held_for),
    )


_APPOINTMENT: Final = Appointment.metadata.tables["appointment"]
_SEGMENT: Final = Appointment.metadata.tables["appointment_segment"]
#: A row a segment; a visit without any has one row, with nothing in it.
_WITH_SEGMENTS: Final = select(
    _APPOINTMENT.c.client_id,
    _APPOINTMENT.c.id,
    _APPOINTMENT.c.location_id,
    _APPOINTMENT.c.location_ref,
    _APPOINTMENT.c.state,
    _APPOINTMENT.c.starts_at,
    _APPOINTMENT.c.ends_at,
    _SEGMENT.c.id.label("segment_id"),
    _SEGMENT.c.service_id,
    _SEGMENT.c.provider_id,
    _SEGMENT.c.service_ref,
    _SEGMENT.c.provider_ref,
    _SEGMENT.c.room_id,
    _SEGMENT.c.device_id,
    _SEGMENT.c.during,
    _SEGMENT.c.buffer_before,
    _SEGMENT.c.buffer_after,
    _SEGMENT.c.price_cents,
).outerjoin(
    _SEGMENT,
    (_SEGMENT.c.practice_id == _APPOINTMENT.c.practice_id) & (_SEGMENT.c.appointment_id == _APPOINTMENT.c.id),
)
_OF_CLIENTS: Final = _WITH_SEGMENTS.where(
    _APPOINTMENT.c.practice_id == bindparam("practice_id"),
    among(_APPOINTMENT.c.client_id, "client_ids"),
    _APPOINTMENT.c.state.in_(_OCCUPYING),
    _APPOINTMENT.c.ends_at > bindparam("since"),
).order_by(_APPOINTMENT.c.starts_at, _APPOINTMENT.c.id, _SEGMENT.c.position)
_TOUCHED: Final = select(_SEGMENT.c.appointment_id).where(
    _SEGMENT.c.practice_id == bindparam("practice_id"),
    _SEGMENT.c.during.op("&&")(bindparam("around", type_=Stretch)),
)
_OF_TIME: Final = _WITH_SEGMENTS.where(
    _APPOINTMENT.c.practice_id == bindparam("practice_id"),
    _APPOINTMENT.c.state.in_(_OCCUPYING),
    _APPOINTMENT.c.id.in_(_TOUCHED),
).order_by(_APPOINTMENT.c.id, _SEGMENT.c.position)
_ONE: Final = _WITH_SEGMENTS.where(
    _APPOINTMENT.c.practice_id == bindparam("practice_id"), _APPOINTMENT.c.id == bindparam("appointment_id")
).order_by(_SEGMENT.c.position)


def client_visits(
    session: Session, practice_id: int, client_ids: Iterable[int], *, since: datetime
) -> dict[int, tuple[Visit, ...]]:
    """Live visits of these clients that end after `since`, each client's in the order of their starts."""
    found: dict[int, tuple[Visit, ...]] = {}
    for visit in _read(session, _OF_CLIENTS, practice_id=practice_id, client_ids=list(client_ids), since=since):
        assert visit.client_id is not None  # asked for by it
        found[visit.client_id] = (*found.get(visit.client_id, ()), visit)
    return found


def _read(session: Session, statement: Select[Any], **values: Any) -> tuple[Visit, ...]:
    """Visits with their segments, in one statement; it keeps the rows of a visit together."""
    rows = fetch(session, statement, **values)
    return tuple(
        Visit(
            appointment_id=appointment_id,
            location_id=location_id,
            location_ref=location_ref,
            client_id=client_id,
            state=VisitState(state),
            segments=tuple(_segment(row) for row in of_visit if row.segment_id is not None)
            or _bare(starts_at, ends_at),
        )
        for (client_id, appointment_id, location_id, location_ref, state, starts_at, ends_at), of_visit in groupby(
            rows, key=lambda row: tuple(row[:7])
        )
    )


def read_before(session: Session, practice_id: int, location_id: int, provider_id: int, day: date) -> bool:
    """Whether this provider's date was read before: without it there is nothing to compare with."""
    return (
        session.execute(
            select(col(DayRead.id)).where(
                col(DayRead.practice_id) == practice_id,
                col(DayRead.location_id) == location_id,
                col(DayRead.provider_id) == provider_id,
                col(DayRead.day) == day,
            )
        ).scalar_one_or_none()
        is not None
    )


def stretches(
    session: Session, practice_id: int, location_id: int, provider_id: int, day: date
) -> tuple[tuple[Block, ...], tuple[Shift, ...]]:
    """Blocks and shifts of one provider's date as last read."""
    rows = session.execute(
        select(DayStretch).where(
            col(DayStretch.practice_id) == practice_id,
            col(DayStretch.location_id) == location_id,
            col(DayStretch.provider_id) == provider_id,
            col(DayStretch.day) == day,
        )
    ).scalars()
    blocks, shifts = [], []
    for row in rows:
        if row.kind == _SHIFT:
            shifts.append(Shift(provider_id=provider_id, during=row.during))
        else:
            blocks.append(_block(row))
    return tuple(blocks), tuple(shifts)


def write_stretches(
    session: Session,
    practice_id: int,
    location_id: int,
    provider_id: int,
    day: date,
    *,
    blocks: tuple[Block, ...],
    shifts: tuple[Shift, ...],
    now: datetime,
) -> None:
    """Make the mirror say this of one provider's date."""
    session.execute(
        delete(DayStretch).where(
            col(DayStretch.practice_id) == practice_id,
            col(DayStretch.location_id) == location_id,
            col(DayStretch.provider_id) == provider_id,
            col(DayStretch.day) == day,
        )
    )
    common: dict[str, Any] = {
        "practice_id": practice_id,
        "location_id": location_id,
        "provider_id": provider_id,
        "day": day,
    }
    session.add_all(DayStretch(**common, kind=_kind(one), pms_ref=one.ref, during=one.during) for one in blocks)
    session.add_all(DayStretch(**common, kind=_SHIFT, during=one.during) for one in shifts)
    session.execute(
        insert(DayRead)
        .values(**common, read_at=now)
        .on_conflict_do_update(
            index_elements=["practice_id", "location_id", "provider_id", "day"], set_={"read_at": now}
        )
    )


def unread_refs(session: Session, practice_id: int) -> set[str]:
    """The PMS's references of rows that take time and could not be read, of all days read so far."""
    rows = session.execute(
        select(col(DayStretch.pms_ref)).where(
            col(DayStretch.practice_id) == practice_id, col(DayStretch.kind) == _UNREAD
        )
    ).scalars()
    return {ref for ref in rows if ref}


def _held(
    session: Session, practice_id: int, during: TimeRange, *, now: datetime, but_for: int | None
) -> tuple[Segment, ...]:
    """Holds of running fills as occupied segments; buffers are inside their ranges."""
    theirs = select(col(HoldResource.hold_id)).where(
        col(HoldResource.practice_id) == practice_id,
        col(HoldResource.kind) == "client",
        col(HoldResource.resource_id) == but_for,
    )
    rows = session.execute(
        select(col(HoldResource.kind), col(HoldResource.resource_id), col(HoldResource.during))
        .join(
            Hold, (col(Hold.practice_id) == col(HoldResource.practice_id)) & (col(Hold.id) == col(HoldResource.hold_id))
        )
        .where(
            col(HoldResource.practice_id) == practice_id,
            col(HoldResource.released_at).is_(None),
            col(HoldResource.during).op("&&")(_range(during)),
            (col(Hold.expires_at) > now) | (col(Hold.state) == "unknown"),
            col(Hold.id).not_in(theirs),
        )
    )
    return tuple(
        Segment(
            service_id=None,
            provider_id=resource_id if kind == "provider" else None,
            room_id=resource_id if kind == "room" else None,
            device_id=resource_id if kind == "device" else None,
            during=held,
        )
        for kind, resource_id, held in rows
        if kind != "client"
    )


def _visits(session: Session, practice_id: int, rows: tuple[AppointmentRow, ...]) -> tuple[Visit, ...]:
    segments: dict[int, list[Segment]] = {row.id: [] for row in rows}
    for one in session.execute(
        select(AppointmentSegment)
        .where(
            col(AppointmentSegment.practice_id) == practice_id,
            one_of(col(AppointmentSegment.appointment_id), segments),
        )
        .order_by(col(AppointmentSegment.appointment_id), col(AppointmentSegment.position))
    ).scalars():
        segments[one.appointment_id].append(_segment(one))
    return tuple(_visit(row, tuple(segments[row.id])) for row in rows)


def _visit(row: AppointmentRow, segments: tuple[Segment, ...]) -> Visit:
    return Visit(
        appointment_id=row.id,
        location_id=row.location_id,
        location_ref=row.location_ref,
        client_id=row.client_id,
        state=row.state,
        segments=segments or _bare(row.starts_at, row.ends_at),
    )


def _bare(starts_at: datetime | None, ends_at: datetime | None) -> tuple[Segment, ...]:
    """Of a visit whose services an earlier version left out: its client is there, and it is read again some day."""
    if starts_at is None or ends_at is None or ends_at <= starts_at:
        return ()
    during = TimeRange(starts_at, ends_at)
    return (Segment(service_id=None, provider_id=None, room_id=None, device_id=None, during=during),)


def _block(row: DayStretch) -> Block:
    return Block(
        ref=row.pms_ref or "",
        provider_id=row.provider_id,
        during=row.during,
        unread=row.kind == _UNREAD,
        not_at_work=row.kind == _OFF,
    )


def _kind(block: Block) -> str:
    if block.unread:
        return _UNREAD
    return _OFF if block.not_at_work else _BLOCK


def _segment(row: Any) -> Segment:
    """Of an `AppointmentSegment`, or of a row with its columns."""
    return Segment(
        service_id=row.service_id,
        provider_id=row.provider_id,
        service_ref=row.service_ref,
        provider_ref=row.provider_ref,
        anybodys=row.provider_id is None and row.provider_ref is None,
        room_id=row.room_id,
        device_id=row.device_id,
        during=row.during,
        buffer_before=row.buffer_before,
        buffer_after=row.buffer_after,
        price_cents=row.price_cents,
    )


def _row(row: Appointment) -> AppointmentRow:
    assert row.id is not None
    return AppointmentRow(
        id=row.id,
        pms_ref=row.pms_ref,
        turn=row.turn,
        state=VisitState(row.state),
        client_id=row.client_id,
        location_id=row.location_id,
        location_ref=row.location_ref,
        offer_id=row.offer_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )


def _range(during: TimeRange) -> object:
    return func.tstzrange(during.start, during.end, "[)")
