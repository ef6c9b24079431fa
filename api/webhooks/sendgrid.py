"""SendGrid: what became of our mails, many events a call."""

from __future__ import annotations

import json
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import Deps, State
from api.webhooks.taking_in import Body, keep, off, reading
from inbox.receipts import Arrival
from models.repositories.receipts import Purpose

router = APIRouter()

VENDOR: Final = "sendgrid"


@router.post("/webhooks/sendgrid/{slug}", status_code=204, summary="SendGrid: signed events about our mails")
async def events(slug: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """One receipt an event. A failure half way is answered with an error: SendGrid then repeats the batch, and the
    events kept already are counted as repeats."""
    if deps.mail_webhooks is None:
        raise off(VENDOR)
    with reading(VENDOR):
        # In a thread: a batch may be two megabytes, and everybody's webhooks wait for this loop.
        reports = await run_in_threadpool(
            deps.mail_webhooks.events, headers=request.headers, body=body, now=deps.wall()
        )
    by_key = {row.get("sg_event_id"): row for row in json.loads(body) if isinstance(row, dict)}
    await keep(
        state,
        *(
            Arrival(
                vendor=VENDOR,
                slug=slug,
                purpose=Purpose.MAIL_STATUS,
                event_key=report.event_key,
                event_type=report.event_type,
                heard=report,
                payload=json.dumps(by_key.get(report.event_key, {})).encode(),
            )
            for report in reports
        ),
    )
    return Response(status_code=204)
