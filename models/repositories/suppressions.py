"""Who said STOP, and who cannot be reached: per practice, channel and address, whoever of several clients uses it.

A phone is the same one in the old and the new form of its number.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Exists, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.clients import Channel
from models.client import OptOut, Undeliverable
from models.phone_numbers import all_forms
from models.queries import one_of


def stop(session: Session, practice_id: int, channel: Channel, address: str, now: datetime, source: str) -> bool:
    """Note an opt-out. False when it stood already. `source`: "reply", "vendor" or "staff"."""
    statement = insert(OptOut).values(
        [
            {
                "practice_id": practice_id,
                "channel": channel.value,
                "address": form,
                "opted_out_at": now,
                "source": source,
            }
            for form in all_forms(address)
        ]
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
            one_of(col(OptOut.address), all_forms(address)),
            col(OptOut.resubscribed_at).is_(None),
        )
        .values(resubscribed_at=now)
        .returning(col(OptOut.id))
    ).first()
    return row is not None


def is_stopped(session: Session, practice_id: int, channel: Channel, address: str) -> bool:
    """Whether this address wants nothing from us."""
    return bool(session.execute(select(_stopped(practice_id, channel, address))).scalar_one())


def stopped_and_undeliverable(session: Session, practice_id: int, channel: Channel, address: str) -> tuple[bool, bool]:
    """Whether this address wants nothing from us, and whether its carrier says that it takes no messages. The latter by
    its own form alone: another form of the number may be the one that works."""
    undeliverable = exists().where(
        col(Undeliverable.practice_id) == practice_id,
        col(Undeliverable.channel) == channel.value,
        col(Undeliverable.address) == address,
        col(Undeliverable.lifted_at).is_(None),
    )
    stopped, returned = session.execute(select(_stopped(practice_id, channel, address), undeliverable)).one()
    return bool(stopped), bool(returned)


def _stopped(practice_id: int, channel: Channel, address: str) -> Exists:
    return exists().where(
        col(OptOut.practice_id) == practice_id,
        col(OptOut.channel) == channel.value,
        one_of(col(OptOut.address), all_forms(address)),
        col(OptOut.resubscribed_at).is_(None),
    )


def note_undeliverable(
    session: Session, practice_id: int, channel: Channel, address: str, now: datetime, code: str
) -> None:
    """The carrier says that this address takes nothing, now or ever: it is not tried again. `code` is the vendor's."""
    statement = insert(Undeliverable).values(
        practice_id=practice_id, channel=channel.value, address=address, since=now, code=code
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "channel", "address"],
            set_={"since": now, "code": code, "lifted_at": None},
            where=col(Undeliverable.lifted_at).is_not(None),
        )
    )


def lift_undeliverable(session: Session, practice_id: int, channel: Channel, address: str, now: datetime) -> None:
    """Somebody wrote to us from there, so that it does take messages."""
    session.execute(
        update(Undeliverable)
        .where(
            col(Undeliverable.practice_id) == practice_id,
            col(Undeliverable.channel) == channel.value,
            one_of(col(Undeliverable.address), all_forms(address)),
            col(Undeliverable.lifted_at).is_(None),
        )
        .values(lifted_at=now)
    )
