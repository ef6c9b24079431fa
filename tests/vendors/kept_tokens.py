"""A store of one connection's tokens in memory, with its lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vendors.tokens import LockedTokens, Tokens


class KeptTokens:
    """Implements `TokenStore` and `LockedTokens` for one process."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens
        #: Every pair that was kept, in order.
        self.history: list[Tokens] = []
        self._lock = threading.Lock()

    def read(self) -> Tokens | None:
        return self.tokens

    def keep(self, tokens: Tokens) -> None:
        assert self._lock.locked(), "a pair is kept under the lock"
        self.tokens = tokens
        self.history.append(tokens)

    @contextmanager
    def locked(self) -> Iterator[LockedTokens]:
        with self._lock:
            yield self
