"""Consent with PKCE, tokens that lapse and rotate, and webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from tests.sandboxes.jane.support import CLIENT, REALM, Jane
from tests.sandboxes.practice.support import ANN, DAY, FILLER, MIA, NOA, VISIT, Arrived, Receiver, eventually

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
REDIRECT = "http://127.0.0.1/back"


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _consent(jane: Jane, **changes: str) -> Any:
    query = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "appointments:read patients:read",
        "state": "s1",
        "code_challenge": _challenge(VERIFIER),
        "code_challenge_method": "S256",
        "resource": jane.url,
        "prompt": "consent",
        **changes,
    }
    return jane.http.get(f"{jane.url}{REALM}/auth", params={name: value for name, value in query.items() if value})


def _code(jane: Jane) -> str:
    sent: dict[str, str] = dict(parse_qsl(urlsplit(_consent(jane).headers["location"]).query))
    assert sent["state"] == "s1"
    return sent["code"]


def _redeemed(jane: Jane, **changes: str) -> Any:
    grant = {"code": _code(jane), "code_verifier": VERIFIER, "redirect_uri": REDIRECT, **changes}
    return jane.tokens(grant_type="authorization_code", **grant)


def test_a_code_becomes_tokens_for_this_clinic(jane: Jane) -> None:
    made = _redeemed(jane).json()
    keys = jane.http.get(f"{jane.url}{REALM}/certs").json()["keys"]

    host = urlsplit(jane.url).netloc
    key = jwt.PyJWK(keys[0])
    claims = jwt.decode(made["access_token"], key, algorithms=["RS256"], audience=host)
    assert [made["expires_in"], made["refresh_expires_in"]] == [300, 1800]
    assert claims["scope"] == "appointments:read patients:read"
    assert jane.call("GET", f"/patients/{MIA}", token=made["access_token"]).status_code == 200
    assert jane.call("GET", "/company", token=made["access_token"]).status_code == 403


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "another"}, {"redirect_uri": "http://127.0.0.1/else"}, {"code": "unknown"}]
)
def test_a_code_needs_its_verifier_and_its_redirect(jane: Jane, changes: dict[str, str]) -> None:
    answer = _redeemed(jane, **changes)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes", [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"resource": ""}, {"scope": "shifts:read"}]
)
def test_consent_is_not_asked_for_without_pkce_resource_and_known_scopes(jane: Jane, changes: dict[str, str]) -> None:
    assert _consent(jane, **changes).status_code == 400


def test_a_refresh_token_works_once_and_its_second_use_ends_the_session(jane: Jane) -> None:
    first = _redeemed(jane).json()
    second = jane.refreshed(first["refresh_token"]).json()

    again = jane.refreshed(first["refresh_token"])

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert jane.refreshed(second["refresh_token"]).status_code == 400
    assert jane.call("GET", f"/patients/{MIA}", token=second["access_token"]).status_code == 401


def test_a_second_use_may_be_refused_alone(jane: Jane) -> None:
    jane.control("config", revoke_on_reuse=False)
    first = _redeemed(jane).json()
    second = jane.refreshed(first["refresh_token"]).json()

    assert jane.refreshed(first["refresh_token"]).status_code == 400
    assert jane.refreshed(second["refresh_token"]).status_code == 200


def test_tokens_lapse(jane: Jane) -> None:
    jane.control("config", access_token_seconds=1e-6, refresh_token_seconds=1e-6)
    made = _redeemed(jane).json()

    assert jane.call("GET", f"/patients/{MIA}", token=made["access_token"]).status_code == 401
    assert jane.refreshed(made["refresh_token"]).json()["error_description"] == "Token is not active"


def test_a_token_of_another_clinic_is_refused(jane: Jane) -> None:
    token = jane.control("consent", audience="other.janeapp.com")["access_token"]

    assert jane.call("GET", "/locations", token=token).status_code == 401
    assert jane.ledger("auth_refused")[-1]["reason"] == "the token is for other.janeapp.com"


def test_a_client_may_come_with_basic_authorization(jane: Jane) -> None:
    refresh = jane.control("consent")["refresh_token"]
    grant = {"grant_type": "refresh_token", "refresh_token": refresh}

    answer = jane.http.post(f"{jane.url}{REALM}/token", data=grant, auth=(CLIENT["client_id"], CLIENT["client_secret"]))

    assert answer.status_code == 200


def test_a_topic_has_one_subscription_whose_secret_is_shown_once(jane: Jane) -> None:
    wish = {"event_topic": "APPOINTMENT_BOOKED", "target_url": "https://app.example/hook"}

    made = jane.call("POST", "/webhooks", json=wish)
    again = jane.call("POST", "/webhooks", json=wish)
    shown = jane.get(f"/webhooks/{made.json()['id']}")
    gone = jane.call("DELETE", f"/webhooks/{made.json()['id']}")

    assert [made.status_code, again.status_code, gone.status_code] == [201, 409, 204]
    assert [len(made.json()["secret"]), "secret" in shown] == [64, False]
    assert again.json()["errors"][0]["details"]["id"] == made.json()["id"]
    assert jane.get("/webhooks") == []


@pytest.mark.parametrize("changes", [{"event_topic": "APPOINTMENT_ARRIVED"}, {"target_url": "ftp://x"}])
def test_a_subscription_needs_a_known_topic_and_an_address(jane: Jane, changes: dict[str, str]) -> None:
    wish = {"event_topic": "APPOINTMENT_BOOKED", "target_url": "https://app.example/hook", **changes}

    assert jane.call("POST", "/webhooks", json=wish).status_code == 422


def _digest(arrived: Arrived, signed: bytes) -> bytes:
    return hmac.new(b"sandbox-webhook-secret", signed, hashlib.sha256).digest()


@pytest.mark.parametrize(("signed", "digest"), [("body", "hex"), ("ts.body", "base64")])
def test_an_event_carries_ids_only_and_is_signed_as_configured(
    jane: Jane, receiver: Receiver, signed: str, digest: str
) -> None:
    jane.control("config", signed=signed, digest=digest)

    jane.by_hand("cancel", id=VISIT, reason="CLIENT_CANCEL")

    arrived = receiver.last("APPOINTMENT_CANCELLED")
    stamp = arrived.headers["x-jane-timestamp"].encode()
    mac = _digest(arrived, arrived.body if signed == "body" else stamp + b"." + arrived.body)
    assert arrived.headers["x-jane-signature"] == (
        f"sha256={mac.hex() if digest == 'hex' else base64.b64encode(mac).decode()}"
    )
    assert [arrived.envelope["appointment_id"], arrived.envelope["version"]] == [VISIT, 1]
    named = {"event_id", "event_topic", "event_timestamp", "appointment_id", "clinic_guid", "version"}
    assert arrived.envelope.keys() == named


def test_four_topics_and_none_for_who_came_or_did_not(jane: Jane, receiver: Receiver) -> None:
    made = jane.by_hand("book", client=NOA, start=f"{DAY}T15:00", services=[{"service": FILLER, "staff": ANN}])
    receiver.wait_for_count(1)
    jane.by_hand("move", id=VISIT, start=f"{DAY}T13:00")
    receiver.wait_for_count(2)
    jane.by_hand("cancel", id=made["appointment"], reason="NO_SHOW")
    jane.by_hand("update", id=VISIT, state="ARRIVED")
    jane.by_hand("cancel", id=VISIT, reason="STAFF_CANCEL")
    receiver.wait_for_count(3)
    jane.by_hand("uncancel", id=VISIT)

    events = receiver.wait_for_count(4)

    assert [event.removeprefix("APPOINTMENT_") for event in events] == [
        "BOOKED",
        "RESCHEDULED",
        "CANCELLED",
        "UNCANCELLED",
    ]


def test_one_event_in_so_many_is_never_sent(jane: Jane, receiver: Receiver) -> None:
    jane.control("config", lose_every=2)

    jane.by_hand("cancel", id=VISIT)
    jane.by_hand("uncancel", id=VISIT)
    jane.by_hand("cancel", id=VISIT)

    events = receiver.wait_for_count(2)
    assert events == ["APPOINTMENT_CANCELLED", "APPOINTMENT_CANCELLED"]
    lost = eventually(lambda: jane.ledger("webhook_lost"), wanted=bool)
    assert [entry["event"] for entry in lost] == ["APPOINTMENT_UNCANCELLED"]
