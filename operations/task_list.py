"""What waits for a person, as a list: whoever missed a card finds everything here.

Names stand in it, as they do on each task's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlmodel import Session

from domain.messages import task_cards
from domain.tasks import Group, Owner, group_of, spec_of
from models.repositories import practices, tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations import task_progress

#: More than anybody works off; what is left out is said.
MOST: Final = 200


@dataclass(frozen=True, kw_only=True)
class ListedTask:
    """One open task. `what` is its kind in the desk's words, `about` with whom and when, `who` whose it is."""

    token: str
    what: str
    about: str
    who: str
    due: str
    overdue: bool
    for_whom: str


@dataclass(frozen=True, kw_only=True)
class OpenTasks:
    """The list by groups, the soonest deadline first in each. `mark` changes when the list does."""

    groups: tuple[tuple[Group, tuple[ListedTask, ...]], ...]
    left_out: int
    mark: str


def listed(session: Session, practice: PracticeFacts, *, now: datetime) -> OpenTasks:
    rows = tasks.open_of_practice(session, practice.id, limit=MOST + 1)
    matrix = practices.matrix(session, practice.id)

    def shown(task: TaskRow) -> ListedTask:
        about = task_progress.subject(session, practice, task, named=True, matrix=matrix)
        owner = spec_of(task.kind).owner
        return ListedTask(
            token=task.token,
            what=spec_of(task.kind).words,
            about=", ".join(one for one in (about.provider, task_cards.moment(about)) if one),
            who=about.who,
            due=task_cards.due_words(task.due_at, zone=about.zone, now=now),
            overdue=task.due_at < now,
            for_whom="" if owner is Owner.FRONT_DESK else owner.value,
        )

    by_group = {group: tuple(shown(one) for one in rows[:MOST] if group_of(one.kind) is group) for group in Group}
    return OpenTasks(
        groups=tuple((group, of_group) for group, of_group in by_group.items() if of_group),
        left_out=max(0, len(rows) - MOST),
        mark=_mark(rows, now),
    )


def mark(session: Session, practice: PracticeFacts, *, now: datetime) -> str:
    """What changes when the list does: which tasks are open, and which of them are overdue."""
    return _mark(tasks.open_of_practice(session, practice.id, limit=MOST + 1), now)


def _mark(rows: tuple[TaskRow, ...], now: datetime) -> str:
    stands = ",".join(f"{one.id}{'!' if one.due_at < now else ''}" for one in rows)
    return sha256(stands.encode()).hexdigest()[:16]
