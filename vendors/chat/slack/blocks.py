"""A card in Slack's Block Kit, inside its limits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vendors.chat.base import Card, CardButton

EVENT_TYPE = "chairflow_task"

# https://docs.slack.dev/reference/block-kit/blocks
_HEADER = 150
_SECTION = 3000
_FIELD = 2000
_FIELDS_PER_SECTION = 10
_BUTTONS = 25
_LABEL = 75
_VALUE = 2000
_ID = 255
_URL = 3000
_BLOCKS = 50
_FALLBACK = 3000

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def message(card: Card) -> dict[str, Any]:
    """`text`, `blocks` and `metadata` of a card. Raises `ValueError` for what cannot be shortened without a lie."""
    return {
        # Shown on lock screens and in digests, so it says no more than the title.
        "text": mrkdwn(card.title, limit=_FALLBACK),
        "blocks": list(_blocks(card)),
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"intent": card.key}},
    }


def mrkdwn(text: str, *, limit: int) -> str:
    """Text that pings nobody and forges no link, at most `limit` characters, never cut inside an escape."""
    parts = [_ESCAPES.get(character, character) for character in text]
    return _fit(parts, limit)


def plain(text: str, *, limit: int) -> str:
    """Text for a `plain_text` object, at most `limit` characters."""
    return _fit(list(text), limit)


def _fit(parts: list[str], limit: int) -> str:
    if sum(map(len, parts)) <= limit:
        return "".join(parts)
    kept, room = [], limit - 1
    for part in parts:
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    return "".join(kept).rstrip() + "…"


def _blocks(card: Card) -> Iterable[dict[str, Any]]:
    if card.title:
        yield {"type": "header", "text": {"type": "plain_text", "text": plain(card.title, limit=_HEADER)}}
    # Header, text and buttons take three of a message's blocks.
    facts = card.facts[: (_BLOCKS - 3) * _FIELDS_PER_SECTION]
    for at in range(0, len(facts), _FIELDS_PER_SECTION):
        fields = [
            {"type": "mrkdwn", "text": mrkdwn_fact(label, value)}
            for label, value in facts[at : at + _FIELDS_PER_SECTION]
        ]
        yield {"type": "section", "fields": fields}
    if card.text:
        yield {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn(card.text, limit=_SECTION)}}
    if card.buttons:
        if len(card.buttons) > _BUTTONS:
            raise ValueError(f"card.buttons has more than {_BUTTONS}; show fewer choices")
        yield {
            "type": "actions",
            "block_id": plain(f"task:{card.key}", limit=_ID),
            "elements": [_button(button) for button in card.buttons],
        }


def mrkdwn_fact(label: str, value: str) -> str:
    """A label in bold with its value below."""
    head = f"*{mrkdwn(label, limit=_LABEL)}*\n"
    return head + mrkdwn(value or "–", limit=_FIELD - len(head))


def _button(button: CardButton) -> dict[str, Any]:
    # A shortened label still reads; a shortened value, action or address would mean something else.
    for field, limit in (("action", _ID), ("value", _VALUE), ("url", _URL)):
        if len(getattr(button, field) or "") > limit:
            raise ValueError(f"button.{field} is longer than {limit} characters; use a reference instead")
    element: dict[str, Any] = {
        "type": "button",
        "action_id": button.action,
        "text": {"type": "plain_text", "text": plain(button.label, limit=_LABEL)},
    }
    if button.value:
        element["value"] = button.value
    if button.url:
        element["url"] = button.url
    if button.primary:
        element["style"] = "primary"
    return element
