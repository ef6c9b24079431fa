"""The HTTP surface of the SendGrid sandbox: v3 mail send, webhook settings, suppressions, inbox pages, controls."""

from __future__ import annotations

import gzip
import hmac
import json
import zlib
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from sandboxes.common.app import build_app
from sandboxes.sendgrid.config import SendGridConfig
from sandboxes.sendgrid.errors import error, refuse
from sandboxes.sendgrid.mail import Mail, envelopes, is_sandboxed
from sandboxes.sendgrid.pages import inbox_pages
from sandboxes.sendgrid.sandbox import Cause, SendGridSandbox
from sandboxes.sendgrid.suppressions import LISTS

LARGEST_BYTES = 30 * 1024 * 1024


class Happening(BaseModel):
    """What should happen to a mail: the one named by `id` or X-Message-Id, else the latest to `email`."""

    model_config = ConfigDict(extra="forbid")

    event: Cause
    id: str | None = None
    email: str | None = None
    details: dict[str, Any] = {}


def create_app(config: SendGridConfig | None = None) -> FastAPI:
    """Return the SendGrid sandbox as an application."""
    sandbox = SendGridSandbox(config or SendGridConfig())
    app = build_app(sandbox, title="SendGrid sandbox")
    _mail_send(app, sandbox)
    _webhook_settings(app, sandbox)
    _suppression_lists(app, sandbox)
    _controls(app, sandbox)
    app.include_router(inbox_pages(sandbox))
    return app


def _mail_send(app: FastAPI, sandbox: SendGridSandbox) -> None:
    @app.post("/v3/mail/send")
    async def send(request: Request) -> Response:
        raw = await request.body()
        body = _read(request, raw)
        fields = _fields(body)

        def perform() -> Response:
            _authorise(sandbox, request)
            if sandbox.over_limit():
                return sandbox.rate_limited()
            if len(raw) > LARGEST_BYTES:
                return error(413, "The message is larger than 30 MB")
            if body is None:
                raise refuse("Bad Request: the body is not JSON")
            found = envelopes(body, sandbox.config.templates)
            for envelope in found:
                if sandbox.config.senders and envelope.sender not in sandbox.config.senders:
                    text = "The from address does not match a verified Sender Identity"
                    raise refuse(text, "from", status=403)
            if is_sandboxed(body):
                return Response(status_code=200)
            return Response(status_code=202, headers={"X-Message-Id": sandbox.accept(found)})

        return await sandbox.gate(request, "SendMail", fields, perform)


def _webhook_settings(app: FastAPI, sandbox: SendGridSandbox) -> None:
    @app.get("/v3/scopes")
    async def scopes(request: Request) -> Response:
        def perform() -> Response:
            _authorise(sandbox, request)
            return JSONResponse({"scopes": ["mail.send"]})

        return await sandbox.gate(request, "ListScopes", {}, perform)

    path = "/v3/user/webhooks/event/settings/signed/{webhook_id}"

    @app.get(path)
    async def read_key(webhook_id: str, request: Request) -> Response:
        def perform() -> Response:
            _authorise(sandbox, request)
            return JSONResponse({"id": webhook_id, "public_key": sandbox.feed.signer.public_key})

        return await sandbox.gate(request, "GetSignedEventWebhook", {}, perform)

    @app.patch(path)
    async def switch(webhook_id: str, request: Request) -> Response:
        body = _read(request, await request.body())

        def perform() -> Response:
            _authorise(sandbox, request)
            if not isinstance(body, dict) or set(body) != {"enabled"} or not isinstance(body["enabled"], bool):
                raise refuse("enabled must be true or false", "enabled")
            sandbox.config = sandbox.config.model_copy(update={"signing_enabled": body["enabled"]})
            key = sandbox.feed.signer.public_key if body["enabled"] else ""
            return JSONResponse({"id": webhook_id, "public_key": key})

        return await sandbox.gate(request, "UpdateSignedEventWebhook", {}, perform)


