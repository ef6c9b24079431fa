"""Connections: a practice's accounts at vendors, their sealed credentials, and when each was heard or failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlmodel import Session, col

from models.practice import Connection, Practice
from models.repositories import locks

#: "Last heard" is for a person's eye; a row written for every event would cost each of them.
HEARD_WITHIN: Final = timedelta(seconds=10)

_LIVE: Final = col(Connection.off_at).is_(None)
_NEXT_VERSION: Final = col(Connection.version) + 1


class ConnectionChanged(Exception):
    """The connection is another one than was read: somebody changed it meanwhile."""


@dataclass(frozen=True, kw_only=True)
class ConnectionFacts:
    """A connection. `names_services` counts only with `baa_on_file`; `credentials` are sealed with the key `key_id`."""

    id: int
    practice_id: int
    public_id: str
    purpose: str
    vendor: str
    address: str
    location_id: int | None
    baa_on_file: bool
    names_services: bool
    options: Mapping[str, Any]
    credentials: bytes | None
    key_id: str | None
    capabilities: Mapping[str, Any]
    version: int
    off_at: datetime | None
    last_heard_at: datetime | None
    last_failure_at: datetime | None
    last_failure_kind: str | None

    def __repr__(self) -> str:
        return f"ConnectionFacts({self.vendor}, id={self.id}, practice_id={self.practice_id}, version={self.version})"


@dataclass(frozen=True, kw_only=True)
class Account:
    """What `chairflow connect` found out and a connection is to hold; `credentials` sealed already."""

    purpose: str
    vendor: str
    address: str
    public_id: str
    location_id: int | None
    options: Mapping[str, Any]
    credentials: bytes
    key_id: str
    capabilities: Mapping[str, Any]
    #: The first tokens of a vendor that renews them, and their key.
    tokens: tuple[bytes, str] | None = None


def serving(
    connections: Iterable[ConnectionFacts], purpose: str, *, location_id: int | None = None, address: str | None = None
) -> ConnectionFacts | None:
    """The one that speaks for a place: of this address where one is named, else the place's own, else the one for all
    places, else the only one there is. None where several could, and where every one is another place's: which of them
    is for the practice to say (`chairflow connect --location`), not for the order they were connected in."""
    fit = [one for one in connections if one.purpose == purpose and one.off_at is None]
    if address is not None:
        return next((one for one in fit if one.address == address), None)
    for_all = [one for one in fit if one.location_id is None]
    of_place = [one for one in fit if one.location_id == location_id]
    nearest = of_place or for_all or fit
    return next(iter(nearest)) if len(nearest) == 1 else None


def beside(connections: Iterable[ConnectionFacts], one: ConnectionFacts) -> tuple[ConnectionFacts, ...]:
    """Those of the same purpose for the same places: with them neither speaks first."""
    return tuple(
        other
        for other in connections
        if (other.purpose, other.location_id) == (one.purpose, one.location_id) and other.id != one.id
    )


def of_practice(session: Session, practice_id: int, *, also_off: bool = False) -> tuple[ConnectionFacts, ...]:
    """A practice's connections, the first connected first."""
    conditions: list[ColumnElement[bool]] = [col(Connection.practice_id) == practice_id]
    return tuple(_facts_where(session, *conditions, *(() if also_off else (_LIVE,))))


def of_everybody(session: Session) -> tuple[ConnectionFacts, ...]:
    """Every practice's live connections."""
    return tuple(_facts_where(session, _LIVE))


def get(session: Session, practice_id: int, connection_id: int) -> ConnectionFacts | None:
    mine = (col(Connection.practice_id) == practice_id, col(Connection.id) == connection_id)
    return next(_facts_where(session, *mine), None)


def by_public_id(session: Session, public_id: str) -> ConnectionFacts | None:
    """The live connection that a webhook's URL names."""
    return next(_facts_where(session, col(Connection.public_id) == public_id, _LIVE), None)


def by_address(session: Session, vendor: str, address: str) -> ConnectionFacts | None:
    """The live connection a vendor means when it names this business, number or team; None where several practices
    have it."""
    found = list(_facts_where(session, col(Connection.vendor) == vendor, col(Connection.address) == address, _LIVE))
    return found[0] if len({one.practice_id for one in found}) == 1 else None


def is_only_practice(session: Session, practice_id: int) -> bool:
    """Whether the installation serves this practice alone."""
    ids = session.execute(select(col(Practice.id)).limit(2)).scalars().all()
    return list(ids) == [practice_id]


def connect(session: Session, practice_id: int, account: Account) -> ConnectionFacts:
    """Store an account. The practice's connection of the same address and place is brought up to date; otherwise it is
    a new one. Raises `sqlalchemy.exc.IntegrityError` where another practice has the address."""
    here = (
        col(Connection.practice_id) == practice_id,
        col(Connection.purpose) == account.purpose,
        col(Connection.vendor) == account.vendor,
        col(Connection.address) == account.address,
    )
    rows = session.execute(select(Connection).where(*here).order_by(col(Connection.off_at).desc()).with_for_update())
    known = list(rows.scalars())
    row = next((one for one in known if one.location_id == account.location_id or one.purpose != "chat"), None)
    if row is None:
        row = Connection(
            practice_id=practice_id, purpose=account.purpose, vendor=account.vendor, address=account.address
        )
        session.add(row)
    # The credentials are bound to the name they were sealed under.
    row.public_id = account.public_id
    row.location_id, row.options = account.location_id, {**(row.options or {}), **account.options}
    row.credentials, row.key_id = account.credentials, account.key_id
    row.tokens, row.tokens_key_id = account.tokens or (None, None)
    row.capabilities, row.off_at = dict(account.capabilities), None
    row.last_failure_at, row.last_failure_kind = None, None
    row.version = (row.version or 0) + 1
    session.flush()
    return _facts(row)


