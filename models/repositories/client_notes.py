"""What staff noted about clients, for staff who decide about them: never for clients, a chat or a log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.client import ClientNote
from models.queries import one_of


@dataclass(frozen=True, kw_only=True)
class Note:
    on: date
    by: str
    text: str


def latest(
    session: Session, practice_id: int, client_ids: Iterable[int], *, most: int = 3
) -> dict[int, tuple[Note, ...]]:
    """The newest notes of each of these clients, newest first; who has none is left out."""
    place = func.row_number().over(
        partition_by=col(ClientNote.client_id), order_by=(col(ClientNote.noted_on).desc(), col(ClientNote.id).desc())
    )
    placed = (
        select(ClientNote, place.label("place"))
        .where(col(ClientNote.practice_id) == practice_id, one_of(col(ClientNote.client_id), client_ids))
        .subquery()
    )
    found: dict[int, list[Note]] = defaultdict(list)
    for row in session.execute(
        select(placed.c.client_id, placed.c.noted_on, placed.c.author, placed.c.text)
        .where(placed.c.place <= most)
        .order_by(placed.c.client_id, placed.c.place)
    ):
        found[row.client_id].append(Note(on=row.noted_on, by=row.author, text=row.text))
    return {client_id: tuple(notes) for client_id, notes in found.items()}


def of_task(
    session: Session, practice_id: int, *, client_id: int | None, shortlist: Iterable[Mapping[str, Any]]
) -> dict[int, tuple[Note, ...]]:
    """The same for everybody a task names."""
    named = {client_id, *(one.get("client_id") for one in shortlist)}
    return latest(session, practice_id, [one for one in named if one is not None])
