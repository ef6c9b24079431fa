"""Asking a running journey something and hearing its answer in the same call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, TypeVar

from pydantic import BaseModel
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

ResultT = TypeVar("ResultT", bound=BaseModel)

#: A person waits for it; past this the same words go by signal and the page looks again.
ANSWER_WITHIN: Final = timedelta(seconds=5)

#: The server says so when a workflow ends with an update half done.
_ENDED_MEANWHILE: Final = "AcceptedUpdateCompletedWorkflow"


@dataclass(frozen=True, kw_only=True)
class Answered(Generic[ResultT]):
    result: ResultT


@dataclass(frozen=True, kw_only=True)
class Declined:
    """The journey's validator said no; `words` are for a person."""

    type: str
    words: str


@dataclass(frozen=True)
class Over:
    """The journey has ended, or never was."""


@dataclass(frozen=True)
class NoAnswer:
    """Temporal or its workers did not answer in time; the update may still run later."""


async def ask(
    client: Client, *, workflow_id: str, update: str, message: BaseModel, key: str, result: type[ResultT]
) -> Answered[ResultT] | Declined | Over | NoAnswer:
    """Run an update under this key: asked again, the same run gives the same answer."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
            answer = await handle.execute_update(update, message, id=key, result_type=result, rpc_timeout=ANSWER_WITHIN)
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        if not isinstance(cause, ApplicationError):
            return Declined(type=type(cause).__name__, words="The journey could not take this.")
        if cause.type == _ENDED_MEANWHILE:
            return Over()
        return Declined(type=cause.type or "Refused", words=cause.message)
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        return NoAnswer()
    except RPCError as error:
        return Over() if ended(error) else NoAnswer()
    return Answered(result=answer)


def ended(error: RPCError) -> bool:
    """Whether it says that this workflow has ended or never was; a missing namespace is another matter."""
    if error.status is not RPCStatusCode.NOT_FOUND:
        return False
    name = NamespaceNotFoundFailure.DESCRIPTOR.full_name
    return not any(detail.type_url.endswith(name) for detail in error.grpc_status.details)
