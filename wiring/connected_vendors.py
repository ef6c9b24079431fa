"""Adapters and webhook readers by connection.

An adapter is made once for each version of a connection. Its secrets are unsealed for that, in memory only. A change
of a connection takes effect in every process within `KEPT`.

The environment's account (`CHAIRFLOW_<VENDOR>_*`) serves a practice's connections that hold no credentials of their
own, and where the installation has one practice only, that practice without any connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar, cast

import structlog
from pydantic import ValidationError

from models.repositories import connections, practices
from models.repositories.connections import ConnectionFacts, serving
from models.session import Database
from operations.ports import Grace, StaffChat
from vendors.chat.base import Chat
from vendors.email.base import Mails
from vendors.errors import Ambiguous, BadAnswer, Misconfigured, RateLimited, Unreachable, VendorError
from vendors.pms.base import Pms
from vendors.sms.base import Texts
from wiring.connection_tokens import SealedTokens
from wiring.expiring import Expiring
from wiring.sealing import KeyMissing, SealBroken, Sealer
from wiring.settings import Settings, VendorSettings
from wiring.vendor_accounts import Vault, account_of
from wiring.vendors import CHAT, DIALECTS, EMAIL, PMS, PURPOSES, SMS, Dialect, Seat

_log = structlog.get_logger(__name__)

#: How long a connection that somebody changed or turned off goes on as it was, in each process.
KEPT: Final = timedelta(seconds=5)
#: A failing vendor fails at every call; one of them is written down in this time.
_NOTED_EVERY_SECONDS: Final = 10.0

PortT = TypeVar("PortT")


@dataclass(frozen=True, kw_only=True)
class Plug:
    """An account of a practice, from its connection or from the environment (`connection` is None, or has no
    credentials)."""

    practice_id: int
    vendor: str
    account: VendorSettings
    connection: ConnectionFacts | None


class Accounts:
    """Which account a practice uses for what."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        keep: timedelta = KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.database = database
        self.vault = Vault(Sealer(settings.keyring()))
        self._of_practice: Expiring[int, tuple[ConnectionFacts, ...]] = Expiring(keep=keep, clock=clock)
        self._kinds: Expiring[int, tuple[str, str]] = Expiring(keep=keep, clock=clock)
        self._alone: Expiring[int, bool] = Expiring(keep=keep, clock=clock)
        self._plugs: dict[int, tuple[int, Plug | None]] = {}

    def of_practice(self, practice_id: int) -> tuple[ConnectionFacts, ...]:
        """Its live connections."""

        def load() -> tuple[ConnectionFacts, ...]:
            with self.database.transaction() as session:
                return connections.of_practice(session, practice_id)

        return self._of_practice.get(practice_id, load)

    def kind_and_slug(self, practice_id: int) -> tuple[str, str]:
        """Its practice system's kind, and its slug."""

        def load() -> tuple[str, str]:
            with self.database.transaction() as session:
                practice = practices.load(session, practice_id)
            return practice.pms_kind, practice.slug

        return self._kinds.get(practice_id, load)

    def environment(self, vendor: str) -> VendorSettings | None:
        """The environment's account at a vendor."""
        found: VendorSettings | None = getattr(self.settings, vendor, None)
        return found

    def plug(
        self,
        practice_id: int,
        purpose: str,
        *,
        vendor: str | None = None,
        location_id: int | None = None,
        address: str | None = None,
    ) -> Plug | None:
        """The account for this purpose: of this address, else of this place. None where there is none. Raises
        `Misconfigured` where its credentials do not open or do not make an account."""
        mine = [one for one in self.of_practice(practice_id) if vendor is None or one.vendor == vendor]
        found = serving(mine, purpose, location_id=location_id, address=address)
        if found is None and address is not None:
            # Connected a moment ago, perhaps: whoever asks read the address just now.
            self._of_practice.forget(practice_id)
            found = serving(self.of_practice(practice_id), purpose, address=address)
        if found is not None:
            return self.plug_of(found)
        if any(one.purpose == purpose for one in mine):
            return None  # it has connections, and none of this address
        vendors = [one for one in DIALECTS[purpose] if vendor in (None, one) and self.environment(one) is not None]
        if not vendors or not self.is_only_practice(practice_id):
            return None
        account = self.environment(vendors[0])
        assert account is not None
        return Plug(practice_id=practice_id, vendor=vendors[0], account=account, connection=None)

    def plug_of(self, connection: ConnectionFacts) -> Plug | None:
        """The account of a connection; None where it has no credentials and the environment has no such account.
        Unsealed once for each version."""
        kept = self._plugs.get(connection.id)
        if kept is not None and kept[0] == connection.version:
            return kept[1]
        plug = self._unsealed(connection)
        self._plugs[connection.id] = connection.version, plug
        return plug

    def _unsealed(self, connection: ConnectionFacts) -> Plug | None:
        dialect = _dialect(connection)
        try:
            secrets = self.vault.credentials(connection)
        except (KeyMissing, SealBroken) as error:
            raise _misconfigured(connection, f"its credentials do not open: {error}") from error
        base = None if secrets is not None else self.environment(connection.vendor)
        if secrets is None and base is None:
            return None
        try:
            account = account_of(dialect.account, options=connection.options, secrets=secrets, base=base)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, one["loc"])) or "account" for one in error.errors(include_input=False))
            raise _misconfigured(connection, f"its account is incomplete or wrong: {fields}") from None
        if base is not None and connection.purpose == "pms":
            theirs = dialect.address(account)
            if theirs is not None and dialect.plain(connection.address) != theirs:
                # Another practice's calendar would be read and written.
                raise _misconfigured(connection, "the environment's account is another business; connect its own")
        return Plug(
            practice_id=connection.practice_id, vendor=connection.vendor, account=account, connection=connection
        )

    def is_only_practice(self, practice_id: int) -> bool:
        """Whether the environment's accounts can be nobody else's."""

        def load() -> bool:
            with self.database.transaction() as session:
                return connections.is_only_practice(session, practice_id)

        return self._alone.get(practice_id, load)


