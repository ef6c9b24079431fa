"""What staff may do: start a fill, steer it, answer a task; and put back in line what was given up on."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Self, TypeVar

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, Field, model_validator
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from temporalio.client import Client

from api.auth import Admin, Staff
from api.dependencies import Dependencies, Deps, Running, State
from api.fits import WhoFits, who_would_fit
from api.problems import Problem, not_found
from api.routes.once import Attempt, RequestId, once
from api.routes.shapes import LONGEST_STRETCH, Id, Ref, SomeWords, Stretch, TextToClient, Words
from contracts.workflow_messages import Accepted, AssignTo, OfferTo, Resolve, Resolved, Withdraw
from domain.calendar import Cause, Freed
from domain.journey_names import Action, Journey
from domain.messages.answer_drafts import HAS_BLANK, has_blank
from domain.messages.facts import VisitFacts, clock_time, when
from domain.messages.staff import too_late_to_answer
from domain.messages.staff_orders import FILL_HAS_ENDED, OrderWords
from domain.ranges import TimeRange
from domain.rejections import Rule
from domain.tasks import SEND_DRAFT
from inbox import updates
from models.repositories import deliveries, openings, practices, requeue, tasks, views
from models.repositories.access import KeyFacts
from models.repositories.views import Thing
from operations import journey_deliveries, task_answers
from operations.staff_orders import Order, Prospect, about_opening
from workflows.ids import gap_fill_id, task_id

router = APIRouter(tags=["overriding"])

ResultT = TypeVar("ResultT", bound=BaseModel)

#: The request itself is at fault, whatever the moment.
_WRONGLY_ASKED: Final = frozenset({"client_unknown", "client_missing", "service_missing"})
_STARTED: Final = "Offers go out after a live look at the day."


ServiceIds = Annotated[
    tuple[Id, ...],
    Field(
        max_length=5,
        description="What they are booked for, in one visit; empty: what they wait for, else what was cancelled.",
    ),
]


class Started(BaseModel):
    """The fill that was started, or the one that covers the time already."""

    gap_fill_id: int
    words: str


class WhyBody(BaseModel):
    """Both are kept with the decision."""

    reason: Words = ""
    by: Words = Field(default="", description="Who decided; the key's label where it is left out.")


#: Where nothing else is said, the body may be left out.
Why = Annotated[WhyBody | None, Body()]


class StartBody(Stretch, WhyBody):
    """A stretch to offer, and why."""


class OfferBody(WhyBody):
    client_id: Id


class AssignBody(WhyBody):
    client_id: Id
    service_ids: ServiceIds = ()
    reason: SomeWords = Field(description="Required: it is kept with the decision.")


class WithdrawBody(WhyBody):
    pass


class ResolveBody(WhyBody):
    action: str = Field(pattern=r"^[a-z_]{1,40}$", description="One of the task's choices.")
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


class Revived(BaseModel):
    delivery_id: int
    words: str


class RoutedAgain(BaseModel):
    receipt_id: int
    words: str


DryRun = Annotated[
    bool, Query(description="Say what it would do, or why it cannot be done now, and do nothing. Needs no reason kept.")
]


@router.post("/gap-fills", status_code=200, summary="Offer a free stretch to the waitlist")
async def start(body: StartBody, caller: Staff, deps: Deps, state: State, request_id: RequestId = None) -> Started:
    """Offers go out as for a cancellation: after a live look at the day, in the practice's order. Refused where the
    time is taken or closed, or nobody would be asked, with what `GET /fits` knows of it."""

    async def act(attempt: Attempt) -> Started:
        return await run_in_threadpool(_start, deps, state, caller, body, attempt.key)

    return await once(deps, caller, request_id=request_id, operation="start", body=body, result=Started, act=act)


@router.post("/gap-fills/{ref}/offer-to", summary="Ask this client next")
async def offer_to(
    ref: Ref,
    body: OfferBody,
    caller: Staff,
    deps: Deps,
    state: State,
    request_id: RequestId = None,
    dry_run: DryRun = False,
) -> Accepted:
    """Refused, with the rule, where they cannot be asked; then nothing goes out."""
    if dry_run:
        return await _would(deps, caller, ref, Order.OFFER, body.client_id)

    async def act(attempt: Attempt) -> Accepted:
        message = OfferTo(client_id=body.client_id, by=body.by or caller.label, reason=body.reason)
        return await _steer(deps, state, caller, ref, "offer_to", message, attempt, Order.OFFER, body.client_id)

    return await once(
        deps, caller, request_id=request_id, operation=f"offer_to:{ref}", body=body, result=Accepted, act=act
    )


@router.post("/gap-fills/{ref}/assign-to", summary="Give it to this client without asking further")
async def assign_to(
    ref: Ref,
    body: AssignBody,
    caller: Staff,
    deps: Deps,
    state: State,
    request_id: RequestId = None,
    dry_run: DryRun = False,
) -> Accepted:
    """The patient is on the phone: no rule about texts or what they once wished stops it. Who may give it, where and
    with what, and what is safe for them do: then it is refused, with the rule. The confirmation follows what the client
    allowed."""
    if dry_run:
        return await _would(deps, caller, ref, Order.ASSIGN, body.client_id, body.service_ids)

    async def act(attempt: Attempt) -> Accepted:
        message = AssignTo(
            client_id=body.client_id,
            by=body.by or caller.label,
            reason=body.reason,
            service_ids=body.service_ids,
        )
        return await _steer(
            deps, state, caller, ref, "assign_to", message, attempt, Order.ASSIGN, body.client_id, body.service_ids
        )

    return await once(
        deps, caller, request_id=request_id, operation=f"assign_to:{ref}", body=body, result=Accepted, act=act
    )


@router.post("/gap-fills/{ref}/withdraw", summary="Stop filling; everybody asked is told")
async def withdraw(
    ref: Ref,
    body: WithdrawBody,
    caller: Staff,
    deps: Deps,
    state: State,
    request_id: RequestId = None,
    dry_run: DryRun = False,
) -> Accepted:
    if dry_run:
        return await _would(deps, caller, ref, Order.WITHDRAW, None)

    async def act(attempt: Attempt) -> Accepted:
        message = Withdraw(by=body.by or caller.label, reason=body.reason)
        return await _steer(deps, state, caller, ref, "withdraw", message, attempt, Order.WITHDRAW, None)

    return await once(
        deps, caller, request_id=request_id, operation=f"withdraw:{ref}", body=body, result=Accepted, act=act
    )


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
        await run_in_threadpool(_must_exist, deps, caller, Thing.TASK, ref, "task")
        words = await run_in_threadpool(_judged_answer, deps, caller, ref, body)
        return Resolved(accepted=False, words=words.before)

    async def act(attempt: Attempt) -> Resolved:
        await run_in_threadpool(_must_exist, deps, caller, Thing.TASK, ref, "task")
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
            _client(state),
            workflow_id=task_id(practice_id=caller.practice_id, task=ref),
            update="resolve",
            message=message,
            key=attempt.key,
            result=Resolved,
        )
        if isinstance(answer, updates.Over):
            return await run_in_threadpool(_resolve_in_line, deps, state, caller, ref, message)
        return _answer(answer, over="", field="action")

    return await once(
        deps, caller, request_id=request_id, operation=f"resolve:{ref}", body=body, result=Resolved, act=act
    )


@router.post("/deliveries/{ref}/retry", summary="Put a dead delivery back in line")
def retry(ref: Ref, caller: Admin, deps: Deps, state: State, body: Why = None) -> Revived:
    with deps.database.transaction() as session:
        revived = deliveries.revive(session, caller.practice_id, ref)
        if revived is not None:
            journey, of = revived
            _keep(session, deps, caller, journey=journey, ref=of, subject=f"retry of delivery {ref}", body=body)
    if revived is None:
        _must_exist(deps, caller, Thing.DELIVERY, ref, "delivery")
        raise Problem(409, "not_dead", "Only a dead delivery can be retried; the others go by themselves.")
    state.nudge()
    return Revived(delivery_id=ref, words="It is in line again.")


@router.post("/receipts/{ref}/route-again", summary="Route a failed receipt again, once its cause is mended")
def route_again(ref: Ref, caller: Admin, deps: Deps, state: State, body: Why = None) -> RoutedAgain:
    with deps.database.transaction() as session:
        taken_up = requeue.route_again(session, caller.practice_id, ref)
        if taken_up:
            # What a receipt leads to is told of it under the journey that answers texts.
            subject = f"routing of receipt {ref} again"
            _keep(session, deps, caller, journey=Journey.REPLY.value, ref=ref, subject=subject, body=body)
    if not taken_up:
        _must_exist(deps, caller, Thing.RECEIPT, ref, "receipt")
        raise Problem(409, "not_failed", "Only a failed receipt can be routed again; the others were, or will be.")
    state.router.wake()
    return RoutedAgain(receipt_id=ref, words="It will be routed in a moment; read it again to see what became of it.")


def _keep(
    session: Session,
    deps: Dependencies,
    caller: KeyFacts,
    *,
    journey: str,
    ref: int,
    subject: str,
    body: WhyBody | None,
) -> None:
    """The decision, with who took it and why."""
    practice = practices.load(session, caller.practice_id)
    tasks.decide(
        session,
        practice.id,
        journey=journey,
        ref=ref,
        subject=subject,
        verdict="in line again",
        reasons=[{"words": "" if body is None else body.reason}],
        now=practice.clock.practice(deps.wall()),
        decided_by=(body.by if body is not None else "") or caller.label,
    )


def _start(deps: Dependencies, state: Running, caller: KeyFacts, body: StartBody, key: str) -> Started:
    if not body.start < body.end <= body.start + LONGEST_STRETCH:
        raise Problem(422, "invalid", "end: must be after start, and at most twelve hours after it.", field="end")
    with deps.database.transaction() as session:
        practice = practices.load(session, caller.practice_id)
        matrix = practices.matrix(session, caller.practice_id)
        now = practice.clock.practice(deps.wall())
        if body.start <= now:
            raise Problem(422, "invalid", "start: is past by the practice's clock.", field="start")
        if body.location_id not in {one.id for one in matrix.locations}:
            raise Problem(
                422, "invalid", "location_id: no such location; see the practice's list.", field="location_id"
            )
        if not any(one.id == body.provider_id and body.location_id in one.location_ids for one in matrix.providers):
            raise Problem(422, "invalid", "provider_id: no such provider at that location.", field="provider_id")
        if (begun := deliveries.ref_of(session, practice.id, f"start:{key}")) is not None:
            return Started(gap_fill_id=begun, words=_STARTED)
        during = TimeRange(body.start, body.end)
        if there := openings.live_over(session, practice.id, body.provider_id, during):
            raise _already_filling(there[0].id)
        found = who_would_fit(
            session, practice, location_id=body.location_id, provider_id=body.provider_id, during=during, now=now
        )
        if found.is_closed:
            zone = matrix.location(body.location_id).zone
            raise Problem(409, "time_not_free", _why_not_free(found, zone=zone, now=now), field="start")
        freed = Freed(
            location_id=body.location_id,
            provider_id=body.provider_id,
            during=during,
            cause=Cause.STAFF,
            appointment_id=None,
        )
        opening_id = openings.create(session, practice.id, freed, now=now)
        if opening_id is None:
            there = openings.live_over(session, practice.id, body.provider_id, during)
            raise _already_filling(there[0].id if there else None)
        tasks.decide(
            session,
            practice.id,
            journey=Journey.GAP_FILL.value,
            ref=opening_id,
            subject="started",
            verdict="started",
            reasons=[{"words": body.reason}],
            now=now,
            decided_by=body.by or caller.label,
        )
        journey_deliveries.start_fill(session, practice.id, opening_id, now=now, key=f"start:{key}")
    state.nudge()
    as_it_stands = " ".join(one.words for one in found.in_the_way if one.during is None)
    words = f"{_STARTED} As it stands, none will: {as_it_stands}" if as_it_stands else _STARTED
    return Started(gap_fill_id=opening_id, words=words)


def _already_filling(there: int | None) -> Problem:
    words = f"Gap fill {there or '(just ended)'} covers some of that time; steer that one."
    return Problem(409, "already_filling", words)


def _why_not_free(found: WhoFits, *, zone: str, now: datetime) -> str:
    """All that stands in the way of the time, and the nearest that is free."""
    said = [one.words for one in found.in_the_way if one.rule is not Rule.NO_CANDIDATE]
    if found.nearest is not None:
        start = when(VisitFacts(start=found.nearest.start, zone=zone), now=now)
        said.append(f"The nearest free time is {start} to {clock_time(found.nearest.end, zone)}.")
    return " ".join([*said, "Nothing was started."])


async def _steer(
    deps: Dependencies,
    state: Running,
    caller: KeyFacts,
    ref: int,
    update: str,
    message: OfferTo | AssignTo | Withdraw,
    attempt: Attempt,
    order: Order,
    client_id: int | None,
    service_ids: tuple[int, ...] = (),
) -> Accepted:
    said = ""
    try:
        said = (await run_in_threadpool(_judged, deps, caller, ref, order, client_id, service_ids)).after
    except Problem:
        if not attempt.again:
            raise  # an attempt before may have done it: then the fill knows its key, and answers as it did
    answer = await updates.ask(
        _client(state),
        workflow_id=gap_fill_id(practice_id=caller.practice_id, opening_id=ref),
        update=update,
        message=message,
        key=attempt.key,
        result=Accepted,
    )
    accepted: Accepted = _answer(answer, over=FILL_HAS_ENDED, field=None)
    return Accepted(words=said) if said else accepted


async def _would(
    deps: Dependencies,
    caller: KeyFacts,
    ref: int,
    order: Order,
    client_id: int | None,
    service_ids: tuple[int, ...] = (),
) -> Accepted:
    words = await run_in_threadpool(_judged, deps, caller, ref, order, client_id, service_ids)
    return Accepted(words=words.before)


def _judged(
    deps: Dependencies,
    caller: KeyFacts,
    ref: int,
    order: Order,
    client_id: int | None,
    service_ids: tuple[int, ...] = (),
) -> OrderWords:
    """What the order does. Raises `Problem` where it cannot be carried out now."""
    with deps.database.transaction() as session:
        if views.read(session, caller.practice_id, Thing.GAP_FILL, ref) is None:
            raise not_found("gap fill")
        practice = practices.load(session, caller.practice_id)
        now = practice.clock.practice(deps.wall())
        return _words_of(about_opening(session, practice, ref, now=now).judge(order, client_id, service_ids))


def _judged_answer(deps: Dependencies, caller: KeyFacts, ref: int, body: ResolveBody) -> OrderWords:
    """The same of an answer to a task."""
    with deps.database.transaction() as session:
        practice = practices.load(session, caller.practice_id)
        task = tasks.get(session, caller.practice_id, ref)
        now = practice.clock.practice(deps.wall())
        return _words_of(
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


def _words_of(found: Prospect) -> OrderWords:
    if found.refused is not None:
        status = 422 if found.refused.type in _WRONGLY_ASKED else 409
        raise Problem(status, found.refused.type, found.refused.words, field=found.refused.field)
    assert found.words is not None
    return found.words


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


def _answer(
    answer: updates.Answered[ResultT] | updates.Declined | updates.Over | updates.NoAnswer,
    *,
    over: str,
    field: str | None,
) -> ResultT:
    match answer:
        case updates.Answered():
            return answer.result
        case updates.Declined():
            raise Problem(409, _type_of(answer.type), answer.words, field=field)
        case updates.Over():
            raise Problem(409, "over", over)
        case updates.NoAnswer():
            raise Problem(
                503,
                "no_answer",
                "Temporal or its workers did not answer in time. Ask again with the same Request-Id: it is done once.",
                headers={"Retry-After": "5"},
            )


def _type_of(name: str) -> str:
    """`OpeningOver` as `opening_over`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _client(state: Running) -> Client:
    if state.client is None:
        raise Problem(503, "temporal_away", "Temporal is away; ask again in a moment.", headers={"Retry-After": "5"})
    return state.client


def _must_exist(deps: Dependencies, caller: KeyFacts, thing: Thing, ref: int, name: str) -> None:
    with deps.database.transaction() as session:
        if views.read(session, caller.practice_id, thing, ref) is None:
            raise not_found(name)
