"""Changes of the practice's calendar, whoever makes them: the API, or a person by hand.

Every change is noted in the ledger with the whole appointment as it stands after it, and told to the dialect, which
knows its webhooks. Nothing here forbids a double booking; a dialect whose API refuses one asks before it books.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sandboxes.common.ledger import Ledger
from sandboxes.practice.errors import Refused
from sandboxes.practice.overlaps import OccupancyHistory
from sandboxes.practice.records import (
    Appointment,
    Cancellation,
    Client,
    Location,
    Segment,
    Service,
    Shift,
    Staff,
    Timeblock,
)
from sandboxes.practice.screen_rules import Terms
from sandboxes.practice.store import Store
from sandboxes.practice.visit_scheduling import Wanted, lay_out, take_rooms, warnings


@dataclass(frozen=True)
class Actor:
    """Who did it: `by` is api, hand or seed; `who` a name where a person gave one."""

    by: str
    who: str | None = None


API = Actor("api")
SEED = Actor("seed")


@dataclass(frozen=True)
class Change:
    """One change, named as in the ledger; `retimed` and `restated` say whether a visit's start or state is another."""

    kind: str
    id: str
    retimed: bool = False
    restated: bool = False


Publish = Callable[[Change], None]
"""What a dialect does about a change; a seed's are not told."""


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

    def __init__(
        self, *, store: Store, ledger: Ledger, publish: Publish, now: Callable[[], datetime], terms: Terms
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._publish = publish
        self._now = now
        self._terms = terms
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
        if self._terms.one_service and len(wanted) > 1:
            raise Refused("A visit has one service here")
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
        warned = self._warnings(appointment, start_at, segments)
        take_rooms(self._store, appointment)
        self._store.appointments[appointment.id] = appointment
        self._note("appointment_booked", appointment, actor, warnings=warned)
        return appointment

    def move(
        self,
        actor: Actor,
        appointment: Appointment,
        *,
        start_at: datetime | None = None,
        staff: Staff | None = None,
        segment_id: str | None = None,
        duration: int | None = None,
        service: Service | None = None,
    ) -> Appointment:
        """Give a visit another start, or its segments (or one of them) another provider, length or service."""
        self._refuse_closed(appointment, "moved")
        before = {"start_at": appointment.start_at.isoformat(), "staff": [s.staff_id for s in appointment.segments]}
        retimed = start_at is not None and start_at != appointment.start_at
        segments = [
            replace(
                segment,
                staff_id=staff.id if staff else segment.staff_id,
                duration=duration or segment.duration,
                service_id=service.id if service else segment.service_id,
            )
            if segment_id in (None, segment.id)
            else segment
            for segment in appointment.segments
        ]
        warned = self._warnings(appointment, start_at or appointment.start_at, segments)
        appointment.start_at = start_at or appointment.start_at
        appointment.segments = segments
        take_rooms(self._store, appointment)
        self._note("appointment_moved", appointment, actor, retimed=retimed, before=before, warnings=warned)
        return appointment

    def cancel(self, actor: Actor, appointment: Appointment, *, reason: str, notes: str | None = None) -> Appointment:
        """Cancel with one of the practice's reasons; a no-show is a cancellation too."""
        self._refuse_closed(appointment, "cancelled")
        if reason not in self._terms.reasons:
            raise Refused(f"reason {reason!r} is not one of {', '.join(self._terms.reasons)}")
        before = appointment.state
        appointment.state = "CANCELLED"
        appointment.cancellation = Cancellation(reason=reason, notes=notes, cancelled_at=self._now())
        self._note("appointment_cancelled", appointment, actor, before={"state": before}, reason=reason, notes=notes)
        return appointment

    def uncancel(self, actor: Actor, appointment: Appointment) -> Appointment:
        """Take a cancellation back, as staff can by hand."""
        if not appointment.cancelled:
            raise Refused(f"Appointment is {appointment.state}, not CANCELLED")
        warned = self._warnings(appointment, appointment.start_at, appointment.segments)
        appointment.state = "BOOKED"
        appointment.cancellation = None
        take_rooms(self._store, appointment)
        self._note("appointment_uncancelled", appointment, actor, warnings=warned)
        return appointment

    def complete(self, actor: Actor, appointment: Appointment) -> Appointment:
        """Close a visit that took place, as the checkout in the vendor's screens does."""
        self._refuse_closed(appointment, "completed")
        before = appointment.state
        self._enter(appointment, "FINAL")
        self._note("appointment_completed", appointment, actor, before={"state": before})
        return appointment

    def delete(self, actor: Actor, appointment: Appointment) -> Appointment:
        """Take a visit out of the books, where the vendor's screens can."""
        if not self._terms.deletes:
            raise Refused("A visit cannot be deleted here, only cancelled")
        if appointment.deleted:
            raise Refused("Appointment is deleted already", code="CONFLICT")
        appointment.deleted = True
        self._note("appointment_deleted", appointment, actor)
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
        settable = self._terms.settable
        if state is not None and state not in settable:
            raise Refused(f"state cannot be set to {state}; settable are {', '.join(settable)}")
        if state is not None:
            self._refuse_closed(appointment, "updated")
        before = {"state": appointment.state, "notes": appointment.notes}
        self._enter(appointment, state or appointment.state)
        appointment.notes = appointment.notes if notes is None else notes
        appointment.custom_fields = appointment.custom_fields if custom_fields is None else custom_fields
        restated = appointment.state != before["state"]
        self._note("appointment_updated", appointment, actor, restated=restated, before=before, notes=appointment.notes)
        return appointment

    # Timeblocks, shifts, clients

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

    def change_timeblock(
        self,
        actor: Actor,
        block: Timeblock,
        *,
        start_at: datetime,
        duration: int,
        staff: Staff | None,
        title: str | None,
    ) -> Timeblock:
        """Give a block another time, person or title."""
        if duration <= 0:
            raise Refused("duration must be positive")
        block.start_at, block.duration, block.title = start_at, duration, title
        block.staff_id = staff.id if staff else None
        self._note_block("timeblock_changed", block, actor)
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
        self._tell(actor, Change("client_created", client.id))
        return client

    def change_client(self, actor: Actor, client: Client, changes: dict[str, Any]) -> Client:
        """Set some of a client's fields."""
        for name, value in changes.items():
            setattr(client, name, value)
        client.updated_at = self._now()
        self._ledger.add("client_updated", by=actor.by, who=actor.who, client=client.id, fields=sorted(changes))
        self._tell(actor, Change("client_updated", client.id))
        return client

    # Notes in the ledger

    def _note(
        self,
        kind: str,
        appointment: Appointment,
        actor: Actor,
        *,
        retimed: bool = False,
        restated: bool = False,
        **more: Any,
    ) -> None:
        if kind != "appointment_booked":
            appointment.updated_at = self._now()
        entry = self._ledger.add(kind, **{"by": actor.by, "who": actor.who, **snapshot(appointment), **more})
        self.history.note(appointment, entry)
        self._tell(actor, Change(kind, appointment.id, retimed=retimed, restated=restated))

    def _tell(self, actor: Actor, change: Change) -> None:
        if actor.by != "seed":
            self._publish(change)

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

    def _warnings(self, appointment: Appointment, start_at: datetime, segments: Sequence[Segment]) -> list[str]:
        """The codes of what the visit would collide with at this start, with these segments."""
        found = warnings(self._store, appointment.location_id, start_at, segments, besides=appointment.id)
        return [warning.code for warning in found]

    def _enter(self, appointment: Appointment, state: str) -> None:
        appointment.state = state
        if state != "CANCELLED":
            appointment.cancellation = None
        if state in ("ARRIVED", "ACTIVE", "FINAL") and appointment.arrived_at is None:
            appointment.arrived_at = self._now()

    def _refuse_closed(self, appointment: Appointment, verb: str) -> None:
        if appointment.deleted:
            raise Refused(f"Appointment is deleted and cannot be {verb}", code="CONFLICT")
        if appointment.state in self._terms.closed:
            raise Refused(f"Appointment is {appointment.state} and cannot be {verb}", code="CONFLICT")


def snapshot(appointment: Appointment) -> dict[str, Any]:
    """An appointment as the ledger and the control API show it: stored ids, instants in UTC."""
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
