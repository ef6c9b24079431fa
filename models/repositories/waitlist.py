"""Who waits for what, and who of them may fit an opening.

`candidates` narrows by index what `domain.matching` then decides on: it may return somebody the rules refuse, and
never leaves out somebody they would take.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    Time,
    bindparam,
    cast,
    delete,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, col

from domain.clients import Client, WaitlistEntry, WeeklyWindow
from domain.matching import Candidate, Slot
from domain.offer_history import NEVER_ASKED_WHEN
from domain.wall_time import local_date, local_day
from models import waitlist as tables
from models.base import Instant
from models.effects import Message
from models.offers import Offer
from models.queries import among, fetch, one_of
from models.repositories import calendar, clients, narrowing, offers, questions
from models.repositories.narrowing import ENTRY_COLUMNS, EntryRow

_ENTRY: Final = tables.WaitlistEntry.metadata.tables["waitlist_entry"]
_WANTED: Final = tables.WaitlistEntry.metadata.tables["waitlist_service"]
_NAMED: Final = tables.WaitlistEntry.metadata.tables["waitlist_provider"]
_WINDOW: Final = tables.WaitlistEntry.metadata.tables["waitlist_window"]
#: A message in one of these did not reach anybody (`effects.contacts_since`).
_NOT_SENT = ("planned", "suppressed", "held", "refused")
_WEEK = timedelta(days=7)


def candidates(
    session: Session,
    practice_id: int,
    *,
    opening_id: int | None,
    slot: Slot,
    service_ids: Iterable[int],
    now: datetime,
    zone: str,
    past_since: datetime | None = None,
    limit: int = 2000,
) -> tuple[Candidate, ...]:
    """Entries that may fit, each with its client, their visits and what they were offered; from `past_since` on also
    what came of it. In ten queries.

    `service_ids` are the services that fit the slot. Where more than `limit` are left, those with the highest
    priority and the longest wait since their last offer stay.
    """
    found = narrowing.find(
        session,
        narrowing.narrowed(practice_id, slot=slot, service_ids=service_ids, now=now, zone=zone, limit=limit),
    )
    if not found:
        return ()
    entries = _values(session, practice_id, [one.entry for one in found])
    people = clients.of_rows(session, practice_id, (one.client for one in found))
    return _candidates(
        session,
        practice_id,
        entries,
        people,
        opening_id=opening_id,
        slot=slot,
        now=now,
        zone=zone,
        past_since=past_since,
    )


def candidates_of(
    session: Session, practice_id: int, client: Client, *, opening_id: int | None, slot: Slot, now: datetime, zone: str
) -> tuple[Candidate, ...]:
    """All that one client waits for, whether it may fit or not: for whoever wants to know why not."""
    entries = of_client(session, practice_id, client.id)
    people = {client.id: client}
    return _candidates(session, practice_id, entries, people, opening_id=opening_id, slot=slot, now=now, zone=zone)


def _candidates(
    session: Session,
    practice_id: int,
    entries: Sequence[WaitlistEntry],
    people: dict[int, Client],
    *,
    opening_id: int | None,
    slot: Slot,
    now: datetime,
    zone: str,
    past_since: datetime | None = None,
) -> tuple[Candidate, ...]:
    visits = calendar.client_visits(session, practice_id, people, since=min(now, slot.during.start))
    phones = list({person.phone for person in people.values() if person.phone is not None})
    offered, busy = _offers(session, practice_id, phones, opening_id=opening_id, now=now)
    today, week = _offers_sent(session, practice_id, phones, now=now, zone=zone)
    past = {} if past_since is None else offers.past(session, practice_id, list(people), since=past_since, now=now)
    asked_when = {} if past_since is None else questions.asked_when(session, practice_id, [one.id for one in entries])
    return tuple(
        Candidate(
            entry=entry,
            client=client,
            visits=visits.get(client.id, ()),
            open_offer=client.phone in busy,
            offered_already=client.id in offered,
            offers_today=today.get(client.phone, 0),
            offers_this_week=week.get(client.phone, 0),
            past=past.get(client.id, ()),
            asked_when=asked_when.get(entry.id, NEVER_ASKED_WHEN),
        )
        for entry in entries
        for client in (people[entry.client_id],)
    )


def still_active(session: Session, practice_id: int, entry_ids: Iterable[int]) -> set[int]:
    """Those of these entries that still wait: what was ranked may have come true since."""
    entries = tables.WaitlistEntry
    found = session.execute(
        select(col(entries.id)).where(
            col(entries.practice_id) == practice_id, one_of(col(entries.id), entry_ids), col(entries.state) == "active"
        )
    )
    return set(found.scalars())


# --- entries -----------------------------------------------------------------------------------------------------


_OF_PRACTICE: Final = select(*ENTRY_COLUMNS).where(_ENTRY.c.practice_id == bindparam("practice_id"))
_ONE: Final = _OF_PRACTICE.where(_ENTRY.c.id == bindparam("entry_id"))
_OF_CLIENT: Final = _OF_PRACTICE.where(
    _ENTRY.c.client_id == bindparam("client_id"), _ENTRY.c.state == "active"
).order_by(_ENTRY.c.id)


def get(session: Session, practice_id: int, entry_id: int) -> WaitlistEntry:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such entry."""
    found = fetch(session, _ONE, practice_id=practice_id, entry_id=entry_id)
    if not found:
        raise NoResultFound(f"practice {practice_id} has no waitlist entry {entry_id}")
    return _values(session, practice_id, [EntryRow(*found[0])])[0]


