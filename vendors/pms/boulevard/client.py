"""Boulevard as a `Pms`: reads, and the three-step booking of its Admin API.

Boulevard only warns of a double booking. Three warnings mean one; they stop us before the step that commits, a warning
of that step is handed on, and the caller reads the day again after it. Nothing stands on the calendar before
`bookingComplete`; drafts left behind are harmless.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from vendors.deadline import CALL_SECONDS, deadline, seconds_left
from vendors.errors import Ambiguous, BadAnswer, Refused, SlotTaken, Unreachable, Unsupported, VendorError
from vendors.http import VendorHttp
from vendors.pms.base import (
    Capabilities,
    Catalogue,
    ClientRecord,
    DayView,
    Event,
    EventKeys,
    NewClient,
    NewVisit,
    Pms,
    PmsAppointment,
    PmsBlock,
    PmsDay,
    PmsSegment,
    PmsShift,
    PmsUnread,
    Shows,
    Takes,
    Tells,
)
from vendors.pms.boulevard import queries, translate
from vendors.pms.boulevard.auth import authorization, secret_key
from vendors.pms.boulevard.graphql import VENDOR, GraphQl
from vendors.pms.boulevard.ids import urn
from vendors.pms.boulevard.roster import roster
from vendors.pms.local_time import day_bounds, zone_info

PRODUCTION_URL = "https://dashboard.boulevard.io/api/2020-01/admin"

DOUBLE_BOOKED = frozenset({"STAFF_DOUBLE_BOOKED", "RESOURCE_DOUBLE_BOOKED"})
CONFLICTS = DOUBLE_BOOKED | {"STAFF_DOES_NOT_PERFORM_SERVICE"}

#: What the adapter speaks. docs/boulevard.md says of each name what it rests on; `UNPROVEN` is off unless the account's
#: options turn it on.
CAPABILITIES = Capabilities(
    tells=Tells(
        # There is no event for a no-show: it comes as a cancellation whose reason is read afterwards.
        events=frozenset(
            {Event.BOOKED, Event.MOVED, Event.CANCELLED, Event.CONFIRMED, Event.ARRIVED, Event.COMPLETED, Event.CLIENT}
        ),
        event_keys=EventKeys.UNSURE,
    ),
    shows=Shows(day=DayView.AT_ONCE, blocks=True, shifts=True, catalogue=True),
    takes=Takes(book=True, move=True, cancel=True, confirm=True, block=True, create_client=True),
    refuses_double_booking=False,
)
#: Writes that no client was seen to make on a live tenant.
UNPROVEN = ("move", "create_client")

_log = logging.getLogger(__name__)


class Boulevard(Pms):
    """One practice's Boulevard business; safe to share between threads."""

    kind = "boulevard"
    capabilities = CAPABILITIES

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
        # Whether calls that nobody was seen to make on a live tenant are made.
        unproven_calls: bool = True,
        # What to wait when an answer of "too many" does not say.
        default_wait: timedelta = timedelta(seconds=5),
        # At most 1,000 edges. Whether the query budget is charged for the page asked for or the page got is not
        # documented: large pages could spend it on nothing, small ones cost a location's busy day more requests.
        page_size: int = 50,
        max_pages: int = 20,
        # There is no filter on the end, so what began before the day is looked at too: visits by the longest of them;
        # blocks of the whole location, which may be nobody's, for days; those of each provider for as long as leave
        # lasts. A location's blocks of a year would be thousands, a provider's are some 650.
        visit_lookback: timedelta = translate.LONGEST_VISIT,
        block_lookback: timedelta = timedelta(days=14),
        leave_lookback: timedelta = timedelta(days=366),
        block_page_size: int = 500,
        client_page_size: int = 500,
        pause: Callable[[float], object] = time.sleep,
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
            pause=pause,
        )
        if not unproven_calls:
            self.capabilities = replace(
                CAPABILITIES, takes=replace(CAPABILITIES.takes, **dict.fromkeys(UNPROVEN, False))
            )
        self._call_seconds = call_seconds
        self._zones = {urn("Location", ref): zone for ref, zone in (zones or {}).items()}
        self._notify_client_on_booking = notify_client_on_booking
        self._book_with_staff_id = book_with_staff_id
        self._page_size = page_size
        self._max_pages = max_pages
        self._block_page_size = block_page_size
        self._client_page_size = client_page_size
        self._visit_lookback = visit_lookback
        self._block_lookback = block_lookback
        self._leave_lookback = leave_lookback
        self._commit_needs_seconds = commit_needs_seconds

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    # Reads

    def fetch(self, *, appointment_ref: str) -> PmsAppointment | None:
        """The appointment as it is now; None when Boulevard knows no such id."""
        with deadline(self._call_seconds):
            node = self._appointment(appointment_ref)
        return None if node is None else translate.appointment(node)

    def fetch_client(self, *, client_ref: str) -> ClientRecord | None:
        """The client as Boulevard knows them; without their consent where that is refused."""
        variables = {"id": urn("Client", client_ref)}
        with deadline(self._call_seconds):
            node = self._graphql.read(queries.CLIENT, variables, field="client")
            if node is None:
                return None
            marketing = self._graphql.read_optional(queries.CLIENT_MARKETING, variables, field="client")
        return translate.client(node, marketing=marketing)

    def read_day(
        self, *, location_ref: str, provider_refs: tuple[str, ...], day: date, zone: str, only_visits: bool = False
    ) -> PmsDay:
        """One local date at one location, for these providers; one request alone with `only_visits`."""
        location = urn("Location", location_ref)
        providers = tuple(urn("Staff", ref) for ref in provider_refs)
        bounds = day_bounds(day, zone, vendor=VENDOR)
        with deadline(self._call_seconds):
            visits, unread = self._visits(location, bounds)
            blocks: list[PmsBlock] = []
            shifts: tuple[PmsShift, ...] = ()
            if not only_visits:
                blocks, odd = self._blocks(location, providers, bounds)
                unread += odd
            if providers and not only_visits:
                expanded = roster(
                    self._shift_rows(location, providers, day), day=day, zone=zone_info(zone, vendor=VENDOR)
                )
                shifts, unread = expanded.shifts, [*unread, *expanded.unread]
                blocks += expanded.time_off
        return PmsDay(
            location_ref=location,
            day=day,
            appointments=tuple(
                visit for visit in visits if any(visit.occupies(provider, *bounds) for provider in providers)
            ),
            blocks=tuple(
                replace(block, start=max(block.start, bounds[0]), end=min(block.end, bounds[1]))
                for block in blocks
                if block.provider_ref in providers and block.start < bounds[1] and block.end > bounds[0]
            ),
            shifts=tuple(shift for shift in shifts if shift.provider_ref in providers),
            unread=tuple(
                row
                for row in unread
                if row.provider_ref in {None, *providers}
                and (row.start is None or row.end is None or row.during(bounds) is not None)
            ),
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
        with deadline(self._call_seconds):
            nodes = list(
                self._pages(
                    queries.CLIENT_APPOINTMENTS,
                    variables,
                    field="appointments",
                    size=self._page_size,
                    smaller=queries.CLIENT_APPOINTMENTS_SURE,
                )
            )
        found = (translate.visit(node, location=variables["location"]) for node in nodes if node is not None)
        return tuple(
            visit
            for visit in found
            if visit is not None
            and visit.state.occupies
            and visit.client_ref == variables["client"]
            and visit.start == start
            and translate.same_services(visit, segments)
        )

    def find_clients(self, *, phone: str | None = None, email: str | None = None) -> tuple[ClientRecord, ...]:
        """Clients with that phone or mailbox. There is no search by phone: the whole list is read, as far as it goes in
        one call; a longer one raises `BadAnswer`."""
        found: dict[str, ClientRecord] = {}
        with deadline(self._call_seconds):
            if email is not None:
                found |= {one.ref: one for one in self._clients(emails=[email])}
            if phone is not None:
                found |= {one.ref: one for one in self._clients() if one.phone == phone}
        return tuple(found.values())

    def catalogue(self) -> Catalogue:
        """Places, staff and services; add-ons aside."""

        def nodes(document: str, field: str) -> list[dict[str, Any]]:
            pages = self._pages(document, {}, field=field, size=self._page_size)
            return [node for node in pages if node is not None]

        with deadline(self._call_seconds):
            return translate.catalogue(
                nodes(queries.LOCATIONS, "locations"),
                nodes(queries.STAFF, "staff"),
                nodes(queries.SERVICES, "services"),
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
            ref, collides = self._commit(booking, visit)
            written = self._as_written(ref, visit, node=self._leave_key(ref, visit.key))
        return replace(written, collides=collides)

    def cancel(self, *, appointment_ref: str, quietly: bool, void: bool) -> None:
        """Cancel. A void one gets the reason that says it never was a visit, where Boulevard takes it: that it goes
        counts for more than why."""
        variables = {"id": urn("Appointment", appointment_ref), "notify": not quietly}
        plainly = queries.cancel("STAFF_CANCEL")
        self._change(
            queries.cancel("MISTAKE") if void else plainly,
            variables,
            field="cancelAppointment",
            smaller=plainly if void else None,
        )

    def confirm(self, *, appointment_ref: str) -> None:
        """Mark as confirmed by the client."""
        self._change(queries.CONFIRM, {"id": urn("Appointment", appointment_ref)}, field="updateAppointment")

    def move(self, *, appointment_ref: str, segments: tuple[PmsSegment, ...]) -> PmsAppointment:
        """Another time for a visit of one service with the same provider: no other move is known of."""
        self._insist("move", allowed=self.capabilities.takes.move)
        ref = urn("Appointment", appointment_ref)
        with deadline(self._call_seconds):
            node = self._appointment(ref)
            visit = None if node is None else translate.appointment(node)
            if visit is None or visit.location_ref is None:
                raise Refused("no such appointment", vendor=VENDOR, operation="move", code="NOT_FOUND")
            if len(segments) != 1 or not translate.same_services(visit, segments):
                raise Refused(
                    "only the time of a visit of one service can be changed",
                    vendor=VENDOR,
                    operation="move",
                    code="TIME_ONLY",
                )
            start, zone = segments[0].start, self._zone(visit.location_ref)
            wall = start.astimezone(zone_info(zone, vendor=VENDOR))
            times = self._graphql.prepare(
                queries.RESCHEDULE_TIMES,
                {"id": ref, "date": wall.date().isoformat(), "zone": zone},
                field="appointmentRescheduleAvailableTimes",
            )
            time_id = translate.bookable_time(times, start)
            if time_id is None:
                raise SlotTaken("the time is not offered", vendor=VENDOR, operation="move", code="TIME_NOT_OFFERED")
            moved = self._payload(
                self._graphql.write(
                    queries.RESCHEDULE,
                    {"id": ref, "time": time_id, "notify": False},
                    field="appointmentReschedule",
                    smaller=queries.RESCHEDULE_SURE,
                ),
                field="appointmentReschedule",
            )
        if not isinstance(moved.get("appointment"), dict):
            raise Ambiguous("the moved appointment is missing", vendor=VENDOR, operation="appointmentReschedule")
        return translate.appointment(moved["appointment"])

    def block(self, *, location_ref: str, provider_ref: str, start: datetime, end: datetime, title: str) -> PmsBlock:
        """Keep a provider's time free of clients, once."""
        location, staff = urn("Location", location_ref), urn("Staff", provider_ref)
        with deadline(self._call_seconds):
            variables = {
                "location": location,
                "staff": staff,
                "start": translate.naive_local(start, self._zone(location)),
                "minutes": translate.minutes(end - start),
                "title": title,
            }
            made = self._payload(
                self._graphql.write(queries.CREATE_TIMEBLOCK, variables, field="createTimeblock"),
                field="createTimeblock",
            )
        ref = (made.get("timeblock") or {}).get("id")
        return PmsBlock(ref=urn("Timeblock", ref) if ref else "", provider_ref=staff, start=start, end=end)

    def create_client(self, client: NewClient) -> str:
        """Add a client. Whether Boulevard refuses a second one of the same phone or mailbox is not documented, so they
        are looked for first."""
        self._insist("create_client", allowed=self.capabilities.takes.create_client)
        if self.find_clients(phone=client.phone, email=client.email):
            raise Refused(
                "somebody has this phone or mailbox", vendor=VENDOR, operation="createClient", code="DUPLICATE"
            )
        variables = {
            "first": client.first_name,
            "last": client.last_name,
            "email": client.email,
            "phone": client.phone,
        }
        with deadline(self._call_seconds):
            made = self._payload(
                self._graphql.write(queries.CREATE_CLIENT, variables, field="createClient"), field="createClient"
            )
        ref = (made.get("client") or {}).get("id")
        if not ref:
            raise Ambiguous("client.id is missing", vendor=VENDOR, operation="createClient")
        return urn("Client", ref)

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
            self._graphql.prepare(
                queries.BOOKING_CREATE, variables, field="bookingCreate", smaller=queries.BOOKING_CREATE_SURE
            ),
            field="bookingCreate",
        )
        booking = made.get("booking") or {}
        _refuse_errors(booking.get("errors"), operation="bookingCreate")
        _refuse(_conflicts(made, operation="bookingCreate"), operation="bookingCreate")
        clients = booking.get("bookingClients") or []
        if not booking.get("id") or len(clients) != 1:
            raise BadAnswer("booking without id or its one client", vendor=VENDOR, operation="bookingCreate")
        for segment, following in zip_longest(visit.segments, visit.segments[1:]):
            self._add(booking["id"], clients[0]["id"], segment, following)
        return str(booking["id"])

    def _add(self, booking: str, booking_client: str, segment: PmsSegment, following: PmsSegment | None) -> None:
        """Add a service and give it the practice's length. Until then it has Boulevard's own, so that a collision
        found on adding it may be none."""
        service, staff = translate.to_write(segment)
        variables = {"booking": booking, "bookingClient": booking_client, "service": service, "staff": staff}
        added = self._payload(
            self._graphql.prepare(queries.BOOKING_ADD_SERVICE, variables, field="bookingAddService"),
            field="bookingAddService",
        )
        found = _conflicts(added, operation="bookingAddService")
        _refuse([code for code in found if code not in DOUBLE_BOOKED], operation="bookingAddService")
        line = (added.get("bookingService") or {}).get("id")
        if not line:
            raise BadAnswer("bookingService without id", vendor=VENDOR, operation="bookingAddService")
        minutes, clean_up = translate.lengths(segment, following)
        lengths = {"booking": booking, "bookingService": line, "minutes": minutes, "cleanUp": clean_up}
        lasting = self._payload(
            self._graphql.prepare(queries.BOOKING_SERVICE_SET_DURATIONS, lengths, field="bookingServiceSetDurations"),
            field="bookingServiceSetDurations",
        )
        _refuse(_conflicts(lasting, operation="bookingServiceSetDurations"), operation="bookingServiceSetDurations")

    def _commit(self, booking: str, visit: NewVisit) -> tuple[str, bool]:
        """The appointment's id, and whether Boulevard warns that it collides."""
        _, first_provider = translate.to_write(visit.segments[0])
        variables = {
            "booking": booking,
            "staff": urn("Staff", self._book_with_staff_id or first_provider),
            "notify": self._notify_client_on_booking,
        }
        done = self._payload(
            self._graphql.write(queries.BOOKING_COMPLETE, variables, field="bookingComplete"), field="bookingComplete"
        )
        rows = done.get("bookingAppointments") or []
        if len(rows) != 1 or not isinstance(rows[0], dict) or not rows[0].get("appointmentId"):
            raise BadAnswer("bookingAppointments is not one appointment", vendor=VENDOR, operation="bookingComplete")
        return urn("Appointment", rows[0]["appointmentId"]), bool(_conflicts(done, operation="bookingComplete"))

    def _as_written(self, ref: str, visit: NewVisit, *, node: Any) -> PmsAppointment:
        """The visit as it stands on the calendar (`node`, or read now), or as it was asked for where it cannot be read:
        it stands anyway."""
        read = None if node is None else translate.visit(node, location=visit.location_ref)
        try:
            if read is None and (found := self._appointment(ref)) is not None:
                read = translate.visit(found, location=visit.location_ref)
        except VendorError as error:
            _log.warning("boulevard: the visit just written could not be read: %s", error)
        asked = translate.as_asked(ref, visit)
        if read is None:
            return asked
        if [(one.start, one.end) for one in read.segments] != [(one.start, one.end) for one in asked.segments]:
            _log.warning("boulevard: a visit was written with other times than asked for: %s", ref)
        return read

    def _leave_key(self, appointment_ref: str, key: str) -> Any:
        """An audit trail in the notes, answered with the visit as it then stands. None where it could not be left: that
        is only told, since the visit stands without it; and where the answer does not say enough."""
        try:
            changed = self._graphql.write(
                queries.ANNOTATE,
                {"id": appointment_ref, "notes": f"Chairflow {key}"},
                field="updateAppointment",
                smaller=queries.ANNOTATE_SURE,
            )
        except VendorError as error:
            _log.warning("boulevard: the booking key could not be left on the visit: %s", error)
            return None
        node = changed.get("appointment") if isinstance(changed, dict) else None
        return node if isinstance(node, dict) and "appointmentServices" in node else None

    # Helpers

    def _insist(self, operation: str, *, allowed: bool) -> None:
        if not allowed:
            raise Unsupported("it was not turned on for this account", vendor=VENDOR, operation=operation)

    def _clients(self, **which: Any) -> list[ClientRecord]:
        nodes = self._pages(queries.CLIENTS, which, field="clients", size=self._client_page_size)
        return [translate.client(node, marketing=None) for node in nodes if node is not None]

    def _appointment(self, ref: str) -> Any:
        variables = {"id": urn("Appointment", ref)}
        return self._graphql.read(queries.APPOINTMENT, variables, field="appointment", smaller=queries.APPOINTMENT_SURE)

    def _change(self, document: str, variables: Mapping[str, Any], *, field: str, smaller: str | None = None) -> None:
        with deadline(self._call_seconds):
            changed = self._graphql.write(document, variables, field=field, smaller=smaller)
        if not isinstance(changed, dict) or not changed.get("appointment"):
            # An unknown id answers null without an error.
            raise Refused("no such appointment", vendor=VENDOR, operation=field, code="NOT_FOUND")

    def _payload(self, payload: Any, *, field: str) -> dict[str, Any]:
        if not isinstance(payload, dict):
            raise BadAnswer(f"{field} is null", vendor=VENDOR, operation=field)
        return payload

    def _zone(self, location: str) -> str:
        if location not in self._zones:
            for node in self._pages(queries.LOCATIONS, {}, field="locations", size=self._page_size):
                if node is not None and node.get("id") and node.get("tz"):
                    self._zones[urn("Location", node["id"])] = node["tz"]
        if location not in self._zones:
            raise Refused("no such location", vendor=VENDOR, operation="locations", code="NOT_FOUND")
        return self._zones[location]

    def _visits(self, location: str, bounds: tuple[datetime, datetime]) -> tuple[list[PmsAppointment], list[PmsUnread]]:
        """Not filtered by staff: what `staffId` means for a visit of several services is not documented."""
        start, end = bounds
        window = {"location": location, "query": queries.starting_between(start - self._visit_lookback, end)}
        visits: list[PmsAppointment] = []
        unread: list[PmsUnread] = []
        for node in self._pages(
            queries.APPOINTMENTS,
            window,
            field="appointments",
            size=self._page_size,
            smaller=queries.APPOINTMENTS_SURE,
        ):
            if node is None:
                unread.append(translate.nothing("appointment"))
            elif (visit := translate.visit(node, location=location)) is not None:
                visits.append(visit)
            elif node.get("cancelled") is not True and node.get("state") != "CANCELLED":
                unread += translate.unread_visit(node)
        return visits, unread

    def _blocks(
        self, location: str, providers: tuple[str, ...], bounds: tuple[datetime, datetime]
    ) -> tuple[list[PmsBlock], list[PmsUnread]]:
        start, end = bounds
        recent = start - self._block_lookback
        queried = [queries.blocks_between(recent, end)]
        queried += [
            queries.blocks_between(start - self._leave_lookback, recent, staff=provider) for provider in providers
        ]
        blocks: list[PmsBlock] = []
        unread: list[PmsUnread] = []
        for query in queried:
            variables = {"location": location, "query": query}
            for node in self._pages(queries.TIMEBLOCKS, variables, field="timeblocks", size=self._block_page_size):
                if node is None:
                    unread.append(translate.nothing("block"))
                elif node.get("cancelled") is not True:
                    read = translate.block(node)
                    if isinstance(read, PmsBlock):
                        blocks.append(read)
                    else:
                        unread.append(read)
        return blocks, unread

    def _shift_rows(self, location: str, providers: tuple[str, ...], day: date) -> list[Any]:
        variables = {"location": location, "staff": providers, "start": day.isoformat(), "end": day.isoformat()}
        answer = self._graphql.read(queries.SHIFTS, variables, field="shifts")
        rows = answer.get("shifts") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise BadAnswer("shifts.shifts is missing", vendor=VENDOR, operation="shifts")
        return rows

    def _pages(
        self, document: str, variables: Mapping[str, Any], *, field: str, size: int, smaller: str | None = None
    ) -> Iterator[dict[str, Any] | None]:
        """All nodes of a connection, None for one that did not come. Half a list is worse than none, so a list without
        an end raises."""
        cursor: dict[str, Any] = {}
        for _ in range(self._max_pages):
            page = self._graphql.read(document, {**variables, "first": size, **cursor}, field=field, smaller=smaller)
            if not isinstance(page, dict) or not isinstance(page.get("pageInfo"), dict):
                raise BadAnswer(f"{field}.pageInfo is missing", vendor=VENDOR, operation=field)
            edges, more = page.get("edges"), page["pageInfo"].get("hasNextPage")
            if not isinstance(edges, list) or not isinstance(more, bool):
                raise BadAnswer(f"{field}.edges or hasNextPage is missing", vendor=VENDOR, operation=field)
            for edge in edges:
                node = edge.get("node") if isinstance(edge, dict) else None
                yield node if isinstance(node, dict) else None
            if not more:
                return
            after = page["pageInfo"].get("endCursor")
            if not after or after == cursor.get("after"):
                raise BadAnswer(f"{field} goes on without a new cursor", vendor=VENDOR, operation=field)
            cursor = {"after": after}
        raise BadAnswer(f"{field} goes on after {self._max_pages} pages", vendor=VENDOR, operation=field)


def _refuse_errors(errors: Any, *, operation: str) -> None:
    if errors:
        raise Refused("the draft is refused", vendor=VENDOR, operation=operation, code=_first_code(errors))


def _refuse(conflicts: list[str], *, operation: str) -> None:
    if conflicts:
        raise SlotTaken("Boulevard warns", vendor=VENDOR, operation=operation, code=conflicts[0])


def _conflicts(payload: Mapping[str, Any], *, operation: str) -> list[str]:
    """The warnings that mean a conflict: past them nobody at Boulevard would stop us. Others are noted."""
    codes = [_code(row) for row in payload.get("bookingWarnings") or ()]
    if noted := [code for code in codes if code not in CONFLICTS]:
        _log.info("boulevard: %s warns of what is no conflict: %s", operation, ", ".join(str(code) for code in noted))
    return [code for code in codes if code in CONFLICTS]


def _first_code(rows: Any) -> str | None:
    return _code(rows[0]) if isinstance(rows, list) and rows else None


def _code(row: Any) -> str | None:
    code = row.get("code") if isinstance(row, dict) else None
    return code.upper() if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else None
