"""Who writes from a number we do not know: a client from now on, or a number of one; and what they wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.auth import Staff
from api.dependencies import Dependencies, Deps
from api.patterns import ONE_LINE
from api.problems import Problem, not_found
from api.routes.once import Attempt, RequestId, once
from api.routes.order_requests import WhyBody
from api.routes.shapes import Id, Ref
from domain.clients import WeeklyWindow
from models.importing.weekly import windows as windows_of
from models.repositories import practices, tasks, views
from models.repositories.access import KeyFacts
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from models.repositories.views import Thing
from operations import unknown_numbers
from operations.staff_orders import Refusal

router = APIRouter(tags=["overriding"])

Name = Annotated[str, Field(max_length=80, pattern=ONE_LINE)]


class ClientBody(WhyBody):
    """Somebody new, by name; or `client_id`, of whom this is another number."""

    first_name: Name = ""
    last_name: Name = ""
    client_id: Id | None = Field(default=None, description="A client on file: this is their number from now on.")
    second_number: bool = Field(
        default=False, description="With `client_id`: they keep the number on file, and write from this one as well."
    )

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if (self.client_id is None) == (not self.first_name.strip()):
            raise ValueError("first_name or client_id: say one of them")
        if self.second_number and self.client_id is None:
            raise ValueError("second_number: goes with client_id only")
        return self


class WaitlistBody(WhyBody):
    """What the task's client waits for."""

    service_ids: tuple[Id, ...] = Field(min_length=1, max_length=10, description="Any one of them will do.")
    windows: str = Field(
        default="any",
        max_length=200,
        pattern=ONE_LINE,
        description='When they can come, as people write it: "Mon-Fri 9-12; Sat 1-5pm". Left out: at any time.',
    )
    may_be_texted: bool = Field(default=False, description="They have agreed to be offered times by text.")


class Known(BaseModel):
    """What is so from now on."""

    client_id: int
    entry_id: int | None = None
    words: str


@router.post("/tasks/{ref}/client", summary="Say who writes from a number we do not know")
async def say_who(ref: Ref, body: ClientBody, caller: Staff, deps: Deps, request_id: RequestId = None) -> Known:
    """Of a task about a number that is no client's. The conversation belongs to the client from then on; the task stays
    open until it is answered. Nothing is sent."""

    def act(session: Session, practice: PracticeFacts, task: TaskRow) -> unknown_numbers.NumberSettled | Refusal:
        now, by = practice.clock.practice(deps.wall()), body.by or caller.label
        if body.client_id is not None:
            return unknown_numbers.link_client(
                session, practice, task, body.client_id, is_second=body.second_number, by=by, now=now
            )
        return unknown_numbers.make_client(
            session, practice, task, first_name=body.first_name, last_name=body.last_name, by=by, now=now
        )

    async def once_only(attempt: Attempt) -> Known:
        return await run_in_threadpool(_carry_out, deps, caller, ref, act)

    return await once(
        deps, caller, request_id=request_id, operation=f"client:{ref}", body=body, result=Known, act=once_only
    )


@router.post("/tasks/{ref}/waitlist", summary="Put the task's client on the waitlist")
async def add_to_waitlist(
    ref: Ref, body: WaitlistBody, caller: Staff, deps: Deps, request_id: RequestId = None
) -> Known:
    """The same services again change when they can come, and make no second entry. Nothing is sent."""
    windows = read_windows(body.windows)

    def act(session: Session, practice: PracticeFacts, task: TaskRow) -> unknown_numbers.NumberSettled | Refusal:
        return unknown_numbers.add_to_waitlist(
            session,
            practice,
            task,
            service_ids=body.service_ids,
            windows=windows,
            may_be_texted=body.may_be_texted,
            by=body.by or caller.label,
            now=practice.clock.practice(deps.wall()),
        )

    async def once_only(attempt: Attempt) -> Known:
        return await run_in_threadpool(_carry_out, deps, caller, ref, act)

    return await once(
        deps, caller, request_id=request_id, operation=f"waitlist:{ref}", body=body, result=Known, act=once_only
    )


def read_windows(words: str) -> tuple[WeeklyWindow, ...]:
    """Raises `Problem` with what is wrong with them."""
    try:
        return windows_of(words) if words.strip() else ()
    except ValueError as error:
        raise Problem(422, "invalid", f"windows: {error}.", field="windows") from None


def _carry_out(
    deps: Dependencies,
    caller: KeyFacts,
    ref: int,
    act: Callable[[Session, PracticeFacts, TaskRow], unknown_numbers.NumberSettled | Refusal],
) -> Known:
    with deps.database.transaction() as session:
        if views.read(session, caller.practice_id, Thing.TASK, ref) is None:
            raise not_found("task")
        practice = practices.load(session, caller.practice_id)
        done = act(session, practice, tasks.get(session, caller.practice_id, ref))
    if isinstance(done, Refusal):
        raise Problem(409 if done.field is None else 422, done.type, done.words, field=done.field)
    return Known(client_id=done.client_id, entry_id=done.entry_id, words=done.words)
