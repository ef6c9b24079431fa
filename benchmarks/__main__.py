"""`make bench`: the figures of DESIGN.md §9 in one run, printed and written to `out/bench.json`.

Each stands beside its floor: a bare workflow with as many activities, or the same job written small (`peer`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from temporalio.client import Client

from benchmarks import fills, idle_bookings, intake, waitlist_match
from benchmarks.bare import BareFloor
from benchmarks.dbos_peer.process import PeerProcess
from benchmarks.figures import Figure, latencies, percentile, table, write
from benchmarks.practice import POLICY, BenchPractice, Visit, chairs, open_practice, stage_options
from domain.policy import Pace
from simulation.stage import Stage
from tests.journeys.house import until
from wiring import child_processes

OUT: Final = Path("out")
#: Not counted: first connections, first plans, the workflow sandbox's first imports.
WARM_UP: Final = 5
OFFERS: Final = 10
#: Real seconds a wave has to answer; short, because all but the last stay silent.
WINDOW: Final = timedelta(seconds=2)
#: Enough for a 99th percentile.
_OPENINGS_ASKED: Final = 200
#: Activities between the webhook and the first offer: look at the visit, look at the day, offer.
TO_OFFER: Final = 3
#: Between YES and the confirmation: write it, look at it, tell the winner.
TO_CONFIRMATION: Final = 3

#: Chairs of one practice cancelled at one moment, and how many more than that wait.
BURSTS: Final = (20, 50)
SPARE: Final = 5
#: So many fills of the peer's stand beside the product's, and of its bursts the smallest.
PEER_FILLS: Final = 30
#: Visits of a practice with forty a day, two months ahead.
SLEEPERS: Final = 2_000
#: Vendors at the door at once, half of them at each process; each sends its next webhook when it has its answer. 32
#: are compared with the 500 a second that are asked for: with 16, each answer would have to come within 32 ms.
_CONNECTIONS: Final = (16, 32, 64)
_COMPARED: Final = 32

Say = Callable[[str], None]


@dataclass
class Run:
    """One run of everything."""

    bench: BenchPractice
    client: Client
    floor: BareFloor
    peer: PeerProcess
    visits: list[Visit]
    #: Of the peer: it hears of no others.
    peer_visits: list[Visit]
    say: Say
    figures: list[Figure] = field(default_factory=list)
    #: Figures so far are kept in it: a run that is broken off leaves what it measured.
    file: Path = OUT / "bench.json"
    timings: list[fills.Timing] = field(default_factory=list)

    def report(self, *figures: Figure) -> None:
        """Print them and keep them."""
        self.figures += figures
        print(table(figures), flush=True)
        write(self.figures, self.file)

    async def latencies(self, count: int) -> None:
        """Fills one after the other, each beside a bare workflow, so that a busy moment meets both."""
        to_offer: list[float] = []
        woken: list[list[float]] = []
        peers: list[fills.Timing] = []
        for number in range(WARM_UP + count):
            timing = await asyncio.to_thread(fills.time_fill, self.bench, self.visits.pop())
            started, signalled = (
                await self.floor.started_by_signal(TO_OFFER),
                await self.floor.woken_by_signal(TO_CONFIRMATION),
            )
            await asyncio.to_thread(fills.settle, self.bench)
            beside = await asyncio.to_thread(self._peer_fill) if number < WARM_UP + PEER_FILLS else None
            if number < WARM_UP:
                continue
            self.timings.append(timing)
            if beside is not None:
                peers.append(beside)
            to_offer.append(started[-1])
            woken.append(signalled)
            if len(self.timings) % 10 == 0:
                self.say(f"{len(self.timings)} of {count} fills timed")
        self.report(
            *latencies("webhook -> first offer at the SMS vendor", [one.first_offer for one in self.timings], to_offer),
            *latencies(
                "YES -> written in the practice system",
                [one.written for one in self.timings],
                [one[0] for one in woken],
            ),
            *latencies(
                "YES -> confirmed to the winner", [one.confirmed for one in self.timings], [one[-1] for one in woken]
            ),
        )
        mine = self.timings[: len(peers)]  # of the same moments
        self.report(
            *latencies(
                "beside the peer: webhook -> first offer",
                [one.first_offer for one in mine],
                [one.first_offer for one in peers],
            ),
            *latencies(
                "beside the peer: YES -> written", [one.written for one in mine], [one.written for one in peers]
            ),
            *latencies(
                "beside the peer: YES -> confirmed", [one.confirmed for one in mine], [one.confirmed for one in peers]
            ),
        )

    def _peer_fill(self) -> fills.Timing:
        with self.peer.turn():
            return fills.time_fill(self.bench, self.peer_visits.pop())

    def _peer_burst(self, count: int) -> float:
        with self.peer.turn():
            return fills.fill_at_once(self.bench, [self.peer_visits.pop() for _ in range(count)])

    async def bursts(self) -> None:
        """A busy morning in one practice, beside as many bare workflows with as many activities at once."""
        self.bench.set_pace(pace=Pace.ONE_AT_A_TIME, wave_size=1, offer_window=POLICY.gap_fill.offer_window)
        for count in BURSTS:
            self.bench.only_waiting(count + SPARE)
            visits = [self.visits.pop() for _ in range(count)]
            filled = await asyncio.to_thread(fills.fill_at_once, self.bench, visits)
            await asyncio.to_thread(fills.settle, self.bench)
            floor = await self.floor.all_at_once(count, TO_OFFER + TO_CONFIRMATION)
            self.report(Figure(f"{count} cancellations at once: filled", round(filled, 2), "1/s", round(floor, 2)))
            if count == min(BURSTS):
                peer = await asyncio.to_thread(self._peer_burst, count)
                name = f"beside the peer: {count} cancellations at once, filled"
                self.report(Figure(name, round(filled, 2), "1/s", round(peer, 2)))

    async def histories(self) -> None:
        """What ten offers cost in history, in waves of one, five and ten; the last one asked says YES."""
        for size in (1, 5, OFFERS):
            self.bench.set_pace(pace=Pace.WAVES, wave_size=size, offer_window=WINDOW)
            self.bench.only_waiting(OFFERS)
            opening = await asyncio.to_thread(fills.fill_with_last, self.bench, self.visits.pop(), offers=OFFERS)
            cost = await fills.cost_of(self.client, self.bench, opening)
            self.report(
                Figure(f"one gap, {OFFERS} offers in waves of {size}: events", cost.events, "events"),
                Figure(f"one gap, {OFFERS} offers in waves of {size}: history size", round(cost.size / 1024, 1), "KiB"),
            )
            self.say(f"waves of {size}: {cost.events} events, {cost.size} bytes; {dict(cost.activities)}")
            self.say(f"  {dict(cost.kinds.most_common())}")

    async def sleeping(self) -> None:
        """A worker of its own, so that its memory is what it keeps asleep."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.idle_bookings", self.bench.stage.temporal.address, str(SLEEPERS)),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
        # The engine's own warnings come before it.
        self.report(*idle_bookings.Sleeping(**json.loads(told.splitlines()[-1])).figures())

    async def intake(self, count: int) -> None:
        """Last, since it stops the workers: two processes take in and relay, as on a machine of two cores."""
        stage = self.bench.stage
        for number in list(stage.workers):
            stage.stop_worker(number)
        port = child_processes.free_port()
        second = child_processes.start(
            [sys.executable, "-m", "api", "--host", "127.0.0.1", "--port", str(port)],
            log=stage.options.folder / "api-2.log",
            environ=stage.environ(),
        )
        try:
            apis = [stage.api_url, f"http://127.0.0.1:{port}"]
            await asyncio.to_thread(until, lambda: _listens(apis[1]), seconds=60, what="the second API")
            await intake.burst(self.bench, apis, count=50, connections=_COMPARED)
            found = {at: await intake.burst(self.bench, apis, count=count, connections=at) for at in _CONNECTIONS}
        finally:
            child_processes.stop(second)
        for at, burst in found.items():
            what = f"webhooks, {at} connections"
            self.report(
                Figure(f"{what}: taken in, durable before 2xx", round(burst.per_second, 1), "1/s"),
                *(
                    Figure(f"{what}: answered {label}", round(percentile(burst.answers, share) * 1000, 1), "ms")
                    for label, share in (("p50", 0.50), ("p99", 0.99))
                ),
            )
        compared = found[_COMPARED]
        self.report(
            Figure("webhooks taken in, durable before 2xx, relays running", round(compared.per_second, 1), "1/s"),
            Figure("their backlog handed to Temporal", round(compared.drained_per_second, 1), "1/s"),
        )


