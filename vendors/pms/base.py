"""What Chairflow asks of a practice-management system, whichever it is.

References (`*_ref`) are the vendor's own ids as text. Times are aware datetimes; ranges are half open.
Every call ends within eight seconds or raises; no call retries by itself, but for what its vendor's adapter says. All
raise `vendors.errors.VendorError`. What a PMS cannot do is said beforehand by its `Capabilities`; a call it does not
have raises `vendors.errors.Unsupported`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from vendors.errors import Unsupported


class PmsState(StrEnum):
    """The life of an appointment as far as any PMS tells it."""

    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    #: Merged, mistaken or voided: it never was a visit, so it frees no chair worth offering.
    VOID = "void"
    #: The PMS names a state that nobody here knows. The time is taken until a person has looked.
    UNKNOWN = "unknown"

    @property
    def occupies(self) -> bool:
        """Whether the provider's time is taken."""
        return self not in {PmsState.CANCELLED, PmsState.NO_SHOW, PmsState.VOID}


@dataclass(frozen=True, kw_only=True)
class PmsSegment:
    """One service of a visit, as the PMS holds it; what is written names both its service and its provider.

    A segment that was read without a provider takes the time of the visit's other providers, and of everybody at the
    location where the visit names none.
    """

    service_ref: str | None
    provider_ref: str | None
    start: datetime
    end: datetime
    room_ref: str | None = None
    device_ref: str | None = None
    #: What the provider needs behind `end` before the next client, as the PMS keeps it free.
    clean_up: timedelta = timedelta()
    #: What the PMS charges for it, in cents; None where it does not tell.
    price_cents: int | None = None

    @property
    def taken_until(self) -> datetime:
        """When the provider is free again."""
        return self.end + self.clean_up


@dataclass(frozen=True, kw_only=True)
class PmsAppointment:
    """A visit as read from the PMS just now. It has at least one segment.

    Where the PMS leaves an end out, `end` is as late as a visit can last: it takes too much rather than too little.
    """

    ref: str
    location_ref: str | None
    client_ref: str | None
    state: PmsState
    start: datetime
    end: datetime
    segments: tuple[PmsSegment, ...]
    cancel_reason: str | None = None
    created_at: datetime | None = None
    #: Fields that were missing or could not be read, in the PMS's words and without their values; staff hear of them.
    unread: tuple[str, ...] = ()
    #: Said by the PMS as it wrote the visit: it stands, and collides with something.
    collides: bool = False

    def occupies(self, provider_ref: str, start: datetime, end: datetime) -> bool:
        """Whether the visit takes time of this provider within the range."""
        if not self.state.occupies:
            return False
        named = {segment.provider_ref for segment in self.segments if segment.provider_ref is not None}
        return any(
            segment.start < end and start < segment.taken_until
            for segment in self.segments
            if segment.provider_ref == provider_ref
            or (segment.provider_ref is None and (not named or provider_ref in named))
        )


@dataclass(frozen=True, kw_only=True)
class PmsUnread:
    """A row of the calendar of which too little could be read for a visit, a block or a shift.

    It takes its provider's time all the same: from `start` (or the day's) until `end` (or the day's). Without a
    provider it takes everybody's time if both are known, and is only reported if not. One row may name several
    providers: then there is one of these for each.
    """

    #: "appointment", "block" or "shift".
    kind: str
    ref: str | None
    provider_ref: str | None
    start: datetime | None
    end: datetime | None
    #: The fields that were missing or unreadable, in the PMS's words and without their values.
    unread: tuple[str, ...]
    #: Whether it takes time. A shift that cannot be read gives none, and takes none either.
    occupies: bool = True

    def during(self, day: tuple[datetime, datetime]) -> tuple[datetime, datetime] | None:
        """What it takes of a day given by its bounds; None where that is nothing."""
        if not self.occupies or (self.provider_ref is None and (self.start is None or self.end is None)):
            return None
        start, end = max(self.start or day[0], day[0]), min(self.end or day[1], day[1])
        return (start, end) if start < end else None


@dataclass(frozen=True, kw_only=True)
class PmsBlock:
    """A stretch a provider keeps free of clients (lunch, meeting), wherever they are then.

    `not_at_work`: it only says that they do not work at this location then, and nothing of other places.
    """

    ref: str
    provider_ref: str
    start: datetime
    end: datetime
    not_at_work: bool = False


