"""How each journey is started: its input, its place in line, and what the Temporal UI shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes

from contracts.messages import (
    BookingInput,
    Claim,
    ClockInput,
    Decline,
    GapFillInput,
    OpeningChanged,
    OpeningTaken,
    PmsChanged,
    Replied,
    ReplyInput,
    Resolve,
    TaskAnswer,
    TaskInput,
    Won,
)
from domain.journeys import Journey
from models.repositories.practices import PracticeFacts
from models.repositories.targets import About
from workflows import search_attributes as sa
from workflows.ids import workflow_id

#: The queue of all workflows.
QUEUE: Final = "core"

#: What each journey can be told through a delivery, as its handlers are named.
MESSAGES: Final[dict[Journey, dict[str, type[BaseModel]]]] = {
    Journey.BOOKING: {"pms_changed": PmsChanged, "won": Won, "replied": Replied, "task_answered": TaskAnswer},
    Journey.GAP_FILL: {
        "claim_by_text": Claim,
        "decline": Decline,
        "opening_changed": OpeningChanged,
        "opening_taken": OpeningTaken,
        "task_answered": TaskAnswer,
    },
    Journey.TASK: {"resolve": Resolve, "resolve_by_signal": Resolve},
    Journey.REPLY: {},
}

TYPES: Final = {
    Journey.BOOKING: "Booking",
    Journey.GAP_FILL: "GapFill",
    Journey.TASK: "Task",
    Journey.REPLY: "Reply",
}

# temporal.md §5: 1 a client's YES and its locks, 2 confirmations, answers and what staff wait for, 3 looking at a visit
# because the practice system said so. Activities inherit it; what a booking tells its client goes before its looks.
_PRIORITIES: Final = {Journey.GAP_FILL: 1, Journey.BOOKING: 2, Journey.REPLY: 2, Journey.TASK: 2}
_OF_A_HINT: Final = 3


@dataclass(frozen=True, kw_only=True)
class Start:
    """Everything `start_workflow` takes about one journey."""

    workflow: str
    id: str
    input: BaseModel
    priority: Priority
    search_attributes: TypedSearchAttributes
    summary: str
    details: str
    #: Real time before its first task, unless somebody tells it something: a wait that costs no history.
    delay: timedelta | None = None


def message_of(journey: Journey, name: str, body: dict[str, Any]) -> BaseModel:
    """The typed message. Raises `KeyError` for a name the journey does not know, `pydantic.ValidationError` for a body
    that could never be decoded: the engine would drop such a signal silently."""
    return MESSAGES[journey][name].model_validate(body)


def start_of(
    *, practice: PracticeFacts, journey: Journey, ref: int, turn: int, subject: About, hint: bool = False
) -> Start:
    """How to start this journey. `hint`: nobody waits for it; the practice system told of a change."""
    return Start(
        workflow=TYPES[journey],
        id=workflow_id(journey=journey, practice_id=practice.id, ref=ref, turn=turn),
        input=_input(practice, journey, ref, turn, subject),
        priority=Priority(priority_key=_OF_A_HINT if hint else _PRIORITIES[journey], fairness_key=str(practice.id)),
        search_attributes=_search_attributes(practice, subject),
        summary=_SUMMARIES[journey].format(ref=ref, turn=turn),
        details=_DETAILS[journey],
        delay=practice.clock.real_duration(practice.policy.gap_fill.settling_delay)
        if journey is Journey.GAP_FILL
        else None,
    )


def _input(practice: PracticeFacts, journey: Journey, ref: int, turn: int, subject: About) -> BaseModel:
    common: dict[str, Any] = {
        "practice_id": practice.id,
        "clock": ClockInput.of(practice.clock),
        "pms_queue": f"pms-{practice.pms_kind}",
    }
    patience = {"vendor_give_up": practice.policy.gap_fill.pms_give_up}
    match journey:
        case Journey.BOOKING:
            settling = practice.policy.booking.settling_delay
            return BookingInput(**common, **patience, appointment_id=ref, turn=turn, settling_delay=settling)
        case Journey.GAP_FILL:
            return GapFillInput(
                **common,
                **patience,
                opening_id=ref,
                settling_delay=practice.policy.gap_fill.settling_delay,
                slot_start=subject.slot_start,
            )
        case Journey.TASK:
            return TaskInput(**common, **patience, task_id=ref)
        case Journey.REPLY:
            return ReplyInput(**common, **patience, receipt_id=ref)


def _search_attributes(practice: PracticeFacts, subject: About) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(sa.PRACTICE_ID, str(practice.id)),
        SearchAttributePair(sa.PMS_KIND, practice.pms_kind),
        SearchAttributePair(sa.STAGE, "starting"),
    ]
    if subject.client_id is not None:
        pairs.append(SearchAttributePair(sa.CLIENT_REF, str(subject.client_id)))
    if subject.appointment_id is not None:
        pairs.append(SearchAttributePair(sa.BOOKING_REF, str(subject.appointment_id)))
    if subject.slot_start is not None:
        pairs.append(SearchAttributePair(sa.SLOT_START, subject.slot_start))
    return TypedSearchAttributes(pairs)


_SUMMARIES: Final = {
    Journey.BOOKING: "Visit {ref}: confirm, remind, follow its changes",
    Journey.GAP_FILL: "Opening {ref}: offer it to those who wait",
    Journey.TASK: "Task {ref} for staff",
    Journey.REPLY: "Answer what receipt {ref} brought",
}

_DETAILS: Final = {
    Journey.BOOKING: "One visit, from the moment the practice system has it until it is over. "
    "Current details say what the client was told and what comes next.",
    Journey.GAP_FILL: "One free chair. The waitlist is ranked and asked in waves; the first yes is written to the "
    "practice system. Current details say who we wait for and how to override.",
    Journey.TASK: "Something a person must do. Staff answer by the card's buttons, the task's page or the admin API; "
    "past its deadline the written safe default holds.",
    Journey.REPLY: "A text that answers nothing we are waiting for: it gets its answer, or a person gets a task.",
}
