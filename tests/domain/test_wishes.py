"""When a client can come, in their own words; and that a word nobody explained leaves it to a person."""

from __future__ import annotations

from datetime import date

import pytest

from domain.wishes import Wish, read_wish

TODAY = date(2026, 11, 23)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def shown(wish: Wish) -> str:
    """ "Tue 15:00-24:00", days of the same hours together; "any" for any time."""
    hours: dict[str, list[str]] = {}
    for one in wish.windows:
        hours.setdefault(f"{one.start:%H:%M}-{one.end:%H:%M}".replace("-00:00", "-24:00"), []).append(DAYS[one.weekday])
    words = "; ".join(f"{' '.join(days)} {span}" for span, days in hours.items())
    return words or ("any" if wish.says_when else "")


EVERY, WEEK = "Mon Tue Wed Thu Fri Sat Sun", "Mon Tue Wed Thu Fri"


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("weekday mornings", f"{WEEK} 00:00-12:00"),
        ("Tuesdays after 3", "Tue 15:00-24:00"),
        ("any time", "any"),
        ("Anytime works for me, thanks!", "any"),
        ("after work", f"{EVERY} 17:00-24:00"),
        ("Mon-Wed 9-12", "Mon Tue Wed 09:00-12:00"),
        ("Tues/Thurs 1-5", "Tue Thu 13:00-17:00"),
        ("I'm free Tuesdays and Thursdays after 3:30!", "Tue Thu 15:30-24:00"),
        ("Tue and Thu after 3pm, or Friday mornings", "Tue Thu 15:00-24:00; Fri 00:00-12:00"),
        ("Tuesdays after 3 and Thursdays before 11", "Tue 15:00-24:00; Thu 00:00-11:00"),
        ("mornings or Thursday afternoons", "Mon Tue Wed Fri Sat Sun 00:00-12:00; Thu 00:00-18:00"),
        ("I prefer mornings but can do any time on Fridays", "Mon Tue Wed Thu Sat Sun 00:00-12:00; Fri 00:00-24:00"),
        ("anytime except Mondays", "Tue Wed Thu Fri Sat Sun 00:00-24:00"),
        ("Any day but Monday", "Tue Wed Thu Fri Sat Sun 00:00-24:00"),
        ("not mondays", "Tue Wed Thu Fri Sat Sun 00:00-24:00"),
        ("no mornings please", f"{EVERY} 12:00-24:00"),
        ("weekdays 9-5 except Wednesday", "Mon Tue Thu Fri 09:00-17:00"),
        ("not before 10", f"{EVERY} 10:00-24:00"),
        ("no later than 2pm", f"{EVERY} 00:00-14:00"),
        ("evenings after 6", f"{EVERY} 18:00-24:00"),
        ("anytime after 5", f"{EVERY} 17:00-24:00"),
        ("Between 9 and 3 on Wednesdays", "Wed 09:00-15:00"),
        ("Sat 10am-2pm", "Sat 10:00-14:00"),
        ("noon to 3", f"{EVERY} 12:00-15:00"),
        ("3pm or later", f"{EVERY} 15:00-24:00"),
        ("Monday AM", "Mon 00:00-12:00"),
        ("Any Tuesday", "Tue 00:00-24:00"),
        ("weekends", "Sat Sun 00:00-24:00"),
        ("Nights and weekends", f"{WEEK} 17:00-24:00; Sat Sun 00:00-24:00"),
        ("mornings or Thursdays", "Mon Tue Wed Fri Sat Sun 00:00-12:00; Thu 00:00-24:00"),
        ("after 5, weekdays", f"{WEEK} 17:00-24:00"),
        ("weekends after 10 or weekdays after 5", f"{WEEK} 17:00-24:00; Sat Sun 10:00-24:00"),
        ("MWF mornings", "Mon Wed Fri 00:00-12:00"),
        ("mañanas", f"{EVERY} 00:00-12:00"),
        ("martes y jueves por la tarde", "Tue Thu 12:00-20:00"),
        ("entre semana después de las 4", f"{WEEK} 16:00-24:00"),
        ("lunes a miércoles de 9 a 12", "Mon Tue Wed 09:00-12:00"),
        ("no puedo los lunes", "Tue Wed Thu Fri Sat Sun 00:00-24:00"),
        ("cualquier hora", "any"),
        ("todos los días menos el viernes", "Mon Tue Wed Thu Sat Sun 00:00-24:00"),
    ],
)
def test_days_and_hours_are_read_to_the_last_word(text: str, windows: str) -> None:
    wish = read_wish(text, today=TODAY)

    assert (shown(wish), wish.is_clear) == (windows, True)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("not before December", date(2026, 12, 1), None),
        ("not until December", date(2026, 12, 1), None),
        ("a partir de diciembre", date(2026, 12, 1), None),
        ("dec 1 or later", date(2026, 12, 1), None),
        ("after December 15", date(2026, 12, 16), None),
        ("after December", date(2027, 1, 1), None),
        ("in January", date(2027, 1, 1), date(2027, 1, 31)),
        ("until December 20", None, date(2026, 12, 20)),
        ("before December 20", None, date(2026, 12, 19)),
        ("next week", date(2026, 11, 30), date(2026, 12, 6)),
    ],
)
def test_dates_are_read_and_leave_the_hours_as_they_are(text: str, earliest: date | None, latest: date | None) -> None:
    wish = read_wish(text, today=TODAY)

    assert (wish.earliest, wish.latest, wish.says_when, wish.is_clear) == (earliest, latest, False, True)


def test_days_and_a_date_stand_together() -> None:
    wish = read_wish("starting Jan 5, Tuesdays after 3", today=TODAY)

    assert (shown(wish), wish.earliest, wish.is_clear) == ("Tue 15:00-24:00", date(2027, 1, 5), True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Mondays, but not when it rains", "Mon 00:00-24:00"),
        ("weekdays after 7", f"{WEEK} 00:00-24:00"),
        ("Tuesday at 3", "Tue 00:00-24:00"),
        ("not Tuesdays after 3", "Mon Wed Thu Fri Sat Sun 15:00-24:00"),
        ("next Tuesday", "Tue 00:00-24:00"),
        ("I work until 4", f"{EVERY} 00:00-16:00"),
        ("how about Tuesdays?", "Tue 00:00-24:00"),
        ("mañana", ""),
        ("5ish", ""),
        ("hasta el 15", ""),
        ("después del 15", ""),
        ("martes, antes del 20", "Tue 00:00-24:00"),
        ("по утрам", ""),
        ("mornings, 但是要改时间", f"{EVERY} 00:00-12:00"),
        ("yes", ""),
        ("", ""),
    ],
)
def test_a_word_nobody_explained_leaves_the_wish_to_a_person(text: str, read: str) -> None:
    wish = read_wish(text, today=TODAY)

    assert (shown(wish), wish.is_clear) == (read, False)
