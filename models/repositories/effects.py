"""Intents and messages: what we mean to do to the world, noted first, settled after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.client_notices import STARTED_BY_US
from models.effects import Intent, Message


@dataclass(frozen=True, kw_only=True)
class IntentRow:
    """An intent as it stands. `reference` is what goes to the vendor and comes back with its reports."""

    id: int
    key: str
    state: str
    attempts: int
    tried_at: datetime | None
    settled_at: datetime | None
    vendor_ref: str | None
    held_until: datetime | None
    reason: str | None
    detail: Mapping[str, Any]

    @property
    def reference(self) -> str:
        return str(self.id)

    @property
    def settled(self) -> bool:
        return self.state in {"done", "refused", "suppressed"}


def plan(
    session: Session,
    practice_id: int,
    *,
    key: str,
    effect: str,
    workflow_id: str,
    client_id: int | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> IntentRow:
    """The intent of this key, made when it is new, locked until the transaction ends."""
    made = session.execute(
        insert(Intent)
        .values(
            practice_id=practice_id,
            key=key,
            effect=effect,
            workflow_id=workflow_id,
            client_id=client_id,
            state="planned",
            attempts=0,
            planned_at=now,
            detail=detail or {},
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "key"])
        .returning(Intent)
    ).scalar_one_or_none()
    if made is not None:
        return _row(made)
    return _row(
        session.execute(
            select(Intent).where(col(Intent.practice_id) == practice_id, col(Intent.key) == key).with_for_update()
        ).scalar_one()
    )


def get(session: Session, practice_id: int, intent_id: int) -> IntentRow:
    return _row(
        session.execute(
            select(Intent).where(col(Intent.practice_id) == practice_id, col(Intent.id) == intent_id)
        ).scalar_one()
    )


def by_key(session: Session, practice_id: int, key: str) -> IntentRow | None:
    row = session.execute(
        select(Intent).where(col(Intent.practice_id) == practice_id, col(Intent.key) == key)
    ).scalar_one_or_none()
    return None if row is None else _row(row)


def is_being_booked(session: Session, practice_id: int, *, tried_since: datetime) -> bool:
    """Whether any visit of the practice is being written to its PMS; `tried_since` is real time."""
    found = session.execute(
        select(col(Intent.id))
        .where(
            col(Intent.practice_id) == practice_id,
            col(Intent.state) == "trying",
            col(Intent.effect) == "pms_book",
            col(Intent.tried_at) >= tried_since,
        )
        .limit(1)
    ).first()
    return found is not None


def own_cancel(session: Session, practice_id: int, pms_ref: str) -> IntentRow | None:
    """The intent with which we ourselves take, or took, this appointment off the calendar."""
    row = session.execute(
        select(Intent)
        .where(
            col(Intent.practice_id) == practice_id,
            col(Intent.effect) == "pms_cancel",
            col(Intent.vendor_ref) == pms_ref,
        )
        .order_by(col(Intent.id))
        .limit(1)
    ).scalar_one_or_none()
    return None if row is None else _row(row)


def trying(session: Session, practice_id: int, intent_id: int, *, real_now: datetime) -> None:
    """An attempt begins: from here on a crash means "it may have happened"."""
    session.execute(
        update(Intent)
        .where(col(Intent.practice_id) == practice_id, col(Intent.id) == intent_id)
        .values(state="trying", attempts=col(Intent.attempts) + 1, tried_at=real_now)
    )


def settle(
    session: Session,
    practice_id: int,
    intent_id: int,
    *,
    state: str,
    now: datetime,
    vendor_ref: str | None = None,
    reason: str | None = None,
    held_until: datetime | None = None,
    answered_at: datetime | None = None,
) -> None:
    """Write how an attempt ended; what a vendor's report has settled already stays settled. `answered_at` (real time):
    until when the attempt was under way."""
    values: dict[str, Any] = {"state": state, "reason": reason, "held_until": held_until}
    if answered_at is not None:
        values["tried_at"] = answered_at
    if state in {"done", "refused", "suppressed"}:
        values["settled_at"] = now
    if vendor_ref is not None:
        values["vendor_ref"] = vendor_ref
    session.execute(
        update(Intent)
        .where(
            col(Intent.practice_id) == practice_id,
            col(Intent.id) == intent_id,
            col(Intent.state).not_in(("done", "refused")),
        )
        .values(**values)
    )


def note(session: Session, practice_id: int, key: str, detail: Mapping[str, Any]) -> None:
    """Keep this with the intent, beside what was noted before."""
    row = session.execute(
        select(Intent).where(col(Intent.practice_id) == practice_id, col(Intent.key) == key).with_for_update()
    ).scalar_one()
    row.detail = {**row.detail, **detail}


@dataclass(frozen=True, kw_only=True)
class Written:
    """A message as first written down."""

    subject: str | None
    body: str
    our_number: str | None


def note_message(
    session: Session,
    practice_id: int,
    *,
    intent_id: int,
    client_id: int | None,
    channel: str,
    kind: str,
    template: str,
    address: str,
    our_number: str | None,
    subject: str | None,
    body: str,
    now: datetime,
) -> Written:
    """The words of an intent, once: as they stand, whoever wrote them first."""
    made = session.execute(
        insert(Message)
        .values(
            practice_id=practice_id,
            client_id=client_id,
            intent_id=intent_id,
            direction="out",
            channel=channel,
            kind=kind,
            template=template,
            address=address,
            our_number=our_number,
            subject=subject,
            body=body,
            state="planned",
            at=now,
        )
        .on_conflict_do_nothing(index_elements=["intent_id"])
        .returning(col(Message.id))
    ).scalar_one_or_none()
    if made is None:
        return written(session, practice_id, intent_id)
    return Written(subject=subject, body=body, our_number=our_number)


def written(session: Session, practice_id: int, intent_id: int) -> Written:
    """A second attempt says the same words from the same number, so that a read-back finds them."""
    found = session.execute(
        select(col(Message.subject), col(Message.body), col(Message.our_number)).where(
            col(Message.practice_id) == practice_id, col(Message.intent_id) == intent_id
        )
    ).one()
    return Written(subject=found.subject, body=found.body, our_number=found.our_number)


@dataclass(frozen=True, kw_only=True)
class OtherTexts:
    """What we know of our other messages to one address: the vendor's references of those it has, and whether there is
    one of which nobody can say yet."""

    refs: frozenset[str]
    any_undecided: bool


def other_texts(session: Session, practice_id: int, *, address: str, but: int, since: datetime) -> OtherTexts:
    """All but the intent `but`; `since` (real time): whether one that was tried then is undecided."""
    rows = session.execute(
        select(col(Intent.state), col(Intent.tried_at), func.coalesce(col(Intent.vendor_ref), col(Message.vendor_ref)))
        .join(
            Message, and_(col(Message.practice_id) == col(Intent.practice_id), col(Message.intent_id) == col(Intent.id))
        )
        .where(
            col(Message.practice_id) == practice_id,
            col(Message.address) == address,
            col(Message.direction) == "out",
            col(Intent.id) != but,
        )
    ).all()
    return OtherTexts(
        refs=frozenset(ref for *_, ref in rows if ref is not None),
        any_undecided=any(
            state in {"trying", "unknown"} and tried_at is not None and tried_at >= since for state, tried_at, _ in rows
        ),
    )


def message_state(
    session: Session, practice_id: int, intent_id: int, *, state: str, at: datetime, vendor_ref: str | None = None
) -> None:
    """How far our message has come by our own knowledge; a vendor's report never moves backwards here."""
    values: dict[str, Any] = {"state": state, "at": at}
    if vendor_ref is not None:
        values["vendor_ref"] = vendor_ref
    session.execute(
        update(Message)
        .where(
            col(Message.practice_id) == practice_id,
            col(Message.intent_id) == intent_id,
            col(Message.state).in_(("planned", "unknown", "held")),
        )
        .values(**values)
    )


