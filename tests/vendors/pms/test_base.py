"""What the port says of visits and rows that were read only in part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vendors.pms.base import PmsAppointment, PmsSegment, PmsState, PmsUnread

_NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)
_DAY = (datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))


def _visit(*providers: str | None, state: PmsState = PmsState.BOOKED) -> PmsAppointment:
    """One hour for each, one after the other, from nine."""
    segments = tuple(
        PmsSegment(
            service_ref=None,
            provider_ref=provider,
            start=_NINE + timedelta(hours=at),
            end=_NINE + timedelta(hours=at + 1),
        )
        for at, provider in enumerate(providers)
    )
    return PmsAppointment(
        ref="1",
        location_ref=None,
        client_ref=None,
        state=state,
        start=_NINE,
        end=segments[-1].end,
        segments=segments,
    )


def _hour(at: int) -> tuple[datetime, datetime]:
    return _NINE + timedelta(hours=at), _NINE + timedelta(hours=at + 1)


def test_a_state_that_nobody_knows_occupies() -> None:
    assert _visit("ann", state=PmsState.UNKNOWN).occupies("ann", *_hour(0))
    assert not _visit("ann", state=PmsState.CANCELLED).occupies("ann", *_hour(0))


def test_a_segment_without_a_provider_takes_the_time_of_the_visits_other_provider_alone() -> None:
    visit = _visit("ann", None)

    assert visit.occupies("ann", *_hour(1))
    assert not visit.occupies("bea", *_hour(1))


def test_a_visit_without_any_provider_takes_everybodys_time() -> None:
    assert _visit(None).occupies("bea", *_hour(0))
    assert not _visit(None).occupies("bea", *_hour(1))


@pytest.mark.parametrize(
    ("provider", "start", "end", "takes"),
    [
        ("ann", _NINE, _hour(0)[1], _hour(0)),
        ("ann", _NINE, None, (_NINE, _DAY[1])),
        ("ann", None, None, _DAY),
        (None, _NINE, _hour(0)[1], _hour(0)),
        (None, _NINE, None, None),
        ("ann", _NINE - timedelta(days=20), _NINE + timedelta(days=20), _DAY),
        ("ann", _NINE - timedelta(days=20), _NINE - timedelta(days=19), None),
    ],
)
def test_what_an_unread_row_takes_of_a_day(
    provider: str | None,
    start: datetime | None,
    end: datetime | None,
    takes: tuple[datetime, datetime] | None,
) -> None:
    row = PmsUnread(kind="block", ref="1", provider_ref=provider, start=start, end=end, unread=("endAt",))

    assert row.during(_DAY) == takes
