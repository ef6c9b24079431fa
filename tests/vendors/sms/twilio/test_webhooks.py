"""Twilio's webhooks, over the vectors of its own library and recorded bodies."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.vendors.recorded_payloads import raw
from vendors.errors import Malformed, Unauthorised, Undocumented
from vendors.sms.base import InboundText, TextReport, TextState
from vendors.sms.twilio import TwilioWebhooks

_TOKEN = "12345"
_INBOUND = "https://app.example/tw/inbound"
_STATUS = "https://app.example/tw/status?intent=01JABC"
_WEBHOOKS = TwilioWebhooks(auth_tokens=(_TOKEN,))


def _signature(url: str, body: bytes, *, token: str = _TOKEN) -> str:
    """Written out from Twilio's recipe, so that it shares nothing with the validator under test."""
    values: dict[str, set[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _headers(url: str, body: bytes, **options: str) -> dict[str, str]:
    return {"X-Twilio-Signature": _signature(url, body, **options)}


def _report(body: bytes, *, url: str = _STATUS) -> TextReport:
    return _WEBHOOKS.status(url=url, headers=_headers(url, body), body=body)


_VECTOR = urlencode(
    {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
).encode()


@pytest.mark.parametrize(
    ("url", "body", "signature"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", _VECTOR, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", _VECTOR, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", _VECTOR, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2#frag", _VECTOR, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com/myapp.php?foo=1&bar=2", _VECTOR, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
    ],
    ids=["plain", "default port in the URL only", "default port signed only", "fragment", "port 80", "repeated names"],
)
def test_the_library_vectors_hold(url: str, body: bytes, signature: str) -> None:
    # Verified, and only then found to be no text of ours.
    with pytest.raises(Malformed, match="MessageSid"):
        _WEBHOOKS.inbound(url=url, headers={"X-Twilio-Signature": signature}, body=body)


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=3", _VECTOR),
        ("https://mycompany.example/myapp.php?foo=1&bar=2", _VECTOR),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", _VECTOR.replace(b"1234&", b"1235&")),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", _VECTOR + b"&New=1"),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", b"\xff\xfe"),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", b"a=%ff"),
    ],
    ids=["query", "host", "value", "added parameter", "not text", "not UTF-8"],
)
def test_what_was_altered_is_refused(url: str, body: bytes) -> None:
    with pytest.raises(Unauthorised):
        _WEBHOOKS.inbound(url=url, headers={"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}, body=body)


def test_a_missing_signature_and_a_forged_one_are_refused() -> None:
    body = raw("twilio/inbound_stop.form")

    for headers in ({}, {"X-Twilio-Signature": ""}, _headers(_INBOUND, body, token="guess")):
        with pytest.raises(Unauthorised):
            _WEBHOOKS.inbound(url=_INBOUND, headers=headers, body=body)


def test_both_tokens_hold_while_one_is_replaced() -> None:
    body = raw("twilio/inbound_stop.form")
    webhooks = TwilioWebhooks(auth_tokens=("new", _TOKEN))

    texts = [
        webhooks.inbound(url=_INBOUND, headers=_headers(_INBOUND, body, token=token), body=body)
        for token in ("new", _TOKEN)
    ]

    assert texts[0] == texts[1]


def test_an_inbound_text_says_what_twilio_did_about_it() -> None:
    body = raw("twilio/inbound_stop.form")

    assert _WEBHOOKS.inbound(url=_INBOUND, headers=_headers(_INBOUND, body), body=body) == InboundText(
        event_key="inbound:SM00000000000000000000000000000002",
        ref="SM00000000000000000000000000000002",
        sender="+13035550101",
        recipient="+13035550000",
        body="STOP",
        vendor_opt_out="stop",
    )


def test_an_inbound_text_may_be_empty_and_in_any_script() -> None:
    body = urlencode({"MessageSid": "SM3", "From": "+1", "To": "+2", "Body": "да, 👍"}).encode()
    empty = b"MessageSid=SM3&From=%2B1&To=%2B2&Body="

    texts = [_WEBHOOKS.inbound(url=_INBOUND, headers=_headers(_INBOUND, each), body=each) for each in (body, empty)]

    assert [(text.body, text.vendor_opt_out) for text in texts] == [("да, 👍", None), ("", None)]


def test_a_report_names_our_intent_and_keeps_the_vendors_code() -> None:
    assert _report(raw("twilio/status_undelivered.form")) == TextReport(
        event_key="status:SM00000000000000000000000000000001:undelivered",
        ref="SM00000000000000000000000000000001",
        key="01JABC",
        state=TextState.FAILED,
        error_code="30006",
        permanent=True,
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", TextState.ACCEPTED),
        ("scheduled", TextState.ACCEPTED),
        ("queued", TextState.ACCEPTED),
        ("sending", TextState.ACCEPTED),
        ("sent", TextState.SENT),
        ("partially_delivered", TextState.SENT),
        ("delivered", TextState.DELIVERED),
        ("read", TextState.DELIVERED),
        ("undelivered", TextState.FAILED),
        ("failed", TextState.FAILED),
        ("canceled", TextState.FAILED),
    ],
)
def test_statuses(status: str, state: TextState) -> None:
    assert _report(f"MessageSid=SM1&MessageStatus={status}".encode()).state is state


def test_a_later_report_never_ranks_below_an_earlier_one() -> None:
    usual = [_report(f"MessageSid=SM1&MessageStatus={status}".encode()) for status in ("queued", "sent", "delivered")]

    assert [report.state.rank for report in usual] == [0, 1, 2]
    assert TextState.FAILED.rank == TextState.DELIVERED.rank


@pytest.mark.parametrize(
    ("code", "permanent", "opted_out"),
    [
        ("21610", False, True),
        ("30003", False, False),
        ("30004", True, False),
        ("30005", True, False),
        ("30007", False, False),
        ("30008", False, False),
        ("30640", True, False),
        ("", False, False),
    ],
)
def test_codes_tell_whether_the_number_is_texted_again(code: str, permanent: bool, opted_out: bool) -> None:
    report = _report(f"MessageSid=SM1&MessageStatus=failed&ErrorCode={code}".encode())

    assert (report.permanent, report.opted_out) == (permanent, opted_out)


def test_a_report_without_an_intent_is_found_by_its_sid() -> None:
    url = "https://app.example/tw/status"

    report = _report(b"MessageSid=SM1&MessageStatus=sent", url=url)

    assert (report.key, report.ref) == (None, "SM1")


def test_a_status_new_to_us_is_undocumented() -> None:
    with pytest.raises(Undocumented):
        _report(b"MessageSid=SM1&MessageStatus=teleported")


@pytest.mark.parametrize(("body", "field"), [(b"MessageStatus=sent", "MessageSid"), (b"MessageSid=S", "MessageStatus")])
def test_a_signed_report_without_its_fields_is_malformed(body: bytes, field: str) -> None:
    with pytest.raises(Malformed, match=field):
        _report(body)


def test_a_status_report_at_the_inbound_address_is_no_text() -> None:
    body = raw("twilio/status_undelivered.form")

    with pytest.raises(Malformed, match="Body"):
        _WEBHOOKS.inbound(url=_INBOUND, headers=_headers(_INBOUND, body), body=body)
