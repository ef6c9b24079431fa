"""From events of the practice system to the bookings that shall look again, all that wait in three statements or so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from contracts.workflow_messages import PmsChanged
from domain.calendar import VisitState
from domain.journey_names import Action, Journey
from inbox.event_json import from_receipt
from inbox.routing_results import RoutingResult, ignored, routed
from models.repositories import calendar, deliveries, effects, receipts
from models.repositories.calendar import AppointmentRow
from models.repositories.deliveries import NewDelivery
from models.repositories.receipts import ReceiptFacts, Settled
from vendors.pms.base import PmsEvent

#: Real time. While a visit is being written for a winner, word of a visit that nobody has read yet is most often its
#: echo. It waits so long: the write settles it once it has been read back (`deliveries.settle_read_hints`).
_ECHO_WAITS: Final = timedelta(seconds=2)
#: No write takes longer; one that was cut short is looked for by its next attempt.
_LONGEST_WRITE: Final = timedelta(minutes=1)


def route(session: Session, practice_id: int, hints: Sequence[ReceiptFacts]) -> None:
    """A delivery for each that is about an appointment, in the caller's transaction and under the practice's lock.

    What may be an echo of our own writing waits a moment; looking again is harmless.
    """
    events: list[PmsEvent] = [from_receipt(hint) for hint in hints]
    refs = {event.appointment_ref for event in events if event.appointment_ref is not None}
    known = calendar.ensure_all(session, practice_id, refs) if refs else {}
    until = _wait_for_the_write(session, practice_id, hints, known.values())
    told: list[Settled] = []
    waiting: list[NewDelivery] = []
    for hint, event in zip(hints, events, strict=True):
        appointment = None if event.appointment_ref is None else known[event.appointment_ref]
        verdict = _verdict(appointment)
        told.append(Settled(hint.id, state=verdict.state, outcome=verdict.outcome, about=verdict.about))
        if appointment is not None:
            waiting.append(_look_again(hint, appointment, not_before=None if _was_read(appointment) else until))
    deliveries.enqueue_all(session, practice_id, waiting)
    receipts.settle_all(session, practice_id, told)


def _verdict(appointment: AppointmentRow | None) -> RoutingResult:
    if appointment is None:
        return ignored("not about an appointment")
    return routed("look_again", appointment_id=appointment.id)


def _was_read(appointment: AppointmentRow) -> bool:
    return appointment.state is not VisitState.UNREAD


def _wait_for_the_write(
    session: Session, practice_id: int, hints: Sequence[ReceiptFacts], known: Iterable[AppointmentRow]
) -> datetime | None:
    """Until when word of visits that nobody has read yet waits; None while nothing is being written."""
    if all(_was_read(one) for one in known):
        return None
    newest = max(hint.received_at for hint in hints)
    written = effects.is_being_booked(session, practice_id, tried_since=newest - _LONGEST_WRITE)
    return newest + _ECHO_WAITS if written else None


def _look_again(hint: ReceiptFacts, appointment: AppointmentRow, *, not_before: datetime | None) -> NewDelivery:
    return NewDelivery(
        key=f"pms:{hint.id}",
        journey=Journey.BOOKING,
        ref=appointment.id,
        turn=appointment.turn,
        action=Action.SIGNAL_WITH_START,
        message="pms_changed",
        body=PmsChanged(receipt_id=hint.id).model_dump(mode="json"),
        now=hint.practice_at,
        receipt_id=hint.id,
        not_before=not_before,
    )
