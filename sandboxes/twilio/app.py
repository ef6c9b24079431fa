"""The HTTP surface of the Twilio sandbox: Messages of API version 2010-04-01, phone pages, and its own controls."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import time
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from sandboxes.common.app import build_app
from sandboxes.twilio import errors
from sandboxes.twilio.callbacks import query_of
from sandboxes.twilio.config import TwilioConfig
from sandboxes.twilio.ledger_report import account
from sandboxes.twilio.lists import page_of
from sandboxes.twilio.messages import Message
from sandboxes.twilio.pages import phone_pages
from sandboxes.twilio.requests import SPEC, new_message, typed
from sandboxes.twilio.sandbox import TwilioSandbox

MESSAGES = "/2010-04-01/Accounts/{account_sid}/Messages.json"
NUMBERS = "/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers.json"
MESSAGE = "/2010-04-01/Accounts/{account_sid}/Messages/{sid}.json"
FORM = "application/x-www-form-urlencoded"


class Inbound(BaseModel):
    """A text from a person, as `POST /_control/inbound` takes it; `to` may be left out where there is one number."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    person: str = Field(alias="from")
    to: str | None = None
    body: str
    media: list[str] = []


class Failure(BaseModel):
    """A number whose texts end in an error from now on; `code` null heals it."""

    model_config = ConfigDict(extra="forbid")

    number: str
    code: int | None


def create_app(config: TwilioConfig | None = None) -> FastAPI:
    """Return the Twilio sandbox as an application."""
    sandbox = TwilioSandbox(config or TwilioConfig())
    app = build_app(sandbox, title="Twilio sandbox")
    _messages_api(app, sandbox)
    _controls(app, sandbox)
    app.include_router(phone_pages(sandbox))
    return app


def _messages_api(app: FastAPI, sandbox: TwilioSandbox) -> None:
    @app.post(MESSAGES)
    async def create(account_sid: str, request: Request) -> Response:
        form = await _form(request)
        values = dict(form)
        fields = {
            "to": values.get("To"),
            "from": values.get("From"),
            "service": values.get("MessagingServiceSid"),
            "body": values.get("Body"),
            "intent": query_of(values.get("StatusCallback", "")).get(sandbox.config.intent_parameter),
        }

        def perform() -> Response:
            _authorise(sandbox, request, account_sid)
            _must_be_form(request)
            new = new_message(form)
            if new.send_at and not sandbox.scheduled_in_window(new):
                raise errors.refuse(35115)
            return _shown(sandbox, "CreateMessage", sandbox.create(new), status=201)

        return await sandbox.gate(request, "CreateMessage", fields, perform)

    @app.get(MESSAGES)
    async def read_list(account_sid: str, request: Request) -> Response:
        def perform() -> Response:
            _authorise(sandbox, request, account_sid)
            page = page_of(
                sandbox.messages.values(),
                typed("ListMessage", parse_qsl(request.url.query, keep_blank_values=True)),
                account_sid=sandbox.config.account_sid,
                lists_unsent=sandbox.config.lists_unsent,
            )
            SPEC.must_fit("ListMessage.response", page)
            return JSONResponse(page)

        return await sandbox.gate(request, "ListMessage", {"to": request.query_params.get("To")}, perform)

    @app.get(NUMBERS)
    async def numbers(account_sid: str, request: Request) -> Response:
        asked = request.query_params.get("PhoneNumber")

        def perform() -> Response:
            _authorise(sandbox, request, account_sid)
            found = [one for one in sandbox.config.numbers if asked in (None, one)]
            rows = [{"sid": f"PN{place:032x}", "phone_number": one} for place, one in enumerate(found, start=1)]
            return JSONResponse({"incoming_phone_numbers": rows, "page": 0, "page_size": 50, "next_page_uri": None})

        return await sandbox.gate(request, "ListIncomingPhoneNumber", {}, perform)

    @app.get(MESSAGE)
    async def fetch(account_sid: str, sid: str, request: Request) -> Response:
        def perform() -> Response:
            _authorise(sandbox, request, account_sid)
            return _shown(sandbox, "FetchMessage", _found(sandbox, sid))

        return await sandbox.gate(request, "FetchMessage", {"sid": sid}, perform)

    @app.post(MESSAGE)
    async def update(account_sid: str, sid: str, request: Request) -> Response:
        form = await _form(request)

        def perform() -> Response:
            _authorise(sandbox, request, account_sid)
            _must_be_form(request)
            wishes = typed("UpdateMessage", form)
            message = _found(sandbox, sid)
            if wishes.get("Status") == "canceled":
                sandbox.cancel(message)
            if "Body" in wishes:
                if wishes["Body"]:
                    raise errors.refuse(20001, "Body can only be emptied")
                sandbox.redact(message)
            return _shown(sandbox, "UpdateMessage", message)

        return await sandbox.gate(request, "UpdateMessage", {"sid": sid}, perform)

    @app.delete(MESSAGE)
    async def delete(account_sid: str, sid: str, request: Request) -> Response:
        def perform() -> Response:
            _authorise(sandbox, request, account_sid)
            sandbox.delete(_found(sandbox, sid))
            return Response(status_code=204)

        return await sandbox.gate(request, "DeleteMessage", {"sid": sid}, perform)


