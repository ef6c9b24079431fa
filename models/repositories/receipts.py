"""Receipts: one event from outside, as it came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Integer, all_, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from models.inbox import Receipt


class Purpose(StrEnum):
    """What a receipt is about, whichever vendor it came from."""

    PMS = "pms"
    TEXT = "text"
    TEXT_STATUS = "text_status"
    MAIL_STATUS = "mail_status"
    PRESS = "press"
    #: What staff or a claim page asked for, so that it leads back to somebody as an event does.
    ADMIN = "admin"


class ReceiptState(StrEnum):
    NEW = "new"
    ROUTED = "routed"
    IGNORED = "ignored"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class ReceiptFacts:
    """A receipt as routing and the answering journey need it.

    `outcome` is routing's verdict in one word ("late_yes", "ask_which", "claim", …) and `about` names what it is about
    by our own ids: "offer_id", "appointment_id", "client_id", "question_ids", "words".
    """

    id: int
    practice_id: int
    vendor: str
    purpose: str
    event_key: str
    event_type: str
    parsed: Mapping[str, Any]
    received_at: datetime
    practice_at: datetime
    state: str
    outcome: str | None
    repeats: int

    @property
    def about(self) -> Mapping[str, Any]:
        about: Mapping[str, Any] = self.parsed.get("about") or {}
        return about


@dataclass(frozen=True, kw_only=True)
class NewReceipt:
    """An event as it is first written down."""

    practice_id: int
    vendor: str
    purpose: str
    event_key: str
    event_type: str
    parsed: Mapping[str, Any]
    payload: str
    received_at: datetime
    practice_at: datetime
    state: str

    @property
    def event(self) -> tuple[int, str, str]:
        """What a repeat has in common with the first."""
        return self.practice_id, self.vendor, self.event_key


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Where an event is kept; not `is_new` for a repeat of a known one."""

    id: int
    is_new: bool


_TABLE: Final = Receipt.metadata.tables["receipt"]
_ARRIVED: Final = insert(_TABLE)
_RECORD: Final = _ARRIVED.on_conflict_do_update(
    index_elements=["practice_id", "vendor", "event_key"],
    set_={"repeats": _TABLE.c.repeats + _ARRIVED.excluded.repeats + 1},
).returning(_TABLE.c.id, _TABLE.c.practice_id, _TABLE.c.vendor, _TABLE.c.event_key, _TABLE.c.repeats)


def record(session: Session, arrived: Sequence[NewReceipt]) -> list[Recorded]:
    """Keep events, in one statement and with ids in their order; a repeat is counted on the first one's row."""
    if not arrived:
        return []
    # One statement cannot touch a row twice: repeats within it are counted beforehand.
    times = Counter(one.event for one in arrived)
    first = {one.event: one for one in reversed(arrived)}
    rows = [
        {
            "practice_id": one.practice_id,
            "vendor": one.vendor,
            "purpose": one.purpose,
            "event_key": one.event_key,
            "event_type": one.event_type,
            "parsed": dict(one.parsed),
            "payload": one.payload,
            "received_at": one.received_at,
            "practice_at": one.practice_at,
            "state": one.state,
            "repeats": times[one.event] - 1,
        }
        for one in arrived
        if first[one.event] is one
    ]
    kept = {(row.practice_id, row.vendor, row.event_key): row for row in session.connection().execute(_RECORD, rows)}
    # A known event has more repeats than this batch brought.
    return [
        Recorded(
            id=kept[one.event].id,
            is_new=first[one.event] is one and kept[one.event].repeats == times[one.event] - 1,
        )
        for one in arrived
    ]


_FACTS: Final = select(*(_TABLE.c[field.name] for field in fields(ReceiptFacts)))
_ONE: Final = _FACTS.where(_TABLE.c.practice_id == bindparam("practice_id"), _TABLE.c.id == bindparam("receipt_id"))


def has_heard(session: Session, practice_id: int, vendor: str, event_key: str) -> bool:
    """Whether this very event has come before."""
    heard = select(_TABLE.c.id).where(
        _TABLE.c.practice_id == practice_id, _TABLE.c.vendor == vendor, _TABLE.c.event_key == event_key
    )
    return session.connection().execute(heard).first() is not None


def get(session: Session, practice_id: int, receipt_id: int) -> ReceiptFacts | None:
    found = session.connection().execute(_ONE, {"practice_id": practice_id, "receipt_id": receipt_id}).one_or_none()
    return None if found is None else ReceiptFacts(**found._mapping)


_LAST: Final = (
    select(_TABLE.c.received_at)
    .where(_TABLE.c.practice_id == bindparam("practice_id"), _TABLE.c.vendor == bindparam("vendor"))
    .order_by(_TABLE.c.id.desc())
    .limit(1)
)


