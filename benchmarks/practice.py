"""The practice of the benchmark: visits to cancel, and more clients waiting than it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import col, select

from domain.policy import ContactPolicy, GapFillPolicy, Pace, PracticePolicy
from models.repositories import practices, waitlist
from models.waitlist import WaitlistEntry
from simulation.stage import Stage, StageOptions
from tests.journeys.house import DAY, House, at, furnish, practice_clock, ref

#: The practice's clock runs with the wall's, so nothing that is measured is scaled.
RATE: Final = 1.0
DAYS: Final = 9
#: Half hours after noon with each of two providers: 216 visits.
_HOURS: Final = tuple((hour, minute) for hour in range(12, 18) for minute in (0, 30))

POLICY: Final = PracticePolicy(
    # What is beyond the settling delay is ours; the delay itself is the practice's choice.
    gap_fill=GapFillPolicy(settling_delay=timedelta(), pace=Pace.ONE_AT_A_TIME),
    # The same few people are asked all the time.
    contact=ContactPolicy(offers_per_day=10_000, offers_per_week=10_000, messages_per_day=10_000),
)


@dataclass(frozen=True)
class Visit:
    """A visit on the books, to be cancelled."""

    appointment: str
    start: datetime


@dataclass(frozen=True)
class BenchPractice:
    """A house on a running stage."""

    house: House
    #: Clients who wait for nothing here, by their number: the peer's list.
    others: range

    @property
    def stage(self) -> Stage:
        return self.house.stage

    def set_pace(self, *, pace: Pace, wave_size: int, offer_window: timedelta) -> None:
        """How offers go out from the next fill on."""
        fill = replace(POLICY.gap_fill, pace=pace, wave_size=wave_size, offer_window=offer_window)
        with self.stage.database().transaction() as session:
            practices.save_policy(session, self.house.practice_id, replace(POLICY, gap_fill=fill))

    def only_waiting(self, count: int) -> None:
        """Leave so many of those still on the waitlist active; the others pause."""
        with self.stage.database().transaction() as session:
            entries = session.exec(
                select(WaitlistEntry)
                .where(
                    WaitlistEntry.practice_id == self.house.practice_id,
                    col(WaitlistEntry.state).in_(("active", "paused")),
                )
                .order_by(col(WaitlistEntry.id))
            ).all()
            if len(entries) < count:
                raise RuntimeError(f"only {len(entries)} clients are left to wait, {count} are needed")
            for place, entry in enumerate(entries):
                state = "active" if place < count else "paused"
                waitlist.set_state(session, self.house.practice_id, entry.id or 0, state)


def stage_options(folder: Path, say: Callable[[str], None]) -> StageOptions:
    """One API, one worker on all queues, as `make demo` has them; what is answered 2xx outlives a power cut."""
    return StageOptions(
        folder=folder,
        progress=say,
        durable=True,
        # A fill a second would spend a practice's query budget in half a minute; then its refill would be measured.
        sandboxes={"boulevard": {"bucket_capacity": 1e9}},
    )


async def open_practice(
    stage: Stage, *, waiting: int, visits: int, others: int = 0
) -> tuple[BenchPractice, list[Visit]]:
    """Furnish, book the visits by hand, open, and let Chairflow learn the calendar."""
    # Three more clients own the visits (the last one those of the peer); they wait for nothing.
    house = furnish(stage, policy=POLICY, clients=waiting + 2 + others + 1, waiting=waiting)
    stage.set_clock(house.practice_id, practice_clock(RATE))
    _add_shifts(stage)
    booked = [
        Visit(house.book(client=waiting + provider, start=start, provider=provider), start)
        for start, provider in chairs(visits)
    ]
    stage.open()
    await stage.learn_calendar(house.practice_id, days=DAYS)
    return BenchPractice(house, others=range(waiting + 3, waiting + 3 + others)), booked


def chairs(count: int) -> list[tuple[datetime, int]]:
    """The first so many half hours, each with its provider."""
    found = [
        (at(hour, minute, day=DAY + timedelta(days=ahead)), provider)
        for ahead in range(DAYS)
        for hour, minute in _HOURS
        for provider in (1, 2)
    ]
    if count > len(found):
        raise ValueError(f"count is {count}; the practice has {len(found)} chairs in {DAYS} days")
    return found[:count]


def _add_shifts(stage: Stage) -> None:
    """The house works two days; the benchmark needs more chairs than that."""
    stage.sandboxes.boulevard.ask(
        "POST",
        "seed",
        {
            "shifts": [
                {
                    "staff": ref("Staff", number),
                    "location": ref("Location", 1),
                    "date": (DAY + timedelta(days=ahead)).isoformat(),
                    "clock_in": "09:00",
                    "clock_out": "18:00",
                }
                for number in (1, 2)
                for ahead in range(2, DAYS)
            ]
        },
    )
