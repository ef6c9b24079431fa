"""Twilio: texts from clients, and how far ours have come."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api.dependencies import Deps, State
from api.webhooks.taking_in import Body, digest_key, hear, keep, public_url
from inbox.intake import Arrival
from models.repositories.receipts import Purpose
from vendors.errors import Undocumented
from vendors.sms.base import InboundText, TextReport, TextWebhooks

router = APIRouter()

VENDOR: Final = "twilio"
_NOTHING_TO_SAY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@router.post("/webhooks/twilio/inbound/{named}", summary="Twilio: a text from a client")
async def inbound(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Answered with empty TwiML: whatever is to be said goes through the gate like every other message."""

    def read(webhooks: TextWebhooks) -> InboundText:
        return webhooks.inbound(url=public_url(deps, request), headers=request.headers, body=body)

    # One webhook may serve several numbers: the one written to says whose it is.
    heard = await hear(deps, VENDOR, named, read, address=lambda text: text.recipient)
    await keep(
        deps,
        state,
        heard.by,
        Arrival(
            vendor=VENDOR,
            slug=named,
            practice_id=heard.by.practice_id,
            purpose=Purpose.TEXT,
            event_key=heard.said.event_key,
            event_type="inbound",
            heard=heard.said,
            payload=body,
        ),
    )
    return Response(_NOTHING_TO_SAY, media_type="text/xml")


@router.post("/webhooks/twilio/status/{named}", status_code=204, summary="Twilio: how far a text of ours has come")
async def status(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Reports repeat and overtake each other; none of them moves a message backwards."""

    def read(webhooks: TextWebhooks) -> TextReport | None:
        try:
            return webhooks.status(url=public_url(deps, request), headers=request.headers, body=body)
        except Undocumented:
            return None

    heard = await hear(deps, VENDOR, named, read)
    report = heard.said
    await keep(
        deps,
        state,
        heard.by,
        Arrival(
            vendor=VENDOR,
            slug=named,
            practice_id=heard.by.practice_id,
            purpose=Purpose.TEXT_STATUS,
            event_key=report.event_key if report else digest_key("status", body),
            event_type=report.state.value if report else "unknown",
            heard=report,
            payload=body,
            known=report is not None,
        ),
    )
    return Response(status_code=204)
