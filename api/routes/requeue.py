"""What an administrator may do about what was given up on: put it back in line."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from sqlmodel import Session

from api.auth import Admin
from api.dependencies import Dependencies, Deps, State
from api.problems import Problem
from api.routes.order_requests import Why, WhyBody, must_exist
from api.routes.shapes import Ref
from domain.journey_names import Journey
from models.repositories import deliveries, practices, tasks
from models.repositories import requeue as requeued
from models.repositories.access import KeyFacts
from models.repositories.views import Thing

router = APIRouter(tags=["overriding"])


class Revived(BaseModel):
    delivery_id: int
    words: str


class RoutedAgain(BaseModel):
    receipt_id: int
    words: str


@router.post("/deliveries/{ref}/retry", summary="Put a dead delivery back in line")
def retry(ref: Ref, caller: Admin, deps: Deps, state: State, body: Why = None) -> Revived:
    with deps.database.transaction() as session:
        revived = deliveries.revive(session, caller.practice_id, ref)
        if revived is not None:
            journey, of = revived
            _keep(session, deps, caller, journey=journey, ref=of, subject=f"retry of delivery {ref}", body=body)
    if revived is None:
        must_exist(deps, caller, Thing.DELIVERY, ref, "delivery")
        raise Problem(409, "not_dead", "Only a dead delivery can be retried; the others go by themselves.")
    state.nudge()
    return Revived(delivery_id=ref, words="It is in line again.")


@router.post("/receipts/{ref}/route-again", summary="Route a failed receipt again, once its cause is mended")
def route_again(ref: Ref, caller: Admin, deps: Deps, state: State, body: Why = None) -> RoutedAgain:
    with deps.database.transaction() as session:
        taken_up = requeued.route_again(session, caller.practice_id, ref)
        if taken_up:
            # What a receipt leads to is told of it under the journey that answers texts.
            subject = f"routing of receipt {ref} again"
            _keep(session, deps, caller, journey=Journey.REPLY.value, ref=ref, subject=subject, body=body)
    if not taken_up:
        must_exist(deps, caller, Thing.RECEIPT, ref, "receipt")
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