def _suppression_lists(app: FastAPI, sandbox: SendGridSandbox) -> None:
    async def answering(operation: str, request: Request, answer: Callable[[], Any], status: int = 200) -> Response:
        def perform() -> Response:
            _authorise(sandbox, request)
            result = answer()
            return Response(status_code=status) if result is None else JSONResponse(result, status)

        return await sandbox.gate(request, operation, {}, perform)

    def rows(name: str) -> dict[str, dict[str, Any]]:
        if name not in LISTS:
            raise refuse("not found", status=404)
        return sandbox.suppressions.lists[name]

    @app.get("/v3/suppression/{name}")
    async def read_list(name: str, request: Request) -> Response:
        return await answering("ListSuppressions", request, lambda: list(rows(name).values()))

    @app.get("/v3/suppression/{name}/{email}")
    async def read_one(name: str, email: str, request: Request) -> Response:
        def answer() -> Any:
            row = rows(name).get(email.lower())
            return [row] if row else []

        return await answering("GetSuppression", request, answer)

    @app.delete("/v3/suppression/{name}/{email}")
    async def delete_one(name: str, email: str, request: Request) -> Response:
        def answer() -> None:
            if rows(name).pop(email.lower(), None) is None:
                raise refuse("resource not found", status=404)

        return await answering("DeleteSuppression", request, answer, status=204)

    @app.get("/v3/asm/groups/{group_id}/suppressions")
    async def read_group(group_id: int, request: Request) -> Response:
        return await answering(
            "ListGroupSuppressions", request, lambda: sorted(sandbox.suppressions.groups.get(group_id, set()))
        )

    @app.post("/v3/asm/groups/{group_id}/suppressions")
    async def add_to_group(group_id: int, request: Request) -> Response:
        body = _read(request, await request.body())

        def answer() -> Any:
            if not isinstance(body, dict) or not isinstance(body.get("recipient_emails"), list):
                raise refuse("recipient_emails must be an array", "recipient_emails")
            addresses = [str(address) for address in body["recipient_emails"]]
            sandbox.suppressions.groups.setdefault(group_id, set()).update(one.lower() for one in addresses)
            return {"recipient_emails": addresses}

        return await answering("AddGroupSuppressions", request, answer, status=201)

    @app.delete("/v3/asm/groups/{group_id}/suppressions/{email}")
    async def remove_from_group(group_id: int, email: str, request: Request) -> Response:
        def answer() -> None:
            sandbox.suppressions.groups.get(group_id, set()).discard(email.lower())

        return await answering("DeleteGroupSuppression", request, answer, status=204)


def _controls(app: FastAPI, sandbox: SendGridSandbox) -> None:
    @app.post("/_control/event")
    async def cause(happening: Happening) -> Response:
        mail = _chosen(sandbox, happening)
        if mail is None:
            return JSONResponse({"detail": "no such mail: name its id, its X-Message-Id or an address"}, 404)
        sandbox.cause(mail, happening.event, dict(happening.details))
        return JSONResponse({"id": mail.id, "event": happening.event})


def _chosen(sandbox: SendGridSandbox, happening: Happening) -> Mail | None:
    for mail in reversed(sandbox.mails.values()):
        if happening.id is not None and happening.id not in (mail.id, mail.request_id):
            continue
        if happening.email is not None and mail.to.lower() != happening.email.lower():
            continue
        if happening.id is not None or happening.email is not None:
            return mail
    return None


def _authorise(sandbox: SendGridSandbox, request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    known = any(hmac.compare_digest(key.encode(), one.encode()) for one in sandbox.config.api_keys)
    if scheme.lower() != "bearer" or not known:
        raise refuse("The provided authorization grant is invalid, expired, or revoked", status=401)


def _read(request: Request, raw: bytes) -> Any:
    """Return the JSON of a request, None when it is none."""
    try:
        plain = gzip.decompress(raw) if request.headers.get("content-encoding") == "gzip" else raw
        return json.loads(plain)
    except (ValueError, OSError, EOFError, zlib.error):
        return None


def _fields(body: Any) -> dict[str, Any]:
    """Return what faults may match and the ledger shows of a request, whatever its shape."""
    try:
        personal = body["personalizations"][0]
        arguments = personal.get("custom_args", {})
        return {"to": personal["to"][0]["email"], "subject": body.get("subject"), "custom_args": arguments}
    except (TypeError, KeyError, IndexError, AttributeError):
        return {"to": None, "subject": None, "custom_args": {}}
