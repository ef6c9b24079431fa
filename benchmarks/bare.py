"""The floor: a workflow with as many activities and waits as a journey's, and nothing inside them.

No database, no vendor, no payload worth naming, the SDK's own settings; on the same server, with one worker process
like the product's. `python -m benchmarks.bare HOST:PORT` is that worker.
"""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

QUEUE: Final = "bare"


@activity.defn
def stamp() -> float:
    """When an activity ran: what a vendor's ledger says of the product's."""
    return time.time()


@workflow.defn
class Bare:
    """Waits for its signal, then runs so many activities in a row."""

    def __init__(self) -> None:
        self._steps = 0

    @workflow.run
    async def run(self) -> list[float]:
        await workflow.wait_condition(lambda: self._steps > 0, timeout=timedelta(minutes=10))
        return [
            await workflow.execute_activity(stamp, start_to_close_timeout=timedelta(seconds=10))
            for _ in range(self._steps)
        ]

    @workflow.signal
    def go(self, steps: int) -> None:
        self._steps = steps


@dataclass(frozen=True)
class BareFloor:
    """Runs the bare workflow from the benchmark's side."""

    client: Client

    async def started_by_signal(self, steps: int) -> list[float]:
        """Signal-with-start; seconds until each activity ran. A webhook starts or wakes its journey like this."""
        began = time.time()
        handle = await self.client.start_workflow(
            Bare.run, id=f"bare:{uuid.uuid4()}", task_queue=QUEUE, start_signal="go", start_signal_args=[steps]
        )
        return [at - began for at in await handle.result()]

    async def all_at_once(self, count: int, steps: int) -> float:
        """So many of them started together; how many end in a second."""
        began = time.monotonic()
        await asyncio.gather(*(self.started_by_signal(steps) for _ in range(count)))
        return count / (time.monotonic() - began)

    async def woken_by_signal(self, steps: int) -> list[float]:
        """A signal to one that waits, as a fill waits for a YES."""
        handle = await self.client.start_workflow(Bare.run, id=f"bare:{uuid.uuid4()}", task_queue=QUEUE)
        # It is waiting once its first task is done; until then its start would be part of the figure.
        await handle.query("__temporal_workflow_metadata")
        began = time.time()
        await handle.signal(Bare.go, steps)
        return [at - began for at in await handle.result()]


async def serve(address: str) -> None:
    """The worker, until it is ended."""
    client = await Client.connect(address)
    with ThreadPoolExecutor(max_workers=20) as threads:
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[Bare],
            activities=[stamp],
            activity_executor=threads,
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
            # As the product: an eager activity never meets the server's pace.
            disable_eager_activity_execution=True,
        )
        await worker.run()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
