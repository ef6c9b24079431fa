"""Ends the work of a reading request whose caller has gone, and bounds that of all others (`models.work`)."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from models import work
from models.work import Work

#: Orders of staff's are short, and done once: what has begun of one is finished. Webhooks and pages are short, too.
_READING: Final = frozenset({"GET", "HEAD"})
_UNDER: Final = "/admin/v1/"


class ReadingWork:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _READING or not scope["path"].startswith(_UNDER):
            await self._app(scope, receive, send)
            return
        own = Work()
        heard: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        token = work.current.set(own)
        watching = asyncio.create_task(_watch(receive, heard, own))
        try:
            await self._app(scope, heard.get, send)
        finally:
            watching.cancel()
            work.current.reset(token)


async def _watch(receive: Receive, heard: asyncio.Queue[MutableMapping[str, Any]], own: Work) -> None:
    while True:
        message = await receive()
        heard.put_nowait(message)
        if message["type"] == "http.disconnect":
            await asyncio.to_thread(own.stop)
            return
