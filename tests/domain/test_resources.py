"""Which room or device is free: one rule, that never gives one to two."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Segment
from domain.catalogue import Room
from domain.placing import with_places
from domain.ranges import TimeRange
from domain.resource_assignment import assign
from domain.resources import pick
from tests.domain.build import HERE, at, day, matrix, minutes, segment, service, visit

NOON = at("2026-11-24 12:00")
stretches = st.builds(
    lambda start, length: TimeRange(NOON + start * minutes(15), NOON + (start + length) * minutes(15)),
    st.integers(0, 12),
    st.integers(1, 6),
)


def rooms(*names: str) -> tuple[Room, ...]:
    return tuple(Room(id=number, location_id=HERE, kind="laser", name=name) for number, name in enumerate(names, 1))


@settings(max_examples=200, deadline=None)
@given(st.lists(stretches, max_size=12), st.integers(1, 3))
def test_no_room_is_given_to_two_at_a_time(asked: list[TimeRange], how_many: int) -> None:
    practice = matrix(services=(service(1, room_kind="laser"),), rooms=rooms(*["Laser"] * how_many))
    held: tuple[Segment, ...] = ()
    for stretch in asked:
        wanted = segment(stretch, service_id=1)
        placed = with_places((wanted,), matrix=practice, day=day(holds=held), location_id=HERE)
        if isinstance(placed, tuple):
            held += placed
        else:
            assert sum(one.occupied.overlaps(wanted.occupied) for one in held) >= how_many

    for number, one in enumerate(held):
        assert not any(one.occupied.overlaps(other.occupied) for other in held[:number] if other.room_id == one.room_id)


def test_two_of_one_name_and_two_that_differ_in_case_stay_two() -> None:
    found: set[int] = set()
    for _ in range(3):
        free = pick(rooms("Laser", "laser", "Laser"), kind="laser", location_id=HERE, used=found)
        assert free is not None
        found.add(free.id)

    assert found == {1, 2, 3}


def test_a_hold_and_an_inferred_assignment_pick_the_same() -> None:
    practice = matrix(services=(service(1, room_kind="laser"),), rooms=rooms("Zulu", "Alpha"))
    wanted = segment(TimeRange(NOON, NOON + minutes(60)), service_id=1)

    held = with_places((wanted,), matrix=practice, day=day(), location_id=HERE)
    inferred = assign(visit=visit(wanted), matrix=practice, day=day()).visit.segments

    assert isinstance(held, tuple)
    assert held[0].room_id == inferred[0].room_id == 1


def test_what_is_used_without_our_knowing_which_counts_against_its_kind() -> None:
    found = [
        pick(rooms("One", "Two"), kind="laser", location_id=HERE, used=(), used_unseen=count) for count in range(3)
    ]

    assert [one.id if one else None for one in found] == [1, 1, None]
