"""What each journey is started with and what it can be told. Additive for ever: old payloads must still decode.

Every field that joins later has a default; unknown fields are ignored, because a signal that does not decode is
dropped by the engine, and that would lose a YES.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.booking import AppointmentFacts, SendTouch
from domain.clock import WALL_CLOCK, PracticeClock
from domain.zone_offsets import ZoneOffset


class Payload(BaseModel):
    """Frozen and forgiving."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ClockInput(Payload):
    """The practice's clock as it travels into a workflow."""

    anchor_real: AwareDatetime
    anchor_practice: AwareDatetime
    rate: float

    def clock(self) -> PracticeClock:
        return PracticeClock(anchor_real=self.anchor_real, anchor_practice=self.anchor_practice, rate=self.rate)

    @staticmethod
    def of(clock: PracticeClock) -> ClockInput:
        return ClockInput(anchor_real=clock.anchor_real, anchor_practice=clock.anchor_practice, rate=clock.rate)


WALL_CLOCK_INPUT = ClockInput.of(WALL_CLOCK)


class ZoneOffsetInput(Payload):
    """A `domain.zone_offsets.ZoneOffset` as it travels into a workflow."""

    since: AwareDatetime
    minutes: int
    name: str

    def offset(self) -> ZoneOffset:
        return ZoneOffset(since=self.since, offset=timedelta(minutes=self.minutes), name=self.name)

    @staticmethod
    def of(one: ZoneOffset) -> ZoneOffsetInput:
        return ZoneOffsetInput(since=one.since, minutes=one.offset // timedelta(minutes=1), name=one.name)


class JourneyInput(Payload):
    """What every journey is started with: the practice, its clock and its PMS's activity queue."""

    practice_id: int
    clock: ClockInput = WALL_CLOCK_INPUT
    pms_queue: str = "pms-boulevard"
    #: The practice's zone, for what staff read in the Temporal UI; none in journeys of an older version.
    zone_offsets: tuple[ZoneOffsetInput, ...] = ()


class PmsChanged(Payload):
    """The PMS said something about the appointment: look again.

    `baseline` marks a visit older than Chairflow: mirrored and reminded of, not confirmed anew.
    """

    receipt_id: int | None = None
    baseline: bool = False


class Won(Payload):
    """A claim of ours became this visit."""

    offer_id: int
    #: The visit as it stood when its writing had been read back. None: nobody has read it yet.
    facts: AppointmentFacts | None = None


class Replied(Payload):
    """The client answered a text about the visit: "confirm", "reschedule" or "cannot_come"."""

    receipt_id: int
    meaning: str


class BookingSoFar(Payload):
    """What a booking whose history has grown long takes along into the next run."""

    facts: AppointmentFacts | None = None
    changes: tuple[PmsChanged, ...] = ()
    won: tuple[Won, ...] = ()
    replies: tuple[Replied, ...] = ()
    held: tuple[tuple[AwareDatetime, SendTouch], ...] = ()
    reminded: tuple[tuple[int, AwareDatetime], ...] = ()
    confirmed: bool = False
    moves: int = 0
    heard_of_move: bool = False
    sent: int = 0
    story: tuple[str, ...] = ()


class BookingInput(JourneyInput):
    """`Booking`."""

    appointment_id: int
    turn: int = 0
    #: A cancellation undone within this (practice time) goes on as the same booking.
    settling_delay: timedelta = timedelta(seconds=30)
    #: Practice time; when a vendor cannot be reached for so long, a person hears of it.
    vendor_give_up: timedelta = timedelta(minutes=20)
    #: Of the runs before this one; none in the first.
    so_far: BookingSoFar | None = None


class GapFillInput(JourneyInput):
    """`GapFill`."""

    opening_id: int
    #: Practice time; mis-clicks are undone within it.
    settling_delay: timedelta = timedelta(seconds=30)
    #: Practice time; when a vendor cannot be reached for so long, a person hears of it.
    vendor_give_up: timedelta = timedelta(minutes=20)
    #: The chair is empty from then on; until then what could not be read or told is tried again.
    slot_start: AwareDatetime | None = None


class TaskInput(JourneyInput):
    """`Task`."""

    task_id: int
    #: Practice time; when texts cannot be sent for so long, the task says so.
    vendor_give_up: timedelta = timedelta(minutes=20)


class ReplyInput(JourneyInput):
    """`Reply`: the receipt of the text to be answered."""

    receipt_id: int
    #: Practice time; when texts cannot be sent for so long, a person answers.
    vendor_give_up: timedelta = timedelta(minutes=20)


class ReconcileInput(JourneyInput):
    """`Reconcile`: read this many local dates from the practice's today on."""

    days: int = 14
    baseline: bool = False
    #: Practice time; a day that cannot be read for so long is left to the next run, and staff know.
    vendor_give_up: timedelta = timedelta(minutes=20)


# --- GapFill -----------------------------------------------------------------------------------------------------


class Via(StrEnum):
    TEXT = "text"
    LINK = "link"
    STAFF = "staff"


class Claim(Payload):
    """A YES to an offer. `key` is the same for an update and the signal it falls back to."""

    key: str
    offer_id: int
    via: Via = Via.TEXT
    #: When the client said so, by the vendor's or our own clock (practice time); kept for disputes, decides nothing.
    said_at: datetime | None = None
    by: str | None = None
    #: The text itself; a YES that comes when all is decided is answered through it.
    receipt_id: int | None = None


class Standing(StrEnum):
    """Where a claim stands."""

    #: First: being written to the PMS. The page says "confirming", not "confirmed".
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    #: Somebody was a moment ahead; it is this client's if that falls through. They hear either way.
    NEXT = "next"
    #: Somebody was faster.
    LOST = "lost"
    #: The opening is gone or too near.
    OVER = "over"


class ClaimResult(Payload):
    standing: Standing


class Decline(Payload):
    """A client said no, said STOP, or cannot be reached; the next wave need not wait for them."""

    offer_id: int
    #: "no", "stop" or "undeliverable".
    why: str


class OpeningTaken(Payload):
    """The PMS shows that somebody else filled it."""

    why: str = "booked in the practice system"


class OpeningChanged(Payload):
    """The calendar around the opening changed: what was offered may not be there any more, or more may be."""


class OfferTo(Payload):
    """Staff: offer it to this client next."""

    client_id: int
    by: str
    reason: str = ""


class AssignTo(Payload):
    """Staff: give it to this client without asking further; a reason is required."""

    client_id: int
    by: str
    reason: str
    #: What they are booked for; empty: what they wait for, or what was cancelled.
    service_ids: tuple[int, ...] = ()


class Withdraw(Payload):
    """Staff: stop filling."""

    by: str
    reason: str = ""


class Accepted(Payload):
    """An override was taken on; `words` says what happens next."""

    words: str


class TaskAnswer(Payload):
    """The resolution of a Task, on its way back to the journey that asked."""

    task_id: int
    kind: str
    action: str
    client_id: int | None = None
    by: str = "nobody"
    reason: str = ""
    #: With "assign": what the client is booked for.
    service_ids: tuple[int, ...] = ()


# --- Task --------------------------------------------------------------------------------------------------------


class Resolve(Payload):
    """A person's answer. `key` deduplicates a press, a page and an API call of the same person."""

    key: str
    action: str
    by: str
    reason: str = ""
    client_id: int | None = None
    #: With "assign": what the client is booked for; empty: what they wait for, or what was cancelled.
    service_ids: tuple[int, ...] = ()
    #: With the action "send": the draft as staff changed it; None sends it as it is.
    text: str | None = None


class Resolved(Payload):
    """What became of it; `accepted` is False when somebody was faster."""

    accepted: bool
    words: str
