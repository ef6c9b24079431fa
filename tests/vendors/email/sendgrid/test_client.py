"""What SendGrid gets and what its answers mean; the contract suite runs against its sandbox."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from vendors.email.base import AcceptedMail, NewMail
from vendors.email.sendgrid import SendGridMails
from vendors.errors import (
    Ambiguous,
    BadAnswer,
    Misconfigured,
    RateLimited,
    RecipientInvalid,
    Refused,
    Unreachable,
    VendorError,
)
from vendors.http import VendorHttp

_MAIL = NewMail(
    to="ana@example.com",
    subject="Your visit",
    text="See https://app.example/v/Qx7",
    html="<p>See <a href='https://app.example/v/Qx7'>your visit</a></p>",
    key="01JABC",
    from_name="Glow Clinic",
    reply_to="r+01JABC@reply.glow.example",
)


def _mails(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> SendGridMails:
    return SendGridMails(
        api_key="SG.key",
        from_address="visits@mail.glow.example",
        base_url="http://sendgrid.example",
        http=VendorHttp("sendgrid", transport=httpx.MockTransport(answer)),
        **options,
    )


def _replying(reply: httpx.Response | Exception) -> SendGridMails:
    def answer(_request: httpx.Request) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return reply

    return _mails(answer)


def _refusal(status: int, field: str | None) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"message": "ana@example.com …", "field": field, "help": None}]})


def test_a_mail_carries_its_intent_and_no_tracking() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(202, headers={"X-Message-Id": "LRzXl_NHStOGhQ4kofSm_A"})

    accepted = _mails(answer, unsubscribe_group=501).send(_MAIL)

    assert accepted == AcceptedMail(ref="LRzXl_NHStOGhQ4kofSm_A")
    [request] = requests
    assert (request.method, str(request.url)) == ("POST", "http://sendgrid.example/v3/mail/send")
    assert request.headers["authorization"] == "Bearer SG.key"
    assert json.loads(request.content) == {
        "personalizations": [{"to": [{"email": "ana@example.com"}], "custom_args": {"intent": "01JABC"}}],
        "from": {"email": "visits@mail.glow.example", "name": "Glow Clinic"},
        "reply_to": {"email": "r+01JABC@reply.glow.example"},
        "subject": "Your visit",
        "content": [
            {"type": "text/plain", "value": "See https://app.example/v/Qx7"},
            {"type": "text/html", "value": "<p>See <a href='https://app.example/v/Qx7'>your visit</a></p>"},
        ],
        "asm": {"group_id": 501},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (_refusal(400, "personalizations.0.to.0.email"), RecipientInvalid),
        (_refusal(400, "from"), Misconfigured),
        (_refusal(400, "from.email"), Misconfigured),
        (_refusal(400, "subject"), Refused),
        (_refusal(400, None), Refused),
        (_refusal(401, None), Misconfigured),
        (_refusal(403, "from"), Misconfigured),
        (httpx.Response(413, text="<html>too large</html>"), Refused),
        (_refusal(429, None), RateLimited),
        (httpx.Response(500), Ambiguous),
        (httpx.ReadTimeout("late"), Ambiguous),
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.Response(202), BadAnswer),
    ],
)
def test_what_a_failing_send_means(reply: httpx.Response | Exception, error: type[VendorError]) -> None:
    with pytest.raises(error) as caught:
        _replying(reply).send(_MAIL)

    assert type(caught.value) is error
    assert "ana@example.com" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject": ""}, Refused),
        ({"subject": " \n "}, Refused),
        ({"text": ""}, Refused),
        ({"html": " "}, Refused),
        ({"to": ""}, RecipientInvalid),
        ({"to": "ana"}, RecipientInvalid),
        ({"to": "ana@glow"}, RecipientInvalid),
        ({"to": "ana@@glow.example"}, RecipientInvalid),
        ({"to": "ana@glow..example"}, RecipientInvalid),
        ({"to": "Ana <ana@glow.example>"}, RecipientInvalid),
        ({"to": "<ana@glow.example>"}, RecipientInvalid),
        ({"to": "ana@glow.example;"}, RecipientInvalid),
        ({"to": "ana@glow.example,bo@glow.example"}, RecipientInvalid),
        ({"to": "mailto:ana@glow.example"}, RecipientInvalid),
        ({"to": "ana@glow.example\n"}, RecipientInvalid),
        ({"reply_to": "Glow <r@glow.example>"}, Refused),
    ],
)
def test_what_sendgrid_would_refuse_is_not_sent(changes: dict[str, str], error: type[VendorError]) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("it was sent")

    with pytest.raises(error) as caught:
        _mails(answer).send(replace(_MAIL, **changes))

    assert type(caught.value) is error
    assert "glow.example" not in str(caught.value)


@pytest.mark.parametrize("sender", ["Glow <visits@glow.example>", "visits", "", "visits@glow.example "])
def test_a_sender_that_is_no_bare_address_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(ValueError, match="from_address is not a bare address"):
        SendGridMails(api_key="SG.key", from_address=sender)


def test_the_installations_own_name_stands_before_the_practices() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(202, headers={"X-Message-Id": "x"})

    _mails(answer, from_name="Glow Group").send(_MAIL)

    assert json.loads(requests[0].content)["from"]["name"] == "Glow Group"


def test_a_line_break_reaches_neither_subject_nor_sender() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(202, headers={"X-Message-Id": "x"})

    _mails(answer).send(replace(_MAIL, subject="Glow\r\nBcc: x", from_name="Glow\u2028\tClinic"))

    sent = json.loads(requests[0].content)
    assert (sent["subject"], sent["from"]["name"]) == ("Glow Bcc: x", "Glow Clinic")


@pytest.mark.parametrize(
    ("reset", "shortest", "longest"),
    [
        (10_000, timedelta(hours=1), timedelta(hours=1)),
        (-60, timedelta(seconds=1), timedelta(seconds=1)),
        ("soon", timedelta(seconds=5), timedelta(seconds=5)),
        (1800, timedelta(minutes=20), timedelta(minutes=30)),
    ],
)
def test_the_wait_is_until_the_limit_starts_anew(reset: int | str, shortest: timedelta, longest: timedelta) -> None:
    header = reset if isinstance(reset, str) else str(int(time.time()) + reset)

    with pytest.raises(RateLimited) as caught:
        _replying(httpx.Response(429, headers={"X-RateLimit-Reset": header})).send(_MAIL)

    assert shortest <= caught.value.retry_after <= longest
