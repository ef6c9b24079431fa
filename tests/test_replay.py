"""Code of today goes on with what code of earlier days began: recorded histories replay, old payloads decode.

The files in `tests/histories/` are written by `tests/histories/record.py` and never edited.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import BaseModel
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

import contracts.booking
import contracts.gap_fill
import contracts.task
import contracts.workflow_messages
import workflows.booking
import workflows.gap_fill
import workflows.task
from contracts.activity_call import Done
from contracts.booking import CLOSE_BOOKING, REFRESH_APPOINTMENT, AppointmentFacts, CloseBooking
from contracts.workflow_messages import BookingInput, PmsChanged, Replied, Won
from wiring.build import WORKFLOWS
from wiring.codec import ENCODING
from wiring.plugin import AppPlugin, sealed_converter
from wiring.settings import Settings
from workflows.booking import BookingOutcome
from workflows.options import CORE, DATABASE, VENDOR, call

HISTORIES: Final = Path(__file__).parent / "histories"
RECORDED: Final = sorted(path for path in HISTORIES.glob("*/*.json"))
PAYLOADS: Final = HISTORIES / "payloads.json"

SEALED: Final = ENCODING.decode()
SUMMARIZED: Final = {EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, EventType.EVENT_TYPE_TIMER_STARTED}

MODULES: Final = (
    contracts.booking,
    contracts.gap_fill,
    contracts.task,
    workflows.booking,
    workflows.gap_fill,
    contracts.workflow_messages,
    workflows.task,
)


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"{path.parent.name}:{path.stem}", path.read_text())


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


# --- histories ---------------------------------------------------------------------------------------------------


def test_every_journey_has_a_recorded_history() -> None:
    started = {
        one.events[0].workflow_execution_started_event_attributes.workflow_type.name for one in map(history, RECORDED)
    }

    assert started == {"Booking", "GapFill", "Reconcile", "Reply", "Task"}


@pytest.mark.parametrize("path", RECORDED, ids=name)
async def test_a_recorded_history_replays(path: Path, settings: Settings) -> None:
    replayer = Replayer(workflows=WORKFLOWS, plugins=[AppPlugin(settings)])

    await replayer.replay_workflow(history(path))


@workflow.defn(name="Booking", sandboxed=False)
class ClosesFirst:
    """A booking that asks for the same activities in another order."""

    @workflow.run
    async def run(self, start: BookingInput) -> BookingOutcome:
        order = CloseBooking(practice_id=start.practice_id, appointment_id=start.appointment_id, turn=start.turn)
        await call(CLOSE_BOOKING, order, queue=CORE, options=DATABASE, summary="Close")
        await workflow.execute_activity(
            REFRESH_APPOINTMENT.name,
            result_type=AppointmentFacts,
            task_queue=start.pms_queue,
            start_to_close_timeout=VENDOR.start_to_close,
        )
        return BookingOutcome(state="cancelled")

    @workflow.signal
    def pms_changed(self, change: PmsChanged) -> None: ...

    @workflow.signal
    def won(self, won: Won) -> None: ...

    @workflow.signal
    def replied(self, reply: Replied) -> None: ...


async def test_the_replay_notices_a_changed_order_of_commands(settings: Settings) -> None:
    """Without this, all of the above could be content with anything."""
    replayer = Replayer(workflows=[ClosesFirst], plugins=[AppPlugin(settings)])

    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history(HISTORIES / "booking" / "created_and_cancelled.json"))


@pytest.mark.parametrize("path", RECORDED, ids=name)
def test_every_activity_and_timer_of_a_recorded_history_says_what_it_is_for(path: Path) -> None:
    steps = [event for event in history(path).events if event.event_type in SUMMARIZED]

    assert steps
    assert [step.event_id for step in steps if not step.user_metadata.summary.data] == []


@pytest.mark.parametrize("path", RECORDED, ids=name)
def test_every_payload_of_a_recorded_history_is_sealed(path: Path) -> None:
    """Search attributes travel in clear, since Temporal has to read them, and the names of our own version gates."""
    in_clear = [where for where, encoding in encodings(json.loads(path.read_text())) if encoding != SEALED]

    assert [one for one in in_clear if "searchAttributes" not in one and "/patch-data/" not in one] == []


def encodings(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every payload's encoding, with the way to it."""
    if isinstance(value, dict):
        if "encoding" in value:
            yield where, base64.b64decode(value["encoding"]).decode()
        for key, one in value.items():
            yield from encodings(one, f"{where}/{key}")
    elif isinstance(value, list):
        for one in value:
            yield from encodings(one, where)


# --- payloads ----------------------------------------------------------------------------------------------------


def models() -> dict[str, type[BaseModel]]:
    """Everything that travels into, out of and between workflows, by its name."""
    found: dict[str, type[BaseModel]] = {}
    for module in MODULES:
        for one in vars(module).values():
            ours = isinstance(one, type) and issubclass(one, BaseModel) and one.__module__ == module.__name__
            if ours and one.__name__ != "Payload":
                found[one.__name__] = one
    return found


def recorded_payloads() -> dict[str, list[dict[str, Any]]]:
    stored: dict[str, list[dict[str, Any]]] = json.loads(PAYLOADS.read_text())
    return stored


def test_every_payload_that_travels_has_a_recorded_one() -> None:
    """A new one is added to payloads.json by hand; what is there stays as it is."""
    bases = {"JourneyInput"}

    assert set(recorded_payloads()) == set(models()) - bases


@pytest.mark.parametrize("kind", sorted(json.loads(PAYLOADS.read_text())))
@pytest.mark.parametrize("extra", [{}, {"from_a_later_day": {"unknown": [1, 2]}}], ids=["as_it_was", "with_more"])
async def test_a_payload_of_earlier_days_decodes_to_what_it_said(
    kind: str, extra: dict[str, Any], settings: Settings
) -> None:
    converter = sealed_converter(settings)
    for said in recorded_payloads()[kind]:
        sealed = await converter.encode([{**said, **extra}])

        (heard,) = await converter.decode(sealed, [models()[kind]])

        assert as_far_as(said, heard.model_dump(mode="json")) == said


def as_far_as(said: Any, heard: Any) -> Any:
    """What was heard, without what it has beyond what was said, at any depth."""
    if isinstance(said, dict) and isinstance(heard, dict):
        return {key: as_far_as(value, heard.get(key)) for key, value in said.items()}
    if isinstance(said, list) and isinstance(heard, list) and len(said) == len(heard):
        return [as_far_as(value, one) for value, one in zip(said, heard, strict=True)]
    return heard


def test_a_payload_that_lost_a_field_it_needs_is_refused() -> None:
    with pytest.raises(ValueError, match="offer_id"):
        contracts.workflow_messages.Claim.model_validate({"key": "claim:1"})


def test_done_says_nothing() -> None:
    assert Done().model_dump() == {}
