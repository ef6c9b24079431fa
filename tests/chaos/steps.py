"""The outward steps of a fill, as the vendors' ledgers have them, and a worker that dies in the middle of one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from simulation.control import Control
from simulation.stage import Stage

VENDORS: Final = ("boulevard", "twilio", "sendgrid")
#: They change something at the vendor; a worker that dies around one must not do it again.
WRITES: Final = frozenset({"bookingComplete", "cancelAppointment", "updateAppointment", "CreateMessage", "SendMail"})


@dataclass(frozen=True, order=True)
class Step:
    """The `nth` request of this operation since the story began."""

    vendor: str
    operation: str
    nth: int

    def __str__(self) -> str:
        return f"{self.operation}-{self.nth}"

    @property
    def writes(self) -> bool:
        return self.operation in WRITES


def marks(stage: Stage) -> dict[str, int]:
    """Where each ledger ends just now."""
    return {
        name: max((entry["seq"] for entry in getattr(stage.sandboxes, name).ledger()), default=0) for name in VENDORS
    }


def steps_since(stage: Stage, mark: dict[str, int]) -> list[Step]:
    """Every request since then, numbered per operation."""
    steps = []
    for vendor in VENDORS:
        sandbox: Control = getattr(stage.sandboxes, vendor)
        seen: Counter[str] = Counter()
        for entry in sandbox.ledger(since=mark[vendor], kind="request"):
            operation = str(entry["operation"])
            seen[operation] += 1
            steps.append(Step(vendor, operation, seen[operation]))
    return steps


class Killer:
    """Waits until the step is held, kills the worker, lets the request go, and starts a new worker."""

    def __init__(self, stage: Stage, step: Step, kind: str) -> None:
        self._stage = stage
        self._sandbox: Control = getattr(stage.sandboxes, step.vendor)
        self._fault = self._sandbox.fault(step.operation, kind, times=1, after=step.nth - 1)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="killer")
        self.killed = False

    def _watch(self) -> None:
        while not self._end.is_set():
            if any(one["id"] == self._fault and one["waiting"] for one in self._sandbox.faults()):
                self._stage.stop_worker(kill=True)
                self.killed = True
                self._sandbox.release(self._fault)
                self._stage.start_worker()
                return
            time.sleep(0.02)

    @contextmanager
    def at_work(self) -> Iterator[Killer]:
        self._thread.start()
        try:
            yield self
        finally:
            self._end.set()
            self._thread.join()
            self._sandbox.clear_faults()
