"""What people write into a cell, and what we make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.duration_text import read_duration, write_duration
from models.importing import cells
from models.phone_numbers import e164
from models.time_of_day_text import read_time


@pytest.mark.parametrize(
    ("reader", "words", "value"),
    [
        (cells.requirements, "Neurotoxin cert + RN/NP/PA", (("neurotoxin",), ("rn", "np", "pa"))),
        (cells.requirements, "Esthetician license", (("esthetician",),)),
        (cells.requirements, "Laser Safety Certificate and MD or NP", (("laser safety",), ("md", "np"))),
        (cells.requirements, "none", ()),
        (cells.kind, "Laser room only", "laser room"),
        (cells.kind, "  IV   lounge ", "iv lounge"),
        (cells.kind, "laser_safety", "laser safety"),
        (cells.lengths, "30 min + 15 min buffer", (timedelta(minutes=30), timedelta(), timedelta(minutes=15))),
        (cells.lengths, "1 h", (timedelta(hours=1), timedelta(), timedelta())),
        (
            cells.lengths,
            "45 min + 5 min buffer before + 10 min buffer after",
            (timedelta(minutes=45), timedelta(minutes=5), timedelta(minutes=10)),
        ),
        (cells.cents, "$1,250.5", 125_050),
        (cells.cents, "420", 42_000),
        (cells.instant, "2026-11-03", datetime(2026, 11, 3, 5, tzinfo=UTC)),
        (cells.instant, "2026-11-03T10:00:00+01:00", datetime(2026, 11, 3, 9, tzinfo=UTC)),
        (e164, "(212) 555-0111", "+12125550111"),
        (e164, "+44 20 7946 0018", "+442079460018"),
        (read_duration, "1 h 30 min", timedelta(minutes=90)),
        (read_duration, "12 weeks", timedelta(weeks=12)),
    ],
)
def test_a_cell_is_read_as_people_mean_it(reader: Callable[..., Any], words: str, value: object) -> None:
    found = reader(words, "America/New_York") if reader is cells.instant else reader(words)

    assert found == value


@pytest.mark.parametrize(
    ("reader", "words", "says"),
    [
        (cells.requirements, "RN + ", "empty part"),
        (read_duration, "500 ms", "no unit of time"),
        (e164, "000-000-0000", "no area code"),
        (e164, "1234567890", "no area code"),
        (cells.lengths, "15 min buffer", "names no duration"),
        (cells.lengths, "30 min + 20 min", "two durations"),
        (cells.cents, "12,0x", "no price"),
        (cells.yes_no, "perhaps", "neither yes nor no"),
        (cells.day, "11/03/2026", "like 2026-11-03"),
        (cells.zone, "New York", "like America/New_York"),
        (cells.email, "bob at example", "no e-mail"),
        (e164, "12", "no phone|too few"),
        (e164, "call me", "no phone number"),
        (read_duration, "10", 'like "30 min"'),
        (read_duration, "3 months", "no unit of time"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(
    reader: Callable[[str], object], words: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        reader(words)


#: Twelve hundred and fifty dollars, as people write it.
_BARE = ("1250", "1,250", "1250.00", "1,250.00", "1250,00", "1.250,00", "1 250", "1 250,00", "1\u00a0250.00", "1'250")
_PRICES = [shape.format(one) for one in _BARE for shape in ("{}", "${}", "$ {}", "US$ {}", "{} USD", "{} $", " {} ")]


@pytest.mark.parametrize("words", [*_PRICES, "1250.-", "1250 dollars"])
def test_a_price_is_read_as_meant(words: str) -> None:
    assert cells.cents(words) == 125_000


@pytest.mark.parametrize(
    ("words", "cents"), [("420,00", 42_000), ("420,5", 42_050), ("$0.99", 99), ("0", 0), ("99.99", 9_999)]
)
def test_a_comma_may_stand_before_the_cents(words: str, cents: int) -> None:
    assert cells.cents(words) == cents


@pytest.mark.parametrize(
    "words",
    [
        *(
            "1.250",
            "1,250,00",
            "1.250.00",
            "0,420",
            "1,25,000",
            "12,0x",
            "420-500",
            "from 420",
            "-420",
            "€420",
            "420 EUR",
        ),
        *(
            "4.2e2",
            "1e9",
            "inf",
            "nan",
            "420.001",
            "100,000.01",
            "99999999999999999999",
            "",
            "$",
            "free",
            "٤٢٠,",
            "4 20",
        ),
    ],
)
def test_a_price_of_two_meanings_or_none_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match='write it like "420" or'):
        cells.cents(words)


_WRAPPED = ("{}", " {} ", "mailto:{}", "MAILTO:{}", "<{}>", "Ana López <{}>", '"López, Ana" <{}>', "{};", "{},", "{}.")
_ALSO_WRAPPED = (
    "E-mail: {}",
    "email:{}",
    "<mailto:{}>",
    "'{}'",
    '"{}"',
    "“{}”",
    "«{}»",
    "‘{}’;",
    "{} (work)",
    "Ana “Annie” López <{}>",
    "\u200b{}\u200b",
    "\u200b{}".replace("\u200b", "\u00a0"),
    "mailto:{}?subject=x",
)


@pytest.mark.parametrize("shape", [*_WRAPPED, *_ALSO_WRAPPED])
def test_an_address_is_taken_out_of_what_wraps_it(shape: str) -> None:
    assert cells.email(shape.format("Ana.Lopez+glow@Example.com")) == "ana.lopez+glow@example.com"


@pytest.mark.parametrize(
    "words",
    [
        *("bob at example", "bob@example", "bob@@example.com", "@example.com", "bob@", "bob@example..com", "bob@.com"),
        *("a@x.com b@x.com", "a@x.com;b@x.com", "a@x.com, b@x.com", "a@x.com/b@x.com", "bob smith@example.com"),
        *(
            "none",
            "n/a",
            "bob@-example.com",
            ".bob@example.com",
            "bob.@example.com",
            "bob@exa\u200bmple.com",
            "x" * 250 + "@x.com",
        ),
    ],
)
def test_what_is_not_one_address_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"no e-mail address|more than one"):
        cells.email(words)


@pytest.mark.parametrize(
    ("words", "at"),
    [
        *(
            ("20:00", time(20)),
            ("8:30", time(8, 30)),
            ("08:30", time(8, 30)),
            ("20:00:00", time(20)),
            ("20.15", time(20, 15)),
        ),
        *(("8 pm", time(20)), ("8pm", time(20)), ("8:30 PM", time(20, 30)), ("8 p.m.", time(20)), ("12 am", time(0))),
        *(("12 pm", time(12)), ("noon", time(12)), ("midnight", time(0)), ("24:00", time(0)), ("00:00", time(0))),
    ],
)
def test_a_time_of_day_is_read_as_meant(words: str, at: time) -> None:
    assert read_time(words) == at


@pytest.mark.parametrize(
    "words",
    [
        *("20", "8", "1440", "2000", "24:30", "25:00", "20:60", "20:00Z", "20:00+02:00", "20:00 EST", "13 pm", "0 am"),
        *("20:00:30", "-1:00", "8:5", "", "T20:00", "soon", "２０", "20:00-21:00"),
    ],
)
def test_what_is_no_time_of_day_is_refused_with_the_way_out(words: str) -> None:
    with pytest.raises(ValueError, match="write it like 20:00 or 8 pm"):
        read_time(words)


@pytest.mark.parametrize(
    "words",
    [
        *("9999-01-01", "0001-01-01", "1899-12-31", "2200-01-01", "2026-02-29", "2026-13-01", "11/03/2026", "20261103"),
        *("2026-W45-2", "2026-11-3", "٢٠٢٦-١١-٠٣", "tomorrow"),
    ],
)
def test_a_date_no_practice_means_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="write it like 2026-11-03"):
        cells.day(words)
    with pytest.raises(ValueError, match="write it like 2026-11-03"):
        cells.instant(f"{words} 10:00", "America/New_York")


@pytest.mark.parametrize(
    "words",
    ["9999999999 days", "1" * 400 + " h", "11 years", "3661 days", "-5 min", "inf h", "nan min", "1e9 d", "٣٠ min"],
)
def test_a_length_nobody_means_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"longer than ten years|no length of time|no unit of time"):
        read_duration(words)


@settings(deadline=None)
@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3650)))
def test_a_duration_written_is_read_back_the_same(length: timedelta) -> None:
    assert read_duration(write_duration(length)) == length
