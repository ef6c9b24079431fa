"""Asking a client which days and hours suit them, and saying back what was understood."""

from __future__ import annotations

from datetime import date, time
from itertools import groupby

from domain.clients import Language, WeeklyWindow
from domain.messages.facts import Sender, Voice, Words, say
from domain.messages.segments import unaccented
from domain.messages.translations import PHRASES

_MIDNIGHT = time(0)


def when_suits(*, sender: Sender, first_text: bool = False) -> Words:
    """Instead of one more offer to somebody who has declined several."""
    voice = Voice(sender=sender)
    hi = f"{voice.say('hi', name=sender.greets)} " if sender.greets else ""
    ladder = [[voice.say("when_suits", hi=hi)], [voice.say("when_suits", hi="")], [voice.say("when_suits_short")]]
    return voice.compose_short(ladder, first_text=first_text)


def got_it(
    *,
    sender: Sender,
    windows: tuple[WeeklyWindow, ...],
    earliest: date | None,
    latest: date | None,
    says_when: bool,
) -> Words:
    """To who told us; in their own terms, so that they can tell us where we are wrong."""
    voice = Voice(sender=sender)
    wish = wish_words(windows=windows, earliest=earliest, latest=latest, says_when=says_when, language=sender.language)
    heard = voice.say("got_it", wish=unaccented(wish))
    return voice.compose_short([[heard, voice.say("text_when_one_opens")], [heard]])


def wish_words(
    *,
    windows: tuple[WeeklyWindow, ...],
    earliest: date | None,
    latest: date | None,
    says_when: bool,
    language: Language = Language.ENGLISH,
) -> str:
    """ "Tue after 3 PM, Sat 9 AM-12 PM, not before Dec 1"."""
    said = [_hours_of_days(windows, language)] if says_when else []
    if earliest is not None:
        said.append(say(language, "not_before_date", date=_date(earliest, language)))
    if latest is not None:
        said.append(say(language, "until_date", date=_date(latest, language)))
    return ", ".join(said)


def _hours_of_days(windows: tuple[WeeklyWindow, ...], language: Language) -> str:
    if not windows:
        return say(language, "any_time")
    days = {
        day: tuple((one.start, one.end) for one in of_day)
        for day, of_day in groupby(sorted(windows, key=lambda one: (one.weekday, one.start)), lambda one: one.weekday)
    }
    said: list[str] = []
    for hours in dict.fromkeys(days.values()):
        on = _days([day for day, theirs in days.items() if theirs == hours], language)
        also = f" {say(language, 'also')} "
        said.append(f"{on} {also.join(_stretch(start, end, language) for start, end in hours)}".strip())
    return ", ".join(said)


def _days(days: list[int], language: Language) -> str:
    """ "Mon-Wed, Fri"; every day needs no word."""
    if len(days) == 7:
        return ""
    names = PHRASES[language].days
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        f"{names[run[0]]}-{names[run[-1]]}" if len(run) > 2 else ", ".join(names[one] for one in run) for run in runs
    )


def _stretch(start: time, end: time, language: Language) -> str:
    if start == end == _MIDNIGHT:
        return say(language, "any_time")
    if end == _MIDNIGHT:
        return say(language, "after_time", time=_hour(start, language))
    if start == _MIDNIGHT:
        return say(language, "before_time", time=_hour(end, language))
    return f"{_clock(start)}-{_clock(end)}"


def _hour(at: time, language: Language) -> str:
    """ "las 3 PM" and "la 1 PM" where a language counts the hour."""
    return say(language, "deadline_at_one" if at.hour % 12 == 1 else "deadline", time=_clock(at))


def _clock(at: time) -> str:
    """ "3 PM", "9:30 AM"."""
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'AM' if at.hour < 12 else 'PM'}"


def _date(on: date, language: Language) -> str:
    month = PHRASES[language].months[on.month - 1]
    return f"{month} {on.day}" if language is Language.ENGLISH else f"{on.day} {month}"
