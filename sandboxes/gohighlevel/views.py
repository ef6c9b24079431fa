"""Records as the vendor's API shows them. A calendar is a service, a user is a provider, a contact is a client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandboxes.gohighlevel.config import GoHighLevelConfig
from sandboxes.practice.records import Appointment, Client, Location, Service, Shift, Staff, Timeblock
from sandboxes.practice.store import Store

View = dict[str, Any]

API_SOURCE = "third_party"
CHANNELS = ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")
_REASON_OF_STATUS = {"cancelled": "CLIENT_CANCEL", "noshow": "NO_SHOW", "invalid": "VOIDED"}
_STATUS_OF_REASON = {"NO_SHOW": "noshow", "VOIDED": "invalid", "MISTAKE": "invalid"}
_STATUS_OF_STATE = {"RESERVED": "new", "BOOKED": "new", "CONFIRMED": "confirmed"}


def reason_of(status: str) -> str | None:
    """The practice's reason for a status that takes a visit off the calendar."""
    return _REASON_OF_STATUS.get(status)


@dataclass
class Views:
    """Needs the store for what records point at; `dnd` holds the settings an API call made."""

    store: Store
    config: GoHighLevelConfig
    dnd: dict[str, View] = field(default_factory=dict)

    def _odd(self, record_id: str, view: View) -> View:
        return {**view, **self.store.odd.get(record_id, {})}

    def status(self, visit: Appointment) -> str:
        if visit.cancelled:
            return _STATUS_OF_REASON.get(visit.cancellation.reason if visit.cancellation else "", "cancelled")
        return _STATUS_OF_STATE.get(visit.state, self.config.completed_status)

    def times(self, visit: Appointment) -> tuple[datetime, datetime]:
        """Start and end in the location's zone, without the time kept free behind it."""
        location = self.store.locations[visit.location_id]
        [segment] = visit.segments
        start, _ = visit.range_of(segment)
        return location.wall(start), location.wall(start + timedelta(minutes=segment.duration))

    def event(self, visit: Appointment) -> View:
        """A visit as the calendars' calls show it; `present` leaves out what the operation does not have."""
        [segment] = visit.segments
        start, end = self.times(visit)
        more = visit.custom_fields or {}
        view: View = {
            "id": visit.id,
            "address": more.get("address") or "",
            "title": more.get("title") or self.store.services[segment.service_id].name,
            "calendarId": segment.service_id,
            "locationId": visit.location_id,
            "contactId": visit.client_id,
            "groupId": self.config.group_id,
            "appointmentStatus": self.status(visit),
            "assignedUserId": segment.staff_id,
            "users": [],
            "notes": visit.notes or "",
            "description": more.get("description") or "",
            "isRecurring": False,
            "deleted": visit.deleted,
            "startTime": start.isoformat(),
            "endTime": end.isoformat(),
            "dateAdded": stamp(visit.created_at),
            "dateUpdated": stamp(visit.updated_at or visit.created_at),
            "assignedResources": [],
            "createdBy": {"source": source_of(visit)},
            "meetingLocationType": more.get("meetingLocationType") or "custom",
        }
        return self._odd(visit.id, view)

    def event_of_contact(self, visit: Appointment) -> View:
        """A visit as a contact's list shows it: local times, without an offset."""
        start, end = self.times(visit)
        view = self.event(visit)
        return {
            **view,
            "status": "booked",
            "startTime": f"{start:%Y-%m-%d %H:%M:%S}",
            "endTime": f"{end:%Y-%m-%d %H:%M:%S}",
        }

    def webhook(self, visit: Appointment) -> View:
        """A visit as an event carries it."""
        named = ("id", "address", "title", "calendarId", "contactId", "groupId", "appointmentStatus", "assignedUserId")
        view = self.event(visit)
        carried = {name: view[name] for name in (*named, "users", "notes", "startTime", "endTime")}
        return {
            **carried,
            "source": source_of(visit),
            "dateAdded": view["dateAdded"],
            "dateUpdated": view["dateUpdated"],
        }

    def block(self, block: Timeblock, calendar_id: str | None) -> View:
        """A block as both its own answer and the list of blocked slots show it; there is no contact, so it is empty."""
        location = self.store.locations[block.location_id]
        view = {
            "id": block.id,
            "title": block.title or block.reason or "",
            "locationId": block.location_id,
            "calendarId": calendar_id or "",
            "contactId": "",
            "groupId": "",
            "appointmentStatus": "",
            "assignedUserId": block.staff_id or "",
            "users": [],
            "isRecurring": False,
            "startTime": location.wall(block.start_at).isoformat(),
            "endTime": location.wall(block.end_at).isoformat(),
            "dateAdded": stamp(block.created_at),
            "dateUpdated": stamp(block.created_at),
        }
        return self._odd(block.id, view)

    def members(self, service: Service) -> list[Staff]:
        """Who gives a service."""
        everybody = self.store.staff.values()
        return [each for each in everybody if each.service_ids is None or service.id in each.service_ids]

    def calendar(self, service: Service, location: Location) -> View:
        members = self.members(service)
        shifts = [
            shift
            for shift in self.store.shifts.values()
            if shift.location_id == location.id
            and shift.available
            and (shift.staff_id is None or shift.staff_id in {each.id for each in members})
        ]
        dated = [shift for shift in shifts if shift.begins is not None and shift.begins == shift.ends]
        weekly = [shift for shift in shifts if shift not in dated]
        view = {
            "id": service.id,
            "isActive": True,
            "locationId": location.id,
            "groupId": self.config.group_id,
            "teamMembers": [
                {"userId": each.id, "priority": 0.5, "isPrimary": number == 0} for number, each in enumerate(members)
            ],
            "eventType": "RoundRobin_OptimizeForAvailability",
            "name": service.name,
            "calendarType": "round_robin",
            "slotDuration": service.default_duration,
            "slotDurationUnit": "mins",
            "slotInterval": self.config.slot_interval_minutes,
            "slotIntervalUnit": "mins",
            "slotBuffer": service.clean_up,
            "slotBufferUnit": "mins",
            "appoinmentPerSlot": 1,
            "openHours": [
                {"daysOfTheWeek": [day], "hours": _hours(shift for shift in weekly if shift.weekday == day)}
                for day in sorted({shift.weekday for shift in weekly})
            ],
            "availabilities": [
                {"date": day.isoformat(), "hours": _hours(shift for shift in dated if shift.begins == day)}
                for day in sorted({shift.begins for shift in dated if shift.begins})
            ],
            "autoConfirm": self.config.auto_confirm,
            "allowReschedule": True,
            "allowCancellation": True,
            "notes": service.description or "",
        }
        return self._odd(service.id, view)

    def user(self, staff: Staff) -> View:
        view = {
            "id": staff.id,
            "name": staff.name,
            "firstName": staff.first_name,
            "lastName": staff.last_name,
            "email": staff.email or "",
            "phone": staff.mobile_phone or "",
            "roles": {"type": "account", "role": "user", "locationIds": list(self.store.locations)},
            "deleted": False,
        }
        return self._odd(staff.id, view)

    def location(self, location: Location) -> View:
        address = location.address or {}
        view = {
            "id": location.id,
            "companyId": self.config.company_id,
            "name": location.name,
            "address": address.get("line1", ""),
            "city": address.get("city", ""),
            "state": address.get("state", ""),
            "postalCode": address.get("zip", ""),
            "timezone": location.tz,
            "email": location.contact_email or "",
            "phone": location.phone_number or "",
            "settings": {"allowDuplicateContact": self.config.allow_duplicate_contact},
        }
        return self._odd(location.id, view)

    def settings_of(self, client: Client) -> View:
        """Do-not-disturb by channel: what a call has set, else what the seed's consents say."""
        if client.id in self.dnd:
            return self.dnd[client.id]
        said = [row for row in client.marketing_settings if row.get("type") == "APPOINTMENT"]
        blocked = {
            "SMS": any(row.get("sms") is False for row in said),
            "Email": any(row.get("email") is False for row in said),
        }
        return {name: {"status": "active" if blocked.get(name) else "inactive"} for name in CHANNELS}

    def contact(self, client: Client, location_id: str) -> View:
        settings = self.settings_of(client)
        view = {
            "id": client.id,
            "name": client.name,
            "locationId": location_id,
            "firstName": client.first_name,
            "lastName": client.last_name,
            "tags": list(client.tags),
            "dnd": all(settings.get(name, {}).get("status") in ("active", "permanent") for name in CHANNELS),
            "dndSettings": settings,
            "type": "lead",
            "dateAdded": stamp(client.created_at),
            "dateUpdated": stamp(client.updated_at),
            "customFields": [],
            "firstNameLowerCase": client.first_name.lower(),
            "lastNameLowerCase": client.last_name.lower(),
            "fullNameLowerCase": client.name.lower(),
        }
        if client.email:
            view |= {"email": client.email, "emailLowerCase": client.email.lower()}
        if client.mobile_phone:
            view["phone"] = client.mobile_phone
        if client.dob:
            view["dateOfBirth"] = f"{client.dob.isoformat()}T00:00:00.000Z"
        return self._odd(client.id, view)


def source_of(visit: Appointment) -> str:
    """Where a visit came from; the values are made up, the vendor lists none."""
    return API_SOURCE if visit.booked_by_type == API_SOURCE else "calendar_page"


def stamp(moment: datetime) -> str:
    """An instant as the vendor writes when something was added or changed."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _hours(shifts: Iterable[Shift]) -> list[View]:
    spans = sorted({(shift.clock_in, shift.clock_out) for shift in shifts})
    return [
        {
            "openHour": opens.hour,
            "openMinute": opens.minute,
            "closeHour": closes.hour or 24 if closes <= opens else closes.hour,
            "closeMinute": closes.minute,
        }
        for opens, closes in spans
    ]
