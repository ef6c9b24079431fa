"""Webhooks of practice-management systems: hints to look again."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.dependencies import Deps, State
from api.webhooks.taking_in import Body, digest_key, keep, off, reading
from inbox.receipts import Arrival
from models.repositories.receipts import Purpose
from vendors.errors import Undocumented
from vendors.pms.base import PmsEvent

router = APIRouter()


@router.post("/webhooks/boulevard/{slug}", status_code=204, summary="Boulevard: an appointment or client changed")
async def boulevard(slug: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Signed with the application secret over salt and raw body."""
    return await _take_in("boulevard", slug, request, body, deps, state)


async def _take_in(kind: str, slug: str, request: Request, body: bytes, deps: Deps, state: State) -> Response:
    webhooks = deps.pms_webhooks.get(kind)
    if webhooks is None:
        raise off(kind)
    known, event = True, None
    with reading(kind):
        try:
            event = webhooks.verify_and_parse(headers=request.headers, body=body, now=deps.wall())
        except Undocumented as undocumented:
            known, event = False, undocumented.event
    await keep(state, _arrival(kind, slug, event, body, known=known))
    return Response(status_code=204)


def _arrival(kind: str, slug: str, event: PmsEvent | None, body: bytes, *, known: bool) -> Arrival:
    return Arrival(
        vendor=kind,
        slug=slug,
        address=event.business_ref if event else None,
        purpose=Purpose.PMS,
        event_key=event.event_key if event else digest_key("unknown", body),
        event_type=event.event_type if event else "unknown",
        heard=event,
        payload=body,
        known=known,
    )
