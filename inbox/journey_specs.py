"""Each journey described once: its workflow, what it can be told, how it is started, its place in line, its schedule.

Whoever starts, tells or schedules a journey reads `SPECS`. A new journey is a workflow, a name in
`domain/journey_names.py` and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes

from contracts.workflow_messages import (
    BookingInput,
    Claim,
    ClockInput,
    Decline,
    GapFillInput,
    OpeningChanged,
    OpeningTaken,
    PmsChanged,
    ReconcileInput,
    Replied,
    ReplyInput,
    Resolve,
    TaskAnswer,
    TaskInput,
    Won,
    ZoneOffsetInput,
)
from domain.journey_names import Journey
from domain.zone_offsets import zone_offsets
from models.repositories.delivery_targets import JourneySubject
from models.repositories.practices import PracticeFacts
from workflows import search_attributes as sa
from workflows.ids import schedule_id, workflow_id

#: The queue of all workflows.
QUEUE: Final = "core"


@dataclass(frozen=True, kw_only=True)
class _Started:
    """What an input is made of."""

    practice: PracticeFacts
    ref: int
    turn: int
    subject: JourneySubject

    @property
    def common(self) -> dict[str, Any]:
        return {
            "practice_id": self.practice.id,
            "clock": ClockInput.of(self.practice.clock),
            "pms_queue": f"pms-{self.practice.pms_kind}",
            "zone_offsets": tuple(
                ZoneOffsetInput.of(one)
                for one in zone_offsets(zone=self.practice.zone, at=self.practice.clock.practice(datetime.now(UTC)))
            ),
            "vendor_give_up": self.practice.policy.patience.pms_give_up,
        }


@dataclass(frozen=True, kw_only=True)
class JourneySpec:
    """One journey. `summary` and `details` are what the Temporal UI says of it; `{ref}` and `{turn}` are filled in."""

    #: The name of the workflow type.
    workflow: str
    input: Callable[[_Started], BaseModel]
    #: temporal.md §5: 1 a client's YES and its locks, 2 confirmations, answers and what staff wait for, 3 looking at a
    #: visit because the practice system said so, 4 what runs by the clock. Activities inherit it.
    priority: int
    summary: str
    details: str
    #: What it can be told through a delivery, as its handlers are named.
    messages: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    #: Real time before its first task, unless somebody tells it something: a wait that costs no history.
    delay: Callable[[PracticeFacts], timedelta | None] = lambda practice: None


def _booking(of: _Started) -> BookingInput:
    settling = of.practice.policy.booking.settling_delay
    return BookingInput(**of.common, appointment_id=of.ref, turn=of.turn, settling_delay=settling)


def _gap_fill(of: _Started) -> GapFillInput:
    return GapFillInput(
        **of.common,
        opening_id=of.ref,
        settling_delay=of.practice.policy.gap_fill.settling_delay,
        slot_start=of.subject.slot_start,
    )


SPECS: Final[Mapping[Journey, JourneySpec]] = {
    Journey.BOOKING: JourneySpec(
        workflow="Booking",
        input=_booking,
        priority=2,
        messages={"pms_changed": PmsChanged, "won": Won, "replied": Replied, "task_answered": TaskAnswer},
        summary="Visit {ref}: confirm, remind, follow its changes",
        details="One visit, from the moment the practice system has it until it is over. "
        "Current details say what the client was told and what comes next.",
    ),
    Journey.GAP_FILL: JourneySpec(
        workflow="GapFill",
        input=_gap_fill,
        priority=1,
        messages={
            "claim_by_text": Claim,
            "decline": Decline,
            "opening_changed": OpeningChanged,
            "opening_taken": OpeningTaken,
            "task_answered": TaskAnswer,
        },
        summary="Opening {ref}: offer it to those who wait",
        details="One free chair. The waitlist is ranked and asked in waves; the first yes is written to the "
        "practice system. Current details say who we wait for and how to override.",
        delay=lambda practice: practice.clock.real_duration(practice.policy.gap_fill.settling_delay),
    ),
    Journey.TASK: JourneySpec(
        workflow="Task",
        input=lambda of: TaskInput(**of.common, task_id=of.ref),
        priority=2,
        messages={"resolve": Resolve, "resolve_by_signal": Resolve},
        summary="Task {ref} for staff",
        details="Something a person must do. Staff answer by the card's buttons, the task's page or the admin API; "
        "past its deadline the written safe default holds.",
    ),
    Journey.REPLY: JourneySpec(
        workflow="Reply",
        input=lambda of: ReplyInput(**of.common, receipt_id=of.ref),
        priority=2,
        summary="Answer what receipt {ref} brought",
        details="A text that answers nothing we are waiting for: it gets its answer, or a person gets a task.",
    ),
    Journey.RECONCILE: JourneySpec(
        workflow="Reconcile",
        input=lambda of: ReconcileInput(**of.common),
        priority=4,
        summary="Read the coming days of the practice system",
        details="Webhooks are hints and some are lost: every difference between the practice system and our mirror is "
        "handed to its journey.",
    ),
}

#: The priority of a journey that nobody waits for: the practice system told of a change.
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
    delay: timedelta | None = None


def message_of(journey: Journey, name: str, body: dict[str, Any]) -> BaseModel:
    """The typed message. Raises `KeyError` for a name the journey does not know, `pydantic.ValidationError` for a body
    that could never be decoded: the engine would drop such a signal silently."""
    return SPECS[journey].messages[name].model_validate(body)


def start_of(
    *, practice: PracticeFacts, journey: Journey, ref: int, turn: int, subject: JourneySubject, hint: bool = False
) -> Start:
    """How to start this journey. `hint`: nobody waits for it; the practice system told of a change."""
    spec = SPECS[journey]
    return Start(
        workflow=spec.workflow,
        id=workflow_id(journey=journey, practice_id=practice.id, ref=ref, turn=turn),
        input=spec.input(_Started(practice=practice, ref=ref, turn=turn, subject=subject)),
        priority=Priority(priority_key=_OF_A_HINT if hint else spec.priority, fairness_key=str(practice.id)),
        search_attributes=_search_attributes(practice, subject, stage="starting"),
        summary=spec.summary.format(ref=ref, turn=turn),
        details=spec.details,
        delay=spec.delay(practice),
    )


def start_of_scheduled(*, practice: PracticeFacts, journey: Journey, run: str, summary: str, **options: Any) -> Start:
    """How to start a journey of a whole practice, by its schedule or by hand; `run` tells its runs apart.

    `options` are fields of its input. The practice's clock and practice system are not among them: a schedule outlives
    both, so each run asks for them anew.
    """
    spec = SPECS[journey]
    given = spec.input(_Started(practice=practice, ref=practice.id, turn=0, subject=JourneySubject()))
    return Start(
        workflow=spec.workflow,
        id=f"{schedule_id(journey=journey, practice_id=practice.id)}:{run}",
        input=given.model_copy(update=options),
        priority=Priority(priority_key=spec.priority, fairness_key=str(practice.id)),
        search_attributes=_search_attributes(practice, JourneySubject()),
        summary=summary,
        details=spec.details,
    )


def _search_attributes(
    practice: PracticeFacts, subject: JourneySubject, *, stage: str | None = None
) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(sa.PRACTICE_ID, str(practice.id)),
        SearchAttributePair(sa.PMS_KIND, practice.pms_kind),
    ]
    if stage is not None:
        pairs.append(SearchAttributePair(sa.STAGE, stage))
    if subject.client_id is not None:
        pairs.append(SearchAttributePair(sa.CLIENT_REF, str(subject.client_id)))
    if subject.appointment_id is not None:
        pairs.append(SearchAttributePair(sa.BOOKING_REF, str(subject.appointment_id)))
    if subject.slot_start is not None:
        pairs.append(SearchAttributePair(sa.SLOT_START, subject.slot_start))
    return TypedSearchAttributes(pairs)
