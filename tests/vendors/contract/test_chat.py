"""What every chat adapter does, against its vendor's sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from sandboxes.common.server import serving as serving_app
from sandboxes.slack.app import create_app
from sandboxes.slack.config import SlackConfig
from tests.vendors.contract.sandbox import Call, Mailbox, Sandbox, listening
from tests.vendors.socket_server import closed_port, dripping, serving
from vendors.chat.base import Card, CardButton, CardPress, Chat, ChatWebhooks, PostedCard
from vendors.chat.slack import SlackChat, SlackWebhooks
from vendors.errors import Ambiguous, Misconfigured, RateLimited, Refused, Unauthorised, Unreachable

_CARD = Card(
    title="Slot to fill: Wed 9:00 (ref 7F3A)",
    facts=(("When", "Wed 4 Mar, 9:00"), ("Ref", "7F3A")),
    text="Two people are waiting <!channel>.",
    buttons=(
        CardButton(label="Take it", action="task_take", value="01J9|v3", primary=True),
        CardButton(label="Open", action="task_open", value="", url="https://app.example/t/01J9"),
    ),
    key="task-01J9",
)
_DRIPPED = b"HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n" + b" " * 58 + b"{}"
_CONFIG = SlackConfig(
    channels={"C0FRONT": "front-desk", "C0OLD": "old", "C0OTHER": "other"}, archived=("C0OLD",), not_in=("C0OTHER",)
)


@dataclass
class SlackBench:
    """One chat on the bench; another joins with a class of this shape and a line in `_CHATS`."""

    sandbox: Sandbox
    mailbox: Mailbox
    webhooks: ChatWebhooks
    channel: str = "C0FRONT"
    unusable_channels: tuple[str, ...] = ("C0OLD", "C0OTHER", "C0NONE")
    #: What the sandbox's faults call a post and a read-back.
    post: str = "chat.postMessage"
    find: str = "conversations.history"

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 4) -> Chat:
        """An adapter for the sandbox, or another server, or with a wrong secret."""
        return SlackChat(
            bot_token=secret or _CONFIG.bot_tokens[0],
            base_url=(url or self.sandbox.url) + "/api",
            response_hosts=frozenset({"127.0.0.1"}),
            call_seconds=call_seconds,
        )

    def press(self, posted: PostedCard, action: str) -> None:
        """Somebody presses a button."""
        self.sandbox.control("press", channel=posted.channel, ts=posted.ref, action_id=action)


@contextmanager
def _slack() -> Iterator[SlackBench]:
    with listening() as mailbox, serving_app(create_app(_CONFIG)) as url:
        sandbox = Sandbox(url)
        sandbox.control("config", interactivity_url=f"{mailbox.url}/presses")
        yield SlackBench(sandbox, mailbox, SlackWebhooks(signing_secrets=(_CONFIG.signing_secret,)))


_CHATS = {"slack": _slack}


@pytest.fixture(params=sorted(_CHATS))
def bench(request: pytest.FixtureRequest) -> Iterator[SlackBench]:
    with _CHATS[request.param]() as bench:
        yield bench


def _find(bench: SlackBench, since: datetime, *, key: str = _CARD.key) -> PostedCard | None:
    return bench.connect().find(channel=bench.channel, key=key, since=since)


def _press(bench: SlackBench, call: Call) -> CardPress:
    return bench.webhooks.press(headers=call.headers, body=call.body, now=datetime.now(UTC))


def test_a_card_is_posted_found_and_redrawn_in_place(bench: SlackBench) -> None:
    since = datetime.now(UTC)
    chat = bench.connect()

    posted = chat.post(channel=bench.channel, card=_CARD)
    chat.redraw(posted=posted, card=replace(_CARD, title="Taken", buttons=()))

    assert _find(bench, since) == posted
    assert (len(bench.sandbox.ledger("posted")), len(bench.sandbox.ledger("updated"))) == (1, 1)


def test_a_card_is_taken_away_and_one_that_is_gone_is_no_error(bench: SlackBench) -> None:
    since = datetime.now(UTC)
    chat = bench.connect()
    posted = chat.post(channel=bench.channel, card=_CARD)

    chat.remove(posted=posted)
    chat.remove(posted=posted)

    assert _find(bench, since) is None


def test_another_key_and_another_time_find_nothing(bench: SlackBench) -> None:
    since = datetime.now(UTC)
    bench.connect().post(channel=bench.channel, card=_CARD)

    assert _find(bench, since, key="task-other") is None
    assert _find(bench, since + timedelta(minutes=1)) is None


def test_a_lost_answer_is_ambiguous_and_then_found_once(bench: SlackBench) -> None:
    since = datetime.now(UTC)
    bench.sandbox.fault(bench.post, "commit_then_timeout", seconds=0.2)

    with pytest.raises(Ambiguous):
        bench.connect().post(channel=bench.channel, card=_CARD)

    assert _find(bench, since) is not None
    assert len(bench.sandbox.ledger("posted")) == 1


def test_a_request_that_was_dropped_is_ambiguous_and_not_found(bench: SlackBench) -> None:
    since = datetime.now(UTC)
    bench.sandbox.fault(bench.post, "drop")

    with pytest.raises(Ambiguous):
        bench.connect().post(channel=bench.channel, card=_CARD)

    assert _find(bench, since) is None


def test_too_many_requests_post_nothing(bench: SlackBench) -> None:
    bench.sandbox.fault(bench.post, "rate_limit")

    with pytest.raises(RateLimited) as caught:
        bench.connect().post(channel=bench.channel, card=_CARD)

    assert caught.value.retry_after > timedelta(0)
    assert bench.sandbox.ledger("posted") == []


def test_an_outage_is_ambiguous_for_a_post_and_unreachable_for_a_read_back(bench: SlackBench) -> None:
    bench.sandbox.fault("*", "outage", times=None)

    with pytest.raises(Ambiguous):
        bench.connect().post(channel=bench.channel, card=_CARD)
    with pytest.raises(Unreachable):
        _find(bench, datetime.now(UTC))


def test_nobody_there_is_unreachable(bench: SlackBench) -> None:
    with pytest.raises(Unreachable):
        bench.connect(url=closed_port()).post(channel=bench.channel, card=_CARD)


def test_a_dripping_server_is_left_in_time(bench: SlackBench) -> None:
    with serving(dripping(_DRIPPED, every=0.1)) as url, pytest.raises(Ambiguous):
        bench.connect(url=url, call_seconds=0.5).post(channel=bench.channel, card=_CARD)


def test_what_an_administrator_must_mend_is_told_apart(bench: SlackBench) -> None:
    for channel in bench.unusable_channels:
        with pytest.raises(Misconfigured):
            bench.connect().post(channel=channel, card=_CARD)
    with pytest.raises(Misconfigured):
        bench.connect(secret="wrong").post(channel=bench.channel, card=_CARD)


def test_a_card_at_every_limit_is_taken(bench: SlackBench) -> None:
    long = "<&>" * 2000
    button = CardButton(label=long, action="a" * 255, value="v" * 2000)
    card = Card(title=long, facts=((long, long),) * 30, text=long, buttons=(button,), key="task-long")

    posted = bench.connect().post(channel=bench.channel, card=card)

    assert posted.channel == bench.channel


def test_a_press_arrives_signed_and_is_answered_to_one_and_for_all(bench: SlackBench) -> None:
    chat = bench.connect()
    posted = chat.post(channel=bench.channel, card=_CARD)

    bench.press(posted, "task_take")

    press = _press(bench, bench.mailbox.next())
    assert (press.action, press.value, press.channel, press.card_ref) == (
        "task_take",
        "01J9|v3",
        posted.channel,
        posted.ref,
    )
    chat.answer(response_url=press.response_url, text="Rosa was first")
    chat.answer(response_url=press.response_url, text="", card=replace(_CARD, title="Taken", buttons=()))
    assert (len(bench.sandbox.ledger("ephemeral")), len(bench.sandbox.ledger("updated"))) == (1, 1)


def test_an_answer_address_wears_out(bench: SlackBench) -> None:
    chat = bench.connect()
    bench.press(chat.post(channel=bench.channel, card=_CARD), "task_take")
    press = _press(bench, bench.mailbox.next())

    for _ in range(5):
        chat.answer(response_url=press.response_url, text="Hi")

    with pytest.raises(Refused):
        chat.answer(response_url=press.response_url, text="Hi")


def test_an_altered_press_is_refused(bench: SlackBench) -> None:
    bench.press(bench.connect().post(channel=bench.channel, card=_CARD), "task_take")
    call = bench.mailbox.next()

    with pytest.raises(Unauthorised):
        _press(bench, replace(call, body=call.body.replace(b"v3", b"v4")))
