"""The root fields of `Mutation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandboxes.boulevard.drafts import Draft, Drafts
from sandboxes.boulevard.ids import urn
from sandboxes.boulevard.rescheduling import Rescheduling
from sandboxes.boulevard.views import View, Views
from sandboxes.boulevard.webhooks import Webhooks
from sandboxes.practice.calendar import API, Calendar
from sandboxes.practice.records import Client
from sandboxes.practice.store import Store

_CLIENT_FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "mobilePhone": "mobile_phone",
}

_BUFFERS = ("postStaffDuration", "finishDuration", "postClientDuration")

Input = Mapping[str, Any]


@dataclass
class Mutations:
    """Writes; each takes the schema's single `input`."""

    store: Store
    views: Views
    calendar: Calendar
    drafts: Drafts
    rescheduling: Rescheduling
    webhooks: Webhooks
    booked_by_type: str
    note: str | None
    now: Callable[[], datetime]

    def fields(self) -> Mapping[str, Callable[..., Any]]:
        """The resolvers by field name."""
        by_name: dict[str, Callable[[Input], Any]] = {
            "bookingCreate": self.booking_create,
            "bookingAddService": self.booking_add_service,
            "bookingRemoveService": self.booking_remove_service,
            "bookingServiceSetDurations": self.booking_service_set_durations,
            "bookingSetClient": self.booking_set_client,
            "bookingComplete": self.booking_complete,
            "cancelAppointment": self.cancel_appointment,
            "updateAppointment": self.update_appointment,
            "appointmentRescheduleAvailableDates": self.available_dates,
            "appointmentRescheduleAvailableTimes": self.available_times,
            "appointmentReschedule": self.reschedule,
            "createClient": self.create_client,
            "updateClient": self.update_client,
            "createTimeblock": self.create_timeblock,
            "deleteTimeblock": self.delete_timeblock,
            "createWebhook": self.create_webhook,
            "pingWebhook": self.ping_webhook,
        }
        return {name: _resolver(perform) for name, perform in by_name.items()}

    def booking_create(self, given: Input) -> View:
        draft = self.drafts.create(
            location_id=given["locationId"], client_id=given.get("clientId"), start_time=given["startTime"]
        )
        return {"booking": self.views.draft(draft), "bookingWarnings": self._warned(draft)}

    def booking_add_service(self, given: Input) -> View:
        draft, line = self.drafts.add_service(
            booking_id=given["bookingId"],
            booking_client_id=given["bookingClientId"],
            service_id=given["serviceId"],
            staff_id=given.get("staffId"),
        )
        return {"bookingService": self.views.draft_service(line), "bookingWarnings": self._warned(draft)}

    def booking_remove_service(self, given: Input) -> View:
        draft = self.drafts.remove_service(booking_id=given["bookingId"], booking_service_id=given["bookingServiceId"])
        return {"booking": self.views.draft(draft), "bookingWarnings": self._warned(draft)}

    def booking_service_set_durations(self, given: Input) -> View:
        buffers = [given[part] for part in _BUFFERS if given.get(part) is not None]
        draft = self.drafts.set_durations(
            booking_id=given["bookingId"],
            booking_service_id=given["bookingServiceId"],
            duration=given.get("duration"),
            clean_up=sum(buffers) if buffers else None,
        )
        return {"booking": self.views.draft(draft), "bookingWarnings": self._warned(draft)}

    def booking_set_client(self, given: Input) -> View:
        draft = self.drafts.set_client(
            booking_id=given["bookingId"],
            booking_client_id=given["bookingClientId"],
            client_id=given["clientId"],
        )
        return {"booking": self.views.draft(draft), "bookingWarnings": self._warned(draft)}

    def _warned(self, draft: Draft) -> list[View]:
        """What completing the draft would collide with, and a warning of another kind where the config wants one."""
        noted = [{"code": self.note, "message": "Worth knowing"}] if self.note and draft.services else []
        return [*self.views.warnings(self.drafts.warnings(draft)), *noted]

    def booking_complete(self, given: Input) -> View:
        booked, warned = self.drafts.complete(
            booking_id=given["bookingId"],
            book_with_staff_id=given["bookWithStaffId"],
            booked_by_type=self.booked_by_type,
        )
        visits = [self.views.appointment(appointment) for appointment in booked]
        return {
            "booking": self.views.draft(self.drafts.draft(given["bookingId"])),
            "bookingAppointments": [
                {"appointmentId": visit["id"], "clientId": visit["clientId"], "appointment": visit} for visit in visits
            ],
            "bookingWarnings": self.views.warnings(warned),
        }

    def cancel_appointment(self, given: Input) -> View:
        appointment = self.calendar.cancel(
            API, self.store.appointment(given["id"]), reason=given["reason"], notes=given.get("notes")
        )
        return {"appointment": self.views.appointment(appointment)}

    def update_appointment(self, given: Input) -> View:
        appointment = self.calendar.update(
            API,
            self.store.appointment(given["id"]),
            state=given.get("state"),
            notes=given.get("notes"),
            custom_fields=given.get("customFields"),
        )
        return {"appointment": self.views.appointment(appointment)}

    def available_dates(self, given: Input) -> View:
        dates = self.rescheduling.dates(
            given["appointmentId"], given["searchRangeLower"], given["searchRangeUpper"], given.get("tz")
        )
        return {"availableDates": [{"date": day} for day in dates]}

    def available_times(self, given: Input) -> list[View]:
        times = self.rescheduling.times(given["appointmentId"], given["date"], given.get("tz"))
        offered = [{"bookableTimeId": time_id, "startTime": start} for time_id, start in times]
        segments = self.store.appointment(given["appointmentId"]).segments
        return [{"availableTimes": offered} for _ in segments]  # the whole visit moves: each service gets the same list

    def reschedule(self, given: Input) -> View:
        appointment = self.rescheduling.move(given["appointmentId"], given["bookableTimeId"])
        return {"appointment": self.views.appointment(appointment)}

    def create_client(self, given: Input) -> View:
        now = self.now()
        client = Client(
            id=self.store.new_id(),
            first_name=given.get("firstName") or "",
            last_name=given.get("lastName") or "",
            email=given.get("email"),
            mobile_phone=given.get("mobilePhone"),
            created_at=now,
            updated_at=now,
        )
        return {"client": self.views.client(self.calendar.add_client(API, client))}

    def update_client(self, given: Input) -> View:
        client = self.store.client(given["id"])
        changes = {_CLIENT_FIELDS[name]: value for name, value in given.items() if name != "id"}
        return {"client": self.views.client(self.calendar.change_client(API, client, changes))}

    def create_timeblock(self, given: Input) -> View:
        location = self.store.location(given["locationId"])
        block = self.calendar.add_timeblock(
            API,
            location=location,
            staff=self.store.staff_member(given["staffId"]),
            start_at=location.instant(given["startTime"]),
            duration=given["duration"],
            title=given.get("title"),
            reason=given.get("reason"),
        )
        return {"timeblock": self.views.timeblock(block)}

    def delete_timeblock(self, given: Input) -> View:
        block = self.calendar.remove_timeblock(API, self.store.timeblock(given["id"]))
        return {"id": urn("Timeblock", block.id)}

    def create_webhook(self, given: Input) -> View:
        enabled = tuple(row["eventType"] for row in given["subscriptions"] if row["enabled"])
        return {"webhook": self.webhooks.create(url=given["url"], events=enabled).view()}

    def ping_webhook(self, given: Input) -> View:
        return {"webhook": self.webhooks.ping(given["id"]).view()}


def _resolver(perform: Callable[[Input], Any]) -> Callable[..., Any]:
    return lambda info, **arguments: perform(arguments["input"])
