"""What is free for who asks for another time: the hour they named, or around it; nothing where nobody can know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import Day
from domain.free_times import Asked, Found, dates_meant, free_times
from domain.inquiries import inquiry
from domain.matching import Candidate
from domain.policy import PracticePolicy
from tests.domain.build import ANA, NEW_YORK, at, block, candidate, day, during, matrix, provider, segment, shift, visit

NOW = at("2026-11-23 10:00")
TUESDAY = date(2026, 11, 24)
#: Who asks was offered half an hour on Tuesday at ten.
OFFERED = during("2026-11-24 10:00", "2026-11-24 10:30")
WORKS = shift(during("2026-11-24 09:00", "2026-11-24 17:00"))
BEN = 12


def asked(text: str) -> Asked:
    wished = inquiry(text, today=date(2026, 11, 23), reschedule=True).wished
    return Asked(wished=wished, zone=NEW_YORK, start=OFFERED.start, end=OFFERED.end, prefers=ANA)


def found(
    text: str, *days: tuple[date, Day], who: Candidate | None = None, wish: Asked | None = None, most: int = 3
) -> Found:
    return free_times(
        asked=wish or asked(text),
        days=days or ((TUESDAY, day(shifts=(WORKS,))),),
        matrix=matrix(providers=(provider(), provider(BEN))),
        candidate=who or candidate(),
        taken=(),
        now=NOW,
        policy=PracticePolicy(),
        most=most,
    )


def walls(result: Found) -> list[str]:
    return [f"{one.start.astimezone(ZoneInfo(NEW_YORK)):%a %H:%M}" for one in result.fits]


def test_the_hour_they_named_is_the_answer_where_it_is_free() -> None:
    result = found("3 instead?")

    assert (walls(result), result.exactly) == (["Tue 15:00"], True)


def test_that_hour_of_another_day_is_no_yes() -> None:
    wednesday = date(2026, 11, 25)
    works_then = shift(during("2026-11-25 09:00", "2026-11-25 17:00"))
    days = ((TUESDAY, day()), (wednesday, day(shifts=(works_then,))))

    on_another_day, on_the_day_they_named = found("can it be 3?", *days), found("Wednesday at 3?", days[1])

    assert (walls(on_another_day)[-1], on_another_day.exactly) == ("Wed 15:00", False)
    assert (walls(on_the_day_they_named), on_the_day_they_named.exactly) == (["Wed 15:00"], True)


def test_where_it_is_not_the_nearest_are() -> None:
    taken = visit(segment(during("2026-11-24 14:30", "2026-11-24 15:30")))

    result = found("3 instead?", (TUESDAY, day(shifts=(WORKS,), visits=(taken,))))

    assert (walls(result), result.exactly) == (["Tue 12:00", "Tue 13:30", "Tue 15:30"], False)


def test_later_is_after_what_they_were_offered() -> None:
    assert walls(found("later?")) == ["Tue 10:30", "Tue 11:00", "Tue 14:00"]


def test_any_other_time_is_spread_over_the_day() -> None:
    assert walls(found("R")) == ["Tue 09:00", "Tue 11:00", "Tue 14:00"]


def test_blocks_and_their_own_visits_are_kept_clear() -> None:
    own = visit(segment(during("2026-11-24 13:00", "2026-11-24 17:00"), provider_id=BEN), client_id=500)
    away = block(during("2026-11-24 09:00", "2026-11-24 12:00"))

    result = found("R", (TUESDAY, day(shifts=(WORKS,), blocks=(away,))), who=candidate(visits=(own,)))

    assert walls(result) == ["Tue 12:00"]


def test_another_provider_is_somebody_else() -> None:
    bens = shift(during("2026-11-24 13:00", "2026-11-24 15:00"), provider_id=BEN)
    wish = replace(asked("with someone else?"), not_provider_id=ANA, prefers=None)

    result = found("", (TUESDAY, day(shifts=(WORKS, bens))), wish=wish)

    assert {one.segments[0].provider_id for one in result.fits} == {BEN}


def test_what_is_on_offer_to_others_is_not_named() -> None:
    result = free_times(
        asked=asked("3 instead?"),
        days=((TUESDAY, day(shifts=(WORKS,))),),
        matrix=matrix(),
        candidate=candidate(),
        taken=((ANA, during("2026-11-24 15:00", "2026-11-24 15:30")),),
        now=NOW,
        policy=PracticePolicy(),
        most=3,
    )

    assert "Tue 15:00" not in walls(result)
    assert not result.exactly


def test_where_nobodys_shifts_are_known_nothing_is() -> None:
    result = found("3 instead?", (TUESDAY, day()))

    assert (result.fits, result.known) == ((), False)


def test_a_full_day_is_known_to_be_full() -> None:
    away = block(during("2026-11-24 09:00", "2026-11-24 17:00"))

    result = found("3 instead?", (TUESDAY, day(shifts=(WORKS,), blocks=(away,))))

    assert (result.fits, result.known) == ((), True)


def test_the_days_that_are_meant() -> None:
    within = timedelta(days=2)

    def meant(text: str) -> list[int]:
        return [one.day for one in dates_meant(asked(text), now=NOW, within=within)]

    assert meant("tomorrow?") == [24]
    assert meant("3 instead?") == [24, 25, 26]
    assert meant("earlier?") == [23, 24]
    assert meant("Thursday after 3?") == [26]
    assert meant("not before December") == [1, 2, 3]