def _listens(api: str) -> bool:
    try:
        return httpx.get(f"{api}/healthz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


async def measure(asked: argparse.Namespace, say: Say) -> Run:
    visits = WARM_UP + asked.fills + 3 + sum(BURSTS)
    waiting = asked.fills + WARM_UP + OFFERS + 3 + sum(BURSTS) + SPARE
    of_peer = WARM_UP + PEER_FILLS + min(BURSTS)
    with Stage(stage_options(OUT / "bench", say)) as stage:
        bench, booked = await open_practice(stage, waiting=waiting, visits=visits, others=of_peer + SPARE)
        worker = child_processes.start(
            [sys.executable, "-m", "benchmarks.bare", stage.temporal.address], log=OUT / "bench" / "bare.log"
        )
        peer = PeerProcess(bench, bench.others, stage.another_database("peer"))
        try:
            peer.start()
            run = Run(
                bench=bench,
                client=await stage.client(),
                floor=BareFloor(await Client.connect(stage.temporal.address)),
                peer=peer,
                visits=booked,
                peer_visits=peer.book(chairs(visits + of_peer)[visits:]),
                say=say,
                file=OUT / ("bench.json" if asked.only is None else f"bench-{asked.only}.json"),
            )
            if asked.only == "bursts":
                await run.bursts()
                return run
            if asked.only is None:
                say("fills, one after the other")
                await run.latencies(asked.fills)
                if asked.steps:
                    _print_steps(run.timings)
                say("many cancellations at once")
                await run.bursts()
                say("what a fill leaves in its history")
                await run.histories()
                say("bookings asleep")
                await run.sleeping()
            say("webhooks, as many as it takes")
            await run.intake(asked.webhooks)
        finally:
            peer.stop()
            child_processes.stop(worker)
    return run


def _print_steps(timings: list[fills.Timing]) -> None:
    """Where a fill's time goes: when each request reached the practice system, on average."""
    names = sorted({name for one in timings for name in one.steps})
    for name in names:
        found = [one.steps[name] for one in timings if name in one.steps]
        print(f"    {name:<34}{sum(found) / len(found) * 1000:8.0f} ms after the webhook ({len(found)} fills)")


def matches(entries: int, say: Say) -> list[Figure]:
    """The waitlist query, in a Postgres of its own; its floor reads as many entries by their keys."""
    found = waitlist_match.run(entries, _OPENINGS_ASKED, say=say)
    return [
        Figure(f"waitlist of {entries:,}, {one.name} {label}", value, "ms", floor)
        for one in found
        for label, value, floor in (("p50", one.p50, one.keys_p50), ("p99", one.p99, one.keys_p99))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--fills", type=int, default=60, help="fills to time")
    parser.add_argument("--webhooks", type=int, default=1500, help="webhooks of the burst")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries on the waitlist asked; 0 leaves it out")
    parser.add_argument("--steps", action="store_true", help="also print where a fill's time goes")
    parser.add_argument("--only", choices=["intake", "bursts"], help="leave out all else; into a file of its own")
    asked = parser.parse_args()
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {words}", flush=True)

    run = asyncio.run(measure(asked, say))
    if asked.entries and asked.only is None:
        say("who may fit, among all who wait")
        run.report(*matches(asked.entries, say))
    print(f"\n{table(run.figures)}\n")
    say(f"written to {run.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
