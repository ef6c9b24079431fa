"""Boulevard on the bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from sandboxes.boulevard.app import create_app
from sandboxes.boulevard.config import BoulevardConfig
from sandboxes.common.server import serving
from tests.vendors.contract.pms_bench import Step
from tests.vendors.contract.practice_seed import SEED, plain_world
from tests.vendors.contract.sandbox import Call, Mailbox, Sandbox, listening
from vendors.pms.base import Pms, PmsWebhooks
from vendors.pms.boulevard import Boulevard, BoulevardWebhooks
from vendors.pms.boulevard.ids import bare

CONFIG = BoulevardConfig()
PATH = "/api/2020-01/admin"

_PLAIN = plain_world(mia_consents=(True, False))
WORLD = replace(
    _PLAIN,
    location=f"urn:blvd:Location:{_PLAIN.location}",
    ann=f"urn:blvd:Staff:{_PLAIN.ann}",
    bea=f"urn:blvd:Staff:{_PLAIN.bea}",
    mia=f"urn:blvd:Client:{_PLAIN.mia}",
    noa=f"urn:blvd:Client:{_PLAIN.noa}",
    hour=f"urn:blvd:Service:{_PLAIN.hour}",
    half=f"urn:blvd:Service:{_PLAIN.half}",
    standing=f"urn:blvd:Appointment:{_PLAIN.standing}",
)


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
