"""The sandboxes' control APIs, as the simulation, tests and benchmarks use them: faults, ledgers, clocks, hands.

Nothing here is the product's: these are the strings behind the stage, spoken over HTTP like everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from domain.clock import PracticeClock

Entry = dict[str, Any]

#: Whoever waits for a webhook's answer holds these calls up too, so they may take a while on a busy machine.
_TIMEOUT: Final = httpx.Timeout(30.0)


class ControlFailed(Exception):
    """A sandbox refused an order of the simulation; the text says which and why."""


class Control:
    """One sandbox's `/_control/` routes. Safe to share between threads."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def config(self) -> dict[str, Any]:
        """The sandbox's settings, credentials included: what a practice would copy from the vendor's portal."""
        found: dict[str, Any] = self.ask("GET", "config")
        return found

    def configure(self, **patch: Any) -> None:
        """Changes settings while it runs."""
        self.ask("POST", "config", patch)

    def set_clock(self, clock: PracticeClock) -> None:
        """Tells the sandbox the practice's clock, for its ledger and pages."""
        anchors = {"anchor_real": clock.anchor_real.isoformat(), "anchor_practice": clock.anchor_practice.isoformat()}
        self.ask("POST", "clock", {**anchors, "rate": clock.rate})

    def fault(self, operation: str, kind: str, **details: Any) -> int:
        """Arms one fault and returns its id; kinds and details as `sandboxes.common.faults.Fault` has them."""
        (armed,) = self.ask("POST", "faults", {"operation": operation, "kind": kind, **details})
        number: int = armed["id"]
        return number

    def faults(self) -> list[dict[str, Any]]:
        """All faults armed, with how often each matched, fired and holds somebody."""
        found: list[dict[str, Any]] = self.ask("GET", "faults")
        return found

    def clear_faults(self) -> None:
        """Ends all faults and lets go of what they hold."""
        self.ask("DELETE", "faults")

    def release(self, fault: int | None = None) -> int:
        """Lets held requests go; how many there were."""
        found: dict[str, int] = self.ask("POST", "release" if fault is None else f"release?fault={fault}")
        return found["released"]

    def ledger(self, *, since: int = 0, kind: str | None = None) -> list[Entry]:
        """What happened after entry `since`, in order."""
        wish = f"ledger?since={since}" + (f"&kind={kind}" if kind else "")
        found: list[Entry] = self.ask("GET", wish)
        return found

    def state(self) -> dict[str, Any]:
        """The present state, `webhooks_pending` among it."""
        found: dict[str, Any] = self.ask("GET", "state")
        return found

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call of `/_control/{path}`; raises `ControlFailed` on any answer but a 2xx."""
        response = self._http.request(method, f"/_control/{path}", json=body)
        if not response.is_success:
            raise ControlFailed(f"{self.name}: {method} {path}: {response.status_code} {response.text[:500]}")
        return response.json()
