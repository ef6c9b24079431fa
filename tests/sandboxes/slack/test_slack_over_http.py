"""The Slack sandbox as a bare HTTP client meets it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from fastapi import Response

from sandboxes.common.server import serving
from sandboxes.slack.app import create_app
from sandboxes.slack.blocks import InvalidBlocksError, check_blocks
from sandboxes.slack.config import CHANNEL, HOOK, USER, SlackConfig
from sandboxes.slack.limits import ChannelLimit
from sandboxes.slack.mrkdwn import as_html
from sandboxes.slack.signature import sign
from tests.sandboxes.support import Heard, as_new, listening, until

TOKEN = "xoxb-sandbox-token"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TAKE = {
    "type": "button",
    "action_id": "task_take",
    "style": "primary",
    "text": {"type": "plain_text", "text": "Take it"},
    "value": "01J9|v3",
}
OPEN = {
    "type": "button",
    "action_id": "task_open",
    "text": {"type": "plain_text", "text": "Open"},
    "url": "https://app.example/t/01J9",
}
CARD: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "Cancelled slot to fill"}},
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*When*\nWed 4 Mar, 9:00"}]},
    {"type": "actions", "block_id": "task:01J9", "elements": [TAKE, OPEN]},
]


@contextmanager
def slack(**settings: Any) -> Iterator[httpx.Client]:
    config = SlackConfig(**{"signing_secret": SECRET, **settings})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with serving(create_app(config)) as url, httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[httpx.Client, Any]]:
    with slack() as client:
        yield client, client.get("/_control/config").json()


@pytest.fixture
def api(shared: tuple[httpx.Client, Any]) -> httpx.Client:
    client, config = shared
    as_new(client, config)
    return client


def call(api: httpx.Client, method: str, **arguments: Any) -> dict[str, Any]:
    answer = api.post(f"/api/{method}", json=arguments)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def payload_of(heard: Heard) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(parse_qs(heard.body.decode())["payload"][0])
    return payload


def post_card(api: httpx.Client) -> str:
    posted = call(api, "chat.postMessage", channel=CHANNEL, text="Slot", blocks=CARD)
    ts: str = posted["ts"]
    return ts


def shown(api: httpx.Client) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = call(api, "conversations.history", channel=CHANNEL)["messages"]
    return messages


def test_the_signature_is_that_of_the_documentation() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    signature = sign(SECRET, "1531420618", body)

    assert signature == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_a_card_is_posted_redrawn_and_found_by_its_metadata(api: httpx.Client) -> None:
    metadata = {"event_type": "task", "event_payload": {"intent": "01J"}}
    posted = call(api, "chat.postMessage", channel=CHANNEL, text="Slot", blocks=CARD, metadata=metadata)
    call(api, "chat.update", channel=CHANNEL, ts=posted["ts"], text="Taken by Rosa", blocks=[])

    plain = call(api, "conversations.history", channel=CHANNEL)["messages"]
    full = call(api, "conversations.history", channel=CHANNEL, include_all_metadata=True)["messages"]

    assert (posted["ok"], posted["channel"]) == (True, CHANNEL)
    assert [(one["ts"], one["text"], "blocks" in one, "metadata" in one) for one in plain] == [
        (posted["ts"], "Taken by Rosa", False, False)
    ]
    assert full[0]["metadata"] == metadata


def test_history_pages_from_the_newest(api: httpx.Client) -> None:
    stamps = [call(api, "chat.postMessage", channel=CHANNEL, text=str(number))["ts"] for number in range(5)]

    first = call(api, "conversations.history", channel=CHANNEL, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = call(api, "conversations.history", channel=CHANNEL, cursor=cursor)
    between = call(api, "conversations.history", channel=CHANNEL, oldest=stamps[1], latest=stamps[3])
    within = call(api, "conversations.history", channel=CHANNEL, oldest=stamps[1], latest=stamps[3], inclusive=True)

    assert [one["text"] for one in first["messages"]] == ["4", "3"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert [one["text"] for one in rest["messages"]] == ["2", "1", "0"]
    assert [one["text"] for one in between["messages"]] == ["2"]
    assert [one["text"] for one in within["messages"]] == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C404", "text": "x"}, "channel_not_found"),
        ({"channel": "CARCHIVE", "text": "x"}, "is_archived"),
        ({"channel": "CPRIVATE", "text": "x"}, "not_in_channel"),
        ({"channel": CHANNEL}, "no_text"),
        ({"text": "x"}, "invalid_arguments"),
        ({"channel": CHANNEL, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": CHANNEL, "text": "x", "colour": "red"}, "invalid_arguments"),
        ({"channel": CHANNEL, "text": "x", "blocks": [{"type": "hologram"}]}, "invalid_blocks"),
        ({"channel": CHANNEL, "text": "x", "metadata": {"intent": 1}}, "invalid_metadata_format"),
    ],
)
def test_refusals_are_200_with_a_name(arguments: dict[str, Any], error: str) -> None:
    channels = {CHANNEL: "front-desk", "CARCHIVE": "old", "CPRIVATE": "private"}
    with slack(channels=channels, archived=("CARCHIVE",), not_in=("CPRIVATE",)) as api:
        answer = call(api, "chat.postMessage", **arguments)

        assert (answer["ok"], answer["error"]) == (False, error)
        assert api.get("/_control/state").json()["messages"] == []


def test_tokens_are_checked(api: httpx.Client) -> None:
    wrong = api.post("/api/auth.test", headers={"Authorization": "Bearer xoxb-other"}).json()
    none = httpx.post(f"{str(api.base_url).rstrip('/')}/api/auth.test").json()

    assert (wrong["error"], none["error"]) == ("invalid_auth", "not_authed")
    assert call(api, "auth.test")["ok"]


def button(**changes: Any) -> list[dict[str, Any]]:
    return [{"type": "actions", "elements": [{**TAKE, **changes}]}]


def text(length: int, kind: str = "plain_text") -> dict[str, str]:
    return {"type": kind, "text": "x" * length}


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        ([{"type": "header", "text": text(150)}], [{"type": "header", "text": text(151)}]),
        ([{"type": "section", "text": text(3000, "mrkdwn")}], [{"type": "section", "text": text(3001, "mrkdwn")}]),
        ([{"type": "section", "fields": [text(1)] * 10}], [{"type": "section", "fields": [text(1)] * 11}]),
        ([{"type": "context", "elements": [text(1)] * 10}], [{"type": "context", "elements": [text(1)] * 11}]),
        (button(text=text(75)), button(text=text(76))),
        (button(value="x" * 2000), button(value="x" * 2001)),
        (button(url="h" * 3000), button(url="h" * 3001)),
        (button(action_id="x" * 255), button(action_id="x" * 256)),
        (button(style="danger"), button(style="loud")),
        (button(text=text(1)), button(text=text(1, "mrkdwn"))),
        ([{"type": "divider", "block_id": "x" * 255}], [{"type": "divider", "block_id": "x" * 256}]),
        ([{"type": "divider"}] * 50, [{"type": "divider"}] * 51),
        (
            [{"type": "actions", "elements": [{**TAKE, "action_id": str(n)} for n in range(25)]}],
            [{"type": "actions", "elements": [{**TAKE, "action_id": str(n)} for n in range(26)]}],
        ),
        (
            button(confirm={"title": text(100), "text": text(300), "confirm": text(30), "deny": text(30)}),
            button(confirm={"title": text(100), "text": text(301), "confirm": text(30), "deny": text(30)}),
        ),
        ([{"type": "divider"}], [{"type": "divider", "colour": "red"}]),
    ],
)
def test_blocks_have_limits(fits: list[dict[str, Any]], exceeds: list[dict[str, Any]]) -> None:
    check_blocks(fits)
    with pytest.raises(InvalidBlocksError, match="json-pointer:/blocks"):
        check_blocks(exceeds)


def test_a_channel_takes_one_post_a_second() -> None:
    limit = ChannelLimit()
    rate: dict[str, Any] = {"per_second": 1.0, "burst": 1}

    waits = [limit.wait("a", now=now, **rate) for now in (0.0, 0.5, 1.0)]

    assert waits == [0, 1, 0]
    assert limit.wait("b", now=0.5, **rate) == 0
    assert limit.wait("b", now=0.5, per_second=None, burst=1) == 0


def test_too_many_posts_get_a_429_with_retry_after() -> None:
    with slack(posts_per_second=0.001) as api:
        call(api, "chat.postMessage", channel=CHANNEL, text="x")
        limited = api.post("/api/chat.postMessage", json={"channel": CHANNEL, "text": "x"})

        assert (limited.status_code, limited.json()["error"]) == (429, "ratelimited")
        assert 990 < int(limited.headers["retry-after"]) <= 1000


def test_an_incoming_webhook_says_ok_or_why_not_in_plain_text(api: httpx.Client) -> None:
    ok = api.post(f"/services/{HOOK}", json={"text": "hello"})
    answers = [
        api.post("/services/T1/B1/revoked", json={"text": "x"}),
        api.post(f"/services/{HOOK}", json={}),
        api.post(f"/services/{HOOK}", content=b"{", headers={"Content-Type": "application/json"}),
        api.post(f"/services/{HOOK}", json={"text": "x", "channel": CHANNEL}),
    ]

    assert (ok.status_code, ok.text) == (200, "ok")
    assert [(answer.status_code, answer.text) for answer in answers] == [
        (404, "no_service"),
        (400, "no_text"),
        (400, "invalid_payload"),
        (400, "invalid_arguments"),
    ]
    assert [one["text"] for one in shown(api)] == ["hello"]


def test_a_press_is_signed_and_its_response_url_redraws_the_card(api: httpx.Client) -> None:
    with listening() as ours:
        ours.answer = lambda heard: Response(status_code=200)
        api.post("/_control/config", json={"interactivity_url": f"{ours.url}/slack/actions"})
        ts = post_card(api)
        wish = {"channel": CHANNEL, "ts": ts, "action_id": "task_take", "user": USER}
        pressed = api.post("/_control/press", json=wish).json()
        heard = ours.heard[0]
        payload = payload_of(heard)

        done = httpx.post(payload["response_url"], json={"replace_original": True, "text": "Taken by Rosa"})
        whisper = httpx.post(payload["response_url"], json={"response_type": "ephemeral", "text": "It is yours"})

    timestamp = heard.headers["x-slack-request-timestamp"]
    assert heard.headers["x-slack-signature"] == sign(SECRET, timestamp, heard.body)
    assert abs(time.time() - int(timestamp)) < 300
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (pressed["outcome"], pressed["response_url"]) == ("ok", payload["response_url"])
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == USER
    assert payload["container"] == {"type": "message", "message_ts": ts, "channel_id": CHANNEL, "is_ephemeral": False}
    action = payload["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("task_take", "task:01J9", "01J9|v3")
    assert (done.status_code, whisper.status_code) == (200, 200)
    assert [(one["text"], "blocks" in one) for one in shown(api)] == [("Taken by Rosa", False)]
    assert [entry["text"] for entry in api.get("/_control/ledger?kind=ephemeral").json()] == ["It is yours"]


def test_a_response_url_works_five_times() -> None:
    with slack() as api:
        ts = post_card(api)
        wish = {"channel": CHANNEL, "ts": ts, "action_id": "task_take"}
        url = api.post("/_control/press", json=wish).json()["response_url"]

        statuses = [httpx.post(url, json={"text": str(number)}).status_code for number in range(6)]

        assert statuses == [200, 200, 200, 200, 200, 404]


def test_a_response_url_grows_old() -> None:
    with slack(response_url_seconds=0.001) as api:
        wish = {"channel": CHANNEL, "ts": post_card(api), "action_id": "task_take"}
        url = api.post("/_control/press", json=wish).json()["response_url"]
        time.sleep(0.002)

        answer = httpx.post(url, json={"text": "late"})

        assert (answer.status_code, answer.json()["error"]) == (404, "expired_url")


def test_who_does_not_answer_in_time_is_shown_to_the_user() -> None:
    def slow(heard: Heard) -> Response:
        time.sleep(0.5)
        return Response(status_code=200)

    with slack(ack_seconds=0.1) as api, listening() as ours:
        ours.answer = slow
        api.post("/_control/config", json={"interactivity_url": ours.url})
        wish = {"channel": CHANNEL, "ts": post_card(api), "action_id": "task_take"}
        pressed = api.post("/_control/press", json=wish).json()
        page = api.get(f"/channel/{CHANNEL}").text

    assert (pressed["outcome"], pressed["status"]) == ("late", None)
    assert "is not responding (late)" in page


def test_a_wrong_or_lost_answer_is_not_an_ack(api: httpx.Client) -> None:
    with listening() as ours:
        ours.answer = lambda heard: Response(status_code=500)
        api.post("/_control/config", json={"interactivity_url": ours.url})
        api.post("/_control/faults", json={"operation": "webhook:block_actions", "kind": "drop", "after": 1})
        wish = {"channel": CHANNEL, "ts": post_card(api), "action_id": "task_take"}
        outcomes = [api.post("/_control/press", json=wish).json()["outcome"] for _ in range(2)]

    assert outcomes == ["error", "unreachable"]
    assert len(ours.heard) == 1


def test_the_page_has_buttons_that_work(api: httpx.Client) -> None:
    with listening() as ours:
        ours.answer = lambda heard: Response(status_code=200)
        api.post("/_control/config", json={"interactivity_url": ours.url})
        ts = post_card(api)
        page = api.get(f"/channel/{CHANNEL}").text
        form = {"ts": ts, "action_id": "task_open", "user": USER}
        pressed = api.post(f"/channel/{CHANNEL}/press", data=form)
        until(lambda: len(ours.heard) == 1)

    assert "<strong>When</strong><br>Wed 4 Mar, 9:00" in page
    assert "https://app.example/t/01J9" in page
    assert pressed.status_code == 303
    assert payload_of(ours.heard[0])["actions"][0]["action_id"] == "task_open"
    assert [entry["by_hand"] for entry in api.get("/_control/ledger?kind=pressed").json()] == [True]


def test_commit_then_timeout_leaves_a_card_that_history_finds(api: httpx.Client) -> None:
    api.post("/_control/faults", json={"operation": "chat.*", "kind": "commit_then_timeout", "seconds": 0, "times": 1})
    metadata = {"event_type": "task", "event_payload": {"intent": "01J"}}

    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/api/chat.postMessage", json={"channel": CHANNEL, "text": "x", "metadata": metadata})

    found = call(api, "conversations.history", channel=CHANNEL, include_all_metadata=True)["messages"]
    assert [one["metadata"]["event_payload"]["intent"] for one in found] == ["01J"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _soft_ `x`", "<strong>bold</strong> <em>soft</em> <code>x</code>"),
        ("a &lt;!channel&gt; &amp; b", "a &lt;!channel&gt; &amp; b"),
        ("<!channel> <@U1>", "<mark>@channel</mark> <mark>@Rosa</mark>"),
        (
            "<https://x.example/?a=1&amp;b=2|open>",
            '<a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener">open</a>',
        ),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
    ],
)
def test_markup_is_shown_as_slack_shows_it(text: str, html: str) -> None:
    assert str(as_html(text, {"U1": "Rosa"})) == html
