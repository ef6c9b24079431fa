"""The inboxes: what arrived where, as text and as it looks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from sandboxes.common.pages import Pages, clock_time, day
from sandboxes.sendgrid.mail import Mail
from sandboxes.sendgrid.sandbox import Cause, SendGridSandbox

PAGES = Pages("sandboxes.sendgrid")


def inbox_pages(sandbox: SendGridSandbox) -> APIRouter:
    """Return the pages of the SendGrid sandbox."""
    router = APIRouter()

    def line(mail: Mail) -> dict[str, Any]:
        moment = mail.reached_at or mail.practice_at
        return {
            "id": mail.id,
            "to": mail.to,
            "name": sandbox.config.people.get(mail.to, mail.to),
            "sender": mail.sender_name or mail.sender,
            "address": mail.sender,
            "reply_to": mail.reply_to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "status": mail.status,
            "events": mail.events,
            "bad": mail.status in {"bounce", "dropped", "spamreport"},
            "time": clock_time(moment, sandbox.config.zone),
            "day": day(moment, sandbox.config.zone),
        }

    @router.get("/", response_class=HTMLResponse)
    async def inboxes(request: Request) -> Response:
        mails = [line(mail) for mail in reversed(sandbox.mails.values())]
        return PAGES.show(request, "inboxes.html", mails=mails, address=None)

    @router.get("/inbox/{address}", response_class=HTMLResponse)
    async def inbox(address: str, request: Request) -> Response:
        mails = [line(mail) for mail in reversed(sandbox.mails.values()) if mail.to.lower() == address.lower()]
        return PAGES.show(request, "inboxes.html", mails=mails, address=address)

    @router.get("/mail/{mail_id}", response_class=HTMLResponse)
    async def mail(mail_id: str, request: Request) -> Response:
        found = sandbox.mails.get(mail_id)
        if found is None:
            return HTMLResponse("No such mail.", 404)
        return PAGES.show(request, "mail.html", mail=line(found))

    @router.post("/mail/{mail_id}/event")
    async def cause(mail_id: str, event: Annotated[Cause, Form()]) -> Response:
        if mail_id in sandbox.mails:
            sandbox.cause(sandbox.mails[mail_id], event, {})
        return RedirectResponse(f"/mail/{mail_id}", status_code=303)

    return router
