"""Everything that happened in a sandbox, in order, so that an account can be drawn up without the product's tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandboxes.common.clock import PracticeTime, real_now

Entry = dict[str, Any]


class Ledger:
    """An append-only list of entries `{seq, at_real, at_practice, kind, …}`; values must fit into JSON."""

    def __init__(self, practice_time: Callable[[], PracticeTime]) -> None:
        self._practice_time = practice_time
        self._entries: list[Entry] = []
        self._seq = 0

    def add(self, kind: str, /, **fields: Any) -> Entry:
        """Append one entry, stamped with both times, and return it."""
        now = real_now()
        self._seq += 1
        entry: Entry = {
            "seq": self._seq,
            "at_real": now.isoformat(),
            "at_practice": self._practice_time().at(now).isoformat(),
            "kind": kind,
            **fields,
        }
        self._entries.append(entry)
        return entry

    def since(self, seq: int = 0, kind: str | None = None) -> list[Entry]:
        """Return the entries after `seq`, of one kind when asked; numbers go on rising after a reset."""
        return [entry for entry in self._entries if entry["seq"] > seq and kind in (None, entry["kind"])]

    def clear(self) -> None:
        """Forget the entries but keep counting, so that a reader's `since` stays valid."""
        self._entries.clear()


def practice_instant(entry: Entry) -> datetime:
    """Return an entry's practice time as a datetime."""
    return datetime.fromisoformat(entry["at_practice"])
