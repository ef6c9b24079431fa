"""What keeps a stage from having come to rest, as Temporal describes a workflow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo, PendingWorkflowTaskInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse

from tests.journeys.rest import has_a_step_to_take

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
SCHEDULED = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED


def activity(state: PendingActivityState.ValueType, *, attempt: int, due: datetime | None) -> PendingActivityInfo:
    next_attempt = Timestamp()
    if due is not None:
        next_attempt.FromDatetime(due)
    return PendingActivityInfo(state=state, attempt=attempt, next_attempt_schedule_time=next_attempt)


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (DescribeWorkflowExecutionResponse(), False),
        (DescribeWorkflowExecutionResponse(pending_workflow_task=PendingWorkflowTaskInfo()), True),
        (activity(SCHEDULED, attempt=1, due=None), True),
        (activity(STARTED, attempt=1, due=None), True),
        (activity(STARTED, attempt=3, due=None), True),
        (activity(SCHEDULED, attempt=3, due=NOW + timedelta(seconds=1)), False),
        (activity(SCHEDULED, attempt=3, due=NOW), True),
    ],
    ids=[
        "it waits for a clock or a message",
        "a workflow task",
        "an activity to be taken",
        "an activity at work",
        "an activity at work again",
        "an activity to be tried again later",
        "an activity to be tried again now",
    ],
)
def test_a_step_to_take(described: DescribeWorkflowExecutionResponse | PendingActivityInfo, expected: bool) -> None:
    if isinstance(described, PendingActivityInfo):
        described = DescribeWorkflowExecutionResponse(pending_activities=[described])

    assert has_a_step_to_take(described, now=NOW) == expected
