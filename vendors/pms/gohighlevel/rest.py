"""One request to GoHighLevel: its headers, and what its errors mean.

    429                                                  RateLimited (Retry-After, or the limit's interval)
    401                                                  once more with a renewed token, then Misconfigured
    403                                                  Misconfigured
    404, or 400/422 saying "not found"                   Refused NOT_FOUND; reads answer None
    400/422 "slot … no longer available"                 SlotTaken
    400 "does not allow duplicated contacts"             Refused DUPLICATE
    other 4xx                                            Refused HTTP_<status>
    5xx, a lost answer                                   Ambiguous for a write, Unreachable for a read

The vendor documents no codes, so the few texts that working clients were seen to rely on stand here; none of them is
put into an error of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx

from vendors.errors import BadAnswer, Misconfigured, Refused, SlotTaken
from vendors.http import Answer, VendorHttp
from vendors.tokens import RenewedTokens

VENDOR: Final = "gohighlevel"
PRODUCTION_URL: Final = "https://services.leadconnectorhq.com"

#: The version header is mandatory and differs by group of resources.
CALENDARS: Final = "2021-04-15"
OTHERS: Final = "2021-07-28"

NOT_FOUND: Final = "NOT_FOUND"
DUPLICATE: Final = "DUPLICATE"
SLOT_TAKEN: Final = "SLOT_TAKEN"


class Rest:
    """Requests on behalf of one location; safe to share between threads."""

    def __init__(self, *, http: VendorHttp, base_url: str, token: str | RenewedTokens, default_wait: timedelta) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._default_wait = default_wait

    def get(
        self, path: str, *, operation: str, version: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """The answer of a read; None for what GoHighLevel does not know."""
        try:
            return self._ask("GET", path, operation=operation, version=version, params=params)
        except Refused as refused:
            if refused.code == NOT_FOUND:
                return None
            raise

    def write(self, method: str, path: str, *, operation: str, version: str, json: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of a change. Raises `Ambiguous` where nobody can say whether it happened."""
        return self._ask(method, path, operation=operation, version=version, json=json, writes=True)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        version: str,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        writes: bool = False,
    ) -> dict[str, Any]:
        def send(token: str) -> Answer:
            return self._http.send(
                method,
                f"{self._base_url}{path}",
                operation=operation,
                writes=writes,
                headers={"authorization": f"Bearer {token}", "version": version, "accept": "application/json"},
                params=params,
                json=json,
            )

        renewed = self._token if isinstance(self._token, RenewedTokens) else None
        token = self._token if isinstance(self._token, str) else self._token.access_token()
        answer = send(token)
        if answer.status == 401 and renewed is not None:
            # A refused token surely did nothing; it may have been taken back before its time.
            answer = send(renewed.another_than(token))
        self._raise_for(answer)
        return answer.json_object()

    def _raise_for(self, answer: Answer) -> None:
        answer.raise_for_status(default_wait=_interval(answer.headers, default=self._default_wait))
        if answer.status < 400:
            return
        where = {"vendor": VENDOR, "operation": answer.operation}
        said = _message(answer)
        if answer.status == 404 or "not found" in said:
            raise Refused("GoHighLevel knows no such thing", **where, code=NOT_FOUND)
        if "slot" in said and "no longer available" in said:
            raise SlotTaken("GoHighLevel says that the time is not free", **where, code=SLOT_TAKEN)
        if "duplicated contacts" in said:
            raise Refused("there is a contact with that phone or mailbox", **where, code=DUPLICATE)
        if "scope" in said or "token" in said:
            raise Misconfigured("the token lacks a permission", **where, code=str(answer.status))
        raise Refused("GoHighLevel refuses it", **where, code=f"HTTP_{answer.status}")


def _message(answer: Answer) -> str:
    """What it says went wrong: a text, or a list of them."""
    try:
        said = answer.json_object().get("message")
    except BadAnswer:  # its status says enough
        return ""
    return " ".join(str(one) for one in said).lower() if isinstance(said, list) else str(said or "").lower()


def _interval(headers: httpx.Headers, *, default: timedelta) -> timedelta:
    """How long the limit that was met lasts, where the vendor says so. That of a day is looked at again in an hour."""
    if headers.get("x-ratelimit-daily-remaining", "").strip() == "0":
        return timedelta(hours=1)
    told = headers.get("x-ratelimit-interval-milliseconds", "")
    return timedelta(milliseconds=int(told)) if told.isascii() and told.isdigit() and len(told) < 9 else default
