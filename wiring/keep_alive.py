"""Keeps accounts connected that lapse when nobody uses them, however little there is to ask."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.repositories import connections
from models.session import Database
from operations.ports import Vendors
from vendors.errors import VendorError

_log = structlog.get_logger(__name__)

#: Jane's refresh tokens live for half an hour, and are renewed at half of that.
EVERY: Final = timedelta(minutes=2)


class KeepAlive:
    """Looks at every practice system that is connected. Several processes may: a renewal locks its connection."""

    def __init__(self, *, database: Database, vendors: Vendors) -> None:
        self._database = database
        self._vendors = vendors

    async def keep(self, every: timedelta = EVERY) -> None:
        """Until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(every.total_seconds())

    def look(self) -> None:
        """One round. What fails is noted at its connection, and tried again in the next round."""
        try:
            with self._database.transaction() as session:
                live = [one for one in connections.of_everybody(session) if one.purpose == "pms"]
        except SQLAlchemyError as error:
            _log.warning("keep_alive.unread", error=type(error).__name__)
            return
        for one in live:
            try:
                pms = self._vendors.pms(one.practice_id)
                if pms.capabilities.lapses_unused_after is not None:
                    pms.keep_alive()
            except VendorError as error:
                _log.warning("keep_alive.failed", connection_id=one.id, error=type(error).__name__)
