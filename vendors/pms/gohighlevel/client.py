"""GoHighLevel as a `Pms`: reads, and visits of one service written in one call.

GoHighLevel refuses a start that is not among the free times of its calendar, and lets one of several requests at once
win. It has no list of a location's day: the events and the blocked slots of each provider are gathered, since a
provider's linked calendar stands among the blocked slots alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote

from vendors.deadline import CALL_SECONDS, deadline
from vendors.errors import BadAnswer, Refused, SlotTaken, VendorError
from vendors.http import VendorHttp
from vendors.pms.base import (
    Capabilities,
    Catalogue,
    ClientRecord,
    DayView,
    Event,
    EventKeys,
    FreeTime,
    NewClient,
    NewVisit,
    Pms,
    PmsAppointment,
    PmsBlock,
    PmsDay,
    PmsSegment,
    PmsShift,
    PmsState,
    PmsUnread,
    Rate,
    Shows,
    Takes,
    Tells,
)
from vendors.pms.gohighlevel import hours, translate
from vendors.pms.gohighlevel.rest import CALENDARS, NOT_FOUND, OTHERS, PRODUCTION_URL, SLOT_TAKEN, VENDOR, Rest
from vendors.pms.local_time import day_bounds
from vendors.tokens import RenewedTokens

#: docs/gohighlevel.md says what each rests on.
CAPABILITIES = Capabilities(
    tells=Tells(
        # Every change of a state is an AppointmentUpdate.
        events=frozenset(Event) - {Event.ARRIVED},
        event_keys=EventKeys.UNSURE,
        # Only a 429 is delivered again; any other failure loses the event.
        retry_status=429,
    ),
    shows=Shows(
        day=DayView.GATHERED,
        blocks=True,
        shifts=True,
        free_times=True,
        catalogue=True,
        several_services_per_visit=False,
        confirmations=False,
    ),
    # A block over a visit was seen to take the visit off without a word, so none is written.
    takes=Takes(book=True, move=True, cancel=True, confirm=True, create_client=True),
    refuses_double_booking=True,
    pace=(Rate(requests=100, per=timedelta(seconds=10)), Rate(requests=200_000, per=timedelta(days=1))),
)

#: Requests at once for one day; the limit is a hundred in ten seconds.
_AT_ONCE: Final = 4

_T = TypeVar("_T")


class GoHighLevel(Pms):
    """One practice's sub-account ("location"); safe to share between threads."""

    kind = VENDOR
    capabilities = CAPABILITIES

    def __init__(
        self,
        *,
        location_id: str,
        # A private integration token, or the renewed ones of a marketplace app.
        token: str | RenewedTokens,
        base_url: str = PRODUCTION_URL,
        http: VendorHttp | None = None,
        call_seconds: float = CALL_SECONDS,
        # Whether the account's own automations run on what we write: our own confirmation goes out.
        notify_client: bool = False,
        # How long before a day its visits are looked for: no filter on the end is documented.
        visit_lookback: timedelta = translate.LONGEST_VISIT,
        # A block may be a leave of weeks.
        block_lookback: timedelta = timedelta(days=31),
        # Calendars and the location's zone change seldom.
        keep: timedelta = timedelta(minutes=10),
        default_wait: timedelta = timedelta(seconds=10),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http or VendorHttp(VENDOR, call_seconds=call_seconds)
        self._rest = Rest(http=self._http, base_url=base_url, token=token, default_wait=default_wait)
        self._location = location_id
        self._call_seconds = call_seconds
        self._notify_client = notify_client
        self._visit_lookback = visit_lookback
        self._block_lookback = block_lookback
        self._keep = keep.total_seconds()
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, Any]] = {}

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    # Reads

    def fetch(self, *, appointment_ref: str) -> PmsAppointment | None:
        """The appointment as it is now; None when GoHighLevel knows no such id."""
        with deadline(self._call_seconds):
            return self._visit(appointment_ref)

    def fetch_client(self, *, client_ref: str) -> ClientRecord | None:
        """The contact."""
        with deadline(self._call_seconds):
            answer = self._rest.get(f"/contacts/{_path(client_ref)}", operation="get-contact", version=OTHERS)
        if answer is None:
            return None
        contact = answer.get("contact")
        if not isinstance(contact, dict):
            raise BadAnswer("contact is missing", vendor=VENDOR, operation="get-contact")
        return translate.client(contact)

    def find_clients(self, *, phone: str | None = None, email: str | None = None) -> tuple[ClientRecord, ...]:
        """The contact that GoHighLevel itself takes for the same person; it answers with one at most."""
        params = {"locationId": self._location, "number": phone, "email": email}
        with deadline(self._call_seconds):
            answer = self._rest.get(
                "/contacts/search/duplicate",
                operation="get-duplicate-contact",
                version=OTHERS,
                params={name: value for name, value in params.items() if value is not None},
            )
        contact = (answer or {}).get("contact")
        return (translate.client(contact),) if isinstance(contact, dict) else ()

    def read_day(
        self, *, location_ref: str, provider_refs: tuple[str, ...], day: date, zone: str, only_visits: bool = False
    ) -> PmsDay:
        """One local date, gathered provider by provider; one request each with `only_visits`."""
        bounds = day_bounds(day, zone, vendor=VENDOR)
        with deadline(self._call_seconds):
            lists = self._side_by_side(
                [
                    partial(self._provider_day, provider, day, bounds, zone, only_visits=only_visits)
                    for provider in provider_refs
                ]
            )
        visits = {visit.ref: visit for found, _, _, _ in lists for visit in found}
        return PmsDay(
            location_ref=location_ref,
            day=day,
            appointments=tuple(
                visit
                for visit in visits.values()
                if any(visit.occupies(provider, *bounds) for provider in provider_refs)
            ),
            blocks=tuple(
                replace(one, start=max(one.start, bounds[0]), end=min(one.end, bounds[1]))
                for _, blocks, _, _ in lists
                for one in blocks
                if one.start < bounds[1] and one.end > bounds[0]
            ),
            shifts=tuple(one for _, _, shifts, _ in lists for one in shifts),
            unread=tuple(
                one
                for *_, unread in lists
                for one in unread
                if one.start is None or one.end is None or one.during(bounds) is not None
            ),
        )

    def find(
        self, *, location_ref: str, client_ref: str, start: datetime, segments: tuple[PmsSegment, ...]
    ) -> tuple[PmsAppointment, ...]:
        """Live appointments of this client that begin at `start` with the same service and provider."""
        with deadline(self._call_seconds):
            zone = self._zone()
            answer = self._rest.get(
                f"/contacts/{_path(client_ref)}/appointments", operation="get-appointments-for-contact", version=OTHERS
            )
        wanted = [(one.service_ref, one.provider_ref) for one in segments]
        found = (
            translate.visit(row, location=self._location, zone=zone)
            for row in (translate.rows(answer, "events") if answer is not None else ())
        )
        return tuple(
            visit
            for visit in found
            if visit is not None
            and visit.state.occupies
            and visit.start == start
            and [(one.service_ref, one.provider_ref) for one in visit.segments] == wanted
        )

    def free_times(
        self, *, location_ref: str, service_ref: str, provider_ref: str, start: datetime, end: datetime, zone: str
    ) -> tuple[FreeTime, ...]:
        """Starts that the calendar would book with that user; at most 31 days."""
        with deadline(self._call_seconds):
            return self._free_times(service_ref, provider_ref, start, end, zone)

    def catalogue(self) -> Catalogue:
        """The location, its active calendars and its users."""
        with deadline(self._call_seconds):
            users = self._rest.get("/users/", operation="get-user-by-location", version=OTHERS, params=self._here)
            return translate.catalogue(self._place(), self._calendars(), translate.rows(users, "users"))

    # Writes

    def book(self, visit: NewVisit) -> PmsAppointment:
        """Write a visit of one service. Raises `SlotTaken`, `Refused` for a visit of several, or `Ambiguous`."""
        if len(visit.segments) > 1:
            raise Refused("one visit holds one service", vendor=VENDOR, operation="book", code="ONE_SERVICE")
        segment, calendar, user = translate.to_write(visit)
        with deadline(self._call_seconds):
            zone = self._zone()
            body = {
                "calendarId": calendar,
                "locationId": self._location,
                "contactId": visit.client_ref,
                "assignedUserId": user,
                "startTime": translate.local(segment.start, zone),
                "endTime": translate.local(segment.end, zone),
                "appointmentStatus": "new",
                # A person who looks into the event finds our key; it says nothing of the client.
                "description": f"Chairflow {visit.key}",
                "toNotify": self._notify_client,
                "ignoreDateRange": False,
                "ignoreFreeSlotValidation": False,
            }
            try:
                answer = self._rest.write(
                    "POST",
                    "/calendars/events/appointments",
                    operation="create-appointment",
                    version=CALENDARS,
                    json=body,
                )
            except Refused as refused:
                raise self._why(refused, segment, zone) from refused
        ref = translate.text(answer, "id")
        if ref is None:
            raise BadAnswer("an appointment without an id", vendor=VENDOR, operation="create-appointment")
        written = translate.visit({**body, **answer}, location=self._location)
        if written is None or written.end != segment.end or written.unread:
            # It stands all the same; how it was asked for is the best that can be said of it.
            return self._as_asked(ref, visit)
        return written

    def move(self, *, appointment_ref: str, segments: tuple[PmsSegment, ...]) -> PmsAppointment:
        """Another time or provider for a visit of one service."""
        if len(segments) != 1:
            raise Refused("one visit holds one service", vendor=VENDOR, operation="move", code="ONE_SERVICE")
        [segment] = segments
        with deadline(self._call_seconds):
            zone = self._zone()
            body = {
                "startTime": translate.local(segment.start, zone),
                "endTime": translate.local(segment.end, zone),
                "toNotify": self._notify_client,
                "ignoreFreeSlotValidation": False,
            } | {
                name: ref
                for name, ref in (("calendarId", segment.service_ref), ("assignedUserId", segment.provider_ref))
                if ref is not None
            }
            try:
                self._change(appointment_ref, body)
            except Refused as refused:
                raise self._why(refused, segment, zone) from refused
            moved = self._visit(appointment_ref)
        if moved is None:
            raise BadAnswer("a visit that was moved and is not there", vendor=VENDOR, operation="edit-appointment")
        return moved

    def cancel(self, *, appointment_ref: str, quietly: bool, void: bool) -> None:
        """Cancel, or mark as invalid what never was a visit. GoHighLevel runs the account's automations unless told."""
        with deadline(self._call_seconds):
            self._change(
                appointment_ref, {"appointmentStatus": "invalid" if void else "cancelled", "toNotify": not quietly}
            )

    def confirm(self, *, appointment_ref: str) -> None:
        """Mark as confirmed."""
        with deadline(self._call_seconds):
            self._change(appointment_ref, {"appointmentStatus": "confirmed", "toNotify": self._notify_client})

    def create_client(self, client: NewClient) -> str:
        """Add a contact. Not by `upsert`: two people of one family may share a phone, and it would rename the first."""
        body = {
            "locationId": self._location,
            "firstName": client.first_name,
            "lastName": client.last_name,
        } | {name: value for name, value in (("phone", client.phone), ("email", client.email)) if value is not None}
        with deadline(self._call_seconds):
            answer = self._rest.write("POST", "/contacts/", operation="create-contact", version=OTHERS, json=body)
        contact = answer.get("contact")
        ref = translate.text(contact, "id") if isinstance(contact, dict) else None
        if ref is None:
            raise BadAnswer("contact.id is missing", vendor=VENDOR, operation="create-contact")
        return ref

    # Helpers

    @property
    def _here(self) -> dict[str, str]:
        return {"locationId": self._location}

    def _visit(self, ref: str) -> PmsAppointment | None:
        answer = self._rest.get(
            f"/calendars/events/appointments/{_path(ref)}", operation="get-appointment", version=CALENDARS
        )
        if answer is None:
            return None
        # Documented as "event"; accounts were seen to answer with "appointment".
        row = answer.get("event") or answer.get("appointment")
        visit = translate.visit(row, location=self._location) if isinstance(row, dict) else None
        if visit is None:
            raise BadAnswer("an appointment without id or start", vendor=VENDOR, operation="get-appointment")
        return visit

    def _change(self, ref: str, body: dict[str, Any]) -> None:
        self._rest.write(
            "PUT",
            f"/calendars/events/appointments/{_path(ref)}",
            operation="edit-appointment",
            version=CALENDARS,
            json=body,
        )

    def _as_asked(self, ref: str, visit: NewVisit) -> PmsAppointment:
        [segment] = visit.segments
        return PmsAppointment(
            ref=ref,
            location_ref=self._location,
            client_ref=visit.client_ref,
            state=PmsState.BOOKED,
            start=segment.start,
            end=segment.end,
            segments=(replace(segment, clean_up=timedelta()),),
        )

    def _why(self, refused: Refused, segment: PmsSegment, zone: str) -> Refused:
        """What a refused time means. The words for a taken one are not documented, so its free times are read where a
        refusal says nothing that is known."""
        if isinstance(refused, SlotTaken) or refused.code == NOT_FOUND:
            return refused
        if segment.service_ref is None or segment.provider_ref is None:
            return refused
        try:
            free = self._free_times(
                segment.service_ref, segment.provider_ref, segment.start, segment.start + timedelta(minutes=1), zone
            )
        except VendorError:
            return refused
        if any(one.start == segment.start for one in free):
            return refused
        return SlotTaken("the time is not free", vendor=VENDOR, operation=refused.operation, code=SLOT_TAKEN)

    def _free_times(self, calendar: str, user: str, start: datetime, end: datetime, zone: str) -> tuple[FreeTime, ...]:
        params = {
            "startDate": translate.milliseconds(start),
            "endDate": translate.milliseconds(end),
            "timezone": zone,
            "userId": user,
        }
        answer = self._rest.get(
            f"/calendars/{_path(calendar)}/free-slots", operation="get-slots", version=CALENDARS, params=params
        )
        return translate.free_times(answer or {}, provider=user, start=start, end=end)

    def _provider_day(
        self, user: str, day: date, bounds: tuple[datetime, datetime], zone: str, *, only_visits: bool
    ) -> tuple[list[PmsAppointment], list[PmsBlock], list[PmsShift], list[PmsUnread]]:
        start, end = bounds
        visits: list[PmsAppointment] = []
        blocks: list[PmsBlock] = []
        shifts: list[PmsShift] = []
        unread: list[PmsUnread] = []
        for row in self._events("/calendars/events", "get-calendar-events", user, start - self._visit_lookback, end):
            visit = translate.visit(row, location=self._location, listed_for=user)
            if visit is None:
                unread.append(translate.unread_visit(row, provider=user))
            else:
                visits.append(visit)
        if only_visits:
            return visits, blocks, shifts, unread
        blocked = self._events("/calendars/blocked-slots", "get-blocked-slots", user, start - self._block_lookback, end)
        for row in blocked:
            block = translate.block(row, provider=user)
            if isinstance(block, PmsBlock):
                blocks.append(block)
            elif block is not None:
                unread.append(block)
        for stretch in self._hours(user, day, zone):
            if isinstance(stretch, PmsShift):
                shifts.append(stretch)
            elif isinstance(stretch, PmsBlock):
                blocks.append(stretch)
            else:
                unread.append(stretch)
        return visits, blocks, shifts, unread

    def _events(self, path: str, operation: str, user: str, start: datetime, end: datetime) -> list[translate.Row]:
        params = self._here | {
            "userId": user,
            "startTime": translate.milliseconds(start),
            "endTime": translate.milliseconds(end),
        }
        answer = self._rest.get(path, operation=operation, version=CALENDARS, params=params)
        return translate.rows(answer, "events")

    def _hours(self, user: str, day: date, zone: str) -> list[PmsShift | PmsBlock | PmsUnread]:
        params = self._here | {"userId": user, "limit": "500"}
        answer = self._rest.get(
            "/calendars/schedules/search", operation="getAllSchedules", version=CALENDARS, params=params
        )
        schedules = [] if answer is None else translate.rows(answer, "schedules")  # the call is a late addition
        found = hours.of_schedules(schedules, user=user, day=day, zone=zone)
        known = found is not None
        if found is None:
            found = hours.of_calendars(self._calendars(), user=user, day=day, zone=zone)
            known = hours.is_on_a_calendar(self._calendars(), user=user)
        works = any(isinstance(one, PmsShift) for one in found)
        return [*found, hours.off(user=user, day=day, zone=zone)] if known and not works else [*found]

    def _calendars(self) -> list[translate.Row]:
        def read() -> list[translate.Row]:
            answer = self._rest.get("/calendars/", operation="get-calendars", version=CALENDARS, params=self._here)
            return translate.rows(answer, "calendars")

        return self._cached("calendars", read)

    def _zone(self) -> str:
        zone = translate.text(self._place(), "timezone")
        if zone is None:
            raise BadAnswer("location.timezone is missing", vendor=VENDOR, operation="get-location")
        return zone

    def _place(self) -> translate.Row:
        def read() -> translate.Row:
            answer = self._rest.get(f"/locations/{self._location}", operation="get-location", version=OTHERS)
            location = (answer or {}).get("location")
            if not isinstance(location, dict):
                raise Refused("no such location", vendor=VENDOR, operation="get-location", code=NOT_FOUND)
            return location

        return self._cached("location", read)

    def _cached(self, what: str, read: Callable[[], _T]) -> _T:
        known = self._kept.get(what)
        if known is not None and self._monotonic() - known[0] < self._keep:
            value: _T = known[1]
            return value
        fresh = read()
        self._kept[what] = (self._monotonic(), fresh)
        return fresh

    def _side_by_side(self, calls: list[Callable[[], _T]]) -> list[_T]:
        """Answers in order, a few calls at once; each within the deadline of the whole."""
        if len(calls) < 2:
            return [call() for call in calls]
        with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(calls))) as pool:
            return [future.result() for future in [pool.submit(copy_context().run, call) for call in calls]]


def _path(ref: str) -> str:
    return quote(ref, safe="")
