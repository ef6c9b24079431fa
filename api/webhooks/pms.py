"""Webhooks of practice-management systems: hints to look again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import Deps, State
from api.problems import Problem
from api.webhooks.taking_in import Body, digest_key, hear, keep
from inbox.intake import Arrival
from models.repositories.receipts import Purpose
from vendors.errors import Undocumented
from vendors.pms.base import PmsEvent, PmsWebhooks

router = APIRouter()


@router.post("/webhooks/boulevard/{named}", status_code=204, summary="Boulevard: an appointment or client changed")
async def boulevard(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Signed with the application secret over salt and raw body."""
    return await _take_in("boulevard", named, request, body, deps, state)


@router.post("/webhooks/gohighlevel/{named}", status_code=204, summary="GoHighLevel: an appointment or contact changed")
async def gohighlevel(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Signed with the vendor's own key."""
    with delivered_again():
        return await _take_in("gohighlevel", named, request, body, deps, state)


@router.post("/webhooks/jane/{named}", status_code=204, summary="Jane: something of the calendar changed")
async def jane(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Signed with the secret of its subscription."""
    return await _take_in("jane", named, request, body, deps, state)


@contextmanager
def delivered_again() -> Iterator[None]:
    """For a vendor that delivers again after a 429 alone: any other failure of ours would lose the event for good."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _again() from error
    except Problem as problem:
        if problem.status < 500:
            raise
        raise _again() from problem


def _again() -> Problem:
    return Problem(429, "busy", "It could not be kept; send it again.", headers={"Retry-After": "60"})


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
