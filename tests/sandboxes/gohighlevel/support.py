"""Calls as the vendor documents them: none of the sandbox's own code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tests.sandboxes.practice.support import LOCATION, Practice

TOKEN = "pit-00000000-0000-4000-8000-000000000001"
CLIENT = {"client_id": "68c0ffee00000000000a0001-sandbox", "client_secret": "sandbox-client-secret"}
VERSIONS = {"calendars": "2021-04-15", "contacts": "2021-07-28", "locations": "2021-07-28", "users": "2021-07-28"}


def ms(wall: str) -> int:
    """A New York winter's wall clock in milliseconds."""
    return int(datetime.fromisoformat(f"{wall}-05:00").timestamp() * 1000)


@dataclass
class GoHighLevel(Practice):
    """A running sandbox, with its API."""

    def call(
        self, method: str, path: str, *, token: str = TOKEN, version: str | None = None, **arguments: Any
    ) -> httpx.Response:
        group = path.split("/")[1]
        headers = {"authorization": f"Bearer {token}", "version": version or VERSIONS.get(group, "2021-07-28")}
        return self.http.request(method, self.url + path, headers=headers, **arguments)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, path: str, **body: Any) -> Any:
        answer = self.call("PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self, day: str, **which: str) -> list[dict[str, Any]]:
        window = {"locationId": LOCATION, "startTime": ms(f"{day}T00:00"), "endTime": ms(f"{day}T23:59")}
        found: list[dict[str, Any]] = self.get("/calendars/events", **window, **which)["events"]
        return found

    def tokens(self, **grant: str) -> httpx.Response:
        return self.http.post(f"{self.url}/oauth/token", data={**CLIENT, **grant})
