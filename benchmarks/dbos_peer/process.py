"""The peer as a process beside the product, at the same vendors; they hear of one of the two at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import httpx

from benchmarks.practice import BenchPractice, Visit
from simulation.stage import Stage
from tests.journeys.house import phone, ref, until
from wiring import child_processes

_READY_WITHIN_SECONDS: Final = 60


class PeerProcess:
    """`clients` are who waits, by their number in the house."""

    def __init__(self, bench: BenchPractice, clients: Sequence[int], database_url: str) -> None:
        self._bench = bench
        self._stage: Stage = bench.stage
        self._process: subprocess.Popen[bytes] | None = None
        self._url = f"http://127.0.0.1:{child_processes.free_port()}"
        self._clients = clients
        self._database_url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    def start(self) -> None:
        """Returns once it listens."""
        folder = self._stage.options.folder
        told = folder / "peer.json"
        told.write_text(json.dumps(self._told()))
        self._process = child_processes.start(
            [sys.executable, "-m", "benchmarks.dbos_peer", told],
            log=folder / "peer.log",
            environ={"PYTHONPATH": self._stage.environ()["PYTHONPATH"]},
        )
        until(self._listens, seconds=_READY_WITHIN_SECONDS, what="the peer")

    def stop(self) -> None:
        """Ends it, where it runs."""
        if self._process is not None:
            child_processes.stop(self._process)
            self._process = None

    def book(self, wanted: Sequence[tuple[datetime, int]]) -> list[Visit]:
        """Visits of a client who waits for nothing, which the peer alone hears of."""
        house = self._bench.house
        with self.turn():
            return [
                Visit(house.book(client=house.clients, start=start, provider=provider), start)
                for start, provider in wanted
            ]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within it the vendors call the peer, and afterwards the product again."""
        sandboxes = self._stage.sandboxes
        sandboxes.boulevard.configure(webhook_targets=[{"url": f"{self._url}/boulevard"}])
        sandboxes.twilio.configure(inbound_url=f"{self._url}/twilio")
        try:
            yield
            time.sleep(0.2)  # what the vendors still tell of this turn
        finally:
            sandboxes.point_webhooks_at(self._stage.api_url, practice_slug=self._stage.options.practice_slug)

    def _told(self) -> dict[str, object]:
        boulevard, twilio = self._stage.sandboxes.boulevard, self._stage.sandboxes.twilio
        portal, account = boulevard.config(), twilio.config()
        return {
            "database_url": self._database_url,
            "port": int(self._url.rpartition(":")[2]),
            "boulevard": f"{boulevard.url}/api/2020-01/admin",
            **{name: portal[name] for name in ("business_id", "api_key", "api_secret", "application_secret")},
            "twilio": twilio.url,
            **{name: account[name] for name in ("account_sid", "auth_token")},
            "number": account["numbers"][0],
            "waiting": [(ref("Client", number), phone(number)) for number in self._clients],
        }

    def _listens(self) -> bool:
        try:
            return httpx.get(f"{self._url}/healthz", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False
