"""Fifty YES at once, by text and by link mixed, over two API processes: one winner, one visit, every answer true.

`make race` plays it over and over on one stage, half of the seeds with a workflow cache of 0 (every workflow task is a
replay), prints what came of it and writes `out/race.json`. A seed decides who asks how, in which order and how far
apart. Everything is judged from the vendors' ledgers and the pages the clients see.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from sqlmodel import col, update

from domain.policy import ContactPolicy, GapFillPolicy, Pace
from models.waitlist import WaitlistEntry
from simulation.reading import Gist, read
from simulation.stage import ROOT, Stage, StageOptions
from tests.journeys.house import until
from tests.journeys.scenario_practice import Premises, open_premises
from tests.journeys.scenarios import PATIENCE, Corner, shown
from wiring import child_processes

ASKERS: Final = 50
OUT: Final = ROOT / "out" / "race.json"
#: The shortest a client can hope for: nobody waits for anything but the others.
AT_ONCE: Final = GapFillPolicy(
    settling_delay=timedelta(milliseconds=100),
    pace=Pace.EVERYONE,
    max_offers=ASKERS,
    offer_window=timedelta(hours=1),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one seed. `wrong` holds a sentence for every answer that was not the truth, told once."""

    seed: int
    cache: int
    askers: int
    wins: int
    bookings: int
    answers: int
    wrong: tuple[str, ...]
    seconds: float

    @property
    def kept(self) -> bool:
        """Whether one client has the visit and everybody knows where they stand."""
        return self.wins == self.bookings == 1 and self.answers == self.askers and not self.wrong


