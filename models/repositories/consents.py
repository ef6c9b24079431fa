"""Who said STOP: per practice, channel and address, whoever of several clients uses it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.people import Channel
from models.client import OptOut


def stop(session: Session, practice_id: int, channel: Channel, address: str, now: datetime, source: str) -> bool:
    """Note an opt-out. False when it stood already. `source`: "reply", "vendor" or "staff"."""
    statement = insert(OptOut).values(
        practice_id=practice_id, channel=channel.value, address=address, opted_out_at=now, source=source
    )
    statement = statement.on_conflict_do_update(
        index_elements=["practice_id", "channel", "address"],
        set_={"opted_out_at": now, "source": source, "resubscribed_at": None},
        # A repeat keeps the first date; only someone who came back in between stops anew.
        where=col(OptOut.resubscribed_at).is_not(None),
    )
    return session.execute(statement.returning(col(OptOut.id))).first() is not None


def resubscribe(session: Session, practice_id: int, channel: Channel, address: str, now: datetime) -> bool:
    """Lift an opt-out because its owner asked for it. False when there was none."""
    row = session.execute(
        update(OptOut)
        .where(
            col(OptOut.practice_id) == practice_id,
            col(OptOut.channel) == channel.value,
            col(OptOut.address) == address,
            col(OptOut.resubscribed_at).is_(None),
        )
        .values(resubscribed_at=now)
        .returning(col(OptOut.id))
    ).first()
    return row is not None


def is_stopped(session: Session, practice_id: int, channel: Channel, address: str) -> bool:
    """Whether this address wants nothing from us."""
    row = session.execute(
        select(col(OptOut.id)).where(
            col(OptOut.practice_id) == practice_id,
            col(OptOut.channel) == channel.value,
            col(OptOut.address) == address,
            col(OptOut.resubscribed_at).is_(None),
        )
    ).first()
    return row is not None
