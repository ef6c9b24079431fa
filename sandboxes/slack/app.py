"""The HTTP surface of the Slack sandbox: Web API methods, incoming webhooks, response URLs, channel page, controls."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict

from sandboxes.common.app import build_app
from sandboxes.slack.config import SlackConfig
from sandboxes.slack.history import history
from sandboxes.slack.messages import RefusedByName, check_content
from sandboxes.slack.pages import channel_pages
from sandboxes.slack.sandbox import SlackSandbox

CONTENT = frozenset(
    {"text", "blocks", "attachments", "metadata", "unfurl_links", "unfurl_media", "mrkdwn", "parse", "link_names"}
)
POST_ARGUMENTS = CONTENT | {"channel", "thread_ts", "reply_broadcast", "username", "icon_emoji", "icon_url"}
UPDATE_ARGUMENTS = CONTENT | {"channel", "ts", "reply_broadcast"}
HOOK_ARGUMENTS = CONTENT | {"thread_ts"}
RESPONSE_ARGUMENTS = CONTENT | {"thread_ts", "response_type", "replace_original", "delete_original"}
STRUCTURED = frozenset({"blocks", "attachments", "metadata"})

# An incoming webhook answers in plain text with an HTTP status; what is not listed is a 400.
HOOK_STATUSES = {"channel_not_found": 404, "is_archived": 410, "not_in_channel": 403, "no_service": 404}
HOOK_NAMES = {"is_archived": "channel_is_archived", "not_in_channel": "action_prohibited"}

Arguments = dict[str, Any]


class PressWish(BaseModel):
    """A button to press, as `POST /_control/press` takes it; `user` is the first member when left out."""

    model_config = ConfigDict(extra="forbid")

    channel: str
    ts: str
    action_id: str
    user: str | None = None


def create_app(config: SlackConfig | None = None) -> FastAPI:
    """Return the Slack sandbox as an application."""
    sandbox = SlackSandbox(config or SlackConfig())
    app = build_app(sandbox, title="Slack sandbox")
    _web_api(app, sandbox)
    _hooks(app, sandbox)
    _controls(app, sandbox)
    app.include_router(channel_pages(sandbox))
    return app


def _web_api(app: FastAPI, sandbox: SlackSandbox) -> None:
    def method(name: str, perform: Callable[[Arguments], Arguments | Response], *, posts: bool = False) -> None:
        async def call(request: Request) -> Response:
            arguments = await _arguments(request)
            fields = {name: (arguments or {}).get(name) for name in ("channel", "ts", "text", "metadata")}

            def answer() -> Response:
                try:
                    _authorise(sandbox, request)
                    if arguments is None:
                        raise RefusedByName("invalid_json")
                    if posts and (seconds := sandbox.channel_wait(str(arguments.get("channel")))):
                        return sandbox.wait_for(seconds)
                    result = perform(arguments)
                except RefusedByName as refused:
                    return JSONResponse(_refused(refused))
                return result if isinstance(result, Response) else JSONResponse({"ok": True, **result})

            return await sandbox.gate(request, name, fields, answer)

        app.add_api_route(f"/api/{name}", call, methods=["GET", "POST"])

    def auth_test(arguments: Arguments) -> Arguments:
        config = sandbox.config
        team = {"team": config.team_domain, "team_id": config.team_id}
        return {"user": config.bot_name, "user_id": config.bot_user_id, "bot_id": config.bot_id, **team}

    def post_message(arguments: Arguments) -> Arguments:
        check_content(arguments, POST_ARGUMENTS)
        channel = _needed(arguments, "channel")
        sandbox.must_be_open(channel)
        message = sandbox.post(channel, arguments, via="chat.postMessage")
        return {"channel": channel, "ts": message.ts, "message": sandbox.view(message, with_metadata=True)}

    def update(arguments: Arguments) -> Arguments:
        check_content(arguments, UPDATE_ARGUMENTS)
        channel, ts = _needed(arguments, "channel"), _needed(arguments, "ts")
        sandbox.must_be_open(channel)
        message = sandbox.found(channel, ts)
        sandbox.update(message, arguments, via="chat.update")
        return {"channel": channel, "ts": ts, "text": message.text, "message": sandbox.view(message)}

    def delete(arguments: Arguments) -> Arguments:
        channel, ts = _needed(arguments, "channel"), _needed(arguments, "ts")
        sandbox.must_be_open(channel)
        sandbox.delete(sandbox.found(channel, ts), via="chat.delete")
        return {"channel": channel, "ts": ts}

    def read_history(arguments: Arguments) -> Arguments:
        channel = _needed(arguments, "channel")
        if channel not in sandbox.config.channels:
            raise RefusedByName("channel_not_found")
        if channel in sandbox.config.not_in:
            raise RefusedByName("not_in_channel")
        return history(sandbox, channel, arguments)

    method("auth.test", auth_test)
    method("chat.postMessage", post_message, posts=True)
    method("chat.update", update)
    method("chat.delete", delete)
    method("conversations.history", read_history)


def _hooks(app: FastAPI, sandbox: SlackSandbox) -> None:
    @app.post("/services/{path:path}")
    async def incoming(path: str, request: Request) -> Response:
        body = await _arguments(request)
        channel = sandbox.config.incoming_hooks.get(path)

        def perform() -> Response:
            try:
                if channel is None:
                    raise RefusedByName("no_service")
                if seconds := sandbox.channel_wait(channel):
                    return sandbox.wait_for(seconds)
                if body is None:
                    raise RefusedByName("invalid_payload")
                check_content(body, HOOK_ARGUMENTS)
                sandbox.must_be_open(channel)
            except RefusedByName as refused:
                name = HOOK_NAMES.get(refused.name, refused.name)
                return PlainTextResponse(name, HOOK_STATUSES.get(refused.name, 400))
            sandbox.post(channel, body, via="incoming_webhook")
            return PlainTextResponse("ok")

        return await sandbox.gate(
            request, "incoming_webhook", {"channel": channel, "text": (body or {}).get("text")}, perform
        )

    @app.post("/actions/{team}/{number}/{token}")
    async def respond(team: str, number: str, token: str, request: Request) -> Response:
        body = await _arguments(request)

        def perform() -> Response:
            try:
                if body is None:
                    raise RefusedByName("invalid_payload")
                if not body.get("delete_original"):
                    check_content(body, RESPONSE_ARGUMENTS)
                sandbox.answer(token, body)
            except RefusedByName as refused:
                return JSONResponse(_refused(refused), 404 if refused.name.endswith("_url") else 400)
            return PlainTextResponse("ok")

        return await sandbox.gate(request, "response_url", {"text": (body or {}).get("text")}, perform)


def _controls(app: FastAPI, sandbox: SlackSandbox) -> None:
    @app.post("/_control/press")
    async def press(wish: PressWish, request: Request) -> Response:
        user = wish.user or next(iter(sandbox.config.users))
        if user not in sandbox.config.users:
            return JSONResponse({"detail": f"user: {user!r} is no member of the workspace"}, 422)
        try:
            message = sandbox.found(wish.channel, wish.ts)
            base = str(request.base_url).rstrip("/")
            pressed = await sandbox.press(message, wish.action_id, user, base_url=base, by_hand=False)
        except RefusedByName as refused:
            return JSONResponse({"detail": refused.name}, 404)
        return JSONResponse({name: getattr(pressed, name) for name in ("outcome", "status", "seconds", "response_url")})


def _authorise(sandbox: SlackSandbox, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        raise RefusedByName("not_authed")
    known = any(hmac.compare_digest(token.encode(), one.encode()) for one in sandbox.config.bot_tokens)
    if scheme.lower() != "bearer" or not known:
        raise RefusedByName("invalid_auth")


def _refused(refused: RefusedByName) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error": refused.name}
    return {**body, "response_metadata": {"messages": list(refused.messages)}} if refused.messages else body


def _needed(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedByName("invalid_arguments", f"[ERROR] missing required field: {name}")
    return value


async def _arguments(request: Request) -> Arguments | None:
    """Return a call's arguments from JSON, form or query; None when they cannot be read."""
    raw = await request.body()
    if request.method == "GET":
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
    elif request.headers.get("content-type", "").startswith("application/json"):
        return _object(raw.decode("utf-8", "replace"))
    else:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
        if [name for name, _ in pairs] == ["payload"]:
            return _object(pairs[0][1])
    arguments: Arguments = dict(pairs)
    for name in STRUCTURED & set(arguments):
        try:
            arguments[name] = json.loads(arguments[name])
        except ValueError:
            return None
    return arguments


def _object(text: str) -> Arguments | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
