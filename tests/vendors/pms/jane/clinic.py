"""A clinic at Jane that answers as scripted, and judges every request by the published document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.vendors.kept_tokens import KeptTokens
from tests.vendors.recorded_payloads import decoded
from tests.vendors.specs.witness import Witness
from vendors.http import VendorHttp
from vendors.pms.jane import Jane, renewing
from vendors.tokens import Tokens

URL = "https://glow.janeapp.com"
TOKEN_URL = "https://login.example/token"
API = "/api/2026-01-01"

_WITNESS = Witness("jane_jdp.json")

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def ref(number: int) -> str:
    """The ids of the recorded payloads."""
    return f"6b0c7f4e-0000-4000-8000-{number:012d}"


def recorded(name: str, status: int = 200, /, **changes: Any) -> httpx.Response:
    return httpx.Response(status, json=decoded(f"jane/{name}.json") | changes)


def page(*items: Any, cursor: str | None = None) -> httpx.Response:
    return httpx.Response(
        200, json={"items": list(items), "limit": 100, "cursor": cursor, "hasNextPage": cursor is not None}
    )


def pair(number: int, *, good_for: timedelta = timedelta(seconds=300)) -> Tokens:
    now = datetime.now(UTC)
    return Tokens(
        access_token=f"access-{number}",
        access_until=now + good_for,
        refresh_token=f"refresh-{number}",
        refresh_until=now + timedelta(seconds=1800),
    )


@dataclass
class Clinic:
    """Answers by method and path below the API's own; what a test changes stands in `script`."""

    script: dict[str, Answer] = field(default_factory=dict)
    store: KeptTokens = field(default_factory=lambda: KeptTokens(pair(1)))
    requests: list[httpx.Request] = field(default_factory=list)
    renewals: list[httpx.Request] = field(default_factory=list)

    def connect(self, **options: Any) -> Jane:
        http = VendorHttp("jane", transport=httpx.MockTransport(self._answer))
        tokens = renewing(client_id="c", client_secret="s", store=self.store, token_url=TOKEN_URL, http=http)
        return Jane(clinic_url=URL, tokens=tokens, http=http, **options)

    def sent(self, method: str) -> list[dict[str, Any]]:
        """The bodies of all requests of a method."""
        return [json.loads(one.content) for one in self.requests if one.method == method]

    def queries(self) -> list[dict[str, str]]:
        return [dict(one.url.params) for one in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            self.renewals.append(request)
            answer = {**_USUAL, **self.script}["token"]
        else:
            self.requests.append(request)
            found = _WITNESS.problems(request)
            assert found == [], found
            answer = {**_USUAL, **self.script}[f"{request.method} {request.url.path.removeprefix(API)}"]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer


_USUAL: dict[str, Answer] = {
    "token": httpx.Response(
        200,
        json={
            "access_token": "access-2",
            "expires_in": 300,
            "refresh_token": "refresh-2",
            "refresh_expires_in": 1800,
            "token_type": "Bearer",
        },
    ),
    "GET /company": recorded("company"),
    "GET /locations": recorded("locations"),
    "GET /staff_members": recorded("staff_members"),
    "GET /treatments": recorded("treatments"),
    "GET /appointments": recorded("appointments"),
    f"GET /appointments/{ref(41)}": recorded("appointment"),
    f"GET /patients/{ref(21)}": recorded("patient"),
    "POST /patients/search": page(decoded("jane/patient.json")),
    "POST /webhooks": recorded("subscription", 201),
    f"DELETE /webhooks/{ref(91)}": httpx.Response(204),
}
