"""`/calendar`: a day of the practice, a column per provider, where staff book, move and cancel by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from sandboxes.common.pages import Pages, clock_time
from sandboxes.practice.records import Appointment, Location, Segment, Staff
from sandboxes.practice.sandbox import PracticeConfigT, PracticeSandbox
from sandboxes.practice.seeding import the_location
from sandboxes.practice.store import Store, overlap

PIXELS_A_MINUTE = 1.2
_USUAL_DAY = (9 * 60, 17 * 60)


@dataclass
class Block:
    """A visit's segment or a timeblock, placed in its column; minutes count from the location's midnight."""

    kind: str
    id: str
    start: int
    end: int
    time: str
    title: str
    detail: str
    state: str = ""
    lane: int = 0
    lanes: int = 1
    double: bool = False
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Column:
    """One provider's day."""

    staff: Staff
    shifts: list[tuple[int, int]]
    blocks: list[Block]


def calendar_pages(sandbox: PracticeSandbox[PracticeConfigT]) -> APIRouter:
    """The page, and the way to it from the root."""
    router = APIRouter()
    pages = Pages("sandboxes.practice")

    @router.get("/")
    async def root() -> Response:
        return RedirectResponse("/calendar")

    @router.get("/calendar")
    async def calendar(request: Request, day: date | None = None, location: str | None = None) -> HTMLResponse:
        store = sandbox.store
        if not store.locations:
            return pages.show(request, "empty.html")
        chosen = the_location(store, location or next(iter(store.locations)))
        now = chosen.wall(sandbox.practice_now())
        return pages.show(request, "calendar.html", **_view(store, chosen, day or now.date(), now), terms=sandbox.terms)

    return router


def _view(store: Store, location: Location, day: date, now: datetime) -> dict[str, Any]:
    columns = [_column(store, location, day, staff) for staff in store.staff.values()]
    marks = [mark for column in columns for mark in (*column.shifts, *((b.start, b.end) for b in column.blocks))]
    opens = min([_USUAL_DAY[0], *(start for start, _ in marks)]) // 60 * 60
    closes = -(-max([_USUAL_DAY[1], *(end for _, end in marks)]) // 60) * 60
    cancelled = [
        {"id": visit.id, "time": clock_time(visit.start_at, location.tz), **_words(store, visit, visit.segments)}
        | {"reason": visit.cancellation.reason if visit.cancellation else ""}
        for visit in _visits(store, location, day)
        if visit.cancelled
    ]
    return {
        "business": store.business_name,
        "location": location,
        "locations": list(store.locations.values()),
        "day": day,
        "day_words": f"{day:%A}, {day:%B} {day.day}, {day.year}",
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "now_words": clock_time(now, location.tz),
        "now": _minute(now, day) if now.date() == day else None,
        "columns": columns,
        "opens": opens,
        "closes": closes,
        "hours": range(opens // 60, closes // 60),
        "scale": PIXELS_A_MINUTE,
        "cancelled": cancelled,
        "booked": sum(visit.stands for visit in _visits(store, location, day)),
        "services": list(store.services.values()),
        "clients": sorted(store.clients.values(), key=lambda client: client.name),
        "hour_words": lambda hour: f"{hour % 12 or 12} {'AM' if hour % 24 < 12 else 'PM'}",
    }


def _column(store: Store, location: Location, day: date, staff: Staff) -> Column:
    shifts = [
        (_minutes(shift.clock_in), _minutes(shift.clock_out) if shift.clock_out > shift.clock_in else 24 * 60)
        for shift in store.shifts.values()
        if (shift.staff_id, shift.location_id) == (staff.id, location.id) and shift.available and shift.falls_on(day)
    ]
    blocks = [
        _visit_block(store, location, day, visit, segment)
        for visit in _visits(store, location, day)
        if not visit.cancelled
        for segment in visit.segments
        if segment.staff_id == staff.id
    ]
    blocks += [
        Block(
            kind="timeblock",
            id=block.id,
            start=_minute(location.wall(block.start_at), day),
            end=_minute(location.wall(block.end_at), day),
            time=f"{clock_time(block.start_at, location.tz)} – {clock_time(block.end_at, location.tz)}",
            title=block.title or block.reason or "Blocked",
            detail="",
        )
        for block in store.timeblocks.values()
        if block.staff_id in (None, staff.id)
        and block.location_id == location.id
        and not block.cancelled
        and location.wall(block.start_at).date() == day
    ]
    _spread(blocks)
    return Column(staff, shifts, blocks)


def _visit_block(store: Store, location: Location, day: date, visit: Appointment, segment: Segment) -> Block:
    start, end = visit.range_of(segment)
    words = _words(store, visit, [segment])
    return Block(
        kind="visit",
        id=visit.id,
        start=_minute(location.wall(start), day),
        end=_minute(location.wall(end), day),
        time=f"{clock_time(start, location.tz)} – {clock_time(end, location.tz)}",
        title=words["client"],
        detail=words["services"] + (f" · {segment.room}" if segment.room else ""),
        state=visit.state,
        data={
            "start": location.wall(visit.start_at).strftime("%Y-%m-%dT%H:%M"),
            "staff": segment.staff_id,
            "segment": segment.id if len({each.staff_id for each in visit.segments}) > 1 else "",
            "notes": visit.notes or "",
        },
    )


def _spread(blocks: list[Block]) -> None:
    """Lay blocks that overlap side by side, and mark visits that do as double booked."""
    blocks.sort(key=lambda block: (block.start, block.end, block.id))
    cluster: list[Block] = []
    for block in blocks:
        if cluster and block.start >= max(each.end for each in cluster):
            _share(cluster)
            cluster = []
        taken = {each.lane for each in cluster if each.end > block.start}
        block.lane = next(lane for lane in range(len(blocks)) if lane not in taken)
        cluster.append(block)
    _share(cluster)


def _share(cluster: Sequence[Block]) -> None:
    for block in cluster:
        block.lanes = max(each.lane for each in cluster) + 1
        block.double = block.kind == "visit" and any(
            other.kind == "visit" and other.id != block.id and other.start < block.end and block.start < other.end
            for other in cluster
        )


def _visits(store: Store, location: Location, day: date) -> list[Appointment]:
    midnight = location.instant(datetime.combine(day, datetime.min.time()))
    next_midnight = location.instant(datetime.combine(day + timedelta(days=1), datetime.min.time()))
    return sorted(
        (
            visit
            for visit in store.appointments.values()
            if visit.location_id == location.id
            and not visit.deleted
            and overlap((visit.start_at, visit.end_at), (midnight, next_midnight))
        ),
        key=lambda visit: (visit.start_at, visit.id),
    )


def _words(store: Store, visit: Appointment, segments: Sequence[Segment]) -> dict[str, str]:
    names = [store.services[segment.service_id].name for segment in segments]
    return {"client": store.clients[visit.client_id].name, "services": " + ".join(names)}


def _minute(wall: datetime, day: date) -> int:
    days = (wall.date() - day).days
    return days * 24 * 60 + wall.hour * 60 + wall.minute


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
