"""Tokens that a vendor renews: kept sealed, renewed by one process at a time, never lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from models.repositories import connections
from models.session import Database
from tests.inbox.scene import Scene, set_scene
from tests.wiring.vendor_accounts import VAULT, connected, slack
from vendors.errors import Misconfigured, Unreachable
from vendors.tokens import RenewedTokens, Tokens
from wiring.connection_tokens import SealedTokens

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
FIRST = Tokens(access_token="access-1", access_until=NOW, refresh_token="refresh-1")


@pytest.fixture
def scene(database: Database) -> Scene:
    return set_scene(database)


def store_of(scene: Scene, *, wait: timedelta = timedelta(seconds=8)) -> SealedTokens:
    connection = connected(scene.database, scene.practice_id, "slack", slack("ours"), "T1")
    return SealedTokens(scene.database, VAULT, connection, wait=wait)


def pair(number: int) -> Tokens:
    return Tokens(
        access_token=f"access-{number}",
        access_until=NOW + timedelta(minutes=5),
        refresh_token=f"refresh-{number}",
        refresh_until=NOW + timedelta(minutes=30),
    )


def test_a_pair_is_read_as_it_was_kept_and_stands_nowhere_in_clear(scene: Scene) -> None:
    store = store_of(scene)

    store.keep(pair(1))

    assert store.read() == pair(1)
    with scene.database.transaction() as session:
        row = session.execute(text("SELECT connection::text FROM connection WHERE tokens IS NOT NULL")).scalar_one()
    assert "refresh-1" not in row


def test_a_pair_is_kept_though_its_renewer_fails_afterwards(scene: Scene) -> None:
    store = store_of(scene)
    store.keep(FIRST)

    with pytest.raises(RuntimeError), store.locked() as locked:
        locked.keep(pair(2))
        raise RuntimeError("the process dies here")

    assert store.read() == pair(2)


def test_several_processes_use_a_refresh_token_once(scene: Scene) -> None:
    store = store_of(scene)
    store.keep(FIRST)
    used: list[str] = []
    several = threading.Barrier(4)

    def renew(refresh_token: str) -> Tokens:
        used.append(refresh_token)
        return pair(len(used) + 1)

    def ask(_: int) -> str:
        renewed = RenewedTokens(store=store, renew=renew, vendor="jane", now=lambda: NOW)
        several.wait()
        return renewed.access_token()

    with ThreadPoolExecutor(max_workers=4) as pool:
        found = set(pool.map(ask, range(4)))

    assert (used, found) == (["refresh-1"], {"access-2"})


def test_whoever_waits_too_long_for_a_renewal_may_try_again(scene: Scene) -> None:
    store = store_of(scene, wait=timedelta(milliseconds=50))

    with store.locked(), pytest.raises(Unreachable, match="somebody else"), store.locked():
        pass


def test_one_that_was_turned_off_has_no_tokens_any_more(scene: Scene) -> None:
    store = store_of(scene)
    store.keep(FIRST)
    with scene.database.transaction() as session:
        for one in connections.of_practice(session, scene.practice_id):
            connections.turn_off(session, scene.practice_id, one.id, now=NOW)

    renewed = RenewedTokens(store=store, renew=lambda _: pair(2), vendor="jane", now=lambda: NOW)

    with pytest.raises(Misconfigured, match="not connected"):
        renewed.access_token()
