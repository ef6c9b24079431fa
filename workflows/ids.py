"""Workflow ids, built from our own references only: they are plaintext for ever.

`booking:12:40117`, and `booking:12:40117:1` for its next turn. Never a vendor's id, a name or a phone.
"""

from __future__ import annotations

from domain.journey_names import Journey


def workflow_id(*, journey: Journey, practice_id: int, ref: int, turn: int = 0) -> str:
    """The id of a journey's workflow; the first turn carries no number."""
    plain = f"{journey.value}:{practice_id}:{ref}"
    return plain if turn == 0 else f"{plain}:{turn}"


def schedule_id(*, journey: Journey, practice_id: int) -> str:
    """The id of a practice's schedule of this journey; its runs' ids begin with it."""
    return f"{journey.value}:{practice_id}"


def booking_id(*, practice_id: int, appointment_id: int, turn: int = 0) -> str:
    return workflow_id(journey=Journey.BOOKING, practice_id=practice_id, ref=appointment_id, turn=turn)


def gap_fill_id(*, practice_id: int, opening_id: int) -> str:
    return workflow_id(journey=Journey.GAP_FILL, practice_id=practice_id, ref=opening_id)


def task_id(*, practice_id: int, task: int) -> str:
    return workflow_id(journey=Journey.TASK, practice_id=practice_id, ref=task)


def reply_id(*, practice_id: int, receipt_id: int) -> str:
    return workflow_id(journey=Journey.REPLY, practice_id=practice_id, ref=receipt_id)
