"""A practice with real state, without the API in front of it.

Kinds in the ledger, beside the shared `request`, `webhook` and `webhook_lost`:

- `appointment_booked`, `appointment_moved`, `appointment_cancelled` (with `reason`), `appointment_uncancelled`,
  `appointment_completed`, `appointment_updated`, `appointment_deleted`: each with `by` (api, hand or seed), `who` (a
  name, where staff gave one), the whole appointment after the change (`appointment`, `location`, `client`, `state`,
  `start_at`, `end_at`, `segments` of `service`, `staff`, `room`, `price`, `start_at`, `end_at`), and where it applies
  `before` and `warnings` (the codes that stood when it was done);
- `timeblock_added`, `timeblock_changed`, `timeblock_removed`, `shift_added`, `shift_changed`, `client_created`,
  `client_updated`, `seeded`;
- what the dialect adds, such as `auth_refused` or `rate_limited`.

Ids are as they are stored, here and in all of `/_control`. When something was booked, changed or cancelled is practice
time, like the appointments' own times.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sandboxes.common.sandbox import Sandbox, SandboxConfig
from sandboxes.practice.calendar import Calendar, Change, snapshot
from sandboxes.practice.ids import Ids
from sandboxes.practice.screen_rules import Terms
from sandboxes.practice.store import Store

PracticeConfigT = TypeVar("PracticeConfigT", bound=SandboxConfig)


class PracticeSandbox(Sandbox[PracticeConfigT]):
    """Base of a practice system's sandbox.

    A dialect sets `terms`, overrides `publish` and `begin`, and where it needs to `new_ids` and `dialect_state`; and it
    answers `refusal`, `rate_limited` and `outage` as every sandbox does.
    """

    terms = Terms()

    def __init__(self, config: PracticeConfigT) -> None:
        super().__init__(config)
        self.clear_state()

    # What a dialect fills in

    def new_ids(self) -> Ids:
        """Return the ids records get."""
        return Ids(self.random)

    def begin(self) -> None:
        """Set up what the dialect keeps beside the practice's records; store and calendar are there and empty."""

    def publish(self, change: Change) -> None:
        """Tell whoever wants to know of a change."""

    def dialect_state(self) -> dict[str, Any]:
        """Return what the dialect adds to `GET /_control/state`."""
        return {}

    # What all share

    def clear_state(self) -> None:
        """Forget all records."""
        self.store = Store(ids=self.new_ids())
        self.calendar = Calendar(
            store=self.store,
            ledger=self.ledger,
            publish=lambda change: self.publish(change),
            now=self.practice_now,
            terms=self.terms,
        )
        self.begin()

    def practice_now(self) -> datetime:
        """Return the practice's time."""
        return self.practice_time.now()

    def state(self) -> dict[str, Any]:
        """Return all records, with stored ids and instants in UTC."""
        store = self.store
        return {
            "business": {"name": store.business_name},
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
                    "deleted": each.deleted,
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
            **self.dialect_state(),
        }
