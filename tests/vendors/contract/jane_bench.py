"""Jane on the bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sandboxes.jane.app import create_app
from sandboxes.jane.config import JaneConfig
from tests.vendors.contract.pms_bench import Step
from tests.vendors.contract.sandbox import Mailbox, Sandbox
from tests.vendors.contract.seeded_bench import SeededBench, seeded
from tests.vendors.kept_tokens import KeptTokens
from vendors.pms.base import Pms, PmsWebhooks
from vendors.pms.jane import Jane, JaneWebhooks
from vendors.pms.jane.oauth import renewing
from vendors.tokens import Tokens

CONFIG = JaneConfig()


class JaneBench(SeededBench):
    """Implements `PmsBench`. Nothing is booked through the API, so there is no step that writes."""

    operations: Mapping[Step, str] = MappingProxyType({"read": "getAnAppointment"})

    def __init__(self, sandbox: Sandbox, mailbox: Mailbox) -> None:
        super().__init__(sandbox, mailbox)
        self.webhooks: PmsWebhooks = JaneWebhooks(secrets=(CONFIG.webhook_secret,), clinic_guid=CONFIG.clinic_guid)

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 6) -> Pms:
        given = self.sandbox.control("consent")
        tokens = Tokens(
            access_token=secret or given["access_token"],
            access_until=datetime.now(UTC) + timedelta(seconds=given["expires_in"]),
            refresh_token=secret or given["refresh_token"],
            refresh_until=datetime.now(UTC) + timedelta(seconds=given["refresh_expires_in"]),
        )
        realm = f"{self.sandbox.url}/realms/{CONFIG.realm}/protocol/openid-connect"
        return Jane(
            clinic_url=url or self.sandbox.url,
            tokens=renewing(
                client_id=CONFIG.client_id,
                client_secret=CONFIG.client_secret,
                store=KeptTokens(tokens),
                token_url=f"{realm}/token",
            ),
            call_seconds=call_seconds,
        )


@contextmanager
def jane_bench() -> Iterator[JaneBench]:
    """A seeded Jane whose webhooks arrive."""
    with seeded(create_app(CONFIG)) as (sandbox, mailbox):
        yield JaneBench(sandbox, mailbox)