@dataclass(frozen=True, kw_only=True)
class ContactCounts:
    """What a client has had from us that we started ourselves, by practice time."""

    messages_today: int
    offers_today: int
    offers_this_week: int


def contacts_since(
    session: Session, practice_id: int, *, address: str, day_start: datetime, week_start: datetime
) -> ContactCounts:
    """Offers and nudges to one phone or mailbox, across all journeys: caps hold for the person who reads them. What a
    client was owed does not count."""
    rows = session.execute(
        select(col(Message.kind), col(Message.at)).where(
            col(Message.practice_id) == practice_id,
            col(Message.address) == address,
            col(Message.direction) == "out",
            col(Message.kind).in_([kind.value for kind in STARTED_BY_US]),
            col(Message.at) >= week_start,
            col(Message.state).not_in(("planned", "suppressed", "held", "refused")),
        )
    ).all()
    return ContactCounts(
        messages_today=sum(1 for _, at in rows if at >= day_start),
        offers_today=sum(1 for kind, at in rows if kind == "offer" and at >= day_start),
        offers_this_week=sum(1 for kind, _ in rows if kind == "offer"),
    )


def heard_before(session: Session, practice_id: int, *, address: str) -> bool:
    """Whether this address has ever had a message from the practice; the first one says how to stop them."""
    return (
        session.execute(
            select(col(Message.id))
            .where(
                col(Message.practice_id) == practice_id,
                col(Message.address) == address,
                col(Message.direction) == "out",
                col(Message.state).not_in(("planned", "suppressed", "held", "refused")),
            )
            .limit(1)
        ).scalar_one_or_none()
        is not None
    )


def _row(row: Intent) -> IntentRow:
    assert row.id is not None
    return IntentRow(
        id=row.id,
        key=row.key,
        state=row.state,
        attempts=row.attempts,
        tried_at=row.tried_at,
        settled_at=row.settled_at,
        vendor_ref=row.vendor_ref,
        held_until=row.held_until,
        reason=row.reason,
        detail=row.detail,
    )
