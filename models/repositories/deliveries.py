"""Deliveries: messages for journeys, on their way to Temporal. The relay is the only reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.journeys import Action, Journey
from models.inbox import Delivery

#: Postgres's notification channel: somebody committed a delivery.
CHANNEL = "chairflow_delivery"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: The journey had ended; the outcome says what was done about it.
    OVER = "over"
    #: Rejected for good; a person must look.
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A delivery the relay has claimed."""

    id: int
    practice_id: int
    receipt_id: int | None
    key: str
    journey: Journey
    ref: int
    turn: int
    action: Action
    message: str
    body: Mapping[str, Any]
    attempts: int
    created_at: datetime


def workflow_key(*, journey: Journey, practice_id: int, ref: int, turn: int) -> str:
    return f"{journey.value}:{practice_id}:{ref}:{turn}"


def enqueue(
    session: Session,
    practice_id: int,
    *,
    key: str,
    journey: Journey,
    ref: int,
    action: Action,
    message: str,
    body: Mapping[str, Any],
    now: datetime,
    turn: int = 0,
    receipt_id: int | None = None,
    not_before: datetime | None = None,
) -> bool:
    """Put a message in line for a journey. False when `key` was seen before.

    `message` is the signal's or update's name, empty for a plain start; `body` holds the message's fields. `not_before`
    is real time, `now` the practice's.
    """
    statement = (
        insert(Delivery)
        .values(
            practice_id=practice_id,
            receipt_id=receipt_id,
            key=key,
            journey=journey.value,
            ref=ref,
            turn=turn,
            workflow_key=workflow_key(journey=journey, practice_id=practice_id, ref=ref, turn=turn),
            action=action.value,
            message=message,
            body=dict(body),
            state=DeliveryState.WAITING.value,
            attempts=0,
            not_before=not_before,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "key"])
        # For each row made, and sent at commit: a relay in any process looks at once instead of at its next pass.
        .returning(col(Delivery.id), func.pg_notify(CHANNEL, ""))
    )
    return session.execute(statement).first() is not None


def ref_of(session: Session, practice_id: int, key: str) -> int | None:
    """The journey's reference of the delivery with this key, when there is one."""
    found: int | None = session.execute(
        select(col(Delivery.ref)).where(col(Delivery.practice_id) == practice_id, col(Delivery.key) == key)
    ).scalar_one_or_none()
    return found


def claim(session: Session, *, now: datetime, lease: timedelta, limit: int) -> tuple[Waiting, ...]:
    """Take the oldest waiting delivery of up to `limit` workflows. `now` is real time.

    Never two of one workflow: a younger one stays in line until the older is settled, also while another process has
    it under lease or it waits for its next attempt.
    """
    older = aliased(Delivery)
    in_front = exists().where(
        col(older.workflow_key) == col(Delivery.workflow_key),
        col(older.state) == DeliveryState.WAITING.value,
        col(older.id) < col(Delivery.id),
    )
    ready = (
        select(col(Delivery.id))
        .where(
            col(Delivery.state) == DeliveryState.WAITING.value,
            (col(Delivery.lease_until).is_(None)) | (col(Delivery.lease_until) < now),
            (col(Delivery.not_before).is_(None)) | (col(Delivery.not_before) <= now),
            ~in_front,
        )
        .order_by(col(Delivery.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = tuple(session.execute(ready).scalars())
    if not ids:
        return ()
    rows = session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_(ids))
        .values(lease_until=now + lease, attempts=col(Delivery.attempts) + 1)
        .returning(Delivery)
    ).scalars()
    return tuple(sorted((_waiting(row) for row in rows), key=lambda one: one.id))


def settle(session: Session, delivery_id: int, *, state: DeliveryState, outcome: str, now: datetime) -> None:
    session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id)
        .values(state=state.value, outcome=outcome, settled_at=now, lease_until=None)
    )


def postpone(session: Session, delivery_id: int, *, until: datetime, outcome: str) -> None:
    """Give it back for a later attempt (real time)."""
    session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id)
        .values(not_before=until, lease_until=None, outcome=outcome)
    )


def retarget(session: Session, delivery: Waiting, *, turn: int, outcome: str) -> None:
    """The journey's turn ended before this arrived: it belongs to the next one."""
    session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery.id)
        .values(
            turn=turn,
            workflow_key=workflow_key(
                journey=delivery.journey, practice_id=delivery.practice_id, ref=delivery.ref, turn=turn
            ),
            lease_until=None,
            not_before=None,
            outcome=outcome,
        )
    )


def revive(session: Session, practice_id: int, delivery_id: int) -> bool:
    """Put a dead one back in line. False when it is not dead."""
    row = session.execute(
        update(Delivery)
        .where(
            col(Delivery.practice_id) == practice_id,
            col(Delivery.id) == delivery_id,
            col(Delivery.state) == DeliveryState.DEAD.value,
        )
        .values(state=DeliveryState.WAITING.value, attempts=0, not_before=None, lease_until=None, settled_at=None)
        .returning(col(Delivery.id))
    ).first()
    return row is not None


def backlog(session: Session) -> dict[str, int]:
    """How many deliveries wait and how many are dead, over all practices."""
    counted = session.execute(
        select(col(Delivery.state), func.count())
        .where(col(Delivery.state).in_([DeliveryState.WAITING.value, DeliveryState.DEAD.value]))
        .group_by(col(Delivery.state))
    )
    none = dict.fromkeys((DeliveryState.WAITING.value, DeliveryState.DEAD.value), 0)
    return none | {row[0]: row[1] for row in counted}


def _waiting(row: Delivery) -> Waiting:
    assert row.id is not None  # read from the database
    return Waiting(
        id=row.id,
        practice_id=row.practice_id,
        receipt_id=row.receipt_id,
        key=row.key,
        journey=Journey(row.journey),
        ref=row.ref,
        turn=row.turn,
        action=Action(row.action),
        message=row.message,
        body=row.body,
        attempts=row.attempts,
        created_at=row.created_at,
    )
