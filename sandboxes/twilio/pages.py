"""The phones: a list of the people who got or sent texts, and each one's screen."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from sandboxes.common.pages import Pages, clock_time, day
from sandboxes.twilio.messages import Message
from sandboxes.twilio.sandbox import TwilioSandbox

PAGES = Pages("sandboxes.twilio")


def phone_pages(sandbox: TwilioSandbox) -> APIRouter:
    """Return the pages of the Twilio sandbox."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def phones(request: Request) -> Response:
        return PAGES.show(request, "phones.html", phones=_phones(sandbox), now=_now(sandbox))

    @router.get("/phone/{number}", response_class=HTMLResponse)
    async def phone(number: str, request: Request) -> Response:
        thread = [message for message in sandbox.messages.values() if message.person == number]
        practice_number = next((_ours(message) for message in reversed(thread) if _ours(message)), None)
        return PAGES.show(
            request,
            "phone.html",
            number=number,
            name=_name(sandbox, number),
            practice=sandbox.config.practice_name,
            practice_number=practice_number or next(iter(sandbox.config.numbers), ""),
            days=_days(sandbox, thread),
            clock=clock_time(sandbox.practice_time.now(), sandbox.config.zone),
            opted_out=sandbox.blocks.hold([_ours(message) for message in thread], number),
        )

    @router.post("/phone/{number}/reply")
    async def reply(number: str, body: str = Form(), to: str = Form()) -> Response:
        if body.strip() and to in sandbox.config.numbers:
            sandbox.receive(person=number, number=to, body=body.strip(), media=[], by_hand=True)
        return RedirectResponse(f"/phone/{number}", status_code=303)

    return router


def _ours(message: Message) -> str:
    return (message.to if message.direction == "inbound" else message.sender) or ""


def _name(sandbox: TwilioSandbox, number: str) -> str:
    return sandbox.config.people.get(number, number)


def _now(sandbox: TwilioSandbox) -> str:
    now = sandbox.practice_time.now()
    return f"{day(now, sandbox.config.zone)}, {clock_time(now, sandbox.config.zone)}"


def _phones(sandbox: TwilioSandbox) -> list[dict[str, Any]]:
    """Return one line a person, latest first."""
    last: dict[str, Message] = {}
    for message in sandbox.messages.values():
        if message.direction == "inbound" or message.reached_at is not None:
            last.pop(message.person, None)
            last[message.person] = message
    known = [number for number in sandbox.config.people if number not in last]
    lines = [_line(sandbox, number, message) for number, message in reversed(last.items())]
    return lines + [_line(sandbox, number, None) for number in sorted(known, key=lambda n: sandbox.config.people[n])]


def _line(sandbox: TwilioSandbox, number: str, message: Message | None) -> dict[str, Any]:
    name = _name(sandbox, number)
    words = [word for word in name.split() if word[:1].isalpha()]
    return {
        "number": number,
        "name": name,
        "initials": "".join(word[0] for word in words[:2]).upper() or number[-2:],
        "hue": sum(map(ord, number)) * 47 % 360,
        "text": message.body if message else "",
        "theirs": message is not None and message.direction == "inbound",
        "time": clock_time(message.practice_at, sandbox.config.zone) if message else "",
        "opted_out": any(pair["person"] == number for pair in sandbox.blocks.view()),
    }


def _days(sandbox: TwilioSandbox, thread: list[Message]) -> list[dict[str, Any]]:
    """Return the bubbles of a thread by day, in the order in which the phone got or sent them."""
    zone = sandbox.config.zone
    days: list[dict[str, Any]] = []
    for message in sorted(thread, key=lambda message: message.reached_at or message.practice_at):
        moment = message.reached_at or message.practice_at
        if not days or days[-1]["day"] != day(moment, zone):
            days.append({"day": day(moment, zone), "bubbles": []})
        side = "theirs" if message.direction == "inbound" else "automatic" if message.automatic else "ours"
        days[-1]["bubbles"].append(
            {
                "side": side,
                "body": message.body,
                "time": clock_time(moment, zone),
                "status": "" if message.direction == "inbound" else message.status,
                "trouble": message.error_message,
                "reached": message.reached_at is not None,
            }
        )
    return days
