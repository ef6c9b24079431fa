"""Timeouts and retries, each with its reason. Protocol durations: real time, never scaled by the practice's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

with workflow.unsafe.imports_passed_through():
    from contracts.activity_call import Call, Payload

#: Workflows and everything that only needs the database.
CORE: Final = "core"
#: Texts, mails and the staff chat.
MESSAGING: Final = "messaging"

#: The worker's interceptor heartbeats once a second; a lost worker is noticed after this (DESIGN.md §5.17).
HEARTBEAT: Final = timedelta(seconds=3)


#: temporal.md §5. A journey's activities inherit its place in line; a booking that the practice system's word began (3)
#: does what a person waits for before it looks again, and a fill (1) books before it asks.
FOR_PEOPLE: Final = 2


@dataclass(frozen=True)
class Options:
    """How an activity is run. `start_to_close` bounds one attempt."""

    start_to_close: timedelta
    retry: RetryPolicy


#: Our own database: quick, or briefly away. Retried for as long as it takes; nothing is decided by its absence.
DATABASE: Final = Options(
    start_to_close=timedelta(seconds=10),
    retry=RetryPolicy(
        initial_interval=timedelta(milliseconds=200), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=10)
    ),
)

#: Several vendor calls of at most eight seconds each in one attempt (a wave of texts, a day read and a booking chain).
#: A lost worker is noticed by the heartbeat, so the bound may be wide.
VENDOR: Final = Options(
    start_to_close=timedelta(seconds=90),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=1.6, maximum_interval=timedelta(seconds=15)
    ),
)


OrderT = TypeVar("OrderT", bound=Payload)
ResultT = TypeVar("ResultT", bound=Payload)


async def call(
    activity: Call[OrderT, ResultT],
    order: OrderT,
    *,
    queue: str,
    options: Options,
    summary: str,
    give_up_after: timedelta | None = None,
    priority: int | None = None,
) -> ResultT:
    """Run an activity to its result. `give_up_after` (real time) bounds all its attempts together; past it
    `temporalio.exceptions.ActivityError` is raised. Without it the activity is tried until it succeeds. `priority`:
    another place in line than its journey's."""
    result: ResultT = await workflow.execute_activity(
        activity.name,
        order,
        result_type=activity.result,
        task_queue=queue,
        start_to_close_timeout=options.start_to_close,
        schedule_to_close_timeout=give_up_after,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=options.retry,
        summary=summary[:200],
        priority=Priority(priority_key=priority),
    )
    return result
