"""Advisory locks: one routing at a time for whatever two events could otherwise settle differently."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session


def hold(session: Session, kind: str, practice_id: int, *parts: str) -> None:
    """Wait for this lock and keep it until the transaction ends. Two names may share one: that only costs a wait."""
    session.execute(select(func.pg_advisory_xact_lock(_key(kind, practice_id, *parts))))


def try_hold(session: Session, kind: str, practice_id: int, *parts: str) -> bool:
    """Take this lock until the transaction ends. False at once when somebody else has it."""
    held: bool = session.execute(select(func.pg_try_advisory_xact_lock(_key(kind, practice_id, *parts)))).scalar_one()
    return held


def _key(kind: str, practice_id: int, *parts: str) -> Any:
    return func.hashtextextended("\x1f".join((kind, str(practice_id), *parts)), 0)
