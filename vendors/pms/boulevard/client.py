"""Boulevard as a `Pms`: reads, and the three-step booking of its Admin API.

Boulevard only warns of a double booking, so any warning stops us before the step that commits, and the caller reads
the day again after it. Nothing stands on the calendar before `bookingComplete`; drafts left behind are harmless.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from vendors.deadline import CALL_SECONDS, deadline, seconds_left
from vendors.errors import BadAnswer, Refused, SlotTaken, Unreachable, VendorError
from vendors.http import VendorHttp
from vendors.pms.base import ClientRecord, NewVisit, PmsAppointment, PmsBlock, PmsDay, PmsSegment
from vendors.pms.boulevard import queries, translate
from vendors.pms.boulevard.auth import authorization, secret_key
from vendors.pms.boulevard.graphql import VENDOR, GraphQl
from vendors.pms.boulevard.ids import urn

PRODUCTION_URL = "https://dashboard.boulevard.io/api/2020-01/admin"

_log = logging.getLogger(__name__)


class Boulevard:
    """One practice's Boulevard business. Implements `Pms`; safe to share between threads."""

    kind = "boulevard"
    refuses_double_booking = False

    def __init__(
        self,
        *,
        api_key: str,
        api_secret: str,
        business_id: str,
        base_url: str = PRODUCTION_URL,
        http: VendorHttp | None = None,
        call_seconds: float = CALL_SECONDS,
        # Zones of locations known beforehand; others are asked for once and kept.
        zones: Mapping[str, str] | None = None,
        # Our own confirmation goes out; Boulevard's beside it would be the second text about one visit.
        notify_client_on_booking: bool = False,
        # Whether it must be the visit's own provider is not documented; None takes the one of the first segment.
        book_with_staff_id: str | None = None,
        # Neither a header nor a wording is published for its rate limit: what to wait when the answer does not say.
        default_wait: timedelta = timedelta(seconds=5),
        # At most 1,000 edges. Whether the query budget is charged for the page asked for or the page got is not
        # documented: large pages could spend it on nothing, small ones cost a location's busy day more requests.
        page_size: int = 50,
        max_pages: int = 20,
        # There is no filter on the end: entries that began this long before the day are looked at too.
        lookback: timedelta = timedelta(hours=12),
        # Whether the last date of a `shifts` query is included is not documented.
        shifts_end_included: bool = True,
        # The commit is not begun with less than this left, since a lost answer costs a read-back.
        commit_needs_seconds: float = 2.0,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        key = secret_key(api_secret, field="api_secret")
        self._http = http or VendorHttp(VENDOR, call_seconds=call_seconds)
        self._graphql = GraphQl(
            http=self._http,
            url=base_url,
            authorization=lambda: authorization(
                api_key=api_key, key=key, business_id=business_id, unix_seconds=int(unix_time())
            ),
            default_wait=default_wait,
        )
        self._call_seconds = call_seconds
        self._zones = {urn("Location", ref): zone for ref, zone in (zones or {}).items()}
        self._notify_client_on_booking = notify_client_on_booking
        self._book_with_staff_id = book_with_staff_id
        self._page_size = page_size
        self._max_pages = max_pages
        self._lookback = lookback
        self._shifts_end_included = shifts_end_included
        self._commit_needs_seconds = commit_needs_seconds

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    # Reads

    def fetch(self, *, appointment_ref: str) -> PmsAppointment | None:
        """The appointment as it is now; None when Boulevard knows no such id."""
        variables = {"id": urn("Appointment", appointment_ref)}
        with deadline(self._call_seconds):
            node = self._graphql.read(queries.APPOINTMENT, variables, field="appointment")
        return None if node is None else translate.appointment(node)

    def fetch_client(self, *, client_ref: str) -> ClientRecord | None:
        """The client as Boulevard knows them."""
        with deadline(self._call_seconds):
            node = self._graphql.read(queries.CLIENT, {"id": urn("Client", client_ref)}, field="client")
        return None if node is None else translate.client(node)

    def read_day(
        self, *, location_ref: str, provider_refs: tuple[str, ...], day: date, zone: str, only_visits: bool = False
    ) -> PmsDay:
        """One local date at one location, for these providers; one request instead of three with `only_visits`."""
        location = urn("Location", location_ref)
        providers = [urn("Staff", ref) for ref in provider_refs]
        start, end = translate.day_bounds(day, zone)
        # Not filtered by staff: what `staffId` means for a visit of several services is not documented.
        window = {"location": location, "query": queries.starting_between(start - self._lookback, end)}
        with deadline(self._call_seconds):
            appointments = [
                translate.appointment(node)
                for node in self._pages(queries.APPOINTMENTS, queries.APPOINTMENTS, window, field="appointments")
            ]
            blocks = [] if only_visits else self._blocks(window)
            rows = self._shift_rows(location, providers, day) if providers and not only_visits else []
        shifts = [translate.shift(row, day=day, zone=zone) for row in rows]
        return PmsDay(
            location_ref=location,
            day=day,
            appointments=tuple(
                visit
                for visit in appointments
                if visit.state.occupies
                and visit.end > start
                and any(segment.provider_ref in providers for segment in visit.segments)
            ),
            blocks=tuple(block for block in blocks if block.end > start and block.provider_ref in providers),
            shifts=tuple(shift for shift in shifts if shift is not None and shift.provider_ref in providers),
        )

    def find(
        self, *, location_ref: str, client_ref: str, start: datetime, segments: tuple[PmsSegment, ...]
    ) -> tuple[PmsAppointment, ...]:
        """Live appointments of this client that begin at `start` with the same services and providers."""
        variables = {
            "location": urn("Location", location_ref),
            "client": urn("Client", client_ref),
            "query": queries.starting_between(start, start + timedelta(minutes=1)),
        }
        document = queries.CLIENT_APPOINTMENTS
        with deadline(self._call_seconds):
            nodes = list(self._pages(document, document, variables, field="appointments"))
        found = (translate.appointment(node) for node in nodes)
        return tuple(
            visit
            for visit in found
            if visit.state.occupies
            and visit.client_ref == variables["client"]
            and visit.start == start
            and translate.same_services(visit, segments)
        )

    # Writes

    def book(self, visit: NewVisit) -> PmsAppointment:
        """Write a visit, all segments or none. Raises `SlotTaken` before, `Ambiguous` about the committing step."""
        if not visit.segments:
            raise ValueError("visit.segments is empty; a visit needs at least one service")
        with deadline(self._call_seconds):
            booking = self._draft(visit)
            if seconds_left() < self._commit_needs_seconds:
                raise Unreachable("too little time was left to commit", vendor=VENDOR, operation="bookingComplete")
            _, first_provider = translate.to_write(visit.segments[0])
            appointment = self._commit(booking, staff=self._book_with_staff_id or first_provider)
            self._leave_key(appointment.ref, visit.key)
        return appointment

    def cancel(self, *, appointment_ref: str, quietly: bool, void: bool) -> None:
        """Cancel. A void one gets the reason that says it never was a visit."""
        variables = {"id": urn("Appointment", appointment_ref), "notify": not quietly}
        document = queries.cancel("MISTAKE" if void else "STAFF_CANCEL")
        self._change(document, variables, field="cancelAppointment")

    def confirm(self, *, appointment_ref: str) -> None:
        """Mark as confirmed by the client."""
        self._change(queries.CONFIRM, {"id": urn("Appointment", appointment_ref)}, field="updateAppointment")

    # Steps of a booking

    def _draft(self, visit: NewVisit) -> str:
        """Make a draft with all services in order; the answer to these steps may be lost without harm."""
        location = urn("Location", visit.location_ref)
        variables = {
            "location": location,
            "client": urn("Client", visit.client_ref),
            "start": translate.naive_local(visit.segments[0].start, self._zone(location)),
        }
        made = self._payload(
            self._graphql.read(queries.BOOKING_CREATE, variables, field="bookingCreate"), field="bookingCreate"
        )
        booking = made.get("booking") or {}
        _refuse_errors(booking.get("errors"), operation="bookingCreate")
        _refuse_warnings(made, operation="bookingCreate")
        clients = booking.get("bookingClients") or []
        if not booking.get("id") or len(clients) != 1:
            raise BadAnswer("booking without id or its one client", vendor=VENDOR, operation="bookingCreate")
        for segment in visit.segments:
            service_ref, provider_ref = translate.to_write(segment)
            service = {
                "booking": booking["id"],
                "bookingClient": clients[0]["id"],
                "service": service_ref,
                "staff": provider_ref,
            }
            added = self._payload(
                self._graphql.read(queries.BOOKING_ADD_SERVICE, service, field="bookingAddService"),
                field="bookingAddService",
            )
            _refuse_warnings(added, operation="bookingAddService")
        return str(booking["id"])

    def _commit(self, booking: str, *, staff: str) -> PmsAppointment:
        variables = {
            "booking": booking,
            "staff": urn("Staff", staff),
            "notify": self._notify_client_on_booking,
        }
        done = self._payload(
            self._graphql.write(queries.BOOKING_COMPLETE, variables, field="bookingComplete"), field="bookingComplete"
        )
        rows = done.get("bookingAppointments") or []
        if len(rows) != 1 or not isinstance(rows[0].get("appointment"), dict):
            raise BadAnswer("bookingAppointments is not one appointment", vendor=VENDOR, operation="bookingComplete")
        return translate.appointment(rows[0]["appointment"])

    def _leave_key(self, appointment_ref: str, key: str) -> None:
        """An audit trail in the notes; the visit stands without it, so a failure is only told."""
        try:
            self._graphql.write(
                queries.ANNOTATE, {"id": appointment_ref, "notes": f"Chairflow {key}"}, field="updateAppointment"
            )
        except VendorError as error:
            _log.warning("boulevard: the booking key could not be left on the visit: %s", error)

    # Helpers

    def _change(self, document: str, variables: Mapping[str, Any], *, field: str) -> None:
        with deadline(self._call_seconds):
            changed = self._graphql.write(document, variables, field=field)
        if not isinstance(changed, dict) or not changed.get("appointment"):
            # An unknown id answers null without an error.
            raise Refused("no such appointment", vendor=VENDOR, operation=field, code="NOT_FOUND")

    def _payload(self, payload: Any, *, field: str) -> dict[str, Any]:
        if not isinstance(payload, dict):
            raise BadAnswer(f"{field} is null", vendor=VENDOR, operation=field)
        return payload

    def _zone(self, location: str) -> str:
        if location not in self._zones:
            for node in self._pages(queries.LOCATIONS, queries.LOCATIONS, {}, field="locations"):
                if node.get("id") and node.get("tz"):
                    self._zones[urn("Location", node["id"])] = node["tz"]
        if location not in self._zones:
            raise Refused("no such location", vendor=VENDOR, operation="locations", code="NOT_FOUND")
        return self._zones[location]

    def _blocks(self, window: Mapping[str, Any]) -> list[PmsBlock]:
        return [
            translate.block(node)
            for node in self._pages(queries.TIMEBLOCKS, queries.TIMEBLOCKS_AFTER, window, field="timeblocks")
            if node.get("cancelled") is not True
        ]

    def _shift_rows(self, location: str, providers: list[str], day: date) -> list[dict[str, Any]]:
        last = day if self._shifts_end_included else day + timedelta(days=1)
        variables = {"location": location, "staff": providers, "start": day.isoformat(), "end": last.isoformat()}
        answer = self._graphql.read(queries.SHIFTS, variables, field="shifts")
        rows = answer.get("shifts") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise BadAnswer("shifts.shifts is missing", vendor=VENDOR, operation="shifts")
        return rows

    def _pages(
        self, first: str, following: str, variables: Mapping[str, Any], *, field: str
    ) -> Iterator[dict[str, Any]]:
        """All nodes of a connection. Half a list is worse than none, so a list without an end raises."""
        document: str = first
        cursor: dict[str, Any] = {}
        for _ in range(self._max_pages):
            page = self._graphql.read(document, {**variables, "first": self._page_size, **cursor}, field=field)
            if not isinstance(page, dict) or not isinstance(page.get("pageInfo"), dict):
                raise BadAnswer(f"{field}.pageInfo is missing", vendor=VENDOR, operation=field)
            for edge in page.get("edges") or ():
                if edge and edge.get("node"):
                    yield edge["node"]
            if page["pageInfo"].get("hasNextPage") is not True:
                return
            document, cursor = following, {"after": page["pageInfo"].get("endCursor")}
        raise BadAnswer(f"{field} goes on after {self._max_pages} pages", vendor=VENDOR, operation=field)


def _refuse_errors(errors: Any, *, operation: str) -> None:
    if errors:
        raise Refused("the draft is refused", vendor=VENDOR, operation=operation, code=_first_code(errors))


def _refuse_warnings(payload: Mapping[str, Any], *, operation: str) -> None:
    """Any warning, known or not: past this point nobody at Boulevard would stop us."""
    warnings = payload.get("bookingWarnings")
    if warnings:
        raise SlotTaken("Boulevard warns", vendor=VENDOR, operation=operation, code=_first_code(warnings))


def _first_code(rows: Any) -> str | None:
    first = rows[0] if isinstance(rows, list) and isinstance(rows[0], dict) else {}
    code = first.get("code")
    return code if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else None
