"""What `chairflow reconcile` and `schedule` ask of Temporal: one reading of the calendar, or one every so often."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Final

from rich.text import Text
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowFailureError,
)
from temporalio.service import RPCError, RPCStatusCode

from cli.command_context import Office, ui_link
from cli.errors import CannotDo
from cli.terminal import terminal
from contracts.booking import Reconciled
from domain.journey_names import Journey
from inbox.journey_specs import QUEUE, start_of_scheduled
from workflows.ids import schedule_id

#: After an outage of Temporal one run reads everything; those that were missed are not made up for.
_CATCH_UP: Final = timedelta(minutes=1)


async def read_now(here: Office, client: Client, *, days: int, baseline: bool, patience: timedelta) -> Reconciled:
    """One reading, to its end. Raises `CannotDo` where it failed, or took longer than we have patience."""
    start = start_of_scheduled(
        practice=here.practice,
        journey=Journey.RECONCILE,
        run=f"by-hand:{secrets.token_hex(4)}",
        summary="Read the calendar, asked for by hand",
        days=days,
        baseline=baseline,
    )
    handle = await client.start_workflow(
        start.workflow,
        start.input,
        id=start.id,
        task_queue=QUEUE,
        result_type=Reconciled,
        search_attributes=start.search_attributes,
        priority=start.priority,
        static_summary=start.summary,
        static_details=start.details,
    )
    link = ui_link(here.settings, handle.id)
    try:
        with terminal(stderr=True).status(Text(f"Reading {days} days: {link}")):
            async with asyncio.timeout(patience.total_seconds()):
                found: Reconciled = await handle.result()
    except TimeoutError:
        raise CannotDo(f"Not done yet, and it goes on without us: is a worker running? {link}") from None
    except WorkflowFailureError as error:
        raise CannotDo(f"It failed; its history says why: {link}") from error
    return found


async def schedule(here: Office, client: Client, *, every: timedelta, days: int) -> str:
    """Makes the schedule, or changes the one there is; in words."""
    start = start_of_scheduled(
        practice=here.practice,
        journey=Journey.RECONCILE,
        run="scheduled",
        summary="Read the calendar, by schedule",
        days=days,
    )
    wanted = Schedule(
        action=ScheduleActionStartWorkflow(
            start.workflow,
            start.input,
            id=start.id,
            task_queue=QUEUE,
            typed_search_attributes=start.search_attributes,
            priority=start.priority,
            static_summary=start.summary,
            static_details=start.details,
        ),
        # Jitter, so that a thousand practices do not all read at the full minute.
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)], jitter=every / 10),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )
    name = _id(here)
    try:
        await client.create_schedule(name, wanted)
    except ScheduleAlreadyRunningError:

        def changed(_: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(schedule=wanted)

        await client.get_schedule_handle(name).update(changed)
    minutes = every.total_seconds() / 60
    return f"Schedule {name}: {days} days are read every {minutes:g} minutes."


async def unschedule(here: Office, client: Client) -> str:
    """Takes the schedule away, if there is one; in words."""
    name = _id(here)
    try:
        await client.get_schedule_handle(name).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return "It was not read by the clock."
    return f"Schedule {name} is gone. Webhooks alone tell of changes now; blocks and shifts send none."


def _id(here: Office) -> str:
    return schedule_id(journey=Journey.RECONCILE, practice_id=here.practice.id)
