"""GoHighLevel on the bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import httpx

from sandboxes.gohighlevel.app import create_app
from sandboxes.gohighlevel.config import GoHighLevelConfig
from tests.vendors.contract.pms_bench import Step
from tests.vendors.contract.sandbox import Mailbox, Sandbox
from tests.vendors.contract.seeded_bench import SeededBench, seeded
from vendors.pms.base import Pms, PmsWebhooks
from vendors.pms.gohighlevel import GoHighLevel, GoHighLevelWebhooks

CONFIG = GoHighLevelConfig(trace_ids=True)


class GoHighLevelBench(SeededBench):
    """Implements `PmsBench`."""

    operations: Mapping[Step, str] = MappingProxyType({"read": "get-appointment", "commit": "create-appointment"})

    def __init__(self, sandbox: Sandbox, mailbox: Mailbox) -> None:
        super().__init__(sandbox, mailbox)
        keys = httpx.get(f"{sandbox.url}/_control/keys").raise_for_status().json()
        self.webhooks: PmsWebhooks = GoHighLevelWebhooks(
            location_id=self.world.location, ed25519_keys=(keys["ed25519"],), rsa_keys=()
        )

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 6) -> Pms:
        return GoHighLevel(
            location_id=self.world.location,
            token=secret or CONFIG.private_tokens[0],
            base_url=url or self.sandbox.url,
            call_seconds=call_seconds,
        )


@contextmanager
def gohighlevel_bench() -> Iterator[GoHighLevelBench]:
    """A seeded GoHighLevel whose webhooks arrive."""
    with seeded(create_app(CONFIG)) as (sandbox, mailbox):
        yield GoHighLevelBench(sandbox, mailbox)
