"""When a client can come, in their own words: "Tuesdays after 3", "weekday mornings", "not before December".

Every word has to be explained. What was read beside words that nobody explained is for a person, since a wish read
wrongly asks somebody at the wrong hours for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from domain.clients import WeeklyWindow
from domain.wish_vocabulary import (
    AND,
    DAYS,
    FROM,
    HOURS,
    LATER,
    MONTHS,
    OF_A_DAY,
    UNTIL,
    WEEK,
    Minutes,
    Token,
    tokens_of,
)

#: Minutes of a day.
_DAY: Final = 24 * 60
_EVERY_DAY: Final = frozenset(range(7))
_Week = dict[int, list[Minutes]]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Days and hours, none for any time; and the first and last date. `unread`: words that nobody explained.

    `says_when`: days, hours, or that any time will do; a wish of dates alone leaves the hours as they are.
    """

    windows: tuple[WeeklyWindow, ...] = ()
    earliest: date | None = None
    latest: date | None = None
    says_when: bool = False
    unread: tuple[str, ...] = ()
    #: Times of day named by themselves ("3 instead?"), in minutes. No weekly wish, so they are unread words as well.
    at: tuple[int, ...] = ()

    @property
    def says_something(self) -> bool:
        return self.says_when or self.earliest is not None or self.latest is not None

    @property
    def is_clear(self) -> bool:
        """Read to its last word."""
        return self.says_something and not self.unread


def read_wish(text: str, *, today: date) -> Wish:
    """What a text says of when its writer can come. `today` tells which December is meant."""
    return _Reader(list(tokens_of(text)), today).read()


@dataclass(frozen=True, kw_only=True)
class _Item:
    """Days, or hours. `left_out`: they are taken away; `joined`: "and", "or" or a comma stands before it.
    `new_clause`: what is said from here on stands by itself."""

    days: frozenset[int] | None = None
    hours: tuple[Minutes, ...] = ()
    left_out: bool = False
    joined: bool = False
    new_clause: bool = False


