"""What the benches of practice systems share: a sandbox seeded by `practice_seed`, one limit, staff by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fastapi import FastAPI

from sandboxes.common.server import serving
from tests.vendors.contract.pms_bench import Step
from tests.vendors.contract.practice_seed import SEED, plain_world
from tests.vendors.contract.sandbox import Call, Mailbox, Sandbox, listening


class SeededBench:
    """All of `PmsBench` but how its adapter and its reader of webhooks are made."""

    world = plain_world(mia_consents=(None, False))
    operations: Mapping[Step, str]
    rate_limit_styles: tuple[str, ...] = ("http_429",)

    def __init__(self, sandbox: Sandbox, mailbox: Mailbox) -> None:
        self.sandbox = sandbox
        self._mailbox = mailbox

    def rate_limit(self, step: Step, style: str) -> None:
        self.sandbox.fault(self.operations[step], "rate_limit")

    def no_show(self, appointment_ref: str) -> None:
        self.sandbox.control("staff/cancel", id=appointment_ref, reason="NO_SHOW")

    def cancelled_by_staff(self, appointment_ref: str) -> None:
        self.sandbox.control("staff/cancel", id=appointment_ref, reason="CLIENT_CANCEL")

    def next_webhook(self) -> Call:
        return self._mailbox.next()


@contextmanager
def seeded(app: FastAPI) -> Iterator[tuple[Sandbox, Mailbox]]:
    """The sandbox with its practice, and where its webhooks arrive."""
    with listening() as mailbox, serving(app) as url:
        sandbox = Sandbox(url)
        sandbox.control("seed", **SEED)
        sandbox.control("config", webhook_url=mailbox.url + "/hook")
        yield sandbox, mailbox
