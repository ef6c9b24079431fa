"""The task page: what a person must do, the short list with reasons and drafts, and the choices as buttons."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Cookie, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.dependencies import Dependencies, Deps, State
from api.pages.templating import HEADERS, day_words, page, time_words
from api.routes.shapes import LONGEST_TEXT
from api.routes.task_answers import answer_by_signal
from contracts.workflow_messages import Resolve, Resolved
from domain.messages.answer_drafts import HAS_BLANK, has_blank
from domain.messages.staff import too_late_to_answer, what_became_of_draft
from domain.messages.task_cards import AnswerStage
from domain.tasks import SEND_DRAFT
from inbox import updates
from models.phone_numbers import as_people_write
from models.repositories import client_notes, link_targets, practices, tasks
from models.repositories.client_notes import Note
from models.repositories.link_targets import TaskBehind
from models.repositories.messages import KeptMessage
from operations import task_view
from operations.task_view import PersonView, TaskView
from workflows.ids import task_id


class TaskRoute(APIRoute):
    """A form or cookie that cannot be read is answered with a page, as everything else is at this address: the task as
    it is, or that the link leads nowhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_a_page(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                token = request.path_params["token"]
                seen = await run_in_threadpool(look, request.app.state.dependencies, token)
                return page_of(token, seen, name="", problem=_UNREADABLE, status=422)

        return in_a_page


router = APIRouter(include_in_schema=False, route_class=TaskRoute)

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")
_NAME_COOKIE: Final = "chairflow_staff_name"
_A_MONTH: Final = 30 * 24 * 3600
_UNSEEN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")

_UNREADABLE: Final = "That could not be read, and nothing was done. Please choose again here."
_DELIVERED: Final = "Sent, and delivered."
_NOT_DELIVERED: Final = "Sent, but the carrier could not deliver it. Please call or write another way."

Name = Annotated[str, Form(max_length=60)]
Reason = Annotated[str, Form(max_length=300)]
#: Browsers count a line's end as two.
Text = Annotated[str | None, Form(max_length=LONGEST_TEXT + 100)]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A task, and what was noted about the clients it names."""

    task: TaskBehind
    notes: Mapping[int, tuple[Note, ...]]
    view: TaskView


@router.api_route("/tasks/{token}", methods=["GET", "HEAD"])
def show(token: str, deps: Deps, chairflow_staff_name: Annotated[str, Cookie(max_length=60)] = "") -> HTMLResponse:
    return page_of(token, look(deps, token), name=chairflow_staff_name)


@router.post("/tasks/{token}")
async def answer(
    token: str,
    deps: Deps,
    state: State,
    choice: Annotated[str, Form(pattern=r"^[a-z_]{1,40}(:\d{1,18})?$")],
    nonce: Annotated[str, Form(pattern=r"^[A-Za-z0-9_-]{8,64}$")],
    by: Name = "",
    reason: Reason = "",
    text: Text = None,
) -> Response:
    """Answer the task. A second press of the same form is the same answer."""
    seen = await run_in_threadpool(look, deps, token)
    if seen is None or seen.task.state != "open":
        return page_of(token, seen, name=by)
    found, by = seen.task, by.strip()
    if not by:
        return page_of(token, seen, name="", problem="Please say who you are, so that colleagues know who answered.")
    action, _, client = choice.partition(":")
    typed = _typed(text) if action == SEND_DRAFT else None
    if typed == "":
        return page_of(token, seen, name=by, problem="There is nothing to send: the text is empty.")
    if typed is not None and len(typed) > LONGEST_TEXT:
        problem = f"That is more than {LONGEST_TEXT} characters; please say it shorter."
        return page_of(token, seen, name=by, problem=problem, typed=typed)
    if typed is not None and has_blank(typed):
        return page_of(token, seen, name=by, problem=HAS_BLANK, typed=typed)
    resolve = Resolve(
        key=f"page:{found.task_id}:{nonce}",
        action=action,
        by=by,
        reason=reason.strip(),
        client_id=int(client) if client else None,
        text=typed,
    )
    words, problem = await answer_with(deps, state, found, resolve)
    after = await run_in_threadpool(look, deps, token)
    response = page_of(token, after, name=by, words=words, problem=problem)
    remember_name(response, by, deps)
    return response


@router.get("/tasks/{token}/standing")
def standing(token: str, deps: Deps) -> Response:
    """What the page compares with what it shows, while an answer is being carried out."""
    seen = look(deps, token)
    if seen is None:
        return JSONResponse({"standing": "gone"}, status_code=404, headers=HEADERS)
    return JSONResponse({"standing": _standing(seen)}, headers=HEADERS)


def remember_name(response: Response, name: str, deps: Dependencies) -> None:
    """Whoever answers next from this browser need not type it."""
    response.set_cookie(
        _NAME_COOKIE,
        name,
        max_age=_A_MONTH,
        path="/tasks",
        httponly=True,
        samesite="lax",
        secure=deps.settings.public_base_url.startswith("https"),
    )


async def answer_with(deps: Dependencies, state: State, found: TaskBehind, resolve: Resolve) -> tuple[str, str]:
    """(what happens next, what stands in the way)"""
    answer: Any = updates.NoAnswer()
    if state.client is not None:
        answer = await updates.ask(
            state.client,
            workflow_id=task_id(practice_id=found.practice_id, task=found.task_id),
            update="resolve",
            message=resolve,
            key=resolve.key,
            result=Resolved,
        )
    match answer:
        case updates.Answered(result=Resolved(accepted=True, words=words)):
            return words, ""
        case updates.Answered(result=Resolved(words=words)) | updates.Declined(words=words):
            return "", words
        case updates.Over():
            # It is settled, unless the start of its journey still stands in line: then the answer goes behind it.
            if problem := await run_in_threadpool(_why_over, deps, found):
                return "", problem
    await run_in_threadpool(_send_by_signal, deps, found, resolve)
    state.nudge()
    return "Received. It is on its way; look again in a moment.", ""


def _why_over(deps: Dependencies, found: TaskBehind) -> str:
    with deps.database.transaction() as session:
        state = tasks.get(session, found.practice_id, found.task_id).state
    if state == "defaulted":
        return too_late_to_answer(found.safe_default)
    return "" if state == "open" else "This task has been settled already."


def _send_by_signal(deps: Dependencies, found: TaskBehind, resolve: Resolve) -> None:
    with deps.database.transaction() as session:
        answer_by_signal(session, found.practice_id, found.task_id, resolve, wall=deps.wall())


def look(deps: Dependencies, token: str) -> Seen | None:
    if not _TOKEN.fullmatch(token):
        return None
    with deps.database.transaction() as session:
        found = link_targets.task(session, token)
        if found is None:
            return None
        said = client_notes.of_task(session, found.practice_id, client_id=found.client_id, shortlist=found.shortlist)
        practice = practices.load(session, found.practice_id)
        row = tasks.read(session, found.practice_id, found.task_id)
        now = practice.clock.practice(deps.wall())
        return Seen(task=found, notes=said, view=task_view.view(session, practice, row, found.shortlist, now=now))


def _standing(seen: Seen) -> str:
    """How far the task's answer has come. An answer that is on its way to its journey has not come far."""
    became = seen.view.became
    if became is None and seen.view.refused:
        return "not carried out"
    return AnswerStage.RECEIVED.value if became is None else became.stage.value


def _steps(seen: Seen) -> list[dict[str, Any]]:
    """The way of an order to book somebody: received, booking, booked."""
    action = str((seen.task.resolution or {}).get("action") or "")
    became = seen.view.became
    if action != "assign" or became is None:
        return []
    ends = became.stage if became.stage in {AnswerStage.REFUSED, AnswerStage.HANDED_OVER} else AnswerStage.BOOKED
    way = (AnswerStage.RECEIVED, AnswerStage.BOOKING, ends)
    at = way.index(became.stage) if became.stage in way else 0
    return [
        {
            "words": one.value.capitalize(),
            "done": place < at or (place == at and one.final),
            "now": place == at,
            "bad": one in {AnswerStage.REFUSED, AnswerStage.HANDED_OVER},
        }
        for place, one in enumerate(way)
    ]


def _typed(text: str | None) -> str | None:
    """What stands in the box, as a text: line ends as one character, none that a phone cannot show."""
    if text is None:
        return None
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def page_of(
    token: str,
    seen: Seen | None,
    *,
    name: str,
    words: str = "",
    notice: str = "",
    problem: str = "",
    typed: str | None = None,
    somebody_else: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The task as it is. `words`: what its answer brought about; `notice`: what was done beside an answer;
    `somebody_else`: whom somebody would book who is on no list, asked once more."""
    if seen is None:
        return page("unknown_link.html", status=404, what="task")
    found = seen.task
    return page(
        "task.html",
        status=status,
        token=token,
        nonce=secrets.token_urlsafe(12),
        name=name,
        words=words,
        notice=notice,
        problem=problem,
        is_unknown=found.client_id is None and seen.view.phone is not None,
        services=seen.view.services,
        bookable=seen.view.bookable,
        somebody_else=somebody_else,
        practice=found.practice_name,
        title=found.title,
        body=found.body,
        client=found.client_name,
        client_phone=found.client_phone,
        client_phone_words=None if found.client_phone is None else as_people_write(found.client_phone),
        client_notes=_notes(seen, found.client_id),
        draft=typed or seen.view.draft,
        longest=LONGEST_TEXT,
        send=next((one for one in found.choices if one.get("action") == SEND_DRAFT), None),
        sent_text=(found.resolution or {}).get("text"),
        sent=_sent(found),
        facts=seen.view.facts,
        said=[_said(one, found.zone) for one in seen.view.said],
        fitting=[_person(seen, one) for one in seen.view.fitting],
        unfit=[_person(seen, one) for one in seen.view.unfit],
        choices=[one for one in seen.view.choices if one.action != SEND_DRAFT],
        refused=seen.view.refused,
        send_now=next((one for one in seen.view.choices if one.action == SEND_DRAFT), None),
        safe_default=found.safe_default,
        became=seen.view.became,
        steps=_steps(seen),
        standing=_standing(seen),
        waits=bool(words) or (seen.view.became is not None and not seen.view.became.final),
        state=found.state,
        due=f"{day_words(found.due_at, found.zone)}, {time_words(found.due_at, found.zone)}",
    )


def _person(seen: Seen, one: PersonView) -> dict[str, Any]:
    """Somebody of the short list as the template shows them."""
    return {
        **vars(one),
        "phone_words": None if one.phone is None else as_people_write(one.phone),
        "notes": _notes(seen, one.client_id),
    }


def _said(one: KeptMessage, zone: str) -> dict[str, Any]:
    return {
        "by": "Client" if one.by_client else "We",
        "ours": not one.by_client,
        "at": f"{day_words(one.at, zone)}, {time_words(one.at, zone)}",
        "body": one.body,
    }


def _notes(seen: Seen, client_id: int | None) -> list[str]:
    """ "Sep 3, 2026, Front desk (Jo): prefers mornings" """
    said = () if client_id is None else seen.notes.get(client_id, ())
    return [f"{one.on:%b} {one.on.day}, {one.on.year}, {one.by}: {one.text}" for one in said]


def _sent(found: TaskBehind) -> str:
    """What became of the text that was sent from here; the carrier's word is the last."""
    resolution = found.resolution or {}
    if resolution.get("action") != SEND_DRAFT:
        return ""
    if found.text_state in ("delivered", "failed") and resolution.get("draft", {}).get("channel") != "email":
        return _DELIVERED if found.text_state == "delivered" else _NOT_DELIVERED
    if "draft" not in resolution:
        return "It is on its way; look again in a moment."
    words = what_became_of_draft(resolution["draft"], zone=found.zone)
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith(".") else ".")
