"""Slack: somebody pressed a button of a task's card."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api.dependencies import Deps, State
from api.webhooks.taking_in import Body, digest_key, keep, off, reading
from inbox.receipts import Arrival
from models.repositories.receipts import Purpose
from vendors.errors import Undocumented

router = APIRouter()

VENDOR: Final = "slack"


@router.post("/webhooks/slack/{slug}", summary="Slack: a button of a card was pressed")
async def press(slug: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Acknowledged empty, well within Slack's three seconds; the relay asks the task and answers the presser."""
    if deps.chat_webhooks is None:
        raise off(VENDOR)
    with reading(VENDOR):
        try:
            pressed = deps.chat_webhooks.press(headers=request.headers, body=body, now=deps.wall())
        except Undocumented:
            pressed = None
    await keep(
        state,
        Arrival(
            vendor=VENDOR,
            slug=slug,
            address=pressed.team_ref if pressed else None,
            purpose=Purpose.PRESS,
            event_key=pressed.event_key if pressed else digest_key("interaction", body),
            event_type="press" if pressed else "unknown",
            heard=pressed,
            payload=body,
            known=pressed is not None,
        ),
    )
    return Response(status_code=200)
