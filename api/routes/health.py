"""Is it alive, can it work, and what has it counted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from api.dependencies import Dependencies, Deps, State
from inbox.journey_specs import QUEUE

router = APIRouter(tags=["health"])

_WITHIN_SECONDS: Final = 3.0
#: A worker polls anew every minute at the latest; Temporal lists one that is gone for minutes more.
_POLLED_WITHIN: Final = timedelta(seconds=80)


class Readiness(BaseModel):
    """What stands and what does not; every value is "ok" when it is ready."""

    ready: bool
    parts: dict[str, str] = Field(description="By name: database, temporal, and each task queue.")


@router.get("/healthz", summary="The process answers")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Database and Temporal answer, and every queue has a worker",
    response_model=Readiness,
    responses={503: {"model": Readiness}},
)
async def readyz(deps: Deps, state: State) -> JSONResponse:
    parts = {"database": await run_in_threadpool(_database, deps)}
    if state.client is None:
        parts["temporal"] = "not connected yet"
    else:
        queues = [(QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)]
        queues += [(queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY) for queue in deps.settings.queues]
        found = await asyncio.gather(*(_pollers(state.client, queue, kind) for queue, kind in queues))
        parts["temporal"] = next((one for one in found if one.startswith("away")), "ok")
        for (queue, kind), what in zip(queues, found, strict=True):
            parts[f"{queue} ({'workflows' if kind == TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW else 'activities'})"] = what
    ready = all(part == "ok" for part in parts.values())
    return JSONResponse(Readiness(ready=ready, parts=parts).model_dump(), status_code=200 if ready else 503)


@router.get("/metrics", summary="Prometheus metrics; no label names a person", response_class=Response)
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _database(deps: Dependencies) -> str:
    try:
        with deps.database.transaction() as session:
            session.execute(text("SELECT 1"))
    except Exception as error:
        return f"away: {type(error).__name__}"
    return "ok"


async def _pollers(client: Client, queue: str, kind: TaskQueueType.ValueType) -> str:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            answer = await client.workflow_service.describe_task_queue(request)
    except (RPCError, TimeoutError) as error:
        return f"away: {type(error).__name__}"
    since = datetime.now(UTC) - _POLLED_WITHIN
    return "ok" if any(one.last_access_time.ToDatetime(UTC) > since for one in answer.pollers) else "no worker polls it"
