"""Links to a practice's open tasks: made once for each holder, found by their token's digest, revoked for good."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.link_tokens import digest_of, token_of
from models.practice import StaffAccount
from models.tasks import TaskLink


@dataclass(frozen=True, kw_only=True)
class LinkRow:
    id: int
    practice_id: int
    holder: str


def ensure_token(
    session: Session,
    practice_id: int,
    holder: str,
    *,
    secret: str,
    now: datetime,
    staff_account_id: int | None = None,
) -> str:
    """The token of the holder's link, which is made where there is none."""
    nonce = secrets.token_urlsafe(16)
    session.execute(
        insert(TaskLink)
        .values(
            practice_id=practice_id,
            holder=holder,
            staff_account_id=staff_account_id,
            nonce=nonce,
            digest=digest_of(token_of(nonce, secret=secret), secret=secret),
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    kept: str = session.execute(
        select(col(TaskLink.nonce)).where(
            col(TaskLink.practice_id) == practice_id,
            col(TaskLink.holder) == holder,
            col(TaskLink.revoked_at).is_(None),
        )
    ).scalar_one()
    return token_of(kept, secret=secret)


def behind(session: Session, token: str, *, secret: str) -> LinkRow | None:
    """The live link of this token. None also where its holder is no longer of the staff."""
    row = session.execute(
        select(TaskLink)
        .outerjoin(
            StaffAccount,
            and_(
                col(StaffAccount.practice_id) == col(TaskLink.practice_id),
                col(StaffAccount.id) == col(TaskLink.staff_account_id),
            ),
        )
        .where(
            col(TaskLink.digest) == digest_of(token, secret=secret),
            col(TaskLink.revoked_at).is_(None),
            or_(col(TaskLink.staff_account_id).is_(None), col(StaffAccount.active)),
        )
    ).scalar_one_or_none()
    return None if row is None else LinkRow(id=row.id or 0, practice_id=row.practice_id, holder=row.holder)


def revoke(session: Session, practice_id: int, holder: str, *, now: datetime) -> bool:
    """False where the holder has no live link."""
    done = session.execute(
        update(TaskLink)
        .where(
            col(TaskLink.practice_id) == practice_id,
            col(TaskLink.holder) == holder,
            col(TaskLink.revoked_at).is_(None),
        )
        .values(revoked_at=now)
        .returning(col(TaskLink.id))
    )
    return done.first() is not None


def holders(session: Session, practice_id: int) -> tuple[str, ...]:
    """Who has a live link."""
    return tuple(
        session.execute(
            select(col(TaskLink.holder))
            .where(col(TaskLink.practice_id) == practice_id, col(TaskLink.revoked_at).is_(None))
            .order_by(col(TaskLink.id))
        ).scalars()
    )