class Arena:
    """One stage with two API processes; each seed brings its own clients and opening."""

    def __init__(self, premises: Premises, second_api: str) -> None:
        self.premises = premises
        self._apis = (premises.stage.api_url, second_api)
        self._corner: Corner | None = None
        self._cache = premises.stage.options.cache_size
        self._number = premises.stage.sandboxes.twilio.config()["numbers"][0]

    def use_cache(self, size: int) -> None:
        """Start the worker anew with a workflow cache of that size."""
        if size == self._cache:
            return
        stage = self.premises.stage
        stage.options.environ["CHAIRFLOW_WORKFLOW_CACHE_SIZE"] = str(size)
        stage.stop_worker()
        stage.start_worker()
        self._cache = size

    # --- fifty at once ------------------------------------------------------------------------------------------

    def fifty_at_once(self, seed: int, *, askers: int = ASKERS) -> Outcome:
        """Half ask by text, half by the link's button, in the seed's order and spacing."""
        rng = random.Random(seed)
        began = time.monotonic()
        self.premises.policy(AT_ONCE, contact=ContactPolicy(messages_per_day=50))
        corner, clients = self._newcomers(askers)
        before = self._mark()
        opening = self._open_chair(corner)
        offered = self._offered(corner, clients, since=before["twilio"])
        mark = self._mark()
        rng.shuffle(clients)
        by_text, by_link = clients[: askers // 2], clients[askers // 2 :]
        links = {client: offered[client] for client in by_link}
        self._all_at_once(rng, corner, by_text, links)
        self.premises.fill_ended(opening)
        self.premises.settled()
        return self._judge(seed, corner, clients, links, mark, began)

    def at_the_deadline(self, seed: int, *, askers: int = 6) -> Outcome:
        """Everybody asks in the second in which the offers end. Nobody may win; then nobody is booked."""
        for left in (6.0, 15.0, 40.0):
            outcome = self._at_the_deadline(seed, askers=askers, left=timedelta(seconds=left))
            if outcome.askers == askers:
                return outcome
        raise AssertionError("the offers never went out before their end: the machine is too busy")

    def _at_the_deadline(self, seed: int, *, askers: int, left: timedelta) -> Outcome:
        rng = random.Random(seed)
        began = time.monotonic()
        self.premises.policy(AT_ONCE, contact=ContactPolicy(messages_per_day=50))
        corner, clients = self._newcomers(askers)
        chair = corner.book(1, corner.at(14))
        notice = corner.at(14) - self.premises.now() - left
        self.premises.policy(replace(AT_ONCE, lead_time=notice), contact=ContactPolicy(messages_per_day=50))
        deadline = time.monotonic() + left.total_seconds()
        place = len(corner.openings()) + 1
        corner.cancel(chair)
        opening = corner.opening(place)
        until(
            lambda: all(corner.heard(one) for one in clients) or time.monotonic() > deadline,
            seconds=PATIENCE,
            what="offers or their end",
        )
        asked = [client for client in clients if corner.heard(client)]
        mark = self._mark()
        rng.shuffle(asked)
        links = {client: corner.link(client) for client in asked[::2]}
        time.sleep(max(0.0, deadline - time.monotonic() - 0.3))
        self._all_at_once(rng, corner, asked[1::2], links, within=0.6)
        self.premises.fill_ended(opening)
        self.premises.settled()
        outcome = self._judge(seed, corner, asked, links, mark, began)
        self._clear_chair(corner)
        return outcome

    # --- one seed -----------------------------------------------------------------------------------------------

    def _newcomers(self, askers: int) -> tuple[Corner, list[int]]:
        """New people on the waitlist; those of earlier seeds have left it."""
        if self._corner is None:
            self._corner = self.premises.corner(waiting=0, others=1)
        else:
            with self.premises.stage.database().transaction() as session:
                session.exec(
                    update(WaitlistEntry)
                    .where(col(WaitlistEntry.client_id).in_(self._corner.client_ids))
                    .values(state="removed")
                )
        before = len(self._corner.client_ids)
        numbers = self.premises.new_numbers(askers)
        self._corner = self._corner.joined(numbers, waiting=range(askers))
        return self._corner, list(range(before + 1, before + askers + 1))

    def _open_chair(self, corner: Corner) -> int:
        """Whoever has 14:00 gives it up: the last seed's winner, or at first somebody booked by hand."""
        place = len(corner.openings()) + 1
        standing = corner.visits()
        corner.cancel(standing[0]["appointment"] if standing else corner.book(1, corner.at(14)))
        return corner.opening(place)

    def _offered(self, corner: Corner, clients: Sequence[int], *, since: int) -> dict[int, str]:
        """Each one's link, once everybody has an offer. `Corner.offered` reads the whole ledger for each of them."""
        client_of = {corner.phone(client): client for client in clients}
        links: dict[int, str] = {}

        def all_of_them() -> bool:
            for entry in self.premises.stage.sandboxes.twilio.ledger(since=since, kind="text"):
                if entry["to"] in client_of and (link := read(entry["body"]).link):
                    links[client_of[entry["to"]]] = link
            return len(links) == len(clients)

        until(all_of_them, seconds=PATIENCE, what="an offer to everybody")
        return links

    def _clear_chair(self, corner: Corner) -> None:
        """Nobody waits any more, so that the visit's end asks nobody."""
        self._newcomers(0)
        for visit in corner.visits():
            corner.cancel(visit["appointment"])
        self.premises.settled()

    def _all_at_once(
        self,
        rng: random.Random,
        corner: Corner,
        by_text: Sequence[int],
        links: dict[int, str],
        *,
        within: float = 0.05,
    ) -> None:
        """Every asker in a thread of its own, each after its own moment's hesitation."""
        base = self.premises.stage.api_url
        with httpx.Client(trust_env=False, timeout=60, limits=httpx.Limits(max_connections=200)) as http:

            def ask(client: int, hesitation: float, api: str) -> None:
                time.sleep(hesitation)
                if client in links:
                    http.post(links[client].replace(base, api)).raise_for_status()
                else:
                    corner.says(client, "YES", number=self._number)

            everybody = [(client, rng.uniform(0, within), rng.choice(self._apis)) for client in (*by_text, *links)]
            with ThreadPoolExecutor(max_workers=len(everybody) or 1) as pool:
                for done in [pool.submit(ask, *one) for one in everybody]:
                    done.result()

    def _mark(self) -> dict[str, int]:
        """Where each ledger ends just now."""
        sandboxes = self.premises.stage.sandboxes
        return {
            one.name: max((entry["seq"] for entry in one.ledger()), default=0)
            for one in (sandboxes.twilio, sandboxes.boulevard)
        }

    def _judge(
        self,
        seed: int,
        corner: Corner,
        clients: Sequence[int],
        links: dict[int, str],
        mark: dict[str, int],
        began: float,
    ) -> Outcome:
        sandboxes = self.premises.stage.sandboxes
        bookings = [
            entry
            for entry in sandboxes.boulevard.ledger(since=mark["boulevard"], kind="appointment_booked")
            if entry["by"] == "api"
        ]
        booked = {entry["client"] for entry in bookings}
        texts = sandboxes.twilio.ledger(since=mark["twilio"], kind="text")
        heard: dict[str, list[Gist]] = {}
        for entry in texts:
            if not entry["automatic"]:
                heard.setdefault(entry["to"], []).append(read(entry["body"]).gist)
        wrong: list[str] = []
        wins = answers = 0
        for client in clients:
            has_it = corner.client_ref(client).rpartition(":")[2] in booked
            told = heard.get(corner.phone(client), [])
            wins += Gist.WON in told
            answers += len(told)
            truth = [Gist.WON] if has_it else [Gist.CLOSED]
            if told != truth:
                wrong.append(f"client {client} ({'link' if client in links else 'text'}) heard {told}, not {truth}")
            if client in links:
                page = shown(httpx.get(links[client], trust_env=False, timeout=30).text)
                if (page == "won") != has_it or page not in {"won", "lost", "over"}:
                    wrong.append(f"client {client} reads {page!r} on the page, and is booked: {has_it}")
        wrong += [f"double booking: {one}" for one in corner.double_bookings(standing=True)]
        return Outcome(
            seed=seed,
            cache=self._cache,
            askers=len(clients),
            wins=wins,
            bookings=len(bookings),
            answers=answers,
            wrong=tuple(wrong),
            seconds=round(time.monotonic() - began, 2),
        )


@contextmanager
def open_arena(folder: Path, *, cache: int = 1000) -> Iterator[Arena]:
    """A stage by real time with a second API process, relay and all, on a port of its own."""
    with Stage(StageOptions(folder=folder, cache_size=cache)) as stage:
        premises = open_premises(stage, rate=1.0)
        # What became of each text is not what is raced, and would be most of the work.
        stage.sandboxes.twilio.fault("webhook:status.*", "drop")
        port = child_processes.free_port()
        second = child_processes.start(
            [sys.executable, "-m", "api", "--host", "127.0.0.1", "--port", str(port)],
            log=folder / "api-2.log",
            environ=stage.environ(),
        )
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: _answers(url, second), seconds=PATIENCE, what="the second API")
            yield Arena(premises, url)
        finally:
            child_processes.stop(second)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the second API ended by itself"
    try:
        return httpx.get(f"{url}/healthz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def main() -> int:
    """`python -m tests.chaos.race --seeds 200`"""
    parser = argparse.ArgumentParser(description="Fifty YES at once, over and over.")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="the first seed; the others follow it")
    asked = parser.parse_args()
    outcomes: list[Outcome] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chairflow-race-") as folder, open_arena(Path(folder)) as arena:
        _say(f"{'seed':>6} {'cache':>6} {'asked':>6} {'wins':>5} {'visits':>7} {'answers':>8} {'seconds':>8}")
        try:
            for outcome in _seeds(arena, first=asked.first, seeds=asked.seeds):
                outcomes.append(outcome)
                _say(
                    f"{outcome.seed:>6} {outcome.cache:>6} {outcome.askers:>6} {outcome.wins:>5} {outcome.bookings:>7} "
                    f"{outcome.answers:>8} {outcome.seconds:>8.1f}{'' if outcome.kept else '   ✗'}"
                )
                for words in outcome.wrong:
                    _say(f"       ✗ {words}")
        except KeyboardInterrupt:
            _say(f"stopped after {len(outcomes)} of {asked.seeds} seeds")
    figures = _figures(outcomes, seconds=time.monotonic() - began)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({**figures, "runs": [asdict(one) for one in outcomes]}, indent=2) + "\n")
    _say(json.dumps(figures, indent=2))
    return 0 if outcomes and all(one.kept for one in outcomes) else 1


def _seeds(arena: Arena, *, first: int, seeds: int) -> Iterator[Outcome]:
    """By turns ten with workflows kept in the worker's cache and ten with none, so that a run broken off has both."""
    for done in range(seeds):
        if done % 10 == 0:
            arena.use_cache(0 if done // 10 % 2 else 1000)
        yield arena.fifty_at_once(first + done)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _figures(outcomes: Sequence[Outcome], *, seconds: float) -> dict[str, int | float]:
    return {
        "seeds": len(outcomes),
        "yes_at_once": ASKERS,
        "wins": sum(one.wins for one in outcomes),
        "bookings": sum(one.bookings for one in outcomes),
        "seeds_with_one_winner": sum(one.wins == one.bookings == 1 for one in outcomes),
        "answers": sum(one.answers for one in outcomes),
        "answers_expected": sum(one.askers for one in outcomes),
        "wrong_answers": sum(len(one.wrong) for one in outcomes),
        "seconds": round(seconds, 1),
        "median_seconds_per_seed": round(statistics.median(one.seconds for one in outcomes), 2) if outcomes else 0.0,
    }


if __name__ == "__main__":
    sys.exit(main())
