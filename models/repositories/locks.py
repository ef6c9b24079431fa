"""Advisory locks: one routing at a time for whatever two events could otherwise settle differently."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlmodel import Session


def hold(session: Session, kind: str, practice_id: int, *parts: str) -> None:
    """Wait for this lock and keep it until the transaction ends. Two names may share one: that only costs a wait."""
    name = "\x1f".join((kind, str(practice_id), *parts))
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
