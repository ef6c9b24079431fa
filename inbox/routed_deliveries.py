"""The deliveries routing and the relay make, each with the key that keeps it from being made twice."""

from __future__ import annotations

from sqlmodel import Session

import operations.journey_deliveries
from contracts.workflow_messages import Claim, Decline, Payload, Replied, Resolve
from domain.journey_names import Action, Journey
from models.repositories import deliveries
from models.repositories.receipts import ReceiptFacts


def answer_text(session: Session, receipt: ReceiptFacts) -> None:
    """A text that no journey owns: its own journey answers it, or asks a person."""
    operations.journey_deliveries.answer_text(session, receipt.practice_id, receipt.id, now=receipt.practice_at)


def claim_by_text(session: Session, receipt: ReceiptFacts, *, offer_id: int, opening_id: int) -> None:
    """A YES, for the fill. The delivery is this text's own; the claim's key is the offer's, whatever way it came."""
    claim = Claim(key=claim_key(offer_id), offer_id=offer_id, said_at=receipt.practice_at, receipt_id=receipt.id)
    key = f"claim:{offer_id}:{receipt.id}"
    _enqueue(session, receipt, key, journey=Journey.GAP_FILL, ref=opening_id, message="claim_by_text", body=claim)


def decline(session: Session, receipt: ReceiptFacts, *, offer_id: int, opening_id: int, why: str) -> None:
    """The fill need not wait for this client: "no", "stop" or "undeliverable"."""
    said = Decline(offer_id=offer_id, why=why)
    key = f"decline:{offer_id}:{receipt.id}"
    _enqueue(session, receipt, key, journey=Journey.GAP_FILL, ref=opening_id, message="decline", body=said)


def replied(session: Session, receipt: ReceiptFacts, *, appointment_id: int, turn: int, meaning: str) -> None:
    """An answer about a visit: "confirm", "reschedule" or "cannot_come"."""
    said = Replied(receipt_id=receipt.id, meaning=meaning)
    key = f"replied:{appointment_id}:{receipt.id}"
    _enqueue(
        session, receipt, key, journey=Journey.BOOKING, ref=appointment_id, turn=turn, message="replied", body=said
    )


def press(
    session: Session, receipt: ReceiptFacts, *, task_id: int, action: str, by: str, client_id: int | None
) -> None:
    """A button of a task's card. The relay runs the update and answers the one who pressed."""
    key = f"press:{receipt.id}"
    said = Resolve(key=key, action=action, by=by, client_id=client_id)
    _enqueue(session, receipt, key, journey=Journey.TASK, ref=task_id, do=Action.UPDATE, message="resolve", body=said)


def claim_key(offer_id: int) -> str:
    """The same for a text, a link, an update and the signal it falls back to."""
    return f"claim:{offer_id}"


def _enqueue(
    session: Session,
    receipt: ReceiptFacts,
    key: str,
    *,
    journey: Journey,
    ref: int,
    message: str,
    body: Payload,
    do: Action = Action.SIGNAL,
    turn: int = 0,
) -> None:
    deliveries.enqueue(
        session,
        receipt.practice_id,
        key=key,
        journey=journey,
        ref=ref,
        turn=turn,
        action=do,
        message=message,
        body=body.model_dump(mode="json"),
        now=receipt.practice_at,
        receipt_id=receipt.id,
    )
