"""Who may answer for a practice from its staff chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from models.practice import StaffAccount


def name_of(session: Session, practice_id: int, chat_user: str) -> str | None:
    """The account's name; None for somebody who may not answer for the practice."""
    found: str | None = session.execute(
        select(col(StaffAccount.name)).where(
            col(StaffAccount.practice_id) == practice_id,
            col(StaffAccount.chat_user) == chat_user,
            col(StaffAccount.active),
        )
    ).scalar_one_or_none()
    return found


@dataclass(frozen=True, kw_only=True)
class StaffMember:
    id: int
    name: str
    chat_user: str


def active(session: Session, practice_id: int) -> tuple[StaffMember, ...]:
    """Who may answer for the practice, by name."""
    rows = session.execute(
        select(StaffAccount)
        .where(col(StaffAccount.practice_id) == practice_id, col(StaffAccount.active))
        .order_by(col(StaffAccount.name), col(StaffAccount.id))
    ).scalars()
    return tuple(StaffMember(id=row.id or 0, name=row.name, chat_user=row.chat_user) for row in rows)


def replace(session: Session, practice_id: int, names: Mapping[str, str]) -> tuple[int, int]:
    """Make these, by chat user, all who may; returns how many are new and how many were there.

    Whoever is left out may no more: a list of permissions is whole or it is none.
    """
    known = {
        row.chat_user: row
        for row in session.execute(select(StaffAccount).where(col(StaffAccount.practice_id) == practice_id)).scalars()
    }
    for chat_user, row in known.items():
        row.active = chat_user in names
        row.name = names.get(chat_user, row.name)
    for chat_user in names.keys() - known.keys():
        session.add(StaffAccount(practice_id=practice_id, name=names[chat_user], chat_user=chat_user))
    session.flush()
    return len(names.keys() - known.keys()), len(names.keys() & known.keys())
