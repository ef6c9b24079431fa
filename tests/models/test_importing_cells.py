"""What people write into a cell, and what we make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.people import WeeklyWindow
from models.durations import read_duration, write_duration
from models.importing import cells
from models.phones import e164


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
        (cells.lengths, "15 min buffer", "names no duration"),
        (cells.lengths, "30 min + 20 min", "two durations"),
        (cells.cents, "12,0x", "no price"),
        (cells.yes_no, "perhaps", "neither yes nor no"),
        (cells.day, "11/03/2026", "like 2026-11-03"),
        (cells.zone, "New York", "like America/New_York"),
        (cells.email, "bob at example", "no e-mail"),
        (cells.windows, "Mon 9-25", "no time of day"),
        (cells.windows, "Funday 09:00-10:00", "no weekday"),
        (cells.windows, "Fri 22:00-02:00", "a night is two"),
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


@pytest.mark.parametrize(
    ("words", "windows"),
    [
        ("any", []),
        ("Mon-Tue 09:00-12:00", [(0, 9, 12), (1, 9, 12)]),
        ("Sat 10-14; Mon 9am - 12pm", [(0, 9, 12), (5, 10, 14)]),
        ("Fri-Mon 17:00-24:00", [(0, 17, 0), (4, 17, 0), (5, 17, 0), (6, 17, 0)]),
        ("Mon, Wed, Friday 11:00–15:00", [(0, 11, 15), (2, 11, 15), (4, 11, 15)]),
        ("weekends 08:00-09:00", [(5, 8, 9), (6, 8, 9)]),
    ],
)
def test_weekly_times_are_read_as_people_write_them(words: str, windows: list[tuple[int, int, int]]) -> None:
    assert cells.windows(words) == tuple(
        WeeklyWindow(weekday=day, start=time(start), end=time(end)) for day, start, end in windows
    )


@settings(deadline=None)
@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3650)))
def test_a_duration_written_is_read_back_the_same(length: timedelta) -> None:
    assert read_duration(write_duration(length)) == length
