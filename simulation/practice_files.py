"""The practice as it hands itself over: `practice.yaml` and two lists, as `chairflow practice import` reads them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from simulation.catalogue import DEVICES, PROVIDERS, ROOMS, SERVICES, Provider, Service
from simulation.patient_profiles import Patient, Wish, World
from simulation.vendors import Sandboxes

#: The practice's own policy; what is not here is the default. A practice minute is about a quarter of a second of the
#: demo, and a step of a workflow some seconds of the practice, so nothing here is shorter than that.
POLICY: Final[dict[str, Any]] = {
    "gap_fill": {
        "settling_delay": "45 s",
        "pace": "waves",
        "wave_size": 3,
        "offer_window": "12 min",
        "person_first_cents": 150_000,
    },
    "patience": {"booking_note_after": "5 min", "pms_give_up": "45 min"},
    "booking": {"settling_delay": "45 s"},
    "task": {"due_after": "3 h", "remind_after": "90 min"},
}


#: A record's id as the practice system's API hands it out, from the kind of record and the id in the sandbox.
Ref = Callable[[str, str], str]


def write_practice(world: World, sandboxes: Sandboxes, folder: Path) -> tuple[Path, ...]:
    """Writes the files into a folder and returns them in the order in which they are read."""
    ref = sandboxes.system.ref
    practice, clients, waitlist = folder / "practice.yaml", folder / "clients.csv", folder / "waitlist.csv"
    document = yaml.safe_dump(_document(world, sandboxes), sort_keys=False, allow_unicode=True, width=110)
    practice.write_text(f"# {world.place.name} of the demo, seed {world.seed}\n{document}")
    _write(clients, [_client(patient, ref) for patient in world.patients])
    _write(waitlist, [_wish(wish, ref) for wish in world.waitlist])
    return practice, clients, waitlist


def _document(world: World, sandboxes: Sandboxes) -> dict[str, Any]:
    ref = sandboxes.system.ref
    return {
        "practice": {
            "slug": world.place.slug,
            "name": world.place.name,
            "short_name": world.place.short_name,
            "phone": world.place.phone,
            "pms": sandboxes.system.name,
        },
        "policy": POLICY,
        "channels": {
            "slack": [{"name": user["name"], "user": key} for key, user in sandboxes.slack.config()["users"].items()]
        },
        "locations": [
            {
                "name": world.place.name,
                "zone": world.place.zone,
                "postcode": world.place.postcode,
                "address": world.place.address,
                "parking": world.place.garage,
                "pms_ref": ref("Location", world.location_ref),
                "rooms": [{"name": room.name, "kind": room.kind} for room in ROOMS],
                "devices": [{"name": name, "kind": kind} for name, kind in DEVICES],
            }
        ],
        "staff": [_member(provider, world, ref) for provider in PROVIDERS],
        "services": [_service(service, world, ref) for service in SERVICES],
        "connections": [
            *_pms_connection(sandboxes),
            {"purpose": "sms", "vendor": "twilio", "address": sandboxes.twilio.config()["numbers"][0]},
            {"purpose": "email", "vendor": "sendgrid", "address": sandboxes.from_email},
            {"purpose": "chat", "vendor": "slack", "address": sandboxes.slack.config()["team_id"]},
        ],
    }


def _pms_connection(sandboxes: Sandboxes) -> list[dict[str, str]]:
    """The environment's account; any other is connected afterwards, with its secrets."""
    if not sandboxes.system.in_environment:
        return []
    return [{"purpose": "pms", "vendor": "boulevard", "address": sandboxes.boulevard.config()["business_id"]}]


def _member(provider: Provider, world: World, ref: Ref) -> dict[str, Any]:
    return {
        "name": provider.display_name,
        "first_name": provider.first_name,
        "pms_ref": ref("Staff", world.provider_refs[provider.key]),
        "credentials": [
            {"kind": kind, "expires": "never" if until is None else until.isoformat()}
            for kind, until in provider.credentials
        ],
    }


def _service(service: Service, world: World, ref: Ref) -> dict[str, Any]:
    lines = {
        "name": service.name,
        "code": service.code,
        "kind": service.kind,
        "pms_ref": ref("Service", world.service_refs[service.code]),
        "requires": " + ".join("/".join(group) for group in service.requires),
        "providers": [one.display_name for one in PROVIDERS if service.code in one.services],
        "room": service.room_kind,
        "device": service.device_kind,
        "duration": f"{service.minutes} min",
        "buffer_after": f"{service.buffer_minutes} min",
        "earliest": _days(service.earliest_interval),
        "due": _days(service.due_interval),
        "price": str(service.price_cents // 100),
        "high_value": "yes" if service.high_value else None,
        "needs": service.prerequisite,
        "consult": "yes" if service.is_consult else None,
    }
    return {name: value for name, value in lines.items() if value is not None}


def _client(patient: Patient, ref: Ref) -> dict[str, str]:
    codes = {service.kind: service.code for service in SERVICES}
    offers = "yes" if patient.may_offer else "no"
    return {
        "pms_ref": ref("Client", patient.ref),
        "first_name": patient.first_name,
        "last_name": patient.last_name,
        "phone": patient.phone,
        "email": patient.email,
        "postcode": patient.postcode,
        "language": patient.language,
        "vip": "yes" if patient.vip else "no",
        "exam_valid_until": patient.exam_valid_until.isoformat() if patient.exam_valid_until else "",
        "treatments": "; ".join(f"{codes[kind]} {on.isoformat()}" for kind, on in patient.treatments),
        "consent_sms_appointment": "yes",
        "consent_email_appointment": "yes",
        "consent_sms_offer": offers,
        "consent_email_offer": "no",
    }


def _wish(wish: Wish, ref: Ref) -> dict[str, str]:
    names = {provider.key: provider.display_name for provider in PROVIDERS}
    return {
        "key": wish.key,
        "client": ref("Client", wish.client.ref),
        "services": "; ".join(wish.services),
        "providers": "; ".join(names[key] for key in wish.providers) or "any",
        "windows": f"daily {wish.between[0]:%H:%M}-{wish.between[1]:%H:%M}" if wish.between else "any",
        "latest_date": wish.latest.isoformat() if wish.latest else "",
        "minimum_notice": f"{wish.notice_minutes} min",
        "flexibility": str(wish.flexibility),
        "priority": str(wish.priority),
        "joined": wish.joined_at.isoformat(timespec="minutes"),
    }


def _write(file: Path, rows: Iterable[dict[str, str]]) -> None:
    lines = list(rows)
    with file.open("w", newline="", encoding="utf-8") as sheet:
        writer = csv.DictWriter(sheet, fieldnames=list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def _days(interval: timedelta | None) -> str | None:
    return None if interval is None else f"{interval.days} days"
