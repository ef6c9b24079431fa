"""Every message that leaves for a client, and what follows when it does not reach them.

News of a visit, closings and answers are owed: they are held to no contact cap, use none up, and never end in silence.
`FOLLOWS` says what comes next for each notice and each outcome. Whoever hands a message to the gate asks `follows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.clients import MessageKind


class Notice(StrEnum):
    """What a message is for its reader."""

    #: A time from the waitlist.
    OFFER = "offer"
    #: Which days and hours suit a wish, instead of one more offer.
    WHEN_SUITS = "when_suits"
    #: Another time for somebody whose YES could not be kept, told together with the truth about the first.
    NEXT_BEST = "next_best"
    #: How an offer ended.
    CLOSING = "closing"
    #: What became of a YES that was first.
    WINNER = "winner"
    #: "We are booking it for you."
    BOOKING_NOTE = "booking_note"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    MOVED = "moved"
    CANCELLED = "cancelled"
    #: To what a client wrote.
    ANSWER = "answer"
    #: The words of a person at the practice, sent from a task.
    DRAFT = "draft"

    @property
    def kind(self) -> MessageKind:
        return MessageKind.OFFER if self in {Notice.OFFER, Notice.WHEN_SUITS} else MessageKind.APPOINTMENT

    @property
    def is_owed(self) -> bool:
        """What we start ourselves is not: contact caps hold for it, and only it counts against them."""
        return self.kind not in STARTED_BY_US

    @property
    def agreed_by(self) -> frozenset[MessageKind]:
        """The client has agreed to one of these. Who let us offer them a time may hear how the offer ended."""
        return _CLOSING_AGREED_BY if self is Notice.CLOSING else frozenset({self.kind})


#: Offers, and the nudges and review requests of `MessageKind.MARKETING`.
STARTED_BY_US: Final = frozenset({MessageKind.OFFER, MessageKind.MARKETING})
_CLOSING_AGREED_BY: Final = frozenset({MessageKind.APPOINTMENT, MessageKind.OFFER})


class Handed(StrEnum):
    """What became of a message at the gate."""

    SENT = "sent"
    #: It went out in an earlier attempt.
    ALREADY = "already sent"
    HELD = "held"
    #: Quiet hours last until it would be of no use any more.
    TOO_LATE = "too late"
    #: What it is about has begun.
    BEGUN = "begun"
    SUPPRESSED = "suppressed"
    #: The draft's own condition refused it.
    BUSY = "busy"
    #: The vendor will not take it for this address.
    REFUSED = "refused"
    #: It may have gone out; nobody can say.
    UNKNOWN = "unknown"


class Follows(StrEnum):
    """What comes next."""

    #: They have it, or are taken to have it.
    NOTHING = "nothing"
    #: It goes out by itself when the hour allows.
    WAITS = "waits"
    #: By another channel that is allowed; where there is none, a task.
    OTHER_CHANNEL = "other channel, else a task"
    #: A person answers: the words ask for a reply by text, or no channel is fast enough.
    TASK = "task"
    #: The reason is kept, and nobody waits for the message.
    RECORDED = "recorded"


def follows(notice: Notice, handed: Handed) -> Follows:
    return FOLLOWS[notice][handed]


_REACHED: Final = {Handed.SENT: Follows.NOTHING, Handed.ALREADY: Follows.NOTHING, Handed.HELD: Follows.WAITS}
#: News that changes where a client will be.
_NEWS: Final = _REACHED | {
    Handed.TOO_LATE: Follows.OTHER_CHANNEL,
    Handed.BEGUN: Follows.TASK,
    Handed.SUPPRESSED: Follows.OTHER_CHANNEL,
    Handed.BUSY: Follows.OTHER_CHANNEL,
    Handed.REFUSED: Follows.OTHER_CHANNEL,
    Handed.UNKNOWN: Follows.OTHER_CHANNEL,
}
#: Sent for a time that is free now or never. One that may have gone out counts as open.
_OFFERED: Final = _REACHED | {
    Handed.TOO_LATE: Follows.RECORDED,
    Handed.BEGUN: Follows.RECORDED,
    Handed.SUPPRESSED: Follows.RECORDED,
    Handed.BUSY: Follows.RECORDED,
    Handed.REFUSED: Follows.RECORDED,
    Handed.UNKNOWN: Follows.NOTHING,
}
#: An answer may ask for a reply by text, so that a mail would not do.
_ANSWERED: Final = _NEWS | {one: Follows.TASK for one, what in _NEWS.items() if what is Follows.OTHER_CHANNEL}

FOLLOWS: Final[Mapping[Notice, Mapping[Handed, Follows]]] = {
    Notice.OFFER: _OFFERED,
    # Offers go on where it cannot be asked.
    Notice.WHEN_SUITS: _OFFERED,
    # Where it cannot be offered, the truth alone is told: that is `WINNER`.
    Notice.NEXT_BEST: _OFFERED,
    # Nobody is told that an offer has closed once its time is over, nor twice.
    Notice.CLOSING: _NEWS | {Handed.BEGUN: Follows.RECORDED, Handed.BUSY: Follows.RECORDED},
    Notice.WINNER: _NEWS,
    # The visit's confirmation says it all, or a person does.
    Notice.BOOKING_NOTE: _OFFERED | {Handed.UNKNOWN: Follows.RECORDED},
    Notice.CONFIRMATION: _NEWS,
    # A reminder of what has begun helps nobody.
    Notice.REMINDER: _NEWS | {Handed.BEGUN: Follows.RECORDED},
    Notice.MOVED: _NEWS,
    Notice.CANCELLED: _NEWS,
    Notice.ANSWER: _ANSWERED,
    Notice.DRAFT: _NEWS,
}
