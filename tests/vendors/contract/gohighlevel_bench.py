"""GoHighLevel on the bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import httpx

from sandboxes.common.server import serving
from sandboxes.gohighlevel.app import create_app
from sandboxes.gohighlevel.config import GoHighLevelConfig
from tests.vendors.contract.pms_bench import Step
from tests.vendors.contract.practice_seed import SEED, plain_world
from tests.vendors.contract.sandbox import Call, Mailbox, Sandbox, listening
from vendors.pms.base import Pms, PmsWebhooks
from vendors.pms.gohighlevel import GoHighLevel, GoHighLevelWebhooks

CONFIG = GoHighLevelConfig(trace_ids=True)


class GoHighLevelBench:
    """Implements `PmsBench`."""

    world = plain_world(mia_consents=(None, False))
    operations: Mapping[Step, str] = MappingProxyType({"read": "get-appointment", "commit": "create-appointment"})
    rate_limit_styles: tuple[str, ...] = ("http_429",)

    def __init__(self, sandbox: Sandbox, mailbox: Mailbox) -> None:
        self.sandbox = sandbox
        keys = httpx.get(f"{sandbox.url}/_control/keys").raise_for_status().json()
        self.webhooks: PmsWebhooks = GoHighLevelWebhooks(
            location_id=self.world.location, ed25519_keys=(keys["ed25519"],), rsa_keys=()
        )
        self._mailbox = mailbox

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 6) -> Pms:
        return GoHighLevel(
            location_id=self.world.location,
            token=secret or CONFIG.private_tokens[0],
            base_url=url or self.sandbox.url,
            call_seconds=call_seconds,
        )

    def rate_limit(self, step: Step, style: str) -> None:
        self.sandbox.fault(self.operations[step], "rate_limit")

    def no_show(self, appointment_ref: str) -> None:
        self.sandbox.control("staff/cancel", id=appointment_ref, reason="NO_SHOW")

    def cancelled_by_staff(self, appointment_ref: str) -> None:
        self.sandbox.control("staff/cancel", id=appointment_ref, reason="CLIENT_CANCEL")

    def next_webhook(self) -> Call:
        return self._mailbox.next()


@contextmanager
def gohighlevel_bench() -> Iterator[GoHighLevelBench]:
    """A seeded GoHighLevel whose webhooks arrive."""
    with listening() as mailbox, serving(create_app(CONFIG)) as url:
        sandbox = Sandbox(url)
        sandbox.control("seed", **SEED)
        sandbox.control("config", webhook_url=mailbox.url + "/hook")
        yield GoHighLevelBench(sandbox, mailbox)
