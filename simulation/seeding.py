"""The practice as its PMS has it in the morning: its sandbox's seed, and names for the phones' pages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from simulation.catalogue import PROVIDERS, ROOMS, SERVICES
from simulation.patient_profiles import CLOSES, LUNCH, LUNCH_MINUTES, Patient, Visit, World
from simulation.vendors import Sandboxes

#: Consents as the PMS shows them; the import files say the same.
_CONSENTS: Final = ({"type": "APPOINTMENT", "sms": True, "email": True, "push": False},)


def plant(sandboxes: Sandboxes, world: World) -> None:
    """Puts the practice into the sandboxes."""
    sandboxes.pms.ask("POST", "seed", practice_seed(world))
    sandboxes.twilio.configure(
        practice_name=world.place.short_name, people={patient.phone: patient.name for patient in world.patients}
    )
    sandboxes.sendgrid.configure(people={patient.email: patient.name for patient in world.patients})


def practice_seed(world: World) -> dict[str, Any]:
    """What `POST /_control/seed` takes; `start` without an offset is the practice's wall clock."""
    return {
        "business": {"name": world.place.name},
        "locations": [
            {
                "id": world.location_ref,
                "name": world.place.name,
                "tz": world.place.zone,
                "phone_number": world.place.phone,
            }
        ],
        "services": [
            {
                "id": world.service_refs[one.code],
                "name": one.name,
                "duration": one.minutes,
                "price": one.price_cents,
                "rooms": [room.name for room in ROOMS if room.kind == one.room_kind],
            }
            for one in SERVICES
        ],
        "staff": [
            {
                "id": world.provider_refs[one.key],
                "first_name": one.first_name,
                "last_name": one.last_name,
                "display_name": one.display_name,
                "role": one.role,
                "services": [world.service_refs[code] for code in one.services],
            }
            for one in PROVIDERS
        ],
        "clients": [_client(patient) for patient in world.patients],
        "shifts": [
            {
                "staff": world.provider_refs[one.key],
                "date": (world.day + timedelta(days=days)).isoformat(),
                "clock_in": time(one.starts_hour).isoformat(),
                "clock_out": CLOSES.isoformat(),
            }
            for days in range(3)
            for one in PROVIDERS
        ],
        "timeblocks": [
            {
                "staff": world.provider_refs[one.key],
                "start": datetime.combine(world.day + timedelta(days=days), LUNCH).isoformat(),
                "duration": LUNCH_MINUTES,
                "title": "Lunch",
            }
            for days in range(2)
            for one in PROVIDERS
        ],
        "appointments": [_appointment(visit, world) for visit in world.visits],
    }


def _client(patient: Patient) -> dict[str, Any]:
    return {
        "id": patient.ref,
        "first_name": patient.first_name,
        "last_name": patient.last_name,
        "email": patient.email,
        "mobile_phone": patient.phone,
        "marketing_settings": list(_CONSENTS),
    }


def _appointment(visit: Visit, world: World) -> dict[str, Any]:
    what = {"service": world.service_refs[visit.service.code], "staff": world.provider_refs[visit.provider.key]}
    return {
        "id": visit.ref,
        "client": visit.client.ref,
        "start": visit.start.replace(tzinfo=None).isoformat(),
        "services": [what],
    }
