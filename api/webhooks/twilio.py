"""Twilio: texts from clients, and how far ours have come."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api.dependencies import Deps, State
from api.webhooks.taking_in import Body, digest_key, keep, off, public_url, reading
from inbox.receipts import Arrival
from models.repositories.receipts import Purpose
from vendors.errors import Undocumented

router = APIRouter()

VENDOR: Final = "twilio"
_NOTHING_TO_SAY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@router.post("/webhooks/twilio/inbound/{slug}", summary="Twilio: a text from a client")
async def inbound(slug: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Answered with empty TwiML: whatever is to be said goes through the gate like every other message."""
    if deps.text_webhooks is None:
        raise off(VENDOR)
    with reading(VENDOR):
        text = deps.text_webhooks.inbound(url=public_url(deps, request), headers=request.headers, body=body)
    await keep(
        state,
        Arrival(
            vendor=VENDOR,
            slug=slug,
            # One webhook may serve several numbers: the one written to says whose it is.
            address=text.recipient,
            purpose=Purpose.TEXT,
            event_key=text.event_key,
            event_type="inbound",
            heard=text,
            payload=body,
        ),
    )
    return Response(_NOTHING_TO_SAY, media_type="text/xml")


@router.post("/webhooks/twilio/status/{slug}", status_code=204, summary="Twilio: how far a text of ours has come")
async def status(slug: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Reports repeat and overtake each other; none of them moves a message backwards."""
    if deps.text_webhooks is None:
        raise off(VENDOR)
    with reading(VENDOR):
        try:
            report = deps.text_webhooks.status(url=public_url(deps, request), headers=request.headers, body=body)
        except Undocumented:
            report = None
    await keep(
        state,
        Arrival(
            vendor=VENDOR,
            slug=slug,
            purpose=Purpose.TEXT_STATUS,
            event_key=report.event_key if report else digest_key("status", body),
            event_type=report.state.value if report else "unknown",
            heard=report,
            payload=body,
            known=report is not None,
        ),
    )
    return Response(status_code=204)
