"""Messages as Slack keeps them, and the arguments that make them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandboxes.slack.blocks import InvalidBlocksError, check_blocks

LONGEST_TEXT = 40_000


class RefusedByName(Exception):
    """Raised for arguments Slack refuses; `name` is the error's name, `messages` say where."""

    def __init__(self, name: str, *messages: str) -> None:
        super().__init__(name)
        self.name = name
        self.messages = messages


@dataclass(kw_only=True)
class Note:
    """An answer that only one person sees, or a hint of the client itself, shown under a card."""

    text: str
    user: str
    at: datetime


@dataclass(kw_only=True)
class SlackMessage:
    """One message of a channel; `ts` is its id there."""

    channel: str
    ts: str
    text: str
    by: str
    practice_at: datetime
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    edited: bool = False
    notes: list[Note] = field(default_factory=list)

    def view(self, *, bot_id: str, app_id: str, team: str, with_metadata: bool) -> dict[str, Any]:
        """Return the message as the API shows it."""
        shown: dict[str, Any] = {
            "type": "message",
            "user": self.by,
            "bot_id": bot_id,
            "app_id": app_id,
            "team": team,
            "text": self.text,
            "ts": self.ts,
        }
        if self.blocks:
            shown["blocks"] = self.blocks
        if self.thread_ts:
            shown["thread_ts"] = self.thread_ts
        if self.edited:
            shown["edited"] = {"user": self.by, "ts": self.ts}
        if with_metadata and self.metadata is not None:
            shown["metadata"] = self.metadata
        return shown


def check_content(body: dict[str, Any], known: frozenset[str]) -> None:
    """Check what a post or update says. Raises RefusedByName.

    Slack ignores arguments it does not know; here they are refused, so that a misspelt one is noticed.
    """
    unknown = sorted(set(body) - known)
    if unknown:
        raise RefusedByName("invalid_arguments", f"[ERROR] no such argument: {unknown[0]}")
    text, blocks = body.get("text", ""), body.get("blocks")
    if not isinstance(text, str):
        raise RefusedByName("invalid_arguments", "[ERROR] text must be a string")
    if not text and not blocks and not body.get("attachments"):
        raise RefusedByName("no_text")
    if len(text) > LONGEST_TEXT:
        raise RefusedByName("msg_too_long")
    if blocks is not None:
        try:
            check_blocks(blocks)
        except InvalidBlocksError as problem:
            raise RefusedByName("invalid_blocks", f"[ERROR] {problem}") from problem
    metadata = body.get("metadata")
    if metadata is not None and (
        not isinstance(metadata, dict)
        or set(metadata) != {"event_type", "event_payload"}
        or not isinstance(metadata["event_type"], str)
        or not isinstance(metadata["event_payload"], dict)
    ):
        raise RefusedByName("invalid_metadata_format", "[ERROR] metadata is {event_type, event_payload}")
