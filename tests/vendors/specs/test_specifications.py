"""Requests of the adapters, and what the sandboxes take, beside what Twilio and SendGrid published."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import httpx
import pytest

from tests.vendors.recorded_payloads import raw
from tests.vendors.specs.witness import Witness
from vendors.email.base import NewMail
from vendors.email.sendgrid import SendGridMails
from vendors.http import VendorHttp
from vendors.sms.base import NewText
from vendors.sms.twilio import TwilioTexts

TWILIO = Witness("twilio_messages.json")
SENDGRID = Witness("sendgrid_mail_send.json")

_ACCOUNT = "AC" + "0" * 32
_MESSAGES = f"https://api.twilio.com/2010-04-01/Accounts/{_ACCOUNT}/Messages.json"
_MAIL = NewMail(
    to="ana@example.com",
    subject="Your visit",
    text="See https://app.example/v/Qx7",
    html="<p>Your visit</p>",
    key="0123",
    from_name="Glow Clinic",
)


def _recorded(answers: httpx.Response) -> tuple[list[httpx.Request], httpx.MockTransport]:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answers

    return requests, httpx.MockTransport(answer)


def _texts(requests_to: httpx.MockTransport, **options: Any) -> TwilioTexts:
    return TwilioTexts(account_sid=_ACCOUNT, password="x", http=VendorHttp("twilio", transport=requests_to), **options)


def _text(**changes: Any) -> NewText:
    return NewText(**{"to": "+15125550101", "body": "Glow: 3 PM?", "key": "0123", **changes})


_SENDER = {"default_sender": "+15125550100"}
_SERVICE = {"messaging_service_sid": "MG" + "0" * 32}


@pytest.mark.parametrize("options", [_SENDER, _SERVICE, _SENDER | {"status_callback": "https://a.example/s?x=1"}])
@pytest.mark.parametrize("text", [_text(), _text(body="¿Jueves? ☀"), _text(valid_for=timedelta(minutes=10))])
def test_a_text_is_sent_as_twilio_describes_it(options: dict[str, Any], text: NewText) -> None:
    requests, transport = _recorded(httpx.Response(201, content=raw("twilio/message_accepted.json")))

    _texts(transport, **options).send(text)

    assert [TWILIO.problems(request) for request in requests] == [[]]


def test_a_text_is_looked_for_as_twilio_describes_it() -> None:
    page: dict[str, Any] = {"messages": [], "next_page_uri": None, "page": 0, "page_size": 50}
    requests, transport = _recorded(httpx.Response(200, json=page))

    _texts(transport, **_SENDER).find(to="+15125550101", body="x", since=datetime(2026, 11, 27, tzinfo=UTC))

    # By the number, and over all numbers: a redacted one is found by no filter.
    assert [TWILIO.problems(request) for request in requests] == [[], []]


@pytest.mark.parametrize("group", [None, 501])
@pytest.mark.parametrize("reply_to", [None, "r@reply.glow.example"])
@pytest.mark.parametrize("name", ["Glow Clinic", "Glow, Clinic; <Ñandú>\nBcc: x"])
def test_a_mail_is_sent_as_sendgrid_describes_it(group: int | None, reply_to: str | None, name: str) -> None:
    requests, transport = _recorded(httpx.Response(202, headers={"X-Message-Id": "x"}))
    mails = SendGridMails(
        api_key="SG.key",
        from_address="visits@mail.glow.example",
        unsubscribe_group=group,
        http=VendorHttp("sendgrid", transport=transport),
    )

    mails.send(NewMail(**{**vars(_MAIL), "reply_to": reply_to, "from_name": name, "subject": f"From {name}"}))

    assert [SENDGRID.problems(request) for request in requests] == [[]]


@pytest.mark.parametrize(
    ("witness", "request_", "problem"),
    [
        (TWILIO, httpx.Request("POST", _MESSAGES, data={"Body": "x"}), "body: 'To' is a required property"),
        (TWILIO, httpx.Request("POST", _MESSAGES, data={"To": "5125550101"}), "body: To: '5125550101' is not a"),
        (TWILIO, httpx.Request("POST", _MESSAGES, data={"To": "+15125550101", "Sender": "x"}), "body: Additional"),
        (TWILIO, httpx.Request("GET", _MESSAGES, params={"Since": "x"}), "query: Since is unknown"),
        (TWILIO, httpx.Request("PUT", _MESSAGES), "PUT /2010-04-01/Accounts/"),
        (TWILIO, httpx.Request("POST", _MESSAGES.replace("AC0", "XX0"), data={"To": "+15125550101"}), "path: Account"),
        (
            SENDGRID,
            httpx.Request(
                "POST",
                "https://api.sendgrid.com/v3/mail/send",
                json={
                    "personalizations": [{"to": [{"email": "a@b.co"}]}],
                    "from": {"email": "a@b.co"},
                    "custom_args": {"intent": "1"},
                },
            ),
            "body: custom_args: {'intent': '1'} is not of type 'string'",
        ),
    ],
)
def test_the_witness_sees_what_leaves_the_document(witness: Witness, request_: httpx.Request, problem: str) -> None:
    [first, *_] = witness.problems(request_)

    assert first.startswith(problem)


#: What a sandbox refuses beyond its vendor's document, by the path of the schema; everything else is the same.
_STRICTER: dict[str, Any] = {
    "personalizations.minItems": 1,
    "personalizations.items.properties.to.minItems": 1,
    "headers.additionalProperties": {"type": "string"},
    "personalizations.items.properties.custom_args.additionalProperties": {"type": "string"},
    "personalizations.items.properties.headers.additionalProperties": {"type": "string"},
    "attachments.items.properties.disposition.type": None,
}


@pytest.mark.parametrize(
    ("package", "operation", "published"),
    [
        ("sandboxes.twilio", "CreateMessage", lambda: _form_of(TWILIO, "Messages.json", "post")),
        ("sandboxes.twilio", "UpdateMessage", lambda: _form_of(TWILIO, "Messages/{Sid}.json", "post")),
        ("sandboxes.twilio", "ListMessage", lambda: _query_of(TWILIO, "Messages.json")),
        ("sandboxes.sendgrid", "SendMail", lambda: _form_of(SENDGRID, "send", "post")),
    ],
)
def test_a_sandbox_takes_what_its_vendor_published(
    package: str, operation: str, published: Callable[[], dict[str, Any]]
) -> None:
    extract = json.loads(resources.files(package).joinpath("spec.json").read_text("utf-8"))
    ours = _plain(extract["operations"][operation]["request"]["properties"])

    differences = dict(_differences(_plain(published()), ours))

    assert {path: ours for path, ours in differences.items() if _STRICTER.get(path, path) != ours} == {}


def _form_of(witness: Witness, path_end: str, method: str) -> dict[str, Any]:
    [operation] = [all_[method] for path, all_ in witness.document["paths"].items() if path.endswith("/" + path_end)]
    body = operation["requestBody"]
    if "$ref" in body:
        body = witness.document["components"]["requestBodies"][body["$ref"].rsplit("/", 1)[1]]
    [content] = body["content"].values()
    properties: dict[str, Any] = content["schema"]["properties"]
    return properties


def _query_of(witness: Witness, path_end: str) -> dict[str, Any]:
    [operation] = [all_["get"] for path, all_ in witness.document["paths"].items() if path.endswith("/" + path_end)]
    return {one["name"]: one["schema"] for one in operation["parameters"] if one["in"] == "query"}


def _plain(value: Any) -> Any:
    """Without what is written in another way on the two sides: references' folders, closed objects, defaults."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value.rsplit("/", 1)[-1] if isinstance(value, str) and value.startswith("#/") else value
    return {
        key: _plain(one)
        for key, one in value.items()
        if not (key == "additionalProperties" and one is False) and not (key == "default" and not isinstance(one, dict))
    }


def _differences(published: Any, ours: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(published, dict) and isinstance(ours, dict):
        return [
            found
            for key in sorted({*published, *ours})
            for found in _differences(published.get(key), ours.get(key), f"{path}.{key}" if path else key)
        ]
    return [] if published == ours else [(path, ours)]
