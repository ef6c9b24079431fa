"""Twilio's own client over our HTTP: in time even against a dripping server, once, and without its request log.

The package's stock transport applies its timeout to each chunk and logs URLs and headers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from twilio.http import HttpClient
from twilio.http.response import Response

from vendors.http import VendorHttp

_call: ContextVar[tuple[str, bool]] = ContextVar("twilio_call", default=("request", True))


@contextmanager
def call(operation: str, *, writes: bool) -> Iterator[None]:
    """Name the operation that the package carries out inside, for the errors of its requests."""
    token = _call.set((operation, writes))
    try:
        yield
    finally:
        _call.reset(token)


class TwilioTransport(HttpClient):  # type: ignore[misc]  # the package is not annotated for strict checking
    """What `twilio.rest.Client` sends its requests through."""

    def __init__(self, http: VendorHttp) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._http = http

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request. Statuses that carry a code in the body go on to the package, which reads it."""
        operation, writes = _call.get()
        answer = self._http.send(
            method, uri, operation=operation, writes=writes, headers=headers, params=params, form=data, auth=auth
        )
        if answer.status >= 500:
            raise answer.lost("the vendor failed", code=str(answer.status))
        if answer.status < 300:
            answer.json_object()
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)
