"""Twilio's message statuses in our words."""

from __future__ import annotations

from vendors.sms.base import TextState

STATES = {
    "accepted": TextState.ACCEPTED,
    "scheduled": TextState.ACCEPTED,
    "queued": TextState.ACCEPTED,
    "sending": TextState.ACCEPTED,
    # The carrier has it; some carriers never say more.
    "sent": TextState.SENT,
    "partially_delivered": TextState.SENT,
    "delivered": TextState.DELIVERED,
    "read": TextState.DELIVERED,
    "undelivered": TextState.FAILED,
    "failed": TextState.FAILED,
    "canceled": TextState.FAILED,
}
