"""Access tokens that are short lived and renewed by a refresh token that can be used once.

A vendor of this kind (GoHighLevel, Jane) answers each renewal with a new pair and forgets the old one. Two processes
that renew at once would lock the practice out, and so would a pair that is lost before it is kept. So a renewal holds
the store's lock, and a new pair is kept before anybody uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from vendors.errors import Misconfigured


@dataclass(frozen=True, kw_only=True, repr=False)
class Tokens:
    """A pair as the vendor gave it. Times are real time. Its text shows neither token."""

    access_token: str
    access_until: datetime
    refresh_token: str
    #: When the refresh token lapses, where the vendor says so; afterwards somebody has to connect again.
    refresh_until: datetime | None = None


class LockedTokens(Protocol):
    """The pair while nobody else may renew it."""

    def read(self) -> Tokens | None:
        """The pair as it is kept now, read under the lock; None before the practice was connected."""

    def keep(self, tokens: Tokens) -> None:
        """Keep a new pair. It is durable when this returns, whatever happens to the caller afterwards."""


class TokenStore(Protocol):
    """Where one connection's pair is kept, sealed."""

    def read(self) -> Tokens | None:
        """The pair as it is kept now, without waiting for anybody; None before the practice was connected."""

    def locked(self) -> AbstractContextManager[LockedTokens]:
        """Wait for the lock of this connection, shared by all processes, and hold it inside the block. Waits at most a
        few seconds; raises `vendors.errors.Unreachable` then: another attempt makes sense."""


class RenewedTokens:
    """The access token of one connection, renewed shortly before it lapses. Safe to share between threads.

    `renew` exchanges a refresh token for a new pair and raises `vendors.errors.VendorError`. An answer to it that was
    lost may have used the refresh token up; the next attempt shows it, as `Misconfigured`.
    """

    def __init__(
        self,
        *,
        store: TokenStore,
        renew: Callable[[str], Tokens],
        vendor: str,
        # A request takes at most eight seconds, and clocks differ a little.
        before_it_lapses: timedelta = timedelta(seconds=30),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._renew = renew
        self._vendor = vendor
        self._before = before_it_lapses
        self._now = now

    def access_token(self) -> str:
        """A token that is good for the next request. Raises `Misconfigured` where the practice has to connect again."""
        tokens = self._store.read()
        if tokens is not None and self._is_good(tokens):
            return tokens.access_token
        return self._renewed(unless=self._is_good)

    def another_than(self, refused: str) -> str:
        """A token beside one that the vendor refused before its time: somebody else's renewal, or our own."""
        return self._renewed(unless=lambda tokens: tokens.access_token != refused and self._is_good(tokens))

    def keep_alive(self, *, within: timedelta) -> None:
        """Renew now where the refresh token would lapse within this time: it lapses too when nobody uses it."""
        self._renewed(unless=lambda tokens: tokens.refresh_until is None or tokens.refresh_until - self._now() > within)

    def _is_good(self, tokens: Tokens) -> bool:
        return tokens.access_until - self._now() > self._before

    def _renewed(self, *, unless: Callable[[Tokens], bool]) -> str:
        with self._store.locked() as locked:
            tokens = locked.read()
            if tokens is None:
                raise self._disconnected("the practice is not connected")
            if unless(tokens):
                return tokens.access_token
            if tokens.refresh_until is not None and tokens.refresh_until <= self._now():
                raise self._disconnected("the connection lapsed; the practice has to connect again")
            renewed = self._renew(tokens.refresh_token)
            locked.keep(renewed)
        return renewed.access_token

    def _disconnected(self, words: str) -> Misconfigured:
        return Misconfigured(words, vendor=self._vendor, operation="token", code="CONNECT_AGAIN")
