"""Slack: somebody pressed a button of a task's card."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from api.dependencies import Deps, State
from api.webhooks.taking_in import Body, busy, digest_key, hear, keep
from inbox.intake import Arrival
from models.repositories.receipts import Purpose
from vendors.chat.base import CardPress, ChatWebhooks
from vendors.errors import Undocumented

router = APIRouter()

VENDOR: Final = "slack"
#: Slack gives up after three seconds, and what it shows then is the same as for an error of ours: it says so at once to
#: whoever pressed. A second is left for the way here and back.
PATIENCE: Final = timedelta(seconds=2)


@router.post("/webhooks/slack/{named}", summary="Slack: a button of a card was pressed")
async def press(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """Acknowledged empty, within Slack's three seconds whatever the database does: a press that is not kept by then is
    an error, which Slack shows to the presser. The relay asks the task and answers."""

    def read(webhooks: ChatWebhooks) -> CardPress | None:
        try:
            return webhooks.press(headers=request.headers, body=body, now=deps.wall())
        except Undocumented:
            return None

    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            heard = await hear(deps, VENDOR, named, read, address=lambda said: said.team_ref if said else None)
    except TimeoutError as error:
        raise busy() from error
    pressed = heard.said
    await keep(
        deps,
        state,
        heard.by,
        Arrival(
            vendor=VENDOR,
            slug=named,
            practice_id=heard.by.practice_id,
            purpose=Purpose.PRESS,
            event_key=pressed.event_key if pressed else digest_key("interaction", body),
            event_type="press" if pressed else "unknown",
            heard=pressed,
            payload=body,
            known=pressed is not None,
        ),
        patience=PATIENCE,
    )
    return Response(status_code=200)
