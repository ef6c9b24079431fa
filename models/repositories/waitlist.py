"""Who waits for what, and who of them may fit an opening.

`candidates` narrows by index what `domain.matching` then decides on: it may return somebody the rules refuse, and
never leaves out somebody they would take.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Interval,
    Select,
    Time,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.matching import Candidate, Slot
from domain.people import Channel, Client, WaitlistEntry, WeeklyWindow
from domain.ranges import TimeRange
from domain.wall import local_date, local_day
from models import waitlist as tables
from models.client import Client as ClientRow
from models.client import OptOut
from models.effects import Message
from models.offers import Offer
from models.queries import one_of
from models.repositories import calendar, clients

_MIDNIGHT = time(0, 0)
#: A message in one of these did not reach anybody (`effects.contacts_since`).
_NOT_SENT = ("planned", "suppressed", "held", "refused")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class WallStretch:
    """A stretch of wall time on one date; an `end` of midnight is the end of the day."""

    on: date
    start: time
    end: time


def candidates(
    session: Session,
    practice_id: int,
    *,
    opening_id: int | None,
    slot: Slot,
    service_ids: Iterable[int],
    now: datetime,
    zone: str,
    limit: int = 2000,
) -> tuple[Candidate, ...]:
    """Entries that may fit, each with its client, their visits and what they were offered; in a dozen queries.

    `service_ids` are the services that fit the slot. Where more than `limit` are left, those with the highest
    priority and the longest wait since their last offer stay.
    """
    query = narrowed(practice_id, slot=slot, service_ids=service_ids, now=now, zone=zone, limit=limit)
    found = list(session.execute(query.statement, query.values).scalars())
    if not found:
        return ()
    entries = _values(session, practice_id, found)
    people = clients.many(session, practice_id, {entry.client_id for entry in entries})
    visits = calendar.client_visits(session, practice_id, people, since=min(now, slot.during.start))
    offered, busy = _offers(session, practice_id, people.values(), opening_id=opening_id)
    today, week = _offers_sent(session, practice_id, people.values(), now=now, zone=zone)
    return tuple(
        Candidate(
            entry=entry,
            client=client,
            visits=visits.get(client.id, ()),
            open_offer=client.phone in busy,
            offered_already=client.id in offered,
            offers_today=today.get(client.phone, 0),
            offers_this_week=week.get(client.phone, 0),
        )
        for entry in entries
        for client in (people[entry.client_id],)
    )


@dataclass(frozen=True)
class Narrowed:
    """The query that narrows, with its values."""

    statement: Select[tables.WaitlistEntry]
    values: Mapping[str, Any]


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
def _narrowing(stretches: int) -> Select[tables.WaitlistEntry]:
    """The statement for a slot of so many dates, built once.

    The inner part reads nothing but the practice's stretch of four indexes; only entries that pass it are read from
    the tables, which are as mixed as the years in which they were filled.
    """
    entry, client = tables.WaitlistEntry, ClientRow
    inner = aliased(entry)
    practice_id: ColumnElement[int] = bindparam("practice_id", type_=BigInteger)
    fitting = select(col(inner.id)).where(
        col(inner.practice_id) == practice_id,
        col(inner.state) == "active",
        or_(
            col(inner.location_id).is_(None),
            col(inner.location_id) == bindparam("location_id", type_=BigInteger),
        ),
        or_(col(inner.earliest_date).is_(None), col(inner.earliest_date) <= bindparam("last_date", type_=Date)),
        or_(col(inner.latest_date).is_(None), col(inner.latest_date) >= bindparam("first_date", type_=Date)),
        col(inner.minimum_notice) < bindparam("notice", type_=Interval),
        col(inner.id).in_(
            select(col(_Wanted.entry_id)).where(
                col(_Wanted.practice_id) == practice_id,
                col(_Wanted.service_id) == any_(bindparam("service_ids", type_=ARRAY(BigInteger))),
            )
        ),
        # No provider named means any; no window means any time, otherwise one must touch the slot.
        or_(
            col(inner.id).not_in(_naming_providers(practice_id)),
            col(inner.id).in_(
                _naming_providers(practice_id).where(
                    col(_Named.provider_id) == bindparam("provider_id", type_=BigInteger)
                )
            ),
        ),
        or_(
            col(inner.id).not_in(_with_windows(practice_id)),
            col(inner.id).in_(_with_windows(practice_id).where(_touches(stretches))),
        ),
    )
    return (
        select(entry)
        .join(client, and_(col(client.practice_id) == col(entry.practice_id), col(client.id) == col(entry.client_id)))
        .where(
            col(entry.practice_id) == practice_id,
            col(entry.id).in_(fitting),
            col(client.phone).is_not(None),
            ~exists().where(
                col(OptOut.practice_id) == col(client.practice_id),
                col(OptOut.channel) == Channel.SMS.value,
                col(OptOut.address) == col(client.phone),
                col(OptOut.resubscribed_at).is_(None),
            ),
        )
        .order_by(
            col(entry.priority).desc(), col(entry.last_offered_at).nulls_first(), col(entry.joined_at), col(entry.id)
        )
        .limit(bindparam("most", type_=Integer))
    )


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


# --- entries -----------------------------------------------------------------------------------------------------


def get(session: Session, practice_id: int, entry_id: int) -> WaitlistEntry:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such entry."""
    row = session.execute(_entries(practice_id).where(col(tables.WaitlistEntry.id) == entry_id)).scalar_one()
    return _values(session, practice_id, [row])[0]


