"""What Slack gets and what its answers mean; the contract suite runs against its sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from vendors.chat.base import Card, PostedCard
from vendors.chat.slack import SlackChat
from vendors.errors import (
    Ambiguous,
    BadAnswer,
    Misconfigured,
    RateLimited,
    Refused,
    Unreachable,
    VendorError,
)
from vendors.http import VendorHttp

_CARD = Card(title="Slot to fill", facts=(), text="", buttons=(), key="01J9")
_SINCE = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
_RESPONSE_URL = "https://hooks.slack.com/actions/T1/1/abc"


def _chat(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> SlackChat:
    return SlackChat(
        bot_token="xoxb-1",
        base_url="http://slack.example/api",
        http=VendorHttp("slack", transport=httpx.MockTransport(answer)),
        **options,
    )


def _replying(reply: httpx.Response | Exception) -> SlackChat:
    def answer(_request: httpx.Request) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return reply

    return _chat(answer)


def _no(error: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json={"ok": False, "error": error}, headers=headers)


def test_a_card_is_posted_and_redrawn_where_slack_put_it() -> None:
    requests: list[tuple[str, dict[str, Any]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer xoxb-1"
        requests.append((request.url.path, json.loads(request.content)))
        return httpx.Response(200, json={"ok": True, "channel": "C123", "ts": "1700000000.000100"})

    chat = _chat(answer)
    posted = chat.post(channel="#front-desk", card=_CARD)
    chat.redraw(posted=posted, card=_CARD)

    assert posted == PostedCard(channel="C123", ref="1700000000.000100")
    assert [(path, sent["channel"], sent.get("ts")) for path, sent in requests] == [
        ("/api/chat.postMessage", "#front-desk", None),
        ("/api/chat.update", "C123", "1700000000.000100"),
    ]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (_no("channel_not_found"), Misconfigured),
        (_no("not_in_channel"), Misconfigured),
        (_no("is_archived"), Misconfigured),
        (_no("invalid_auth"), Misconfigured),
        (_no("token_revoked"), Misconfigured),
        (_no("account_inactive"), Misconfigured),
        (_no("missing_scope"), Misconfigured),
        (_no("ratelimited"), RateLimited),
        (httpx.Response(429, headers={"retry-after": "3"}), RateLimited),
        (_no("msg_too_long"), Refused),
        (_no("no_text"), Refused),
        (_no("invalid_blocks"), Refused),
        (_no("some_new_word"), Refused),
        (_no("internal_error"), Ambiguous),
        (_no(None), BadAnswer),
        (_no("Ana said no!"), BadAnswer),
        (httpx.Response(200, text="ok"), BadAnswer),
        (httpx.Response(200, json={"ok": True}), BadAnswer),
        (httpx.Response(500), Ambiguous),
        (httpx.ReadTimeout("late"), Ambiguous),
        (httpx.ConnectError("refused"), Unreachable),
    ],
)
def test_what_a_failing_post_means(reply: httpx.Response | Exception, error: type[VendorError]) -> None:
    with pytest.raises(error) as caught:
        _replying(reply).post(channel="C123", card=_CARD)

    assert type(caught.value) is error


def test_a_workspace_that_keeps_its_messages_refuses_to_take_one_away() -> None:
    with pytest.raises(Refused):
        _replying(_no("cant_delete_message")).remove(posted=PostedCard(channel="C123", ref="1700000000.000100"))


@pytest.mark.parametrize("reply", [_no("ratelimited", **{"retry-after": "30"}), httpx.Response(429)])
def test_both_ways_to_say_too_many(reply: httpx.Response) -> None:
    asked = reply.headers.get("retry-after")

    with pytest.raises(RateLimited) as caught:
        _replying(reply).post(channel="C123", card=_CARD)

    assert caught.value.retry_after == timedelta(seconds=30 if asked else 1)


def _history(*intents: str | None, cursor: str = "") -> httpx.Response:
    messages: list[dict[str, Any]] = []
    for number, intent in enumerate(intents):
        metadata = {"event_type": "chairflow_task", "event_payload": {"intent": intent}}
        messages.append({"ts": f"1700000000.00010{number}", **({"metadata": metadata} if intent else {})})
    return httpx.Response(200, json={"ok": True, "messages": messages, "response_metadata": {"next_cursor": cursor}})


def test_a_lost_card_is_found_by_its_intent_on_any_page() -> None:
    asked: list[httpx.QueryParams] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params)
        return _history(None, "01J9") if "cursor" in request.url.params else _history("other", cursor="more")

    found = _chat(answer).find(channel="C123", key="01J9", since=_SINCE)

    assert found == PostedCard(channel="C123", ref="1700000000.000101")
    assert [(each["oldest"], each["include_all_metadata"], each.get("cursor")) for each in asked] == [
        ("1699999995.000000", "true", None),
        ("1699999995.000000", "true", "more"),
    ]


def test_a_card_that_is_not_there_is_none() -> None:
    assert _replying(_history("other", None)).find(channel="C123", key="01J9", since=_SINCE) is None


def test_an_unfinished_search_never_says_not_there() -> None:
    with pytest.raises(BadAnswer):
        _replying(_history("other", cursor="more")).find(channel="C123", key="01J9", since=_SINCE)


def test_a_failing_search_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        _replying(_no("internal_error")).find(channel="C123", key="01J9", since=_SINCE)


@pytest.mark.parametrize(
    ("card", "body"),
    [
        (None, {"response_type": "ephemeral", "replace_original": False, "text": "Bea was first &amp; has it"}),
        (
            _CARD,
            {
                "replace_original": True,
                "text": "Slot to fill",
                "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Slot to fill"}}],
                "metadata": {"event_type": "chairflow_task", "event_payload": {"intent": "01J9"}},
            },
        ),
    ],
)
def test_a_press_is_answered_to_one_or_redrawn_for_all(card: Card | None, body: dict[str, Any]) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, text="ok")

    _chat(answer).answer(response_url=_RESPONSE_URL, text="Bea was first & has it", card=card)

    assert [json.loads(request.content) for request in requests] == [body]
    assert "authorization" not in requests[0].headers


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_spent_answer_address_is_a_refusal_without_the_address(status: int) -> None:
    with pytest.raises(Refused) as caught:
        _replying(httpx.Response(status, text="used_url")).answer(response_url=_RESPONSE_URL, text="Hi")

    assert "abc" not in str(caught.value)


def test_an_address_elsewhere_is_never_called() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("called")

    with pytest.raises(Refused):
        _chat(answer).answer(response_url="http://169.254.169.254/latest", text="Hi")
