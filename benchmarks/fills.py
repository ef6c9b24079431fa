"""Real fills, timed by the vendors' own ledgers: when the webhook left, when a text came, when a visit stood."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from sqlmodel import select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from benchmarks.practice import BenchPractice, Visit
from domain.journey_names import Journey
from models.calendar import Opening
from models.inbox import Delivery, Receipt
from models.offers import Offer
from simulation.reading import Gist, read
from simulation.sandbox_client import Control, Entry
from simulation.stage import Stage
from tests.journeys.house import phone, rows, until
from workflows.ids import workflow_id

_PATIENCE_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.02
T = TypeVar("T")


class FillFailed(Exception):
    """A step of a fill did not come about; the text says which."""


@dataclass(frozen=True)
class Timing:
    """Seconds of one fill."""

    #: The cancellation's webhook leaves → the vendor has the first offer.
    first_offer: float
    #: The text YES reaches the vendor → the visit stands in the practice system.
    written: float
    #: … → the vendor has the winner's confirmation.
    confirmed: float
    steps: dict[str, float]


@dataclass(frozen=True)
class Cost:
    """What a finished fill left in its history."""

    events: int
    size: int
    kinds: Counter[str]
    activities: Counter[str]


class Ledgers:
    """Both vendors' ledgers from now on."""

    def __init__(self, bench: BenchPractice) -> None:
        self._texts = bench.stage.sandboxes.twilio
        self._calendar = bench.stage.sandboxes.boulevard
        self._seen = {one.name: _last(one) for one in (self._texts, self._calendar)}

    def texts(self, kind: str) -> list[Entry]:
        return self._texts.ledger(since=self._seen[self._texts.name], kind=kind)

    def calendar(self, kind: str) -> list[Entry]:
        return self._calendar.ledger(since=self._seen[self._calendar.name], kind=kind)


def time_fill(bench: BenchPractice, visit: Visit) -> Timing:
    """Cancel, wait for the offer, say YES, wait for the confirmation."""
    ledgers = Ledgers(bench)
    bench.house.cancel(visit.appointment)
    offer = _wait(lambda: _text(ledgers, Gist.OFFER), "an offer")
    client = _client(bench, offer)
    bench.house.says(client, "YES")
    won = _wait(lambda: _text(ledgers, Gist.WON, to=phone(client)), "the winner's confirmation")
    (left,) = ledgers.calendar("appointment_cancelled")
    booked = ledgers.calendar("appointment_booked")
    (said,) = ledgers.texts("inbound")
    if len(booked) != 1:
        raise FillFailed(f"{len(booked)} visits were booked by one YES")
    return Timing(
        first_offer=_at(offer) - _at(left),
        written=_at(booked[0]) - _at(said),
        confirmed=_at(won) - _at(said),
        steps=_steps(ledgers, since=_at(left)),
    )


def fill_with_last(bench: BenchPractice, visit: Visit, *, offers: int) -> int:
    """Let everybody stay silent but the last one asked, who says YES; returns the opening's id when it is filled."""
    ledgers = Ledgers(bench)
    bench.house.cancel(visit.appointment)
    asked = _wait(
        lambda: found if len(found := _offers(ledgers)) >= offers else None,
        f"{offers} offers",
        seconds=_PATIENCE_SECONDS * 3,
    )
    bench.house.says(_client(bench, asked[-1]), "YES")
    opening = max(one.id or 0 for one in rows(bench.stage, Opening, bench.house.practice_id))
    _wait(lambda: _all_told(bench, opening), "everybody's closing message")
    return opening


def fill_at_once(bench: BenchPractice, visits: Sequence[Visit]) -> float:
    """Cancel them all together, let everybody who is asked say YES; fills in a second, from the first cancellation to
    the last winner's confirmation."""
    ledgers = Ledgers(bench)
    answered: set[str] = set()
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda visit: bench.house.cancel(visit.appointment), visits))

        def all_won() -> bool:
            texts = [(one, read(one["body"]).gist) for one in ledgers.texts("accepted")]
            fresh = [one for one, gist in texts if gist is Gist.OFFER and one["to"] not in answered]
            answered.update(one["to"] for one in fresh)
            list(pool.map(lambda one: bench.house.says(_client(bench, one), "YES"), fresh))
            return sum(gist is Gist.WON for _, gist in texts) >= len(visits)

        _wait(all_won, f"{len(visits)} winners' confirmations", seconds=_PATIENCE_SECONDS * 6)
    return len(visits) / (time.monotonic() - began)


async def cost_of(client: Client, bench: BenchPractice, opening: int) -> Cost:
    """The fill's history as the server keeps it, once it is over."""
    handle = client.get_workflow_handle(
        workflow_id(journey=Journey.GAP_FILL, practice_id=bench.house.practice_id, ref=opening, turn=0)
    )
    await handle.result()
    history = await handle.fetch_history()
    names = [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower() for event in history.events]
    activities = Counter(
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    )
    return Cost(
        events=len(history.events),
        size=sum(event.ByteSize() for event in history.events),
        kinds=Counter(names),
        activities=activities,
    )


def settle(bench: BenchPractice) -> None:
    """Until the relay has nothing left, so that one fill is not measured with the end of another."""
    until(lambda: _nothing_waiting(bench.stage), what="the relay's work")
    time.sleep(0.2)


def _nothing_waiting(stage: Stage) -> bool:
    with stage.database().transaction() as session:
        unrouted = session.exec(select(Receipt.id).where(Receipt.state == "new").limit(1)).first()
        waiting = session.exec(select(Delivery.id).where(Delivery.state == "waiting").limit(1)).first()
        return unrouted is None and waiting is None


# --- reading the ledgers -----------------------------------------------------------------------------------------


def _text(ledgers: Ledgers, gist: Gist, *, to: str | None = None) -> Entry | None:
    return next(
        (one for one in ledgers.texts("accepted") if read(one["body"]).gist is gist and to in (None, one["to"])), None
    )


def _offers(ledgers: Ledgers) -> list[Entry]:
    return [one for one in ledgers.texts("accepted") if read(one["body"]).gist is Gist.OFFER]


def _all_told(bench: BenchPractice, opening: int) -> bool:
    offers = [one for one in rows(bench.stage, Offer, bench.house.practice_id) if one.opening_id == opening]
    return all(one.state == "won" or one.closing is not None for one in offers)


def _client(bench: BenchPractice, text: Entry) -> int:
    return next(number for number in range(1, bench.house.clients + 1) if phone(number) == text["to"])


def _steps(ledgers: Ledgers, *, since: float) -> dict[str, float]:
    """When each request of this fill reached a vendor: where the time goes."""
    found = [(_at(one), str(one.get("operation") or "")) for one in ledgers.calendar("request")]
    found += [(_at(one), f"text: {read(one['body']).gist.value}") for one in ledgers.texts("accepted")]
    found += [(_at(one), "YES") for one in ledgers.texts("inbound")]
    return {f"{number:02d} {what}": at - since for number, (at, what) in enumerate(sorted(found))}


def _last(control: Control) -> int:
    entries = control.ledger()
    return int(entries[-1]["seq"]) if entries else 0


def _at(entry: Entry) -> float:
    return datetime.fromisoformat(entry["at_real"]).timestamp()


def _wait(found: Callable[[], T | None], what: str, *, seconds: float = _PATIENCE_SECONDS) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(_POLL_SECONDS)
    raise FillFailed(f"{what} did not come about within {seconds:.0f} s")
