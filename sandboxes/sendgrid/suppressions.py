"""The lists of addresses SendGrid will not send to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

LISTS = ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes")
REASONS = {
    "bounces": "Bounced Address",
    "spam_reports": "Spam Reporting Address",
    "invalid_emails": "Invalid",
    "unsubscribes": "Unsubscribed Address",
}
# Which bypass setting lets a mail through which list; list management lets it through all.
BYPASSES = {
    "bounces": "bypass_bounce_management",
    "spam_reports": "bypass_spam_management",
    "unsubscribes": "bypass_unsubscribe_management",
}


@dataclass
class Suppressions:
    """Addresses by list, and by unsubscribe group. `blocks` is a record only: a blocked address may be tried again."""

    lists: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in LISTS})
    groups: dict[int, set[str]] = field(default_factory=dict)

    def add(self, name: str, address: str, reason: str = "") -> None:
        """Put an address on a list."""
        row: dict[str, Any] = {"created": int(time.time()), "email": address}
        if name in {"bounces", "blocks", "invalid_emails"}:
            row |= {"reason": reason, "status": "5.1.1" if name == "bounces" else "4.0.0"}
        if name == "spam_reports":
            row["ip"] = "192.0.2.1"
        self.lists[name][address.lower()] = row

    def reason_to_drop(self, address: str, group_id: int | None, bypass: frozenset[str]) -> str | None:
        """Return why a mail to the address is dropped, if it is."""
        key = address.lower()
        if "bypass_list_management" in bypass:
            return None
        for name, reason in REASONS.items():
            if key in self.lists[name] and BYPASSES.get(name) not in bypass:
                return reason
        if group_id is not None and key in self.groups.get(group_id, set()):
            return "Unsubscribed Address"
        return None

    def clear(self) -> None:
        """Forget all."""
        for rows in self.lists.values():
            rows.clear()
        self.groups.clear()
