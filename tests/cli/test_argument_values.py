"""What a person types at a terminal, read as they mean it or refused with the way out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli import argument_values
from cli.errors import CannotDo
from domain.catalogue import Location, Provider

ZONE = "America/New_York"
TODAY = date(2026, 3, 10)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(ZONE))  # type: ignore[arg-type, misc]


def instant(text: str) -> datetime:
    return argument_values.instant(text, option="--start", zone=ZONE, today=TODAY)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("14:00", at(2026, 3, 10, 14)),
        ("2pm", at(2026, 3, 10, 14)),
        ("2:30 p.m.", at(2026, 3, 10, 14, 30)),
        ("12am", at(2026, 3, 10, 0)),
        ("12 PM", at(2026, 3, 10, 12)),
        ("2026-03-12 09:15", at(2026, 3, 12, 9, 15)),
        ("2026-03-12T09:15-04:00", at(2026, 3, 12, 9, 15)),
    ],
)
def test_a_time_is_the_practice_s_wall_time(text: str, meant: datetime) -> None:
    assert instant(text) == meant


@pytest.mark.parametrize("text", ["2", "25:00", "13pm", "noonish", "14:60", ""])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(CannotDo, match=r"--start: .* is no time; say 14:00, 2pm or"):
        instant(text)


def test_a_time_the_clocks_skip_does_not_exist() -> None:
    with pytest.raises(CannotDo, match="does not exist in America/New_York"):
        instant("2026-03-08 02:30")


def test_a_time_that_happens_twice_wants_its_offset() -> None:
    with pytest.raises(CannotDo, match=r"say 2026-11-01T01:30-04:00 or 2026-11-01T01:30-05:00"):
        instant("2026-11-01 01:30")


def test_lengths_of_time() -> None:
    assert [argument_values.lasting(text, option="--every") for text in ("90s", "10m", "1 h")] == [
        timedelta(seconds=90),
        timedelta(minutes=10),
        timedelta(hours=1),
    ]
    for text in ("0m", "ten minutes", "-5m", "10"):
        with pytest.raises(CannotDo, match="--every"):
            argument_values.lasting(text, option="--every")


def provider(ref: int, first_name: str, display_name: str) -> Provider:
    return Provider(
        id=ref,
        first_name=first_name,
        display_name=display_name,
        pms_ref=None,
        location_ids=(1,),
        service_ids=frozenset(),
        credentials=(),
    )


def place(ref: int, name: str) -> Location:
    return Location(id=ref, name=name, zone=ZONE, postcode="10001", pms_ref=None)


def test_a_provider_is_known_by_number_full_name_or_first_name() -> None:
    staff = (provider(1, "Hana", "Dr. Lee"), provider(2, "Hana", "RN Cho"), provider(3, "Noa", "Esthetician Rivera"))

    assert [argument_values.provider(text, staff).id for text in ("3", "noa", "dr. lee")] == [3, 3, 1]
    with pytest.raises(CannotDo, match=r'"hana" is several; say the number: Dr. Lee \(1\), RN Cho \(2\)'):
        argument_values.provider("hana", staff)
    with pytest.raises(CannotDo, match=r'there is no "Bob"; known: Dr. Lee \(1\), RN Cho \(2\), Esthetician Rivera'):
        argument_values.provider("Bob", staff)


def test_the_only_location_need_not_be_said() -> None:
    assert argument_values.location(None, (place(7, "Downtown"),)).id == 7
    with pytest.raises(CannotDo, match="--location: which one"):
        argument_values.location(None, (place(7, "Downtown"), place(8, "Uptown")))
