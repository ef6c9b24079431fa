"""Twilio's default English opt-out words, and the numbers that used them."""

from __future__ import annotations

from typing import Literal

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

GOODBYE = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe."
)
WELCOME_BACK = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
HELP = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

Word = Literal["STOP", "START", "HELP"]


def word_in(body: str) -> Word | None:
    """Return what a text asks for; only a text that is nothing but the word counts."""
    word = body.strip().upper()
    if word in STOP_WORDS:
        return "STOP"
    if word in START_WORDS:
        return "START"
    return "HELP" if word in HELP_WORDS else None


class Blocks:
    """Who has opted out of what: pairs of a sender (number or Messaging Service) and a person's number."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()

    def add(self, senders: list[str], person: str) -> bool:
        """Block; return whether anything was open before."""
        new = {(sender, person) for sender in senders} - self._pairs
        self._pairs |= new
        return bool(new)

    def lift(self, senders: list[str], person: str) -> bool:
        """Lift the block; return whether there was one."""
        old = {(sender, person) for sender in senders} & self._pairs
        self._pairs -= old
        return bool(old)

    def hold(self, senders: list[str], person: str) -> bool:
        """Say whether any of these senders may not text the person."""
        return any((sender, person) in self._pairs for sender in senders)

    def view(self) -> list[dict[str, str]]:
        """Return all blocks, for the control API."""
        return [{"sender": sender, "person": person} for sender, person in sorted(self._pairs)]

    def clear(self) -> None:
        """Forget all."""
        self._pairs.clear()