def of_client(session: Session, practice_id: int, client_id: int) -> tuple[WaitlistEntry, ...]:
    """The client's active entries, oldest first."""
    found = fetch(session, _OF_CLIENT, practice_id=practice_id, client_id=client_id)
    return tuple(_values(session, practice_id, [EntryRow(*row) for row in found]))


def save(session: Session, practice_id: int, entry: WaitlistEntry, *, import_key: str | None = None) -> int:
    """Add an entry (`entry.id` 0) or make the one of that id say this; returns the id.

    When it was last offered something is ours to note, and stays as it is.
    """
    entries = tables.WaitlistEntry
    if entry.id:
        row: tables.WaitlistEntry = session.execute(
            _entries(practice_id).where(col(entries.id) == entry.id)
        ).scalar_one()
        for table in (tables.WaitlistService, tables.WaitlistProvider, tables.WaitlistWindow):
            session.execute(delete(table).where(col(table.practice_id) == practice_id, col(table.entry_id) == entry.id))
    else:
        row = entries(practice_id=practice_id, client_id=entry.client_id, joined_at=entry.joined_at)
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


def take_wish(
    session: Session,
    practice_id: int,
    entry_id: int,
    *,
    windows: tuple[WeeklyWindow, ...] | None,
    earliest: date | None,
    latest: date | None,
) -> None:
    """The client told when they can come. None leaves the hours, or a date, as they are."""
    row = session.execute(_entries(practice_id).where(col(tables.WaitlistEntry.id) == entry_id)).scalar_one()
    row.earliest_date, row.latest_date = earliest or row.earliest_date, latest or row.latest_date
    if row.latest_date is not None and row.earliest_date is not None and row.latest_date < row.earliest_date:
        row.earliest_date, row.latest_date = earliest, latest
    if windows is None:
        return
    table = tables.WaitlistWindow
    session.execute(delete(table).where(col(table.practice_id) == practice_id, col(table.entry_id) == entry_id))
    session.add_all(
        table(practice_id=practice_id, entry_id=entry_id, weekday=one.weekday, start_time=one.start, end_time=one.end)
        for one in windows
    )
    session.flush()


def set_state(session: Session, practice_id: int, entry_id: int, state: str) -> None:
    """`state`: "active", "paused", "fulfilled" or "removed"."""
    session.execute(_entries(practice_id).where(col(tables.WaitlistEntry.id) == entry_id)).scalar_one().state = state


def by_import_key(session: Session, practice_id: int, keys: Iterable[str]) -> dict[str, int]:
    """Ids of entries an earlier import made, by their keys in the practice's list."""
    entries = tables.WaitlistEntry
    found = session.execute(
        select(col(entries.import_key), col(entries.id)).where(
            col(entries.practice_id) == practice_id, col(entries.import_key).in_(tuple(keys))
        )
    )
    return {key: entry_id for key, entry_id in found if key is not None and entry_id is not None}


# --- rows to values ----------------------------------------------------------------------------------------------


def _entries(practice_id: int) -> Select[tables.WaitlistEntry]:
    return select(tables.WaitlistEntry).where(col(tables.WaitlistEntry.practice_id) == practice_id)


