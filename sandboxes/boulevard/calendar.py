"""Changes of the practice's calendar, whoever makes them: the API, or a person by hand.

Every change is noted in the ledger with the whole appointment as it stands after it, and told to the webhooks that
want it. Nothing here forbids a double booking: like the real product, this one only warns (see `warnings`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sandboxes.boulevard.errors import Refused
from sandboxes.boulevard.overlaps import OccupancyHistory
from sandboxes.boulevard.records import (
    CANCELLATION_REASONS,
    Appointment,
    Cancellation,
    Client,
    Location,
    Shift,
    Staff,
    Timeblock,
)
from sandboxes.boulevard.store import Store
from sandboxes.boulevard.visits import Wanted, lay_out, take_rooms, warnings
from sandboxes.common.ledger import Entry, Ledger

SETTABLE_STATES = ("BOOKED", "CONFIRMED", "ARRIVED", "ACTIVE")
_EVENT_OF_STATE = {
    "CONFIRMED": "APPOINTMENT_CONFIRMED",
    "ARRIVED": "APPOINTMENT_ARRIVED",
    "ACTIVE": "APPOINTMENT_ACTIVE",
}


@dataclass(frozen=True)
class Actor:
    """Who did it: `by` is api, hand or seed; `who` a name where a person gave one."""

    by: str
    who: str | None = None


API = Actor("api")
SEED = Actor("seed")

Publish = Callable[[str, str, str], None]
"""Event type, kind of record, bare id."""


@dataclass(frozen=True)
class Weekly:
    """When a template means a date; 0 is Sunday."""

    weekday: int
    begins: date | None = None
    ends: date | None = None
    every_weeks: int = 1

    @classmethod
    def once(cls, day: date) -> Weekly:
        return cls(day.isoweekday() % 7, day, day)


class Calendar:
    """The only place where the practice's records change."""

    def __init__(self, *, store: Store, ledger: Ledger, publish: Publish, now: Callable[[], datetime]) -> None:
        self._store = store
        self._ledger = ledger
        self._publish = publish
        self._now = now
        self.history = OccupancyHistory()

    # Appointments

    def book(
        self,
        actor: Actor,
        *,
        location: Location,
        client: Client,
        start_at: datetime,
        wanted: Sequence[Wanted],
        booked_by_type: str = "STAFF",
        notes: str | None = None,
        state: str = "BOOKED",
        appointment_id: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Appointment:
        """Put a visit on the calendar, its services one after another, and return it."""
        if not wanted:
            raise Refused("A booking needs at least one service")
        if appointment_id in self._store.appointments:
            raise Refused(f"Appointment {appointment_id} exists already")
        segments = lay_out(wanted, self._store)
        appointment = Appointment(
            id=appointment_id or self._store.new_id(),
            location_id=location.id,
            client_id=client.id,
            start_at=start_at,
            segments=segments,
            created_at=self._now(),
            booked_by_type=booked_by_type,
            notes=notes,
            state=state,
            cancellation=cancellation,
        )
        warned = warnings(self._store, location.id, start_at, segments)
        take_rooms(self._store, appointment)
        self._store.appointments[appointment.id] = appointment
        self._note("appointment_booked", appointment, actor, warnings=[warning.code for warning in warned])
        if actor.by != "seed":
            self._publish("APPOINTMENT_CREATED", "Appointment", appointment.id)
        return appointment

    def move(
        self,
        actor: Actor,
        appointment: Appointment,
        *,
        start_at: datetime | None = None,
        staff: Staff | None = None,
        segment_id: str | None = None,
    ) -> Appointment:
        """Give a visit another start, or its segments (or one of them) another provider."""
        self._refuse_closed(appointment, "moved")
        before = {"start_at": appointment.start_at.isoformat(), "staff": [s.staff_id for s in appointment.segments]}
        moved = start_at is not None and start_at != appointment.start_at
        segments = [
            replace(segment, staff_id=staff.id) if staff and segment_id in (None, segment.id) else segment
            for segment in appointment.segments
        ]
        warned = warnings(
            self._store, appointment.location_id, start_at or appointment.start_at, segments, besides=appointment.id
        )
        appointment.start_at = start_at or appointment.start_at
        appointment.segments = segments
        take_rooms(self._store, appointment)
        codes = [warning.code for warning in warned]
        self._note("appointment_moved", appointment, actor, before=before, warnings=codes)
        self._publish("APPOINTMENT_RESCHEDULED" if moved else "APPOINTMENT_UPDATED", "Appointment", appointment.id)
        return appointment

    def cancel(self, actor: Actor, appointment: Appointment, *, reason: str, notes: str | None = None) -> Appointment:
        """Cancel with one of the vendor's reasons; a no-show is a cancellation too."""
        self._refuse_closed(appointment, "cancelled")
        if reason not in CANCELLATION_REASONS:
            raise Refused(f"reason {reason!r} is not one of {', '.join(CANCELLATION_REASONS)}")
        before = appointment.state
        appointment.state = "CANCELLED"
        appointment.cancellation = Cancellation(reason=reason, notes=notes, cancelled_at=self._now())
        self._note("appointment_cancelled", appointment, actor, before={"state": before}, reason=reason, notes=notes)
        self._publish("APPOINTMENT_CANCELLED", "Appointment", appointment.id)
        return appointment

    def uncancel(self, actor: Actor, appointment: Appointment) -> Appointment:
        """Take a cancellation back, as staff can by hand; there is no event of its own for it."""
        if not appointment.cancelled:
            raise Refused(f"Appointment is {appointment.state}, not CANCELLED")
        warned = warnings(
            self._store, appointment.location_id, appointment.start_at, appointment.segments, besides=appointment.id
        )
        appointment.state = "BOOKED"
        appointment.cancellation = None
        take_rooms(self._store, appointment)
        self._note("appointment_uncancelled", appointment, actor, warnings=[warning.code for warning in warned])
        self._publish("APPOINTMENT_UPDATED", "Appointment", appointment.id)
        return appointment

    def complete(self, actor: Actor, appointment: Appointment) -> Appointment:
        """Close a visit as the checkout in the dashboard does; the API has no way to."""
        self._refuse_closed(appointment, "completed")
        before = appointment.state
        appointment.state = "FINAL"
        self._note("appointment_completed", appointment, actor, before={"state": before})
        self._publish("APPOINTMENT_COMPLETED", "Appointment", appointment.id)
        return appointment

    def update(
        self,
        actor: Actor,
        appointment: Appointment,
        *,
        state: str | None = None,
        notes: str | None = None,
        custom_fields: Any = None,
    ) -> Appointment:
        """Set state, notes or custom fields; FINAL and CANCELLED cannot be set this way."""
        if state is not None and state not in SETTABLE_STATES:
            raise Refused(f"state cannot be set to {state}; settable are {', '.join(SETTABLE_STATES)}")
        if state is not None:
            self._refuse_closed(appointment, "updated")
        before = {"state": appointment.state, "notes": appointment.notes}
        appointment.state = state or appointment.state
        appointment.notes = appointment.notes if notes is None else notes
        appointment.custom_fields = appointment.custom_fields if custom_fields is None else custom_fields
        self._note("appointment_updated", appointment, actor, before=before, notes=appointment.notes)
        changed = appointment.state != before["state"]
        event = _EVENT_OF_STATE.get(appointment.state, "APPOINTMENT_UPDATED") if changed else "APPOINTMENT_UPDATED"
        self._publish(event, "Appointment", appointment.id)
        return appointment

    # Timeblocks, shifts, clients: none of them but clients has an event in the vendor's list

    def add_timeblock(
        self,
        actor: Actor,
        *,
        location: Location,
        staff: Staff | None,
        start_at: datetime,
        duration: int,
        title: str | None = None,
        reason: str | None = None,
        timeblock_id: str | None = None,
    ) -> Timeblock:
        """Block a provider's time once, or everybody's."""
        if duration <= 0:
            raise Refused("duration must be positive")
        block = Timeblock(
            id=timeblock_id or self._store.new_id(),
            location_id=location.id,
            staff_id=staff.id if staff else None,
            start_at=start_at,
            duration=duration,
            created_at=self._now(),
            title=title,
            reason=reason,
        )
        self._store.timeblocks[block.id] = block
        self._note_block("timeblock_added", block, actor)
        return block

    def remove_timeblock(self, actor: Actor, block: Timeblock) -> Timeblock:
        """Take a block away; it stays readable as cancelled."""
        if block.cancelled:
            raise Refused("Timeblock is removed already")
        block.cancelled = True
        self._note_block("timeblock_removed", block, actor)
        return block

    def put_shift(
        self,
        actor: Actor,
        *,
        location: Location,
        staff: Staff | None,
        when: date | Weekly,
        clock_in: time,
        clock_out: time,
        available: bool = True,
        unavailable_reason: str | None = None,
        instead: bool = False,
    ) -> Shift:
        """Add a stretch of work, on one date or weekly; with `instead` it replaces what the person had at this location
        on that date."""
        if clock_in >= clock_out != time.min:
            raise Refused("clockOut must be later than clockIn")
        weekly = Weekly.once(when) if isinstance(when, date) else when
        if instead:
            if staff is None or not isinstance(when, date):
                raise Refused("only a person's date can be replaced")
            self._clear(location, staff, when)
        shift = Shift(
            id=self._store.new_id(),
            location_id=location.id,
            staff_id=staff.id if staff else None,
            weekday=weekly.weekday,
            clock_in=clock_in,
            clock_out=clock_out,
            begins=weekly.begins,
            ends=weekly.ends,
            every_weeks=weekly.every_weeks,
            available=available,
            unavailable_reason=unavailable_reason,
        )
        self._store.shifts[shift.id] = shift
        self._ledger.add(
            "shift_changed" if instead else "shift_added",
            by=actor.by,
            who=actor.who,
            location=location.id,
            staff=shift.staff_id,
            weekday=shift.weekday,
            begins=shift.begins and shift.begins.isoformat(),
            ends=shift.ends and shift.ends.isoformat(),
            clock_in=clock_in.isoformat(),
            clock_out=clock_out.isoformat(),
            available=available,
        )
        return shift

    def _clear(self, location: Location, staff: Staff, day: date) -> None:
        """End the person's templates before a date and let them go on after it."""
        for shift in list(self._store.shifts.values()):
            if (shift.staff_id, shift.location_id) != (staff.id, location.id) or not shift.falls_on(day):
                continue
            del self._store.shifts[shift.id]
            following = day + timedelta(weeks=shift.every_weeks)
            for begins, ends in ((shift.begins, day - timedelta(days=1)), (following, shift.ends)):
                if begins is None or ends is None or begins <= ends:
                    part = replace(shift, id=self._store.new_id(), begins=begins, ends=ends)
                    self._store.shifts[part.id] = part

    def add_client(self, actor: Actor, client: Client) -> Client:
        """Enter a new client."""
        self._store.clients[client.id] = client
        self._ledger.add("client_created", by=actor.by, who=actor.who, client=client.id)
        if actor.by != "seed":
            self._publish("CLIENT_CREATED", "Client", client.id)
        return client

    def change_client(self, actor: Actor, client: Client, changes: dict[str, Any]) -> Client:
        """Set some of a client's fields."""
        for name, value in changes.items():
            setattr(client, name, value)
        client.updated_at = self._now()
        self._ledger.add("client_updated", by=actor.by, who=actor.who, client=client.id, fields=sorted(changes))
        self._publish("CLIENT_UPDATED", "Client", client.id)
        return client

    # Notes in the ledger

    def _note(self, kind: str, appointment: Appointment, actor: Actor, **more: Any) -> Entry:
        entry = self._ledger.add(kind, **{"by": actor.by, "who": actor.who, **snapshot(appointment), **more})
        self.history.note(appointment, entry)
        return entry

    def _note_block(self, kind: str, block: Timeblock, actor: Actor) -> None:
        self._ledger.add(
            kind,
            by=actor.by,
            who=actor.who,
            timeblock=block.id,
            location=block.location_id,
            staff=block.staff_id,
            start_at=block.start_at.isoformat(),
            end_at=block.end_at.isoformat(),
        )

    def _refuse_closed(self, appointment: Appointment, verb: str) -> None:
        if appointment.state in ("CANCELLED", "FINAL"):
            raise Refused(f"Appointment is {appointment.state} and cannot be {verb}", code="CONFLICT")


def snapshot(appointment: Appointment) -> dict[str, Any]:
    """An appointment as the ledger and the control API show it: bare ids, instants in UTC."""
    segments = []
    for segment in appointment.segments:
        start, end = appointment.range_of(segment)
        segments.append(
            {
                "id": segment.id,
                "service": segment.service_id,
                "staff": segment.staff_id,
                "room": segment.room,
                "price": segment.price,
                "start_at": start.isoformat(),
                "end_at": end.isoformat(),
            }
        )
    return {
        "appointment": appointment.id,
        "location": appointment.location_id,
        "client": appointment.client_id,
        "state": appointment.state,
        "start_at": appointment.start_at.isoformat(),
        "end_at": appointment.end_at.isoformat(),
        "segments": segments,
    }
