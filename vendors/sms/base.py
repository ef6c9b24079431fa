"""What Chairflow asks of a text-message vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class TextState(StrEnum):
    """How far a text has come, in rank order of a vendor's reports; a later report never moves it backwards."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """How final it is: a report is applied only when its rank is higher than that of what is known."""
        return {TextState.ACCEPTED: 0, TextState.SENT: 1, TextState.DELIVERED: 2, TextState.FAILED: 2}[self]


@dataclass(frozen=True, kw_only=True)
class NewText:
    """A text to be sent. `key` is our intent's reference; it comes back with every status report."""

    to: str
    body: str
    key: str
    #: Dropped by the vendor when still queued after this (quiet hours begin, the offer lapses). Real time.
    valid_for: timedelta | None = None
    #: Sender number where the practice has its own; None uses the connection's default.
    sender: str | None = None


@dataclass(frozen=True, kw_only=True)
class AcceptedText:
    """The vendor has it. Accepted is never the same as delivered."""

    ref: str
    state: TextState


@dataclass(frozen=True, kw_only=True)
class Unidentified:
    """The vendor's record holds texts that may be the one looked for, and tells too little to say which it is."""


@dataclass(frozen=True, kw_only=True)
class TextReport:
    """A status report. `permanent` says that the number will not take texts; codes are the vendor's."""

    event_key: str
    ref: str
    key: str | None
    state: TextState
    error_code: str | None = None
    permanent: bool = False
    opted_out: bool = False


@dataclass(frozen=True, kw_only=True)
class InboundText:
    """A text from a client's phone."""

    event_key: str
    ref: str
    sender: str
    recipient: str
    body: str
    #: What the vendor itself did about it: "stop", "start", "help", or None.
    vendor_opt_out: str | None = None


class Texts(Protocol):
    """One sending account. Calls end within eight seconds and never retry by themselves."""

    def send(self, text: NewText) -> AcceptedText:
        """Hand over a text. Raises `vendors.errors.VendorError`; `Ambiguous` when it may have gone out."""

    def find(
        self,
        *,
        to: str,
        body: str,
        since: datetime,
        until: datetime | None = None,
        known: frozenset[str] = frozenset(),
        only_one: bool = True,
    ) -> AcceptedText | Unidentified | None:
        """Read back after an ambiguous send: the vendor's own record of the same words to the same number.

        A vendor may have blotted out the words, and part of the number. Then it is the one text that went to this
        number between `since` and `until` (real time, as the vendor's own stamps are) and is none of `known`, as long
        as it is the `only_one` of ours to this number of which we do not know whether it went out.
        """


class TextWebhooks(Protocol):
    """Reads the vendor's webhooks. Pure."""

    def inbound(self, *, url: str, headers: Mapping[str, str], body: bytes) -> InboundText:
        """`url` is the public URL the vendor called. Raises `Unauthorised` or `Malformed`."""

    def status(self, *, url: str, headers: Mapping[str, str], body: bytes) -> TextReport:
        """Raises `Unauthorised`, `Malformed`, or `Undocumented` for a status that is new to us."""