@dataclass(frozen=True, kw_only=True)
class PmsShift:
    """A stretch a provider works."""

    provider_ref: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class PmsDay:
    """Everything that decides who is free on one local date at one location.

    Cancelled appointments are left out; `appointments` holds whatever occupies a provider. One odd row never costs the
    day: what could be read only in part is still among `appointments` (see their `unread`), the rest is in `unread`.

    A provider whose working hours the PMS knows, and who has none on this date, has a block that is `not_at_work` over
    all of it. Only of a provider without any shift and any such block does nobody know the hours.
    """

    location_ref: str
    day: date
    appointments: tuple[PmsAppointment, ...]
    blocks: tuple[PmsBlock, ...]
    shifts: tuple[PmsShift, ...]
    unread: tuple[PmsUnread, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewVisit:
    """A visit to be written. `segments` are in order; ends and clean-up are what the practice's matrix says."""

    location_ref: str
    client_ref: str
    segments: tuple[PmsSegment, ...]
    #: Our booking key, left as a note where the PMS has room for one: an audit trail, no lock.
    key: str


@dataclass(frozen=True, kw_only=True)
class ClientRecord:
    """A client as the PMS knows them; used to fill our own table, never logged."""

    ref: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    marketing_sms: bool | None
    marketing_email: bool | None
    #: Whether the practice is not to write to them there at all, about their visits neither.
    refuses_texts: bool = False
    refuses_mails: bool = False


class Event(StrEnum):
    """What a PMS may tell by webhook."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    NO_SHOW = "no_show"
    COMPLETED = "completed"
    #: A client was added or changed.
    CLIENT = "client"
    #: A client's consent to be written to was changed in the PMS.
    CONSENT = "consent"


class EventKeys(StrEnum):
    """How repeats of one event are known as such."""

    #: The PMS gives each event a key and keeps it when it delivers the event again.
    KEPT = "kept"
    #: The PMS gives each event a key; whether a repeated delivery keeps the key is not documented.
    UNSURE = "unsure"
    #: The PMS gives no key: the adapter makes one of what the event names.
    MADE = "made"


@dataclass(frozen=True, kw_only=True)
class Tells:
    """What a PMS says of its own accord. What it does not tell has to be looked for."""

    events: frozenset[Event] = frozenset()
    event_keys: EventKeys = EventKeys.KEPT
    #: Whether the signature covers the body. A static token only proves who called.
    signs_body: bool = True
    #: Whether each subscription has a secret of its own, shown once.
    secret_per_subscription: bool = False
    #: What to answer to a delivery that could not be kept, so that it comes again.
    retry_status: int = 503


class DayView(StrEnum):
    """How a day of the calendar can be read."""

    #: One call answers for a location and a range of time.
    AT_ONCE = "at_once"
    #: The day is put together from a call a provider, service or client.
    GATHERED = "gathered"
    #: No call lists a day: only visits whose ids or clients are known can be looked at.
    UNSEEN = "unseen"


@dataclass(frozen=True, kw_only=True)
class Shows:
    """What a PMS lets us read."""

    day: DayView
    blocks: bool = False
    #: Without shifts nobody can prove that a provider works at an hour: the practice's own hours decide.
    shifts: bool = False
    rooms: bool = False
    #: Start times that the PMS itself would book.
    free_times: bool = False
    changes_since: bool = False
    catalogue: bool = False
    clients: bool = True
    waitlist: bool = False
    #: Whether a client keeps the same id for good. Where not, a merge or an edit may make them look new.
    stable_client_ids: bool = True
    #: Whether a visit goes by several ids (the visit, its parts, its invoice), so that `ref` carries them together.
    several_ids_per_visit: bool = False
    #: Whether a visit may hold several services one after the other.
    several_services_per_visit: bool = True
    #: Whether a confirmation by the client can be told from a visit that was merely booked.
    confirmations: bool = True
    #: Whether a visit that is over says so. Where not, one whose client had arrived is over at its end.
    completions: bool = True


@dataclass(frozen=True, kw_only=True)
class Takes:
    """What a PMS lets us write. What it does not take, a person types, and we watch the calendar."""

    book: bool = False
    move: bool = False
    cancel: bool = False
    confirm: bool = False
    block: bool = False
    create_client: bool = False


@dataclass(frozen=True, kw_only=True)
class Rate:
    """At most so many requests in so much time."""

    requests: int
    per: timedelta


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a PMS tells, shows and takes. Journeys ask for this and never for a name (DESIGN.md §5.20)."""

    tells: Tells
    shows: Shows
    takes: Takes
    #: Whether the PMS itself refuses to put two clients in one chair. Where it only warns, we read again after writing.
    refuses_double_booking: bool
    #: Whether the PMS sends reminders of its own that nobody can hold back through its API.
    reminds_by_itself: bool = False
    #: How fast it may be asked, all limits that hold at once; empty where it names none.
    pace: tuple[Rate, ...] = ()
    #: A connection that is not used for so long lapses, and the practice has to connect again; None where it does not.
    lapses_unused_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class NewClient:
    """A person to be added as a client."""

    first_name: str
    last_name: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class FreeTime:
    """A start that the PMS itself would book; `provider_ref` is None where it does not say with whom."""

    start: datetime
    provider_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class PmsLocation:
    """A place of the practice; `zone` is an IANA name where the PMS tells one."""

    ref: str
    name: str
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class PmsProvider:
    """Somebody who gives treatments."""

    ref: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PmsService:
    """Something that can be booked. `provider_refs` is None where the PMS does not tell who gives it."""

    ref: str
    name: str
    lasts: timedelta | None = None
    #: What is kept free behind it.
    clean_up: timedelta = timedelta()
    provider_refs: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What a PMS calls the practice's places, people and services: the references that visits name."""

    locations: tuple[PmsLocation, ...]
    providers: tuple[PmsProvider, ...]
    services: tuple[PmsService, ...]


class Pms(Protocol):
    """One practice's PMS.

    Adapters name this as their base: the calls that not every PMS has are refused here, so that an adapter writes only
    those it states in its `capabilities`.
    """

    #: Names the activity queue (`pms-<kind>`) and the search attribute `PmsKind`.
    kind: str
    capabilities: Capabilities

    def keep_alive(self) -> None:
        """Keep a connection that lapses when it is not used (`lapses_unused_after`), whether or not there is anything
        to ask. Asked for every few minutes; does nothing where it is not needed yet."""
        return

    def fetch(self, *, appointment_ref: str) -> PmsAppointment | None:
        """The appointment as it is now; None when the PMS knows no such id."""

    def read_day(
        self, *, location_ref: str, provider_refs: tuple[str, ...], day: date, zone: str, only_visits: bool = False
    ) -> PmsDay:
        """One local date at one location, for these providers. With `only_visits` blocks and shifts are not asked for,
        where that saves requests: a booking in the making looks for nothing but other visits."""

    def book(self, visit: NewVisit) -> PmsAppointment:
        """Write a visit, all segments or none.

        Raises `SlotTaken` before anything is on the calendar where the PMS refuses or warns, `Ambiguous` when the
        answer to the committing call was lost: then `find` decides, never a second `book`. A warning that came with
        the commit itself is told by `collides`.
        """
        raise _unsupported(self, "book")

    def find(
        self, *, location_ref: str, client_ref: str, start: datetime, segments: tuple[PmsSegment, ...]
    ) -> tuple[PmsAppointment, ...]:
        """Live appointments of this client that begin at `start` with the same services and providers."""

    def cancel(self, *, appointment_ref: str, quietly: bool, void: bool) -> None:
        """Cancel; `quietly` keeps the PMS from telling the client, `void` marks it as never having been a visit."""
        raise _unsupported(self, "cancel")

    def confirm(self, *, appointment_ref: str) -> None:
        """Mark as confirmed by the client."""
        raise _unsupported(self, "confirm")

    def fetch_client(self, *, client_ref: str) -> ClientRecord | None:
        """The client as the PMS knows them."""

    def move(self, *, appointment_ref: str, segments: tuple[PmsSegment, ...]) -> PmsAppointment:
        """Give a visit other times or providers; it keeps its services and its reference. The PMS does not tell the
        client. Raises `SlotTaken` with the visit as it was, and `Ambiguous`: then `fetch` decides."""
        raise _unsupported(self, "move")

    def create_client(self, client: NewClient) -> str:
        """Add a client and answer with their reference. Raises `Refused` with the code DUPLICATE where the PMS has
        somebody with that phone or mailbox: whether it is the same person is not for a machine to say. `Ambiguous`
        means that `find_clients` decides."""
        raise _unsupported(self, "create_client")

    def find_clients(self, *, phone: str | None = None, email: str | None = None) -> tuple[ClientRecord, ...]:
        """Clients with that phone or mailbox."""
        raise _unsupported(self, "find_clients")

    def block(self, *, location_ref: str, provider_ref: str, start: datetime, end: datetime, title: str) -> PmsBlock:
        """Keep a provider's time free of clients. `title` is read by staff."""
        raise _unsupported(self, "block")

    def free_times(
        self, *, location_ref: str, service_ref: str, provider_ref: str, start: datetime, end: datetime, zone: str
    ) -> tuple[FreeTime, ...]:
        """Starts in the half-open range that the PMS would book for that service with that provider."""
        raise _unsupported(self, "free_times")

    def changes_since(self, since: datetime) -> tuple[PmsAppointment, ...]:
        """Visits that were made or changed at or after that time, cancelled ones too. The caller goes on from when it
        began to ask, less a few minutes: neither clock is trusted to the second."""
        raise _unsupported(self, "changes_since")

    def catalogue(self) -> Catalogue:
        """Places, people and services, by the references that visits name."""
        raise _unsupported(self, "catalogue")


def _unsupported(pms: Pms, operation: str) -> Unsupported:
    return Unsupported("this system has no call for it", vendor=pms.kind, operation=operation)


@dataclass(frozen=True, kw_only=True)
class PmsEvent:
    """What a verified webhook of a PMS tells us: a hint to look again, never content to apply.

    `appointment_ref` is None for events about anything else. `event_key` is unique per event, equal over its repeats.
    """

    event_key: str
    event_type: str
    business_ref: str
    occurred_at: datetime | None
    appointment_ref: str | None = None
    client_ref: str | None = None
    location_ref: str | None = None


class PmsWebhooks(Protocol):
    """Reads one vendor's webhooks. Pure: no network, no database."""

    def verify_and_parse(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> PmsEvent:
        """Raises `Unauthorised`, `Malformed` or `Undocumented` (the last carries what could be read)."""