def _controls(app: FastAPI, sandbox: TwilioSandbox) -> None:
    @app.post("/_control/inbound")
    async def inbound(text: Inbound) -> Response:
        number = text.to or (sandbox.config.numbers[0] if sandbox.config.numbers else "")
        if number not in sandbox.config.numbers:
            return JSONResponse({"detail": f"to: {number!r} is none of the account's numbers"}, status_code=422)
        message = sandbox.receive(person=text.person, number=number, body=text.body, media=text.media)
        return JSONResponse(message.view(sandbox.config.account_sid))

    @app.post("/_control/failure")
    async def failure(wish: Failure) -> dict[str, int]:
        failures = {number: code for number, code in sandbox.config.failures.items() if number != wish.number}
        if wish.code is not None:
            failures[wish.number] = wish.code
        sandbox.config = sandbox.config.model_copy(update={"failures": failures})
        return failures

    @app.get("/_control/account")
    async def read_account(
        zone: str | None = None,
        quiet_begins: time = time(21),
        quiet_ends: time = time(8),
        duplicate_minutes: float = 60,
        since: int = 0,
    ) -> dict[str, Any]:
        return account(
            sandbox.ledger.since(since),
            zone=zone or sandbox.config.zone,
            quiet_begins=quiet_begins,
            quiet_ends=quiet_ends,
            duplicate_minutes=duplicate_minutes,
        )


def _authorise(sandbox: TwilioSandbox, request: Request, account_sid: str) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise errors.refuse(20003) from None
    config = sandbox.config
    expected = config.auth_token if name == config.account_sid else config.api_keys.get(name)
    right = expected is not None and hmac.compare_digest(expected.encode(), secret.encode())
    if scheme.lower() != "basic" or not right:
        raise errors.refuse(20003)
    if account_sid != config.account_sid:
        raise errors.refuse(20404, f"The requested resource /2010-04-01/Accounts/{account_sid} was not found")


async def _form(request: Request) -> list[tuple[str, str]]:
    return parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)


def _must_be_form(request: Request) -> None:
    if not request.headers.get("content-type", "").startswith(FORM):
        raise errors.refuse(20001, f"The body must be {FORM}")


def _found(sandbox: TwilioSandbox, sid: str) -> Message:
    message = sandbox.messages.get(sid)
    if message is None:
        raise errors.refuse(20404, f"The requested resource /Messages/{sid}.json was not found")
    return message


def _shown(sandbox: TwilioSandbox, operation: str, message: Message, *, status: int = 200) -> Response:
    view = message.view(sandbox.config.account_sid)
    SPEC.must_fit(f"{operation}.response", view)
    return JSONResponse(view, status)
