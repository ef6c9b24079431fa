"""What the conversation adds to a text: which of our texts a reaction quotes, and whether a machine is answering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.reading.machines import answers_by_itself
from domain.reading.meanings import Meaning, Reading
from domain.reading.normalise import normalise


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text of the conversation; `ours` or the client's. `about` names what ours asked about: its kind and id."""

    ours: bool
    body: str
    at: datetime
    about: tuple[str, int] | None = None


def is_machine(reading: Reading, text: str, *, at: datetime, before: Sequence[Said]) -> bool:
    """Whether a phone or mailbox answered by itself: by its words, or where nothing else could be read, by its habit.

    `before` are the earlier texts, oldest first.
    """
    if reading.automatic or reading.meaning is not Meaning.OTHER:
        return reading.automatic
    newest_of_ours = max((one.at for one in before if one.ours and one.at <= at), default=None)
    return answers_by_itself(
        normalise(text).words,
        after_ours=None if newest_of_ours is None else at - newest_of_ours,
        earlier=[normalise(one.body).words for one in before if not one.ours],
    )
