"""The practice of `pms_bench.World` as every practice system's sandbox takes it."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.vendors.contract.pms_bench import World

#: A day without a change of the clock, far enough from any.
_DAY = date(2026, 3, 4)
_ZONE = "America/New_York"


def an_id(number: int) -> str:
    return f"8a3b5c6e-0000-4000-8000-{number:012d}"


def plain_world(*, mia_consents: tuple[bool | None, bool | None]) -> World:
    """The world by the ids of the seed, for a vendor that shows them as they are."""
    return World(
        location=an_id(1),
        zone=_ZONE,
        day=_DAY,
        ann=an_id(11),
        bea=an_id(12),
        mia=an_id(21),
        noa=an_id(22),
        hour=an_id(31),
        half=an_id(32),
        standing=an_id(41),
        mia_consents=mia_consents,
    )


SEED: dict[str, Any] = {
    "business": {"name": "Glow"},
    "locations": [
        {"id": an_id(1), "name": "Main", "tz": _ZONE},
        {"id": an_id(2), "name": "West", "tz": "America/Denver"},
    ],
    "staff": [
        {"id": an_id(11), "first_name": "Ann", "last_name": "Lee", "role": "RN"},
        {"id": an_id(12), "first_name": "Bea", "last_name": "Ray", "role": "RN"},
        {"id": an_id(13), "first_name": "Cam", "last_name": "Fox", "role": "RN", "services": [an_id(32)]},
    ],
    "services": [
        {"id": an_id(31), "name": "Hour", "duration": 60, "price": 65000},
        {"id": an_id(32), "name": "Half", "duration": 30, "price": 15000},
    ],
    "clients": [
        {
            "id": an_id(21),
            "first_name": "Mia",
            "last_name": "Poe",
            "email": "mia@example.com",
            "mobile_phone": "+13035550121",
            "marketing_settings": [{"type": "APPOINTMENT", "sms": True, "email": False, "push": False}],
        },
        {"id": an_id(22), "first_name": "Noa", "last_name": "Kim"},
    ],
    "shifts": [
        {"staff": an_id(staff), "location": an_id(1), "date": day, "clock_in": start, "clock_out": end}
        for day in ("2026-03-04", "2026-03-05")
        for staff, start, end in ((11, "09:00", "17:00"), (12, "10:00", "14:00"))
    ],
    "timeblocks": [
        {"staff": an_id(11), "location": an_id(1), "start": "2026-03-04T12:00", "duration": 60, "title": "Lunch"},
        {"staff": an_id(12), "location": an_id(1), "start": "2026-03-05T12:00", "duration": 60, "title": "Lunch"},
    ],
    "appointments": [
        {
            "id": an_id(41),
            "client": an_id(21),
            "location": an_id(1),
            "start": "2026-03-04T10:00",
            "services": [{"service": an_id(31), "staff": an_id(11), "duration": 60}],
        }
    ],
}
