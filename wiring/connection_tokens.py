"""Implements `vendors.tokens.TokenStore` over a connection: its pair sealed, its renewals one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import OperationalError

from models.repositories import connections
from models.repositories.connections import ConnectionFacts
from models.session import Database
from vendors.errors import Misconfigured, Unreachable
from vendors.tokens import LockedTokens, Tokens
from wiring.sealing import KeyMissing, SealBroken
from wiring.vendor_accounts import TOKENS, Vault

#: A renewal is one call to the vendor; whoever waits for longer tries again later.
_WAIT: Final = timedelta(seconds=8)


class SealedTokens:
    """The pair of one connection. Implements `TokenStore`."""

    def __init__(
        self, database: Database, vault: Vault, connection: ConnectionFacts, *, wait: timedelta = _WAIT
    ) -> None:
        self._database = database
        self._vault = vault
        self._practice_id = connection.practice_id
        self._connection_id = connection.id
        self._public_id = connection.public_id
        self._vendor = connection.vendor
        self._wait = wait

    def read(self) -> Tokens | None:
        with self._database.transaction() as session:
            kept = connections.tokens_of(session, self._practice_id, self._connection_id)
        if kept is None:
            return None
        try:
            opened = self._vault.open(TOKENS, *kept, practice_id=self._practice_id, public_id=self._public_id)
        except (KeyMissing, SealBroken) as error:
            raise Misconfigured(f"its tokens do not open: {error}", vendor=self._vendor, operation="token") from error
        return from_json(opened)

    @contextmanager
    def locked(self) -> Iterator[LockedTokens]:
        # The lock's transaction stays open during the vendor's call; reading and keeping are transactions of their own,
        # so that a kept pair stays whatever becomes of this one.
        with self._database.transaction() as session:
            try:
                connections.hold_tokens(session, self._practice_id, self._connection_id, within=self._wait)
            except OperationalError as error:
                raise Unreachable("somebody else is renewing", vendor=self._vendor, operation="token") from error
            yield self

    def keep(self, tokens: Tokens) -> None:
        """Durable when it returns."""
        sealed = self._vault.seal(TOKENS, to_json(tokens), practice_id=self._practice_id, public_id=self._public_id)
        with self._database.transaction() as session:
            connections.keep_tokens(session, self._practice_id, self._connection_id, *sealed)


class PassingTokens:
    """A pair that nobody keeps yet: for the first try at an account. Implements `TokenStore` for one user."""

    def __init__(self, refresh_token: str) -> None:
        self.pair = Tokens(access_token="", access_until=datetime.min.replace(tzinfo=UTC), refresh_token=refresh_token)

    def read(self) -> Tokens | None:
        return self.pair

    @contextmanager
    def locked(self) -> Iterator[LockedTokens]:
        yield self

    def keep(self, tokens: Tokens) -> None:
        self.pair = tokens


def to_json(tokens: Tokens) -> dict[str, Any]:
    """To be sealed at once: the tokens are in clear."""
    return {
        "access_token": tokens.access_token,
        "access_until": tokens.access_until.isoformat(),
        "refresh_token": tokens.refresh_token,
        "refresh_until": None if tokens.refresh_until is None else tokens.refresh_until.isoformat(),
    }


def from_json(kept: Mapping[str, Any]) -> Tokens:
    until = kept.get("refresh_until")
    return Tokens(
        access_token=kept["access_token"],
        access_until=datetime.fromisoformat(kept["access_until"]),
        refresh_token=kept["refresh_token"],
        refresh_until=None if until is None else datetime.fromisoformat(until),
    )
