"""What staff may do about a task: answer it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import Field, model_validator
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.auth import Staff
from api.dependencies import Dependencies, Deps, Running, State
from api.patterns import ACTION
from api.problems import Problem
from api.routes.once import Attempt, RequestId, once
from api.routes.order_requests import DryRun, ServiceIds, WhyBody, must_exist, result_of, temporal, words_of
from api.routes.shapes import Id, Ref, TextToClient
from contracts.workflow_messages import Resolve, Resolved
from domain.journey_names import Action, Journey
from domain.messages.answer_drafts import HAS_BLANK, has_blank
from domain.messages.staff import too_late_to_answer
from domain.messages.staff_orders import OrderWords
from domain.tasks import SEND_DRAFT
from inbox import updates
from models.repositories import deliveries, practices, tasks
from models.repositories.access import KeyFacts
from models.repositories.views import Thing
from operations import task_answers
from workflows.ids import task_id

router = APIRouter(tags=["overriding"])


class ResolveBody(WhyBody):
    action: str = Field(pattern=ACTION, description="One of the task's choices.")
    client_id: Id | None = Field(
        default=None, description="For choices about one client: of the short list, or any other who is on the phone."
    )
    service_ids: ServiceIds = ()
    text: TextToClient | None = Field(
        default=None, description="With `send`: what the client gets instead of the draft as it is."
    )

    @model_validator(mode="after")
    def _text_is_sent(self) -> Self:
        if self.text is not None and self.action != SEND_DRAFT:
            raise ValueError(f"text: goes with the action {SEND_DRAFT} only")
        if self.text is not None and has_blank(self.text):
            raise ValueError(f"text: {HAS_BLANK}")
        return self


@router.post("/tasks/{ref}/resolve", summary="Answer a task; `send` sends its draft, or `text`, to its client")
async def resolve(
    ref: Ref,
    body: ResolveBody,
    caller: Staff,
    deps: Deps,
    state: State,
    request_id: RequestId = None,
    dry_run: DryRun = False,
) -> Resolved:
    """Refused where the answer cannot be carried out; then nothing goes out, and the task stays open."""
    if dry_run:
        await run_in_threadpool(must_exist, deps, caller, Thing.TASK, ref, "task")
        words = await run_in_threadpool(_judged_answer, deps, caller, ref, body)
        return Resolved(accepted=False, words=words.before)

    async def act(attempt: Attempt) -> Resolved:
        await run_in_threadpool(must_exist, deps, caller, Thing.TASK, ref, "task")
        message = Resolve(
            key=attempt.key,
            action=body.action,
            by=body.by or caller.label,
            reason=body.reason,
            client_id=body.client_id,
            service_ids=body.service_ids,
            text=body.text,
        )
        answer = await updates.ask(
            temporal(state),
            workflow_id=task_id(practice_id=caller.practice_id, task=ref),
            update="resolve",
            message=message,
            key=attempt.key,
            result=Resolved,
        )
        if isinstance(answer, updates.Over):
            return await run_in_threadpool(_resolve_in_line, deps, state, caller, ref, message)
        return result_of(answer, over="", field="action")

    return await once(
        deps, caller, request_id=request_id, operation=f"resolve:{ref}", body=body, result=Resolved, act=act
    )


def _judged_answer(deps: Dependencies, caller: KeyFacts, ref: int, body: ResolveBody) -> OrderWords:
    """What the answer does. Raises `Problem` where it cannot be carried out now."""
    with deps.database.transaction() as session:
        practice = practices.load(session, caller.practice_id)
        task = tasks.get(session, caller.practice_id, ref)
        now = practice.clock.practice(deps.wall())
        return words_of(
            task_answers.judge(
                session,
                practice,
                task,
                body.action,
                body.client_id,
                now=now,
                service_ids=body.service_ids,
                text=body.text,
            )
        )


def _resolve_in_line(deps: Dependencies, state: Running, caller: KeyFacts, ref: int, message: Resolve) -> Resolved:
    """No journey takes the answer: the task is settled, or the start of its journey still stands in line, and the
    answer goes behind it."""
    with deps.database.transaction() as session:
        task = tasks.get(session, caller.practice_id, ref)
        if task.state == "defaulted":
            raise Problem(409, "over", too_late_to_answer(task.safe_default))
        if task.state != "open":
            raise Problem(409, "over", "This task has been settled.")
        # Nobody hears from a signal that its action is none.
        actions = [str(one["action"]) for one in task.choices]
        if message.action not in actions:
            raise Problem(409, "unknown_action", f"action: one of {', '.join(actions)}", field="action")
        answer_by_signal(session, caller.practice_id, ref, message, wall=deps.wall())
    state.nudge()
    return Resolved(accepted=True, words="Received. It is on its way; read the task in a moment.")


def answer_by_signal(session: Session, practice_id: int, task: int, answer: Resolve, *, wall: datetime) -> None:
    """Put an answer to a task in line, behind the start of its journey; asked again, it is one answer."""
    deliveries.enqueue(
        session,
        practice_id,
        key=f"resolve:{answer.key}",
        journey=Journey.TASK,
        ref=task,
        action=Action.SIGNAL,
        message="resolve_by_signal",
        body=answer.model_dump(mode="json"),
        now=practices.load(session, practice_id).clock.practice(wall),
    )
