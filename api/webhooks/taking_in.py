"""What every vendor's webhook does: read the raw body, refuse without a hint, record before answering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, Final, Generic, TypeVar

import structlog
from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api.dependencies import Dependencies, Running
from api.problems import Problem
from inbox import counters
from inbox.intake import Arrival, TooBusy, UnknownPractice
from vendors.errors import Malformed, Unauthorised
from wiring.connected_vendors import Reader

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


_TOO_DEEP: Final = "the body is nested too deeply"

#: What a vendor's call says, once its signature holds.
SaidT = TypeVar("SaidT")


@dataclass(frozen=True, kw_only=True)
class Heard(Generic[SaidT]):
    """A call whose signature holds, and whose it is."""

    said: SaidT
    by: Reader[Any]


async def hear(
    deps: Dependencies,
    vendor: str,
    named: str,
    read: Callable[[Any], SaidT],
    *,
    address: Callable[[SaidT], str | None] = lambda _: None,
    only_its_own: bool = False,
    in_thread: bool = False,
) -> Heard[SaidT]:
    """Read a call with the secrets of the connection that its URL names, or of the practice's where it names that.

    `read` reads with an adapter's reader, `in_thread` where that takes long. `address` is the account the vendor says
    the call is for: that of another connection is heard for that one, if that one's own secrets verify the call too;
    else it is refused. With `only_its_own` an address that is nobody's is refused as well.
    """
    readers = deps.readers
    asked = readers.known(vendor, named)
    if asked is None:
        asked = await run_in_threadpool(readers.load, vendor, named)
    if not asked:
        raise _refused(vendor, "no such connection") if named.startswith("c_") else off(vendor)
    with reading(vendor):
        by, said = await _first(asked, read, in_thread=in_thread)
        told = address(said)
        place = None if told is None else readers.plain(vendor, told)
        if place is None or place == by.address:
            return Heard(said=said, by=by)
        owners = readers.known_owner(vendor, place)
        if owners is None:
            owners = await run_in_threadpool(readers.load_owner, vendor, place)
        if owners:
            by, said = await _first(owners, read, in_thread=in_thread)
        elif only_its_own and by.address is not None:
            raise Unauthorised("signed for one account and about another")
    return Heard(said=said, by=by)


async def _first(
    readers: tuple[Reader[Any], ...], read: Callable[[Any], SaidT], *, in_thread: bool
) -> tuple[Reader[Any], SaidT]:
    """The first whose secrets verify the call."""
    refused = Unauthorised("nobody's secrets")
    for one in readers:
        try:
            return one, await run_in_threadpool(read, one.reads) if in_thread else read(one.reads)
        except Unauthorised as error:
            refused = error
    raise refused


async def keep(
    deps: Dependencies, state: Running, by: Reader[Any], *arrivals: Arrival, patience: timedelta | None = None
) -> None:
    """Durable when it returns; what becomes of them is nothing the vendor waits for."""
    try:
        await state.intake.take_in(*arrivals, patience=patience)
    except UnknownPractice as error:
        raise Problem(404, "not_found", "There is no such practice.") from error
    except TooBusy as error:
        raise busy() from error
    if deps.readers.note_heard(by):
        try:
            await run_in_threadpool(deps.readers.write_heard, by)
        except SQLAlchemyError as error:
            # It is kept, and that is what the vendor asks.
            _log.warning("webhook.heard_not_noted", error=type(error).__name__)


def busy() -> Problem:
    """The vendor should send it again."""
    return Problem(503, "busy", "Too much at once; send it again.", headers={"Retry-After": "2"})


def _refused(vendor: str, why: str) -> Problem:
    counters.REFUSED.labels(vendor, "unauthorised").inc()
    _log.warning("webhook.unauthorised", vendor=vendor, why=why)
    return Problem(403, "refused", "Refused.")


@contextmanager
def reading(vendor: str) -> Iterator[None]:
    """Adapters' refusals as answers: a forger learns nothing, a vendor's broken payload is told which field."""
    try:
        yield
    except Unauthorised as error:
        raise _refused(vendor, str(error)) from error
    except Malformed as error:
        counters.REFUSED.labels(vendor, "malformed").inc()
        _log.error("webhook.malformed", vendor=vendor, why=str(error))
        raise Problem(422, "malformed", str(error)) from error
    except RecursionError as error:
        # However deep a parser goes, a body can go deeper.
        counters.REFUSED.labels(vendor, "malformed").inc()
        _log.error("webhook.malformed", vendor=vendor, why=_TOO_DEEP)
        raise Problem(422, "malformed", _TOO_DEEP) from error


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
