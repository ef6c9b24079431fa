"""The deliveries activities make, each with the key that keeps it from being made twice."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlmodel import Session

from contracts.booking import AppointmentFacts
from contracts.workflow_messages import Won
from domain.journey_names import Action, Journey
from models.repositories import deliveries


def start_fill(
    session: Session,
    practice_id: int,
    opening_id: int,
    *,
    now: datetime,
    receipt_id: int | None = None,
    key: str | None = None,
) -> None:
    """The opening's fill begins. `key`: of a request, so that asked again it is found instead of made."""
    _begin(
        session,
        practice_id,
        Journey.GAP_FILL,
        opening_id,
        key=key or f"fill:{opening_id}",
        now=now,
        receipt_id=receipt_id,
    )


def opening_taken(session: Session, practice_id: int, opening_id: int, *, now: datetime) -> None:
    """Somebody was booked over the opening: its fill withdraws what it offered."""
    deliveries.enqueue(
        session,
        practice_id,
        key=f"taken:{opening_id}",
        journey=Journey.GAP_FILL,
        ref=opening_id,
        action=Action.SIGNAL,
        message="opening_taken",
        body={},
        now=now,
    )


def opening_changed(session: Session, practice_id: int, opening_id: int, *, now: datetime) -> None:
    """The calendar around the opening is another: its fill looks at what it has offered. Called in the transaction that
    writes the change, so each is told once; a fill that hears of several at once looks once."""
    deliveries.enqueue(
        session,
        practice_id,
        key=f"changed:{opening_id}:{secrets.token_hex(8)}",
        journey=Journey.GAP_FILL,
        ref=opening_id,
        action=Action.SIGNAL,
        message="opening_changed",
        body={},
        now=now,
    )


def visit_won(
    session: Session,
    practice_id: int,
    appointment_id: int,
    *,
    turn: int,
    offer_id: int,
    now: datetime,
    facts: AppointmentFacts | None = None,
) -> None:
    """The visit of a won offer stands: its booking confirms it. `facts`: as it was read back, where it was."""
    deliveries.enqueue(
        session,
        practice_id,
        key=f"won:{offer_id}",
        journey=Journey.BOOKING,
        ref=appointment_id,
        turn=turn,
        action=Action.SIGNAL_WITH_START,
        message="won",
        body=Won(offer_id=offer_id, facts=facts).model_dump(mode="json", exclude_none=True),
        now=now,
    )


def look_at_visit(
    session: Session,
    practice_id: int,
    appointment_id: int,
    *,
    turn: int,
    key: str,
    now: datetime,
    baseline: bool = False,
) -> bool:
    """The visit's booking reads it anew. `baseline`: it was there before us, and is no news to its client. False when
    `key` was seen before."""
    return deliveries.enqueue(
        session,
        practice_id,
        key=key,
        journey=Journey.BOOKING,
        ref=appointment_id,
        turn=turn,
        action=Action.SIGNAL_WITH_START,
        message="pms_changed",
        body={"baseline": baseline},
        now=now,
    )


def answer_text(session: Session, practice_id: int, receipt_id: int, *, now: datetime) -> None:
    """A text that no other journey answers, or the word that one of ours did not arrive: its own does what follows, or
    asks a person."""
    _begin(session, practice_id, Journey.REPLY, receipt_id, key=f"reply:{receipt_id}", now=now, receipt_id=receipt_id)


def start_task(session: Session, practice_id: int, task_id: int, *, now: datetime) -> None:
    """The task's card goes out, and its deadline runs."""
    _begin(session, practice_id, Journey.TASK, task_id, key=f"task:{task_id}", now=now)


def task_withdrawn(session: Session, practice_id: int, task_id: int, *, why: str, now: datetime) -> None:
    """The task took care of itself."""
    key = f"withdrawn:{task_id}"
    deliveries.enqueue(
        session,
        practice_id,
        key=key,
        journey=Journey.TASK,
        ref=task_id,
        action=Action.SIGNAL,
        message="resolve_by_signal",
        body={"key": key, "action": "withdrawn", "by": "rules", "reason": why},
        now=now,
    )


def order_fill(
    session: Session, practice_id: int, opening_id: int, *, answer: dict[str, Any], running: bool, now: datetime
) -> None:
    """Staff's answer to a task goes to this opening's fill, which it begins where none runs."""
    deliveries.enqueue(
        session,
        practice_id,
        key=f"ordered:{opening_id}:{answer.get('task_id')}",
        journey=Journey.GAP_FILL,
        ref=opening_id,
        action=Action.SIGNAL if running else Action.SIGNAL_WITH_START,
        message="task_answered",
        body=answer,
        now=now,
    )


def _begin(
    session: Session,
    practice_id: int,
    journey: Journey,
    ref: int,
    *,
    key: str,
    now: datetime,
    receipt_id: int | None = None,
) -> None:
    """The journey starts with nothing but what it is about."""
    deliveries.enqueue(
        session,
        practice_id,
        key=key,
        journey=journey,
        ref=ref,
        action=Action.START,
        message="",
        body={},
        now=now,
        receipt_id=receipt_id,
    )
