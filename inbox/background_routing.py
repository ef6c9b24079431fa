"""Routes receipts right after they are committed, off the path of the webhook that waits for its answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Final

import structlog
from sqlmodel import Session

from inbox import counters, hint_routing, receipt_routing
from models.repositories import locks, practices, receipts
from models.repositories.receipts import Purpose, ReceiptFacts, ReceiptState
from models.session import Database

_log = structlog.get_logger(__name__)

#: How soon a receipt is found whose process died before it was routed, and how soon a failed one is tried again.
_LOOK_AGAIN_SECONDS: Final = 1.0
#: Another process routes this practice just now; what it does not see is left to us.
_BUSY_SECONDS: Final = 0.02
#: While the intake is busy: few transactions with many receipts, instead of many with few.
_BREATH_SECONDS: Final = 0.05
#: Some tens of milliseconds, for as long as which locks are held.
_HINTS_AT_ONCE: Final = 100
_OTHERS_AT_ONCE: Final = 10


class Router:
    """One thread of any number of processes. A practice's receipts are routed by one at a time, in the order of their
    ids: a STOP that was answered with 2xx before a YES is also read before it.

    `routed` is called after each commit, from the router's thread, and must not block. `busy` says that the intake has
    its hands full.
    """

    def __init__(
        self, database: Database, *, routed: Callable[[], None], busy: Callable[[], bool] = lambda: False
    ) -> None:
        self._database = database
        self._routed = routed
        self._busy = busy
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
            if self._busy():
                time.sleep(_BREATH_SECONDS)
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
            while not self._stopping and (turn := self._turn(failed_before=failed_before, but=not_now)):
                if turn.routed:
                    routed += turn.routed
                    self._routed()
                else:
                    not_now.append(turn.practice_id)
                    left = True
        return routed, left

    def _turn(self, *, failed_before: bool, but: Sequence[int]) -> _Turn | None:
        """Some receipts of the practice with the oldest one; None when nothing is left."""
        if not failed_before:
            try:
                return self._transact(_route, failed_before=False, but=but)
            except Exception as error:
                # One of them fails: the same again, each in a savepoint of its own.
                _log.warning("router.one_by_one", error=type(error).__name__)
        one_by_one = _give_up if failed_before else _put_off
        return self._transact(one_by_one, failed_before=failed_before, but=but)

    def _transact(self, route: _Rule, *, failed_before: bool, but: Sequence[int]) -> _Turn | None:
        with self._database.transaction() as session:
            practice_id = receipts.next_to_route(session, failed_before=failed_before, but=but)
            if practice_id is None:
                return None
            if not locks.try_hold(session, "routing", practice_id):
                return _Turn(practice_id, routed=0)
            waiting = receipts.to_route(session, practice_id, failed_before=failed_before, limit=_HINTS_AT_ONCE)
            hints = [one for one in waiting if one.purpose == Purpose.PMS]
            others = [one for one in waiting if one.purpose != Purpose.PMS]
            batch = others[:_OTHERS_AT_ONCE] + hints
            route(session, practice_id, batch)
        return _Turn(practice_id, routed=len(batch))


@dataclass(frozen=True)
class _Turn:
    """One transaction's work. Nothing is routed of a practice that another process is at."""

    practice_id: int
    _: KW_ONLY
    routed: int


def _route(session: Session, practice_id: int, batch: Sequence[ReceiptFacts]) -> None:
    """People's answers first, each by itself; hints to look again all in one."""
    hints = [one for one in batch if one.purpose == Purpose.PMS]
    others = [one for one in batch if one.purpose != Purpose.PMS]
    if others:
        practice = practices.load(session, practice_id)
        for one in others:
            receipt_routing.route(session, practice, one)
    if hints:
        hint_routing.route(session, practice_id, hints)


def _one_by_one(session: Session, practice_id: int, batch: Sequence[ReceiptFacts], *, failing: ReceiptState) -> None:
    """In savepoints: an error in routing must not lose the receipt itself."""
    for one in batch:
        try:
            with session.begin_nested():
                _route(session, practice_id, [one])
        except Exception as error:
            # Whatever it was, the event is kept: once more in a while, then listed under failed receipts.
            receipts.settle(session, practice_id, one.id, state=failing, outcome=f"routing: {type(error).__name__}")
            counters.ROUTING_FAILURES.inc()
            # Not the error's text: a database error quotes the row.
            _log.error("receipt.routing_failed", receipt_id=one.id, practice_id=practice_id, error=type(error).__name__)


_Rule = Callable[[Session, int, Sequence[ReceiptFacts]], None]
_put_off: Final[_Rule] = partial(_one_by_one, failing=ReceiptState.NEW)
_give_up: Final[_Rule] = partial(_one_by_one, failing=ReceiptState.FAILED)
