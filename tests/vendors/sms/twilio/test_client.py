"""What Twilio's answers mean, scripted one by one; the contract suite runs against its sandbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.vendors.recorded_payloads import decoded
from vendors.errors import (
    Ambiguous,
    BadAnswer,
    Misconfigured,
    RateLimited,
    RecipientInvalid,
    RecipientOptedOut,
    Refused,
    Unreachable,
    VendorError,
)
from vendors.http import VendorHttp
from vendors.sms.base import AcceptedText, NewText, TextState, Unidentified
from vendors.sms.twilio import TwilioTexts
from vendors.sms.twilio.client import with_intent

_TEXT = NewText(to="+13035550101", body="Glow Clinic: visit Wed 3/4 9:00 AM.", key="01JABC")
_ACCEPTED = decoded("twilio/message_accepted.json")
_SINCE = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)


class _Twilio:
    def __init__(self, reply: Any) -> None:
        self.requests: list[httpx.Request] = []
        self._reply = reply

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply if isinstance(self._reply, httpx.Response) else self._reply(request)


def _texts(twilio: _Twilio, **options: Any) -> TwilioTexts:
    given: dict[str, Any] = {"messaging_service_sid": "MG1", "status_callback": "https://app.example/tw/status"}
    return TwilioTexts(
        account_sid="AC1",
        username="SK1",
        password="secret",
        base_url="http://twilio.example",
        http=VendorHttp("twilio", transport=httpx.MockTransport(twilio)),
        **(given | options),
    )


def _refusal(code: int | None, status: int = 400) -> httpx.Response:
    body = {"code": code, "message": "The number +13035550101 …", "more_info": "https://…", "status": status}
    return httpx.Response(status, json=body)


def test_a_text_carries_its_intent_in_the_callback_and_not_in_the_words() -> None:
    twilio = _Twilio(httpx.Response(201, json=_ACCEPTED))

    accepted = _texts(twilio).send(_TEXT)

    assert accepted == AcceptedText(ref="SM00000000000000000000000000000001", state=TextState.ACCEPTED)
    [request] = twilio.requests
    assert (request.method, str(request.url)) == ("POST", "http://twilio.example/2010-04-01/Accounts/AC1/Messages.json")
    assert request.headers["authorization"].startswith("Basic ")
    assert parse_qs(request.content.decode()) == {
        "To": ["+13035550101"],
        "MessagingServiceSid": ["MG1"],
        "Body": ["Glow Clinic: visit Wed 3/4 9:00 AM."],
        "StatusCallback": ["https://app.example/tw/status?intent=01JABC"],
    }


def test_a_practices_own_number_goes_before_the_pool() -> None:
    twilio = _Twilio(httpx.Response(201, json=_ACCEPTED))

    _texts(twilio).send(NewText(to="+1", body="Hi", key="k", sender="+13035550000"))

    form = parse_qs(twilio.requests[0].content.decode())
    assert (form["From"], "MessagingServiceSid" in form) == (["+13035550000"], False)


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [(timedelta(minutes=20), "1200"), (timedelta(days=2), "36000"), (timedelta(seconds=1.9), "1")],
)
def test_validity_is_in_whole_seconds_within_twilios_bounds(valid_for: timedelta, seconds: str) -> None:
    twilio = _Twilio(httpx.Response(201, json=_ACCEPTED))

    _texts(twilio).send(NewText(to="+1", body="Hi", key="k", valid_for=valid_for))

    assert parse_qs(twilio.requests[0].content.decode())["ValidityPeriod"] == [seconds]


def test_a_text_whose_time_is_over_is_not_sent() -> None:
    twilio = _Twilio(httpx.Response(201, json=_ACCEPTED))

    with pytest.raises(Refused):
        _texts(twilio).send(NewText(to="+1", body="Hi", key="k", valid_for=timedelta(0)))

    assert twilio.requests == []


def test_an_account_needs_something_to_send_from() -> None:
    with pytest.raises(ValueError, match="messaging_service_sid or default_sender"):
        _texts(_Twilio(None), messaging_service_sid=None)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (_refusal(20003, 401), Misconfigured),
        (_refusal(20429, 429), RateLimited),
        (httpx.Response(429, text="slow down"), RateLimited),
        (_refusal(21211), RecipientInvalid),
        (_refusal(21614), RecipientInvalid),
        (_refusal(21635), RecipientInvalid),
        (_refusal(30005), RecipientInvalid),
        (_refusal(30006), RecipientInvalid),
        (_refusal(21408), Misconfigured),
        (_refusal(21606), Misconfigured),
        (_refusal(21608), Misconfigured),
        (_refusal(30034), Misconfigured),
        (_refusal(21610), RecipientOptedOut),
        (_refusal(21611), RateLimited),
        (_refusal(21612), Refused),
        (_refusal(30610), Refused),
        (_refusal(99999), Refused),
        (_refusal(None), Refused),
        (httpx.Response(403, text="<html>"), Misconfigured),
        (httpx.Response(500), Ambiguous),
        (httpx.Response(503, json={"code": 20503}), Ambiguous),
        (httpx.ReadTimeout("late"), Ambiguous),
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.Response(201, text="<html>"), BadAnswer),
        (httpx.Response(201, json=[]), BadAnswer),
        (httpx.Response(201, json={"sid": "SM1", "status": "teleported"}), BadAnswer),
        (httpx.Response(302), BadAnswer),
    ],
)
def test_what_a_failing_send_means(reply: Any, error: type[VendorError]) -> None:
    twilio = _Twilio(reply)

    with pytest.raises(error) as caught:
        _texts(twilio).send(_TEXT)

    assert (type(caught.value), len(twilio.requests)) == (error, 1)
    assert "3035550101" not in str(caught.value)


def _listing(*rows: dict[str, Any]) -> httpx.Response:
    uri = "/2010-04-01/Accounts/AC1/Messages.json"
    body = {"messages": list(rows), "page": 0, "page_size": 50, "next_page_uri": None, "uri": uri}
    return httpx.Response(200, json=body)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"status": "queued", "date_sent": None}, True),
        ({"body": "Other words"}, False),
        ({"direction": "inbound"}, False),
        ({"date_created": "Wed, 04 Mar 2026 15:59:00 +0000"}, False),
        ({"date_created": None}, False),
    ],
)
def test_a_lost_text_is_found_by_its_words_since_it_was_tried(changes: dict[str, Any], found: bool) -> None:
    twilio = _Twilio(_listing({**_ACCEPTED, **changes}))

    text = _texts(twilio).find(to=_TEXT.to, body=_TEXT.body, since=_SINCE)

    assert (text is not None) is found
    assert parse_qs(twilio.requests[0].url.query.decode())["To"] == [_TEXT.to]


def test_a_lost_text_is_looked_for_on_every_page() -> None:
    first = json.loads(_listing({**_ACCEPTED, "body": "Other words"}).content)
    first["next_page_uri"] = "/2010-04-01/Accounts/AC1/Messages.json?Page=1&PageToken=PT"

    def reply(request: httpx.Request) -> httpx.Response:
        return _listing(_ACCEPTED) if b"PageToken" in request.url.query else httpx.Response(200, json=first)

    text = _texts(_Twilio(reply)).find(to=_TEXT.to, body=_TEXT.body, since=_SINCE)

    assert text == AcceptedText(ref="SM00000000000000000000000000000001", state=TextState.ACCEPTED)


_REDACTED = {"body": "", "direction": "outbound-api"}
_OTHER = {"sid": "SM00000000000000000000000000000002"}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([{}], AcceptedText),
        ([{"body": "Message body redacted"}], AcceptedText),
        ([{"to": "+1303555XXXX"}], AcceptedText),
        ([{"to": "+1303555XXXX", "body": _TEXT.body}], AcceptedText),
        # Two are too many to tell; one that we know as another text of ours leaves one.
        ([{}, _OTHER], Unidentified),
        ([{}, {"sid": "SM-known"}], AcceptedText),
        ([{"sid": "SM-known"}], NoneType),
        # Neither another phone's, nor what Twilio said by itself, nor one from before or long after.
        ([{"to": "+1303556XXXX"}], NoneType),
        ([{"direction": "outbound-reply"}], NoneType),
        ([{"direction": "inbound"}], NoneType),
        ([{"date_created": "Wed, 04 Mar 2026 15:59:00 +0000"}], NoneType),
        ([{"date_created": "Wed, 04 Mar 2026 16:59:00 +0000"}], NoneType),
        # Words that stand there and are others: another text.
        ([{"body": "Other words"}], NoneType),
    ],
)
def test_a_redacted_text_is_found_by_time_and_number_where_it_is_the_only_one(
    rows: list[dict[str, Any]], found: type
) -> None:
    listing = _listing(*({**_ACCEPTED, **_REDACTED, **row} for row in rows))

    text = _texts(_Twilio(listing)).find(
        to=_TEXT.to,
        body=_TEXT.body,
        since=_SINCE,
        until=_SINCE + timedelta(minutes=1),
        known=frozenset({"SM-known"}),
    )

    assert type(text) is found


def test_a_redacted_text_may_be_another_whose_answer_was_lost_too() -> None:
    listing = _listing({**_ACCEPTED, **_REDACTED})

    text = _texts(_Twilio(listing)).find(to=_TEXT.to, body=_TEXT.body, since=_SINCE, only_one=False)

    assert text == Unidentified()


def test_a_failing_read_back_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        _texts(_Twilio(httpx.Response(503))).find(to="+1", body="Hi", since=_SINCE)


def test_the_callback_keeps_its_own_query() -> None:
    assert with_intent("https://app.example/s?p=1&q=", "a/b c") == "https://app.example/s?p=1&q=&intent=a%2Fb+c"
