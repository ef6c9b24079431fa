"""Between Boulevard's shapes and ours. Pure.

One odd row costs its own provider's time and no more: what is missing in it is named, never raised. Raises `Refused`
for a time that Boulevard cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from vendors.errors import BadAnswer, Refused
from vendors.pms.base import (
    Catalogue,
    ClientRecord,
    NewVisit,
    PmsAppointment,
    PmsBlock,
    PmsLocation,
    PmsProvider,
    PmsSegment,
    PmsService,
    PmsState,
    PmsUnread,
)
from vendors.pms.boulevard.ids import urn
from vendors.pms.local_time import zone_info

_VENDOR = "boulevard"
Node = Mapping[str, Any]

#: A visit that does not say when it ends is taken to last so long; none that does lasts longer.
LONGEST_VISIT = timedelta(hours=12)
#: A block may last for months; what is longer is no length.
_MOST_MINUTES = 60 * 24 * 366 * 10
#: No service costs more; what claims to is no price.
_MOST_CENTS = 100_000_000
_URNS = {"appointment": "Appointment", "block": "Timeblock"}

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


def visit(node: Node, *, location: str | None = None) -> PmsAppointment | None:
    """An `Appointment` node, or None where not even its id and start can be read. `location` is where it was asked
    for, should the node not say. What is missing otherwise is named in `unread`."""
    unread: list[str] = []
    rows = _rows(node, "appointmentServices")
    ref = _text(node, "id")
    start = _instant(node, "startAt")
    if start is None:
        unread.append("startAt")
        start = min((at for row in rows if (at := _instant(row, "startAt")) is not None), default=None)
    if ref is None or start is None:
        return None
    end = _end(node, start)
    cancellation = node.get("cancellation")
    reason = _text(cancellation, "reason") if isinstance(cancellation, Mapping) else None
    location_ref, client_ref = _text(node, "locationId"), _text(node, "clientId")
    if location_ref is None:
        unread.append("locationId")
    state = _state(_text(node, "state"), cancelled=node.get("cancelled") is True, reason=reason)
    if state is PmsState.UNKNOWN:
        unread.append("state")
    segments = _segments(rows, start=start, end=end, unread=unread)
    return PmsAppointment(
        ref=urn("Appointment", ref),
        location_ref=urn("Location", location_ref) if location_ref else location,
        client_ref=urn("Client", client_ref) if client_ref else None,
        state=state,
        start=start,
        end=end or max(one.taken_until for one in segments),
        segments=segments,
        cancel_reason=reason,
        created_at=_instant(node, "createdAt"),
        unread=tuple(dict.fromkeys(unread)),
    )


def appointment(node: Node) -> PmsAppointment:
    """An `Appointment` node that was asked for by its id."""
    read = visit(node)
    if read is None:
        raise BadAnswer("appointment.id or startAt is missing or unreadable", vendor=_VENDOR, operation="appointment")
    return read


def unread_visit(node: Node) -> tuple[PmsUnread, ...]:
    """A node of a day's list that is no visit: it takes the time of whoever it names."""
    rows = _rows(node, "appointmentServices")
    providers = sorted({urn("Staff", staff) for row in rows if (staff := _text(row, "staffId")) is not None})
    missing = "startAt" if _instant(node, "startAt") is None else "id"
    return tuple(_unread("appointment", node, provider, missing) for provider in providers or (None,))


def block(node: Node) -> PmsBlock | PmsUnread:
    """A `Timeblock` node."""
    ref, staff, start = _text(node, "id"), _text(node, "staffId"), _instant(node, "startAt")
    end = None if start is None else _end(node, start)
    if staff is None or start is None or end is None:
        missing = (("staffId", staff), ("startAt", start), ("endAt", end))
        return _unread(
            "block", node, urn("Staff", staff) if staff else None, *(name for name, value in missing if value is None)
        )
    return PmsBlock(ref=urn("Timeblock", ref) if ref else "", provider_ref=urn("Staff", staff), start=start, end=end)


def nothing(kind: str) -> PmsUnread:
    """A row of which nothing came at all."""
    return _unread(kind, {}, None, "node")


def _unread(kind: str, node: Node, provider: str | None, *fields: str) -> PmsUnread:
    start, ref = _instant(node, "startAt"), _text(node, "id")
    return PmsUnread(
        kind=kind,
        ref=urn(_URNS[kind], ref) if ref else None,
        provider_ref=provider,
        start=start,
        end=None if start is None else _end(node, start),
        unread=tuple(f"{kind}.{field}" for field in fields),
    )


