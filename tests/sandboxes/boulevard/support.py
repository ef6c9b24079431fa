"""A client that signs for itself: none of the sandbox's own code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any

import httpx

from tests.sandboxes.practice.support import LOCATION, NOA, Practice

ADMIN = "/api/2020-01/admin"
API_KEY = "key-1"
API_SECRET = base64.b64encode(b"api secret of the tests").decode()
BUSINESS = "00000000-0000-4000-8000-0000000000b0"
APPLICATION = "00000000-0000-4000-8000-0000000000a0"
APPLICATION_SECRET = base64.b64encode(b"application secret of the tests").decode()

CREDENTIALS: dict[str, Any] = {
    "api_key": API_KEY,
    "api_secret": API_SECRET,
    "business_id": BUSINESS,
    "application_id": APPLICATION,
    "application_secret": APPLICATION_SECRET,
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
class Boulevard(Practice):
    """A running sandbox, with its API."""

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


def event_type(envelope: dict[str, Any]) -> str:
    """The name of an event, in its body."""
    return str(envelope["eventType"])
