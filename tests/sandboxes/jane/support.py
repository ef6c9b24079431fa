"""Calls as the vendor documents them: none of the sandbox's own code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.sandboxes.practice.support import Practice

API = "/api/2026-01-01"
REALM = "/realms/jane_partner_sandbox/protocol/openid-connect"
CLIENT = {"client_id": "sandbox-extension", "client_secret": "sandbox-extension-secret"}


@dataclass
class Jane(Practice):
    """A running sandbox, with its API; its token is the one an installed extension has."""

    token: str = field(default="")

    def call(self, method: str, path: str, *, token: str | None = None, **arguments: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token if token is None else token}"}
        return self.http.request(method, self.url + API + path, headers=headers, **arguments)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, path: str, **query: Any) -> list[str]:
        return [row["id"] for row in self.get(path, **query)["items"]]

    def tokens(self, **grant: str) -> httpx.Response:
        return self.http.post(f"{self.url}{REALM}/token", data={**CLIENT, **grant})

    def refreshed(self, refresh_token: str) -> httpx.Response:
        return self.tokens(grant_type="refresh_token", refresh_token=refresh_token)
