"""The outward steps of a fill, as the vendors' ledgers have them, and a worker that dies in the middle of one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from simulation.sandbox_client import Control
from simulation.stage import Stage
from tests.chaos.worker_forks import Nursery

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


@dataclass(frozen=True, order=True)
class Point:
    """A moment to die in: before the vendor does it ("hold"), or after it did and before its answer ("hold_after")."""

    step: Step
    kind: str

    def __str__(self) -> str:
        return f"{'before' if self.kind == 'hold' else 'after'} {self.step}"


class Killer:
    """Whenever one of its points is reached: kills the worker, lets the request go, and starts a new worker."""

    def __init__(self, stage: Stage, nursery: Nursery, points: Sequence[Point]) -> None:
        self._nursery = nursery
        self._armed: dict[Point, tuple[Control, int]] = {}
        for point in sorted(points):
            self._armed[point] = self._arm(stage, point)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="killer")
        self.killed: list[Point] = []

    def _arm(self, stage: Stage, point: Point) -> tuple[Control, int]:
        sandbox: Control = getattr(stage.sandboxes, point.step.vendor)
        step = point.step
        # A request that an earlier fault takes is not counted by a later one.
        taken = sum((one.step.vendor, one.step.operation) == (step.vendor, step.operation) for one in self._armed)
        return sandbox, sandbox.fault(step.operation, point.kind, times=1, after=step.nth - 1 - taken)

    def _watch(self) -> None:
        while not self._end.is_set():
            for point, (sandbox, fault) in self._armed.items():
                if any(one["id"] == fault and one["waiting"] for one in sandbox.faults()):
                    self._nursery.kill()
                    self.killed.append(point)
                    sandbox.release(fault)
                    self._nursery.start()
            time.sleep(0.02)

    @contextmanager
    def at_work(self) -> Iterator[Killer]:
        self._thread.start()
        try:
            yield self
        finally:
            self._end.set()
            self._thread.join()
            for sandbox, _ in self._armed.values():
                sandbox.clear_faults()
