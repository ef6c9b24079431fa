"""A form of the task page: book somebody who is on the phone and stands on no list. First it says exactly what it would
do, then it is asked once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.dependencies import Dependencies, Deps, State
from api.pages.tasks import Name, Reason, TaskRoute, answer_with, look, page_of
from api.pages.unknown_numbers import NO_NAME, find_client
from contracts.workflow_messages import Resolve
from domain.tasks import ASSIGN
from models.repositories import practices, tasks
from models.repositories.link_targets import TaskBehind
from operations import task_answers
from operations.staff_orders import Prospect, Refusal

router = APIRouter(include_in_schema=False, route_class=TaskRoute)


@router.post("/tasks/{token}/somebody-else")
async def book(
    token: str,
    deps: Deps,
    state: State,
    nonce: Annotated[str, Form(pattern=r"^[A-Za-z0-9_-]{8,64}$")],
    known: Annotated[str, Form(max_length=120)],
    by: Name = "",
    reason: Reason = "",
    service: Annotated[int | None, Form(ge=1, le=2**63 - 1)] = None,
    sure: Annotated[bool, Form()] = False,
) -> HTMLResponse:
    seen = await run_in_threadpool(look, deps, token)
    name = by.strip()
    if seen is None or seen.task.state != "open" or not name:
        return page_of(token, seen, name=name, problem="" if name else NO_NAME)
    service_ids = () if service is None else (service,)
    client_id, found = await run_in_threadpool(_judged, deps, seen.task, known, service_ids)
    if found.refused is not None:
        return page_of(token, seen, name=name, problem=found.refused.words)
    assert found.words is not None and client_id is not None  # what is not refused says what it does
    if not sure:
        asked = {"known": str(client_id), "service": service or "", "reason": reason, "does": found.words.before}
        return page_of(token, seen, name=name, somebody_else=asked)
    resolve = Resolve(
        key=f"page:{seen.task.task_id}:{nonce}",
        action=ASSIGN.action,
        by=name,
        reason=reason.strip(),
        client_id=client_id,
        service_ids=service_ids,
    )
    words, problem = await answer_with(deps, state, seen.task, resolve)
    return page_of(token, await run_in_threadpool(look, deps, token), name=name, words=words, problem=problem)


def _judged(
    deps: Dependencies, found: TaskBehind, known: str, service_ids: tuple[int, ...]
) -> tuple[int | None, Prospect]:
    with deps.database.transaction() as session:
        client_id = find_client(session, found.practice_id, known)
        if isinstance(client_id, Refusal):
            return None, Prospect(refused=client_id)
        return client_id, _judge(deps, session, found, client_id, service_ids)


def _judge(
    deps: Dependencies, session: Session, found: TaskBehind, client_id: int, service_ids: tuple[int, ...]
) -> Prospect:
    practice = practices.load(session, found.practice_id)
    row = tasks.get(session, practice.id, found.task_id)
    now = practice.clock.practice(deps.wall())
    return task_answers.judge(session, practice, row, ASSIGN.action, client_id, now=now, service_ids=service_ids)
