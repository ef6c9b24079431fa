"""Between GoHighLevel's shapes and ours. Pure.

A calendar is a service, a user a provider, a contact a client, an event a visit of one service. One odd row costs its
own provider's time and no more: what is missing in it is named, never raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from vendors.errors import BadAnswer
from vendors.pms.base import (
    Catalogue,
    ClientRecord,
    FreeTime,
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
from vendors.pms.local_time import zone_info

Row = Mapping[str, Any]

#: A visit that does not say when it ends is taken to last so long; none that does lasts longer.
LONGEST_VISIT: Final = timedelta(hours=12)

_STATES: Final = {
    "new": PmsState.BOOKED,
    # A calendar with `autoConfirm` books as confirmed: it does not prove that the client replied.
    "confirmed": PmsState.CONFIRMED,
    "active": PmsState.ACTIVE,
    "showed": PmsState.COMPLETED,
    "completed": PmsState.COMPLETED,
    "cancelled": PmsState.CANCELLED,
    "noshow": PmsState.NO_SHOW,
    # The services of the newer API spell it so.
    "no_show": PmsState.NO_SHOW,
    "invalid": PmsState.VOID,
}
#: Do-not-disturb is on for a channel with either of these.
_DISTURBED_NOT: Final = frozenset({"active", "permanent"})


def visit(row: Row, *, location: str, zone: str | None = None, listed_for: str | None = None) -> PmsAppointment | None:
    """An event as a visit, or None where not even its id and start can be read.

    `zone` is for the list of a contact's appointments, whose times are local and without an offset. `listed_for` is the
    user whose events were asked for, should the event name nobody.
    """
    unread: list[str] = []
    ref, start, end = text(row, "id"), instant(row, "startTime", zone), instant(row, "endTime", zone)
    if ref is None or start is None:
        return None
    if end is None or end <= start:
        unread.append("endTime")
        end = start + LONGEST_VISIT
    told = text(row, "appointmentStatus") or text(row, "appoinmentStatus")
    state = _STATES.get((told or "").lower(), PmsState.UNKNOWN)
    if row.get("deleted") is True:
        state = PmsState.CANCELLED
    if state is PmsState.UNKNOWN:
        unread.append("appointmentStatus")
    calendar, client, owner = text(row, "calendarId"), text(row, "contactId"), text(row, "assignedUserId")
    for field, value in (("calendarId", calendar), ("assignedUserId", owner)):
        if value is None:
            unread.append(field)
    # Others who take part are as busy as the owner.
    named = tuple(dict.fromkeys(one for one in (owner, *_texts(row, "users")) if one is not None))
    people = named or (listed_for,)
    return PmsAppointment(
        ref=ref,
        location_ref=text(row, "locationId") or location,
        client_ref=client,
        state=state,
        start=start,
        end=end,
        segments=tuple(
            PmsSegment(service_ref=calendar, provider_ref=person, start=start, end=end) for person in people
        ),
        created_at=instant(row, "dateAdded", zone),
        unread=tuple(unread),
    )


def unread_visit(row: Row, *, provider: str) -> PmsUnread:
    """What can be said of an event that is none of our visits yet: it takes the time of whom it was listed for."""
    return PmsUnread(
        kind="appointment",
        ref=text(row, "id"),
        provider_ref=provider,
        start=instant(row, "startTime"),
        end=instant(row, "endTime"),
        unread=tuple(field for field in ("id", "startTime") if row.get(field) is None) or ("startTime",),
    )


def block(row: Row, *, provider: str) -> PmsBlock | PmsUnread | None:
    """A blocked slot of this provider, a visit in a linked calendar too; None for one that was removed."""
    if row.get("deleted") is True or _is_off(row):
        return None
    ref, start, end = text(row, "id"), instant(row, "startTime"), instant(row, "endTime")
    if ref is None or start is None or end is None or end <= start:
        missing = [field for field, value in (("id", ref), ("startTime", start), ("endTime", end)) if value is None]
        return PmsUnread(
            kind="block",
            ref=ref,
            provider_ref=provider,
            start=start,
            end=end if end is not None and start is not None and end > start else None,
            unread=tuple(missing) or ("endTime",),
        )
    return PmsBlock(ref=ref, provider_ref=provider, start=start, end=end)


def _is_off(row: Row) -> bool:
    return _STATES.get((text(row, "appointmentStatus") or "").lower()) in {PmsState.CANCELLED, PmsState.VOID}


def client(row: Row) -> ClientRecord:
    """A contact. Do-not-disturb is a refusal; its absence is no consent to marketing. Raises `BadAnswer`."""
    ref = text(row, "id")
    if ref is None:
        raise BadAnswer("contact.id is missing", vendor="gohighlevel", operation="get-contact")
    settings = row.get("dndSettings")
    by_channel = settings if isinstance(settings, Mapping) else {}
    no_texts = row.get("dnd") is True or _refuses(by_channel, "SMS")
    no_mails = row.get("dnd") is True or _refuses(by_channel, "Email")
    return ClientRecord(
        ref=ref,
        first_name=text(row, "firstName") or "",
        last_name=text(row, "lastName") or "",
        email=text(row, "email"),
        phone=text(row, "phone"),
        marketing_sms=False if no_texts else None,
        marketing_email=False if no_mails else None,
        refuses_texts=no_texts,
        refuses_mails=no_mails,
    )


def to_write(visit: NewVisit) -> tuple[PmsSegment, str, str]:
    """The one service of a visit, its calendar and its user."""
    if len(visit.segments) != 1:
        raise ValueError("GoHighLevel holds one service in a visit")
    [segment] = visit.segments
    if segment.service_ref is None or segment.provider_ref is None:
        raise ValueError("a segment to be written names its service and its provider")
    return segment, segment.service_ref, segment.provider_ref


def local(at: datetime, zone: str) -> str:
    """A time as it is written: with the offset of the location.

    GoHighLevel compares it with its own list of free times, and refuses one that it had offered itself where it comes
    in UTC.
    """
    if at.tzinfo is None:
        raise ValueError("a time has no time zone; pass an aware datetime")
    return at.astimezone(zone_info(zone, vendor="gohighlevel")).isoformat(timespec="seconds")


def milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def free_times(answer: Row, *, provider: str, start: datetime, end: datetime) -> tuple[FreeTime, ...]:
    """Of an answer by date; what stands beside the dates (`traceId`) is none of them."""
    found = []
    for key, value in answer.items():
        if not _is_date(key) or not isinstance(value, Mapping):
            continue
        for slot in value.get("slots") or ():
            at = _aware(slot, None)
            if at is not None and start <= at < end:
                found.append(FreeTime(start=at, provider_ref=provider))
    return tuple(sorted(found, key=lambda one: one.start))


def catalogue(location: Row, calendars: Iterable[Row], users: Iterable[Row]) -> Catalogue:
    place = text(location, "id") or ""
    return Catalogue(
        locations=(PmsLocation(ref=place, name=text(location, "name") or "", zone=text(location, "timezone")),),
        providers=tuple(PmsProvider(ref=ref, name=_name(one)) for one in users if (ref := text(one, "id")) is not None),
        services=tuple(
            PmsService(
                ref=ref,
                name=text(one, "name") or "",
                lasts=_length(one, "slotDuration"),
                clean_up=_length(one, "slotBuffer") or timedelta(),
                provider_refs=members(one),
            )
            for one in calendars
            if (ref := text(one, "id")) is not None and one.get("isActive") is not False
        ),
    )


def members(calendar: Row) -> tuple[str, ...]:
    """The users who give a calendar's service."""
    rows = calendar.get("teamMembers")
    found = (text(one, "userId") for one in rows if isinstance(one, Mapping)) if isinstance(rows, list) else ()
    return tuple(dict.fromkeys(one for one in found if one is not None))


