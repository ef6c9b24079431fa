"""Between Boulevard's shapes and ours. Pure.

Raises `BadAnswer` naming the field, or `Refused` for a time that Boulevard cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vendors.errors import BadAnswer, Refused
from vendors.pms.base import ClientRecord, PmsAppointment, PmsBlock, PmsSegment, PmsShift, PmsState
from vendors.pms.boulevard.ids import urn

_VENDOR = "boulevard"
Node = Mapping[str, Any]

_STATES = {
    "BOOKED": PmsState.BOOKED,
    "CONFIRMED": PmsState.CONFIRMED,
    "ARRIVED": PmsState.ARRIVED,
    "ACTIVE": PmsState.ACTIVE,
    "FINAL": PmsState.COMPLETED,
    "CANCELLED": PmsState.CANCELLED,
}
#: Reasons that make a cancelled appointment something else; all others are ordinary cancellations.
_REASONS = {
    "NO_SHOW": PmsState.NO_SHOW,
    "MERGED": PmsState.VOID,
    "MISTAKE": PmsState.VOID,
    "VOIDED": PmsState.VOID,
}


def appointment(node: Node) -> PmsAppointment:
    """An `Appointment` node."""
    cancellation = node.get("cancellation") or {}
    reason = cancellation.get("reason")
    start = _instant(node, "appointment", "startAt")
    segments = tuple(
        sorted((_segment(row) for row in node.get("appointmentServices") or ()), key=lambda segment: segment.start)
    )
    client_ref = node.get("clientId")
    return PmsAppointment(
        ref=urn("Appointment", _text(node, "appointment", "id")),
        location_ref=urn("Location", _text(node, "appointment", "locationId")),
        client_ref=urn("Client", client_ref) if client_ref else None,
        state=_state(_text(node, "appointment", "state"), cancelled=node.get("cancelled") is True, reason=reason),
        start=start,
        end=_instant(node, "appointment", "endAt"),
        segments=segments,
        cancel_reason=reason,
        created_at=_instant(node, "appointment", "createdAt") if node.get("createdAt") else None,
    )


def block(node: Node) -> PmsBlock:
    """A `Timeblock` node."""
    return PmsBlock(
        ref=urn("Timeblock", _text(node, "timeblock", "id")),
        provider_ref=urn("Staff", _text(node, "timeblock", "staffId")),
        start=_instant(node, "timeblock", "startAt"),
        end=_instant(node, "timeblock", "endAt"),
    )


def shift(row: Node, *, day: date, zone: str) -> PmsShift | None:
    """A row of `shifts`; it carries local clock times and no date, so the day asked for is its date."""
    if row.get("available") is False or not row.get("clockIn") or not row.get("clockOut"):
        return None
    clock_in, clock_out = _clock(row, "clockIn"), _clock(row, "clockOut")
    # A shift that ends at or before its start ends on the next day.
    last = day if clock_out > clock_in else day + timedelta(days=1)
    tz = _zone(zone)
    return PmsShift(
        provider_ref=urn("Staff", _text(row, "shift", "staffId")),
        start=datetime.combine(day, clock_in, tz).astimezone(UTC),
        end=datetime.combine(last, clock_out, tz).astimezone(UTC),
    )


def client(node: Node) -> ClientRecord:
    """A `Client` node. Without any row of marketing settings, consent is not known rather than refused."""
    rows = [row for row in node.get("marketingSettings") or () if isinstance(row, Mapping)]
    return ClientRecord(
        ref=urn("Client", _text(node, "client", "id")),
        first_name=node.get("firstName") or "",
        last_name=node.get("lastName") or "",
        email=node.get("email") or None,
        phone=node.get("mobilePhone") or None,
        marketing_sms=any(row.get("sms") is True for row in rows) if rows else None,
        marketing_email=any(row.get("email") is True for row in rows) if rows else None,
    )


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """A local date as a half-open range; 23 or 25 hours long when the clocks change."""
    tz = _zone(zone)
    return (
        datetime.combine(day, time.min, tz).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), time.min, tz).astimezone(UTC),
    )


def naive_local(start: datetime, zone: str) -> str:
    """A `NaiveDateTime`: wall clock at the location, without an offset.

    Raises `Refused` for an hour that the location's clock shows twice, since Boulevard cannot be told which one is
    meant, and for a wall-clock time that is skipped when the clocks go forward.
    """
    if start.tzinfo is None:
        raise ValueError("start has no time zone; pass an aware datetime")
    if start.astimezone(UTC).astimezone(start.tzinfo).replace(tzinfo=None) != start.replace(tzinfo=None):
        raise _unsayable(
            "start does not exist on its own clock: it is skipped as the clocks go forward", "SKIPPED_HOUR"
        )
    local = start.astimezone(_zone(zone))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        raise _unsayable("start falls into the hour that occurs twice as the clocks go back", "REPEATED_HOUR")
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def same_services(found: PmsAppointment, wanted: Iterable[PmsSegment]) -> bool:
    """Whether an appointment holds exactly these services with these providers, in this order."""
    return [(segment.service_ref, segment.provider_ref) for segment in found.segments] == [
        to_write(segment) for segment in wanted
    ]


def to_write(segment: PmsSegment) -> tuple[str, str]:
    """Service and staff of a segment of ours."""
    if segment.service_ref is None or segment.provider_ref is None:
        raise ValueError("a segment to be written names its service and its provider")
    return urn("Service", segment.service_ref), urn("Staff", segment.provider_ref)


def _unsayable(reason: str, code: str) -> Refused:
    return Refused(f"{reason}; choose another time", vendor=_VENDOR, operation="book", code=code)


def _state(state: str, *, cancelled: bool, reason: str | None) -> PmsState:
    known = _STATES.get(state)
    if known is None:
        raise _bad("appointment", "state")
    if known is PmsState.CANCELLED or cancelled:
        return _REASONS.get(reason or "", PmsState.CANCELLED)
    return known


def _segment(row: Node) -> PmsSegment:
    start = _instant(row, "appointmentService", "startAt")
    if row.get("endAt"):
        end = _instant(row, "appointmentService", "endAt")
    else:
        minutes = row.get("totalDuration") or row.get("duration")
        if not isinstance(minutes, int):
            raise _bad("appointmentService", "endAt")
        end = start + timedelta(minutes=minutes)
    return PmsSegment(
        service_ref=urn("Service", _text(row, "appointmentService", "serviceId")),
        provider_ref=urn("Staff", _text(row, "appointmentService", "staffId")),
        start=start,
        end=end,
    )


def _text(node: Node, kind: str, field: str) -> str:
    value = node.get(field)
    if not isinstance(value, str) or not value:
        raise _bad(kind, field)
    return value


def _instant(node: Node, kind: str, field: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(node, kind, field))
    except ValueError as error:
        raise _bad(kind, field) from error
    if at.tzinfo is None:
        raise _bad(kind, field)
    return at.astimezone(UTC)


def _clock(row: Node, field: str) -> time:
    try:
        return time.fromisoformat(_text(row, "shift", field))
    except ValueError as error:
        raise _bad("shift", field) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadAnswer(f"the time zone {name!r} is not known", vendor=_VENDOR, operation="location") from error


def _bad(kind: str, field: str) -> BadAnswer:
    return BadAnswer(f"{kind}.{field} is missing or unreadable", vendor=_VENDOR, operation=kind)
