"""Weekly templates, read as what they mean for one date."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.vendors.recorded_payloads import decoded
from vendors.pms.base import PmsBlock, PmsShift, PmsUnread
from vendors.pms.boulevard.roster import Roster, roster

_ZONE = ZoneInfo("America/New_York")
#: A Wednesday; the week before began on Sunday, March 1.
_DAY = date(2026, 3, 4)
_ANN = "urn:blvd:Staff:6001"


def _row(**changes: Any) -> dict[str, Any]:
    return {
        "available": True,
        "clockIn": "09:00:00",
        "clockOut": "17:00:00",
        "day": 3,
        "recurrence": "WEEKLY",
        "recurrenceStart": None,
        "recurrenceEnd": None,
        "recurrenceInterval": 1,
        "staffId": "6001",
        **changes,
    }


def _read(*rows: Any, day: date = _DAY) -> Roster:
    return roster(rows, day=day, zone=_ZONE)


def _at(hour: int, minute: int = 0, *, day: date = _DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=_ZONE).astimezone(UTC)


def _off(provider: str, start: datetime, end: datetime) -> PmsBlock:
    return PmsBlock(ref="shift:2026-03-04", provider_ref=provider, start=start, end=end, not_at_work=True)


def _hours(read: Roster) -> list[tuple[datetime, datetime]]:
    return [(shift.start, shift.end) for shift in read.shifts]


def test_the_recorded_rows_of_a_week_mean_this_for_one_of_its_days() -> None:
    rows = decoded("boulevard/shifts.json")["shifts"]

    read = _read(*rows)

    assert read == Roster(
        shifts=(
            PmsShift(provider_ref=_ANN, start=_at(10), end=_at(13)),
            PmsShift(provider_ref=_ANN, start=_at(14), end=_at(18)),
            PmsShift(provider_ref="urn:blvd:Staff:6003", start=_at(20), end=_at(2, day=date(2026, 3, 5))),
        ),
        time_off=(
            _off(_ANN, _at(13), _at(14)),
            _off("urn:blvd:Staff:6002", _at(0), _at(0, day=date(2026, 3, 5))),
        ),
        unread=(),
    )


@pytest.mark.parametrize("weekday", range(7))
def test_a_template_means_its_own_weekday_alone_counted_from_sunday(weekday: int) -> None:
    days = [date(2026, 3, day) for day in range(1, 8)]

    assert [bool(_read(_row(day=weekday), day=day).shifts) for day in days] == [
        number == weekday for number in range(7)
    ]


@pytest.mark.parametrize(
    ("window", "works"),
    [
        ({"recurrenceStart": "2026-03-04", "recurrenceEnd": "2026-03-04"}, True),
        ({"recurrenceStart": "2026-03-05"}, False),
        ({"recurrenceEnd": "2026-03-03"}, False),
        ({"recurrenceStart": "2025-01-01", "recurrenceEnd": "2027-01-01"}, True),
        ({"recurrenceStart": "2026-03-04T00:00:00-05:00"}, True),
    ],
)
def test_a_template_holds_within_its_window_both_ends_included(window: dict[str, str], works: bool) -> None:
    assert bool(_read(_row(**window)).shifts) is works


@pytest.mark.parametrize(
    ("begins", "weeks", "works"),
    [
        ("2026-03-04", 2, True),
        ("2026-02-25", 2, False),
        ("2026-02-18", 2, True),
        ("2026-02-15", 2, True),
        ("2026-02-22", 2, False),
        ("2026-02-11", 3, True),
        ("2026-02-18", 3, False),
        ("2026-02-25", 1, True),
        ("2026-02-25", None, True),
        ("2026-03-04", 0, True),
    ],
)
def test_a_template_holds_in_the_weeks_its_interval_meets(begins: str, weeks: int | None, works: bool) -> None:
    assert bool(_read(_row(recurrenceStart=begins, recurrenceInterval=weeks)).shifts) is works


def test_midnight_at_the_end_of_the_day_is_read() -> None:
    assert _hours(_read(_row(clockOut="24:00:00"))) == [(_at(9), _at(0, day=date(2026, 3, 5)))]


@pytest.mark.parametrize(("clock_in", "clock_out"), [("00:00:00", "24:00:00"), ("00:00", "00:00:00")])
def test_a_shift_may_last_the_whole_day(clock_in: str, clock_out: str) -> None:
    assert _hours(_read(_row(clockIn=clock_in, clockOut=clock_out))) == [(_at(0), _at(0, day=date(2026, 3, 5)))]


def test_the_day_the_clocks_go_forward_ends_at_its_midnight() -> None:
    sunday = date(2026, 3, 8)

    [(start, end)] = _hours(_read(_row(day=0, clockIn="00:00:00", clockOut="24:00:00"), day=sunday))

    assert (end - start).total_seconds() == 23 * 3600


@pytest.mark.parametrize("clock_in", ["02:00:00", "02:30:00"])
def test_an_hour_that_the_clocks_skip_gives_and_takes_nothing(clock_in: str) -> None:
    skipped = {"day": 0, "clockIn": clock_in, "clockOut": "03:00:00"}

    read = _read(_row(day=0), _row(**skipped), _row(available=False, **skipped), day=date(2026, 3, 8))

    assert (len(read.shifts), read.time_off, read.unread) == (1, (), ())


def test_rows_of_nobody_are_skipped() -> None:
    assert _read(_row(staffId=None), _row(staffId=None, available=False)) == Roster((), (), ())


@pytest.mark.parametrize("row", [None, "row"])
def test_a_row_of_which_nothing_came_is_told_for_it_may_have_been_time_off(row: object) -> None:
    read = _read(row, _row())

    assert (len(read.shifts), [(one.kind, one.provider_ref) for one in read.unread]) == (1, [("shift", None)])


def test_time_off_takes_away_and_blocks() -> None:
    off = _row(available=False, clockIn="12:00:00", clockOut="24:00:00", unavailableReason="PTO")

    read = _read(_row(), off)

    assert _hours(read) == [(_at(9), _at(12))]
    assert [(block.provider_ref, block.start, block.end) for block in read.time_off] == [
        (_ANN, _at(12), _at(0, day=date(2026, 3, 5)))
    ]


def test_time_off_takes_nothing_from_anybody_else() -> None:
    assert len(_read(_row(), _row(available=False, staffId="6002")).shifts) == 1


def test_time_off_without_clocks_is_the_whole_day() -> None:
    read = _read(_row(), _row(available=False, clockIn=None, clockOut=None))

    assert (read.shifts, [(one.start, one.end) for one in read.time_off]) == (
        (),
        [(_at(0), _at(0, day=date(2026, 3, 5)))],
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": None}, "day"),
        ({"day": 7}, "day"),
        ({"day": "Wednesday"}, "day"),
        ({"clockIn": None}, "clockIn"),
        ({"clockOut": "25:00:00"}, "clockOut"),
        ({"clockOut": "24:00:01"}, "clockOut"),
        ({"clockOut": "09:00:00"}, "clockOut"),
        ({"clockIn": 9}, "clockIn"),
        ({"clockIn": "24:00:00"}, "clockIn"),
        ({"recurrenceStart": "soon"}, "recurrenceStart"),
        ({"recurrenceInterval": 2}, "recurrenceInterval"),
        ({"recurrenceInterval": -1, "recurrenceStart": "2026-03-04"}, "recurrenceInterval"),
        ({"available": None}, "available"),
    ],
)
def test_a_shift_that_cannot_be_read_gives_and_takes_nothing_and_is_told(changes: dict[str, Any], field: str) -> None:
    read = _read(_row(**changes), _row(staffId="6002"))

    assert [shift.provider_ref for shift in read.shifts] == ["urn:blvd:Staff:6002"]
    assert read.unread == (
        PmsUnread(
            kind="shift",
            ref=None,
            provider_ref=_ANN,
            start=None,
            end=None,
            unread=(f"shift.{field}",),
            occupies=False,
        ),
    )


@pytest.mark.parametrize("changes", [{"day": None}, {"clockOut": "noon"}, {"recurrenceEnd": 7}])
def test_time_off_that_cannot_be_read_takes_the_day(changes: dict[str, Any]) -> None:
    [row] = _read(_row(available=False, **changes)).unread

    assert (row.provider_ref, row.occupies, row.start, row.end) == (_ANN, True, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"day": None, "recurrenceEnd": "2026-03-03"},
        {"day": None, "recurrenceStart": "2026-03-05"},
        {"recurrenceStart": "soon", "recurrenceEnd": "2026-03-03"},
    ],
)
def test_an_odd_row_of_another_season_costs_nothing(changes: dict[str, Any]) -> None:
    assert _read(_row(available=False, **changes), _row()) == _read(_row())


def test_an_odd_row_of_another_weekday_costs_nothing() -> None:
    assert _read(_row(day=4, clockIn="noon"), _row()) == _read(_row())


def test_who_has_weekly_hours_and_none_on_the_date_is_off_all_of_it() -> None:
    read = _read(_row(day=2), _row(day=4))

    assert (read.shifts, read.unread) == ((), ())
    assert read.time_off == (_off(_ANN, _at(0), _at(0, day=date(2026, 3, 5))),)


@pytest.mark.parametrize("row", [{}, {"available": False, "recurrenceStart": None, "recurrenceEnd": None, "day": 4}])
def test_a_row_for_one_date_or_of_time_off_alone_tells_no_hours_of_other_dates(row: dict[str, Any]) -> None:
    one_date = {"day": 2, "recurrenceStart": "2026-03-03", "recurrenceEnd": "2026-03-03"}

    assert _read(_row(**(one_date | row))) == Roster((), (), ())


def test_whose_weekly_hours_have_ended_is_off() -> None:
    ended = _row(recurrenceStart="2024-01-01", recurrenceEnd="2025-06-30")

    assert _read(ended).time_off == (_off(_ANN, _at(0), _at(0, day=date(2026, 3, 5))),)


def test_of_a_provider_without_any_row_nobody_knows_the_hours() -> None:
    assert _read(_row(staffId=None)) == Roster((), (), ())
