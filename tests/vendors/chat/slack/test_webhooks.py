"""Presses of buttons: what holds, what does not, and what is read."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.vendors.recorded_payloads import decoded, raw
from vendors.chat.base import CardPress
from vendors.chat.slack import SlackWebhooks
from vendors.errors import Malformed, Unauthorised, Undocumented

_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
_VECTOR_HEADERS = {
    "X-Slack-Request-Timestamp": "1531420618",
    "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
}
_VECTOR_TIME = datetime.fromtimestamp(1531420618, UTC)
_NOW = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
_WEBHOOKS = SlackWebhooks(signing_secrets=(_SECRET,))


def _headers(body: bytes, *, at: datetime = _NOW, secret: str = _SECRET) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={mac}"}


def _form(payload: Any) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def _press(body: bytes, **options: Any) -> CardPress:
    return _WEBHOOKS.press(headers=_headers(body, **options), body=body, now=_NOW)


def _payload(**changes: Any) -> dict[str, Any]:
    return {**decoded("slack/block_actions.json"), **changes}


def test_the_library_vector_holds() -> None:
    _WEBHOOKS.verify(headers=_VECTOR_HEADERS, body=raw("slack/signed_command.form"), now=_VECTOR_TIME)


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({}, raw("slack/signed_command.form") + b"&x=1"),
        ({"X-Slack-Request-Timestamp": "1531420619"}, raw("slack/signed_command.form")),
        ({"X-Slack-Request-Timestamp": "soon"}, raw("slack/signed_command.form")),
        ({"X-Slack-Signature": _VECTOR_HEADERS["X-Slack-Signature"][3:]}, raw("slack/signed_command.form")),
        ({"X-Slack-Signature": "é"}, raw("slack/signed_command.form")),
        ({"X-Slack-Signature": ""}, raw("slack/signed_command.form")),
    ],
    ids=["body", "time", "no time", "without v0", "not ASCII", "none"],
)
def test_what_was_altered_is_refused(changes: dict[str, str], body: bytes) -> None:
    with pytest.raises(Unauthorised):
        _WEBHOOKS.verify(headers=_VECTOR_HEADERS | changes, body=body, now=_VECTOR_TIME)


@pytest.mark.parametrize(("seconds", "holds"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_the_window_is_five_minutes_either_way(seconds: int, holds: bool) -> None:
    body = _form(_payload())

    if holds:
        assert _press(body, at=_NOW + timedelta(seconds=seconds)).action == "task_take"
    else:
        with pytest.raises(Unauthorised):
            _press(body, at=_NOW + timedelta(seconds=seconds))


def test_another_secret_is_refused_unless_it_is_the_next_one() -> None:
    body = _form(_payload())

    with pytest.raises(Unauthorised):
        _press(body, secret="next")
    both = SlackWebhooks(signing_secrets=(_SECRET, "next"))
    assert both.press(headers=_headers(body, secret="next"), body=body, now=_NOW).action == "task_take"


def test_a_press_says_who_pressed_what_on_which_card() -> None:
    assert _press(_form(_payload())) == CardPress(
        event_key="T1DC2JH3J:1700000000.000100:task_take:1700000001.000200:U2CERLKJA",
        team_ref="T1DC2JH3J",
        user_ref="U2CERLKJA",
        user_name="roadrunner",
        action="task_take",
        value="01J9|v3",
        channel="C123",
        card_ref="1700000000.000100",
        response_url="https://hooks.slack.com/actions/T1DC2JH3J/1/abc",
    )


def test_two_people_at_once_are_two_events() -> None:
    other = {**decoded("slack/block_actions.json")["user"], "id": "U9"}

    assert _press(_form(_payload())).event_key != _press(_form(_payload(user=other))).event_key


def test_an_app_of_a_whole_organisation_takes_the_users_team() -> None:
    assert _press(_form(_payload(team=None))).team_ref == "T1DC2JH3J"


def test_a_button_that_only_opens_a_page_has_no_value() -> None:
    action = {"action_id": "task_open", "type": "button", "action_ts": "1.2"}

    assert _press(_form(_payload(actions=[action]))).value == ""


def test_another_kind_of_interaction_is_undocumented() -> None:
    with pytest.raises(Undocumented):
        _press(_form({"type": "view_submission"}))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"a=1", "payload is missing"),
        (b"payload=nope", "payload is not JSON"),
        (b"payload=%ff", "payload is not JSON"),
        (b"payload=[]", "payload is not an object"),
        (_form(_payload(actions=[])), "actions"),
        (_form(_payload(user=None)), "user"),
        (_form(_payload(container={"channel_id": "C1"})), "container.message_ts"),
    ],
)
def test_a_signed_payload_slack_could_not_send_is_malformed(body: bytes, field: str) -> None:
    with pytest.raises(Malformed, match=field):
        _press(body)