class _Reader:
    def __init__(self, tokens: list[Token], today: date) -> None:
        self._tokens = tokens
        self._today = today
        self._at = 0
        self._items: list[_Item] = []
        self._unread: list[str] = []
        self._alone: list[int] = []
        self._any = False
        self._earliest: date | None = None
        self._latest: date | None = None
        self._joined = False
        self._between = False
        self._new_clause = False
        self._and = False

    def read(self) -> Wish:
        while self._at < len(self._tokens):
            self._step()
        windows = self._windows()
        return Wish(
            windows=windows or (),
            earliest=self._earliest,
            latest=self._latest,
            says_when=windows is not None,
            unread=tuple(dict.fromkeys(self._unread)),
            at=tuple(self._alone),
        )

    # --- one token after the other ---------------------------------------------------------------------------------

    def _step(self) -> None:
        token = self._next()
        match token.kind:
            case "also" | "pause":
                self._joined = True
                self._and = self._and or token.text in AND
                self._new_clause = self._new_clause or token.text in {";", "\n"}
            case "but":
                self._but(token)
            case "noise" | "later":
                self._between = self._between or token.text in {"between", "entre"}
            case "any":
                self._any = True
            case "days":
                self._add(_Item(days=self._days(token)))
            case "hours":
                self._add(_Item(hours=(HOURS[token.text],)))
            case "time" | "noon":
                self._from_time(token)
            case "after" | "before" | "until":
                self._side(token, turned=False)
            case "not":
                self._negated(token)
            case "month":
                self._month(token)
            case "span":
                self._span(token)
            case "to" if token.text in {"a", "al"}:
                pass  # "a las 3"
            case _:
                self._unread.append(token.text)

    def _add(self, item: _Item) -> None:
        # "Nights and weekends" are two things; "after 5, weekdays" is one.
        apart = self._and and item.days is not None and bool(self._items) and self._items[-1].days is None
        self._items.append(replace(item, joined=self._joined, new_clause=self._new_clause or apart))
        self._joined = self._between = self._new_clause = self._and = False

    def _but(self, token: Token) -> None:
        """ "any day but Monday" leaves it out; "mornings, but Fridays any time" says more."""
        last = self._items[-1] if self._items else None
        if last is not None and (last.days == _EVERY_DAY or last.hours == ((0, _DAY),)):
            self._negated(token)
        else:
            self._joined = self._new_clause = True

    def _days(self, first: Token) -> frozenset[int]:
        """A day, or from a day to a day."""
        days = DAYS[first.text]
        to, last = self._peek(), self._peek(1)
        if (
            len(days) == 1
            and to is not None
            and to.kind in {"to", "until"}
            and last is not None
            and last.kind == "days"
        ):
            until = DAYS[last.text]
            if len(until) == 1:
                self._at += 2
                (start,), (end,) = days, until
                return frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))
        return days

    def _from_time(self, token: Token) -> None:
        """ "9-12", "9 to 12", "between 9 and 12", "3 or later"; "1 de diciembre" is a date."""
        if (on := self._date(token)) is not None:
            self._on_date(on, month_alone=False)
            return
        to, last = self._peek(), self._peek(1)
        skipped = 2
        if last is not None and last.kind == "noise" and last.text in {"las", "la", "at"}:
            last, skipped = self._peek(2), 3
        is_range = to is not None and (
            to.kind == "to" or to.text in UNTIL or (self._between and to.text in {"and", "y"})
        )
        if is_range and last is not None and last.kind in {"time", "noon"}:
            self._at += skipped
            hours = _between(token, last)
            if hours is None:
                self._unread += [token.text, last.text]
            else:
                self._add(_Item(hours=(hours,)))
            return
        if to is not None and ((to.text in LATER and to.text != "on") or to.text == "+"):
            self._at += 1
            self._edge(token, after=True, until=False)
            return
        if (at := _at(token, after=False, until=False)) is not None:
            self._alone.append(at)
        self._unread.append(token.text)

    def _side(self, token: Token, *, turned: bool) -> None:
        """ "after 3", "before December"; `turned`: "not before 10" is after it."""
        after = (token.kind == "after") is not turned
        article = token.text.split()[-1]
        while (one := self._peek()) is not None and (one.kind == "noise" or one.text in {"a", "al"}):
            article, self._at = one.text, self._at + 1
        if one is None:
            self._unread.append(token.text)
            return
        self._at += 1
        if article in OF_A_DAY and one.kind == "time" and not one.half and not one.minute and not self._is_date():
            # "Hasta el 15": a day of a month, and which is for a person to say.
            self._unread += [token.text, one.text]
            return
        if one.kind == "span" and (turned or after):
            starts, ends = self._stretch(WEEK[one.text])
            self._earliest = starts if turned else ends + timedelta(days=1)
            return
        if (on := self._date(one)) is not None:
            month_alone = one.kind == "month" and self._tokens[self._at - 1] is one
            if after:
                # "After December" is January; "from December on" and "not before December" begin with it.
                is_past = not turned and token.text not in FROM
                past = _month_after(on) if month_alone else on + timedelta(days=1)
                self._earliest = past if is_past else on
            elif token.kind == "until":
                self._latest = _month_after(on) - timedelta(days=1) if month_alone else on
            else:
                self._latest = on if turned else on - timedelta(days=1)
        elif one.kind in {"time", "noon"}:
            to, last = self._peek(), self._peek(1)
            is_range = token.text in FROM and to is not None
            if is_range and to is not None and to.kind in {"to", "until"} and last is not None:
                self._from_time(one)
            else:
                self._edge(one, after=after, until=token.kind == "until")
        else:
            self._at -= 1
            self._unread.append(token.text)

    def _is_date(self) -> bool:
        """Whether a month follows the number just taken."""
        of = self._peek()
        month = self._peek(1) if of is not None and of.text in {"de", "of"} else of
        return month is not None and month.kind == "month"

    def _edge(self, one: Token, *, after: bool, until: bool) -> None:
        at = _at(one, after=after, until=until)
        if at is None:
            self._unread.append(one.text)
        else:
            self._add(_Item(hours=((at, _DAY) if after else (0, at),)))

    def _negated(self, token: Token) -> None:
        """ "not Mondays", "not before 10", "no mornings"."""
        while (one := self._peek()) is not None and one.kind == "noise":
            self._at += 1
        if one is not None and one.kind in {"after", "before", "until"}:
            self._at += 1
            self._side(one, turned=True)
            return
        if one is None or one.kind not in {"days", "hours"}:
            self._unread.append(token.text)
            return
        while (one := self._peek()) is not None and one.kind == "days":
            self._at += 1
            self._add(_Item(days=self._days(one), left_out=True))
            also, after = self._peek(), self._peek(1)
            if also is not None and also.kind == "also" and after is not None and after.kind == "days":
                self._at += 1
        if one is not None and one.kind == "hours":
            self._at += 1
            self._add(_Item(hours=(HOURS[one.text],), left_out=True))
        elif one is not None and one.kind in {"after", "before", "until", "time"}:
            # "Not Tuesdays after 3": which of the two is left out?
            self._unread.append(token.text)

    # --- dates -----------------------------------------------------------------------------------------------------

    def _date(self, token: Token) -> date | None:
        """ "December 1st", "1 de diciembre", or the first of "December"; None where no date stands here."""
        if token.kind == "month":
            day = self._peek()
            if day is not None and day.kind == "time" and not day.half and 1 <= day.hour <= 31 and not day.minute:
                self._at += 1
                return self._coming(MONTHS[token.text], day.hour)
            return self._coming(MONTHS[token.text], 1)
        if token.kind == "time" and not token.half:
            skipped = 1 if (of := self._peek()) is not None and of.text in {"de", "of"} else 0
            month = self._peek(skipped)
            if month is not None and month.kind == "month":
                self._at += skipped + 1
                return self._coming(MONTHS[month.text], token.hour)
        return None

    def _coming(self, month: int, day: int) -> date | None:
        """The next such day; a month that is running is meant."""
        year = self._today.year + (month < self._today.month)
        try:
            return date(year, month, day)
        except ValueError:
            return None

    def _month(self, token: Token) -> None:
        """ "in December" is the whole of it; "December 5" is that day."""
        on = self._date(token)
        if on is None:
            self._unread.append(token.text)
        else:
            self._on_date(on, month_alone=self._tokens[self._at - 1] is token)

    def _on_date(self, on: date, *, month_alone: bool) -> None:
        """That date or month, or from then on."""
        self._earliest = on
        if (later := self._peek()) is not None and later.text in LATER:
            self._at += 1
        elif (
            later is not None and later.kind == "also" and (after := self._peek(1)) is not None and after.text in LATER
        ):
            self._at += 2
        else:
            self._latest = _month_after(on) - timedelta(days=1) if month_alone else on

    def _span(self, token: Token) -> None:
        self._earliest, self._latest = self._stretch(WEEK[token.text])

    def _stretch(self, which: str) -> tuple[date, date]:
        if which == "week":
            monday = self._today + timedelta(days=7 - self._today.weekday())
            return monday, monday + timedelta(days=6)
        first = _month_after(self._today)
        return first, _month_after(first) - timedelta(days=1)

    # --- the week --------------------------------------------------------------------------------------------------

    def _windows(self) -> tuple[WeeklyWindow, ...] | None:
        """None where nothing was said of days and hours; nothing where any time will do."""
        if not self._items:
            return () if self._any else None
        week: _Week = {day: [] for day in _EVERY_DAY}
        wished = [one for one in self._items if not one.left_out]
        for clause in _clauses(wished):
            for day, hours in _week_of(clause).items():
                week[day] += hours
        if not wished:
            week = {day: [(0, _DAY)] for day in week}
        for day, hours in _week_of([one for one in self._items if one.left_out]).items():
            for one in hours:
                week[day] = [left for kept in week[day] for left in _without(kept, one)]
        found = {day: _merged(hours) for day, hours in week.items()}
        if all(hours == [(0, _DAY)] for hours in found.values()):
            return ()
        return tuple(
            WeeklyWindow(weekday=day, start=_clock(start), end=_clock(end))
            for day, hours in sorted(found.items())
            for start, end in hours
        )

    def _peek(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]


