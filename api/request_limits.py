"""Bounds what a request costs, and ends the work of one that only reads when its caller has gone.

The means are in `models.request_limits`. What somebody orders is finished once it has begun, whoever waits for the
answer: a patient who presses YES and closes the page means it. Webhooks are bounded by themselves: what came is kept,
whatever the database does.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from models import request_limits
from models.request_limits import RequestLimits

_READING: Final = frozenset({"GET", "HEAD"})
_UNBOUNDED: Final = "/webhooks/"


class RequestLimitsMiddleware:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_UNBOUNDED):
            await self._app(scope, receive, send)
        elif scope["method"] in _READING:
            await self._read(scope, receive, send)
        else:
            token = request_limits.current.set(RequestLimits(statement_seconds=request_limits.ORDER_SECONDS))
            try:
                await self._app(scope, receive, send)
            finally:
                request_limits.current.reset(token)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = RequestLimits()
        heard: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        token = request_limits.current.set(own)
        watching = asyncio.create_task(_watch(receive, heard, own))
        try:
            await self._app(scope, heard.get, send)
        finally:
            watching.cancel()
            request_limits.current.reset(token)


async def _watch(receive: Receive, heard: asyncio.Queue[MutableMapping[str, Any]], own: RequestLimits) -> None:
    while True:
        message = await receive()
        heard.put_nowait(message)
        if message["type"] == "http.disconnect":
            await asyncio.to_thread(own.stop)
            return
