"""What Chairflow asks of the practice's staff chat. Staff only, never a patient; no names, no treatments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class CardButton:
    """A button that answers (`action`, `value`) or opens a page (`url`)."""

    label: str
    action: str
    value: str
    url: str | None = None
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class Card:
    """A task as staff see it: what, with whom, when and whose, by initials; names and drafts are behind the link."""

    title: str
    #: Pairs of label and value.
    facts: tuple[tuple[str, str], ...]
    text: str
    buttons: tuple[CardButton, ...]
    #: Our intent's reference; lets an ambiguous post be found again.
    key: str


@dataclass(frozen=True, kw_only=True)
class PostedCard:
    """Where a card stands, so that it can be redrawn."""

    channel: str
    ref: str


@dataclass(frozen=True, kw_only=True)
class CardPress:
    """Somebody pressed a button."""

    event_key: str
    team_ref: str
    user_ref: str
    user_name: str
    action: str
    value: str
    channel: str
    card_ref: str
    response_url: str


class Chat(Protocol):
    """One workspace."""

    def post(self, *, channel: str, card: Card) -> PostedCard:
        """Post a card. Raises `vendors.errors.VendorError`."""

    def redraw(self, *, posted: PostedCard, card: Card) -> None:
        """Replace a card."""

    def remove(self, *, posted: PostedCard) -> None:
        """Take a card away; one that is gone already is no error. Raises `Refused` where the vendor keeps it."""

    def find(self, *, channel: str, key: str, since: datetime) -> PostedCard | None:
        """Read back after an ambiguous post. `since` is real time; `channel` is the vendor's id, not a name."""

    def answer(self, *, response_url: str, text: str, card: Card | None = None) -> None:
        """Answer a press: to the presser alone, or redraw the card for all when `card` is given."""


class ChatWebhooks(Protocol):
    """Reads interactions. Pure."""

    def press(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> CardPress:
        """Raises `Unauthorised`, `Malformed` or `Undocumented`."""
