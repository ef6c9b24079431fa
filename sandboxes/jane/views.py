"""Records as the vendor's API shows them: a treatment is a service, a patient is a client."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandboxes.jane.config import JaneConfig
from sandboxes.practice.records import Appointment, Client, Location, Service, Staff
from sandboxes.practice.store import Store

View = dict[str, Any]

_STATES = {
    "RESERVED": "reserved",
    "BOOKED": "booked",
    "CONFIRMED": "booked",
    "ARRIVED": "arrived",
    "ACTIVE": "arrived",
    "FINAL": "arrived",
}
_DISCIPLINES = uuid.UUID("6f0d3c52-2d3b-4a55-9f0e-5c7d1f1b7a10")


@dataclass
class Views:
    """Needs the store for what records point at."""

    store: Store
    config: JaneConfig

    def _odd(self, record_id: str, view: View) -> View:
        told = {name: value for name, value in view.items() if value is not _UNKNOWN}
        return {**told, **self.store.odd.get(record_id, {})}

    def appointment(self, visit: Appointment) -> View:
        [segment] = visit.segments
        start, _ = visit.range_of(segment)
        cancellation = visit.cancellation
        no_show = cancellation is not None and cancellation.reason == "NO_SHOW"
        ended = cancellation and second(cancellation.cancelled_at)
        earlier = [
            other
            for other in self.store.appointments.values()
            if other.client_id == visit.client_id and other.stands and other.start_at < visit.start_at
        ]
        view = {
            "id": visit.id,
            "start_at": second(start),
            "end_at": second(start + timedelta(minutes=segment.duration)),
            "staff_member_id": segment.staff_id,
            "patient_id": visit.client_id,
            "location_id": visit.location_id,
            "treatment_id": segment.service_id,
            "first_visit": not earlier,
            "booked_at": second(visit.created_at),
            "cancelled_at": None if no_show else ended,
            "cancelled_reason": cancellation.notes if cancellation and not no_show else None,
            "no_show_at": ended if no_show else None,
            "arrived_at": visit.arrived_at and second(visit.arrived_at),
            "checked_in_at": None,
            "archived_at": second(changed_at(visit)) if visit.deleted else None,
            "state": self._state(visit),
        }
        return self._odd(visit.id, view)

    def _state(self, visit: Appointment) -> str:
        if visit.deleted:
            return "archived"
        if visit.cancelled:
            return "no_show" if visit.cancellation and visit.cancellation.reason == "NO_SHOW" else "cancelled"
        return _STATES[visit.state]

    def patient(self, client: Client) -> View:
        said = [row for row in client.marketing_settings if row.get("type") == "APPOINTMENT"]
        phones = [{"type": "mobile", "number": client.mobile_phone, "is_primary": True}]
        view = {
            "id": client.id,
            "first_name": client.first_name,
            "last_name": client.last_name,
            "date_of_birth": client.dob.isoformat() if client.dob else _UNKNOWN,
            "patient_since": client.created_at.date().isoformat(),
            "email": client.email or _UNKNOWN,
            "send_marketing_emails": False,
            "do_not_email": any(row.get("email") is False for row in said),
            "status": "active",
            "phone_numbers": phones if client.mobile_phone else [],
            "deep_links": {"profile": {"web": f"https://{self.config.clinic_host}/admin#patients/{client.id}"}},
        }
        return self._odd(client.id, view)

    def staff_member(self, staff: Staff) -> View:
        view = {
            "id": staff.id,
            "first_name": staff.first_name,
            "last_name": staff.last_name,
            "suffix": staff.role_name or _UNKNOWN,
            "email": staff.email or _UNKNOWN,
            "work_phone": staff.mobile_phone or _UNKNOWN,
        }
        return self._odd(staff.id, view)

    def location(self, location: Location) -> View:
        address = location.address or {}
        view = {
            "id": location.id,
            "name": location.name,
            "street_address": address.get("line1", ""),
            "city": address.get("city", ""),
            "province": address.get("state", ""),
            "postal": address.get("zip", ""),
            "email": location.contact_email or _UNKNOWN,
            "phone": location.phone_number or _UNKNOWN,
            "online_bookable": location.allow_online_booking,
        }
        return self._odd(location.id, view)

    def treatment(self, service: Service) -> View:
        view = {
            "id": service.id,
            "name": service.name,
            "treatment_duration": service.default_duration * 60,
            "scheduled_duration": (service.default_duration + service.clean_up) * 60,
            "price": service.default_price / 100,
            "display_price": True,
            "capacity": 1,
            "booking_type": "one_on_one_booking",
            "booking_info": service.description,
            "discipline_id": discipline_id(service.category_name) if service.category_name else None,
            "book_online": True,
        }
        return self._odd(service.id, view)

    def disciplines(self) -> list[View]:
        """One for each category of a service."""
        names = dict.fromkeys(each.category_name for each in self.store.services.values() if each.category_name)
        return [{"id": discipline_id(name), "name": name, "bookable_online": True} for name in names]

    def company(self) -> View:
        first = next(iter(self.store.locations.values()), None)
        return {
            "id": str(self.config.clinic_guid),
            "name": self.store.business_name,
            "jane_url": f"https://{self.config.clinic_host}",
            "online_booking_enabled": True,
            "locale": "en-US",
            "time_zone": first.tz if first else "UTC",
            "patient_terminology": {
                "singular": "Patient",
                "singular_lowercase": "patient",
                "plural": "Patients",
                "plural_lowercase": "patients",
            },
        }


_UNKNOWN = object()
"""A field that is left out, as the vendor's schema takes no null for it."""


def discipline_id(name: str) -> str:
    return str(uuid.uuid5(_DISCIPLINES, name))


def changed_at(visit: Appointment) -> datetime:
    """When a visit was last changed; filtered and sorted by, never shown."""
    return visit.updated_at or visit.created_at


def second(moment: datetime) -> str:
    """An instant to the second, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
