from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import pytest
    import structlog
    from pydantic import BaseModel, ConfigDict
    from temporalio.api.enums.v1 import EventType
    from temporalio.client import Client, WorkflowFailureError
    from temporalio.common import RetryPolicy
    from temporalio.exceptions import ApplicationError
    from temporalio.testing import WorkflowEnvironment
    from temporalio.worker import Replayer, Worker

    from wiring.plugin import AppPlugin
    from wiring.settings import Settings
    from workflows import search_attributes


class Visit(BaseModel):
    model_config = ConfigDict(frozen=True)

    client: str
    seconds: float = 0.0


seen: list[dict[str, object]] = []


@activity.defn
def see(visit: Visit) -> str:
    seen.append(dict(structlog.contextvars.get_contextvars()))
    time.sleep(visit.seconds)
    return visit.client


@activity.defn
def fail(visit: Visit) -> None:
    raise ApplicationError(f"could not text {visit.client}", non_retryable=True)


@workflow.defn(name="Seeing")
class Seeing:
    @workflow.run
    async def run(self, visit: Visit) -> str:
        return await workflow.execute_activity(
            see,
            visit,
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=3),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@workflow.defn(name="Failing")
class Failing:
    @workflow.run
    async def run(self, visit: Visit) -> None:
        workflow.upsert_search_attributes([search_attributes.STAGE.value_set("offering")])
        await workflow.execute_activity(fail, visit, start_to_close_timeout=timedelta(seconds=5))


@workflow.defn(name="Waiting")
class Waiting:
    @workflow.run
    async def run(self) -> str:
        before = workflow.now()
        await workflow.sleep(timedelta(days=30))
        return str((workflow.now() - before).days)


def worker(client: Client) -> Worker:
    return Worker(
        client,
        task_queue=f"plugin-{uuid.uuid4()}",
        workflows=[Seeing, Failing, Waiting],
        activities=[see, fail],
        activity_executor=ThreadPoolExecutor(4),
        max_concurrent_activities=4,
    )


async def test_a_long_activity_in_a_thread_heartbeats_by_itself(temporal_client: Client) -> None:
    async with worker(temporal_client) as served:
        # Longer than the heartbeat timeout and tried once: without beats this would fail.
        result = await temporal_client.execute_workflow(
            Seeing.run, Visit(client="Ana", seconds=5.0), id=f"plugin-{uuid.uuid4()}", task_queue=served.task_queue
        )

    assert result == "Ana"


async def test_log_lines_of_an_activity_carry_references_only(temporal_client: Client) -> None:
    seen.clear()
    reference = f"plugin-{uuid.uuid4()}"

    async with worker(temporal_client) as served:
        await temporal_client.execute_workflow(
            Seeing.run, Visit(client="Ana"), id=reference, task_queue=served.task_queue
        )

    assert seen == [{"workflow_id": reference, "activity": "see", "attempt": 1}]


async def test_no_client_s_name_stands_in_clear_in_a_history(temporal_client: Client) -> None:
    async with worker(temporal_client) as served:
        handle = await temporal_client.start_workflow(
            Failing.run, Visit(client="Anastasia"), id=f"plugin-{uuid.uuid4()}", task_queue=served.task_queue
        )
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
    history = await handle.fetch_history()

    assert str(failed.value.cause.__cause__) == "could not text Anastasia"  # a client with the key reads it
    assert b"Anastasia" not in b"".join(event.SerializeToString() for event in history.events)
    assert EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES in {event.event_type for event in history.events}


async def test_a_recorded_history_replays_under_the_same_plugin(temporal_client: Client, settings: Settings) -> None:
    async with worker(temporal_client) as served:
        handle = await temporal_client.start_workflow(
            Seeing.run, Visit(client="Ana"), id=f"plugin-{uuid.uuid4()}", task_queue=served.task_queue
        )
        await handle.result()

    replayed = await Replayer(workflows=[Seeing], plugins=[AppPlugin(settings)]).replay_workflow(
        await handle.fetch_history()
    )

    assert replayed.replay_failure is None


async def test_a_month_passes_at_once_on_the_skipping_clock(temporal_env: WorkflowEnvironment) -> None:
    async with worker(temporal_env.client) as served:
        days = await asyncio.wait_for(
            temporal_env.client.execute_workflow(
                Waiting.run, id=f"plugin-{uuid.uuid4()}", task_queue=served.task_queue
            ),
            timeout=60,
        )

    assert days == "30"