def client(node: Node, *, marketing: Node | None) -> ClientRecord:
    """A `Client` node, and the one with its marketing settings where that could be had. Without any row of them,
    consent is not known rather than refused."""
    ref = _text(node, "id")
    if ref is None:
        raise BadAnswer("client.id is missing", vendor=_VENDOR, operation="client")
    rows = _rows(marketing or {}, "marketingSettings")
    return ClientRecord(
        ref=urn("Client", ref),
        first_name=_text(node, "firstName") or "",
        last_name=_text(node, "lastName") or "",
        email=_text(node, "email"),
        phone=_text(node, "mobilePhone"),
        marketing_sms=any(row.get("sms") is True for row in rows) if rows else None,
        marketing_email=any(row.get("email") is True for row in rows) if rows else None,
    )


def catalogue(places: Iterable[Node], people: Iterable[Node], services: Iterable[Node]) -> Catalogue:
    """Places, staff and services that can be booked by themselves: an add-on cannot. Who gives what is not told."""
    return Catalogue(
        locations=tuple(
            PmsLocation(ref=urn("Location", ref), name=_text(node, "name") or "", zone=_text(node, "tz"))
            for node in places
            if (ref := _text(node, "id")) is not None
        ),
        providers=tuple(
            PmsProvider(ref=urn("Staff", ref), name=_name(node))
            for node in people
            if (ref := _text(node, "id")) is not None
        ),
        services=tuple(
            PmsService(ref=urn("Service", ref), name=_text(node, "name") or "", lasts=_lasts(node))
            for node in services
            if (ref := _text(node, "id")) is not None and node.get("addon") is not True
        ),
    )


def bookable_time(payloads: Any, start: datetime) -> str | None:
    """The opaque id of a start among the times offered for the one service of a visit; None where it is not offered.
    Raises `BadAnswer` where there are several lists: which of them counts is not documented."""
    lists = payloads if isinstance(payloads, list) else [payloads]
    if len(lists) != 1 or not isinstance(lists[0], Mapping):
        raise BadAnswer("not one list of times", vendor=_VENDOR, operation="appointmentRescheduleAvailableTimes")
    offered = _rows(lists[0], "availableTimes")
    return next((_text(row, "bookableTimeId") for row in offered if _instant(row, "startTime") == start), None)


def _name(node: Node) -> str:
    names = (_text(node, "displayName"), _text(node, "name"))
    said = " ".join(word for word in (_text(node, "firstName"), _text(node, "lastName")) if word)
    return next((name for name in names if name), said)


def _lasts(node: Node) -> timedelta | None:
    length = node.get("defaultDuration")
    if isinstance(length, bool) or not isinstance(length, int) or not 0 < length <= _MOST_MINUTES:
        return None
    return timedelta(minutes=length)


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
    local = start.astimezone(zone_info(zone, vendor=_VENDOR))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        raise _unsayable("start falls into the hour that occurs twice as the clocks go back", "REPEATED_HOUR")
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def same_services(found: PmsAppointment, wanted: Iterable[PmsSegment]) -> bool:
    """Whether an appointment holds exactly these services with these providers, in this order. A stretch without a
    service (time Boulevard blocks for itself) is none of them."""
    services = [(one.service_ref, one.provider_ref) for one in found.segments if one.service_ref is not None]
    return services == [to_write(segment) for segment in wanted]


def to_write(segment: PmsSegment) -> tuple[str, str]:
    """Service and staff of a segment of ours."""
    if segment.service_ref is None or segment.provider_ref is None:
        raise ValueError("a segment to be written names its service and its provider")
    return urn("Service", segment.service_ref), urn("Staff", segment.provider_ref)


def lengths(segment: PmsSegment, following: PmsSegment | None) -> tuple[int, int]:
    """Minutes with the client and minutes of clean-up. What follows in the same visit may start where the clean-up
    ends, so between two services there is only as much of it as lies between them."""
    clean_up = segment.clean_up if following is None else following.start - segment.end
    return minutes(segment.end - segment.start), max(0, minutes(clean_up))


def as_asked(ref: str, visit: NewVisit) -> PmsAppointment:
    """A visit that stands as it was asked for, as far as anybody can tell."""
    return PmsAppointment(
        ref=ref,
        location_ref=urn("Location", visit.location_ref),
        client_ref=urn("Client", visit.client_ref),
        state=PmsState.BOOKED,
        start=visit.segments[0].start,
        end=visit.segments[-1].taken_until,
        segments=visit.segments,
    )


