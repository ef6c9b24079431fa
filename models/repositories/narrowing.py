"""The query that narrows a practice's waitlist by index to those `domain.matching` has to look at.

It may let somebody through whom the rules refuse, and never leaves out somebody they would take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    CollectionAggregate,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Interval,
    Select,
    Time,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlmodel import Session

from domain.clients import Channel
from domain.matching import Slot
from domain.ranges import TimeRange
from domain.wall_time import local_date, local_day
from models import waitlist as tables
from models.queries import among, fetch
from models.repositories import clients

_MIDNIGHT = time(0, 0)


class EntryRow(NamedTuple):
    """An entry as its table has it: without services, providers and windows."""

    id: int
    client_id: int
    location_id: int | None
    earliest_date: date | None
    latest_date: date | None
    minimum_notice: timedelta
    miles_declared: float | None
    miles_away: float | None
    flexibility: int
    priority: int
    joined_at: datetime
    last_offered_at: datetime | None
    together: bool


_TABLES: Final = tables.WaitlistEntry.metadata.tables
_ENTRY: Final = _TABLES["waitlist_entry"]
_WANTED: Final = _TABLES["waitlist_service"]
_NAMED: Final = _TABLES["waitlist_provider"]
_WINDOW: Final = _TABLES["waitlist_window"]
_CLIENT: Final = _TABLES["client"]
_OPT_OUT: Final = _TABLES["opt_out"]
ENTRY_COLUMNS: Final = tuple(_ENTRY.c[name] for name in EntryRow._fields)


class Found(NamedTuple):
    """An entry that may fit, and whose it is."""

    entry: EntryRow
    client: clients.ClientRow


@dataclass(frozen=True)
class Narrowed:
    """The query, with its values."""

    statement: Select[Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class WallStretch:
    """A stretch of wall time on one date; an `end` of midnight is the end of the day."""

    on: date
    start: time
    end: time


def find(session: Session, narrowed: Narrowed) -> list[Found]:
    """Who may fit, the most urgent first."""
    width = len(ENTRY_COLUMNS)
    return [
        Found(EntryRow(*row[:width]), clients.ClientRow(*row[width:]))
        for row in fetch(session, narrowed.statement, **narrowed.values)
    ]


def narrowed(
    practice_id: int, *, slot: Slot, service_ids: Iterable[int], now: datetime, zone: str, limit: int
) -> Narrowed:
    """The query of `candidates`; by itself for the benchmark and its plan."""
    stretches = wall_stretches(slot.during, zone)
    values: dict[str, Any] = {
        "practice_id": practice_id,
        "location_id": slot.location_id,
        "provider_id": slot.provider_id,
        "service_ids": list(service_ids),
        "first_date": stretches[0].on,
        "last_date": stretches[-1].on,
        "notice": slot.during.end - now,
        "most": limit,
    }
    for place, one in enumerate(stretches):
        # A stretch to midnight ends after every window's start, which is a time of the same day.
        end = time.max if one.end == _MIDNIGHT else one.end
        values |= {f"weekday_{place}": one.on.weekday(), f"start_{place}": one.start, f"end_{place}": end}
    return Narrowed(_narrowing(len(stretches)), values)


@cache
def _narrowing(stretches: int) -> Select[Any]:
    """The statement for a slot of so many dates, built once.

    All but its outermost part reads nothing but stretches of four indexes, each once; only entries that pass it are
    read from the tables, which are as mixed as the years in which they were filled.
    """
    practice_id: ColumnElement[int] = bindparam("practice_id", type_=BigInteger)
    location_id: ColumnElement[int] = bindparam("location_id", type_=BigInteger)
    wanting = (
        select(_WANTED.c.entry_id)
        .where(_WANTED.c.practice_id == practice_id, among(_WANTED.c.service_id, "service_ids"))
        .cte("wanting")
    )
    inner = _ENTRY.alias("inner_entry")
    fitting = select(inner.c.id).where(
        inner.c.practice_id == practice_id,
        inner.c.state == literal_column("'active'"),
        inner.c.id == _any(select(wanting.c.entry_id)),
        or_(inner.c.location_id.is_(None), inner.c.location_id == location_id),
        or_(inner.c.earliest_date.is_(None), inner.c.earliest_date <= bindparam("last_date", type_=Date)),
        or_(inner.c.latest_date.is_(None), inner.c.latest_date >= bindparam("first_date", type_=Date)),
        inner.c.minimum_notice < bindparam("notice", type_=Interval),
        # No provider named means any; no window means any time.
        inner.c.id.not_in(
            _without(_NAMED, _NAMED.c.provider_id == bindparam("provider_id", type_=BigInteger), wanting)
        ),
        inner.c.id.not_in(_without(_WINDOW, _touches(stretches), wanting)),
    )
    return (
        select(*ENTRY_COLUMNS, *clients.COLUMNS)
        .join(_CLIENT, and_(_CLIENT.c.practice_id == _ENTRY.c.practice_id, _CLIENT.c.id == _ENTRY.c.client_id))
        .where(
            _ENTRY.c.practice_id == practice_id,
            _ENTRY.c.id == _any(fitting),
            _CLIENT.c.phone.is_not(None),
            ~exists().where(
                _OPT_OUT.c.practice_id == _CLIENT.c.practice_id,
                _OPT_OUT.c.channel == literal_column(f"'{Channel.SMS.value}'"),
                _OPT_OUT.c.address == _CLIENT.c.phone,
                _OPT_OUT.c.resubscribed_at.is_(None),
            ),
        )
        # Who cannot be booked is refused by a rule that staff read, and takes nobody's place among the most.
        .order_by(
            _CLIENT.c.pms_ref.is_(None),
            _ENTRY.c.priority.desc(),
            _ENTRY.c.last_offered_at.nulls_first(),
            _ENTRY.c.joined_at,
            _ENTRY.c.id,
        )
        .limit(bindparam("most", type_=Integer))
    )


def _without(table: FromClause, serves: ColumnElement[bool], wanting: CTE) -> Select[int]:
    """Entries of `wanting` that have rows in this table, and none that serves."""
    return (
        select(table.c.entry_id)
        .where(
            table.c.practice_id == bindparam("practice_id", type_=BigInteger),
            table.c.entry_id == _any(select(wanting.c.entry_id)),
        )
        .group_by(table.c.entry_id)
        .having(not_(func.bool_or(serves)))
    )


def _any(ids: Select[int]) -> CollectionAggregate[bool]:
    """Of a set that is read once, beforehand: as an array Postgres looks all of it up in one walk of an index, where a
    join would descend for each."""
    return any_(func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger)))


def wall_stretches(during: TimeRange, zone: str) -> tuple[WallStretch, ...]:
    """The stretch as clocks on the wall show it, one a date. Where they change inside it, the whole date counts."""
    tz = ZoneInfo(zone)
    first, last = local_date(during.start, zone), local_date(during.end - timedelta(microseconds=1), zone)
    stretches: list[WallStretch] = []
    on = first
    while on <= last:
        day = local_day(on=on, zone=zone)
        start, end = max(during.start, day.start).astimezone(tz), min(during.end, day.end).astimezone(tz)
        if start.utcoffset() == end.utcoffset():
            stretches.append(WallStretch(on=on, start=start.time(), end=end.time()))
        else:
            stretches.append(WallStretch(on=on, start=_MIDNIGHT, end=_MIDNIGHT))
        on += timedelta(days=1)
    return tuple(stretches)


def _touches(stretches: int) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                _WINDOW.c.weekday == bindparam(f"weekday_{place}", type_=Integer),
                or_(_WINDOW.c.end_time > bindparam(f"start_{place}", type_=Time), _WINDOW.c.end_time == _MIDNIGHT),
                _WINDOW.c.start_time < bindparam(f"end_{place}", type_=Time),
            )
            for place in range(stretches)
        )
    )
