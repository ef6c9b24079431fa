"""What the contract suite needs to know about one text vendor and its sandbox; and Twilio on that bench."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sandboxes.common.server import serving
from sandboxes.twilio.app import create_app
from sandboxes.twilio.config import TwilioConfig
from tests.vendors.contract.sandbox import Mailbox, Sandbox, listening
from vendors.sms.base import Texts, TextWebhooks
from vendors.sms.twilio import TwilioTexts, TwilioWebhooks

_CONFIG = TwilioConfig(opt_out="advanced")


class TextBench(Protocol):
    """One text vendor on the bench."""

    sandbox: Sandbox
    #: What the sandbox's faults call a send and a read-back.
    send: str
    find: str
    #: The number that clients text to.
    number: str
    webhooks: TextWebhooks
    #: Status reports and inbound texts arrive apart.
    reports: Mailbox
    inbox: Mailbox

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 4) -> Texts:
        """An adapter for the sandbox, or another server, or with a wrong secret."""

    def from_client(self, *, number: str, body: str) -> None:
        """A client writes."""

    def invalid(self, number: str) -> None:
        """Make a number one that takes no texts."""

    def unreachable_landline(self, number: str) -> None:
        """Make a number one whose texts are accepted and then fail for good."""


class TwilioBench:
    """Implements `TextBench`."""

    send = "CreateMessage"
    find = "ListMessage"
    number = _CONFIG.numbers[0]
    webhooks: TextWebhooks = TwilioWebhooks(auth_tokens=(_CONFIG.auth_token,))

    def __init__(self, sandbox: Sandbox, reports: Mailbox, inbox: Mailbox) -> None:
        self.sandbox = sandbox
        self.reports = reports
        self.inbox = inbox

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 4) -> Texts:
        return TwilioTexts(
            account_sid=_CONFIG.account_sid,
            password=secret or _CONFIG.auth_token,
            messaging_service_sid=next(iter(_CONFIG.messaging_services)),
            status_callback=f"{self.reports.url}/status",
            base_url=url or self.sandbox.url,
            call_seconds=call_seconds,
        )

    def from_client(self, *, number: str, body: str) -> None:
        self.sandbox.control("inbound", **{"from": number, "body": body})

    def invalid(self, number: str) -> None:
        self.sandbox.control("failure", number=number, code=21211)

    def unreachable_landline(self, number: str) -> None:
        self.sandbox.control("failure", number=number, code=30006)


@contextmanager
def twilio_bench() -> Iterator[TwilioBench]:
    """A Twilio whose webhooks arrive."""
    with listening() as reports, listening() as inbox, serving(create_app(_CONFIG)) as url:
        sandbox = Sandbox(url)
        sandbox.control("config", inbound_url=f"{inbox.url}/inbound")
        yield TwilioBench(sandbox, reports, inbox)
