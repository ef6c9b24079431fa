"""Between Jane's shapes and ours. Pure.

One odd row costs its own provider's time and no more: what is missing in it is named, never raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vendors.errors import BadAnswer
from vendors.pms.base import (
    Catalogue,
    ClientRecord,
    PmsAppointment,
    PmsBlock,
    PmsLocation,
    PmsProvider,
    PmsSegment,
    PmsService,
    PmsState,
    PmsUnread,
)

Row = Mapping[str, Any]

#: A visit that does not say when it ends is taken to last so long; none that does lasts longer.
LONGEST_VISIT: Final = timedelta(hours=12)
#: Jane archives a visit that its client changes within three minutes of booking online, and books another.
_GRACE: Final = timedelta(minutes=4)
#: Being booked online just now: the time is taken, and nobody has a visit yet.
_RESERVED: Final = "reserved"

_STATES: Final = {
    _RESERVED: PmsState.BOOKED,
    "booked": PmsState.BOOKED,
    # There is no state for a visit that is over.
    "arrived": PmsState.ARRIVED,
    "no_show": PmsState.NO_SHOW,
    "cancelled": PmsState.CANCELLED,
}
#: Nobody is written to who is none of the clinic's patients any more.
_PAST: Final = frozenset({"discharged", "deceased", "archived"})


def is_reserved(row: Row) -> bool:
    return row.get("state") == _RESERVED


def visit(row: Row) -> PmsAppointment | None:
    """An appointment of one treatment, or None where not even its id and start can be read."""
    unread: list[str] = []
    ref, start, end = text(row, "id"), instant(row, "start_at"), instant(row, "end_at")
    if ref is None or start is None:
        return None
    if end is None or end <= start:
        unread.append("end_at")
        end = start + LONGEST_VISIT
    state = _state(row)
    if state is PmsState.UNKNOWN:
        unread.append("state")
    location, treatment, staff = text(row, "location_id"), text(row, "treatment_id"), text(row, "staff_member_id")
    for field, value in (("location_id", location), ("treatment_id", treatment), ("staff_member_id", staff)):
        if value is None:
            unread.append(field)
    return PmsAppointment(
        ref=ref,
        location_ref=location,
        client_ref=text(row, "patient_id"),
        state=state,
        start=start,
        end=end,
        segments=(PmsSegment(service_ref=treatment, provider_ref=staff, start=start, end=end),),
        # `cancelled_reason` is free text that may speak of the patient.
        created_at=instant(row, "booked_at"),
        unread=tuple(unread),
    )


def reserved(row: Row) -> PmsBlock | PmsUnread:
    """A time that somebody is booking online just now."""
    start, end, staff = instant(row, "start_at"), instant(row, "end_at"), text(row, "staff_member_id")
    if start is None or end is None or end <= start or staff is None:
        return unread_visit(row)
    return PmsBlock(ref=text(row, "id") or "", provider_ref=staff, start=start, end=end)


def unread_visit(row: Row) -> PmsUnread:
    """What can be said of an appointment that is no visit of ours yet: it takes its provider's time."""
    known = (("id", text(row, "id")), ("start_at", instant(row, "start_at")), ("end_at", instant(row, "end_at")))
    return PmsUnread(
        kind="appointment",
        ref=text(row, "id"),
        provider_ref=text(row, "staff_member_id"),
        start=instant(row, "start_at"),
        end=instant(row, "end_at"),
        unread=tuple(field for field, value in known if value is None) or ("staff_member_id",),
    )


def client(row: Row) -> ClientRecord:
    """A patient. Jane keeps no consent to texts. Raises `BadAnswer`."""
    ref = text(row, "id")
    if ref is None:
        raise BadAnswer("patient.id is missing", vendor="jane", operation="getPatient")
    past = row.get("status") in _PAST
    no_mails = past or row.get("do_not_email") is True
    agreed = row.get("send_marketing_emails")
    return ClientRecord(
        ref=ref,
        first_name=text(row, "preferred_name") or text(row, "first_name") or "",
        last_name=text(row, "last_name") or "",
        email=text(row, "email"),
        phone=_phone(row),
        marketing_sms=False if past else None,
        marketing_email=False if no_mails else agreed if isinstance(agreed, bool) else None,
        refuses_texts=past,
        refuses_mails=no_mails,
    )


def same_services(found: PmsAppointment, wanted: Iterable[PmsSegment]) -> bool:
    """Whether an appointment holds exactly this treatment with this provider."""
    return [(one.service_ref, one.provider_ref) for one in found.segments] == [
        (one.service_ref, one.provider_ref) for one in wanted
    ]


def catalogue(company: Row, locations: Iterable[Row], staff: Iterable[Row], treatments: Iterable[Row]) -> Catalogue:
    """Who gives a treatment is asked for one staff member at a time, so it is left open."""
    zone = text(company, "time_zone")
    return Catalogue(
        locations=tuple(
            PmsLocation(ref=ref, name=text(one, "name") or "", zone=zone)
            for one in locations
            if (ref := text(one, "id")) is not None
        ),
        providers=tuple(
            PmsProvider(
                ref=ref,
                name=" ".join(part for part in (text(one, "first_name"), text(one, "last_name")) if part is not None),
            )
            for one in staff
            if (ref := text(one, "id")) is not None
        ),
        services=tuple(
            PmsService(
                ref=ref,
                name=text(one, "name") or "",
                lasts=_seconds(one, "treatment_duration"),
                clean_up=_clean_up(one),
            )
            for one in treatments
            # Visits of classes and groups are not shown.
            if (ref := text(one, "id")) is not None and one.get("booking_type") in {None, "one_on_one_booking"}
        ),
    )


def to_second(at: datetime) -> str:
    """A time as filters take it, to the second."""
    if at.tzinfo is None:
        raise ValueError("a time has no time zone; pass an aware datetime")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(row: Row, field: str) -> str | None:
    value = row.get(field)
    return value if isinstance(value, str) and value else None


def instant(row: Row, field: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text(row, field) or "")
    except ValueError:
        return None
    return None if at.tzinfo is None else at.astimezone(UTC)


def _state(row: Row) -> PmsState:
    told = text(row, "state")
    if told == "archived":
        return _archived(row)
    return _STATES.get(told or "", PmsState.UNKNOWN)


def _archived(row: Row) -> PmsState:
    """Within the grace period it was replaced and never was a visit; later it is a visit that was taken off."""
    booked, archived = instant(row, "booked_at"), instant(row, "archived_at")
    if text(row, "cancelled_at") is not None:
        return PmsState.CANCELLED
    return PmsState.VOID if booked is None or archived is None or archived - booked <= _GRACE else PmsState.CANCELLED


def _phone(row: Row) -> str | None:
    """A mobile number before others, the primary one before others of its kind; never a fax."""
    listed = row.get("phone_numbers")
    numbers = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    reachable = [one for one in numbers if one.get("type") != "fax" and text(one, "number") is not None]
    reachable.sort(key=lambda one: (one.get("type") != "mobile", one.get("is_primary") is not True))
    return text(reachable[0], "number") if reachable else text(row, "mobile_phone_number")


def _seconds(row: Row, field: str) -> timedelta | None:
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 86_400:
        return None
    return timedelta(seconds=value)


def _clean_up(treatment: Row) -> timedelta:
    """What the scheduled time has beyond the treatment's own."""
    treated, scheduled = _seconds(treatment, "treatment_duration"), _seconds(treatment, "scheduled_duration")
    return timedelta() if treated is None or scheduled is None else max(timedelta(), scheduled - treated)
