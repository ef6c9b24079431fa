"""GoHighLevel's API v2 in front of a practice.

Beside what `sandboxes/practice/sandbox.py` tells, the ledger holds `auth_refused` (with the reason), `rate_limited`,
`tokens_issued` and `consented`.
"""

from __future__ import annotations

from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from sandboxes.common.faults import Fault
from sandboxes.gohighlevel.config import GoHighLevelConfig
from sandboxes.gohighlevel.ids import ShortIds
from sandboxes.gohighlevel.limits import Limits
from sandboxes.gohighlevel.tokens import Tokens
from sandboxes.gohighlevel.views import Views
from sandboxes.gohighlevel.webhooks import Webhooks
from sandboxes.practice.calendar import Change
from sandboxes.practice.sandbox import PracticeSandbox
from sandboxes.practice.screen_rules import Terms

_EVENTS = {"appointment_booked": "AppointmentCreate", "appointment_deleted": "AppointmentDelete"}


class GoHighLevelSandbox(PracticeSandbox[GoHighLevelConfig]):
    """One agency with the practice's locations as its sub-accounts."""

    vendor = "gohighlevel"
    terms = Terms(
        settable=("BOOKED", "CONFIRMED"),
        buttons={"BOOKED": "New", "CONFIRMED": "Confirmed"},
        reasons=("CLIENT_CANCEL", "CLIENT_LATE_CANCEL", "STAFF_CANCEL", "NO_SHOW", "MISTAKE", "VOIDED"),
        closed=(),
        deletes=True,
        one_service=True,
    )

    def new_ids(self) -> ShortIds:
        """Twenty letters and digits."""
        return ShortIds(self.random)

    def begin(self) -> None:
        """Start without tokens and with full limits."""
        self.began = self.practice_now()
        self.views = Views(self.store, self.config)
        self.tokens = Tokens()
        self.limits = Limits()
        self.webhooks = Webhooks(outbox=self.outbox, ids=self.store.ids, config=lambda: self.config)
        self.block_calendars: dict[str, str] = {}
        """The calendar a block was made for; the practice itself knows people only."""

    def config_changed(self) -> None:
        """Show records by the new settings."""
        self.views.config = self.config

    def publish(self, change: Change) -> None:
        """Tell the app's webhook."""
        if change.kind.startswith("client_"):
            self.tell_contact("ContactCreate" if change.kind == "client_created" else "ContactUpdate", change.id)
            return
        visit = self.store.appointments[change.id]
        event = _EVENTS.get(change.kind, "AppointmentUpdate")
        self.webhooks.send(event, visit.id, visit.location_id, lambda: {"appointment": self.views.webhook(visit)})

    def tell_contact(self, event: str, client_id: str) -> None:
        """Send a contact's event; its fields stand beside the type."""
        location_id = next(iter(self.store.locations), "")
        client = self.store.clients[client_id]
        named = ("id", "dateAdded", "dateOfBirth", "dnd", "email", "name", "firstName", "lastName", "phone", "tags")

        def content() -> dict[str, Any]:
            view = self.views.contact(client, location_id)
            more = {"dndSettings": view["dndSettings"]} if event == "ContactDndUpdate" else {}
            carried = {name: view[name] for name in named if name in view}
            return {**carried, "attachments": [], "customFields": [], **more}

        self.webhooks.send(event, client_id, location_id, content)

    def dialect_state(self) -> dict[str, Any]:
        """The agency, and how many tokens there are."""
        return {
            "business": {"id": self.config.company_id, "name": self.store.business_name},
            "tokens": {"access": len(self.tokens.access), "refresh": len(self.tokens.refresh)},
        }

    # The vendor's forms of no

    def refusal(self, fault: Fault) -> Response:
        """A plain error, 400 where the fault names no status."""
        return error(fault.status or 400, fault.message or "Something went wrong")

    def rate_limited(self, fault: Fault | None = None) -> Response:
        """Over the limit; the vendor documents no `Retry-After`."""
        return error(429, "Too Many Requests")


def error(status: int, message: str | list[str]) -> Response:
    """An error in the form of its status."""
    body: dict[str, Any] = {"statusCode": status, "message": message}
    if status == 401:
        body["error"] = "Unauthorized"
    if status == 422:
        body["error"] = "Unprocessable Entity"
        body["message"] = message if isinstance(message, list) else [message]
    return JSONResponse(body, status_code=status)
