"""A request that changes something, done once per `Request-Id`."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from fastapi import Header
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.dependencies import Dependencies
from api.patterns import REQUEST_ID
from api.problems import Problem, ProblemBody
from models.repositories import access
from models.repositories.access import Asked, KeyFacts

RequestId = Annotated[
    str | None,
    Header(
        alias="Request-Id",
        pattern=REQUEST_ID,
        description="Makes a repeat harmless: the same id gets the same answer and does nothing twice.",
    ),
]

ResultT = TypeVar("ResultT", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """`key` is the request's, of everything it does. `again`: an attempt came before, and its answer is not known."""

    key: str
    again: bool = False


async def once(
    deps: Dependencies,
    caller: KeyFacts,
    *,
    request_id: str | None,
    operation: str,
    body: BaseModel,
    result: type[ResultT],
    act: Callable[[Attempt], Awaitable[ResultT]],
) -> ResultT:
    """Run `act` for this request, or answer as the first time. The same id with another body is refused.

    A first attempt whose answer was lost half way is run again: everything it does carries the key.
    """
    operation = f"{operation} {sha256(body.model_dump_json().encode()).hexdigest()[:16]}"
    key = f"api:{caller.practice_id}:{request_id or secrets.token_urlsafe(16)}"
    again = False
    if request_id is not None:
        asked = await run_in_threadpool(_begin, deps, caller, key, operation)
        if asked.operation != operation:
            raise Problem(
                409,
                "request_id_reused",
                "This Request-Id was used for another request; use a new one.",
                field="Request-Id",
            )
        if asked.outcome is not None:
            return _again(asked.outcome, result)
        again = not asked.is_new
    try:
        answer = await act(Attempt(key=key, again=again))
    except Problem as problem:
        # An absence heals by itself: the same request may then succeed.
        if request_id is not None and problem.status < 500:
            outcome = {"status": problem.status, "problem": problem.body.model_dump()}
            await run_in_threadpool(_finish, deps, caller, key, outcome)
        raise
    if request_id is not None:
        await run_in_threadpool(_finish, deps, caller, key, {"status": 200, "answer": answer.model_dump(mode="json")})
    return answer


def _begin(deps: Dependencies, caller: KeyFacts, key: str, operation: str) -> Asked:
    with deps.database.transaction() as session:
        return access.begin_request(
            session,
            caller.practice_id,
            request_id=key,
            operation=operation,
            asked_by=f"key {caller.id}",
            now=deps.wall(),
        )


def _finish(deps: Dependencies, caller: KeyFacts, key: str, outcome: dict[str, Any]) -> None:
    with deps.database.transaction() as session:
        access.finish_request(session, caller.practice_id, key, outcome)


def _again(outcome: dict[str, Any], result: type[ResultT]) -> ResultT:
    if "problem" in outcome:
        body = ProblemBody.model_validate(outcome["problem"])
        raise Problem(outcome["status"], body.type, body.detail, field=body.field)
    return result.model_validate(outcome["answer"])
