"""SendGrid: what became of our mails, many events a call."""

from __future__ import annotations

from typing import Final

import structlog
from fastapi import APIRouter, Request, Response

from api.dependencies import Deps, State
from api.webhooks.taking_in import Body, digest_key, hear, keep
from inbox.intake import Arrival
from models.repositories.receipts import Purpose
from vendors.email.base import MailEvent, MailWebhooks

router = APIRouter()
_log = structlog.get_logger(__name__)

VENDOR: Final = "sendgrid"


@router.post("/webhooks/sendgrid/{named}", status_code=204, summary="SendGrid: signed events about our mails")
async def events(named: str, request: Request, body: Body, deps: Deps, state: State) -> Response:
    """One receipt an event, also for one that cannot be read: refused, SendGrid would repeat the whole batch for a day
    and then drop it, with all its good events. A failure half way is answered with an error: SendGrid then repeats the
    batch, and the events kept already are counted as repeats."""

    def read(webhooks: MailWebhooks) -> tuple[MailEvent, ...]:
        return webhooks.events(headers=request.headers, body=body, now=deps.wall())

    # A batch may be two megabytes, and everybody's webhooks wait for this loop.
    heard = await hear(deps, VENDOR, named, read, in_thread=True)
    await keep(deps, state, heard.by, *(_arrival(named, heard.by.practice_id, event) for event in heard.said))
    return Response(status_code=204)


def _arrival(named: str, practice_id: int | None, event: MailEvent) -> Arrival:
    raw, report = event.raw.encode(), event.report
    if report is None:
        _log.error("webhook.unread_event", vendor=VENDOR, why=event.why)
    return Arrival(
        vendor=VENDOR,
        slug=named,
        practice_id=practice_id,
        purpose=Purpose.MAIL_STATUS,
        event_key=report.event_key if report else digest_key("unread", raw),
        event_type=report.event_type if report else "unread",
        heard=report,
        payload=raw,
        known=report is not None,
    )