def public_id_of(
    session: Session, practice_id: int, *, vendor: str, address: str, location_id: int | None
) -> str | None:
    """The name that URLs use for the practice's connection of this address, so that it stays what it was."""
    rows = session.execute(
        select(Connection)
        .where(
            col(Connection.practice_id) == practice_id,
            col(Connection.vendor) == vendor,
            col(Connection.address) == address,
        )
        .order_by(col(Connection.off_at).desc())
    ).scalars()
    found = next((one for one in rows if one.location_id == location_id or one.purpose != "chat"), None)
    return None if found is None else found.public_id


def replace_credentials(
    session: Session, practice_id: int, connection_id: int, *, credentials: bytes, key_id: str, version: int
) -> None:
    """New credentials for the connection of this version. Raises `ConnectionChanged` where it is another meanwhile."""
    done = session.execute(
        update(Connection)
        .where(
            col(Connection.practice_id) == practice_id,
            col(Connection.id) == connection_id,
            col(Connection.version) == version,
        )
        .values(credentials=credentials, key_id=key_id, version=_NEXT_VERSION)
        .returning(col(Connection.id))
    ).one_or_none()
    if done is None:
        raise ConnectionChanged


def hold_tokens(session: Session, practice_id: int, connection_id: int, *, within: timedelta) -> None:
    """Nobody else renews this connection's tokens until the transaction ends. Raises `sqlalchemy.exc.OperationalError`
    where somebody else is at it for longer than `within`.

    A lock of the transaction, which a pooler before the database keeps to one connection; the new tokens are kept in a
    transaction of their own.
    """
    milliseconds = int(within.total_seconds() * 1000)
    session.execute(select(func.set_config("lock_timeout", f"{milliseconds}ms", True)))
    locks.hold(session, "tokens", practice_id, str(connection_id))


def tokens_of(session: Session, practice_id: int, connection_id: int) -> tuple[bytes, str] | None:
    """The sealed tokens of a live connection, and the id of their key."""
    row = session.execute(
        select(col(Connection.tokens), col(Connection.tokens_key_id)).where(
            col(Connection.practice_id) == practice_id, col(Connection.id) == connection_id, _LIVE
        )
    ).one_or_none()
    return None if row is None or row.tokens is None else (row.tokens, row.tokens_key_id)


def keep_tokens(session: Session, practice_id: int, connection_id: int, tokens: bytes, key_id: str) -> None:
    session.execute(
        update(Connection)
        .where(col(Connection.practice_id) == practice_id, col(Connection.id) == connection_id, _LIVE)
        .values(tokens=tokens, tokens_key_id=key_id)
    )


def sealed_with_other_keys(session: Session, key_id: str) -> tuple[ConnectionFacts, ...]:
    """Connections of every practice whose credentials another key than this one opens."""
    return tuple(_facts_where(session, col(Connection.key_id).is_not(None), col(Connection.key_id) != key_id))


def note_capabilities(session: Session, practice_id: int, connection_id: int, capabilities: Mapping[str, Any]) -> None:
    session.execute(
        update(Connection)
        .where(col(Connection.practice_id) == practice_id, col(Connection.id) == connection_id)
        .values(capabilities=dict(capabilities))
    )


def turn_off(session: Session, practice_id: int, connection_id: int, *, now: datetime) -> bool:
    """Neither call it nor listen to it any more, and forget its credentials. False where it was off or is not there."""
    done = session.execute(
        update(Connection)
        .where(col(Connection.practice_id) == practice_id, col(Connection.id) == connection_id, _LIVE)
        .values(off_at=now, credentials=None, key_id=None, tokens=None, tokens_key_id=None, version=_NEXT_VERSION)
        .returning(col(Connection.id))
    ).one_or_none()
    return done is not None


def note_heard(session: Session, practice_id: int, connection_id: int, *, at: datetime) -> None:
    """An event came; written when the last one that was written is long enough ago."""
    last = col(Connection.last_heard_at)
    session.execute(
        update(Connection)
        .where(
            col(Connection.practice_id) == practice_id,
            col(Connection.id) == connection_id,
            or_(last.is_(None), last < at - HEARD_WITHIN),
        )
        .values(last_heard_at=at)
    )


def note_failure(session: Session, practice_id: int, connection_id: int, *, kind: str, at: datetime) -> None:
    """A call failed for a reason that lies with the vendor or the account."""
    session.execute(
        update(Connection)
        .where(col(Connection.practice_id) == practice_id, col(Connection.id) == connection_id)
        .values(last_failure_at=at, last_failure_kind=kind)
    )


def _facts_where(session: Session, *conditions: ColumnElement[bool]) -> Iterator[ConnectionFacts]:
    rows = session.execute(select(Connection).where(*conditions).order_by(col(Connection.id))).scalars()
    return map(_facts, rows)


def _facts(row: Connection) -> ConnectionFacts:
    assert row.id is not None
    return ConnectionFacts(
        id=row.id,
        practice_id=row.practice_id,
        public_id=row.public_id,
        purpose=row.purpose,
        vendor=row.vendor,
        address=row.address,
        location_id=row.location_id,
        baa_on_file=row.baa_on_file,
        names_services=row.names_services,
        options=dict(row.options),
        credentials=row.credentials,
        key_id=row.key_id,
        capabilities=dict(row.capabilities),
        version=row.version,
        off_at=row.off_at,
        last_heard_at=row.last_heard_at,
        last_failure_at=row.last_failure_at,
        last_failure_kind=row.last_failure_kind,
    )
