"""Times to which an appointment can be moved: its providers' shifts, less blocks and other visits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandboxes.boulevard.ids import accept
from sandboxes.practice.calendar import API, Calendar
from sandboxes.practice.errors import Refused, UnknownId
from sandboxes.practice.records import Appointment
from sandboxes.practice.store import Store, overlap

_LONGEST_SEARCH = timedelta(days=62)


@dataclass
class BookableTime:
    """What an opaque bookableTimeId stands for."""

    appointment_id: str
    start_at: datetime


@dataclass
class Rescheduling:
    """The three reschedule operations. A time is offered with an opaque id that cannot be built by hand."""

    store: Store
    calendar: Calendar
    slot_minutes: int
    bookable_times: dict[str, BookableTime] = field(default_factory=dict)

    def dates(self, appointment_id: str, lower: date, upper: date, tz: str | None) -> list[date]:
        """The dates of the range, both ends included, on which the whole visit fits somewhere."""
        appointment = self._movable(appointment_id)
        if upper < lower or upper - lower > _LONGEST_SEARCH:
            raise Refused(f"The search range must run forward over at most {_LONGEST_SEARCH.days} days")
        days = [lower + timedelta(days=number) for number in range((upper - lower).days + 1)]
        return [day for day in days if self._starts(appointment, day, self._zone(appointment, tz))]

    def times(self, appointment_id: str, day: date, tz: str | None) -> list[tuple[str, datetime]]:
        """Bookable time ids with the visit's new start, in the zone asked for."""
        appointment = self._movable(appointment_id)
        zone = self._zone(appointment, tz)
        offered = []
        for start in self._starts(appointment, day, zone):
            bookable_time_id = self.store.new_id()
            self.bookable_times[bookable_time_id] = BookableTime(appointment.id, start)
            offered.append((bookable_time_id, start.astimezone(zone)))
        return offered

    def move(self, appointment_id: str, bookable_time_id: str) -> Appointment:
        """Move to an offered time; refused when somebody took it since it was offered."""
        appointment = self._movable(appointment_id)
        chosen = self.bookable_times.get(accept("BookableTime", bookable_time_id))
        if chosen is None or chosen.appointment_id != appointment.id:
            raise UnknownId("BookableTime", bookable_time_id)
        if not self._fits(appointment, chosen.start_at):
            raise Refused("The selected time is no longer available", code="CONFLICT")
        return self.calendar.move(API, appointment, start_at=chosen.start_at)

    def _movable(self, appointment_id: str) -> Appointment:
        appointment = self.store.appointment(appointment_id)
        if appointment.state in ("CANCELLED", "FINAL"):
            raise Refused(f"Appointment is {appointment.state} and cannot be moved", code="CONFLICT")
        return appointment

    def _zone(self, appointment: Appointment, tz: str | None) -> ZoneInfo:
        try:
            return ZoneInfo(tz or self.store.locations[appointment.location_id].tz)
        except (ZoneInfoNotFoundError, ValueError):
            raise Refused(f"tz {tz!r} is not an IANA zone") from None

    def _starts(self, appointment: Appointment, day: date, zone: ZoneInfo) -> list[datetime]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        start, end = midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()
        step = self.slot_minutes * 60
        instants = [datetime.fromtimestamp(at, zone) for at in range(int(start), int(end), step)]
        return [instant for instant in instants if self._fits(appointment, instant)]

    def _fits(self, appointment: Appointment, start: datetime) -> bool:
        for segment in appointment.segments:
            begins = start + timedelta(minutes=segment.offset)
            ends = begins + timedelta(minutes=segment.total)
            if not self._works(segment.staff_id, appointment.location_id, begins, ends):
                return False
            if self.store.busy(segment.staff_id, begins, ends, besides=appointment.id):
                return False
        return True

    def _works(self, staff_id: str, location_id: str, begins: datetime, ends: datetime) -> bool:
        location = self.store.locations[location_id]
        day = location.wall(begins).date()
        today = [
            (shift.available, *shift.range_on(day, location))
            for shift in self.store.shifts.values()
            if (shift.staff_id, shift.location_id) == (staff_id, location_id) and shift.falls_on(day)
        ]
        return any(opens <= begins and ends <= closes for available, opens, closes in today if available) and not any(
            overlap((opens, closes), (begins, ends)) for available, opens, closes in today if not available
        )
