"""Routes receipts right after they are committed, off the path of the webhook that waits for its answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from sqlmodel import Session

from inbox import counters, hint_routing, routing
from models.repositories import locks, practices, receipts
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import Purpose, ReceiptFacts, ReceiptState
from models.session import Database

_log = structlog.get_logger(__name__)

#: How soon a receipt is found whose process died before it was routed, and how soon a failed one is tried again.
_LOOK_AGAIN_SECONDS: Final = 1.0
#: Another process routes this practice just now; what it does not see is left to us.
_BUSY_SECONDS: Final = 0.02
#: Some tens of milliseconds, for as long as which locks are held.
_HINTS_AT_ONCE: Final = 100
_OTHERS_AT_ONCE: Final = 10


class Router:
    """One thread of any number of processes. A practice's receipts are routed by one at a time, in the order of their
    ids: a STOP that was answered with 2xx before a YES is also read before it.

    `routed` is called after each commit, from the router's thread, and must not block.
    """

    def __init__(self, database: Database, *, routed: Callable[[], None]) -> None:
        self._database = database
        self._routed = routed
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="router", daemon=True)

    def wake(self) -> None:
        """There is something new. Safe from any thread, returns at once."""
        self._wake.set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the transaction it is at; what is left, another process or the next start routes."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def route_new(self, *, once_more: bool = False) -> int:
        """Route what is new and return how many were. With `once_more` those whose routing failed before come first;
        whoever fails then is for a person to look at. Left out are practices that another process is at."""
        routed, _ = self._route_all(once_more=once_more)
        return routed

    # --- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        looked = 0.0
        pause = _LOOK_AGAIN_SECONDS
        while not self._stopping:
            self._wake.wait(pause)
            self._wake.clear()
            once_more = time.monotonic() - looked >= _LOOK_AGAIN_SECONDS
            try:
                _, others = self._route_all(once_more=once_more)
                pause = _BUSY_SECONDS if others else _LOOK_AGAIN_SECONDS
            except Exception as error:
                # The database is away: nothing is lost meanwhile.
                _log.error("router.failed", error=type(error).__name__)
                pause = _LOOK_AGAIN_SECONDS
                time.sleep(_LOOK_AGAIN_SECONDS)
            if once_more:
                looked = time.monotonic()

    def _route_all(self, *, once_more: bool) -> tuple[int, bool]:
        """How many were routed, and whether some were left to another process."""
        routed, left = 0, False
        for failed_before in (True, False) if once_more else (False,):
            not_now: list[int] = []
            while not self._stopping:
                with self._database.transaction() as session:
                    practice_id = receipts.next_to_route(session, failed_before=failed_before, but=not_now)
                if practice_id is None:
                    break
                try:
                    count = self._route_some(practice_id, failed_before=failed_before)
                except Exception as error:
                    _log.error("router.practice_failed", practice_id=practice_id, error=type(error).__name__)
                    count = 0
                if not count:
                    not_now.append(practice_id)
                    left = True
                    continue
                routed += count
                self._routed()
        return routed, left

    # --- one transaction ----------------------------------------------------------------------------------------

    def _route_some(self, practice_id: int, *, failed_before: bool) -> int:
        """Some receipts of one practice. 0 when another process is at it."""
        if not failed_before:
            try:
                return self._in_one_go(practice_id)
            except Exception as error:
                # One of them fails: the same again, each in a savepoint of its own.
                _log.warning("router.one_by_one", practice_id=practice_id, error=type(error).__name__)
        with self._database.transaction() as session:
            practice, batch = self._taken(session, practice_id, failed_before=failed_before)
            for facts in batch:
                self._route_safely(session, practice, facts, last_try=failed_before)
        return len(batch)

    def _in_one_go(self, practice_id: int) -> int:
        with self._database.transaction() as session:
            practice, batch = self._taken(session, practice_id, failed_before=False)
            _route(session, practice, batch)
        return len(batch)

    def _taken(
        self, session: Session, practice_id: int, *, failed_before: bool
    ) -> tuple[PracticeFacts, list[ReceiptFacts]]:
        """Nothing when another process is at this practice."""
        practice = practices.load(session, practice_id)
        if not locks.try_hold(session, "routing", practice_id):
            return practice, []
        waiting = receipts.to_route(session, practice_id, failed_before=failed_before, limit=_HINTS_AT_ONCE)
        hints = [one for one in waiting if one.purpose == Purpose.PMS]
        others = [one for one in waiting if one.purpose != Purpose.PMS]
        return practice, others[:_OTHERS_AT_ONCE] + hints

    def _route_safely(self, session: Session, practice: PracticeFacts, facts: ReceiptFacts, *, last_try: bool) -> None:
        """Routing in a savepoint: an error in it must not lose the receipt itself."""
        try:
            with session.begin_nested():
                _route(session, practice, [facts])
        except Exception as error:
            # Whatever it was, the event is kept: once more in a while, then listed under failed receipts.
            state = ReceiptState.FAILED if last_try else ReceiptState.NEW
            receipts.settle(session, practice.id, facts.id, state=state, outcome=f"routing: {type(error).__name__}")
            counters.ROUTING_FAILURES.inc()
            # Not the error's text: a database error quotes the row.
            _log.error(
                "receipt.routing_failed", receipt_id=facts.id, practice_id=practice.id, error=type(error).__name__
            )


def _route(session: Session, practice: PracticeFacts, batch: Sequence[ReceiptFacts]) -> None:
    """People's answers first, each by itself; hints to look again all in one."""
    hints = [one for one in batch if one.purpose == Purpose.PMS]
    for one in batch:
        if one.purpose != Purpose.PMS:
            routing.route(session, practice, one)
    if hints:
        hint_routing.route(session, practice, hints)
