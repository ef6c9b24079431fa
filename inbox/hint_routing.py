"""From events of the practice system to the bookings that shall look again, all that wait in three statements or so."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from contracts.messages import PmsChanged
from domain.journeys import Action, Journey
from inbox.heard import from_receipt
from inbox.verdicts import Verdict, ignored, routed
from models.repositories import calendar, deliveries, receipts
from models.repositories.calendar import AppointmentRow
from models.repositories.deliveries import NewDelivery
from models.repositories.receipts import ReceiptFacts, Settled
from vendors.pms.base import PmsEvent


def route(session: Session, practice_id: int, hints: Sequence[ReceiptFacts]) -> None:
    """A delivery for each that is about an appointment, in the caller's transaction and under the practice's lock.

    An echo of our own writing needs no rule: looking again is harmless.
    """
    events: list[PmsEvent] = [from_receipt(hint) for hint in hints]
    refs = {event.appointment_ref for event in events if event.appointment_ref is not None}
    known = calendar.ensure_all(session, practice_id, refs) if refs else {}
    told: list[Settled] = []
    waiting: list[NewDelivery] = []
    for hint, event in zip(hints, events, strict=True):
        appointment = None if event.appointment_ref is None else known[event.appointment_ref]
        verdict = _verdict(appointment)
        told.append(Settled(hint.id, state=verdict.state, outcome=verdict.outcome, about=verdict.about))
        if appointment is not None:
            waiting.append(_look_again(hint, appointment))
    deliveries.enqueue_all(session, practice_id, waiting)
    receipts.settle_all(session, practice_id, told)


def _verdict(appointment: AppointmentRow | None) -> Verdict:
    if appointment is None:
        return ignored("not about an appointment")
    return routed("look_again", appointment_id=appointment.id)


def _look_again(hint: ReceiptFacts, appointment: AppointmentRow) -> NewDelivery:
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
    )
