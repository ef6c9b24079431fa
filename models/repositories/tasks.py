"""Tasks for staff, and decisions with their reasons."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from models.calendar import Appointment, Opening
from models.phone_numbers import all_forms
from models.queries import one_of
from models.repositories import zones
from models.tasks import Decision, Task


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """What a person is asked to do. `key` makes a second ask of the same thing the same task."""

    key: str
    kind: str
    title: str
    body: str
    safe_default: str
    choices: tuple[dict[str, Any], ...]
    due_at: datetime
    draft: str | None = None
    shortlist: tuple[dict[str, Any], ...] = field(default=())
    asked_by: dict[str, Any] | None = None
    client_id: int | None = None
    opening_id: int | None = None
    appointment_id: int | None = None
    #: Of somebody who is not on file, and the number of ours they wrote to.
    phone: str | None = None
    our_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    id: int
    key: str
    kind: str
    title: str
    body: str
    draft: str | None
    safe_default: str
    state: str
    choices: tuple[dict[str, Any], ...]
    asked_by: dict[str, Any] | None
    opening_id: int | None
    appointment_id: int | None
    client_id: int | None
    #: Of a number that is no client's, where the task is about one.
    phone: str | None
    #: The number of ours that they wrote to.
    our_number: str | None
    token: str
    opened_at: datetime
    due_at: datetime
    settled_at: datetime | None
    card: dict[str, Any] | None
    resolution: dict[str, Any] | None
    resolved_by: str | None
    #: The card it shares with others that came at the same time.
    bundle_id: int | None
    #: The last answer that could not be carried out.
    refused: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    verdict: str
    reasons: tuple[dict[str, Any], ...]


def open_task(session: Session, practice_id: int, new: NewTask, *, now: datetime) -> tuple[TaskRow, bool]:
    """The task of this key, and whether it is new."""
    made = session.execute(
        insert(Task)
        .values(
            practice_id=practice_id,
            key=new.key,
            kind=new.kind,
            title=new.title,
            body=new.body,
            draft=new.draft,
            shortlist=list(new.shortlist),
            choices=list(new.choices),
            safe_default=new.safe_default,
            state="open",
            asked_by=new.asked_by,
            client_id=new.client_id,
            opening_id=new.opening_id,
            appointment_id=new.appointment_id,
            phone=new.phone,
            our_number=new.our_number,
            token=secrets.token_urlsafe(24),
            opened_at=now,
            due_at=new.due_at,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "key"])
        .returning(col(Task.id))
    ).scalar_one_or_none()
    row = session.execute(
        select(Task).where(col(Task.practice_id) == practice_id, col(Task.key) == new.key)
    ).scalar_one()
    return _row(row), made is not None


def get(session: Session, practice_id: int, task_id: int) -> TaskRow:
    return _row(_load(session, practice_id, task_id))


def read(session: Session, practice_id: int, task_id: int) -> TaskRow:
    """The same for who only looks, and keeps nobody waiting."""
    found = session.execute(select(Task).where(col(Task.practice_id) == practice_id, col(Task.id) == task_id))
    return _row(found.scalar_one())


def settle(
    session: Session, practice_id: int, task_id: int, *, state: str, by: str, resolution: dict[str, Any], now: datetime
) -> bool:
    """Write the answer; False when there was one already."""
    row = _load(session, practice_id, task_id)
    if row.state != "open":
        return False
    row.state, row.resolved_by, row.resolution, row.settled_at = state, by, resolution, now
    return True


def open_of_opening(session: Session, practice_id: int, opening_id: int) -> tuple[TaskRow, ...]:
    """Tasks still open about an opening, so that they can be withdrawn when it takes care of itself."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Task).where(
                col(Task.practice_id) == practice_id, col(Task.opening_id) == opening_id, col(Task.state) == "open"
            )
        ).scalars()
    )


def of_opening(session: Session, practice_id: int, opening_id: int) -> tuple[TaskRow, ...]:
    """All tasks about an opening, oldest first."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Task)
            .where(col(Task.practice_id) == practice_id, col(Task.opening_id) == opening_id)
            .order_by(col(Task.id))
        ).scalars()
    )


def open_of_practice(session: Session, practice_id: int, *, limit: int) -> tuple[TaskRow, ...]:
    """What waits for a person, the soonest deadline first."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Task)
            .where(col(Task.practice_id) == practice_id, col(Task.state) == "open")
            .order_by(col(Task.due_at), col(Task.id))
            .limit(limit)
        ).scalars()
    )


