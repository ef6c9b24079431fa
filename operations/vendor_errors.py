"""Vendor errors, translated once into what Temporal's retries understand.

Expected outcomes (the slot is taken, the client opted out) are results and never come through here; what does is
"could not find out", with when to try again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from vendors.errors import Ambiguous, BadAnswer, Misconfigured, RateLimited, Refused, Unreachable, VendorError

#: A wrong credential needs a person; looking again once a minute costs nothing and heals by itself once mended.
MISCONFIGURED_PAUSE = timedelta(minutes=1)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a vendor raised into an `ApplicationError` that says whether and when to try again."""
    try:
        yield
    except RateLimited as error:
        raise ApplicationError(
            str(error),
            type="RateLimited",
            next_retry_delay=error.retry_after,
            category=ApplicationErrorCategory.BENIGN,
        ) from error
    except Misconfigured as error:
        raise ApplicationError(str(error), type="Misconfigured", next_retry_delay=MISCONFIGURED_PAUSE) from error
    except (Unreachable, Ambiguous, BadAnswer) as error:
        raise ApplicationError(str(error), type=type(error).__name__) from error
    except Refused as error:
        raise ApplicationError(str(error), type="Refused", non_retryable=True) from error
    except VendorError as error:
        raise ApplicationError(str(error), type="VendorError") from error


def look_again(words: str, *, after: timedelta) -> ApplicationError:
    """Raised when an effect's outcome is not known yet: the next attempt reads back first."""
    return ApplicationError(
        words, type="OutcomeUnknown", next_retry_delay=after, category=ApplicationErrorCategory.BENIGN
    )