#: Services, providers and windows in one: `place` orders services, and is the weekday of windows.
_WISHES: Final[CompoundSelect[Any]] = union_all(
    select(
        _WANTED.c.entry_id,
        _WANTED.c.position.label("place"),
        _WANTED.c.id,
        _WANTED.c.service_id,
        cast(null(), BigInteger).label("provider_id"),
        cast(null(), Time).label("start_time"),
        cast(null(), Time).label("end_time"),
    ).where(_WANTED.c.practice_id == bindparam("practice_id"), among(_WANTED.c.entry_id, "entry_ids")),
    select(_NAMED.c.entry_id, null(), _NAMED.c.id, null(), _NAMED.c.provider_id, null(), null()).where(
        _NAMED.c.practice_id == bindparam("practice_id"), among(_NAMED.c.entry_id, "entry_ids")
    ),
    select(
        _WINDOW.c.entry_id, _WINDOW.c.weekday, _WINDOW.c.id, null(), null(), _WINDOW.c.start_time, _WINDOW.c.end_time
    ).where(_WINDOW.c.practice_id == bindparam("practice_id"), among(_WINDOW.c.entry_id, "entry_ids")),
).order_by("place", "start_time", "id")


def _values(session: Session, practice_id: int, found: Sequence[EntryRow]) -> list[WaitlistEntry]:
    services: dict[int, list[int]] = defaultdict(list)
    providers: dict[int, set[int]] = defaultdict(set)
    windows: dict[int, list[WeeklyWindow]] = defaultdict(list)
    for entry_id, place, _, service_id, provider_id, start, end in fetch(
        session, _WISHES, practice_id=practice_id, entry_ids=[row.id for row in found]
    ):
        if service_id is not None:
            services[entry_id].append(service_id)
        elif provider_id is not None:
            providers[entry_id].add(provider_id)
        else:
            windows[entry_id].append(WeeklyWindow(weekday=place, start=start, end=end))
    return [
        WaitlistEntry(
            id=row.id,
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
            together=row.together,
        )
        for row in found
    ]


_OFFER: Final = Offer.metadata.tables["offer"]
_OFFERED: Final = select(_OFFER.c.client_id).where(
    _OFFER.c.practice_id == bindparam("practice_id"),
    _OFFER.c.opening_id == bindparam("opening_id", type_=BigInteger),
    _OFFER.c.state != "planned",
)
_BUSY: Final = select(_OFFER.c.phone).where(
    _OFFER.c.practice_id == bindparam("practice_id"),
    offers.keeps_phone(bindparam("now", type_=Instant)),
    among(_OFFER.c.phone, "phones"),
    _OFFER.c.opening_id.is_distinct_from(bindparam("opening_id", type_=BigInteger)),
)


def _offers(
    session: Session, practice_id: int, phones: list[str], *, opening_id: int | None, now: datetime
) -> tuple[set[int], set[str]]:
    """Clients who were offered this opening, and phones that an offer of another has."""
    this: dict[str, Any] = {"practice_id": practice_id, "opening_id": opening_id}
    offered = () if opening_id is None else fetch(session, _OFFERED, **this)
    busy = fetch(session, _BUSY, **this, phones=phones, now=now)
    return {client_id for (client_id,) in offered}, {phone for (phone,) in busy}


_MESSAGE: Final = Message.metadata.tables["message"]
_SENT: Final = (
    select(
        _MESSAGE.c.address,
        func.count().filter(_MESSAGE.c.at >= bindparam("midnight")),
        func.count().filter(_MESSAGE.c.at >= bindparam("a_week_ago")),
    )
    .where(
        _MESSAGE.c.practice_id == bindparam("practice_id"),
        among(_MESSAGE.c.address, "phones"),
        _MESSAGE.c.direction == "out",
        _MESSAGE.c.kind == "offer",
        _MESSAGE.c.at >= bindparam("since"),
        _MESSAGE.c.state.not_in(_NOT_SENT),
    )
    .group_by(_MESSAGE.c.address)
)


def _offers_sent(
    session: Session, practice_id: int, phones: list[str], *, now: datetime, zone: str
) -> tuple[dict[str | None, int], dict[str | None, int]]:
    """Offers each phone had since local midnight and within a week; counted as the gate counts them."""
    midnight, a_week_ago = local_day(on=local_date(now, zone), zone=zone).start, now - _WEEK
    today: dict[str | None, int] = {}
    week: dict[str | None, int] = {}
    for address, since_midnight, since_a_week in fetch(
        session,
        _SENT,
        practice_id=practice_id,
        phones=phones,
        midnight=midnight,
        a_week_ago=a_week_ago,
        since=min(midnight, a_week_ago),
    ):
        today[address], week[address] = since_midnight, since_a_week
    return today, week
