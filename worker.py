"""A worker process: `python -m worker --queues core,messaging`.

Any number of them may run, each on all queues or on some. Nothing is kept in the process: one that is killed is
noticed within seconds, and another goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from wiring.build import WORKFLOWS, Activities, build_activities, build_database
from wiring.connected_vendors import Accounts, ConnectedVendors
from wiring.keep_alive import KeepAlive
from wiring.logging import configure_logging
from wiring.paces import KeptPaces, Pace, pace_of, read_paces
from wiring.settings import EVERY_PMS, QUEUES, Settings, SettingsError, load_settings, read_queues
from wiring.temporal import connect, metrics_runtime, temporal_address
from workflows.options import CORE

log = structlog.get_logger()

#: Temporal may come up after us; the pause between two tries.
_TRY_AGAIN_SECONDS = 1.0
#: Open requests for work at most, per queue and kind. The default of a hundred takes more tasks in a burst than one
#: interpreter gets through, and another worker could have had them.
_POLLS = 10


def build_workers(
    settings: Settings,
    client: Client,
    activities: Activities,
    *,
    queues: tuple[str, ...],
    threads: ThreadPoolExecutor,
    paces_of: Mapping[str, Pace],
) -> list[Worker]:
    """One worker per queue; workflows on `core` only, a vendor's pace on its queue until `KeptPaces` says another."""
    paced = {queue: pace_of(paces_of, queue) for queue in queues}
    return [
        Worker(
            client,
            task_queue=queue,
            workflows=WORKFLOWS if queue == CORE else (),
            activities=activities.of_queue(queue),
            activity_executor=threads,
            max_concurrent_activities=settings.activity_slots,
            max_cached_workflows=settings.workflow_cache_size,
            # A dead worker's journeys wait so long for it before another takes them; the default is ten seconds.
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
            max_task_queue_activities_per_second=None if (pace := paced[queue]) is None else pace.together,
            # A queue with a pace must not be passed by: eager activities never meet the server's limit.
            disable_eager_activity_execution=True,
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(maximum=_POLLS),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(maximum=_POLLS),
            graceful_shutdown_timeout=timedelta(seconds=settings.graceful_shutdown_seconds),
        )
        for queue in queues
    ]


async def run(settings: Settings, queues: tuple[str, ...]) -> None:
    """Serve until told to stop; a worker that fails ends the process, for its supervisor to see."""
    log.info(
        "worker.starting",
        temporal=temporal_address(),
        namespace=settings.temporal_namespace,
        queues=list(queues),
    )
    for line in settings.vendor_lines():
        log.info("worker.vendor", line=line)
    database = build_database(settings)
    activities = build_activities(settings, database=database)
    client = await _connect(settings)
    paces_of = await asyncio.to_thread(read_paces, settings, database) or {}
    kept = KeptPaces(settings=settings, database=database, client=client, queues=queues)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threads = ThreadPoolExecutor(max_workers=settings.activity_slots * len(queues), thread_name_prefix="activity")
    workers = build_workers(settings, client, activities, queues=queues, threads=threads, paces_of=paces_of)
    log.info("worker.ready", queues=list(queues))
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(worker.run()) for worker in workers]
        beside = [group.create_task(kept.keep())]
        if any(queue.startswith("pms-") for queue in queues):
            vendors = ConnectedVendors(Accounts(settings=settings, database=database))
            beside.append(group.create_task(KeepAlive(database=database, vendors=vendors).keep()))
        await stop.wait()
        for task in beside:
            task.cancel()
        log.info("worker.stopping")
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        await asyncio.gather(*running)
    database.engine.dispose()
    log.info("worker.stopped")


async def _connect(settings: Settings) -> Client:
    runtime = metrics_runtime(settings)
    while True:
        try:
            return await connect(settings, runtime=runtime)
        except RuntimeError as error:
            log.warning("worker.temporal_away", temporal=temporal_address(), error=type(error).__name__)
            await asyncio.sleep(_TRY_AGAIN_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(description="Serves Chairflow's task queues.")
    parser.add_argument(
        "--queues", help=f"Some of {', '.join((*QUEUES, EVERY_PMS))}, with commas; default: CHAIRFLOW_QUEUES."
    )
    asked = parser.parse_args()
    try:
        queues = None if asked.queues is None else read_queues(asked.queues)
    except ValueError as error:
        sys.stderr.write(f"--queues: {error}\n")
        return 2
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(settings)
    try:
        asyncio.run(run(settings, queues or settings.queues))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        pass  # a second Ctrl-C, while it was ending
    return 0


if __name__ == "__main__":
    sys.exit(main())
