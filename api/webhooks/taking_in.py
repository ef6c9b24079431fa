"""What every vendor's webhook does: read the raw body, refuse without a hint, record before answering."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Final

import structlog
from fastapi import Depends, Request

from api.dependencies import Dependencies, Running
from api.problems import Problem
from inbox import counters
from inbox.receipts import Arrival, TooBusy, UnknownPractice
from vendors.errors import Malformed, Unauthorised

_log = structlog.get_logger(__name__)

#: SendGrid's batches are the largest; none of ours comes near.
LARGEST_BODY: Final = 2 * 1024 * 1024


async def raw_body(request: Request) -> bytes:
    """The body as signed, bounded."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Problem(413, "too_large", "The body is larger than any webhook's.")
        parts.append(part)
    return b"".join(parts)


Body = Annotated[bytes, Depends(raw_body)]


async def keep(state: Running, *arrivals: Arrival, patience: timedelta | None = None) -> None:
    """Durable when it returns; what becomes of them is nothing the vendor waits for."""
    try:
        await state.intake.take_in(*arrivals, patience=patience)
    except UnknownPractice as error:
        raise Problem(404, "not_found", "There is no such practice.") from error
    except TooBusy as error:
        raise Problem(503, "busy", "Too much at once; send it again.", headers={"Retry-After": "2"}) from error


@contextmanager
def reading(vendor: str) -> Iterator[None]:
    """Adapters' refusals as answers: a forger learns nothing, a vendor's broken payload is told which field."""
    try:
        yield
    except Unauthorised as error:
        counters.REFUSED.labels(vendor, "unauthorised").inc()
        _log.warning("webhook.unauthorised", vendor=vendor, why=str(error))
        raise Problem(403, "refused", "Refused.") from error
    except Malformed as error:
        counters.REFUSED.labels(vendor, "malformed").inc()
        _log.error("webhook.malformed", vendor=vendor, why=str(error))
        raise Problem(422, "malformed", str(error)) from error


def off(vendor: str) -> Problem:
    """The vendor is not set up here."""
    return Problem(404, "vendor_off", f"{vendor} is not set up here.")


def digest_key(kind: str, body: bytes) -> str:
    """An event key for what could not be read: equal for repeats."""
    return f"{kind}:{sha256(body).hexdigest()}"


def public_url(deps: Dependencies, request: Request) -> str:
    """The URL as the vendor called it; what stands behind a proxy sees another."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{deps.settings.public_base_url}{request.url.path}{query}"
