"""Cards in Slack through its Web API, which answers 200 even when it says no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from vendors.chat.base import Card, PostedCard
from vendors.chat.slack.blocks import EVENT_TYPE, message, mrkdwn
from vendors.deadline import CALL_SECONDS, deadline
from vendors.errors import BadAnswer, Misconfigured, RateLimited, Refused
from vendors.http import Answer, VendorHttp, retry_after

VENDOR = "slack"
PRODUCTION_URL = "https://slack.com/api"

#: An administrator has to act: the token, a permission, or a channel that is gone or that the bot is not in.
_MISCONFIGURED = frozenset(
    {
        "account_inactive",
        "channel_not_found",
        "invalid_auth",
        "is_archived",
        "missing_scope",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "token_expired",
        "token_revoked",
    }
)
#: Slack itself failed, so it may have posted.
_FAILED = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})

_ANSWER_LIMIT = 3000


class SlackChat:
    """One workspace. Implements `Chat`; safe to share between threads."""

    def __init__(
        self,
        *,
        bot_token: str,
        base_url: str = PRODUCTION_URL,
        # The only places a press may be answered at, since its address comes from outside.
        response_hosts: frozenset[str] = frozenset({"hooks.slack.com"}),
        http: VendorHttp | None = None,
        call_seconds: float = CALL_SECONDS,
        # A message a second in a channel is allowed.
        default_wait: timedelta = timedelta(seconds=1),
        history_pages: int = 5,
        clock_skew: timedelta = timedelta(seconds=5),
    ) -> None:
        self._bot_token = bot_token
        self._base_url = base_url.rstrip("/")
        self._response_hosts = response_hosts
        self._http = http or VendorHttp(VENDOR, call_seconds=call_seconds)
        self._call_seconds = call_seconds
        self._default_wait = default_wait
        self._history_pages = history_pages
        self._clock_skew = clock_skew

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def post(self, *, channel: str, card: Card) -> PostedCard:
        """Post a card. Raises `vendors.errors.VendorError`."""
        said = self._write("chat.postMessage", {"channel": channel, **message(card)})
        if not isinstance(said.get("channel"), str) or not isinstance(said.get("ts"), str):
            raise BadAnswer("channel or ts is missing", vendor=VENDOR, operation="chat.postMessage")
        # Slack's own channel id, which an update needs where the channel was named.
        return PostedCard(channel=said["channel"], ref=said["ts"])

    def redraw(self, *, posted: PostedCard, card: Card) -> None:
        """Replace a card."""
        self._write("chat.update", {"channel": posted.channel, "ts": posted.ref, **message(card)})

    def remove(self, *, posted: PostedCard) -> None:
        """Take a card away. Raises `Refused` where a workspace's settings keep it."""
        try:
            self._write("chat.delete", {"channel": posted.channel, "ts": posted.ref})
        except Refused as error:
            if error.code != "message_not_found":
                raise

    def find(self, *, channel: str, key: str, since: datetime) -> PostedCard | None:
        """Read back after an ambiguous post, by the metadata our cards carry."""
        params: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{(since - self._clock_skew).timestamp():.6f}",
            "inclusive": "true",
            "include_all_metadata": "true",
            "limit": "100",
        }
        with deadline(self._call_seconds):
            for _ in range(self._history_pages):
                said = self._read("conversations.history", params)
                for row in said.get("messages") or ():
                    if _intent(row) == key and isinstance(row.get("ts"), str):
                        return PostedCard(channel=channel, ref=row["ts"])
                cursor = (said.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    return None
                params["cursor"] = cursor
        # "Not there" would mean a second post, so an unfinished search must not say it.
        raise BadAnswer(
            f"the history goes on after {self._history_pages} pages", vendor=VENDOR, operation="conversations.history"
        )

    def team(self) -> str:
        """The id of the workspace the token is for. Raises `vendors.errors.VendorError`."""
        said = self._read("auth.test", {})
        if not isinstance(said.get("team_id"), str):
            raise BadAnswer("team_id is missing", vendor=VENDOR, operation="auth.test")
        return str(said["team_id"])

    def answer(self, *, response_url: str, text: str, card: Card | None = None) -> None:
        """Answer a press: to the presser alone, or redraw the card for all when `card` is given."""
        if urlsplit(response_url).hostname not in self._response_hosts:
            raise Refused("response_url is not Slack's", vendor=VENDOR, operation="response_url", code="bad_host")
        if card is None:
            note = mrkdwn(text, limit=_ANSWER_LIMIT)
            body: dict[str, Any] = {"response_type": "ephemeral", "replace_original": False, "text": note}
        else:
            body = {"replace_original": True, **message(card)}
        said = self._http.send("POST", response_url, operation="response_url", writes=True, json=body)
        if said.status in (401, 403):
            # There is no credential here but the address itself, which lives for thirty minutes and five answers.
            raise Refused("it is no longer taken", vendor=VENDOR, operation="response_url", code=str(said.status))
        said.raise_for_status(default_wait=self._default_wait)
        if said.status >= 400:
            raise Refused("it is no longer taken", vendor=VENDOR, operation="response_url", code=str(said.status))

    def _write(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._http.send(
            "POST",
            f"{self._base_url}/{method}",
            operation=method,
            writes=True,
            headers=self._headers(),
            json=dict(body),
        )
        return self._said(answer)

    def _read(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._http.send(
            "GET", f"{self._base_url}/{method}", operation=method, writes=False, headers=self._headers(), params=params
        )
        return self._said(answer)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._bot_token}", "content-type": "application/json; charset=utf-8"}

    def _said(self, answer: Answer) -> dict[str, Any]:
        answer.raise_for_status(default_wait=self._default_wait)
        said = answer.json_object()
        if said.get("ok") is True:
            return said
        error = said.get("error")
        code = error if isinstance(error, str) and re.fullmatch(r"[a-z0-9_]{1,60}", error) else None
        where = {"vendor": VENDOR, "operation": answer.operation}
        if code is None:
            raise BadAnswer("neither ok nor a named error", **where)
        if code in ("ratelimited", "rate_limited"):
            wait = retry_after(answer.headers, default=self._default_wait)
            raise RateLimited("too many requests", code=code, retry_after=wait, **where)
        if code in _MISCONFIGURED:
            raise Misconfigured("the bot's token, permission or channel is wrong", code=code, **where)
        if code in _FAILED:
            raise answer.lost("the vendor failed", code=code)
        raise Refused("the request is refused", code=code, **where)


def _intent(row: Any) -> str | None:
    metadata = row.get("metadata") if isinstance(row, dict) else None
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    intent = payload.get("intent") if isinstance(payload, dict) else None
    return intent if isinstance(intent, str) else None
