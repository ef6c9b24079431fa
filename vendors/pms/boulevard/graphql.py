"""Boulevard's GraphQL endpoint: one POST, and what its many ways to say no mean.

Errors come as HTTP statuses or in a 200 answer. An error with a `path` was met while a field was being carried out, so
after a committing mutation it proves nothing; one without a path stopped the request before anything ran (GraphQL
specification, section 7.1.2). Words of throttling are an exception: they are said before the work, path or not.
Messages are never passed on: they may quote a client's data.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from vendors.deadline import seconds_left
from vendors.errors import BadAnswer, Misconfigured, RateLimited, Refused, Unreachable, VendorError
from vendors.http import Answer, VendorHttp, retry_after

VENDOR = "boulevard"

#: Boulevard publishes no list of `extensions.code`; these are GraphQL servers' usual ones. Unlisted codes fall through.
UNAUTHORIZED_CODES = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED"})
FORBIDDEN_CODES = frozenset({*UNAUTHORIZED_CODES, "FORBIDDEN"})
REFUSAL_CODES = frozenset(
    {"BAD_REQUEST", "BAD_USER_INPUT", "INVALID", "NOT_FOUND", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
)
RATE_LIMIT_CODES = frozenset({"RATE_LIMITED", "RATE_LIMIT_EXCEEDED", "THROTTLED", "TOO_MANY_REQUESTS"})

#: In full: "API limit exceeded. Query cost is 16 and you have 9 points available. Please wait 140ms and try again."
_RATE_LIMIT_WORDS = re.compile(r"api limit|rate.?limit|throttl|too many requests", re.IGNORECASE)
_WAIT = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)\s*(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)\b", re.IGNORECASE
)
#: What stands before it may speak of how fast the budget fills.
_WAIT_ASKED = re.compile(r"\b(?:wait|retry|again)\b", re.IGNORECASE)
_LONGEST_WAIT = timedelta(hours=1)

#: Live clients meet a 401 now and then that passes after about a second.
SECOND_TRY_AFTER = 1.0
#: How long a refused document is not tried again.
GIVEN_UP_SECONDS = 3600.0

_log = logging.getLogger(__name__)


class _Said(Exception):
    """Boulevard answered with errors: what they mean, and whether it refused the whole document before anything ran
    (a field, an argument or a value of it is not known)."""

    def __init__(self, error: VendorError, *, whole: bool) -> None:
        super().__init__()
        self.error = error
        self.whole = whole


class GraphQl:
    """Sends documents; each with a fresh token."""

    def __init__(
        self,
        *,
        http: VendorHttp,
        url: str,
        authorization: Callable[[], str],
        default_wait: timedelta,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._http = http
        self._url = url
        self._authorization = authorization
        self._default_wait = default_wait
        self._pause = pause
        #: Documents that Boulevard refused while it took the smaller one, and when.
        self._given_up: dict[str, float] = {}

    def read(self, document: str, variables: Mapping[str, Any], *, field: str, smaller: str | None = None) -> Any:
        """The value of the one top-level field; None where Boulevard knows no such thing.

        An error inside the value costs what it names, not the value. `smaller` is the same document without what no
        live client has confirmed; it is sent, and for an hour from then on, when Boulevard refuses the whole.
        """
        return self._best(document, smaller, variables, field=field, writes=False, partly=True)

    def read_optional(self, document: str, variables: Mapping[str, Any], *, field: str) -> Any:
        """The same for what is good to know and nothing depends on: None where Boulevard says no to it."""
        try:
            return self._run(document, variables, field=field, writes=False, partly=True)
        except (_Said, Misconfigured, Refused, BadAnswer) as refusal:
            told = refusal.error if isinstance(refusal, _Said) else refusal
            _log.warning("boulevard: something optional could not be read: %s", told)
            return None

    def prepare(self, document: str, variables: Mapping[str, Any], *, field: str, smaller: str | None = None) -> Any:
        """The value of a mutation that leaves nothing on the calendar: its answer may be lost, yet not be half."""
        return self._best(document, smaller, variables, field=field, writes=False, partly=False)

    def write(self, document: str, variables: Mapping[str, Any], *, field: str, smaller: str | None = None) -> Any:
        """The value of a mutation whose lost answer has to be read back."""
        return self._best(document, smaller, variables, field=field, writes=True, partly=False)

    def _best(
        self,
        document: str,
        smaller: str | None,
        variables: Mapping[str, Any],
        *,
        field: str,
        writes: bool,
        partly: bool,
    ) -> Any:
        def run(text: str) -> Any:
            return self._run(text, variables, field=field, writes=writes, partly=partly)

        try:
            if smaller is None:
                return run(document)
            if time.monotonic() < self._given_up.get(document, -GIVEN_UP_SECONDS) + GIVEN_UP_SECONDS:
                return run(smaller)
            try:
                return run(document)
            except _Said as said:
                if not said.whole:
                    raise
                value = run(smaller)
                _log.warning("boulevard: %s is refused as a whole, a smaller form is taken", field)
                self._given_up[document] = time.monotonic()
                return value
        except _Said as said:
            raise said.error from None

    def _run(self, document: str, variables: Mapping[str, Any], *, field: str, writes: bool, partly: bool) -> Any:
        answer = self._send(document, variables, field=field, writes=writes)
        if _unauthorized(answer) and not _carried_out(answer, field):
            if seconds_left() <= SECOND_TRY_AFTER:
                raise Unreachable("no time for a second try after a 401", vendor=VENDOR, operation=field)
            self._pause(SECOND_TRY_AFTER)
            answer = self._send(document, variables, field=field, writes=writes)
        if writes and _errors_of(answer) and _carried_out(answer, field):
            # Whatever the error is about, it came after the change: neither a refusal nor a reason to send it again.
            raise answer.lost("an error after it was carried out")
        self._raise_if_throttled(answer)
        answer.raise_for_status(default_wait=self._default_wait)
        body = answer.json_object()
        data = body.get("data")
        if errors := body.get("errors"):
            if not (partly and _inside(errors, data, field)):
                raise _Said(_error(answer, errors), whole=not any(row.get("path") for row in _rows(errors)))
            _log.warning("boulevard: %s came without %d of its fields", field, len(errors))
        if answer.status != 200:
            raise Refused("the request is refused", vendor=VENDOR, operation=field, code=str(answer.status))
        if not isinstance(data, dict) or field not in data:
            raise BadAnswer(f"data.{field} is missing", vendor=VENDOR, operation=field)
        return data[field]

    def _send(self, document: str, variables: Mapping[str, Any], *, field: str, writes: bool) -> Answer:
        return self._http.send(
            "POST",
            self._url,
            operation=field,
            writes=writes,
            headers={"authorization": self._authorization()},
            json={"query": document, "variables": dict(variables)},
        )

    def _raise_if_throttled(self, answer: Answer) -> None:
        rows = _rows(_errors_of(answer))
        told = next((row for row in rows if _throttles(row)), rows[0] if rows else {})
        if answer.status != 429 and not _throttles(told):
            return
        wait = retry_after(answer.headers, default=self._default_wait)
        raise RateLimited(
            "the query budget is spent",
            vendor=VENDOR,
            operation=answer.operation,
            code=_code(told) or ("429" if answer.status == 429 else None),
            retry_after=_wait(str(told.get("message", "")), default=wait),
        )


def _error(answer: Answer, errors: Any) -> VendorError:
    rows = _rows(errors)
    if not rows:
        return BadAnswer("errors without content", vendor=VENDOR, operation=answer.operation)
    where = {"vendor": VENDOR, "operation": answer.operation}
    codes = [_code(row) for row in rows]
    if forbidden := next((code for code in codes if code in FORBIDDEN_CODES), None):
        return Misconfigured("the credentials lack a permission", code=forbidden, **where)
    if not any(row.get("path") for row in rows) or all(code in REFUSAL_CODES for code in codes):
        return Refused("the request is refused", code=codes[0], **where)
    return answer.lost("an error while it was carried out", code=codes[0])


def _inside(errors: Any, data: Any, field: str) -> bool:
    """Whether the field has a value, and no error names the field itself. One without a path names something within it
    too: an error that stops the request leaves no data."""
    rows = _rows(errors)
    return (
        isinstance(data, dict)
        and data.get(field) is not None
        and bool(rows)
        and all(not row.get("path") or (isinstance(row["path"], list) and len(row["path"]) > 1) for row in rows)
    )


def _unauthorized(answer: Answer) -> bool:
    return answer.status == 401 or any(_code(row) in UNAUTHORIZED_CODES for row in _rows(_errors_of(answer)))


def _carried_out(answer: Answer, field: str) -> bool:
    """Whether the answer holds a value of the field: then nothing in it stopped the request."""
    if answer.status != 200:
        return False
    try:
        body = answer.json()
    except BadAnswer:
        return False
    data = body.get("data") if isinstance(body, dict) else None
    return isinstance(data, dict) and data.get(field) is not None


def _errors_of(answer: Answer) -> Any:
    """The errors of an answer of any status; a body of another kind has none."""
    if b'"errors"' not in answer.body:
        return None
    try:
        body = answer.json()
    except BadAnswer:
        return None
    return body.get("errors") if isinstance(body, dict) else None


def _rows(errors: Any) -> list[dict[str, Any]]:
    return [row for row in errors if isinstance(row, dict)] if isinstance(errors, list) else []


def _throttles(row: Mapping[str, Any]) -> bool:
    return _code(row) in RATE_LIMIT_CODES or _RATE_LIMIT_WORDS.search(str(row.get("message", ""))) is not None


def _code(row: Mapping[str, Any]) -> str | None:
    extensions = row.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code.upper() if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else None


def _wait(message: str, *, default: timedelta) -> timedelta:
    """The wait that the words ask for."""
    asked = _WAIT_ASKED.search(message)
    found = (_WAIT.search(message, asked.end()) if asked else None) or _WAIT.search(message)
    if found is None:
        return default
    amount, unit = float(found[1].replace(",", "")), found[2].lower()
    if unit.startswith(("ms", "milli")):
        amount /= 1000
    elif unit.startswith("m"):
        amount *= 60
    elif unit.startswith("h"):
        amount *= 3600
    return timedelta(seconds=min(amount, _LONGEST_WAIT.total_seconds()))
