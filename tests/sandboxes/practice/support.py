"""A small practice, whatever dialect stands in front of it, and a receiver of its webhooks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

LOCATION = "00000000-0000-4000-8000-000000000001"
ANN = "00000000-0000-4000-8000-000000000011"
BEA = "00000000-0000-4000-8000-000000000012"
FILLER = "00000000-0000-4000-8000-000000000021"
LASER = "00000000-0000-4000-8000-000000000022"
PEEL = "00000000-0000-4000-8000-000000000023"
MIA = "00000000-0000-4000-8000-000000000031"
NOA = "00000000-0000-4000-8000-000000000032"
VISIT = "00000000-0000-4000-8000-000000000041"
DAY = "2026-03-04"

PRACTICE: dict[str, Any] = {
    "business": {"name": "Glow"},
    "locations": [{"id": LOCATION, "name": "Main Street", "tz": "America/New_York"}],
    "services": [
        {"id": FILLER, "name": "Filler", "duration": 60, "price": 65000},
        {"id": LASER, "name": "Laser", "duration": 30, "price": 30000, "rooms": ["Laser room"]},
        {"id": PEEL, "name": "Peel", "duration": 45, "price": 18000},
    ],
    "staff": [
        {"id": ANN, "first_name": "Ann", "last_name": "Lee", "role": "RN"},
        {"id": BEA, "first_name": "Bea", "last_name": "Roy", "role": "PA", "services": [LASER, PEEL]},
    ],
    "clients": [
        {
            "id": MIA,
            "first_name": "Mia",
            "last_name": "Poe",
            "email": "mia@example.com",
            "mobile_phone": "+12125550101",
            "marketing_settings": [{"type": "APPOINTMENT", "sms": True, "email": True, "push": False}],
        },
        {"id": NOA, "first_name": "Noa", "last_name": "Kim", "email": "noa@example.com"},
    ],
    "shifts": [
        {"staff": ANN, "date": DAY, "clock_in": "09:00", "clock_out": "17:00"},
        {"staff": BEA, "date": DAY, "clock_in": "10:00", "clock_out": "14:00"},
    ],
    "timeblocks": [{"staff": ANN, "start": f"{DAY}T12:00", "duration": 60, "title": "Lunch"}],
    "appointments": [
        {"id": VISIT, "client": MIA, "start": f"{DAY}T10:00", "services": [{"service": FILLER, "staff": ANN}]}
    ],
}


@dataclass
class Practice:
    """A running sandbox of a practice system, by its control routes."""

    url: str
    http: httpx.Client

    def control(self, path: str, **body: Any) -> Any:
        answer = self.http.post(f"{self.url}/_control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def by_hand(self, verb: str, **body: Any) -> Any:
        return self.control(f"staff/{verb}", **body)

    def read(self, path: str) -> Any:
        answer = self.http.get(f"{self.url}/_control/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self, kind: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.read(f"ledger?kind={kind}")
        return entries


@dataclass(frozen=True)
class Arrived:
    """One webhook as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass
class Receiver:
    """Takes webhooks, answering with `statuses` one after another and with the last one from then on."""

    name_of: Callable[[dict[str, Any]], str]
    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    arrived: list[Arrived] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self.changed:
            self.arrived.append(Arrived(headers, body))
            self.changed.notify_all()
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def wait_for(self, wanted: Callable[[list[str]], bool]) -> list[str]:
        """The event types in the order of arrival, once they are as wanted."""
        with self.changed:
            assert self.changed.wait_for(lambda: wanted(self.events()), timeout=15), self.events()
            return self.events()

    def wait_for_count(self, count: int) -> list[str]:
        """The event types once so many have come."""
        return self.wait_for(lambda events: len(events) >= count)

    def events(self) -> list[str]:
        return [self.name_of(each.envelope) for each in self.arrived]

    def last(self, event_type: str) -> Arrived:
        self.wait_for(lambda events: event_type in events)
        return [each for each in self.arrived if self.name_of(each.envelope) == event_type][-1]


@contextmanager
def receiving(name_of: Callable[[dict[str, Any]], str]) -> Iterator[Receiver]:
    """A receiver on a free loopback port; `name_of` finds an event's name in its body."""
    receiver = Receiver(name_of)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def eventually(ask: Callable[[], Any], *, wanted: Callable[[Any], bool]) -> Any:
    """The first answer that is as wanted; fails with the last one after a generous while."""
    deadline = time.monotonic() + 15
    while True:
        answer = ask()
        if wanted(answer):
            return answer
        assert time.monotonic() < deadline, answer
        time.sleep(0.02)
