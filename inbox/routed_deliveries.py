"""The deliveries routing and the relay make, each with the key that keeps it from being made twice."""

from __future__ import annotations

from sqlmodel import Session

import operations.journey_deliveries
from contracts.workflow_messages import Claim, Decline, Replied
from domain.journey_names import Action, Journey
from models.repositories import deliveries
from models.repositories.receipts import ReceiptFacts


def answer_text(session: Session, receipt: ReceiptFacts) -> None:
    """A text that no journey owns: its own journey answers it, or asks a person."""
    operations.journey_deliveries.answer_text(session, receipt.practice_id, receipt.id, now=receipt.practice_at)


def claim_by_text(session: Session, receipt: ReceiptFacts, *, offer_id: int, opening_id: int) -> None:
    """A YES, for the fill. The delivery is this text's own; the claim's key is the offer's, whatever way it came."""
    claim = Claim(key=claim_key(offer_id), offer_id=offer_id, said_at=receipt.practice_at, receipt_id=receipt.id)
    deliveries.enqueue(
        session,
        receipt.practice_id,
        key=f"claim:{offer_id}:{receipt.id}",
        journey=Journey.GAP_FILL,
        ref=opening_id,
        action=Action.SIGNAL,
        message="claim_by_text",
        body=claim.model_dump(mode="json"),
        now=receipt.practice_at,
        receipt_id=receipt.id,
    )


def decline(session: Session, receipt: ReceiptFacts, *, offer_id: int, opening_id: int, why: str) -> None:
    """The fill need not wait for this client: "no", "stop" or "undeliverable"."""
    deliveries.enqueue(
        session,
        receipt.practice_id,
        key=f"decline:{offer_id}:{receipt.id}",
        journey=Journey.GAP_FILL,
        ref=opening_id,
        action=Action.SIGNAL,
        message="decline",
        body=Decline(offer_id=offer_id, why=why).model_dump(mode="json"),
        now=receipt.practice_at,
        receipt_id=receipt.id,
    )


def replied(session: Session, receipt: ReceiptFacts, *, appointment_id: int, turn: int, meaning: str) -> None:
    """An answer about a visit: "confirm", "reschedule" or "cannot_come"."""
    deliveries.enqueue(
        session,
        receipt.practice_id,
        key=f"replied:{appointment_id}:{receipt.id}",
        journey=Journey.BOOKING,
        ref=appointment_id,
        turn=turn,
        action=Action.SIGNAL,
        message="replied",
        body=Replied(receipt_id=receipt.id, meaning=meaning).model_dump(mode="json"),
        now=receipt.practice_at,
        receipt_id=receipt.id,
    )


def claim_key(offer_id: int) -> str:
    """The same for a text, a link, an update and the signal it falls back to."""
    return f"claim:{offer_id}"
