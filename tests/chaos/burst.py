"""Many cancellations at once in one practice, with enough people waiting: every chair is filled.

`python -m tests.chaos.burst --chairs 50` plays one and prints what came of it. The chairs of one hour are with
different providers and need a room each, so fills want the same people and the same rooms at the same moment.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlmodel import col, select

from domain.policy import ContactPolicy, GapFillPolicy, Pace
from models.effects import Message
from simulation.reading import Gist, read
from simulation.stage import Stage, StageOptions
from tests.journeys.scenario_practice import UNHURRIED, Premises, open_premises
from tests.journeys.scenarios import PATIENCE, Corner

#: Chairs of one hour, each with a provider of its own; as many rooms.
SIDE_BY_SIDE: Final = 4
#: More than any one of them is asked here: who may be asked is not what is tried.
CONTACT: Final = ContactPolicy(offers_per_day=100, offers_per_week=100, messages_per_day=1_000)


@dataclass(frozen=True, kw_only=True)
class Burst:
    """What came of it. `seconds` is real time from the first cancellation to the last end of a fill."""

    chairs: int
    waiting: int
    endings: Counter[str]
    #: Planned offers, by what became of them.
    offers: Counter[str]
    #: Tasks by their kind.
    tasks: Counter[str]
    #: Offers that reached a phone.
    sent: int
    won: int
    double_bookings: int
    seconds: float

    @property
    def filled(self) -> int:
        return self.endings["filled"]


def play(
    premises: Premises, *, chairs: int, waiting: int, fill: GapFillPolicy = UNHURRIED, patience: float = PATIENCE
) -> Burst:
    """Cancel so many visits at once. Everybody who is asked says YES as soon as the text is there."""
    premises.policy(fill, contact=CONTACT)
    corner = premises.corner(waiting=waiting, others=chairs, providers=SIDE_BY_SIDE, rooms=SIDE_BY_SIDE)
    visits = _booked(corner, chairs, first_client=waiting + 1)
    premises.settled()
    seen = max((entry["seq"] for entry in premises.stage.sandboxes.twilio.ledger()), default=0)
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(corner.cancel, visits))
        clients = {corner.phone(client): client for client in range(1, waiting + 1)}
        while time.monotonic() < began + patience:
            seen, asked = _newly_asked(corner, clients, seen)
            list(pool.map(lambda client: corner.says(client, "YES"), asked))
            openings = corner.openings()
            if len(openings) >= chairs and all(one.state != "live" for one in openings):
                break
            time.sleep(0.1)
    seconds = time.monotonic() - began
    deadline = time.monotonic() + PATIENCE
    while not _all_told(corner, waiting) and time.monotonic() < deadline:
        time.sleep(0.2)
    premises.settled()
    return _judged(corner, chairs=chairs, waiting=waiting, seconds=seconds)


def _booked(corner: Corner, chairs: int, *, first_client: int) -> list[str]:
    """So many visits of half an hour from nine on, side by side."""

    def book(place: int) -> str:
        hour, half = divmod(place // SIDE_BY_SIDE, 2)
        return corner.book(
            first_client + place,
            corner.at(9 + hour, 30 * half),
            provider=place % SIDE_BY_SIDE + 1,
            mirrored=False,
        )

    visits = [book(place) for place in range(chairs)]
    for visit in visits:
        corner.mirrored(visit)
    return visits


def _newly_asked(corner: Corner, clients: dict[str, int], since: int) -> tuple[int, Sequence[int]]:
    asked = []
    for entry in corner.stage.sandboxes.twilio.ledger(since=since, kind="text"):
        since = max(since, entry["seq"])
        if entry["to"] in clients and read(entry["body"]).gist is Gist.OFFER:
            asked.append(clients[entry["to"]])
    return since, asked


def _all_told(corner: Corner, waiting: int) -> bool:
    """Who lost has their closing message, and who won their confirmation."""
    states = Counter(one.state for one in corner.offers())
    return states["open"] == 0 and _winners_told(corner, waiting) >= states["won"]


def _winners_told(corner: Corner, waiting: int) -> int:
    phones = {corner.phone(client) for client in range(1, waiting + 1)}
    texts = corner.stage.sandboxes.twilio.ledger(kind="text")
    return sum(one["to"] in phones and read(one["body"]).gist is Gist.WON for one in texts)


def _judged(corner: Corner, *, chairs: int, waiting: int, seconds: float) -> Burst:
    offers = corner.offers()
    with corner.stage.database().transaction() as session:
        sent = session.exec(
            select(Message.id).where(
                Message.template == "offer",
                Message.state != "planned",
                col(Message.client_id).in_(corner.client_ids),
            )
        ).all()
    return Burst(
        chairs=chairs,
        waiting=waiting,
        endings=Counter(one.state for one in corner.openings()),
        offers=Counter(one.state for one in offers),
        tasks=Counter(one.kind for one in corner.tasks()),
        sent=len(sent),
        won=_winners_told(corner, waiting),
        double_bookings=len(corner.double_bookings()),
        seconds=round(seconds, 1),
    )


def main() -> int:
    """`python -m tests.chaos.burst --chairs 50`"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chairs", type=int, default=50)
    parser.add_argument("--waiting", type=int, default=75)
    parser.add_argument("--wave", type=int, default=3)
    parser.add_argument("--rate", type=float, default=30.0)
    parser.add_argument("--keep", type=Path, help="keep the logs there")
    asked = parser.parse_args()
    fill = replace(UNHURRIED, pace=Pace.WAVES, wave_size=asked.wave)
    with (
        tempfile.TemporaryDirectory(prefix="chairflow-burst-") as folder,
        Stage(StageOptions(folder=asked.keep or Path(folder))) as stage,
    ):
        premises = open_premises(stage, rate=asked.rate)
        burst = play(premises, chairs=asked.chairs, waiting=asked.waiting, fill=fill, patience=180.0)
    sys.stdout.write(f"{burst}\n")
    return 0 if burst.filled == asked.chairs else 1


if __name__ == "__main__":
    sys.exit(main())
