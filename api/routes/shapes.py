"""What the admin API shows. A field that a key's role may not see is null."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from api.auth import Role
from api.patterns import LINES, ONE_LINE, SOME_WORDS
from domain.messages.task_cards import AnswerStage
from models.repositories.access import KeyFacts
from models.repositories.views import Thing

LARGEST_ID: Final = 2**63 - 1

Ref = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Cursor = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]

#: Times of visits lie between; whatever is reckoned from them (zones, days before and after) stays in the calendar.
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2199


def _of_our_time(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return at


#: A moment as somebody asks for it, with its UTC offset.
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]

#: Words staff write.
Words = Annotated[str, Field(max_length=300, pattern=ONE_LINE)]
SomeWords = Annotated[str, Field(min_length=1, max_length=300, pattern=SOME_WORDS)]

#: Twilio takes 1600 characters (vendors/twilio.md §2); a text so long is a letter.
LONGEST_TEXT: Final = 1000
TextToClient = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, pattern=LINES)]


class NoteShape(BaseModel):
    """What staff noted about a client."""

    model_config = ConfigDict(from_attributes=True)

    on: date
    by: str
    text: str


class SaidShape(BaseModel):
    """One message of the conversation with a task's client."""

    model_config = ConfigDict(from_attributes=True)

    by_client: bool
    channel: str
    body: str
    state: str
    at: datetime


class ChoiceShape(BaseModel):
    """A choice, and what giving it would do just now, or why it cannot be given."""

    model_config = ConfigDict(from_attributes=True)

    action: str
    label: str
    does: str
    refused: str


class PersonShape(BaseModel):
    """Somebody of the short list, as they are now."""

    model_config = ConfigDict(from_attributes=True)

    client_id: int
    name: str
    phone: str | None
    waits_for: list[str]
    last_visit: str
    reasons: list[str]
    asked: str | None
    fits: bool
    why_not: str
    choices: list[ChoiceShape]


class ProgressShape(BaseModel):
    """How far an answer has come: received, booking, asked, booked, refused, handed over or done."""

    model_config = ConfigDict(from_attributes=True)

    stage: AnswerStage
    words: str = Field(description="One sentence: who did what, and what became of it or why not.")
    final: bool = Field(description="Nothing more comes of it by itself.")


class TaskNowShape(BaseModel):
    """A task's facts by the calendar of this moment, where its row keeps those of when it was opened."""

    model_config = ConfigDict(from_attributes=True)

    facts: list[tuple[str, str]] = Field(description="Label and value: service and price, with whom, where, whose …")
    said: list[SaidShape] = Field(description="The last messages with its client, oldest first.")
    choices: list[ChoiceShape]
    fitting: list[PersonShape]
    unfit: list[PersonShape]
    refused: str = Field(default="", description="What became of the last answer, where it could not be carried out.")
    became: ProgressShape | None = Field(description="How far its answer has come. Null while the task is open.")


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: int


class GapFillShape(Shape):
    """An opening and the state of its fill: live, filled, withdrawn, lapsed, declined or handed_over."""

    location_id: int
    provider_id: int
    starts_at: datetime
    ends_at: datetime
    cause: str
    state: str
    appointment_id: int | None = Field(description="The visit whose change freed it.")
    chain_depth: int
    created_at: datetime
    closed_at: datetime | None
    receipt_id: int | None = Field(description="The event that told of it.")


class BookingShape(Shape):
    """A visit as mirrored from the practice system."""

    pms_ref: str
    location_id: int | None
    location_ref: str | None = Field(default=None, description="The practice system's, of a place the matrix lacks.")
    client_id: int | None
    state: str
    starts_at: datetime | None
    ends_at: datetime | None
    turn: int
    offer_id: int | None = Field(description="The offer whose claim made it, when one did.")
    read_at: datetime | None


class SegmentShape(Shape):
    """One service of a visit."""

    position: int
    service_id: int | None = Field(description="Null where the practice's matrix lacks it; see `service_ref`.")
    provider_id: int | None = Field(description="Null where the practice's matrix lacks them; see `provider_ref`.")
    service_ref: str | None = Field(default=None, description="The practice system's, of a service the matrix lacks.")
    provider_ref: str | None = Field(
        default=None,
        description="The practice system's, of a provider the matrix lacks. Without it and without `provider_id` the "
        "practice system names nobody, and the time of everybody there is taken.",
    )
    room_id: int | None
    device_id: int | None
    inferred: bool = Field(description="Room and device chosen by our rules, not told by the practice system.")
    starts_at: datetime
    ends_at: datetime


class OfferShape(Shape):
    """One opening offered to one client."""

    opening_id: int
    client_id: int
    entry_id: int | None
    phone: str | None = Field(default=None, description="For staff and admin keys.")
    wave: int
    state: str
    starts_at: datetime
    ends_at: datetime
    consult_instead: bool
    score: float
    sent_at: datetime | None
    expires_at: datetime | None
    claimed_at: datetime | None
    closed_at: datetime | None
    closing: str | None = Field(description="The one closing message, or why there was none.")
    chosen_by: str


