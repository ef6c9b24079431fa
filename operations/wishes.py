"""When a client can come, as they told us: their wish on the waitlist says it from then on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from sqlmodel import Session

from domain.clients import WeeklyWindow
from domain.journey_names import Journey
from domain.messages.wishes import wish_words
from domain.wishes import Wish
from models.repositories import tasks, waitlist
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import ReceiptFacts


def take(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, *, entry_id: int, client_id: int, wish: Wish
) -> None:
    """The entry says it from now on, and the decision is kept with the text it came from; in the caller's
    transaction."""
    waitlist.take_wish(
        session,
        practice.id,
        entry_id,
        windows=wish.windows if wish.says_when else None,
        earliest=wish.earliest,
        latest=wish.latest,
    )
    tasks.decide(
        session,
        practice.id,
        journey=Journey.REPLY.value,
        ref=receipt.id,
        subject="when_suits",
        verdict="taken",
        reasons=[{"client": client_id, "entry": entry_id, "words": in_words(wish)}],
        now=receipt.practice_at,
        decided_by="client",
    )


def in_words(wish: Wish) -> str:
    """As staff read it."""
    return wish_words(windows=wish.windows, earliest=wish.earliest, latest=wish.latest, says_when=wish.says_when)


def as_json(wish: Wish) -> dict[str, Any]:
    """For the receipt of the text that says it."""
    return {
        "windows": [[one.weekday, one.start.isoformat(), one.end.isoformat()] for one in wish.windows],
        "earliest": None if wish.earliest is None else wish.earliest.isoformat(),
        "latest": None if wish.latest is None else wish.latest.isoformat(),
        "says_when": wish.says_when,
        "unread": list(wish.unread),
    }


def from_json(document: Mapping[str, Any]) -> Wish:
    def day(name: str) -> date | None:
        return None if document[name] is None else date.fromisoformat(document[name])

    return Wish(
        windows=tuple(
            WeeklyWindow(weekday=weekday, start=time.fromisoformat(start), end=time.fromisoformat(end))
            for weekday, start, end in document["windows"]
        ),
        earliest=day("earliest"),
        latest=day("latest"),
        says_when=document["says_when"],
        unread=tuple(document["unread"]),
    )
