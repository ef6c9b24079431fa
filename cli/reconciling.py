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
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from cli.errors import CannotDo
from cli.office import Office, ui_link
from cli.terminal import terminal
from contracts.booking import Reconciled
from contracts.messages import ClockInput, ReconcileInput
from workflows import search_attributes as sa
from workflows.options import CORE

#: After an outage of Temporal one run reads everything; those that were missed are not made up for.
_CATCH_UP: Final = timedelta(minutes=1)


async def read_now(here: Office, client: Client, *, days: int, baseline: bool, patience: timedelta) -> Reconciled:
    """One reading, to its end. Raises `CannotDo` where it failed, or took longer than we have patience."""
    handle = await client.start_workflow(
        "Reconcile",
        _input(here, days=days, baseline=baseline),
        id=f"{_id(here)}:by-hand:{secrets.token_hex(4)}",
        task_queue=CORE,
        result_type=Reconciled,
        search_attributes=_attributes(here),
        priority=_priority(here),
        static_summary="Read the calendar, asked for by hand",
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
    wanted = Schedule(
        action=ScheduleActionStartWorkflow(
            "Reconcile",
            _input(here, days=days, baseline=False),
            id=f"{_id(here)}:scheduled",
            task_queue=CORE,
            typed_search_attributes=_attributes(here),
            priority=_priority(here),
            static_summary="Read the calendar, by schedule",
        ),
        # Jitter, so that a thousand practices do not all read at the full minute.
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)], jitter=every / 10),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )
    try:
        await client.create_schedule(_id(here), wanted)
    except ScheduleAlreadyRunningError:

        def changed(_: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(schedule=wanted)

        await client.get_schedule_handle(_id(here)).update(changed)
    minutes = every.total_seconds() / 60
    return f"Schedule {_id(here)}: {days} days are read every {minutes:g} minutes."


async def unschedule(here: Office, client: Client) -> str:
    """Takes the schedule away, if there is one; in words."""
    try:
        await client.get_schedule_handle(_id(here)).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return "It was not read by the clock."
    return f"Schedule {_id(here)} is gone. Webhooks alone tell of changes now; blocks and shifts send none."


def _id(here: Office) -> str:
    return f"reconcile:{here.practice.id}"


def _input(here: Office, *, days: int, baseline: bool) -> ReconcileInput:
    return ReconcileInput(
        practice_id=here.practice.id,
        clock=ClockInput.of(here.practice.clock),
        pms_queue=f"pms-{here.practice.pms_kind}",
        days=days,
        baseline=baseline,
    )


def _attributes(here: Office) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(sa.PRACTICE_ID, str(here.practice.id)),
            SearchAttributePair(sa.PMS_KIND, here.practice.pms_kind),
        ]
    )


def _priority(here: Office) -> Priority:
    return Priority(priority_key=4, fairness_key=str(here.practice.id))
