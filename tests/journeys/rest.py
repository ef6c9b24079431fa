"""When a stage has come to rest: nothing has to be done now, and what is left waits for a clock or for somebody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlmodel import select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.inbox import Delivery, Receipt
from simulation.stage import Stage

#: Descriptions asked for at a time.
_AT_ONCE: Final = 16


async def come_to_rest(stage: Stage, *, seconds: float) -> None:
    """Waits until webhooks have arrived, deliveries were handed over, texts have landed, and no journey has a step to
    take: twice in a row, since one may hand something to another between two looks. Fails with what is left."""
    client = await stage.client()
    deadline, quiet = time.monotonic() + seconds, 0
    while quiet < 2:
        under_way = _handed_on(stage) or await _journeys(client)
        quiet = 0 if under_way else quiet + 1
        assert time.monotonic() < deadline, f"no rest within {seconds:.0f} s: {', '.join(under_way)}"
        await asyncio.sleep(0.05)


def _handed_on(stage: Stage) -> Sequence[str]:
    """What is on its way between vendors and journeys, in words."""
    with stage.database().transaction() as session:
        on_its_way = {
            "texts": stage.sandboxes.twilio.state()["under_way"],
            "webhooks": any(one.state()["webhooks_pending"] for one in stage.sandboxes.all()),
            "receipts": session.exec(select(Receipt.id).where(Receipt.state == "new").limit(1)).first(),
            "deliveries": session.exec(select(Delivery.id).where(Delivery.state == "waiting").limit(1)).first(),
        }
    return [what for what, there in on_its_way.items() if there]


async def _journeys(client: Client) -> Sequence[str]:
    """The ids of workflows with a step to take. Each one's own record is asked, since the list may lag behind."""
    executions = [
        WorkflowExecution(workflow_id=one.id, run_id=one.run_id)
        async for one in client.list_workflows("ExecutionStatus = 'Running'")
    ]
    free = asyncio.Semaphore(_AT_ONCE)

    async def is_under_way(execution: WorkflowExecution) -> bool:
        async with free:
            described = await _described(client, execution)
        return described is not None and has_a_step_to_take(described, now=datetime.now(UTC))

    answers = await asyncio.gather(*map(is_under_way, executions))
    return [execution.workflow_id for execution, yes in zip(executions, answers, strict=True) if yes]


async def _described(client: Client, execution: WorkflowExecution) -> DescribeWorkflowExecutionResponse | None:
    """`None` for one that has ended and gone meanwhile."""
    question = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    try:
        return await client.workflow_service.describe_workflow_execution(question)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


def has_a_step_to_take(described: DescribeWorkflowExecutionResponse, *, now: datetime) -> bool:
    """Whether a worker has something to do for it, or is about to. An activity that failed and is to be tried again
    waits for a clock."""
    return described.HasField("pending_workflow_task") or any(
        not _waits_for_its_next_attempt(one, now=now) for one in described.pending_activities
    )


def _waits_for_its_next_attempt(activity: PendingActivityInfo, *, now: datetime) -> bool:
    return (
        activity.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
        and activity.attempt > 1
        and activity.next_attempt_schedule_time.ToDatetime(UTC) > now
    )
