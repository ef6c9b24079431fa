"""One request to Jane, and what its errors mean. Their bodies differ by endpoint, so the statuses decide.

429                      RateLimited (Retry-After)
401                      once more with a renewed token, then Misconfigured
403                      Misconfigured (a scope, or a clinic that is not the token's)
404                      None
409                      Refused DUPLICATE
other 4xx                Refused HTTP_<status>
5xx, a lost answer       Unreachable; Ambiguous for the few writes there are
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from vendors.errors import BadAnswer, Refused
from vendors.http import Answer, VendorHttp
from vendors.tokens import RenewedTokens

VENDOR: Final = "jane"
#: The date is the API's major version.
API: Final = "/api/2026-01-01"
DUPLICATE: Final = "DUPLICATE"


class Rest:
    """Requests to one clinic; safe to share between threads."""

    def __init__(
        self,
        *,
        http: VendorHttp,
        clinic_url: str,
        tokens: RenewedTokens,
        default_wait: timedelta,
        page_size: int,
        max_pages: int,
    ) -> None:
        self._http = http
        self._api = clinic_url.rstrip("/") + API
        self._tokens = tokens
        self._default_wait = default_wait
        self._page_size = page_size
        self._max_pages = max_pages

    def keep_alive(self, *, within: timedelta) -> None:
        """Renew the tokens where the refresh token would lapse within this time."""
        self._tokens.keep_alive(within=within)

    def get(self, path: str, *, operation: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The answer of a read; None for what Jane does not know."""
        answer = self._send("GET", path, operation=operation, params=params)
        return None if answer.status == 404 else answer.json_object()

    def items(
        self, path: str, *, operation: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """All rows of a list; one that is no object is an empty one. Half a list is worse than none, so a list without
        an end raises `BadAnswer`."""
        cursor: str | None = None
        for _ in range(self._max_pages):
            page = self.get(
                path,
                operation=operation,
                params={
                    **(params or {}),
                    "page[limit]": self._page_size,
                    **({"page[cursor]": cursor} if cursor else {}),
                },
            )
            yield from _rows(page, operation)
            following = _following(page, operation)
            if following is None:
                return
            if following == cursor:
                raise BadAnswer("a list goes on without a new cursor", vendor=VENDOR, operation=operation)
            cursor = following
        raise BadAnswer(f"a list goes on after {self._max_pages} pages", vendor=VENDOR, operation=operation)

    def search(self, path: str, *, operation: str, words: str) -> Iterator[Mapping[str, Any]]:
        """All rows of a search. The words travel in the body: an address ends in logs."""
        cursor: str | None = None
        for _ in range(self._max_pages):
            body = {
                "search": {"co": words},
                "page": {"limit": self._page_size, **({"cursor": cursor} if cursor else {})},
            }
            page = self._send("POST", path, operation=operation, json=body).json_object()
            yield from _rows(page, operation)
            following = _following(page, operation)
            if following is None or following == cursor:
                return
            cursor = following
        raise BadAnswer(f"a list goes on after {self._max_pages} pages", vendor=VENDOR, operation=operation)

    def post(self, path: str, *, operation: str, json: Mapping[str, Any]) -> Answer:
        """A write; 409 is the caller's to read."""
        return self._send("POST", path, operation=operation, json=json, writes=True, passes=frozenset({409}))

    def delete(self, path: str, *, operation: str) -> None:
        """What is gone already is gone."""
        self._send("DELETE", path, operation=operation, writes=True)

    def _send(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        writes: bool = False,
        passes: frozenset[int] = frozenset(),
    ) -> Answer:
        def send(token: str) -> Answer:
            return self._http.send(
                method,
                self._api + path,
                operation=operation,
                writes=writes,
                headers={"authorization": f"Bearer {token}", "accept": "application/json"},
                params=params,
                json=json,
            )

        token = self._tokens.access_token()
        answer = send(token)
        if answer.status == 401:
            # A refused token surely did nothing; it may have been taken back before its time.
            answer = send(self._tokens.another_than(token))
        answer.raise_for_status(default_wait=self._default_wait)
        if answer.status >= 400 and answer.status != 404 and answer.status not in passes:
            code = DUPLICATE if answer.status == 409 else f"HTTP_{answer.status}"
            raise Refused("Jane refuses it", vendor=VENDOR, operation=operation, code=code)
        return answer


def _rows(page: Mapping[str, Any] | None, operation: str) -> Iterator[Mapping[str, Any]]:
    rows = (page or {}).get("items")
    if not isinstance(rows, list):
        raise BadAnswer("items is not a list", vendor=VENDOR, operation=operation)
    yield from (row if isinstance(row, Mapping) else {} for row in rows)


def _following(page: Mapping[str, Any] | None, operation: str) -> str | None:
    """The next page's cursor; None on the last."""
    if (page or {}).get("hasNextPage") is not True:
        return None
    cursor = (page or {}).get("cursor")
    if not isinstance(cursor, str) or not cursor:
        raise BadAnswer("a list goes on without a cursor", vendor=VENDOR, operation=operation)
    return cursor