def of_bundle(session: Session, practice_id: int, bundle_id: int) -> tuple[TaskRow, ...]:
    """Tasks that share a card, oldest first."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Task)
            .where(col(Task.practice_id) == practice_id, col(Task.bundle_id) == bundle_id)
            .order_by(col(Task.id))
        ).scalars()
    )


def open_since(session: Session, practice_id: int, *, since: datetime) -> tuple[TaskRow, ...]:
    """Open tasks that were opened then or later, or have no card yet, oldest first."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Task)
            .where(
                col(Task.practice_id) == practice_id,
                col(Task.state) == "open",
                or_(col(Task.opened_at) >= since, and_(col(Task.card).is_(None), col(Task.bundle_id).is_(None))),
            )
            .order_by(col(Task.id))
        ).scalars()
    )


def of_appointment(session: Session, practice_id: int, appointment_id: int) -> tuple[TaskRow, ...]:
    """All tasks about a visit, oldest first."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Task)
            .where(col(Task.practice_id) == practice_id, col(Task.appointment_id) == appointment_id)
            .order_by(col(Task.id))
        ).scalars()
    )


def open_of_appointment(session: Session, practice_id: int, appointment_id: int) -> tuple[TaskRow, ...]:
    """Tasks still open about a visit, so that they can be withdrawn when it is off or over."""
    return tuple(row for row in of_appointment(session, practice_id, appointment_id) if row.state == "open")


def open_of_kind(session: Session, practice_id: int, kind: str) -> tuple[TaskRow, ...]:
    """Tasks of one kind still open, whatever they are about."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Task).where(col(Task.practice_id) == practice_id, col(Task.kind) == kind, col(Task.state) == "open")
        ).scalars()
    )


def all_settled(session: Session, practice_id: int, keys: Sequence[str]) -> bool:
    """Whether there was a task of these keys, and none of them waits for an answer any more."""
    states = session.execute(
        select(col(Task.state)).where(col(Task.practice_id) == practice_id, one_of(col(Task.key), keys))
    ).scalars()
    found = set(states)
    return bool(found) and "open" not in found


def open_of_phone(session: Session, practice_id: int, phone: str, our_number: str) -> TaskRow | None:
    """The open task about what somebody who is not on file writes from this phone to that number of ours."""
    row = session.execute(
        select(Task)
        .where(
            col(Task.practice_id) == practice_id,
            one_of(col(Task.phone), all_forms(phone)),
            col(Task.our_number) == our_number,
            col(Task.client_id).is_(None),
            col(Task.state) == "open",
        )
        .order_by(col(Task.id))
        .limit(1)
        .with_for_update()
    ).scalar_one_or_none()
    return None if row is None else _row(row)


def say_anew(session: Session, practice_id: int, task_id: int, *, body: str, draft: str | None) -> None:
    """What it is about has gone on: more was written."""
    row = _load(session, practice_id, task_id)
    row.body, row.draft = body, draft


def give_to_client(session: Session, practice_id: int, phone: str, client_id: int) -> None:
    """Every task about what was written from this phone while it was nobody's is this client's from now on."""
    session.execute(
        update(Task)
        .where(
            col(Task.practice_id) == practice_id,
            one_of(col(Task.phone), all_forms(phone)),
            col(Task.client_id).is_(None),
        )
        .values(client_id=client_id)
        .execution_options(synchronize_session=False)
    )


def note_refused(session: Session, practice_id: int, task_id: int, refused: dict[str, Any]) -> None:
    """An answer that could not be carried out: where nobody waits for the answer, its page says so."""
    _load(session, practice_id, task_id).refused = refused


def put_card(session: Session, practice_id: int, task_id: int, *, channel: str, ref: str) -> None:
    """A card of it stands in this channel of the staff chat now, instead of the one that stood there. That one is
    "replaced" until it has been taken away. The card in a second channel is one of its "alerts"."""
    row, card = _load(session, practice_id, task_id), {"channel": channel, "ref": ref}
    kept = row.card or {}
    standing = [{"channel": kept["channel"], "ref": kept["ref"]}, *kept.get("alerts", [])] if kept else []
    if card in standing:
        return
    before = [one for one in standing if one["channel"] == channel]
    after = [card if one in before[:1] else one for one in standing if one not in before[1:]]
    first, *alerts = after if before else [*after, card]
    row.card = {**first, "alerts": alerts, "replaced": [*kept.get("replaced", []), *before]}


