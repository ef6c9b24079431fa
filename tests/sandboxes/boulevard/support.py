"""A small practice, a client that signs for itself, and a receiver of webhooks: none of the sandbox's own code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

ADMIN = "/api/2020-01/admin"
API_KEY = "key-1"
API_SECRET = base64.b64encode(b"api secret of the tests").decode()
BUSINESS = "00000000-0000-4000-8000-0000000000b0"
APPLICATION = "00000000-0000-4000-8000-0000000000a0"
APPLICATION_SECRET = base64.b64encode(b"application secret of the tests").decode()

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

CREDENTIALS: dict[str, Any] = {
    "api_key": API_KEY,
    "api_secret": API_SECRET,
    "business_id": BUSINESS,
    "application_id": APPLICATION,
    "application_secret": APPLICATION_SECRET,
}

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


def urn(kind: str, bare: str) -> str:
    return f"urn:blvd:{kind}:{bare}"


def authorization(
    *,
    key: str = API_KEY,
    secret: str = API_SECRET,
    prefix: str = "blvd-admin-v1",
    business: str = BUSINESS,
    at: float | None = None,
) -> str:
    """The Basic header as the vendor's clients make it."""
    payload = f"{prefix}{business}{int(time.time() if at is None else at)}"
    mac = base64.b64encode(hmac.new(base64.b64decode(secret), payload.encode(), hashlib.sha256).digest()).decode()
    return "Basic " + base64.b64encode(f"{key}:{mac}{payload}".encode()).decode()


@dataclass
class Boulevard:
    """A running sandbox."""

    url: str
    http: httpx.Client

    def post(self, query: str, *, header: str | None = None, **variables: Any) -> httpx.Response:
        return self.http.post(
            self.url + ADMIN,
            json={"query": query, "variables": variables},
            headers={"authorization": authorization() if header is None else header},
        )

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = self.post(query, **variables)
        told: dict[str, Any] = answer.json()
        assert answer.status_code == 200, answer.text
        assert "errors" not in told, told["errors"]
        data: dict[str, Any] = told["data"]
        return data

    def do(self, mutation: str, selection: str, **given: Any) -> Any:
        """What one mutation returns."""
        kind = mutation[0].upper() + mutation[1:] + "Input"
        data = self.ask(f"mutation($i: {kind}!) {{ {mutation}(input: $i) {{ {selection} }} }}", i=given)
        return data[mutation]

    def errors(self, query: str, **variables: Any) -> list[str]:
        """The messages of an answer that is refused as GraphQL does: with a 200."""
        answer = self.post(query, **variables)
        assert answer.status_code == 200, answer.text
        return [error["message"] for error in answer.json()["errors"]]

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

    def open_booking(self, *, at: str, client: str = NOA) -> tuple[str, str]:
        """A draft and the id of its booking client."""
        created = self.do(
            "bookingCreate",
            "booking { id bookingClients { id clientId } errors { code message } } bookingWarnings { code message }",
            locationId=urn("Location", LOCATION),
            clientId=urn("Client", client),
            startTime=at,
        )
        return created["booking"]["id"], created["booking"]["bookingClients"][0]["id"]

    def add_service(self, booking: tuple[str, str], service: str, staff: str) -> dict[str, Any]:
        added: dict[str, Any] = self.do(
            "bookingAddService",
            "bookingService { id } bookingWarnings { code message staffId serviceId bookingServiceId }",
            bookingId=booking[0],
            bookingClientId=booking[1],
            serviceId=urn("Service", service),
            staffId=urn("Staff", staff),
        )
        return added

    def complete(self, booking: tuple[str, str], staff: str) -> dict[str, Any]:
        """The appointment that `bookingComplete` made."""
        completed = self.do(
            "bookingComplete",
            "bookingAppointments { appointmentId clientId appointment { id startAt endAt duration state bookedByType"
            " appointmentServices { id startAt endAt startTimeOffset duration serviceId staffId } } }",
            bookingId=booking[0],
            bookWithStaffId=urn("Staff", staff),
            notifyClient=False,
        )
        made: dict[str, Any] = completed["bookingAppointments"][0]["appointment"]
        return made


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
        return [each.envelope["eventType"] for each in self.arrived]

    def last(self, event_type: str) -> Arrived:
        self.wait_for(lambda events: event_type in events)
        return [each for each in self.arrived if each.envelope["eventType"] == event_type][-1]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free loopback port."""
    receiver = Receiver()

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
