"""What of the calendar is not understood: it keeps its time, and staff hear once what to add or to look at.

One Task for each thing the matrix lacks, however many visits name it; one for each row that could not be read. They
settle by themselves: when the thing has been added, when the row can be read, or is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from domain import task_keys
from domain.calendar import Visit
from domain.catalogue import Location, Matrix
from domain.messages import calendar_not_understood
from domain.messages.task_words import TaskWords
from domain.tasks import TaskKind
from models.repositories import not_in_matrix, tasks
from models.repositories.practices import PracticeFacts
from operations import journey_deliveries
from operations.message_facts import visit_facts_of
from operations.pms_references import References
from operations.staff_tasks import new_task, open_and_post, withdraw_task
from vendors.pms.base import PmsUnread

#: A state nobody knows is one question, however many visits have it.
_STATE = ("state",)


def report(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    visit: Visit,
    *,
    fields: tuple[str, ...],
    now: datetime,
) -> None:
    """Tell staff what the matrix lacks of a visit still to come, and which of its `fields` could not be read."""
    coming = visit.state.occupies and bool(visit.segments) and visit.during.end > now
    reference = f"visit {visit.appointment_id}"
    if coming:
        facts = visit_facts_of(matrix, visit, None)
        for unknown in sorted(visit.unknown):
            words = calendar_not_understood.not_in_matrix(
                kind=unknown.kind, ref=unknown.ref, visit=facts, now=now, reference=reference
            )
            _ask(session, practice, words, key=task_keys.not_in_matrix_key(unknown), now=now)
    key = task_keys.partly_read_key(visit, fields, of_all=fields == _STATE)
    for task in tasks.open_of_appointment(session, practice.id, visit.appointment_id):
        if task.kind == TaskKind.VISIT_PARTLY_READ and task_keys.first(task.key) != key:
            withdraw_task(session, practice, task, why="it can be read", now=now)
    if coming and fields:
        words = calendar_not_understood.visit_partly_read(
            fields=fields, visit=visit_facts_of(matrix, visit, None), now=now, reference=reference
        )
        about = None if fields == _STATE else visit.appointment_id
        _ask(session, practice, words, key=key, now=now, appointment_id=about)


def report_rows(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    location: Location,
    rows: Iterable[PmsUnread],
    *,
    now: datetime,
) -> None:
    """Tell staff of rows of a day that are neither visit nor block nor shift."""
    for row in rows:
        if row.end is not None and row.end <= now:
            continue
        provider = matrix.find_provider(References(matrix).provider_id(row.provider_ref))
        words = calendar_not_understood.row_unread(
            kind=row.kind,
            ref=row.ref,
            provider=None if provider is None else provider.display_name,
            start=row.start,
            zone=location.zone,
            fields=row.unread,
            takes_time=row.occupies,
        )
        key = task_keys.row_key(row.ref or f"{row.kind} of {row.provider_ref} at {row.start}")
        _ask(session, practice, words, key=key, now=now)


def rows_gone(session: Session, practice: PracticeFacts, refs: Iterable[str], *, now: datetime) -> None:
    """Rows with these references can be read, or are gone."""
    keys = {task_keys.row_key(ref) for ref in refs if ref}
    for task in tasks.open_of_kind(session, practice.id, TaskKind.ROW_UNREAD) if keys else ():
        if task_keys.first(task.key) in keys:
            withdraw_task(session, practice, task, why="it can be read, or is gone", now=now)


def settle(session: Session, practice: PracticeFacts, matrix: Matrix, *, now: datetime) -> int:
    """What the matrix has by now: its Task is settled, and the visits that name it are read again. Returns how many."""
    references = References(matrix)
    for task in tasks.open_of_kind(session, practice.id, TaskKind.NOT_IN_MATRIX):
        if references.knows(task_keys.unknown_of(task.key)):
            withdraw_task(session, practice, task, why="it has been added", now=now)
    found = {
        (one.appointment_id, one.turn)
        for one in not_in_matrix.visits(session, practice.id, since=now)
        if references.knows(one.unknown)
    }
    for appointment_id, turn in sorted(found):
        key = f"known:{appointment_id}:{turn}:{now:%Y%m%d%H%M}"
        journey_deliveries.look_at_visit(session, practice.id, appointment_id, turn=turn, key=key, now=now)
    return len(found)


def _ask(
    session: Session,
    practice: PracticeFacts,
    words: TaskWords,
    *,
    key: str,
    now: datetime,
    appointment_id: int | None = None,
) -> None:
    """Once; and anew where the last one had settled by itself. What staff answered stays answered."""
    new = new_task(practice, words, key=key, now=now, appointment_id=appointment_id)
    times = 1
    while open_and_post(session, practice, new, now=now).state == "withdrawn":
        times += 1
        new = replace(new, key=task_keys.again(key, times))
