"""What the conversation adds to a text: which of our texts a reaction quotes, and whether a machine is answering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.reading import understand
from domain.reading.machines import answers_by_itself, says_again
from domain.reading.meanings import Meaning, Reading
from domain.reading.normalise import normalise


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text of the conversation; `ours` or the client's. `about` names what ours asked about: its kind and id."""

    ours: bool
    body: str
    at: datetime
    about: tuple[str, int] | None = None
    #: Of the client's: the receipt it came with.
    receipt_id: int | None = None


def is_machine(reading: Reading, text: str, *, at: datetime, before: Sequence[Said]) -> bool:
    """Whether a phone or mailbox answered by itself: by its words, or where nothing else could be read, by its habit.

    `before` are the earlier texts, oldest first.
    """
    if reading.automatic or reading.meaning is not Meaning.OTHER:
        return reading.automatic
    return answers_by_itself(
        normalise(text).words,
        after_ours=_after_ours(at, before),
        earlier=[normalise(one.body).words for one in before if not one.ours],
    )


def handed_over(text: str, *, before: Sequence[Said]) -> tuple[Said, ...]:
    """The earlier texts of a conversation whose hand-over covers this one of a machine: all that were a machine's, and,
    of a wording that nobody knew, the first of those that it repeats."""
    words = normalise(text).words
    return tuple(
        one
        for place, one in enumerate(before)
        if not one.ours
        and (
            says_again(words, [normalise(one.body).words])
            or is_machine(understand(one.body), one.body, at=one.at, before=before[:place])
        )
    )


def may_be_a_person_again(reading: Reading, *, at: datetime, before: Sequence[Said]) -> bool:
    """Whether a text that is only known for its repetition may be a person's who asks again: no text of ours set it
    off."""
    after_ours = _after_ours(at, before)
    return not reading.automatic and (after_ours is None or after_ours > _SET_OFF)


#: Practice time after a text of ours within which an answer may have been set off by it.
_SET_OFF = timedelta(minutes=1)


def _after_ours(at: datetime, before: Sequence[Said]) -> timedelta | None:
    newest_of_ours = max((one.at for one in before if one.ours and one.at <= at), default=None)
    return None if newest_of_ours is None else at - newest_of_ours
