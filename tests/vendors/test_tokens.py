"""Tokens whose refresh token can be used once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.vendors.kept_tokens import KeptTokens
from vendors.errors import Misconfigured, Unreachable
from vendors.tokens import RenewedTokens, Tokens

_NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@dataclass
class _Vendor:
    """Gives a new pair for the newest refresh token alone, and forgets the old one."""

    now: datetime = _NOON
    number: int = 1
    away: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def pair(self) -> Tokens:
        return Tokens(
            access_token=f"access-{self.number}",
            access_until=self.now + timedelta(minutes=5),
            refresh_token=f"refresh-{self.number}",
            refresh_until=self.now + timedelta(minutes=30),
        )

    def renew(self, refresh_token: str) -> Tokens:
        self.asked.append(refresh_token)
        if self.away:
            raise Unreachable("no answer", vendor="jane", operation="token")
        if refresh_token != f"refresh-{self.number}":
            raise Misconfigured("used before", vendor="jane", operation="token")
        self.number += 1
        return self.pair


def _tokens(vendor: _Vendor, store: KeptTokens) -> RenewedTokens:
    return RenewedTokens(store=store, renew=vendor.renew, vendor="jane", now=lambda: vendor.now)


def test_a_token_that_is_good_is_not_renewed() -> None:
    vendor = _Vendor()

    assert _tokens(vendor, KeptTokens(vendor.pair)).access_token() == "access-1"

    assert vendor.asked == []


def test_a_token_that_is_about_to_lapse_is_renewed_and_the_new_pair_kept_first() -> None:
    vendor = _Vendor()
    store = KeptTokens(vendor.pair)
    vendor.now += timedelta(minutes=4, seconds=45)

    token = _tokens(vendor, store).access_token()

    assert (token, vendor.asked) == ("access-2", ["refresh-1"])
    assert [one.refresh_token for one in store.history] == ["refresh-2"]


def test_two_who_renew_at_once_use_the_refresh_token_once() -> None:
    vendor = _Vendor()
    store = KeptTokens(vendor.pair)
    vendor.now += timedelta(minutes=6)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(_tokens(vendor, store).access_token())) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (got, vendor.asked) == (["access-2"] * 8, ["refresh-1"])


def test_a_token_refused_before_its_time_is_renewed_once() -> None:
    vendor = _Vendor()
    tokens = _tokens(vendor, KeptTokens(vendor.pair))

    first, second = tokens.another_than("access-1"), tokens.another_than("access-1")

    assert (first, second, vendor.asked) == ("access-2", "access-2", ["refresh-1"])


def test_a_renewal_that_was_lost_keeps_the_pair_and_is_tried_again() -> None:
    vendor = _Vendor(away=True)
    store = KeptTokens(vendor.pair)
    vendor.now += timedelta(minutes=6)

    with pytest.raises(Unreachable):
        _tokens(vendor, store).access_token()
    vendor.away = False

    assert _tokens(vendor, store).access_token() == "access-2"


def test_a_grant_that_lapses_soon_is_kept_alive() -> None:
    vendor = _Vendor()
    tokens = _tokens(vendor, KeptTokens(vendor.pair))

    tokens.keep_alive(within=timedelta(minutes=20))
    asked_early = list(vendor.asked)
    vendor.now += timedelta(minutes=11)
    tokens.keep_alive(within=timedelta(minutes=20))

    assert (asked_early, vendor.asked) == ([], ["refresh-1"])


@pytest.mark.parametrize("connected", [True, False])
def test_a_grant_that_lapsed_or_never_was_needs_a_person(connected: bool) -> None:
    vendor = _Vendor()
    store = KeptTokens(vendor.pair if connected else None)
    vendor.now += timedelta(minutes=31)

    with pytest.raises(Misconfigured) as caught:
        _tokens(vendor, store).access_token()

    assert (caught.value.code, vendor.asked) == ("CONNECT_AGAIN", [])


def test_tokens_are_not_shown() -> None:
    assert "access-1" not in repr(_Vendor().pair)
