"""Webhooks of practice-management systems: hints to look again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import Deps, State
from api.problems import Problem
from api.webhooks.taking_in import Body, digest_key, hear, keep
from inbox.intake import Arrival
from models.repositories.receipts import Purpose
from vendors.errors import Undocumented
from vendors.pms.base import PmsEvent, PmsWebhooks
from wiring.vendors import PMS

router = APIRouter()

#: What we answer by ourselves to what could not be kept; most vendors deliver again after it.
_OUR_FAILURE: Final = 503


def _add_route(kind: str, *, retry_status: int) -> None:
    async def take_in(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
        """Verified by the vendor's own adapter: see its `webhooks.py`."""
        with delivered_again(retry_status):
            return await _take_in(kind, named, request, body, deps, state)

    summary = f"{kind}: something of the calendar changed"
    router.post(f"/webhooks/{kind}/{{named}}", status_code=204, summary=summary, name=kind)(take_in)


@contextmanager
def delivered_again(status: int) -> Iterator[None]:
    """Where the vendor delivers again after one status alone, any other failure of ours would lose the event."""
    try:
        yield
    except SQLAlchemyError as error:
        if status == _OUR_FAILURE:
            raise
        raise _again(status) from error
    except Problem as problem:
        if problem.status < 500 or status == _OUR_FAILURE:
            raise
        raise _again(status) from problem


def _again(status: int) -> Problem:
    return Problem(status, "busy", "It could not be kept; send it again.", headers={"Retry-After": "60"})


async def _take_in(kind: str, named: str, request: Request, body: bytes, deps: Deps, state: State) -> Response:
    def read(webhooks: PmsWebhooks) -> tuple[PmsEvent | None, bool]:
        try:
            return webhooks.verify_and_parse(headers=request.headers, body=body, now=deps.wall()), True
        except Undocumented as undocumented:
            return undocumented.event, False

    # One application may be installed at several businesses, and its secret signs the events of each.
    heard = await hear(deps, kind, named, read, address=lambda said: _business(said[0]), only_its_own=True)
    event, known = heard.said
    await keep(deps, state, heard.by, _arrival(kind, named, heard.by.practice_id, event, body, known=known))
    return Response(status_code=204)


def _business(event: PmsEvent | None) -> str | None:
    return event.business_ref or None if event is not None else None


def _arrival(
    kind: str, named: str, practice_id: int | None, event: PmsEvent | None, body: bytes, *, known: bool
) -> Arrival:
    return Arrival(
        vendor=kind,
        slug=named,
        practice_id=practice_id,
        purpose=Purpose.PMS,
        event_key=event.event_key if event else digest_key("unknown", body),
        event_type=event.event_type if event else "unknown",
        heard=event,
        payload=body,
        known=known,
    )


for _kind, _dialect in PMS.items():
    _add_route(_kind, retry_status=_dialect.retry_status)
