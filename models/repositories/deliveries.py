"""Deliveries: messages for journeys, on their way to Temporal. The relay is the only reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import Session, col

from domain.journey_names import Action, Journey
from models.base import Instant
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


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """A message on its way into the line.

    `message` is the signal's or update's name, empty for a plain start; `body` holds the message's fields. `not_before`
    is real time, `now` the practice's.
    """

    key: str
    journey: Journey
    ref: int
    action: Action
    message: str
    body: Mapping[str, Any]
    now: datetime
    turn: int = 0
    receipt_id: int | None = None
    not_before: datetime | None = None


_TABLE: Final = Delivery.metadata.tables["delivery"]
_GIVEN: Final = (
    *("practice_id", "receipt_id", "key", "journey", "ref", "turn", "workflow_key", "action", "message", "body"),
    *("state", "attempts", "not_before", "created_at"),
)
_ENQUEUE: Final = insert(_TABLE).on_conflict_do_nothing(index_elements=["practice_id", "key"]).returning(_TABLE.c.id)
#: Sent at commit: a relay in any process looks at once instead of at its next pass.
_RING: Final = select(func.pg_notify(CHANNEL, ""))
#: Both at once, for one alone. A name of its own for each value: a column's is taken by the statement itself.
_ENQUEUED: Final = _ENQUEUE.values(
    {one.name: bindparam(f"new_{one.name}", type_=one.type) for one in _TABLE.c if one.name in _GIVEN}
).cte("enqueued")
_ENQUEUE_AND_RING: Final = select(_ENQUEUED.c.id, func.pg_notify(CHANNEL, ""))


def enqueue_all(session: Session, practice_id: int, messages: Iterable[NewDelivery]) -> int:
    """Put messages in line for their journeys, in this order. Returns how many had keys that were not seen before."""
    rows = [
        {
            "practice_id": practice_id,
            "receipt_id": one.receipt_id,
            "key": one.key,
            "journey": one.journey.value,
            "ref": one.ref,
            "turn": one.turn,
            "workflow_key": workflow_key(journey=one.journey, practice_id=practice_id, ref=one.ref, turn=one.turn),
            "action": one.action.value,
            "message": one.message,
            "body": dict(one.body),
            "state": DeliveryState.WAITING.value,
            "attempts": 0,
            "not_before": one.not_before,
            "created_at": one.now,
        }
        for one in messages
    ]
    if not rows:
        return 0
    session.flush()  # what the caller made in this transaction and the row points at
    connection = session.connection()
    if len(rows) == 1:
        return len(connection.execute(_ENQUEUE_AND_RING, {f"new_{name}": rows[0][name] for name in _GIVEN}).all())
    made = len(connection.execute(_ENQUEUE, rows).all())
    if made:
        connection.execute(_RING)
    return made


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
    """Put a message in line for a journey, as `NewDelivery` has it. False when `key` was seen before."""
    one = NewDelivery(
        key=key,
        journey=journey,
        ref=ref,
        action=action,
        message=message,
        body=body,
        now=now,
        turn=turn,
        receipt_id=receipt_id,
        not_before=not_before,
    )
    return enqueue_all(session, practice_id, [one]) == 1


def ref_of(session: Session, practice_id: int, key: str) -> int | None:
    """The journey's reference of the delivery with this key, when there is one."""
    found: int | None = session.execute(
        select(col(Delivery.ref)).where(col(Delivery.practice_id) == practice_id, col(Delivery.key) == key)
    ).scalar_one_or_none()
    return found


#: What the practice system told: to look again at a visit. Everything else a person waits for.
_HINT: Final = "pms_changed"
_OLDER: Final = _TABLE.alias("older")
_AWAITED: Final = _TABLE.alias("awaited")
_WAITING: Final = DeliveryState.WAITING.value
#: The oldest in the line of each journey that has something for a person in it; hints before it go with it.
_HEADS: Final = (
    select(func.min(_OLDER.c.id))
    .where(
        _OLDER.c.state == _WAITING,
        _OLDER.c.workflow_key.in_(
            select(_AWAITED.c.workflow_key).where(_AWAITED.c.state == _WAITING, _AWAITED.c.message != _HINT)
        ),
    )
    .group_by(_OLDER.c.workflow_key)
)
_OLDEST_OF_ITS_LINE: Final = ~exists().where(
    _OLDER.c.workflow_key == _TABLE.c.workflow_key, _OLDER.c.state == _WAITING, _OLDER.c.id < _TABLE.c.id
)


