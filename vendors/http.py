"""The one way out to a vendor over HTTP: in time, once, bounded, silent, and clear about what may have happened.

    what happened                                       a write raises    a read raises
    refused, no such name, no connection in time        Unreachable       Unreachable
    lost after the request may have been written        Ambiguous         Unreachable
    429                                                 RateLimited       RateLimited
    401, 403                                            Misconfigured     Misconfigured
    5xx                                                 Ambiguous         Unreachable
    3xx, too long, not JSON where JSON is promised      BadAnswer         BadAnswer

Bodies, addresses and headers are neither logged nor put into errors.
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from vendors.deadline import CALL_SECONDS, CONNECT_SECONDS, DeadlineTransport, deadline, seconds_left
from vendors.errors import Ambiguous, BadAnswer, Misconfigured, RateLimited, Unreachable, VendorError

MAX_ANSWER_BYTES = 8 * 1024 * 1024
#: No vendor asks for more; a wrong clock or a hostile header must not park a journey for days.
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a vendor said, read to its end."""

    vendor: str
    operation: str
    #: Whether the request may have changed something; decides what a failure means.
    writes: bool
    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The decoded body. Raises `BadAnswer`."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BadAnswer(
                f"HTTP {self.status} with a body that is not JSON", vendor=self.vendor, operation=self.operation
            ) from error

    def json_object(self) -> dict[str, Any]:
        """The decoded body where an object is promised. Raises `BadAnswer`."""
        decoded = self.json()
        if not isinstance(decoded, dict):
            raise BadAnswer("the body is not a JSON object", vendor=self.vendor, operation=self.operation)
        return decoded

    def lost(self, reason: str, *, code: str | None = None) -> VendorError:
        """The error for an answer that does not say whether the request took effect."""
        kind = Ambiguous if self.writes else Unreachable
        return kind(reason, vendor=self.vendor, operation=self.operation, code=code)

    def raise_for_status(self, *, default_wait: timedelta) -> None:
        """Raise for the statuses that mean the same at every vendor; other 4xx are for the adapter to read."""
        if self.status == 429:
            raise RateLimited(
                "too many requests",
                vendor=self.vendor,
                operation=self.operation,
                code="429",
                retry_after=retry_after(self.headers, default=default_wait),
            )
        if self.status in (401, 403):
            raise Misconfigured(
                "the credentials are refused or lack a permission",
                vendor=self.vendor,
                operation=self.operation,
                code=str(self.status),
            )
        if self.status >= 500:
            raise self.lost("the vendor failed", code=str(self.status))
        if 300 <= self.status < 400:
            raise BadAnswer(
                "a redirect, which is not followed; check the base URL",
                vendor=self.vendor,
                operation=self.operation,
                code=str(self.status),
            )


def retry_after(headers: httpx.Headers, *, default: timedelta) -> timedelta:
    """The wait that `Retry-After` asks for, in seconds or as a date, bounded; `default` where none is readable."""
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return default
    try:
        wait = timedelta(seconds=float(asked))
    except (ValueError, OverflowError):
        try:
            wait = parsedate_to_datetime(asked) - datetime.now(UTC)
        except (ValueError, TypeError):
            return default
    return max(timedelta(0), min(wait, _LONGEST_WAIT))


class VendorHttp:
    """One vendor's HTTP client; safe to share between threads.

    `transport` lets a test answer in the vendor's place; the total deadline needs the ordinary one.
    """

    def __init__(
        self,
        vendor: str,
        *,
        call_seconds: float = CALL_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._vendor = vendor
        self._call_seconds = call_seconds
        self._connect_seconds = connect_seconds
        self._max_answer_bytes = max_answer_bytes
        self._client = httpx.Client(
            transport=transport or DeadlineTransport(verify=verify),
            follow_redirects=False,
            trust_env=False,
            # Compressed answers could grow past the bound in one step.
            headers={"accept-encoding": "identity", "user-agent": "chairflow"},
        )
        # httpx logs every URL at INFO, and some vendors' URLs carry a phone number.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        writes: bool,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """One request, one answer of any status. Raises `Unreachable`, `Ambiguous`, `BadAnswer` or `Misconfigured`."""
        with deadline(self._call_seconds):
            if seconds_left() <= 0:
                raise Unreachable("the time for this call is over", vendor=self._vendor, operation=operation)
            try:
                with self._client.stream(
                    method,
                    url,
                    headers=dict(headers or {}),
                    params=dict(params) if params else None,
                    json=json,
                    data=dict(form) if form else None,
                    auth=auth,
                    timeout=httpx.Timeout(seconds_left(), connect=min(self._connect_seconds, seconds_left())),
                ) as response:
                    body = self._read(response, operation)
                    return Answer(
                        vendor=self._vendor,
                        operation=operation,
                        writes=writes,
                        status=response.status_code,
                        headers=response.headers,
                        body=body,
                    )
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                raise Unreachable("no connection", vendor=self._vendor, operation=operation) from error
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise Misconfigured("the base URL is not one", vendor=self._vendor, operation=operation) from error
            except (httpx.TransportError, httpx.DecodingError) as error:
                lost = Ambiguous if writes else Unreachable
                raise lost("the answer was lost", vendor=self._vendor, operation=operation) from error

    def _read(self, response: httpx.Response, operation: str) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._max_answer_bytes:
                raise BadAnswer(
                    f"an answer longer than {self._max_answer_bytes} bytes", vendor=self._vendor, operation=operation
                )
        return bytes(body)
