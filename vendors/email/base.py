"""What Chairflow asks of an e-mail vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class MailState(StrEnum):
    """How far a mail has come; a bounce after a delivery is possible and wins."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """How final it is: a report is applied only when its rank is higher than that of what is known."""
        return {MailState.ACCEPTED: 0, MailState.DELIVERED: 1, MailState.FAILED: 2}[self]


@dataclass(frozen=True, kw_only=True)
class NewMail:
    """A mail to be sent; neutral words only (the vendor signs no agreement for health data)."""

    to: str
    subject: str
    text: str
    html: str
    key: str
    from_name: str
    reply_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class AcceptedMail:
    """The vendor has it."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class MailReport:
    """One event of the vendor's event webhook."""

    event_key: str
    event_type: str
    ref: str | None
    key: str | None
    #: None for events that say nothing about delivery (open, click).
    state: MailState | None
    occurred_at: datetime
    #: The mailbox will not take mail again (bounce), or its owner does not want any (unsubscribe, spam report).
    permanent: bool = False
    unsubscribed: bool = False


@dataclass(frozen=True, kw_only=True)
class MailEvent:
    """One element of a batch as it came, and what it says; `report` is None where that could not be read, and `why`
    then names the field."""

    raw: str
    report: MailReport | None
    why: str = ""


class Mails(Protocol):
    """One sending account. Calls end within eight seconds and never retry by themselves."""

    def send(self, mail: NewMail) -> AcceptedMail:
        """Hand over a mail. Raises `vendors.errors.VendorError`. There is no read-back: the event webhook tells."""


class MailWebhooks(Protocol):
    """Reads the vendor's event webhook. Pure."""

    def events(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[MailEvent, ...]:
        """Every element of the batch, in order; one that cannot be read costs none of its neighbours. Raises
        `Unauthorised`, or `Malformed` where the body is no batch."""