def card_taken_away(session: Session, practice_id: int, task_id: int, *, channel: str, ref: str) -> None:
    """A replaced card is gone from the staff chat."""
    row, gone = _load(session, practice_id, task_id), {"channel": channel, "ref": ref}
    if row.card is not None:
        row.card = {**row.card, "replaced": [one for one in row.card.get("replaced", []) if one != gone]}


def forget_cards(session: Session, practice_id: int, task_id: int) -> None:
    """None of its own stands in the staff chat any more: it has a place on a shared one."""
    _load(session, practice_id, task_id).card = None


def note_draft(session: Session, practice_id: int, task_id: int, draft: dict[str, Any]) -> None:
    """What became of the text its answer sent: state, words, until."""
    row = _load(session, practice_id, task_id)
    row.resolution = {**(row.resolution or {}), "draft": draft}


def location_of(
    session: Session, practice_id: int, *, opening_id: int | None, appointment_id: int | None
) -> int | None:
    """The place of what a task is about; None where it is about none."""
    for table, ref in ((Opening, opening_id), (Appointment, appointment_id)):
        if ref is not None:
            asked = select(col(table.location_id)).where(col(table.practice_id) == practice_id, col(table.id) == ref)
            if (found := session.execute(asked).scalar_one_or_none()) is not None:
                return int(found)
    return None


def zone_of(session: Session, practice_id: int, *, opening_id: int | None, appointment_id: int | None) -> str:
    """The zone staff read a task's times in: of the place of what it is about, else the practice's own."""
    place = location_of(session, practice_id, opening_id=opening_id, appointment_id=appointment_id)
    zone: str = session.execute(select(zones.of_place(practice_id, place))).scalar_one()
    return zone


def decide(
    session: Session,
    practice_id: int,
    *,
    journey: str,
    ref: int,
    subject: str,
    verdict: str,
    reasons: list[dict[str, Any]],
    now: datetime,
    decided_by: str = "rules",
) -> None:
    """Keep a decision with its reasons."""
    session.add(
        Decision(
            practice_id=practice_id,
            journey=journey,
            ref=ref,
            subject=subject,
            verdict=verdict,
            reasons=reasons,
            decided_by=decided_by,
            decided_at=now,
        )
    )


def decided_since(
    session: Session, practice_id: int, journey: str, ref: int, subject: str, *, since: datetime
) -> tuple[Verdict, ...]:
    """Decisions of a journey about this subject, the latest first."""
    return tuple(
        Verdict(verdict=row.verdict, reasons=tuple(row.reasons))
        for row in session.execute(
            select(Decision)
            .where(
                col(Decision.practice_id) == practice_id,
                col(Decision.journey) == journey,
                col(Decision.ref) == ref,
                col(Decision.subject) == subject,
                col(Decision.decided_at) >= since,
            )
            .order_by(col(Decision.id).desc())
        ).scalars()
    )


def _load(session: Session, practice_id: int, task_id: int) -> Task:
    row: Task = session.execute(
        select(Task).where(col(Task.practice_id) == practice_id, col(Task.id) == task_id).with_for_update()
    ).scalar_one()
    return row


def _row(row: Task) -> TaskRow:
    assert row.id is not None
    return TaskRow(
        id=row.id,
        key=row.key,
        kind=row.kind,
        title=row.title,
        body=row.body,
        draft=row.draft,
        safe_default=row.safe_default,
        state=row.state,
        choices=tuple(row.choices),
        asked_by=row.asked_by,
        opening_id=row.opening_id,
        appointment_id=row.appointment_id,
        client_id=row.client_id,
        phone=row.phone,
        our_number=row.our_number,
        token=row.token,
        opened_at=row.opened_at,
        due_at=row.due_at,
        settled_at=row.settled_at,
        bundle_id=row.bundle_id,
        card=row.card,
        resolution=row.resolution,
        resolved_by=row.resolved_by,
        refused=row.refused,
    )
