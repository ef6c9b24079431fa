"""What routing made of a receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from models.repositories.receipts import ReceiptState


@dataclass(frozen=True, kw_only=True)
class RoutingResult:
    """`outcome` is one word for the list of receipts; `about` holds our ids of what it concerns."""

    state: ReceiptState
    outcome: str
    about: dict[str, Any] = field(default_factory=dict)


def routed(outcome: str, **about: Any) -> RoutingResult:
    return RoutingResult(
        state=ReceiptState.ROUTED,
        outcome=outcome,
        about={name: value for name, value in about.items() if value is not None},
    )


def ignored(outcome: str) -> RoutingResult:
    """Documented, and of no use to us."""
    return RoutingResult(state=ReceiptState.IGNORED, outcome=outcome)
