"""The channels as a page: cards whose buttons work."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from sandboxes.common.pages import Pages, clock_time
from sandboxes.slack.messages import RefusedByName, SlackMessage
from sandboxes.slack.mrkdwn import as_html, plain
from sandboxes.slack.sandbox import SlackSandbox

PAGES = Pages("sandboxes.slack")


def channel_pages(sandbox: SlackSandbox) -> APIRouter:
    """Return the pages of the Slack sandbox."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def first() -> Response:
        return RedirectResponse(f"/channel/{next(iter(sandbox.config.channels), 'none')}")

    @router.get("/channel/{channel}", response_class=HTMLResponse)
    async def show(channel: str, request: Request, user: str = "") -> Response:
        config = sandbox.config
        if channel not in config.channels:
            return HTMLResponse("No such channel.", 404)
        messages = [message for message in sandbox.messages.values() if message.channel == channel]
        return PAGES.show(
            request,
            "channel.html",
            team=config.team_domain,
            channel=channel,
            channels=config.channels,
            users={user_id: user.name for user_id, user in config.users.items()},
            user=user if user in config.users else next(iter(config.users), ""),
            messages=[_shown(sandbox, message) for message in messages],
        )

    @router.post("/channel/{channel}/press")
    async def press(
        channel: str,
        request: Request,
        ts: Annotated[str, Form()],
        action_id: Annotated[str, Form()],
        user: Annotated[str, Form()],
    ) -> Response:
        base = str(request.base_url).rstrip("/")
        if user not in sandbox.config.users:
            return HTMLResponse("No such member.", 422)
        try:
            message = sandbox.found(channel, ts)
            await sandbox.press(message, action_id, user, base_url=base, by_hand=True)
        except RefusedByName as refused:
            return HTMLResponse(refused.name, 404)
        return RedirectResponse(f"/channel/{channel}?user={user}", status_code=303)

    return router


def _shown(sandbox: SlackSandbox, message: SlackMessage) -> dict[str, Any]:
    config = sandbox.config
    people = {user_id: user.name for user_id, user in config.users.items()}

    def text_of(composition: dict[str, Any]) -> Markup | str:
        if composition.get("type") == "mrkdwn":
            return as_html(composition["text"], people)
        return plain(composition.get("text", ""))

    blocks: list[dict[str, Any]] = []
    for block in message.blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        blocks.append(
            {
                "type": block["type"],
                "text": text_of(block["text"]) if "text" in block else "",
                "fields": [text_of(field) for field in block.get("fields", [])],
                "context": [text_of(element) for element in elements if block["type"] == "context"],
                "buttons": [
                    {
                        "text": plain(element["text"]["text"]),
                        "style": element.get("style", ""),
                        "action_id": element["action_id"],
                        "url": element.get("url", ""),
                        "confirm": plain(element["confirm"]["text"]["text"]) if "confirm" in element else "",
                    }
                    for element in elements
                    if element.get("type") == "button"
                ],
            }
        )
    return {
        "ts": message.ts,
        "by": config.bot_name,
        "text": as_html(message.text, people),
        "time": clock_time(message.practice_at, config.zone),
        "edited": message.edited,
        "reply": message.thread_ts not in (None, message.ts),
        "blocks": blocks,
        "notes": [
            {"text": as_html(note.text, people), "user": people.get(note.user, note.user)} for note in message.notes
        ],
    }
