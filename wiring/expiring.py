"""Values that are read anew every few seconds, and kept where that fails."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class Expiring(Generic[KeyT, ValueT]):
    """A bounded cache. With the database away what was read last is good enough. Safe to share between threads."""

    def __init__(self, *, keep: timedelta, most: int = 4096, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = keep.total_seconds()
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[KeyT, tuple[float, ValueT]] = OrderedDict()

    def fresh(self, key: KeyT) -> ValueT | None:
        """What is kept and young enough; never waits for anything."""
        with self._lock:
            kept = self._kept.get(key)
        return kept[1] if kept is not None and kept[0] > self._clock() else None

    def forget(self, key: KeyT) -> None:
        """The next `get` reads it anew."""
        with self._lock:
            self._kept.pop(key, None)

    def get(self, key: KeyT, load: Callable[[], ValueT]) -> ValueT:
        """What is kept, or what `load` reads now. Raises what `load` raises where nothing is kept."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        try:
            value = load()
        except OperationalError:
            if kept is None:
                raise
            value = kept[1]
        with self._lock:
            self._kept[key] = (self._clock() + self._seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value
