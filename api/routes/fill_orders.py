"""What staff may do about a fill: start one and steer it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from api.auth import Staff
from api.dependencies import Dependencies, Deps, Running, State
from api.fits import WhoFits, who_would_fit
from api.problems import Problem, not_found
from api.routes.once import Attempt, RequestId, once
from api.routes.order_requests import DryRun, ServiceIds, WhyBody, result_of, temporal, words_of
from api.routes.shapes import LONGEST_STRETCH, Id, Ref, SomeWords, Stretch
from contracts.workflow_messages import Accepted, AssignTo, OfferTo, Withdraw
from domain.calendar import Cause, Freed
from domain.journey_names import Journey
from domain.messages.facts import VisitFacts, clock_time, when
from domain.messages.staff_orders import FILL_HAS_ENDED, OrderWords
from domain.ranges import TimeRange
from domain.rejections import Rule
from inbox import updates
from models.repositories import deliveries, openings, practices, tasks, views
from models.repositories.access import KeyFacts
from models.repositories.views import Thing
from operations import journey_deliveries
from operations.staff_orders import Order, about_opening
from workflows.ids import gap_fill_id

router = APIRouter(tags=["overriding"])

_STARTED: Final = "Offers go out after a live look at the day."


class Started(BaseModel):
    """The fill that was started, or the one that covers the time already."""

    gap_fill_id: int
    words: str


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
    order = _FillOrder(deps, state, caller, ref, Order.OFFER, body.client_id)
    if dry_run:
        return await order.foreseen()
    message = OfferTo(client_id=body.client_id, by=body.by or caller.label, reason=body.reason)
    return await order.given(message, body=body, update="offer_to", request_id=request_id)


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
    order = _FillOrder(deps, state, caller, ref, Order.ASSIGN, body.client_id, body.service_ids)
    if dry_run:
        return await order.foreseen()
    message = AssignTo(
        client_id=body.client_id, by=body.by or caller.label, reason=body.reason, service_ids=body.service_ids
    )
    return await order.given(message, body=body, update="assign_to", request_id=request_id)


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
    order = _FillOrder(deps, state, caller, ref, Order.WITHDRAW)
    if dry_run:
        return await order.foreseen()
    message = Withdraw(by=body.by or caller.label, reason=body.reason)
    return await order.given(message, body=body, update="withdraw", request_id=request_id)


@dataclass(frozen=True)
class _FillOrder:
    """One order about one fill, judged before the fill hears of it."""

    deps: Dependencies
    state: Running
    caller: KeyFacts
    fill: int
    order: Order
    client_id: int | None = None
    service_ids: tuple[int, ...] = ()

    async def foreseen(self) -> Accepted:
        return Accepted(words=(await run_in_threadpool(self._judged)).before)

    async def given(
        self, message: OfferTo | AssignTo | Withdraw, *, body: WhyBody, update: str, request_id: str | None
    ) -> Accepted:
        async def act(attempt: Attempt) -> Accepted:
            said = ""
            try:
                said = (await run_in_threadpool(self._judged)).after
            except Problem:
                if not attempt.again:
                    raise  # an attempt before may have done it: then the fill knows its key, and answers as it did
            answer = await updates.ask(
                temporal(self.state),
                workflow_id=gap_fill_id(practice_id=self.caller.practice_id, opening_id=self.fill),
                update=update,
                message=message,
                key=attempt.key,
                result=Accepted,
            )
            accepted: Accepted = result_of(answer, over=FILL_HAS_ENDED, field=None)
            return Accepted(words=said) if said else accepted

        operation = f"{update}:{self.fill}"
        return await once(
            self.deps, self.caller, request_id=request_id, operation=operation, body=body, result=Accepted, act=act
        )

    def _judged(self) -> OrderWords:
        """What the order does. Raises `Problem` where it cannot be carried out now."""
        practice_id = self.caller.practice_id
        with self.deps.database.transaction() as session:
            if views.read(session, practice_id, Thing.GAP_FILL, self.fill) is None:
                raise not_found("gap fill")
            practice = practices.load(session, practice_id)
            now = practice.clock.practice(self.deps.wall())
            opening = about_opening(session, practice, self.fill, now=now)
            return words_of(opening.judge(self.order, self.client_id, self.service_ids))


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
