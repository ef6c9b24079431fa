"""The Jane Developer Platform in front of a practice.

Beside what `sandboxes/practice/sandbox.py` tells, the ledger holds `auth_refused` (with the reason), `rate_limited`,
`tokens_issued`, `consented` and `subscribed`.
"""

from __future__ import annotations

import math
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from sandboxes.common.faults import Fault
from sandboxes.jane.config import JaneConfig
from sandboxes.jane.limits import CLINIC, Limits
from sandboxes.jane.tokens import Tokens
from sandboxes.jane.views import Views
from sandboxes.jane.webhooks import Webhooks
from sandboxes.practice.calendar import Change
from sandboxes.practice.sandbox import PracticeSandbox
from sandboxes.practice.screen_rules import Terms


class JaneSandbox(PracticeSandbox[JaneConfig]):
    """One clinic. Its calendar changes by hand only."""

    vendor = "jane"
    terms = Terms(
        settable=("RESERVED", "BOOKED", "ARRIVED"),
        buttons={"ARRIVED": "Arrived"},
        reasons=("CLIENT_CANCEL", "CLIENT_LATE_CANCEL", "STAFF_CANCEL", "NO_SHOW"),
        deletes=True,
        one_service=True,
    )

    def begin(self) -> None:
        """Start without tokens and subscriptions but the configured ones, and with full limits."""
        self.began = self.practice_now()
        self.views = Views(self.store, self.config)
        self.tokens = Tokens()
        self.limits = Limits()
        self.webhooks = Webhooks(outbox=self.outbox, ledger=self.ledger, source=self.random, config=lambda: self.config)
        self.webhooks.configure()

    def config_changed(self) -> None:
        """Show records by the new settings, and subscribe the configured address."""
        self.views.config = self.config
        self.webhooks.configure()

    def publish(self, change: Change) -> None:
        """Tell the subscribers; clients have no topic."""
        visit = self.store.appointments.get(change.id)
        if visit is not None:
            cancellation = visit.cancellation
            no_show = cancellation is not None and cancellation.reason == "NO_SHOW"
            self.webhooks.publish(change, no_show=no_show)

    def consented(
        self, *, audience: str, scopes: tuple[str, ...], redirect_uri: str | None, code_challenge: str | None
    ) -> str:
        """Agree as an owner does, and return the code."""
        granted = tuple(scope for scope in scopes if scope in self.config.scopes)
        self.ledger.add("consented", audience=audience, scopes=list(granted))
        return self.tokens.code(
            audience=audience, scopes=granted, redirect_uri=redirect_uri, code_challenge=code_challenge
        )

    def dialect_state(self) -> dict[str, Any]:
        """The clinic and its subscriptions."""
        return {
            "business": {"id": str(self.config.clinic_guid), "name": self.store.business_name},
            "webhooks": [
                {"id": each.id, "url": each.url, "topic": each.topic} for each in self.webhooks.subscriptions.values()
            ],
        }

    # The vendor's forms of no

    def refusal(self, fault: Fault) -> Response:
        """A plain error, 400 where the fault names no status."""
        return JSONResponse({"errors": [{"message": fault.message or "Bad request"}]}, status_code=fault.status or 400)

    def rate_limited(self, fault: Fault | None = None, *, wait: float = 1.0, match: str = CLINIC) -> Response:
        """Over a limit, with the seconds to wait."""
        wait = fault.seconds if fault is not None and fault.seconds is not None else wait
        body = {"object": "error", "code": "too_many_requests", "message": "Rate limit exceeded"}
        headers = {"Retry-After": str(max(1, math.ceil(wait))), "X-Throttle-Match": match}
        return JSONResponse(body, status_code=429, headers=headers)
