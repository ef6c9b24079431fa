"""The Basic token is checked for real."""

from __future__ import annotations

import base64
import time

import pytest

from tests.sandboxes.boulevard.support import ADMIN, API_SECRET, Boulevard, authorization

LOCATIONS = "{ locations { edges { node { id } } } }"


def test_good_token_is_let_in(boulevard: Boulevard) -> None:
    assert boulevard.post(LOCATIONS, header=authorization()).status_code == 200


def _without_colon() -> str:
    return "Basic " + base64.b64encode(b"no colon in here").decode()


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Bearer abc", "no Basic authorization"),
        ("Basic ***", "the Basic value is not base64 of text"),
        (_without_colon(), "unknown API key"),
        (authorization(key="key-2"), "unknown API key"),
        (authorization(secret=base64.b64encode(b"guess").decode()), "the token's signature does not match its payload"),
        (authorization(prefix="blvd-client-v1"), "the token names another prefix or business"),
        (authorization(business="another"), "the token names another prefix or business"),
    ],
)
def test_forged_token_is_refused(boulevard: Boulevard, header: str, reason: str) -> None:
    answer = boulevard.post(LOCATIONS, header=header)

    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"message": "Unauthorized", "extensions": {"code": "UNAUTHENTICATED"}}]}
    assert [entry["reason"] for entry in boulevard.ledger("auth_refused")] == [reason]


def test_signature_must_use_the_decoded_secret(boulevard: Boulevard) -> None:
    twice = base64.b64encode(API_SECRET.encode()).decode()

    assert boulevard.post(LOCATIONS, header=authorization(secret=twice)).status_code == 401


@pytest.mark.parametrize("away", [-400, 400])
def test_old_and_early_tokens_are_refused(boulevard: Boulevard, away: int) -> None:
    header = authorization(at=time.time() + away)

    assert boulevard.post(LOCATIONS, header=header).status_code == 401
    boulevard.control("config", token_tolerance_seconds=900)
    assert boulevard.post(LOCATIONS, header=header).status_code == 200


def test_missing_header_is_refused(boulevard: Boulevard) -> None:
    assert boulevard.http.post(boulevard.url + ADMIN, json={"query": LOCATIONS}).status_code == 401
