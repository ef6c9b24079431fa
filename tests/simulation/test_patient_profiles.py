"""The seeded practice: the same every time, and one that could exist."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import combinations
from typing import cast

import pytest

from simulation.action_log import Diary, Time
from simulation.catalogue import PROVIDERS, ROOMS
from simulation.day import Day
from simulation.patient_profiles import CLIENTS, LUNCH, LUNCH_MINUTES, SPANISH, WAITING, Temper, World, make_world
from simulation.patients import Crowd
from simulation.sandbox_client import Control
from simulation.seeding import practice_seed
from simulation.staff import FrontDesk

SEEDS = range(1, 13)


def test_the_same_seed_gives_the_same_practice() -> None:
    assert make_world(7) == make_world(7)
    assert practice_seed(make_world(7)) == practice_seed(make_world(7))


def test_another_seed_gives_other_patients() -> None:
    assert {patient.name for patient in make_world(7).patients} != {patient.name for patient in make_world(8).patients}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_practice_has_the_promised_size(seed: int) -> None:
    world = make_world(seed)

    assert len(world.patients) == CLIENTS
    assert len(world.waitlist) == WAITING
    assert 36 <= len(world.visits) <= 46
    assert len({patient.phone for patient in world.patients}) == CLIENTS
    assert {wish.client.temper for wish in world.waitlist} >= {
        Temper.YES,
        Temper.POLITE,
        Temper.THUMBS,
        Temper.LINK,
        Temper.LATE,
        Temper.NO,
        Temper.STOP,
        Temper.SILENT,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_some_who_are_written_to_have_spanish_on_file(seed: int) -> None:
    world = make_world(seed)
    spanish = {patient.phone for patient in world.patients if patient.language == SPANISH}

    assert 5 <= len(spanish) <= CLIENTS // 3
    assert spanish & {wish.client.phone for wish in world.waitlist}
    assert spanish & {visit.client.phone for visit in world.visits}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_provider_is_in_two_places_and_lunch_is_free(seed: int) -> None:
    world = make_world(seed)

    for provider in PROVIDERS:
        visits = [visit for visit in world.visits if visit.provider == provider]
        for one, other in combinations(visits, 2):
            first, second = sorted((one, other), key=lambda visit: visit.start)
            assert first.end + timedelta(minutes=first.service.buffer_minutes) <= second.start
        for visit in visits:
            assert visit.service.code in provider.services
            days = (visit.start.date() - world.day).days
            lunch = world.at(LUNCH, days=days)
            back = lunch + timedelta(minutes=LUNCH_MINUTES)
            assert visit.end <= lunch or visit.start >= back


@pytest.mark.parametrize("seed", SEEDS)
def test_there_is_a_room_for_every_visit(seed: int) -> None:
    world = make_world(seed)

    for visit in world.visits:
        rooms = sum(room.kind == visit.service.room_kind for room in ROOMS)
        beside = [
            other
            for other in world.visits
            if other.service.room_kind == visit.service.room_kind and other.start <= visit.start < other.end
        ]
        assert len(beside) <= rooms


@pytest.mark.parametrize("seed", SEEDS)
def test_the_script_finds_its_cast_and_uses_nobody_twice(seed: int) -> None:
    world = make_world(seed)

    day = _day(world)

    assert len([scene for scene in day.scenes if scene.words]) == 22
    assert [scene.at for scene in day.scenes] == sorted(scene.at for scene in day.scenes)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_high_value_visit_is_cancelled_so_that_a_person_decides_first(seed: int) -> None:
    world = make_world(seed)
    (lift,) = [visit for visit in world.visits if visit.service.high_value]

    scene = next(scene for scene in _day(world).scenes if scene.at == world.at(time(9, 40)))

    assert scene.words == f"cancelled: {lift.start:%a %H:%M}"


def test_the_same_seed_gives_the_same_script() -> None:
    first, second = _day(make_world(3)), _day(make_world(3))

    assert [(scene.at, scene.words) for scene in first.scenes] == [(scene.at, scene.words) for scene in second.scenes]


def _day(world: World) -> Day:
    """A day that is only cast, never played: nobody behind the parts is asked anything."""
    clock = cast(Time, None)
    diary = Diary(clock)
    control = Control("nobody", "http://127.0.0.1:9")
    desk = FrontDesk(world=world, pms=control, slack=control, time=clock, diary=diary)
    crowd = Crowd(world=world, twilio=control, time=clock, diary=diary, finish_after=world.visits[0].start)
    return Day(
        world=world,
        desk=desk,
        crowd=crowd,
        pms=control,
        cancellation="webhook:APPOINTMENT_CANCELLED",
        time=clock,
        diary=diary,
    )
