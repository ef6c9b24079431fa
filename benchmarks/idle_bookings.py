"""What a booking costs while nothing happens: memory of a worker that keeps it, and the worker's idle time.

`python -m benchmarks.idle_bookings HOST:PORT COUNT` is a worker of the product's own making whose activities answer at
once; it starts so many bookings, waits until all of them sleep, and prints what it measured of itself.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from temporalio import activity

from benchmarks.figures import Figure
from contracts.booking import REFRESH_APPOINTMENT, AppointmentFacts, Change, RefreshAppointment
from contracts.workflow_messages import BookingInput
from wiring.build import Activities
from wiring.settings import given_settings
from wiring.temporal import connect
from worker import build_workers

_PMS_QUEUE: Final = "pms-boulevard"
_MOST_AT_ONCE: Final = 20
_ASLEEP_WITHIN_SECONDS: Final = 300
#: After the last of them has fallen asleep, until its worker has nothing of it left to do.
_SETTLES_SECONDS: Final = 10
_IDLE_SECONDS: Final = 20


@dataclass(frozen=True)
class Sleeping:
    """`each` is in bytes of resident memory, `idle` the part of a core that the worker takes."""

    count: int
    each: float
    idle: float

    def figures(self) -> tuple[Figure, ...]:
        return (
            Figure(f"{self.count:,} bookings asleep in one worker: memory of each", round(self.each / 1024, 1), "KiB"),
            Figure(f"{self.count:,} bookings asleep in one worker: idle", round(self.idle * 100, 2), "% core"),
        )


async def run(address: str, count: int) -> Sleeping:
    """In a process of its own, whose memory and time are the worker's."""
    settings = given_settings(workflow_cache_size=2 * count)
    client = await connect(settings, target_host=address)
    looked: set[int] = set()

    @activity.defn(name=REFRESH_APPOINTMENT.name)
    def refresh(order: RefreshAppointment) -> AppointmentFacts:
        looked.add(order.appointment_id)
        starts = datetime.now(UTC) + timedelta(days=3)
        return AppointmentFacts(change=Change.NONE, state="booked", starts_at=starts, ends_at=starts, close_at=starts)

    with ThreadPoolExecutor(max_workers=settings.activity_slots) as threads:
        served = build_workers(
            settings,
            client,
            Activities(core=(), messaging=(), pms=(refresh,)),
            queues=("core", _PMS_QUEUE),
            threads=threads,
            paces_of={},
        )
        running = [asyncio.create_task(one.run()) for one in served]
        batch, room = uuid.uuid4(), asyncio.Semaphore(_MOST_AT_ONCE)

        async def start(number: int) -> None:
            order = BookingInput(practice_id=1, pms_queue=_PMS_QUEUE, appointment_id=number)
            async with room:
                await client.start_workflow("Booking", order, id=f"sleeping:{batch}:{number}", task_queue="core")

        # The first ones bring what every worker needs once, however many it keeps.
        await asyncio.gather(*(start(number) for number in range(_MOST_AT_ONCE)))
        await _until(looked, _MOST_AT_ONCE)
        before = _resident()
        await asyncio.gather(*(start(number) for number in range(_MOST_AT_ONCE, _MOST_AT_ONCE + count)))
        await _until(looked, _MOST_AT_ONCE + count)
        after, began = _resident(), time.process_time()
        await asyncio.sleep(_IDLE_SECONDS)
        idle = (time.process_time() - began) / _IDLE_SECONDS
        for one in served:
            await one.shutdown()
        await asyncio.gather(*running)
    return Sleeping(count=count, each=(after - before) / count, idle=idle)


async def _until(looked: set[int], count: int) -> None:
    async with asyncio.timeout(_ASLEEP_WITHIN_SECONDS):
        while len(looked) < count:  # noqa: ASYNC110 (activities run in threads, an event belongs to the loop)
            await asyncio.sleep(0.1)
    await asyncio.sleep(_SETTLES_SECONDS)
    gc.collect()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(run(sys.argv[1], int(sys.argv[2]))))) + "\n")
