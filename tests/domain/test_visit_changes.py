"""What two readings of a visit differ in, by the names reports count by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.calendar import Segment, Visit, VisitState
from domain.ranges import TimeRange
from domain.visit_changes import Changed, what_changed

TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
FILLER = Segment(
    service_id=1, provider_id=2, room_id=3, device_id=None, during=TimeRange(TEN, TEN + HOUR), price_cents=65000
)
BOOKED = Visit(appointment_id=7, location_id=1, client_id=5, state=VisitState.BOOKED, segments=(FILLER,))


@pytest.mark.parametrize(
    ("after", "what"),
    [
        ({}, ()),
        ({"state": VisitState.CANCELLED}, (Changed.STATE,)),
        ({"state": VisitState.CANCELLED, "segments": ()}, (Changed.STATE,)),
        ({"location_id": 2}, (Changed.PLACE,)),
        ({"client_id": 6}, (Changed.CLIENT,)),
        ({"segments": (replace(FILLER, during=TimeRange(TEN + HOUR, TEN + 2 * HOUR)),)}, (Changed.TIME,)),
        ({"segments": (replace(FILLER, provider_id=9),)}, (Changed.PROVIDER,)),
        ({"segments": (replace(FILLER, service_id=None, service_ref="new"),)}, (Changed.SERVICE,)),
        ({"segments": (replace(FILLER, room_id=4),)}, (Changed.ROOM,)),
        ({"segments": (replace(FILLER, price_cents=60000),)}, (Changed.PRICE,)),
        (
            {"state": VisitState.CONFIRMED, "segments": (replace(FILLER, provider_id=9, price_cents=None),)},
            (Changed.STATE, Changed.PROVIDER, Changed.PRICE),
        ),
    ],
)
def test_a_change_is_named_for_what_it_changed(after: dict[str, Any], what: tuple[Changed, ...]) -> None:
    assert what_changed(before=BOOKED, after=replace(BOOKED, **after)) == what


def test_the_first_reading_is_no_change_but_seen() -> None:
    unread = replace(BOOKED, state=VisitState.UNREAD, segments=(), client_id=None, location_id=None)

    assert what_changed(before=unread, after=BOOKED) == (Changed.SEEN,)
