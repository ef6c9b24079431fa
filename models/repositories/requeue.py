"""What an administrator puts back in line once its cause is mended."""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import Session, col

from models.inbox import Receipt
from models.repositories.receipts import ReceiptState


def route_again(session: Session, practice_id: int, receipt_id: int) -> bool:
    """Let a failed receipt be routed as if it had just come. False when it has not failed."""
    row = session.execute(
        update(Receipt)
        .where(
            col(Receipt.practice_id) == practice_id,
            col(Receipt.id) == receipt_id,
            col(Receipt.state) == ReceiptState.FAILED.value,
        )
        # Without an outcome it is new to the router: it gets both its tries again.
        .values(state=ReceiptState.NEW.value, outcome=None)
        .returning(col(Receipt.id))
    ).first()
    return row is not None
