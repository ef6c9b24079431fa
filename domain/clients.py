"""Clients, what they agreed to, and what they wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

#: The id of a client who is nobody on file.
_NOT_ON_FILE: Final = 0


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


class Language(StrEnum):
    """What a client is written to in: the language on file, else the one they last wrote in."""

    ENGLISH = "en"
    SPANISH = "es"


class MessageKind(StrEnum):
    """What a message is for; consent, caps and quiet hours are kept per kind."""

    #: About a visit the client has: confirmation, reminder, a change, an answer to what they wrote.
    APPOINTMENT = "appointment"
    #: An opening offered from the waitlist.
    OFFER = "offer"
    #: "It is time again", review requests.
    MARKETING = "marketing"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """Which kinds a client agreed to on which channel."""

    granted: frozenset[tuple[Channel, MessageKind]] = frozenset()

    def allows(self, channel: Channel, kind: MessageKind) -> bool:
        return (channel, kind) in self.granted


@dataclass(frozen=True, kw_only=True)
class LastTreatment:
    """When a client last had (or will next have) a treatment of this kind; local date of the practice."""

    kind: str
    on: date


@dataclass(frozen=True, kw_only=True)
class Client:
    """A patient as rules need them."""

    id: int
    first_name: str
    last_name: str
    pms_ref: str | None
    phone: str | None
    email: str | None
    postcode: str | None
    #: The client's own IANA zone where known; quiet hours are the intersection of it and the location's.
    zone: str | None
    consent: Consent
    #: STOP holds for the phone or mailbox, whoever of several clients wrote it.
    opted_out: frozenset[Channel]
    stated_channel: Channel | None
    last_answered_channel: Channel | None
    preferred_provider_id: int | None
    vip: bool
    exam_valid_until: date | None
    consult_valid_until: date | None
    #: A line behind a switchboard: people can call it, and no text goes there.
    phone_with_extension: str | None = None
    #: Where the phone or mailbox on file takes no messages by the word of its carrier.
    undeliverable: frozenset[Channel] = frozenset()
    #: Completed and booked treatments, newest per kind.
    treatments: tuple[LastTreatment, ...] = ()
    language: Language = Language.ENGLISH

    @property
    def is_on_file(self) -> bool:
        return self.id != _NOT_ON_FILE


def somebody_at(phone: str) -> Client:
    """Whoever writes from a number that is nobody's we know. They agreed to nothing, and may be answered."""
    return Client(
        id=_NOT_ON_FILE,
        first_name="",
        last_name="",
        pms_ref=None,
        phone=phone,
        email=None,
        postcode=None,
        zone=None,
        consent=Consent(),
        opted_out=frozenset(),
        stated_channel=None,
        last_answered_channel=None,
        preferred_provider_id=None,
        vip=False,
        exam_valid_until=None,
        consult_valid_until=None,
    )


@dataclass(frozen=True, kw_only=True)
class WeeklyWindow:
    """A stretch of a weekday (0 = Monday) a client can come, in the location's wall time, half open."""

    weekday: int
    start: time
    end: time


#: The id of the wish of somebody on the phone, which stands on no list.
NOT_ON_THE_WAITLIST: Final = 0


@dataclass(frozen=True, kw_only=True)
class WaitlistEntry:
    """A client's wish for an earlier visit. Empty `provider_ids` means any; empty `windows` means any time."""

    id: int
    client_id: int
    location_id: int | None
    service_ids: tuple[int, ...]
    provider_ids: frozenset[int]
    windows: tuple[WeeklyWindow, ...]
    earliest_date: date | None
    latest_date: date | None
    minimum_notice: timedelta
    #: How far the client said they would come; compared with `miles_away` where that is known.
    miles_declared: float | None
    miles_away: float | None
    #: 0 (one provider, one time) to 3 (anybody, anytime).
    flexibility: int
    #: 0 (ordinary) to 3 (promised by the front desk).
    priority: int
    joined_at: datetime
    last_offered_at: datetime | None
    #: The services are wanted in one visit, in this order; otherwise any one of them will do.
    together: bool = False

    @classmethod
    def on_no_list(
        cls, *, client_id: int, service_ids: tuple[int, ...], now: datetime, together: bool
    ) -> WaitlistEntry:
        """What somebody wants who waits for nothing: at any time and place, with anybody."""
        return cls(
            id=NOT_ON_THE_WAITLIST,
            client_id=client_id,
            location_id=None,
            service_ids=service_ids,
            provider_ids=frozenset(),
            windows=(),
            earliest_date=None,
            latest_date=None,
            minimum_notice=timedelta(),
            miles_declared=None,
            miles_away=None,
            flexibility=0,
            priority=0,
            joined_at=now,
            last_offered_at=None,
            together=together,
        )
