"""Slack's behaviour: channels with messages, presses, response URLs. Ledger kinds:

`request` (every API call, webhook and response URL), `posted`, `updated`, `deleted`, `ephemeral`, `pressed` (by hand or
by control), `acked` (how the press was answered: `ok`, `late`, `error` or `unreachable`, and in how many seconds),
`webhook`, `webhook_lost`.

Operations for faults: the method names (`chat.postMessage` …), `incoming_webhook`, `response_url`; the webhook of a
press is `webhook:block_actions`. Fields to match: `channel`, `ts`, `text`, and `action_id`, `user` for a press.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import JSONResponse

from sandboxes.common.faults import Fault
from sandboxes.common.outbox import Answer, RetryPolicy, WebhookRequest
from sandboxes.common.sandbox import Sandbox
from sandboxes.slack.config import SlackConfig
from sandboxes.slack.limits import ChannelLimit
from sandboxes.slack.messages import Note, RefusedByName, SlackMessage
from sandboxes.slack.signature import sign


@dataclass(kw_only=True)
class ResponseUrl:
    """A URL that answers one press: who pressed what, how often it was used, and when it was given out."""

    message: SlackMessage
    user: str
    given: float
    uses: int = 0


@dataclass(frozen=True, kw_only=True)
class Press:
    """How a press went."""

    outcome: str
    status: int | None
    seconds: float
    response_url: str


class SlackSandbox(Sandbox[SlackConfig]):
    """One workspace with an app in it."""

    vendor = "slack"

    def __init__(self, config: SlackConfig) -> None:
        super().__init__(config)
        self.messages: dict[tuple[str, str], SlackMessage] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.limit = ChannelLimit()
        self._last_ts = 0

    def clear_state(self) -> None:
        """Forget messages, response URLs and buckets."""
        self.messages.clear()
        self.response_urls.clear()
        self.limit.clear()

    def state(self) -> dict[str, Any]:
        """Return the channels' messages, with their metadata."""
        messages = [
            {"channel": message.channel, **self.view(message, with_metadata=True)} for message in self.messages.values()
        ]
        return {"messages": messages, "response_urls": len(self.response_urls)}

    def refusal(self, fault: Fault) -> Response:
        """Return `ok: false` with the error's name, HTTP 200 unless told otherwise."""
        return JSONResponse({"ok": False, "error": str(fault.code or "internal_error")}, fault.status or 200)

    def rate_limited(self, fault: Fault | None = None) -> Response:
        """Return Slack's 429."""
        return self.wait_for(1 if fault is None or fault.seconds is None else max(1, round(fault.seconds)))

    def wait_for(self, seconds: int) -> Response:
        """Return Slack's 429 with so many seconds to wait."""
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})

    def view(self, message: SlackMessage, *, with_metadata: bool = False) -> dict[str, Any]:
        """Return a message as the API shows it."""
        config = self.config
        return message.view(
            bot_id=config.bot_id, app_id=config.app_id, team=config.team_id, with_metadata=with_metadata
        )

    def must_be_open(self, channel: str) -> None:
        """Check that the bot may post there. Raises RefusedByName."""
        if channel not in self.config.channels:
            raise RefusedByName("channel_not_found")
        if channel in self.config.archived:
            raise RefusedByName("is_archived")
        if channel in self.config.not_in:
            raise RefusedByName("not_in_channel")

    def channel_wait(self, channel: str) -> int:
        """Take a place in the channel's limit; return the seconds to wait when there is none."""
        config = self.config
        return self.limit.wait(channel, now=time.monotonic(), per_second=config.posts_per_second, burst=config.burst)

    def post(self, channel: str, body: dict[str, Any], *, via: str) -> SlackMessage:
        """Put a message into a channel."""
        message = SlackMessage(
            channel=channel,
            ts=self._ts(),
            text=body.get("text", ""),
            by=self.config.bot_user_id,
            practice_at=self.practice_time.now(),
            blocks=with_block_ids(body.get("blocks") or [], self.random.getrandbits(32)),
            metadata=body.get("metadata"),
            thread_ts=body.get("thread_ts"),
        )
        self.messages[channel, message.ts] = message
        self._note("posted", message, via=via)
        return message

    def update(self, message: SlackMessage, body: dict[str, Any], *, via: str) -> None:
        """Redraw a message; what is not given stays, and an empty list takes the blocks away."""
        message.text = body.get("text", message.text)
        if "blocks" in body:
            message.blocks = with_block_ids(body.get("blocks") or [], self.random.getrandbits(32))
        if "metadata" in body:
            message.metadata = body["metadata"]
        message.edited = True
        self._note("updated", message, via=via)

    def delete(self, message: SlackMessage, *, via: str) -> None:
        """Take a message away."""
        del self.messages[message.channel, message.ts]
        self._note("deleted", message, via=via)

    def found(self, channel: str, ts: str) -> SlackMessage:
        """Return a message. Raises RefusedByName."""
        message = self.messages.get((channel, ts))
        if message is None:
            raise RefusedByName("message_not_found")
        return message

    async def press(
        self, message: SlackMessage, action_id: str, user_id: str, *, base_url: str, by_hand: bool
    ) -> Press:
        """Press a button: send the signed payload and watch for the answer. Raises RefusedByName."""
        block, element = _button(message, action_id)
        token = f"{self.random.getrandbits(96):024x}"
        response_url = f"{base_url}/actions/{self.config.team_id}/{self.random.getrandbits(40)}/{token}"
        self.response_urls[token] = ResponseUrl(message=message, user=user_id, given=time.monotonic())
        payload = self._payload(message, block, element, user_id, response_url)
        about = {"channel": message.channel, "ts": message.ts, "action_id": action_id, "user": user_id}
        self.ledger.add("pressed", by_hand=by_hand, **about)
        if self.config.interactivity_url is None:
            return self._acked("unreachable", None, 0.0, message, about, response_url)
        content = urlencode({"payload": json.dumps(payload)}).encode()
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def ended(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        self.outbox.send(
            event="block_actions",
            url=self.config.interactivity_url,
            build=lambda attempt: self._signed(content),
            # Slack does not document that it repeats interactions.
            policy=RetryPolicy(gaps=(), timeout=self.config.ack_seconds),
            fields=about,
            on_end=ended,
        )
        answer = await answered
        outcome = "ok" if answer.status == 200 else "late" if answer.error == "timeout" else "error"
        outcome = "unreachable" if answer.error in {"connect", "lost"} else outcome
        return self._acked(outcome, answer.status, answer.seconds, message, about, response_url)

    def answer(self, token: str, body: dict[str, Any]) -> None:
        """Do what a post to a response URL asks for. Raises RefusedByName when it is used up, old or unknown."""
        use = self.response_urls.get(token)
        too_old = use is not None and time.monotonic() - use.given > self.config.response_url_seconds
        if use is None or too_old or use.uses >= self.config.response_url_uses:
            raise RefusedByName("used_url" if use is not None and not too_old else "expired_url")
        use.uses += 1
        if body.get("delete_original"):
            self.delete(use.message, via="response_url")
        elif body.get("replace_original"):
            self.update(use.message, {"text": "", "blocks": [], **body}, via="response_url")
        elif body.get("response_type") == "in_channel":
            self.post(use.message.channel, body, via="response_url")
        else:
            self.whisper(use.message, use.user, body.get("text", ""))

    def whisper(self, message: SlackMessage, user: str, text: str) -> None:
        """Show one person a text under a card."""
        message.notes.append(Note(text=text, user=user, at=self.practice_time.now()))
        self.ledger.add("ephemeral", channel=message.channel, ts=message.ts, user=user, text=text)

    def _acked(
        self,
        outcome: str,
        status: int | None,
        seconds: float,
        message: SlackMessage,
        about: dict[str, Any],
        response_url: str,
    ) -> Press:
        self.ledger.add("acked", outcome=outcome, status=status, seconds=round(seconds, 3), **about)
        if outcome != "ok":
            text = f"⚠️ {self.config.bot_name} is not responding ({outcome})."
            message.notes.append(Note(text=text, user=about["user"], at=self.practice_time.now()))
        return Press(outcome=outcome, status=status, seconds=seconds, response_url=response_url)

    def _payload(
        self, message: SlackMessage, block: dict[str, Any], element: dict[str, Any], user_id: str, response_url: str
    ) -> dict[str, Any]:
        config = self.config
        user = config.users[user_id]
        action = {name: element[name] for name in ("action_id", "value", "text", "style", "type") if name in element}
        return {
            "type": "block_actions",
            "user": {"id": user_id, "username": user.username, "name": user.username, "team_id": config.team_id},
            "api_app_id": config.app_id,
            "token": "deprecated-verification-token",
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": False,
            },
            "trigger_id": f"{self.random.getrandbits(32)}.{self.random.getrandbits(32)}",
            "team": {"id": config.team_id, "domain": config.team_domain},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": message.channel, "name": config.channels[message.channel]},
            "message": self.view(message),
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [{**action, "block_id": block["block_id"], "action_ts": self._ts()}],
        }

    def _signed(self, content: bytes) -> WebhookRequest:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.config.signing_secret, timestamp, content),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        return WebhookRequest(content=content, headers=headers)

    def _note(self, kind: str, message: SlackMessage, *, via: str) -> None:
        self.ledger.add(
            kind,
            channel=message.channel,
            ts=message.ts,
            text=message.text,
            blocks=message.blocks,
            metadata=message.metadata,
            via=via,
        )

    def _ts(self) -> str:
        """Return the next ts: real time in microseconds, never the same twice."""
        self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"


def with_block_ids(blocks: list[dict[str, Any]], salt: int) -> list[dict[str, Any]]:
    """Return blocks with the ids that Slack gives to blocks and elements that have none."""
    named: list[dict[str, Any]] = []
    for number, block in enumerate(blocks):
        full = {**block, "block_id": block.get("block_id", f"b{salt:08x}{number}")}
        if block["type"] == "actions":
            elements = enumerate(block["elements"])
            full["elements"] = [{"action_id": f"a{salt:08x}{number}{place}", **element} for place, element in elements]
        named.append(full)
    return named


def _button(message: SlackMessage, action_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for block in message.blocks:
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            if element.get("type") == "button" and element.get("action_id") == action_id:
                return block, element
    raise RefusedByName("no_such_button")
