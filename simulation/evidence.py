"""What the account is drawn up from: the ledgers of the four vendors, and the people's own diary. Never our tables.

It is kept as one JSON file beside the account, so that anybody can count again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from simulation.control import Entry
from simulation.diary import Diary
from simulation.vendors import VENDORS, Sandboxes


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Ledgers by vendor, what was still under way, and the diary (of which only taps on links are counted)."""

    ledgers: dict[str, list[Entry]]
    pending: dict[str, int]
    double_bookings: list[dict[str, Any]]
    diary: list[dict[str, Any]]

    @property
    def boulevard(self) -> list[Entry]:
        return self.ledgers["boulevard"]

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
    controls = dict(zip(VENDORS, sandboxes.all(), strict=True))
    return Evidence(
        ledgers={name: control.ledger() for name, control in controls.items()},
        pending={name: control.state()["webhooks_pending"] for name, control in controls.items()},
        double_bookings=sandboxes.boulevard.ask("GET", "double_bookings"),
        diary=diary.plain(),
    )


def load(file: Path) -> Evidence:
    """Evidence of an earlier run."""
    return Evidence(**json.loads(file.read_text()))


def practice_time(entry: Entry) -> datetime:
    """When an entry was made, by the practice's clock."""
    return datetime.fromisoformat(entry["at_practice"])
