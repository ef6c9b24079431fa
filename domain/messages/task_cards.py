"""What a card in the staff chat says of a task, and what became of its answer, in one sentence.

The sentences stand on the task's page, in the API and at a terminal as well. In a chat clients are initials, unless the
practice may and chose to name them there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.messages.facts import clock_time
from domain.messages.task_facts import day_words
from domain.messages.task_words import sentence
from domain.tasks import BOOKED, RELEASE, SEND_DRAFT, Group, TaskKind, group_of, spec_of
from domain.wall_time import local_date


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a task is about, as a card says it. `who`: initials, or a name where the practice may. `at`: when the time
    it is about begins; where it is about none (`is_a_time`), when the task was opened."""

    at: datetime
    zone: str
    is_a_time: bool = True
    provider: str = ""
    who: str = ""


class AnswerStage(StrEnum):
    """How far an answer has come."""

    RECEIVED = "received"
    BOOKING = "booking"
    ASKED = "asked"
    #: From here on nothing more comes of it by itself.
    BOOKED = "booked"
    REFUSED = "refused"
    #: A person has the rest, by another task.
    HANDED_OVER = "handed over"
    DONE = "done"

    @property
    def final(self) -> bool:
        return self not in {AnswerStage.RECEIVED, AnswerStage.BOOKING}


def first_line(kind: str, about: Subject) -> str:
    """ "Nobody left to ask: Dr. Lee, Tue Nov 24, 3:00 PM, R.K.", "A text to read: since Tue Nov 24, 8:24 AM, R.K." """
    parts = (about.provider, moment(about) if about.is_a_time else f"since {moment(about)}", about.who)
    return f"{spec_of(kind).words.rstrip('?')}: {', '.join(one for one in parts if one)}"


def moment(about: Subject) -> str:
    """ "Tue Nov 24, 3:00 PM" on the wall of the place."""
    return f"{day_words(local_date(about.at, about.zone))}, {clock_time(about.at, about.zone)}"


def due_words(due_at: datetime, *, zone: str, now: datetime) -> str:
    """ "Due 3:00 PM", "Due Wed Nov 25, 9:00 AM", "Overdue since 3:00 PM" """
    on = local_date(due_at, zone)
    day = "" if on == local_date(now, zone) else f"{day_words(on)}, "
    return f"{'Overdue since' if due_at < now else 'Due'} {day}{clock_time(due_at, zone)}"


def the_time(about: Subject) -> str:
    """ "3:00 PM with Dr. Lee" """
    if not about.is_a_time:
        return "that time"
    return f"{clock_time(about.at, about.zone)}{f' with {about.provider}' if about.provider else ''}"


def assigned(*, by: str, about: Subject, stage: AnswerStage, why: str = "") -> str:
    """ "Jana booked R.K. at 3:00 PM with Dr. Lee.": only what has happened is said to have."""
    match stage:
        case AnswerStage.BOOKED:
            return f"{by} booked {about.who} at {the_time(about)}."
        case AnswerStage.REFUSED:
            return sentence(f"{by} chose {about.who} for {the_time(about)}. It was refused: {_lower(why)}")
        case AnswerStage.HANDED_OVER:
            return sentence(f"{by} chose {about.who} for {the_time(about)}. It is not booked yet: {_lower(why)}")
        case AnswerStage.BOOKING:
            return f"{by} chose {about.who} for {the_time(about)}: being booked."
        case _:
            return f"{by} chose {about.who} for {the_time(about)}: received, not booked yet."


def offered(*, by: str, about: Subject, stage: AnswerStage, why: str = "") -> str:
    match stage:
        case AnswerStage.ASKED:
            return f"{by} had {about.who} asked about {the_time(about)}."
        case AnswerStage.BOOKED:
            return f"{by} had {about.who} asked about {the_time(about)}, and they are booked."
        case AnswerStage.REFUSED:
            return sentence(f"{by} chose to ask {about.who} about {the_time(about)}. It was refused: {_lower(why)}")
        case _:
            return f"{by} chose to ask {about.who} about {the_time(about)}: received, not sent yet."


def answered(kind: str, action: str, *, by: str, about: Subject, choices: Sequence[dict[str, Any]]) -> str:
    """An answer that is carried out by being written down."""
    who = about.who or "the client"
    if action == "go":
        return f"{by} sent the offers for {the_time(about)}."
    if action == "leave":
        return f"{by} left {the_time(about)} free."
    if action == BOOKED:
        return f"{by} noted that {who} is booked at {the_time(about)}. It is held until the calendar shows it."
    if RELEASE in {action, _then(action, choices)}:
        told = f" and sent {who} a text" if action == SEND_DRAFT else ""
        return f"{by} let {the_time(about)} go{told}."
    if action == SEND_DRAFT:
        return sentence(f"{by} answered {who}")
    if action == "told":
        return f"{by} told everybody who was asked."
    label = next((str(one.get("label") or "") for one in choices if one.get("action") == action), "")
    if label == "I told them":
        return sentence(f"{by} told {who}")
    if kind == TaskKind.NOT_SEEN:
        return f"{by} noted that {who} was told that the visit stands."
    return f"{by} dealt with it."


def nobody_came(safe_default: str) -> str:
    return f"Nobody answered in time. {safe_default}"


def took_care_of_itself(why: str) -> str:
    """`why` is a phrase of ours, or the ending of a fill."""
    reason = _ENDED.get(why) or why.replace("_", " ")
    return sentence(f"This took care of itself: {reason}") if reason else "This took care of itself."


_ENDED = {
    "filled": "somebody has the time",
    "lapsed": "the time has passed",
    "withdrawn": "the time was taken out",
    "declined": "the time stays free",
    "cancelled": "the visit is cancelled",
    "no_show": "the client did not come",
    "completed": "the visit is over",
    "told": "everybody was told",
}


def bundle_title(kinds: Sequence[str]) -> str:
    """ "5 tasks at once: 3 clients wait, 2 chairs" """
    waits, chairs, other = (sum(group_of(one) is group for one in kinds) for group in Group)
    parts = (
        _count(waits, "client waits", "clients wait"),
        _count(chairs, "chair", "chairs"),
        _count(other, "other", "others"),
    )
    return f"{len(kinds)} tasks at once: {', '.join(one for one in parts if one)}"


def _count(number: int, one: str, many: str) -> str:
    return "" if number == 0 else f"{number} {one if number == 1 else many}"


def _then(action: str, choices: Sequence[dict[str, Any]]) -> str:
    return next((str(one.get("then") or "") for one in choices if one.get("action") == action), "")


def _lower(words: str) -> str:
    """A reason in the middle of a sentence. A name at its head keeps its capital."""
    first = words.split(" ", 1)[0]
    return words[:1].lower() + words[1:] if first in {"The", "It", "A", "That", "This", "Nobody", "Waits"} else words
