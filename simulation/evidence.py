"""What the account is drawn up from: the ledgers of the four vendors, and the people's own diary. Never our tables.

It is kept as one JSON file beside the account, so that anybody can count again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from simulation.action_log import Diary
from simulation.sandbox_client import Entry
from simulation.vendors import Sandboxes

#: How the desk signs what it types because Chairflow asked for it, where the practice system takes none of its writes.
FOR_CHAIRFLOW: Final = "Rosa (front desk), for Chairflow"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Ledgers by vendor, what was still under way, and the diary (of which only taps on links are counted)."""

    ledgers: dict[str, list[Entry]]
    pending: dict[str, int]
    double_bookings: list[dict[str, Any]]
    diary: list[dict[str, Any]]

    #: The practice system the day was played on.
    pms: str = "boulevard"

    @property
    def calendar(self) -> list[Entry]:
        """The practice system's ledger."""
        return self.ledgers[self.pms]

    @property
    def twilio(self) -> list[Entry]:
        return self.ledgers["twilio"]

    @property
    def slack(self) -> list[Entry]:
        return self.ledgers["slack"]

    def save(self, file: Path) -> None:
        """Writes it down."""
        file.write_text(json.dumps(vars(self), ensure_ascii=False, indent=1))


def collect(sandboxes: Sandboxes, diary: Diary) -> Evidence:
    """Reads all ledgers as they are now."""
    controls = dict(zip(sandboxes.names, sandboxes.all(), strict=True))
    return Evidence(
        ledgers={name: control.ledger() for name, control in controls.items()},
        pending={name: control.state()["webhooks_pending"] for name, control in controls.items()},
        double_bookings=sandboxes.pms.ask("GET", "double_bookings"),
        diary=diary.plain(),
        pms=sandboxes.system.name,
    )


def load(file: Path) -> Evidence:
    """Evidence of an earlier run."""
    return Evidence(**json.loads(file.read_text()))


def by_us(entry: Entry) -> bool:
    """Whether Chairflow did it, by itself or through the person it asked to type it."""
    return entry["by"] == "api" or entry.get("who") == FOR_CHAIRFLOW


def practice_time(entry: Entry) -> datetime:
    """When an entry was made, by the practice's clock."""
    return datetime.fromisoformat(entry["at_practice"])
