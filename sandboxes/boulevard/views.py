"""Records as the schema's types: URNs for ids, camel case, linked objects behind callables so that cycles end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sandboxes.boulevard.drafts import Draft, DraftService
from sandboxes.boulevard.ids import urn
from sandboxes.practice.errors import Refused
from sandboxes.practice.records import (
    Appointment,
    Client,
    Location,
    Segment,
    Service,
    Shift,
    Staff,
    Timeblock,
    Warned,
)
from sandboxes.practice.store import Store

View = dict[str, Any]

_MESSAGES = {
    "STAFF_DOUBLE_BOOKED": "Appointment is double booked",
    "RESOURCE_DOUBLE_BOOKED": "Resource is double booked",
    "STAFF_DOES_NOT_PERFORM_SERVICE": "Staff member does not perform this service",
}


def _failing(message: str) -> Callable[..., Any]:
    def fail(info: Any) -> None:
        raise Refused(message, code="INTERNAL_SERVER_ERROR")

    return fail


def _later(make: Callable[[], Any]) -> Callable[..., Any]:
    """A field that is made when it is asked for."""
    return lambda info: make()


@dataclass
class Views:
    """Needs the store for what records point at."""

    store: Store

    def _odd(self, record_id: str, view: View) -> View:
        """A view as a live tenant might have it: fields that read like something else, or fail."""
        for name, value in self.store.odd.get(record_id, {}).items():
            view[name] = _failing(value["error"]) if isinstance(value, dict) and "error" in value else value
        return view

    def location(self, location: Location) -> View:
        return {
            "id": urn("Location", location.id),
            "name": location.name,
            "businessName": location.business_name,
            "externalId": location.external_id,
            "isRemote": location.is_remote,
            "tz": location.tz,
            "phoneNumber": location.phone_number,
            "contactEmail": location.contact_email,
            "address": location.address,
            "hours": location.hours,
            "allowOnlineBooking": location.allow_online_booking,
        }

    def service(self, service: Service) -> View:
        category = None
        if service.category_id:
            category = {"id": urn("ServiceCategory", service.category_id), "name": service.category_name}
        return {
            "id": urn("Service", service.id),
            "name": service.name,
            "description": service.description,
            "category": category,
            "defaultDuration": service.default_duration,
            "defaultPrice": service.default_price,
            "addon": service.addon,
            "externalId": service.external_id,
        }

    def staff(self, staff: Staff) -> View:
        return {
            "id": urn("Staff", staff.id),
            "externalId": staff.external_id,
            "firstName": staff.first_name,
            "lastName": staff.last_name,
            "name": staff.name,
            "displayName": staff.display_name or staff.name,
            "email": staff.email,
            "mobilePhone": staff.mobile_phone,
            "role": {"id": urn("StaffRole", staff.role_id), "name": staff.role_name} if staff.role_id else None,
        }

    def client(self, client: Client) -> View:
        primary = self.store.locations.get(client.primary_location_id or "")
        view = {
            "id": urn("Client", client.id),
            "externalId": client.external_id,
            "name": client.name,
            "firstName": client.first_name,
            "lastName": client.last_name,
            "email": client.email,
            "mobilePhone": client.mobile_phone,
            "dob": client.dob,
            "createdAt": client.created_at,
            "updatedAt": client.updated_at,
            "appointmentCount": _later(
                lambda: sum(appointment.client_id == client.id for appointment in self.store.appointments.values())
            ),
            "currentAccountBalance": client.account_balance,
            "primaryLocation": self.location(primary) if primary else None,
            "notes": [{"id": urn("ClientNote", note["id"]), "text": note["text"]} for note in client.notes],
            "tags": [{"name": name} for name in client.tags],
            "marketingSettings": client.marketing_settings,
        }
        return self._odd(client.id, view)

    def appointment(self, appointment: Appointment) -> View:
        location = self.store.locations[appointment.location_id]
        cancellation = appointment.cancellation
        view = {
            "id": urn("Appointment", appointment.id),
            "startAt": location.wall(appointment.start_at),
            "endAt": location.wall(appointment.end_at),
            "duration": appointment.duration,
            "state": appointment.state,
            "cancelled": appointment.cancelled,
            "createdAt": appointment.created_at,
            "notes": appointment.notes,
            "bookedByType": appointment.booked_by_type,
            "clientId": urn("Client", appointment.client_id),
            "client": _later(lambda: self.client(self.store.clients[appointment.client_id])),
            "locationId": urn("Location", location.id),
            "location": _later(lambda: self.location(location)),
            "cancellation": cancellation
            and {
                "reason": cancellation.reason,
                "notes": cancellation.notes,
                "cancelledAt": cancellation.cancelled_at,
            },
            "appointmentServices": [self.segment(appointment, segment) for segment in appointment.segments],
            "tags": [{"name": name} for name in appointment.tags],
            "customFields": appointment.custom_fields,
        }
        return self._odd(appointment.id, view)

    def segment(self, appointment: Appointment, segment: Segment) -> View:
        location = self.store.locations[appointment.location_id]
        start, end = appointment.range_of(segment)
        view = {
            "id": urn("AppointmentService", segment.id),
            "startAt": location.wall(start),
            "endAt": location.wall(end),
            "startTimeOffset": segment.offset,
            "duration": segment.duration,
            "totalDuration": segment.total,
            "price": segment.price,
            "staffRequested": segment.staff_requested,
            "serviceId": urn("Service", segment.service_id),
            "service": _later(lambda: self.service(self.store.services[segment.service_id])),
            "staffId": urn("Staff", segment.staff_id),
            "staff": _later(lambda: self.staff(self.store.staff[segment.staff_id])),
        }
        return self._odd(segment.id, view)

    def timeblock(self, block: Timeblock) -> View:
        location = self.store.locations[block.location_id]
        view = {
            "id": urn("Timeblock", block.id),
            "title": block.title,
            "reason": block.reason,
            "cancelled": block.cancelled,
            "startAt": location.wall(block.start_at),
            "endAt": location.wall(block.end_at),
            "duration": block.duration,
            "staffId": block.staff_id and urn("Staff", block.staff_id),
            "staff": _later(lambda: self.staff(self.store.staff[block.staff_id]) if block.staff_id else None),
        }
        return self._odd(block.id, view)

    def shift(self, shift: Shift) -> View:
        recurs = shift.begins is None or shift.begins != shift.ends
        return {
            "available": shift.available,
            "clockIn": shift.clock_in.isoformat(),
            "clockOut": "24:00:00" if shift.clock_out == time.min else shift.clock_out.isoformat(),
            "day": shift.weekday,
            "recurrence": "WEEKLY" if recurs else None,
            "recurrenceStart": shift.begins,
            "recurrenceEnd": shift.ends,
            "recurrenceInterval": shift.every_weeks if recurs else None,
            "locationId": shift.location_id,
            "staffId": shift.staff_id,
            "unavailableReason": shift.unavailable_reason,
        }

    def draft(self, draft: Draft) -> View:
        clients = [
            {"id": urn("BookingClient", booking_client_id), "clientId": client_id and urn("Client", client_id)}
            for booking_client_id, client_id in draft.clients.items()
        ]
        return {"id": urn("Booking", draft.id), "bookingClients": clients, "errors": []}

    def draft_service(self, line: DraftService) -> View:
        return {"id": urn("BookingService", line.id)}

    def warnings(self, warned: Iterable[Warned]) -> list[View]:
        return [
            {
                "code": each.code,
                "message": _MESSAGES[each.code],
                "staffId": urn("Staff", each.staff_id),
                "serviceId": urn("Service", each.service_id),
                "bookingServiceId": urn("BookingService", each.segment_id),
            }
            for each in warned
        ]


def instant_text(value: datetime) -> str:
    """ISO 8601 with the offset it has, Z for UTC."""
    text = value.isoformat(timespec="seconds" if value.microsecond == 0 else "microseconds")
    return text.removesuffix("+00:00") + "Z" if value.utcoffset() == timedelta(0) else text