def _claiming(head: ColumnElement[bool]) -> ReturningUpdate[Any]:
    ready = (
        select(_TABLE.c.id)
        .where(
            _TABLE.c.state == _WAITING,
            _TABLE.c.lease_until.is_(None) | (_TABLE.c.lease_until < bindparam("now", type_=Instant)),
            _TABLE.c.not_before.is_(None) | (_TABLE.c.not_before <= bindparam("now", type_=Instant)),
            head,
        )
        .order_by(_TABLE.c.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    return (
        update(_TABLE)
        .where(_TABLE.c.id.in_(select(ready.cte("ready").c.id)))
        .values(lease_until=bindparam("until", type_=Instant), attempts=_TABLE.c.attempts + 1)
        .returning(*(_TABLE.c[field.name] for field in fields(Waiting)))
    )


_CLAIM_AWAITED: Final = _claiming(_TABLE.c.id.in_(_HEADS))
_CLAIM_ANY: Final = _claiming(_OLDEST_OF_ITS_LINE)


def claim(
    session: Session, *, now: datetime, lease: timedelta, limit: int, hints: int | None = None
) -> tuple[Waiting, ...]:
    """Take the oldest waiting delivery of up to `limit` workflows. `now` is real time. What a person waits for comes
    first, with the hints of the practice system that stand before it in its workflow's line; then at most so many
    other `hints`.

    Never two of one workflow: a younger one stays in line until the older is settled, also while another process has
    it under lease or it waits for its next attempt.
    """
    claimed = _claim(session, _CLAIM_AWAITED, now=now, lease=lease, limit=limit)
    room = limit - len(claimed)
    if (most := room if hints is None else min(hints, room)) > 0:
        claimed += _claim(session, _CLAIM_ANY, now=now, lease=lease, limit=most)
    return tuple(claimed)


def _claim(
    session: Session, claiming: ReturningUpdate[Any], *, now: datetime, lease: timedelta, limit: int
) -> list[Waiting]:
    rows = session.connection().execute(claiming, {"now": now, "until": now + lease, "most": limit})
    claimed = (
        Waiting(**{**row, "journey": Journey(row["journey"]), "action": Action(row["action"])})
        for row in rows.mappings()
    )
    return sorted(claimed, key=lambda one: one.id)


def is_hint(delivery: Waiting) -> bool:
    """Whether it only says that a visit should be looked at again."""
    return delivery.message == _HINT


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of a delivery for good."""

    delivery_id: int
    state: DeliveryState
    outcome: str


_SETTLE: Final = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("delivery_id"))
    .values(
        state=bindparam("new_state"),
        outcome=bindparam("new_outcome"),
        settled_at=bindparam("now", type_=Instant),
        lease_until=None,
    )
)


def settle(session: Session, settled: Iterable[Settled], *, now: datetime) -> None:
    """Write it down, for several in one go."""
    rows = [
        {"delivery_id": one.delivery_id, "new_state": one.state.value, "new_outcome": one.outcome, "now": now}
        for one in settled
    ]
    if rows:
        session.connection().execute(_SETTLE, rows)


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


def settle_read_hints(
    session: Session, practice_id: int, appointment_id: int, *, turn: int, up_to: int, now: datetime
) -> bool:
    """Settles the hints about a visit that has been read, and whether one look more is owed: those that were in our
    hands before (receipts up to this number) tell nothing new, a later one may. One that is under way already is left
    to its journey. `now` is real time."""
    key = workflow_key(journey=Journey.BOOKING, practice_id=practice_id, ref=appointment_id, turn=turn)
    settled = session.execute(
        update(Delivery)
        .where(
            col(Delivery.workflow_key) == key,
            col(Delivery.state) == DeliveryState.WAITING.value,
            col(Delivery.message) == _HINT,
            col(Delivery.lease_until).is_(None),
        )
        .values(state=DeliveryState.DONE.value, outcome="read since", settled_at=now)
        .returning(col(Delivery.receipt_id))
    ).scalars()
    return any(receipt_id is None or receipt_id > up_to for receipt_id in settled.all())


def revive(session: Session, practice_id: int, delivery_id: int) -> tuple[str, int] | None:
    """Put a dead one back in line, and say whose journey and which it is for. None when it is not dead."""
    row = session.execute(
        update(Delivery)
        .where(
            col(Delivery.practice_id) == practice_id,
            col(Delivery.id) == delivery_id,
            col(Delivery.state) == DeliveryState.DEAD.value,
        )
        .values(state=DeliveryState.WAITING.value, attempts=0, not_before=None, lease_until=None, settled_at=None)
        .returning(col(Delivery.journey), col(Delivery.ref))
    ).first()
    return None if row is None else (row[0], row[1])


def backlog(session: Session) -> dict[str, int]:
    """How many deliveries wait and how many are dead, over all practices."""
    counted = session.execute(
        select(col(Delivery.state), func.count())
        .where(col(Delivery.state).in_([DeliveryState.WAITING.value, DeliveryState.DEAD.value]))
        .group_by(col(Delivery.state))
    )
    none = dict.fromkeys((DeliveryState.WAITING.value, DeliveryState.DEAD.value), 0)
    return none | {row[0]: row[1] for row in counted}
