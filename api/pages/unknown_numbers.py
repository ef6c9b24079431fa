"""Forms of the task page beside its answers: who writes from a number we do not know, and what they wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.dependencies import Dependencies, Deps
from api.pages.tasks import Name, TaskRoute, look, page_of
from api.problems import Problem
from api.routes.unknown_numbers import read_windows
from models.phone_numbers import e164
from models.repositories import clients, link_targets, practices, tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations import unknown_numbers
from operations.staff_orders import Refusal

router = APIRouter(include_in_schema=False, route_class=TaskRoute)

NO_NAME = "Please say who you are, so that colleagues know who did it."
_NOBODY = "Nobody on file has that number, reference or name."
_SEVERAL = "Several clients are called that; say their phone number instead."


@router.post("/tasks/{token}/client")
async def say_who(
    token: str,
    deps: Deps,
    whose: Annotated[str, Form(pattern="^(new|changed|second)$")],
    by: Name = "",
    first_name: Annotated[str, Form(max_length=80)] = "",
    last_name: Annotated[str, Form(max_length=80)] = "",
    known: Annotated[str, Form(max_length=120)] = "",
) -> HTMLResponse:
    def act(session: Session, practice: PracticeFacts, task: TaskRow) -> unknown_numbers.NumberSettled | Refusal:
        now = practice.clock.practice(deps.wall())
        if whose == "new":
            return unknown_numbers.make_client(
                session, practice, task, first_name=_line(first_name), last_name=_line(last_name), by=by, now=now
            )
        found = find_client(session, practice.id, known)
        if isinstance(found, Refusal):
            return found
        return unknown_numbers.link_client(session, practice, task, found, is_second=whose == "second", by=by, now=now)

    return await _done(deps, token, by, act)


@router.post("/tasks/{token}/waitlist")
async def add_to_waitlist(
    token: str,
    deps: Deps,
    by: Name = "",
    service: Annotated[list[int] | None, Form()] = None,
    windows: Annotated[str, Form(max_length=200)] = "",
    may_be_texted: Annotated[bool, Form()] = False,
) -> HTMLResponse:
    def act(session: Session, practice: PracticeFacts, task: TaskRow) -> unknown_numbers.NumberSettled | Refusal:
        try:
            times = read_windows(_line(windows))
        except Problem as problem:
            return Refusal(type=problem.body.type, words=problem.body.detail, field=problem.body.field)
        return unknown_numbers.add_to_waitlist(
            session,
            practice,
            task,
            service_ids=tuple(service or ()),
            windows=times,
            may_be_texted=may_be_texted,
            by=by,
            now=practice.clock.practice(deps.wall()),
        )

    return await _done(deps, token, by, act)


Act = Callable[[Session, PracticeFacts, TaskRow], unknown_numbers.NumberSettled | Refusal]


async def _done(deps: Dependencies, token: str, by: str, act: Act) -> HTMLResponse:
    """Carry it out, and show the task with what came of it: it is still open."""
    name = by.strip()
    notice, problem = await run_in_threadpool(_carry_out, deps, token, act) if name else ("", NO_NAME)
    return page_of(token, await run_in_threadpool(look, deps, token), name=name, notice=notice, problem=problem)


def _carry_out(deps: Dependencies, token: str, act: Act) -> tuple[str, str]:
    """(what is so now, what stood in the way)"""
    with deps.database.transaction() as session:
        found = link_targets.task(session, token)
        if found is None:
            return "", ""
        practice = practices.load(session, found.practice_id)
        done = act(session, practice, tasks.get(session, found.practice_id, found.task_id))
    return ("", done.words) if isinstance(done, Refusal) else (done.words, "")


def find_client(session: Session, practice_id: int, known: str) -> int | Refusal:
    """A client as staff name them: by phone, by our number of them, or by name."""
    words = _line(known)
    try:
        found = {one.id for one in clients.by_phone(session, practice_id, e164(words))}
    except ValueError:
        found = set(clients.named(session, practice_id, words))
        if words.isdecimal() and len(words) < 19:
            found |= set(clients.many(session, practice_id, [int(words)]))
    if len(found) == 1:
        return found.pop()
    return Refusal(type="client_unknown", words=_SEVERAL if found else _NOBODY, field="client_id")


def _line(words: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in words).split())