def minutes(length: timedelta) -> int:
    """Whole minutes that hold the length."""
    return -(-length // timedelta(minutes=1))


def _unsayable(reason: str, code: str) -> Refused:
    return Refused(f"{reason}; choose another time", vendor=_VENDOR, operation="book", code=code)


def _state(state: str | None, *, cancelled: bool, reason: str | None) -> PmsState:
    known = _STATES.get(state or "", PmsState.UNKNOWN)
    if known is PmsState.CANCELLED or cancelled:
        return _REASONS.get(reason or "", PmsState.CANCELLED)
    return known


def _segments(rows: list[Node], *, start: datetime, end: datetime | None, unread: list[str]) -> tuple[PmsSegment, ...]:
    """The services in order. A visit that names none is one service nobody knows."""
    found = sorted((_segment(row, start=start, end=end, unread=unread) for row in rows), key=lambda one: one.start)
    # An add-on of no length of its own takes no time; the service it is added to does.
    segments = [one for one in found if one.start < one.taken_until]
    _charge_for_add_ons(segments, [one for one in found if one.start >= one.taken_until])
    if not segments:
        service, staff = (found[0].service_ref, found[0].provider_ref) if found else (None, None)
        unread += [field for field, known in (("appointmentServices", found), ("endAt", end)) if not known]
        segments = [PmsSegment(service_ref=service, provider_ref=staff, start=start, end=end or start + LONGEST_VISIT)]
    # The end of the visit counts the clean-up in, which is the last one's to do.
    last = max(segments, key=lambda one: one.taken_until)
    if end is not None and end > last.taken_until:
        segments[segments.index(last)] = replace(last, clean_up=end - last.end)
    return tuple(segments)


def _segment(row: Node, *, start: datetime, end: datetime | None, unread: list[str]) -> PmsSegment:
    """One service. Its `duration` is without the clean-up, its end is with it."""
    service, staff, begins = _text(row, "serviceId"), _text(row, "staffId"), _instant(row, "startAt")
    for field, value in (("serviceId", service), ("staffId", staff), ("startAt", begins)):
        if value is None:
            unread.append(f"appointmentServices.{field}")
    begins = begins or start
    taken = max(
        (at for at in (_end(row, begins), _after(row, "totalDuration", begins)) if at is not None), default=None
    )
    if taken is None and _lasts_no_time(row, begins):
        taken = begins
    elif taken is None:
        unread.append("appointmentServices.endAt")
        taken = end if end is not None and end > begins else begins + LONGEST_VISIT
    ends = min(_after(row, "duration", begins) or taken, taken)
    return PmsSegment(
        service_ref=urn("Service", service) if service else None,
        provider_ref=urn("Staff", staff) if staff else None,
        start=begins,
        end=ends,
        clean_up=taken - ends,
        price_cents=_cents(row, "price"),
    )


def _charge_for_add_ons(segments: list[PmsSegment], add_ons: list[PmsSegment]) -> None:
    """What takes no time is no segment; its price counts with the last service that begins no later."""
    for add_on in add_ons:
        place = max((i for i, one in enumerate(segments) if one.start <= add_on.start), default=0)
        if segments and add_on.price_cents is not None:
            one = segments[place]
            segments[place] = replace(one, price_cents=(one.price_cents or 0) + add_on.price_cents)


def _cents(row: Node, field: str) -> int | None:
    value = row.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_CENTS else None


def _end(node: Node, start: datetime) -> datetime | None:
    """Where the row says that it ends, or how long it lasts. An end at or before the start is none."""
    end = _instant(node, "endAt")
    return end if end is not None and end > start else _after(node, "duration", start)


def _after(row: Node, field: str, start: datetime) -> datetime | None:
    minutes = row.get(field)
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 < minutes <= _MOST_MINUTES:
        return None
    return start + timedelta(minutes=minutes)


def _lasts_no_time(row: Node, start: datetime) -> bool:
    return _instant(row, "endAt") == start or (row.get("endAt") is None and row.get("duration") == 0)


def _rows(node: Node, field: str) -> list[Node]:
    value = node.get(field)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _text(node: Node, field: str) -> str | None:
    value = node.get(field)
    return value if isinstance(value, str) and value else None


def _instant(node: Node, field: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(_text(node, field) or "")
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    # Ends that stand for "for good" leave room for sums.
    return at.replace(year=min(max(at.year, 2), 9998)).astimezone(UTC)