def of_client(session: Session, practice_id: int, client_id: int) -> tuple[WaitlistEntry, ...]:
    """The client's active entries, oldest first."""
    rows = session.execute(
        _entries(practice_id)
        .where(col(tables.WaitlistEntry.client_id) == client_id, col(tables.WaitlistEntry.state) == "active")
        .order_by(col(tables.WaitlistEntry.id))
    ).scalars()
    return tuple(_values(session, practice_id, list(rows)))


def save(session: Session, practice_id: int, entry: WaitlistEntry, *, import_key: str | None = None) -> int:
    """Add an entry (`entry.id` 0) or make the one of that id say this; returns the id.

    When it was last offered something and its losses are ours to count, and stay as they are.
    """
    rows = tables.WaitlistEntry
    if entry.id:
        row: tables.WaitlistEntry = session.execute(_entries(practice_id).where(col(rows.id) == entry.id)).scalar_one()
        for table in (tables.WaitlistService, tables.WaitlistProvider, tables.WaitlistWindow):
            session.execute(delete(table).where(col(table.practice_id) == practice_id, col(table.entry_id) == entry.id))
    else:
        row = rows(practice_id=practice_id, client_id=entry.client_id, joined_at=entry.joined_at)
        session.add(row)
    row.client_id, row.location_id, row.together = entry.client_id, entry.location_id, entry.together
    row.earliest_date, row.latest_date = entry.earliest_date, entry.latest_date
    row.minimum_notice = entry.minimum_notice
    row.miles_declared, row.miles_away = entry.miles_declared, entry.miles_away
    row.flexibility, row.priority, row.joined_at = entry.flexibility, entry.priority, entry.joined_at
    row.import_key = import_key or row.import_key
    session.flush()
    assert row.id is not None
    common: dict[str, Any] = {"practice_id": practice_id, "entry_id": row.id}
    session.add_all(
        tables.WaitlistService(**common, service_id=service_id, position=position)
        for position, service_id in enumerate(dict.fromkeys(entry.service_ids))
    )
    session.add_all(tables.WaitlistProvider(**common, provider_id=one) for one in sorted(entry.provider_ids))
    session.add_all(
        tables.WaitlistWindow(**common, weekday=one.weekday, start_time=one.start, end_time=one.end)
        for one in entry.windows
    )
    session.flush()
    return row.id


def set_state(session: Session, practice_id: int, entry_id: int, state: str) -> None:
    """`state`: "active", "paused", "fulfilled" or "removed"."""
    session.execute(_entries(practice_id).where(col(tables.WaitlistEntry.id) == entry_id)).scalar_one().state = state


def by_import_key(session: Session, practice_id: int, keys: Iterable[str]) -> dict[str, int]:
    """Ids of entries an earlier import made, by their keys in the practice's list."""
    rows = tables.WaitlistEntry
    found = session.execute(
        select(col(rows.import_key), col(rows.id)).where(
            col(rows.practice_id) == practice_id, col(rows.import_key).in_(tuple(keys))
        )
    )
    return {key: entry_id for key, entry_id in found if key is not None and entry_id is not None}


# --- parts of the query ------------------------------------------------------------------------------------------


# Sets of entry ids that depend on nothing outside: Postgres reads each once and looks entries up in it.

_Named = tables.WaitlistProvider
_Wanted = tables.WaitlistService
_Window = tables.WaitlistWindow


def _naming_providers(practice_id: ColumnElement[int]) -> Select[int]:
    return select(col(_Named.entry_id)).where(col(_Named.practice_id) == practice_id)


def _with_windows(practice_id: ColumnElement[int]) -> Select[int]:
    return select(col(_Window.entry_id)).where(col(_Window.practice_id) == practice_id)


