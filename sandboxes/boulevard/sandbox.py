"""Boulevard's Admin API with real state.

Kinds in the ledger, beside the shared `request`, `webhook` and `webhook_lost`:

- `appointment_booked`, `appointment_moved`, `appointment_cancelled` (with `reason`), `appointment_uncancelled`,
  `appointment_completed`, `appointment_updated`: each with `by` (api, hand or seed), `who` (a name, where staff gave
  one), the whole appointment after the change (`appointment`, `location`, `client`, `state`, `start_at`, `end_at`,
  `segments` of `service`, `staff`, `room`, `price`, `start_at`, `end_at`), and where it applies `before` and `warnings`
  (the codes that stood when it was done);
- `timeblock_added`, `timeblock_removed`, `shift_added`, `shift_changed`, `client_created`, `client_updated`;
- `auth_refused` (with the reason the caller is not told), `rate_limited`, `webhook_disabled`, `seeded`.

Ids are bare UUIDs here and in all of `/_control`. `createdAt` and `cancelledAt` are practice time, like the
appointments' own times.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from graphql import GraphQLSchema, execute_sync, parse

from sandboxes.boulevard.calendar import Calendar, snapshot
from sandboxes.boulevard.config import BoulevardConfig
from sandboxes.boulevard.drafts import Drafts
from sandboxes.boulevard.limits import Bucket
from sandboxes.boulevard.mutations import Mutations
from sandboxes.boulevard.queries import Queries
from sandboxes.boulevard.rescheduling import Rescheduling
from sandboxes.boulevard.schema import load_schema
from sandboxes.boulevard.store import Store
from sandboxes.boulevard.views import View, Views
from sandboxes.boulevard.webhooks import Webhooks
from sandboxes.common.faults import Fault
from sandboxes.common.sandbox import Sandbox


class BoulevardSandbox(Sandbox[BoulevardConfig]):
    """One business; see the top of this module for what its ledger holds."""

    vendor = "boulevard"

    def __init__(self, config: BoulevardConfig) -> None:
        super().__init__(config)
        self.schema: GraphQLSchema
        self.clear_state()

    def clear_state(self) -> None:
        """Forget all records; webhooks the config names stay, those made by `createWebhook` go."""
        self.store = Store(random=self.random)
        self.webhooks = Webhooks(
            outbox=self.outbox,
            ledger=self.ledger,
            random_source=self.random,
            config=lambda: self.config,
            read_node=self._read_node,
        )
        self.calendar = Calendar(
            store=self.store, ledger=self.ledger, publish=self.webhooks.publish, now=self.practice_now
        )
        self.bucket = Bucket(self.config.bucket_capacity, self.config.bucket_leak_per_second)
        self._assemble()
        self.webhooks.retarget(ping=False)

    def config_changed(self) -> None:
        """Take over limits and webhook targets; a new target is pinged."""
        self.bucket.capacity = self.config.bucket_capacity
        self.bucket.leak_per_second = self.config.bucket_leak_per_second
        self._assemble()
        self.webhooks.retarget()

    def practice_now(self) -> datetime:
        """The practice's time."""
        return self.practice_time.now()

    def _assemble(self) -> None:
        config = self.config
        self.schema = load_schema(without=config.without_fields)
        views = Views(self.store)
        self.views = views
        queries = Queries(self.store, views, config.default_page_size)
        mutations = Mutations(
            store=self.store,
            views=views,
            calendar=self.calendar,
            drafts=Drafts(self.store, self.calendar),
            rescheduling=Rescheduling(self.store, self.calendar, config.slot_minutes),
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

    def state(self) -> dict[str, Any]:
        """All records, with bare ids and instants in UTC."""
        store = self.store
        return {
            "business": {"id": self.config.business_id, "name": store.business_name},
            "locations": [{"id": each.id, "name": each.name, "tz": each.tz} for each in store.locations.values()],
            "staff": [{"id": each.id, "name": each.name} for each in store.staff.values()],
            "services": [
                {
                    "id": each.id,
                    "name": each.name,
                    "duration": each.default_duration,
                    "price": each.default_price,
                    "rooms": list(each.rooms),
                }
                for each in store.services.values()
            ],
            "clients": [
                {"id": each.id, "name": each.name, "email": each.email, "mobile_phone": each.mobile_phone}
                for each in store.clients.values()
            ],
            "appointments": [
                {
                    **snapshot(each),
                    "notes": each.notes,
                    "booked_by_type": each.booked_by_type,
                    "created_at": each.created_at.isoformat(),
                    "cancellation": each.cancellation
                    and {
                        "reason": each.cancellation.reason,
                        "notes": each.cancellation.notes,
                        "cancelled_at": each.cancellation.cancelled_at.isoformat(),
                    },
                }
                for each in store.appointments.values()
            ],
            "shifts": [
                {
                    "id": each.id,
                    "location": each.location_id,
                    "staff": each.staff_id,
                    "weekday": each.weekday,
                    "begins": each.begins and each.begins.isoformat(),
                    "ends": each.ends and each.ends.isoformat(),
                    "clock_in": each.clock_in.isoformat(),
                    "clock_out": each.clock_out.isoformat(),
                    "available": each.available,
                }
                for each in store.shifts.values()
            ],
            "timeblocks": [
                {
                    "id": each.id,
                    "location": each.location_id,
                    "staff": each.staff_id,
                    "start_at": each.start_at.isoformat(),
                    "end_at": each.end_at.isoformat(),
                    "title": each.title,
                    "cancelled": each.cancelled,
                }
                for each in store.timeblocks.values()
            ],
            "drafts": sum(not each.completed for each in store.drafts.values()),
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
