"""Weekly times as people write them."""

from __future__ import annotations

import itertools
from datetime import time

import pytest

from domain.clients import WeeklyWindow
from models.importing.weekly import windows

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
#: What people put between the first and the last, and between several.
TO = ("-", " - ", "–", " — ", " to ", " thru ", " through ", " till ", " until ")
AND = (", ", ",", " ", " and ", " & ", "/", " + ", ", and ")
MONDAY = ("Mon", "mon", "MON", "Mon.", "Monday", "Mondays", "Mo")
FRIDAY = ("Fri", "Friday", "fridays", "Fr")
NINE = ("9", "09:00", "9:00", "9am", "9 am", "9:00 AM", "9 a.m.", "9.00", "9h00")
NOON = ("12", "12:00", "12pm", "12 PM", "noon", "12 p.m.")


def window(day: int, start: int | time, end: int | time) -> WeeklyWindow:
    as_time = [one if isinstance(one, time) else time(one) for one in (start, end)]
    return WeeklyWindow(weekday=day, start=as_time[0], end=as_time[1])


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize(("first", "last"), list(itertools.product(MONDAY, FRIDAY)))
def test_a_stretch_of_days_is_all_of_them(first: str, last: str, to: str) -> None:
    assert windows(f"{first}{to}{last} 09:00-12:00") == tuple(window(day, 9, 12) for day in range(5))


@pytest.mark.parametrize("between", AND)
def test_several_days_are_each_of_them(between: str) -> None:
    assert windows(f"{between.join(('Mon', 'Wed', 'Friday'))} 9-12") == tuple(window(day, 9, 12) for day in (0, 2, 4))


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize(("start", "end"), list(itertools.product(NINE, NOON)))
def test_hours_are_read_in_every_spelling(start: str, end: str, to: str) -> None:
    assert windows(f"Sat {start}{to}{end}") == (window(SAT, 9, 12),)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Mon 1-5pm", (13, 17)),
        ("Mon 11-2pm", (11, 14)),
        ("Mon 12-5pm", (12, 17)),
        ("Mon 10-12pm", (10, 12)),
        ("Mon 8-11am", (8, 11)),
        ("Mon 9am-1", (9, 13)),
        ("Mon 9am-5", (9, 17)),
        ("Mon 9am-12", (9, 12)),
        ("Mon 1pm-5", (13, 17)),
        ("Mon 9pm-12", (21, 0)),
        ("Mon 12pm-1pm", (12, 13)),
        ("Mon 12am-6am", (0, 6)),
        ("Mon 6pm-midnight", (18, 0)),
        ("Mon 17:00-24:00", (17, 0)),
        ("Mon 13-17", (13, 17)),
        ("Mon 01:00-05:00", (1, 5)),
        ("Mon 8:30-9", (time(8, 30), 9)),
        ("Mon after 3pm", (15, 0)),
        ("Mon after 15:00", (15, 0)),
        ("Mon before noon", (0, 12)),
        ("Mon until 12:00", (0, 12)),
        ("Mon between 9 and 12", (9, 12)),
        ("Mon from 9 to 12", (9, 12)),
        ("on Mon at 9-12", (9, 12)),
        ("Mon: 9-12", (9, 12)),
    ],
)
def test_one_half_of_the_day_said_stands_for_both_where_it_can(words: str, found: tuple[int, int]) -> None:
    assert windows(words) == (window(MON, *found),)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("weekdays 9-12", range(5)),
        ("weekends 9-12", (SAT, SUN)),
        ("Every day 9-12", range(7)),
        ("daily 9-12", range(7)),
        ("M-F 9-12", range(5)),
        ("MWF 9-12", (MON, WED, FRI)),
        ("Tue/Thu 9-12", (TUE, THU)),
        ("weekdays and Sat 9-12", range(6)),
        ("Fri-Mon 9-12", (MON, FRI, SAT, SUN)),
    ],
)
def test_names_for_several_days(words: str, days: tuple[int, ...]) -> None:
    assert windows(words) == tuple(window(day, 9, 12) for day in days)


def test_groups_of_days_have_their_own_hours() -> None:
    found = windows("Mon, Wed 9-12 and 14-17, Fri 1-5pm; Sat 10:00–14:00\nSun noon-2pm")

    assert found == (
        window(MON, 9, 12),
        window(MON, 14, 17),
        window(WED, 9, 12),
        window(WED, 14, 17),
        window(FRI, 13, 17),
        window(SAT, 10, 14),
        window(SUN, 12, 14),
    )


@pytest.mark.parametrize("words", ["any", "Any time", "anytime"])
def test_any_time_is_none(words: str) -> None:
    assert windows(words) == ()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Mon 24:00-02:00", "00:00 of the day after"),
        ("Fri 22:00-02:00", "a night is two"),
        ("Mon 17:00-09:00", "ends before it starts"),
        ("Mon 9-9", "morning"),
        ("Mon 9-5", "does not say whether 9-5 is in the morning"),
        ("Mon 2-4", "does not say whether 2-4 is in the morning"),
        ("Mon after 3", "does not say whether 3 is in the morning"),
        ("Mon 9-12am", "morning"),
        ("Mon 9-25", "no time of day"),
        ("Mon 9:75-12", "no time of day"),
        ("Mon 9:00Z-12:00Z", "no weekly time"),
        ("Funday 9-12", '"funday" is no weekday'),
        ("monkey 9-12", '"monkey" is no weekday'),
        ("Mon-Fri except Wed 9-12", '"except" is no weekday'),
        ("not Mon 9-12", '"not" is no weekday'),
        ("mornings", "no weekday"),
        ("Mon mornings", "no weekday"),
        ("Mon", "no weekly time"),
        ("9-12", "no weekly time"),
        ("Mon 9", "no weekly time"),
        ("Mon 9-12 maybe", '"maybe" is no weekday'),
        ("Mon 9-12?", "no weekly time"),
        ("Mon 9-12-15", "no weekly time"),
        ("Пн 9-12", "no weekly time|no weekday"),
        ("Mon ٩-١٢", "no weekly time"),
    ],
)
def test_what_has_two_meanings_or_none_is_refused_with_the_way_out(words: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        windows(words)