def _clauses(items: list[_Item]) -> list[list[_Item]]:
    clauses: list[list[_Item]] = []
    for item in items:
        if item.new_clause or not clauses:
            clauses.append([])
        clauses[-1].append(item)
    return clauses


def _week_of(items: list[_Item]) -> _Week:
    """Days with their hours: "Tue after 3, Thu mornings", "mornings on Tuesdays", "mornings or Thursdays after 3"."""
    runs: list[tuple[frozenset[int] | None, list[Minutes]]] = []
    for item in items:
        days, hours = runs[-1] if runs else (None, [])
        if item.days is not None:
            if days is not None:
                runs[-1] = (days | item.days, [])
            else:
                runs.append((item.days, []))
        elif runs and days is None:
            # "mornings or evenings" are both; "evenings after 6" is what they share.
            runs[-1] = (None, [*hours, *item.hours] if item.joined else _shared(hours, item.hours))
        else:
            runs.append((None, list(item.hours)))
    if runs and runs[0][0] is None and len(runs) % 2:
        runs.insert(0, (_EVERY_DAY, []))
    elif runs and runs[-1][0] is not None and len(runs) % 2:
        runs.append((None, [(0, _DAY)]))
    week: _Week = {day: [] for day in _EVERY_DAY}
    for (days, hours), (other_days, other_hours) in zip(runs[::2], runs[1::2], strict=True):
        for day in days or other_days or _EVERY_DAY:
            week[day] += [*hours, *other_hours]
    return week


