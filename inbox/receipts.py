"""Takes in what came from outside: one transaction, and from then on nothing can lose it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlmodel import Session

from inbox import counters, routing
from inbox.heard import Heard, to_json
from models.repositories import practices, receipts
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import Purpose, ReceiptFacts, ReceiptState, Recorded
from models.session import Database

_log = structlog.get_logger(__name__)


def real_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A verified event as a webhook hands it over. `known` is False for a type the vendor documents nowhere."""

    vendor: str
    purpose: Purpose
    event_key: str
    event_type: str
    heard: Heard | None
    payload: bytes
    known: bool = True


class Intake:
    """Records and routes. `nudge` wakes the relay after a commit, may be set later, and must not block."""

    def __init__(
        self, database: Database, *, nudge: Callable[[], None], wall: Callable[[], datetime] = real_now
    ) -> None:
        self._database = database
        self.nudge = nudge
        self._wall = wall

    def record(self, practice: PracticeFacts, arrival: Arrival) -> Recorded:
        """Receipt and deliveries in one transaction. A repeat is counted and routed no second time."""
        now = self._wall()
        with self._database.transaction() as session:
            recorded = receipts.record(
                session,
                practice.id,
                vendor=arrival.vendor,
                purpose=arrival.purpose.value,
                event_key=arrival.event_key,
                event_type=arrival.event_type,
                parsed={} if arrival.heard is None else to_json(arrival.purpose, arrival.heard),
                payload=arrival.payload.decode("utf-8", errors="replace"),
                received_at=now,
                practice_at=practice.clock.practice(now),
                state=(ReceiptState.NEW if arrival.known else ReceiptState.UNKNOWN).value,
            )
            if recorded.facts is not None and arrival.known:
                self._route(session, practice, recorded.facts)
        counters.RECEIPTS.labels(arrival.vendor, arrival.purpose.value, "new" if recorded.is_new else "repeat").inc()
        if not arrival.known:
            _log.warning("receipt.unknown_event", receipt_id=recorded.id, vendor=arrival.vendor)
        self.nudge()
        return recorded

    def route_left_over(self) -> int:
        """Route receipts whose first routing failed; a second failure is for a person to look at."""
        routed = 0
        while True:
            with self._database.transaction() as session:
                left = receipts.next_unrouted(session)
                if left is None:
                    return routed
                practice_id, receipt_id = left
                facts = receipts.get(session, practice_id, receipt_id)
                assert facts is not None  # locked by this transaction
                self._route(session, practices.load(session, practice_id), facts, last_try=True)
            routed += 1

    def _route(self, session: Session, practice: PracticeFacts, facts: ReceiptFacts, *, last_try: bool = False) -> None:
        """Routing in a savepoint: an error in it must not lose the receipt itself."""
        try:
            with session.begin_nested():
                routing.route(session, practice, facts)
        except Exception as error:
            # Whatever it was, the event is kept: once more from the loop, then listed under failed receipts.
            state = ReceiptState.FAILED if last_try else ReceiptState.NEW
            receipts.settle(session, practice.id, facts.id, state=state, outcome=f"routing: {type(error).__name__}")
            counters.ROUTING_FAILURES.inc()
            # Not the error's text: a database error quotes the row.
            _log.error(
                "receipt.routing_failed", receipt_id=facts.id, practice_id=practice.id, error=type(error).__name__
            )
