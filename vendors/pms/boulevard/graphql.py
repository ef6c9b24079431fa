"""Boulevard's GraphQL endpoint: one POST, and what its many ways to say no mean.

Errors come as HTTP statuses or in a 200 answer. An error with a `path` was met while a field was being carried out, so
after a committing mutation it proves nothing; one without a path stopped the request before anything ran (GraphQL
specification, section 7.1.2). Messages are never passed on: they may quote a client's data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from vendors.errors import BadAnswer, Misconfigured, RateLimited, Refused, VendorError
from vendors.http import Answer, VendorHttp

VENDOR = "boulevard"

#: Boulevard publishes no list of `extensions.code`; these are GraphQL servers' usual ones. Unlisted codes fall through.
FORBIDDEN_CODES = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED", "FORBIDDEN"})
REFUSAL_CODES = frozenset(
    {"BAD_REQUEST", "BAD_USER_INPUT", "INVALID", "NOT_FOUND", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
)
RATE_LIMIT_CODES = frozenset({"RATE_LIMITED", "RATE_LIMIT_EXCEEDED", "THROTTLED", "TOO_MANY_REQUESTS"})

_RATE_LIMIT_WORDS = re.compile(r"rate.?limit|throttl|too many requests", re.IGNORECASE)
_WAIT = re.compile(r"(\d+(?:\.\d+)?)\s*(milliseconds?|ms|seconds?|secs?|s)\b", re.IGNORECASE)


class GraphQl:
    """Sends documents; each with a fresh token."""

    def __init__(
        self, *, http: VendorHttp, url: str, authorization: Callable[[], str], default_wait: timedelta
    ) -> None:
        self._http = http
        self._url = url
        self._authorization = authorization
        self._default_wait = default_wait

    def read(self, document: str, variables: Mapping[str, Any], *, field: str) -> Any:
        """The value of the one top-level field; None where Boulevard knows no such thing."""
        return self._run(document, variables, field=field, writes=False)

    def write(self, document: str, variables: Mapping[str, Any], *, field: str) -> Any:
        """The same for a mutation whose lost answer has to be read back."""
        return self._run(document, variables, field=field, writes=True)

    def _run(self, document: str, variables: Mapping[str, Any], *, field: str, writes: bool) -> Any:
        answer = self._http.send(
            "POST",
            self._url,
            operation=field,
            writes=writes,
            headers={"authorization": self._authorization()},
            json={"query": document, "variables": dict(variables)},
        )
        answer.raise_for_status(default_wait=self._default_wait)
        body = answer.json_object()
        errors = body.get("errors")
        if errors:
            raise self._error(answer, errors)
        if answer.status != 200:
            raise Refused("the request is refused", vendor=VENDOR, operation=field, code=str(answer.status))
        data = body.get("data")
        if not isinstance(data, dict) or field not in data:
            raise BadAnswer(f"data.{field} is missing", vendor=VENDOR, operation=field)
        return data[field]

    def _error(self, answer: Answer, errors: Any) -> VendorError:
        rows = [row for row in errors if isinstance(row, dict)] if isinstance(errors, list) else []
        if not rows:
            return BadAnswer("errors without content", vendor=VENDOR, operation=answer.operation)
        where = {"vendor": VENDOR, "operation": answer.operation}
        codes = [_code(row) for row in rows]
        for row, code in zip(rows, codes, strict=True):
            message = str(row.get("message", ""))
            if code in RATE_LIMIT_CODES or _RATE_LIMIT_WORDS.search(message):
                wait = _wait(message, default=self._default_wait)
                return RateLimited("the query budget is spent", code=code, retry_after=wait, **where)
        if forbidden := next((code for code in codes if code in FORBIDDEN_CODES), None):
            return Misconfigured("the credentials lack a permission", code=forbidden, **where)
        ran = any(row.get("path") for row in rows)
        if not ran or all(code in REFUSAL_CODES for code in codes):
            return Refused("the request is refused", code=codes[0], **where)
        return answer.lost("an error while it was carried out", code=codes[0])


def _code(row: Mapping[str, Any]) -> str | None:
    extensions = row.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code.upper() if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else None


def _wait(message: str, *, default: timedelta) -> timedelta:
    """The wait some clients saw in the message; its wording is not published."""
    found = _WAIT.search(message)
    if found is None:
        return default
    amount = float(found[1])
    wait = timedelta(milliseconds=amount) if found[2].lower().startswith("m") else timedelta(seconds=amount)
    return min(wait, timedelta(hours=1))