class ConnectedVendors:
    """Implements `operations.ports.Vendors`: each practice's own accounts, each adapter made once."""

    def __init__(self, accounts: Accounts, *, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._accounts = accounts
        self._made: dict[tuple[int, str, int | None], tuple[int, Any]] = {}
        self._lock = threading.Lock()
        self._failures = _Failures(accounts.database, wall)

    def pms(self, practice_id: int) -> Pms:
        kind, _ = self._accounts.kind_and_slug(practice_id)
        plug = self._accounts.plug(practice_id, "pms", vendor=kind) if kind in PMS else None
        if plug is None:
            raise Misconfigured(
                "no such practice system is connected: chairflow connect", vendor=kind, operation="connect"
            )
        return self._adapter(PMS[kind], plug)

    def texts(self, practice_id: int, *, number: str | None = None) -> Texts | None:
        plug = self._accounts.plug(practice_id, "sms", address=number)
        return None if plug is None else self._adapter(SMS[plug.vendor], plug)

    def mails(self, practice_id: int, *, location_id: int | None = None) -> Mails | None:
        plug = self._accounts.plug(practice_id, "email", location_id=location_id)
        return None if plug is None else self._adapter(EMAIL[plug.vendor], plug)

    def chat(self, practice_id: int, *, location_id: int | None = None) -> StaffChat | None:
        plug = self._accounts.plug(practice_id, "chat", location_id=location_id)
        return None if plug is None else self._adapter(CHAT[plug.vendor], plug)

    def press_answers(self, practice_id: int) -> Chat | None:
        places = {one.location_id for one in self._accounts.of_practice(practice_id) if one.purpose == "chat"}
        chats = (self.chat(practice_id, location_id=place) for place in (None, *places))
        return next((one.chat for one in chats if one is not None), None)

    def _adapter(self, dialect: Dialect[Any, PortT, Any], plug: Plug) -> PortT:
        """The adapter of this version of the account; that of an earlier one goes when nobody uses it any more."""
        connection = plug.connection
        key = (plug.practice_id, plug.vendor, None if connection is None else connection.id)
        version = 0 if connection is None else connection.version
        with self._lock:
            made = self._made.get(key)
            if made is None or made[0] != version:
                adapter = dialect.adapter(cast(Any, plug.account), self._seat(plug))
                made = version, adapter if connection is None else self._failures.noted(adapter, connection)
                self._made[key] = made
        return cast(PortT, made[1])

    def _seat(self, plug: Plug) -> Seat:
        accounts, connection = self._accounts, plug.connection
        return Seat(
            status_url=self._status_url(plug),
            tokens=None if connection is None else SealedTokens(accounts.database, accounts.vault, connection),
        )

    def _status_url(self, plug: Plug) -> str:
        named = plug.connection.public_id if plug.connection else self._accounts.kind_and_slug(plug.practice_id)[1]
        return f"{self._accounts.settings.public_base_url}/webhooks/{plug.vendor}/status/{named}"


@dataclass(frozen=True, kw_only=True)
class ConnectedGrace(Grace):
    """Implements `Grace`: the read-back grace that a practice's accounts state, where they state one."""

    accounts: Accounts

    def of(self, practice_id: int) -> Grace:
        stated = {"bookings": self._stated(practice_id, "pms"), "messages": self._stated(practice_id, "sms")}
        return replace(
            Grace(messages=self.messages, bookings=self.bookings),
            **{use: grace for use, grace in stated.items() if grace is not None},
        )

    def _stated(self, practice_id: int, purpose: str) -> timedelta | None:
        try:
            plug = self.accounts.plug(practice_id, purpose)
        except Misconfigured:
            return None  # its calls say so themselves
        return None if plug is None else DIALECTS[purpose][plug.vendor].grace(plug.account)


class _Failures:
    """Writes down when a connection's calls failed for a reason that lies with the vendor or the account."""

    def __init__(self, database: Database, wall: Callable[[], datetime]) -> None:
        self._database = database
        self._wall = wall
        self._noted: dict[tuple[int, str], float] = {}

    def noted(self, adapter: PortT, connection: ConnectionFacts) -> PortT:
        """The adapter, whose failures are written down."""
        if isinstance(adapter, StaffChat):
            noted = cast(Any, _Noted(adapter.chat, self, connection))
            names = connection.baa_on_file and connection.names_services
            return cast(PortT, replace(adapter, chat=noted, names_clients=names))
        return cast(PortT, _Noted(adapter, self, connection))

    def note(self, connection: ConnectionFacts, error: VendorError) -> None:
        kind = type(error).__name__
        key = connection.id, kind
        if time.monotonic() < self._noted.get(key, 0.0):
            return
        self._noted[key] = time.monotonic() + _NOTED_EVERY_SECONDS
        try:
            with self._database.transaction() as session:
                connections.note_failure(session, connection.practice_id, connection.id, kind=kind, at=self._wall())
        except Exception as failed:  # the call's own error is the one to be heard
            _log.warning("connection.failure_not_noted", connection_id=connection.id, error=type(failed).__name__)


_FAILURES: Final = (Misconfigured, RateLimited, Unreachable, Ambiguous, BadAnswer)


class _Noted:
    """Stands before an adapter and lets its failures be written down."""

    def __init__(self, adapter: Any, failures: _Failures, connection: ConnectionFacts) -> None:
        self._adapter = adapter
        self._failures = failures
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        if not callable(found):
            return found

        def call(*args: Any, **given: Any) -> Any:
            try:
                return found(*args, **given)
            except _FAILURES as error:
                self._failures.note(self._connection, error)
                raise

        return call


ReadT = TypeVar("ReadT")


@dataclass(frozen=True, kw_only=True)
class Reader(Generic[ReadT]):
    """Who a webhook's URL may mean: how that account's calls are read, and whose they are.

    `practice_id` is None for the environment's account at a URL that names no practice we know. `address` is how the
    vendor names the account, where it is known.
    """

    reads: ReadT
    practice_id: int | None
    connection_id: int | None
    address: str | None


class ConnectedReaders:
    """Readers of webhooks by what their URL names: a connection, or a practice by its slug.

    `known_…` never wait; what they do not know is to be loaded.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        keep: timedelta = KEPT,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._wall = wall
        self._named: Expiring[tuple[str, str], tuple[Reader[Any], ...]] = Expiring(keep=keep, clock=clock)
        self._owners: Expiring[tuple[str, str], tuple[Reader[Any], ...]] = Expiring(keep=keep, clock=clock)
        self._heard: dict[int, datetime] = {}

    def known(self, vendor: str, named: str) -> tuple[Reader[Any], ...] | None:
        return self._named.fresh((vendor, named))

    def load(self, vendor: str, named: str) -> tuple[Reader[Any], ...]:
        """Every account that may call this URL; none where there is no such connection or the vendor is off."""
        return self._named.get((vendor, named), lambda: self._load(vendor, named))

    def known_owner(self, vendor: str, address: str) -> tuple[Reader[Any], ...] | None:
        return self._owners.fresh((vendor, address))

    def load_owner(self, vendor: str, address: str) -> tuple[Reader[Any], ...]:
        """The one live connection of this address, with its reader; empty where nobody has it, or several do."""
        return self._owners.get((vendor, address), lambda: self._load_owner(vendor, address))

    def plain(self, vendor: str, address: str) -> str:
        """An address of a webhook as connections keep it."""
        return DIALECTS[PURPOSES[vendor]][vendor].plain(address)

    def note_heard(self, reader: Reader[Any]) -> bool:
        """Whether the time has come to write down that it was heard; the caller then does with `write_heard`."""
        if reader.connection_id is None:
            return False
        last, now = self._heard.get(reader.connection_id), self._wall()
        return last is None or now - last >= connections.HEARD_WITHIN

    def write_heard(self, reader: Reader[Any]) -> None:
        if reader.connection_id is None or reader.practice_id is None:
            return
        now = self._heard[reader.connection_id] = self._wall()
        with self._accounts.database.transaction() as session:
            connections.note_heard(session, reader.practice_id, reader.connection_id, at=now)

    def _load(self, vendor: str, named: str) -> tuple[Reader[Any], ...]:
        with self._accounts.database.transaction() as session:
            if named.startswith("c_"):
                one = connections.by_public_id(session, named)
                found: tuple[ConnectionFacts, ...] = () if one is None or one.vendor != vendor else (one,)
                practice_id = None
            else:
                practice = practices.by_slug(session, named)
                practice_id = None if practice is None else practice.id
                mine = () if practice is None else connections.of_practice(session, practice.id)
                found = tuple(one for one in mine if one.vendor == vendor)
        if found:
            return tuple(reader for one in found if (reader := self._reader(one)) is not None)
        account = None if named.startswith("c_") else self._accounts.environment(vendor)
        if account is None or not (practice_id is None or self._accounts.is_only_practice(practice_id)):
            return ()
        dialect = DIALECTS[PURPOSES[vendor]][vendor]
        reads = dialect.reader(account)
        if reads is None:
            return ()
        return (Reader(reads=reads, practice_id=practice_id, connection_id=None, address=dialect.address(account)),)

    def _load_owner(self, vendor: str, address: str) -> tuple[Reader[Any], ...]:
        with self._accounts.database.transaction() as session:
            found = connections.by_address(session, vendor, address)
        reader = None if found is None else self._reader(found)
        return () if reader is None else (reader,)

    def _reader(self, connection: ConnectionFacts) -> Reader[Any] | None:
        dialect = _dialect(connection)
        try:
            plug = self._accounts.plug_of(connection)
        except Misconfigured as error:
            _log.error("connection.unusable", connection_id=connection.id, why=error.reason)
            return None
        reads = None if plug is None else dialect.reader(plug.account)
        if plug is None or reads is None:
            return None
        return Reader(
            reads=reads,
            practice_id=connection.practice_id,
            connection_id=connection.id,
            # A practice system may be known by another name than its events use.
            address=dialect.address(plug.account) if connection.purpose == "pms" else connection.address,
        )


def _dialect(connection: ConnectionFacts) -> Dialect[Any, Any, Any]:
    dialect = DIALECTS.get(connection.purpose, {}).get(connection.vendor)
    if dialect is None:
        raise _misconfigured(connection, "this version does not speak to it")
    return dialect


def _misconfigured(connection: ConnectionFacts, why: str) -> Misconfigured:
    return Misconfigured(why, vendor=connection.vendor, operation="connect")
