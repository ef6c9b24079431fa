"""Boulevard's Admin API in front of a practice.

Beside what `sandboxes/practice/sandbox.py` tells, the ledger holds `auth_refused` (with the reason the caller is not
told), `rate_limited` and `webhook_disabled`. Ids are bare UUIDs there and in all of `/_control`.
"""

from __future__ import annotations

import math
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from graphql import GraphQLSchema, execute_sync, parse

from sandboxes.boulevard.config import BoulevardConfig
from sandboxes.boulevard.drafts import Drafts
from sandboxes.boulevard.ids import Urns
from sandboxes.boulevard.limits import Bucket
from sandboxes.boulevard.mutations import Mutations
from sandboxes.boulevard.queries import Queries
from sandboxes.boulevard.rescheduling import Rescheduling
from sandboxes.boulevard.schema import load_schema
from sandboxes.boulevard.views import View, Views
from sandboxes.boulevard.webhooks import Webhooks, event_of
from sandboxes.common.faults import Fault
from sandboxes.practice.calendar import Change
from sandboxes.practice.sandbox import PracticeSandbox
from sandboxes.practice.screen_rules import Terms

CANCELLATION_REASONS = (
    "CLIENT_CANCEL",
    "CLIENT_LATE_CANCEL",
    "MERGED",
    "MISTAKE",
    "NO_SHOW",
    "STAFF_CANCEL",
    "VOIDED",
    "BLVD_CANCELLED",
    "OFFBOARDED",
)


class BoulevardSandbox(PracticeSandbox[BoulevardConfig]):
    """One business; see the top of this module for what its ledger holds."""

    vendor = "boulevard"
    terms = Terms(reasons=CANCELLATION_REASONS)
    schema: GraphQLSchema

    def new_ids(self) -> Urns:
        """UUIDs that may come in as URNs."""
        return Urns(self.random)

    def begin(self) -> None:
        """Start without drafts; webhooks the config names stay, those made by `createWebhook` go."""
        self.webhooks = Webhooks(
            outbox=self.outbox,
            ledger=self.ledger,
            random_source=self.random,
            config=lambda: self.config,
            read_node=self._read_node,
        )
        self.bucket = Bucket(self.config.bucket_capacity, self.config.bucket_leak_per_second)
        self.drafts = Drafts(self.store, self.calendar)
        self.rescheduling = Rescheduling(self.store, self.calendar, self.config.slot_minutes)
        self._assemble()
        self.webhooks.retarget(ping=False)

    def publish(self, change: Change) -> None:
        """Tell the webhooks."""
        client = change.kind.startswith("client_")
        state = None if client else self.store.appointments[change.id].state
        self.webhooks.publish(event_of(change, state), "Client" if client else "Appointment", change.id)

    def config_changed(self) -> None:
        """Take over limits and webhook targets; a new target is pinged."""
        self.bucket.capacity = self.config.bucket_capacity
        self.bucket.leak_per_second = self.config.bucket_leak_per_second
        self.rescheduling.slot_minutes = self.config.slot_minutes
        self._assemble()
        self.webhooks.retarget()

    def _assemble(self) -> None:
        config = self.config
        self.schema = load_schema(without=tuple(config.without_fields))
        views = Views(self.store)
        self.views = views
        queries = Queries(self.store, views, config.default_page_size)
        mutations = Mutations(
            store=self.store,
            views=views,
            calendar=self.calendar,
            drafts=self.drafts,
            rescheduling=self.rescheduling,
            webhooks=self.webhooks,
            booked_by_type=config.booked_by_type,
            note=config.warn_of,
            now=self.practice_now,
        )
        self.root = {**queries.fields(), **mutations.fields()}

    def _read_node(self, field: str, node_id: str, selection: str) -> View:
        document = parse(f"query($id: ID!) {{ node: {field}(id: $id) {{ {selection} }} }}")
        result = execute_sync(self.schema, document, self.root, variable_values={"id": node_id})
        if result.errors or not result.data:
            raise RuntimeError(f"a webhook's node cannot be read: {result.errors}")
        node: View = result.data["node"]
        return node

    def dialect_state(self) -> dict[str, Any]:
        """The business with its id, open drafts and webhooks."""
        return {
            "business": {"id": self.config.business_id, "name": self.store.business_name},
            "drafts": sum(not each.completed for each in self.drafts.drafts.values()),
            "webhooks": [
                {"id": each.id, "url": each.url, "events": list(each.events), "enabled": each.enabled}
                for each in self.webhooks.hooks.values()
            ],
        }

    # The vendor's forms of no

    def refusal(self, fault: Fault) -> Response:
        """A 200 with `errors` as GraphQL refuses, or the fault's own status."""
        return errors_response(
            fault.message or "Something went wrong",
            code=str(fault.code or "INTERNAL_SERVER_ERROR"),
            status=fault.status or 200,
        )

    def rate_limited(
        self, fault: Fault | None = None, *, wait: float = 1.0, cost: float = 16, operation: str = "appointments"
    ) -> Response:
        """Over the limit, in the configured style; a fault picks one by `status` 429 or 200 and a wait by `seconds`."""
        wait = fault.seconds if fault is not None and fault.seconds is not None else wait
        style = self.config.over_limit_style
        if fault is not None and fault.status is not None:
            style = "http_429" if fault.status == 429 else "graphql"
        message = (
            f"API limit exceeded. Query cost is {cost:.0f} and you have {self.bucket.left():.0f} points available. "
            f"Please wait {math.ceil(wait * 1000)}ms and try again."
        )
        if style != "http_429":
            return errors_response(message, path=[operation] if style == "graphql_path" else None)
        response = errors_response(message, status=429)
        if self.config.retry_after_header:
            response.headers["Retry-After"] = str(max(1, round(wait + 0.5)))
        return response


def errors_response(
    message: str, *, code: str | None = None, status: int = 200, path: list[str] | None = None
) -> Response:
    """An answer of errors only."""
    row: dict[str, Any] = {"message": message}
    if code is not None:
        row["extensions"] = {"code": code}
    if path is None:
        return JSONResponse({"errors": [row]}, status_code=status)
    return JSONResponse({"data": {path[0]: None}, "errors": [{**row, "path": path}]}, status_code=status)