def _touches(stretches: int) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                col(_Window.weekday) == bindparam(f"weekday_{place}", type_=Integer),
                or_(
                    col(_Window.end_time) > bindparam(f"start_{place}", type_=Time), col(_Window.end_time) == _MIDNIGHT
                ),
                col(_Window.start_time) < bindparam(f"end_{place}", type_=Time),
            )
            for place in range(stretches)
        )
    )


# --- rows to values ----------------------------------------------------------------------------------------------


def _entries(practice_id: int) -> Select[tables.WaitlistEntry]:
    return select(tables.WaitlistEntry).where(col(tables.WaitlistEntry.practice_id) == practice_id)


def _values(session: Session, practice_id: int, rows: list[tables.WaitlistEntry]) -> list[WaitlistEntry]:
    ids = tuple(row.id for row in rows)
    services, providers, windows = defaultdict(list), defaultdict(set), defaultdict(list)
    wanted, named, window = tables.WaitlistService, tables.WaitlistProvider, tables.WaitlistWindow
    for entry_id, service_id in session.execute(
        select(col(wanted.entry_id), col(wanted.service_id))
        .where(col(wanted.practice_id) == practice_id, one_of(col(wanted.entry_id), ids))
        .order_by(col(wanted.position), col(wanted.id))
    ):
        services[entry_id].append(service_id)
    for entry_id, provider_id in session.execute(
        select(col(named.entry_id), col(named.provider_id)).where(
            col(named.practice_id) == practice_id, one_of(col(named.entry_id), ids)
        )
    ):
        providers[entry_id].add(provider_id)
    for entry_id, weekday, start, end in session.execute(
        select(col(window.entry_id), col(window.weekday), col(window.start_time), col(window.end_time))
        .where(col(window.practice_id) == practice_id, one_of(col(window.entry_id), ids))
        .order_by(col(window.weekday), col(window.start_time), col(window.id))
    ):
        windows[entry_id].append(WeeklyWindow(weekday=weekday, start=start, end=end))
    return [
        WaitlistEntry(
            id=row.id or 0,
            client_id=row.client_id,
            location_id=row.location_id,
            service_ids=tuple(services[row.id]),
            provider_ids=frozenset(providers[row.id]),
            windows=tuple(windows[row.id]),
            earliest_date=row.earliest_date,
            latest_date=row.latest_date,
            minimum_notice=row.minimum_notice,
            miles_declared=row.miles_declared,
            miles_away=row.miles_away,
            flexibility=row.flexibility,
            priority=row.priority,
            joined_at=row.joined_at,
            last_offered_at=row.last_offered_at,
            losses=row.losses,
            together=row.together,
        )
        for row in rows
    ]


def _offers(
    session: Session, practice_id: int, people: Iterable[Client], *, opening_id: int | None
) -> tuple[set[int], set[str]]:
    """Clients who were offered this opening, and phones that hold an open offer of another."""
    people = tuple(people)
    offered: set[int] = set()
    if opening_id is not None:
        offered.update(
            session.execute(
                select(col(Offer.client_id)).where(
                    col(Offer.practice_id) == practice_id,
                    col(Offer.opening_id) == opening_id,
                    col(Offer.state) != "planned",
                )
            ).scalars()
        )
    elsewhere = select(col(Offer.phone)).where(
        col(Offer.practice_id) == practice_id,
        col(Offer.state) == "open",
        one_of(col(Offer.phone), {client.phone for client in people}),
    )
    if opening_id is not None:
        elsewhere = elsewhere.where(col(Offer.opening_id) != opening_id)
    return offered, set(session.execute(elsewhere).scalars())


def _offers_sent(
    session: Session, practice_id: int, people: Iterable[Client], *, now: datetime, zone: str
) -> tuple[dict[str | None, int], dict[str | None, int]]:
    """Offers each phone had since local midnight and within a week; counted as the gate counts them."""
    midnight = local_day(on=local_date(now, zone), zone=zone).start
    today: dict[str | None, int] = {}
    week: dict[str | None, int] = {}
    for address, since_midnight, since_a_week in session.execute(
        select(
            col(Message.address),
            func.count().filter(col(Message.at) >= midnight),
            func.count().filter(col(Message.at) >= now - _WEEK),
        )
        .where(
            col(Message.practice_id) == practice_id,
            one_of(col(Message.address), {client.phone for client in people}),
            col(Message.direction) == "out",
            col(Message.kind) == "offer",
            col(Message.at) >= min(midnight, now - _WEEK),
            col(Message.state).not_in(_NOT_SENT),
        )
        .group_by(col(Message.address))
    ):
        today[address], week[address] = since_midnight, since_a_week
    return today, week
