"""What staff can filter workflows by in the Temporal UI. Plain text for ever: references only, never a name or phone.

A store has room for 10 Keyword and 3 each of Bool, Datetime and Int attributes, so a new one is a decision.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from temporalio.common import SearchAttributeKey

PRACTICE_ID: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("PracticeId")
PMS_KIND: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("PmsKind")
CLIENT_REF: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("ClientRef")
BOOKING_REF: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("BookingRef")
STAGE: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Stage")
WAITING_ON: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("WaitingOn")
NEEDS_HUMAN: Final[SearchAttributeKey[bool]] = SearchAttributeKey.for_bool("NeedsHuman")
NEXT_ACTION_AT: Final[SearchAttributeKey[datetime]] = SearchAttributeKey.for_datetime("NextActionAt")
SLOT_START: Final[SearchAttributeKey[datetime]] = SearchAttributeKey.for_datetime("SlotStart")
OFFERS_SENT: Final[SearchAttributeKey[int]] = SearchAttributeKey.for_int("OffersSent")

ALL: Final[tuple[SearchAttributeKey[Any], ...]] = (
    PRACTICE_ID,
    PMS_KIND,
    CLIENT_REF,
    BOOKING_REF,
    STAGE,
    WAITING_ON,
    NEEDS_HUMAN,
    NEXT_ACTION_AT,
    SLOT_START,
    OFFERS_SENT,
)
