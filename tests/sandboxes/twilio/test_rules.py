"""Signature, segments, opt-out words and account: pure parts, against the vendor's own examples."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from sandboxes.twilio.ledger_report import after_stop, duplicates, in_quiet_hours
from sandboxes.twilio.messages import sent_range
from sandboxes.twilio.opt_out import word_in
from sandboxes.twilio.segments import GSM_BASIC, segments
from sandboxes.twilio.signature import sign

CALL = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]


@pytest.mark.parametrize(
    ("url", "parameters", "signature"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            [
                ("Sid", "CA123"),
                ("SidAccount", "AC123"),
                ("Digits", "5678"),
                ("Digits", "1234"),
                ("Digits", "1234"),
            ],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
    ],
)
def test_signatures_are_those_of_the_vendors_helper(
    url: str, parameters: list[tuple[str, str]], signature: str
) -> None:
    assert sign("12345", url, parameters) == signature


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 151, 2),  # the euro's two septets are not cut in two: 152, then 2 + 151
        ("a" * 152 + "€" + "a" * 152, 3),
        ("’" + "a" * 69, 1),
        ("’" + "a" * 70, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("👍" * 66, 2),
        ("👍" * 67, 3),  # 67 units hold 33 pairs
    ],
)
def test_segments_are_counted_as_carriers_do(text: str, count: int) -> None:
    assert segments(text) == count


def test_the_gsm_alphabet_has_all_its_characters() -> None:
    assert len(GSM_BASIC) == 127  # 128 places, one of them the escape


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (" stop ", "STOP"),
        ("Cancel", "STOP"),
        ("yes", "START"),
        ("INFO", "HELP"),
        ("please stop", None),
        ("yes please!", None),
        ("STOP.", None),
    ],
)
def test_only_the_bare_word_counts(body: str, word: str | None) -> None:
    assert word_in(body) == word


@pytest.mark.parametrize(
    ("operator", "text", "inside", "outside"),
    [
        ("=", "2026-03-04", "2026-03-04T23:59:59Z", "2026-03-05T00:00:00Z"),
        (">", "2026-03-04", "2026-03-04T00:00:00Z", "2026-03-03T23:59:59Z"),
        ("<", "2026-03-04", "2026-03-04T23:59:59Z", "2026-03-05T00:00:00Z"),
        (">", "2026-03-04T09:00:00Z", "2026-03-04T09:00:00.4Z", "2026-03-04T08:59:59.9Z"),
        ("<", "2026-03-04T09:00:00Z", "2026-03-04T09:00:00.4Z", "2026-03-04T09:00:01Z"),
    ],
)
def test_sending_times_are_filtered_inclusively(operator: str, text: str, inside: str, outside: str) -> None:
    wanted = sent_range(operator, text)

    assert wanted.holds(datetime.fromisoformat(inside))
    assert not wanted.holds(datetime.fromisoformat(outside))


def entry(kind: str, at: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "at_practice": datetime.fromisoformat(at).astimezone(UTC).isoformat(), **fields}


def test_texts_after_stop_count_even_when_refused_and_not_when_accepted_before() -> None:
    entries = [
        entry("accepted", "2026-03-04T09:00:00Z", sid="before", to="+1"),
        entry("opt_out", "2026-03-04T09:01:00Z", person="+1"),
        entry("text", "2026-03-04T09:02:00Z", sid="before", to="+1"),
        entry("accepted", "2026-03-04T09:03:00Z", sid="unfiltered", to="+1"),
        entry("refused", "2026-03-04T09:03:00Z", sid="blocked", to="+1", code=21610),
        entry("refused", "2026-03-04T09:03:00Z", sid="invalid", to="+1", code=21211),
        entry("accepted", "2026-03-04T09:03:00Z", sid="other", to="+2"),
        entry("opt_in", "2026-03-04T09:04:00Z", person="+1"),
        entry("accepted", "2026-03-04T09:05:00Z", sid="again", to="+1"),
    ]

    assert [found["sid"] for found in after_stop(entries)] == ["unfiltered", "blocked"]


def test_quiet_hours_are_those_of_the_zone_and_half_open() -> None:
    moments = ["2026-03-04T20:59:59-07:00", "2026-03-04T21:00:00-07:00", "2026-03-05T07:59:59-07:00"]
    entries = [entry("accepted", at, moment=at) for at in [*moments, "2026-03-05T08:00:00-07:00"]]

    found = in_quiet_hours(entries, zone="America/Denver", begins=time(21), ends=time(8))

    assert [one["moment"] for one in found] == moments[1:]


def test_the_same_words_twice_to_one_phone_are_a_duplicate() -> None:
    entries = [
        entry("text", "2026-03-04T09:00:00Z", sid="a", to="+1", body="x"),
        entry("text", "2026-03-04T09:05:00Z", sid="b", to="+2", body="x"),
        entry("text", "2026-03-04T09:09:00Z", sid="c", to="+1", body="x"),
        entry("text", "2026-03-04T09:19:00Z", sid="d", to="+1", body="x"),
    ]

    assert [found["sid"] for found in duplicates(entries, within=timedelta(minutes=10))] == ["c"]
