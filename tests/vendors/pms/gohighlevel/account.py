"""A GoHighLevel account that answers as scripted, and judges every request by the vendor's own document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.vendors.recorded_payloads import decoded
from tests.vendors.specs.witness import Witness
from vendors.http import VendorHttp
from vendors.pms.gohighlevel import GoHighLevel

_WITNESSES = {
    first: Witness(f"gohighlevel_{first}.json") for first in ("calendars", "contacts", "locations", "users", "oauth")
}

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def problems(request: httpx.Request) -> list[str]:
    """What GoHighLevel's own document says against a request."""
    return _WITNESSES[request.url.path.split("/")[1]].problems(request)


def recorded(name: str, **changes: Any) -> httpx.Response:
    return httpx.Response(200, json=decoded(f"gohighlevel/{name}.json") | changes)


def refusal(status: int, message: Any) -> httpx.Response:
    return httpx.Response(status, json={"statusCode": status, "message": message, "traceId": "t"})


@dataclass
class Account:
    """Answers by method and path; what a test changes stands in `script`."""

    script: dict[str, Answer] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def connect(self, **options: Any) -> GoHighLevel:
        http = VendorHttp("gohighlevel", transport=httpx.MockTransport(self._answer))
        return GoHighLevel(**{"location_id": "loc_1", "token": "pit-1", "http": http, **options})

    def asked(self, method: str) -> list[str]:
        """The paths of all requests of a method."""
        return [one.url.path for one in self.requests if one.method == method]

    def sent(self, method: str) -> list[dict[str, Any]]:
        """The bodies of all requests of a method."""
        return [json.loads(one.content) for one in self.requests if one.method == method]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = problems(request)
        assert found == [], found
        answer = {**_USUAL, **self.script}[f"{request.method} {request.url.path}"]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer


_EVENT = "/calendars/events/appointments"
_USUAL: dict[str, Answer] = {
    "GET /locations/loc_1": recorded("location"),
    "GET /users/": recorded("users"),
    "GET /calendars/": recorded("calendars"),
    "GET /calendars/events": recorded("events"),
    "GET /calendars/blocked-slots": recorded("blocked_slots"),
    "GET /calendars/schedules/search": recorded("schedules"),
    "GET /calendars/cal_A1/free-slots": recorded("free_slots"),
    f"GET {_EVENT}/evt_77": recorded("appointment"),
    f"PUT {_EVENT}/evt_77": recorded("created"),
    f"POST {_EVENT}": recorded("created"),
    "GET /contacts/con_9": recorded("contact"),
    "GET /contacts/con_9/appointments": recorded("contact_appointments"),
    "GET /contacts/search/duplicate": recorded("contact"),
    "POST /contacts/": httpx.Response(201, json=decoded("gohighlevel/contact.json")),
}