def _shared(some: list[Minutes], others: Iterable[Minutes]) -> list[Minutes]:
    both = [(max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others]
    return [(start, end) for start, end in both if start < end]


def _at(one: Token, *, after: bool, until: bool) -> int | None:
    """A time of day in minutes; a bare "3" is the afternoon's, a bare "7" nobody knows."""
    if one.kind == "noon":
        return 12 * 60
    if one.ordinal or one.hour > 24 or one.minute > 59:
        return None
    hour = one.hour
    if one.half:
        if not 1 <= hour <= 12:
            return None
        return (hour % 12 + (12 if one.half == "p" else 0)) * 60 + one.minute
    if 1 <= hour <= 6 or (until and hour in {7, 8}) or (hour == 7 and not after):
        hour += 12
    elif hour == 7 or hour == 0:
        return None
    return hour * 60 + one.minute


def _between(first: Token, last: Token) -> Minutes | None:
    """ "9-12", "1-5pm", "9 to 5": the nearest later meaning of the end."""
    ends = [_DAY] if (last.hour, last.kind) == (24, "time") else _meanings(last)
    starts = _meanings(first)
    if not first.half and last.half and first.kind == "time":
        same = [one for one in starts if one < ends[0] and (one >= 720) == (ends[0] >= 720)] if ends else []
        starts = same or starts[:1]
    elif not first.half and len(starts) > 1:
        starts = [starts[0] if first.hour >= 7 else starts[1]]
    pairs = [(start, end) for start in starts for end in ends if end > start]
    return min(pairs, key=lambda one: one[1] - one[0], default=None)


def _meanings(one: Token) -> list[int]:
    if one.kind == "noon":
        return [720]
    if one.ordinal or one.hour > 23 or one.minute > 59:
        return []
    if one.half or one.hour > 12 or one.hour == 0:
        found = _at(one, after=True, until=False) if one.half else one.hour * 60 + one.minute
        return [] if found is None else [found]
    if one.hour == 12:
        return [720 + one.minute]
    return [one.hour * 60 + one.minute, (one.hour + 12) * 60 + one.minute]


def _without(one: Minutes, other: Minutes) -> list[Minutes]:
    left = [(one[0], min(one[1], other[0])), (max(one[0], other[1]), one[1])]
    return [(start, end) for start, end in left if start < end]


def _merged(hours: list[Minutes]) -> list[Minutes]:
    found: list[Minutes] = []
    for start, end in sorted(hours):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _clock(minutes: int) -> time:
    """Midnight at the end of a day is written 00:00."""
    return time(minutes % _DAY // 60, minutes % 60)


def _month_after(on: date) -> date:
    return date(on.year + on.month // 12, on.month % 12 + 1, 1)
