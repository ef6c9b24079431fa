"""Keys of tasks: a second ask of the same thing is the same task. They are spelled and read here alone.

Some hold a vendor's own reference, so a key is never shown and never logged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.calendar import Kind, Unknown, Visit
from domain.tasks import TaskKind

#: Behind the key of a task that was asked for again, after its last one was settled: how often it was.
_AGAIN: Final = re.compile(r"#[0-9]+\Z")

_OF_TEXT: Final = re.compile(rf"(?:text|{TaskKind.RESCHEDULE}:[0-9]+):(?P<receipt>[0-9]{{1,18}})\Z")


def text_key(receipt: int) -> str:
    """The task about what a client wrote; one a text."""
    return f"text:{receipt}"


def reschedule_key(appointment: int, receipt: int) -> str:
    """A wish for another time is one task a text."""
    return f"{TaskKind.RESCHEDULE}:{appointment}:{receipt}"


def receipt_of(key: str) -> int | None:
    """The text that a task is about, of a `text_key` or a `reschedule_key`."""
    found = _OF_TEXT.match(first(key))
    return None if found is None else int(found["receipt"])


def visit_key(kind: TaskKind, visit: Visit, receipt: int | None) -> str:
    """A task about a visit: one for each text that asks for it, or for each time the visit stands at."""
    return f"{kind}:{visit.appointment_id}:{receipt or int(visit.during.start.timestamp())}"


def again(key: str, times: int) -> str:
    """The same ask, for the `times`-th time."""
    return f"{key}#{times}"


def first(key: str) -> str:
    """The key as it was when it was asked for the first time."""
    return _AGAIN.sub("", key)


@dataclass(frozen=True, kw_only=True)
class UnsentKey:
    """A message of a visit that did not reach its client is one task, however it failed."""

    appointment_id: int
    starts_at: datetime
    #: A `contracts.booking.TouchKind`.
    what: str
    lead_minutes: int = 0
    moves: int = 0
    turn: int = 0

    def __str__(self) -> str:
        parts = (self.appointment_id, int(self.starts_at.timestamp()), self.what, self.lead_minutes, self.moves)
        turn = (self.turn,) if self.turn else ()
        return ":".join((TaskKind.TOUCH_UNSENT, *map(str, parts), *map(str, turn)))


def is_unsent_word_of(key: str, visit: Visit) -> bool:
    """Whether the task is about a message that told of the visit at the time it stands at."""
    return key.startswith(f"{TaskKind.TOUCH_UNSENT}:{visit.appointment_id}:{int(visit.during.start.timestamp())}:")


def is_unsent(key: str, what: str) -> bool:
    """Whether the message that did not reach its client is of this kind, a `contracts.booking.TouchKind`."""
    parts = key.split(":")
    return parts[0] == TaskKind.TOUCH_UNSENT and parts[3:4] == [what]


def not_in_matrix_key(unknown: Unknown) -> str:
    """One task for each thing the matrix lacks, however many visits name it."""
    return f"{TaskKind.NOT_IN_MATRIX}:{unknown.kind.value}:{_written(unknown.ref)}"


def unknown_of(key: str) -> Unknown:
    """What the matrix lacks, of a `not_in_matrix_key`."""
    _, kind, ref = first(key).split(":", maxsplit=2)
    return Unknown(kind=Kind(kind), ref=_read(ref))


def partly_read_key(visit: Visit, fields: tuple[str, ...], *, of_all: bool) -> str:
    """What of a visit could not be read; `of_all`: it is one question, however many visits have it."""
    about = "" if of_all else f"{visit.appointment_id}:"
    return f"{TaskKind.VISIT_PARTLY_READ}:{about}{','.join(sorted(set(fields)))}"


def row_key(ref: str) -> str:
    """A row of the calendar that could not be read, by the vendor's reference or by where it stands."""
    return f"{TaskKind.ROW_UNREAD}:{_written(ref)}"


def _written(ref: str) -> str:
    """A vendor's reference may end as the key of a second ask does."""
    return ref.replace("%", "%25").replace("#", "%23") if "#" in ref else ref


def _read(ref: str) -> str:
    return ref.replace("%23", "#").replace("%25", "%") if "%23" in ref else ref
