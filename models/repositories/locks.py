"""Advisory locks: one routing at a time for whatever two events could otherwise settle differently."""

from __future__ import annotations

from typing import Final

from sqlalchemy import String, bindparam, func, select
from sqlmodel import Session

_KEY: Final = func.hashtextextended(bindparam("name", type_=String), 0)
_HOLD: Final = select(func.pg_advisory_xact_lock(_KEY))
_TRY: Final = select(func.pg_try_advisory_xact_lock(_KEY))


def hold(session: Session, kind: str, practice_id: int, *parts: str) -> None:
    """Wait for this lock and keep it until the transaction ends. Two names may share one: that only costs a wait."""
    session.connection().execute(_HOLD, {"name": _name(kind, practice_id, *parts)})


def try_hold(session: Session, kind: str, practice_id: int, *parts: str) -> bool:
    """Take this lock until the transaction ends. False at once when somebody else has it."""
    held: bool = session.connection().execute(_TRY, {"name": _name(kind, practice_id, *parts)}).scalar_one()
    return held


def _name(kind: str, practice_id: int, *parts: str) -> str:
    return "\x1f".join((kind, str(practice_id), *parts))