def rows(answer: Row | None, field: str) -> list[Row]:
    """The objects of a list. Raises `BadAnswer` where it is none: half a day is worse than none."""
    value = (answer or {}).get(field)
    if not isinstance(value, list):
        raise BadAnswer(f"{field} is not a list", vendor="gohighlevel", operation=field)
    return [one if isinstance(one, Mapping) else {} for one in value]


def text(row: Row, field: str) -> str | None:
    value = row.get(field)
    return value if isinstance(value, str) and value else None


def instant(row: Row, field: str, zone: str | None = None) -> datetime | None:
    """A time with an offset, or a local one where `zone` is given; None where it is neither."""
    return _aware(row.get(field), zone)


def _aware(value: Any, zone: str | None) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        if zone is None:
            return None
        at = at.replace(tzinfo=zone_info(zone, vendor="gohighlevel"))
    return at.astimezone(UTC)


def _texts(row: Row, field: str) -> tuple[str, ...]:
    value = row.get(field)
    return tuple(one for one in value if isinstance(one, str) and one) if isinstance(value, list) else ()


def _refuses(settings: Row, channel: str) -> bool:
    one = settings.get(channel)
    return isinstance(one, Mapping) and one.get("status") in _DISTURBED_NOT


def _name(user: Row) -> str:
    whole = " ".join(part for part in (text(user, "firstName"), text(user, "lastName")) if part)
    return text(user, "name") or whole


def _length(calendar: Row, field: str) -> timedelta | None:
    value = calendar.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10_000:
        return None
    return timedelta(hours=value) if calendar.get(f"{field}Unit") == "hours" else timedelta(minutes=value)


def _is_date(key: str) -> bool:
    try:
        date.fromisoformat(key)
    except ValueError:
        return False
    return True
