"""What every text adapter does, against its vendor's sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.vendors.contract.sandbox import Call
from tests.vendors.contract.text_bench import TextBench, twilio_bench
from tests.vendors.socket_server import closed_port, dripping, serving
from vendors.errors import (
    Ambiguous,
    Misconfigured,
    RateLimited,
    RecipientInvalid,
    RecipientOptedOut,
    Unauthorised,
    Unreachable,
)
from vendors.sms.base import AcceptedText, NewText, TextReport, TextState, Unidentified

_TEXTS = {"twilio": twilio_bench}
_TEXT = NewText(to="+13035550101", body="Glow Clinic: Wed 3/4 9:00 AM is free. Reply YES.", key="offer-01")
_DRIPPED = b"HTTP/1.1 201 Created\r\ncontent-length: 60\r\n\r\n" + b" " * 58 + b"{}"


@pytest.fixture(params=sorted(_TEXTS))
def bench(request: pytest.FixtureRequest) -> Iterator[TextBench]:
    with _TEXTS[request.param]() as bench:
        yield bench


def _find(bench: TextBench, since: datetime) -> AcceptedText | Unidentified | None:
    return bench.connect().find(to=_TEXT.to, body=_TEXT.body, since=since)


def _report(bench: TextBench, call: Call) -> TextReport:
    return bench.webhooks.status(url=call.url, headers=call.headers, body=call.body)


def _last_report(bench: TextBench) -> TextReport:
    report = _report(bench, bench.reports.next())
    while report.state.rank < TextState.DELIVERED.rank:
        report = _report(bench, bench.reports.next())
    return report


def test_a_text_is_accepted_then_reported_delivered_with_our_key(bench: TextBench) -> None:
    accepted = bench.connect().send(_TEXT)

    report = _last_report(bench)
    assert accepted.state is TextState.ACCEPTED
    assert (report.ref, report.key, report.state) == (accepted.ref, "offer-01", TextState.DELIVERED)


def test_a_text_with_a_limited_life_is_accepted(bench: TextBench) -> None:
    text = NewText(to=_TEXT.to, body="Hi", key="k", valid_for=timedelta(minutes=20))

    assert bench.connect().send(text).state is TextState.ACCEPTED


def test_a_lost_answer_is_ambiguous_and_then_found_once(bench: TextBench) -> None:
    since = datetime.now(UTC)
    bench.sandbox.fault(bench.send, "commit_then_timeout", seconds=0.2)

    with pytest.raises(Ambiguous):
        bench.connect().send(_TEXT)

    found = _find(bench, since)
    assert isinstance(found, AcceptedText)
    assert _last_report(bench).ref == found.ref
    assert len(bench.sandbox.ledger("accepted")) == 1


def test_an_answer_that_never_comes_ends_as_ambiguous(bench: TextBench) -> None:
    bench.sandbox.fault(bench.send, "hold_after", seconds=60)

    with pytest.raises(Ambiguous):
        bench.connect(call_seconds=0.5).send(_TEXT)

    bench.sandbox.control("release")


def test_a_request_that_was_dropped_is_ambiguous_and_not_found(bench: TextBench) -> None:
    since = datetime.now(UTC)
    bench.sandbox.fault(bench.send, "drop")

    with pytest.raises(Ambiguous):
        bench.connect().send(_TEXT)

    assert _find(bench, since) is None


def test_the_same_words_of_another_day_are_not_the_lost_text(bench: TextBench) -> None:
    bench.connect().send(_TEXT)

    assert _find(bench, datetime.now(UTC) + timedelta(minutes=1)) is None


def test_too_many_requests_send_nothing(bench: TextBench) -> None:
    since = datetime.now(UTC)
    bench.sandbox.fault(bench.send, "rate_limit")

    with pytest.raises(RateLimited) as caught:
        bench.connect().send(_TEXT)

    assert caught.value.retry_after > timedelta(0)
    assert _find(bench, since) is None


def test_an_outage_is_ambiguous_for_a_send_and_unreachable_for_a_read_back(bench: TextBench) -> None:
    bench.sandbox.fault("*", "outage", times=None)

    with pytest.raises(Ambiguous):
        bench.connect().send(_TEXT)
    with pytest.raises(Unreachable):
        _find(bench, datetime.now(UTC))


def test_nobody_there_is_unreachable_even_for_a_send(bench: TextBench) -> None:
    with pytest.raises(Unreachable):
        bench.connect(url=closed_port()).send(_TEXT)


def test_a_dripping_server_is_left_in_time(bench: TextBench) -> None:
    with serving(dripping(_DRIPPED, every=0.1)) as url, pytest.raises(Ambiguous):
        bench.connect(url=url, call_seconds=0.5).send(_TEXT)


def test_wrong_credentials_need_a_person(bench: TextBench) -> None:
    with pytest.raises(Misconfigured):
        bench.connect(secret="wrong").send(_TEXT)


def test_an_invalid_number_is_refused(bench: TextBench) -> None:
    bench.invalid(_TEXT.to)

    with pytest.raises(RecipientInvalid):
        bench.connect().send(_TEXT)


def test_a_failure_after_acceptance_is_reported_as_permanent(bench: TextBench) -> None:
    bench.unreachable_landline(_TEXT.to)

    accepted = bench.connect().send(_TEXT)

    report = _last_report(bench)
    assert (report.ref, report.state, report.permanent) == (accepted.ref, TextState.FAILED, True)


def test_a_client_who_wrote_stop_is_told_of_and_not_texted(bench: TextBench) -> None:
    bench.from_client(number=_TEXT.to, body="STOP")

    call = bench.inbox.next()
    text = bench.webhooks.inbound(url=call.url, headers=call.headers, body=call.body)
    assert (text.sender, text.recipient, text.body, text.vendor_opt_out) == (_TEXT.to, bench.number, "STOP", "stop")
    with pytest.raises(RecipientOptedOut):
        bench.connect().send(_TEXT)


def test_a_reply_in_any_script_arrives_as_written(bench: TextBench) -> None:
    bench.from_client(number=_TEXT.to, body="Sí & gracias 👍 50% +1")

    call = bench.inbox.next()
    text = bench.webhooks.inbound(url=call.url, headers=call.headers, body=call.body)
    assert (text.body, text.vendor_opt_out) == ("Sí & gracias 👍 50% +1", None)


def test_an_altered_webhook_is_refused(bench: TextBench) -> None:
    bench.from_client(number=_TEXT.to, body="YES")
    call = bench.inbox.next()

    for url, body in ((call.url + "?x=1", call.body), (call.url, call.body + b"&x=1")):
        with pytest.raises(Unauthorised):
            bench.webhooks.inbound(url=url, headers=call.headers, body=body)
