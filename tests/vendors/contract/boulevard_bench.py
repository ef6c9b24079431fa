"""Boulevard on the bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from types import MappingProxyType

from sandboxes.boulevard.app import create_app
from sandboxes.boulevard.config import BoulevardConfig
from sandboxes.common.server import serving
from tests.vendors.contract.pms_bench import Step, World
from tests.vendors.contract.sandbox import Call, Mailbox, Sandbox, listening
from vendors.pms.base import Pms, PmsWebhooks
from vendors.pms.boulevard import Boulevard, BoulevardWebhooks
from vendors.pms.boulevard.ids import bare

CONFIG = BoulevardConfig()
PATH = "/api/2020-01/admin"

# A day without a change of the clock, far enough from any.
_DAY = date(2026, 3, 4)
_ZONE = "America/New_York"


def _id(number: int) -> str:
    return f"8a3b5c6e-0000-4000-8000-{number:012d}"


WORLD = World(
    location=f"urn:blvd:Location:{_id(1)}",
    zone=_ZONE,
    day=_DAY,
    ann=f"urn:blvd:Staff:{_id(11)}",
    bea=f"urn:blvd:Staff:{_id(12)}",
    mia=f"urn:blvd:Client:{_id(21)}",
    noa=f"urn:blvd:Client:{_id(22)}",
    hour=f"urn:blvd:Service:{_id(31)}",
    half=f"urn:blvd:Service:{_id(32)}",
    standing=f"urn:blvd:Appointment:{_id(41)}",
)

SEED = {
    "business": {"name": "Glow"},
    "locations": [{"id": _id(1), "name": "Main", "tz": _ZONE}, {"id": _id(2), "name": "West", "tz": "America/Denver"}],
    "staff": [
        {"id": _id(11), "first_name": "Ann", "last_name": "Lee", "role": "RN"},
        {"id": _id(12), "first_name": "Bea", "last_name": "Ray", "role": "RN"},
        {"id": _id(13), "first_name": "Cam", "last_name": "Fox", "role": "RN", "services": [_id(32)]},
    ],
    "services": [
        {"id": _id(31), "name": "Hour", "duration": 60, "price": 65000},
        {"id": _id(32), "name": "Half", "duration": 30, "price": 15000},
    ],
    "clients": [
        {
            "id": _id(21),
            "first_name": "Mia",
            "last_name": "Poe",
            "email": "mia@example.com",
            "mobile_phone": "+13035550121",
            "marketing_settings": [{"type": "APPOINTMENT", "sms": True, "email": False, "push": False}],
        },
        {"id": _id(22), "first_name": "Noa", "last_name": "Kim"},
    ],
    "shifts": [
        {"staff": _id(staff), "location": _id(1), "date": day, "clock_in": start, "clock_out": end}
        for day in ("2026-03-04", "2026-03-05")
        for staff, start, end in ((11, "09:00", "17:00"), (12, "10:00", "14:00"))
    ],
    "timeblocks": [
        {"staff": _id(11), "location": _id(1), "start": "2026-03-04T12:00", "duration": 60, "title": "Lunch"},
        {"staff": _id(12), "location": _id(1), "start": "2026-03-05T12:00", "duration": 60, "title": "Lunch"},
    ],
    "appointments": [
        {
            "id": _id(41),
            "client": _id(21),
            "location": _id(1),
            "start": "2026-03-04T10:00",
            "services": [{"service": _id(31), "staff": _id(11), "duration": 60}],
        }
    ],
}


class BoulevardBench:
    """Implements `PmsBench`."""

    world = WORLD
    operations: Mapping[Step, str] = MappingProxyType(
        {"read": "appointment*", "draft": "bookingCreate", "commit": "bookingComplete"}
    )
    rate_limit_styles: tuple[str, ...] = ("http_429", "graphql", "graphql_path")

    def __init__(self, sandbox: Sandbox, mailbox: Mailbox) -> None:
        self.sandbox = sandbox
        self.webhooks: PmsWebhooks = BoulevardWebhooks(
            application_secrets=(CONFIG.application_secret,), application_id=CONFIG.application_id
        )
        self._mailbox = mailbox

    def connect(
        self,
        *,
        url: str | None = None,
        secret: str | None = None,
        call_seconds: float = 6,
        page_size: int = 100,
    ) -> Pms:
        return Boulevard(
            api_key=CONFIG.api_key,
            api_secret=secret or CONFIG.api_secret,
            business_id=CONFIG.business_id,
            base_url=(url or self.sandbox.url) + PATH,
            call_seconds=call_seconds,
            page_size=page_size,
            block_page_size=page_size,
            commit_needs_seconds=min(2.0, call_seconds / 2),
        )

    def rate_limit(self, step: Step, style: str) -> None:
        self.sandbox.control("config", over_limit_style=style)
        self.sandbox.fault(self.operations[step], "rate_limit")

    def no_show(self, appointment_ref: str) -> None:
        self.sandbox.control("staff/cancel", id=bare(appointment_ref), reason="NO_SHOW")

    def cancelled_by_staff(self, appointment_ref: str) -> None:
        self.sandbox.control("staff/cancel", id=bare(appointment_ref), reason="CLIENT_CANCEL")

    def next_webhook(self) -> Call:
        return self._mailbox.next()


@contextmanager
def boulevard_bench() -> Iterator[BoulevardBench]:
    """A seeded Boulevard whose webhooks arrive."""
    with listening() as mailbox, serving(create_app(CONFIG)) as url:
        sandbox = Sandbox(url)
        sandbox.control("seed", **SEED)
        sandbox.control("config", webhook_targets=[{"url": mailbox.url + "/hook"}])
        yield BoulevardBench(sandbox, mailbox)
