"""Twilio's error codes, in answers to a send and in later status reports.

https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from datetime import timedelta

from vendors.errors import (
    Misconfigured,
    RateLimited,
    RecipientInvalid,
    RecipientOptedOut,
    Refused,
    VendorError,
)

VENDOR = "twilio"

OPTED_OUT = frozenset({21610})
#: No such number, not able to take texts, a landline.
INVALID_NUMBER = frozenset({21211, 21614, 21635})
#: Credentials, region switched off, a sender that cannot text, a trial account, an unregistered campaign.
MISCONFIGURED = frozenset({20003, 21408, 21606, 21608, 30034})
#: Ten hours of messages are waiting; nothing is wrong with the text.
QUEUE_FULL = frozenset({21611, 30001})
TOO_MANY = frozenset({20429})

#: Answers and reports after which this number is not texted again: blocked, unknown, landline, on a litigator list.
UNREACHABLE_FOR_GOOD = INVALID_NUMBER | {30004, 30005, 30006, 30640}


def refusal(*, code: int, status: int, operation: str, wait: timedelta, queue_wait: timedelta) -> VendorError:
    """The error for a 4xx answer; unlisted codes are refusals, since nothing was accepted."""
    where = {"vendor": VENDOR, "operation": operation, "code": str(code)}
    if code in TOO_MANY or status == 429:
        return RateLimited("too many requests", retry_after=wait, **where)
    if code in QUEUE_FULL:
        return RateLimited("the sender's queue is full", retry_after=queue_wait, **where)
    if code in MISCONFIGURED or status in (401, 403):
        return Misconfigured("the account or the sender is not set up for this", **where)
    if code in OPTED_OUT:
        return RecipientOptedOut("the recipient opted out", **where)
    if code in UNREACHABLE_FOR_GOOD:
        return RecipientInvalid("the number does not take texts", **where)
    return Refused("the text is refused", **where)
