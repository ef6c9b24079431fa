"""What can go wrong with a vendor, and whether another attempt makes sense.

    VendorError
    ├── NotSent                the request surely did nothing
    │   ├── RateLimited        … again after `retry_after`
    │   ├── Unreachable        … again with backoff (refused, DNS, 503 before any work)
    │   ├── Refused            … never as it is; a rule of the vendor's says no (`code`, `reason`)
    │   │   ├── RecipientOptedOut   the vendor keeps a block for this address
    │   │   ├── RecipientInvalid    no such number or mailbox for this channel
    │   │   ├── SlotTaken           the PMS says the time is not free (refusal or warning)
    │   │   └── Unsupported         the vendor has no such call; its `capabilities` say so beforehand
    │   └── Misconfigured      … never until a person changes a credential or setting
    ├── Ambiguous              it may have happened: read back before anything else
    └── BadAnswer              it answered something it never documents; treated as ambiguous for writes

    WebhookError
    ├── Unauthorised           the signature does not hold: refuse without a hint
    ├── Malformed              signed, yet a payload the vendor could never have sent: refuse with 4xx and log
    └── Undocumented           signed and well formed, an event we know nothing of: keep and report

Texts of these errors carry no names, numbers or treatments: they end in logs and histories.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vendors.pms.base import PmsEvent


class VendorError(Exception):
    """Any failure of an outside system; `vendor` and `operation` say where."""

    def __init__(self, reason: str, *, vendor: str, operation: str, code: str | None = None) -> None:
        super().__init__(f"{vendor} {operation}: {reason}" + (f" ({code})" if code else ""))
        self.vendor = vendor
        self.operation = operation
        self.reason = reason
        self.code = code


class NotSent(VendorError):
    """The request surely had no effect."""


class RateLimited(NotSent):
    """Too many requests; not processed. Try again after `retry_after`."""

    def __init__(
        self, reason: str, *, vendor: str, operation: str, code: str | None = None, retry_after: timedelta
    ) -> None:
        super().__init__(reason, vendor=vendor, operation=operation, code=code)
        self.retry_after = retry_after


class Unreachable(NotSent):
    """Nobody answered, and the request surely did not arrive or was refused before any work."""


class Refused(NotSent):
    """The vendor understood and said no; the same request will never succeed."""


class RecipientOptedOut(Refused):
    """The vendor keeps an opt-out for this address; the ledger must follow it."""


class RecipientInvalid(Refused):
    """This address cannot be reached on this channel."""


class SlotTaken(Refused):
    """The PMS says the provider, room or device is not free at that time."""


class Unsupported(Refused):
    """The vendor has no call for this. A caller that asks for `capabilities` first never meets it."""


class Misconfigured(NotSent):
    """A credential, permission or setting is wrong; an administrator must act."""


class Ambiguous(VendorError):
    """The answer was lost: the effect may have happened. Read back before repeating."""


class BadAnswer(VendorError):
    """An answer outside the vendor's documentation."""


class WebhookError(Exception):
    """A webhook call that does not become a receipt as it stands."""


class Unauthorised(WebhookError):
    """The signature is missing, wrong or too old."""


class Malformed(WebhookError):
    """Signed, but a payload the vendor could never have sent; the text names the field."""


class Undocumented(WebhookError):
    """Signed and well formed, but of a type we do not know; kept and reported. `event` is what could be read of it."""

    def __init__(self, reason: str, *, event: PmsEvent | None = None) -> None:
        super().__init__(reason)
        self.event = event
