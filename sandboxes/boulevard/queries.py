"""The root fields of `Query`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sandboxes.boulevard import dsl
from sandboxes.boulevard.ids import accept, urn
from sandboxes.boulevard.views import View, Views
from sandboxes.practice.errors import Refused
from sandboxes.practice.records import Appointment, Timeblock
from sandboxes.practice.store import Store, by_start

RecordT = TypeVar("RecordT")


@dataclass
class Queries:
    """Reads; an unknown id gives null without an error, as the vendor does."""

    store: Store
    views: Views
    default_page_size: int

    def fields(self) -> Mapping[str, Callable[..., Any]]:
        """The resolvers by field name."""
        return {
            "locations": lambda info, **page: self._page(self.store.locations.values(), self.views.location, **page),
            "services": lambda info, **page: self._page(self.store.services.values(), self.views.service, **page),
            "staff": lambda info, **page: self._page(self.store.staff.values(), self.views.staff, **page),
            "appointments": self.appointments,
            "appointment": self.appointment,
            "clients": self.clients,
            "client": self.client,
            "shifts": self.shifts,
            "timeblocks": self.timeblocks,
        }

    def appointment(self, info: Any, *, id: str) -> View | None:  # noqa: A002 - the schema's argument
        found = self.store.appointments.get(accept("Appointment", id))
        return self.views.appointment(found) if found else None

    def client(self, info: Any, *, id: str) -> View | None:  # noqa: A002 - the schema's argument
        found = self.store.clients.get(accept("Client", id))
        return self.views.client(found) if found else None

    def clients(self, info: Any, *, emails: list[str] | None = None, **page: Any) -> View:
        wanted = None if emails is None else {email.casefold() for email in emails}
        rows = [
            client
            for client in self.store.clients.values()
            if wanted is None or (client.email or "").casefold() in wanted
        ]
        return self._page(rows, self.views.client, **page)

    def appointments(
        self,
        info: Any,
        *,
        locationId: str,  # noqa: N803 - the schema's arguments
        query: str | None = None,
        clientId: str | None = None,  # noqa: N803
        **page: Any,
    ) -> View | None:
        conditions = dsl.parse(query)
        location = self.store.locations.get(accept("Location", locationId))
        if location is None:
            return None
        client_id = None if clientId is None else accept("Client", clientId)
        rows = [
            appointment
            for appointment in by_start(self.store.appointments.values())
            if appointment.location_id == location.id
            and client_id in (None, appointment.client_id)
            and _passes(conditions, _appointment_facts(appointment))
        ]
        return self._page(rows, self.views.appointment, **page)

    def timeblocks(
        self,
        info: Any,
        *,
        locationId: str,  # noqa: N803 - the schema's argument
        query: str | None = None,
        **page: Any,
    ) -> View | None:
        conditions = dsl.parse(query)
        location = self.store.locations.get(accept("Location", locationId))
        if location is None:
            return None
        rows = [
            block
            for block in sorted(self.store.timeblocks.values(), key=lambda block: (block.start_at, block.id))
            if block.location_id == location.id and _passes(conditions, _timeblock_facts(block))
        ]
        return self._page(rows, self.views.timeblock, **page)

    def shifts(
        self,
        info: Any,
        *,
        locationId: str,  # noqa: N803 - the schema's arguments
        startIso8601: date,  # noqa: N803 - the schema's argument
        endIso8601: date,  # noqa: N803 - the schema's argument
        staffIds: list[str] | None = None,  # noqa: N803 - the schema's argument
    ) -> View | None:
        """Every template of these people, whatever dates are asked for. A person is named by the URN alone."""
        location = self.store.locations.get(accept("Location", locationId))
        if location is None:
            return None
        if endIso8601 < startIso8601:
            raise Refused("endIso8601 lies before startIso8601")
        rows = [
            shift
            for shift in sorted(self.store.shifts.values(), key=lambda shift: (shift.weekday, shift.clock_in))
            if shift.location_id == location.id
            and (staffIds is None or shift.staff_id is None or urn("Staff", shift.staff_id) in staffIds)
        ]
        return {"shifts": [self.views.shift(shift) for shift in rows]}

    def _page(
        self,
        rows: Iterable[RecordT],
        view: Callable[[RecordT], View],
        *,
        first: int | None = None,
        after: str | None = None,
    ) -> View:
        size = self.default_page_size if first is None else first
        if size < 0:
            raise Refused("first cannot be negative")
        remaining = list(rows)
        start = 0 if after is None else _position(after) + 1
        taken = list(enumerate(remaining))[start : start + size]
        return {
            "edges": [{"cursor": _cursor(position), "node": view(row)} for position, row in taken],
            "pageInfo": {
                "hasNextPage": start + size < len(remaining),
                "endCursor": _cursor(taken[-1][0]) if taken else None,
            },
        }


def _cursor(position: int) -> str:
    return base64.b64encode(f"row:{position}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        label, _, position = base64.b64decode(cursor, validate=True).decode().partition(":")
        if label == "row":
            return int(position)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refused(f"after: {cursor!r} is not a cursor of this connection") from None
    raise Refused(f"after: {cursor!r} is not a cursor of this connection")


def _passes(conditions: Iterable[dsl.Condition], facts: Mapping[str, Any]) -> bool:
    return all(condition.holds(facts) for condition in conditions)


def _appointment_facts(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": appointment.id,
        "startAt": appointment.start_at,
        "createdAt": appointment.created_at,
        "cancelled": appointment.cancelled,
        "staffId": {segment.staff_id for segment in appointment.segments},
    }


def _timeblock_facts(block: Timeblock) -> dict[str, Any]:
    return {
        "id": block.id,
        "startAt": block.start_at,
        "createdAt": block.created_at,
        "cancelled": block.cancelled,
        "staffId": {block.staff_id},
    }