def last_heard(session: Session, practice_id: int, vendor: str) -> datetime | None:
    """When this vendor last sent the practice something new. Walks back from the practice's newest receipt.

    For a person who asks: an index that found a silent vendor at once would cost every webhook of the busy ones.
    """
    found: datetime | None = (
        session.connection().execute(_LAST, {"practice_id": practice_id, "vendor": vendor}).scalar_one_or_none()
    )
    return found


_NEW: Final = _TABLE.c.state == ReceiptState.NEW.value
_BUT: Final = _TABLE.c.practice_id != all_(bindparam("but", type_=ARRAY(BigInteger)))
#: By whether their routing failed before.
_UNROUTED: Final = {
    failed_before: (_NEW, _TABLE.c.outcome.is_not(None) if failed_before else _TABLE.c.outcome.is_(None))
    for failed_before in (True, False)
}
#: What people wrote and pressed, then what became of our messages, then what the practice system told.
_PEOPLE_FIRST: Final = (
    case(
        (_TABLE.c.purpose == Purpose.PMS.value, 2),
        (_TABLE.c.purpose.in_((Purpose.TEXT_STATUS.value, Purpose.MAIL_STATUS.value)), 1),
        else_=0,
    ),
    _TABLE.c.id,
)
_WHOSE: Final = {
    failed_before: select(_TABLE.c.practice_id).where(*unrouted, _BUT).order_by(*_PEOPLE_FIRST).limit(1)
    for failed_before, unrouted in _UNROUTED.items()
}
_NEXT: Final = {
    failed_before: _FACTS.where(*unrouted, _TABLE.c.practice_id == bindparam("practice_id"))
    .order_by(*_PEOPLE_FIRST)
    .limit(bindparam("most", type_=Integer))
    for failed_before, unrouted in _UNROUTED.items()
}


def next_to_route(session: Session, *, failed_before: bool, but: Sequence[int] = ()) -> int | None:
    """The practice with the oldest receipt of a person's that is not routed (or whose routing failed before), else of
    the practice system; `but` these."""
    practice_id: int | None = session.connection().execute(_WHOSE[failed_before], {"but": list(but)}).scalar()
    return practice_id


def to_route(session: Session, practice_id: int, *, failed_before: bool, limit: int) -> tuple[ReceiptFacts, ...]:
    """A practice's oldest receipts that are not routed, people's first. The caller holds the practice's lock for
    routing."""
    rows = session.connection().execute(_NEXT[failed_before], {"practice_id": practice_id, "most": limit})
    return tuple(ReceiptFacts(**row._mapping) for row in rows)


@dataclass(frozen=True)
class Settled:
    """What routing made of a receipt."""

    receipt_id: int
    _: KW_ONLY
    state: ReceiptState
    outcome: str
    about: Mapping[str, Any] = field(default_factory=dict)


_PARSED: Final = _TABLE.c.parsed
_SETTLE: Final = update(_TABLE).where(
    _TABLE.c.practice_id == bindparam("of_practice"), _TABLE.c.id == bindparam("receipt_id")
)
_SETTLE_PLAINLY: Final = _SETTLE.values(state=bindparam("new_state"), outcome=bindparam("new_outcome"))
_SETTLE_WITH_ABOUT: Final = _SETTLE_PLAINLY.values(parsed=_PARSED.op("||")(bindparam("about", type_=_PARSED.type)))


def settle_all(session: Session, practice_id: int, settled: Iterable[Settled]) -> None:
    """Write what routing made of them."""
    plain: list[dict[str, Any]] = []
    with_about: list[dict[str, Any]] = []
    for one in settled:
        row = {
            "of_practice": practice_id,
            "receipt_id": one.receipt_id,
            "new_state": one.state.value,
            "new_outcome": one.outcome,
        }
        if one.about:
            with_about.append(row | {"about": {"about": dict(one.about)}})
        else:
            plain.append(row)
    connection = session.connection()
    if plain:
        connection.execute(_SETTLE_PLAINLY, plain)
    if with_about:
        connection.execute(_SETTLE_WITH_ABOUT, with_about)


def settle(
    session: Session,
    practice_id: int,
    receipt_id: int,
    *,
    state: ReceiptState,
    outcome: str,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write what routing made of it."""
    settle_all(session, practice_id, [Settled(receipt_id, state=state, outcome=outcome, about=about or {})])


_NEWEST: Final = select(func.max(_TABLE.c.id))


def newest(session: Session) -> int:
    """The highest number given to a receipt so far, of any practice. What is numbered up to it was in our hands."""
    return session.execute(_NEWEST).scalar() or 0
