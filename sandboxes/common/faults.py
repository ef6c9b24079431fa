"""Faults on request: what should go wrong, how often, and for whom."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal[
    "refuse",
    "delay",
    "drop",
    "commit_then_timeout",
    "hold",
    "hold_after",
    "rate_limit",
    "outage",
    "duplicate",
    "reorder",
]

WEBHOOK_PREFIX = "webhook:"
DEFAULT_HOLD_SECONDS = 60.0


class Fault(BaseModel):
    """One thing that goes wrong.

    `operation` is a glob on the operation's name; one that begins with `webhook:` concerns webhooks out, any other
    one requests in. `match` compares fields of the request, values being globs too. `times` null means until cleared.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str = "*"
    kind: FaultKind
    times: int | None = Field(default=None, ge=1)
    after: int = Field(default=0, ge=0)
    seconds: float | None = Field(default=None, ge=0)
    status: int | None = None
    code: str | int | None = None
    message: str | None = None
    match: dict[str, str | int] = Field(default_factory=dict)

    @property
    def hold_seconds(self) -> float:
        """Return how long a request is held at most."""
        return DEFAULT_HOLD_SECONDS if self.seconds is None else self.seconds

    def concerns(self, operation: str, fields: Mapping[str, Any]) -> bool:
        """Say whether this fault is meant for such a request or webhook."""
        if self.operation.startswith(WEBHOOK_PREFIX) != operation.startswith(WEBHOOK_PREFIX):
            return False
        return fnmatchcase(operation, self.operation) and all(
            fnmatchcase(str(fields.get(name, "")), str(wanted)) for name, wanted in self.match.items()
        )


@dataclass
class ArmedFault:
    """A fault with its counts."""

    id: int
    fault: Fault
    matched: int = 0
    fired: int = 0
    waiting: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def spent(self) -> bool:
        """Say whether it has fired as often as it should."""
        return self.fault.times is not None and self.fired >= self.fault.times

    def fires(self) -> bool:
        """Count a match and say whether the fault fires for it."""
        self.matched += 1
        if self.spent or self.matched <= self.fault.after:
            return False
        self.fired += 1
        return True

    async def hold(self) -> bool:
        """Wait for a release; return False when the time ran out first."""
        self.waiting += 1
        try:
            await asyncio.wait_for(self.released.wait(), self.fault.hold_seconds)
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1
        return True

    def view(self) -> dict[str, Any]:
        """Return what the control API shows."""
        counts = {"matched": self.matched, "fired": self.fired, "waiting": self.waiting}
        return {"id": self.id, **self.fault.model_dump(mode="json"), **counts}


class FaultBook:
    """The faults armed at present, asked in the order in which they were added."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> ArmedFault:
        """Arm one fault."""
        armed = ArmedFault(id=next(self._ids), fault=fault)
        self._armed.append(armed)
        return armed

    def take(self, operation: str, fields: Mapping[str, Any]) -> list[ArmedFault]:
        """Return the faults that fire now: every fitting delay, and the first fitting fault of another kind."""
        taken: list[ArmedFault] = []
        settled = False
        for armed in self._armed:
            is_delay = armed.fault.kind == "delay"
            if (settled and not is_delay) or not armed.fault.concerns(operation, fields):
                continue
            if armed.fires():
                taken.append(armed)
                settled = settled or not is_delay
        return taken

    def release(self, fault_id: int | None = None) -> int:
        """Let held requests go, all or those of one fault, and return how many there were."""
        chosen = [armed for armed in self._armed if fault_id in (None, armed.id)]
        waiting = sum(armed.waiting for armed in chosen)
        for armed in chosen:
            armed.released.set()
            armed.released = asyncio.Event()  # the next request is held again
        return waiting

    def clear(self) -> None:
        """Disarm all faults and let go of what they hold."""
        self.release()
        self._armed.clear()

    def view(self) -> list[dict[str, Any]]:
        """Return all armed faults with their counts."""
        return [armed.view() for armed in self._armed]