class MessageShape(Shape):
    """A text or mail, ours (`out`) or theirs (`in`)."""

    client_id: int | None
    direction: str
    channel: str
    kind: str | None
    template: str | None
    address: str | None = Field(default=None, description="For staff and admin keys.")
    subject: str | None = Field(default=None, description="For staff and admin keys.")
    body: str | None = Field(default=None, description="For staff and admin keys.")
    state: str
    error_code: str | None
    at: datetime


class TaskShape(Shape):
    """Something a person must do."""

    kind: str
    title: str
    body: str | None = Field(default=None, description="For staff and admin keys.")
    draft: str | None = Field(default=None, description="For staff and admin keys.")
    shortlist: list[dict[str, Any]] | None = Field(default=None, description="For staff and admin keys.")
    choices: list[dict[str, Any]]
    safe_default: str
    state: str
    client_id: int | None
    phone: str | None = Field(
        default=None, description="Who wrote from a number that is no client's. For staff and admin keys."
    )
    opening_id: int | None
    appointment_id: int | None
    opened_at: datetime
    due_at: datetime
    settled_at: datetime | None
    resolution: dict[str, Any] | None
    resolved_by: str | None
    refused: dict[str, Any] | None = Field(
        default=None,
        description="The last answer that could not be carried out, with who gave it, when and why not. For staff and "
        "admin keys.",
    )
    notes: dict[int, list[NoteShape]] | None = Field(
        default=None, description="Of one task: the latest notes about each client it names. For staff and admin keys."
    )
    now: TaskNowShape | None = Field(
        default=None, description="Of one task: the facts to decide it by. For staff and admin keys."
    )


class ReceiptShape(Shape):
    """One event from outside, as it came, and what routing made of it."""

    vendor: str
    purpose: str
    event_type: str
    parsed: dict[str, Any] | None = Field(default=None, description="For admin keys.")
    payload: str | None = Field(default=None, description="For admin keys.")
    received_at: datetime
    practice_at: datetime
    state: str
    outcome: str | None
    repeats: int


class DeliveryShape(Shape):
    """One message on its way to a journey."""

    receipt_id: int | None
    journey: str
    ref: int
    turn: int
    action: str
    message: str
    body: dict[str, Any] | None = Field(default=None, description="For admin keys.")
    state: str
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    not_before: datetime | None
    outcome: str | None


class DecisionShape(Shape):
    """A choice with its reasons."""

    journey: str
    ref: int
    subject: str
    verdict: str
    reasons: list[dict[str, Any]]
    decided_by: str
    decided_at: datetime


ShapeT = TypeVar("ShapeT", bound=Shape)


class Listing(BaseModel, Generic[ShapeT]):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[ShapeT]
    next_cursor: int | None


class GapFillStory(BaseModel):
    """A fill with all that led to its state."""

    gap_fill: GapFillShape
    offers: list[OfferShape]
    tasks: list[TaskShape]
    decisions: list[DecisionShape]


class BookingStory(BaseModel):
    """A visit with its services and what its client was told and said about it."""

    booking: BookingShape
    segments: list[SegmentShape]
    tasks: list[TaskShape]
    decisions: list[DecisionShape]


#: A working day and more. Whoever asks about a year at once has mistyped it.
LONGEST_STRETCH: Final = timedelta(hours=12)


class Stretch(BaseModel):
    """A stretch of time of one provider at one location."""

    location_id: Id
    provider_id: Id
    start: Moment = Field(description="With its UTC offset.")
    end: Moment = Field(description="With its UTC offset, after `start`.")


#: Fields that only keys of this role and above see.
_HIDDEN: Final[dict[Thing, dict[str, Role]]] = {
    Thing.OFFER: {"phone": Role.STAFF},
    Thing.MESSAGE: {"address": Role.STAFF, "subject": Role.STAFF, "body": Role.STAFF},
    Thing.TASK: {
        "body": Role.STAFF,
        "draft": Role.STAFF,
        "shortlist": Role.STAFF,
        "resolution": Role.STAFF,
        "phone": Role.STAFF,
        "refused": Role.STAFF,
    },
    Thing.RECEIPT: {"parsed": Role.ADMIN, "payload": Role.ADMIN},
    Thing.DELIVERY: {"body": Role.ADMIN},
}


def shaped(kind: type[ShapeT], thing: Thing, row: dict[str, Any], caller: KeyFacts) -> ShapeT:
    """A row as this caller may see it."""
    hidden = _HIDDEN.get(thing, {})
    role = Role(caller.role)
    return kind.model_validate(
        {name: value if name not in hidden or role.covers(hidden[name]) else None for name, value in row.items()}
    )
