"""What becomes of a delivery after an attempt, above all when its journey had ended before it arrived."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from domain.journey_names import Action, Journey
from domain.tasks import ORDERS
from inbox import routed_deliveries
from models.repositories import deliveries, delivery_targets, practices, receipts
from models.repositories.deliveries import DeliveryState, Settled, Waiting
from models.repositories.receipts import ReceiptState
from operations import hand_work

#: Of a fill's messages those that mean its opening, and not how it is offered.
_OF_THE_OPENING: Final = frozenset({"task_answered", "opening_taken"})
#: Temporal is away or busy: soon again, and never so late that a restart is felt for long.
_PAUSE: Final = timedelta(milliseconds=250)
_LONGEST_PAUSE: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class Done:
    words: str


@dataclass(frozen=True)
class Later:
    """Temporal is away or busy; nothing is lost."""

    words: str


@dataclass(frozen=True)
class Dead:
    """No attempt will ever succeed; a person must look."""

    words: str


@dataclass(frozen=True)
class JourneyOver:
    """The journey had ended."""


Outcome = Done | Later | Dead | JourneyOver


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A delivery and what came of handing it over."""

    delivery: Waiting
    outcome: Outcome


def settle(session: Session, attempts: Iterable[Attempt], *, now: datetime) -> None:
    """Write down what came of them. `now` is real time."""
    for_good: list[Settled] = []
    for attempt in attempts:
        delivery, outcome = attempt.delivery, attempt.outcome
        match outcome:
            case Done():
                for_good.append(Settled(delivery_id=delivery.id, state=DeliveryState.DONE, outcome=outcome.words))
            case Dead():
                for_good.append(Settled(delivery_id=delivery.id, state=DeliveryState.DEAD, outcome=outcome.words))
            case Later():
                deliveries.postpone(session, delivery.id, until=now + _pause(delivery), outcome=outcome.words)
            case JourneyOver():
                _journey_was_over(session, delivery, now=now)
    deliveries.settle(session, for_good, now=now)


def _pause(delivery: Waiting) -> timedelta:
    """Doubling, bounded, and spread so that a backlog does not come back all at once."""
    longest: timedelta = min(_PAUSE * 2 ** min(delivery.attempts - 1, 10), _LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)


def _journey_was_over(session: Session, delivery: Waiting, *, now: datetime) -> None:
    """An expected conflict: send it on to the next turn, or answer the text it came from."""
    if delivery.journey is Journey.BOOKING and _next_turn(session, delivery):
        return
    words = "the journey had ended"
    if delivery.journey is Journey.GAP_FILL and delivery.message == "claim_by_text":
        words = _late_yes(session, delivery)
    elif delivery.journey is Journey.GAP_FILL and delivery.message in _OF_THE_OPENING:
        words = _of_the_opening(session, delivery, now=now)
    elif delivery.message == "replied":
        words = _answer(session, delivery, "needs_person", words="An answer about a visit that is over.")
    deliveries.settle(session, [Settled(delivery_id=delivery.id, state=DeliveryState.OVER, outcome=words)], now=now)


def _next_turn(session: Session, delivery: Waiting) -> bool:
    """Whether a later turn of the booking takes it. A PMS event begins one; a reply only follows."""
    turn = delivery_targets.ensure_turn_after(
        session,
        delivery.practice_id,
        delivery.ref,
        ended=delivery.turn,
        begin=delivery.action is Action.SIGNAL_WITH_START,
    )
    if turn <= delivery.turn:
        return False
    deliveries.retarget(session, delivery, turn=turn, outcome=f"turn {delivery.turn} had ended")
    return True


def _late_yes(session: Session, delivery: Waiting) -> str:
    """The fill has ended: the answer comes from the offer's row, and nothing starts anew."""
    return _answer(session, delivery, "late_yes", offer_id=delivery.body.get("offer_id"), opening_id=delivery.ref)


def _of_the_opening(session: Session, delivery: Waiting, *, now: datetime) -> str:
    """What staff, or the calendar, say of an opening whose fill has ended is heard all the same."""
    practice = practices.load(session, delivery.practice_id)
    practice_now = practice.clock.practice(now)
    if delivery.message == "opening_taken":
        hand_work.catch_up(session, practice, delivery.ref, now=practice_now)
        return "the fill had ended; what waited for it was looked at"
    if delivery.action is Action.SIGNAL_WITH_START:
        return "had run before"
    if delivery.body.get("action") not in ORDERS:
        return "the fill had ended; nothing of it was left to do"
    return hand_work.carry_out(session, practice, delivery.ref, dict(delivery.body), now=practice_now)


def _answer(session: Session, delivery: Waiting, outcome: str, **about: object) -> str:
    receipt = receipts.get(session, delivery.practice_id, delivery.receipt_id) if delivery.receipt_id else None
    if receipt is None:
        return "the journey had ended"
    receipts.settle(
        session,
        delivery.practice_id,
        receipt.id,
        state=ReceiptState.ROUTED,
        outcome=outcome,
        about={**receipt.about, **about},
    )
    routed_deliveries.answer_text(session, receipt)
    return f"{outcome}: answered by a journey of its own"
