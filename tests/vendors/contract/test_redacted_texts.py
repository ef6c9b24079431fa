"""A text whose answer was lost, where Twilio shows no words and no number any more: found once, or nobody can say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.vendors.contract.text_bench import TwilioBench, twilio_bench
from vendors.errors import Ambiguous
from vendors.sms.base import AcceptedText, NewText, TextState, Unidentified

TEXT = NewText(to="+13035550101", body="Glow Clinic: Wed 3/4 9:00 AM is free. Reply YES.", key="offer-01")


@contextmanager
def redacting(what: str) -> Iterator[TwilioBench]:
    with twilio_bench() as bench:
        bench.sandbox.control("config", opt_out="off", redaction=what)
        yield bench


def _lose(bench: TwilioBench, text: NewText) -> str:
    """Send it, lose the answer, and wait for the reports; the vendor's reference, which they carry with our key."""
    bench.sandbox.fault(bench.send, "commit_then_timeout", seconds=0.2)
    with pytest.raises(Ambiguous):
        bench.connect().send(text)
    while True:
        call = bench.reports.next()
        report = bench.webhooks.status(url=call.url, headers=call.headers, body=call.body)
        if report.key == text.key and report.state is TextState.DELIVERED:
            return report.ref


@pytest.mark.parametrize("redacted", ["bodies", "numbers", "both"])
def test_the_only_text_of_that_time_to_that_number_is_ours(redacted: str) -> None:
    with redacting(redacted) as bench:
        since = datetime.now(UTC)
        ref = _lose(bench, TEXT)

        found = bench.connect().find(to=TEXT.to, body=TEXT.body, since=since)

        assert isinstance(found, AcceptedText)
        assert found.ref == ref
        assert len(bench.sandbox.ledger("accepted")) == 1


@pytest.mark.parametrize("redacted", ["bodies", "both"])
def test_of_two_only_the_one_that_is_known_already_tells_them_apart(redacted: str) -> None:
    with redacting(redacted) as bench:
        since = datetime.now(UTC)
        first = _lose(bench, TEXT)
        second = _lose(bench, replace(TEXT, body="Glow Clinic: that time is taken.", key="closing-01"))
        adapter = bench.connect()

        either = adapter.find(to=TEXT.to, body=TEXT.body, since=since)
        other = adapter.find(to=TEXT.to, body=TEXT.body, since=since, known=frozenset({first}))

        assert isinstance(either, Unidentified)
        assert isinstance(other, AcceptedText)
        assert other.ref == second


def test_a_text_that_never_left_is_not_found_among_none() -> None:
    with redacting("both") as bench:
        since = datetime.now(UTC)
        bench.sandbox.fault(bench.send, "drop")
        with pytest.raises(Ambiguous):
            bench.connect().send(TEXT)

        assert bench.connect().find(to=TEXT.to, body=TEXT.body, since=since) is None
        assert bench.sandbox.ledger("accepted") == []
