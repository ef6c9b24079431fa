"""The query against the rules: what they would take, it finds; and what it loads is what is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session

from domain.calendar import Day
from domain.clients import WaitlistEntry, WeeklyWindow
from domain.matching import Candidate, Fit, Slot, fit, services_that_fit
from domain.policy import PracticePolicy
from domain.ranges import TimeRange
from domain.wall_time import local_date, wall_ranges
from models.repositories import waitlist
from models.repositories.narrowing import WallStretch, wall_stretches
from models.session import Database
from tests.models.waitlist_invention import build
from tests.models.waitlist_reference import NOW, World, slot

POLICY = PracticePolicy()


@pytest.mark.parametrize("seed", range(4))
def test_the_query_loses_nobody_the_rules_would_take_and_tells_the_truth_about_them(
    seed: int, database: Database
) -> None:
    random = Random(seed)
    with database.transaction() as session:
        # The neighbour has the same kinds of rows; none of them may show.
        build(session, random, base=1_000_000, people=30)
        world = build(session, random, base=1_000, people=120)
    accepted = found_in_all = 0

    with database.transaction() as session:
        for _ in range(25):
            opening = slot(random, world.matrix)
            zone = world.matrix.location(opening.location_id).zone
            day = Day(location_id=opening.location_id, visits=(), blocks=(), shifts=())
            services = services_that_fit(
                slot=opening,
                matrix=world.matrix,
                day=day,
                on=local_date(opening.during.start, zone),
                policy=POLICY,
            )
            everybody = {one.id: world.candidate(one, zone) for one in world.entries}
            taken = {
                entry_id
                for entry_id, candidate in everybody.items()
                if entry_id in world.active
                and isinstance(
                    fit(
                        slot=opening,
                        candidate=candidate,
                        matrix=world.matrix,
                        day=day,
                        now=NOW,
                        zone=zone,
                        policy=POLICY,
                    ),
                    Fit,
                )
            }

            found = waitlist.candidates(
                session,
                world.practice_id,
                opening_id=world.opening_id,
                slot=opening,
                service_ids=tuple(one.id for one in services),
                now=NOW,
                zone=zone,
            )

            assert taken - {one.entry.id for one in found} == set()
            assert {one.entry.id for one in found} <= world.active
            for one in found:
                assert one == everybody[one.entry.id]
            accepted += len(taken)
            found_in_all += len(found)

    # The comparison means something: many were taken, and the query left most of the list out.
    assert accepted > 30
    assert found_in_all < 25 * len(world.entries) / 3


def test_the_number_of_queries_does_not_grow_with_the_waitlist(database: Database) -> None:
    random = Random(7)
    with database.transaction() as session:
        small = build(session, random, base=1_000, people=10)
        large = build(session, random, base=1_000_000, people=150)
    opening = {world.practice_id: slot(Random(3), world.matrix) for world in (small, large)}

    asked = {world.practice_id: _queries(database, world, opening[world.practice_id]) for world in (small, large)}

    assert asked[small.practice_id][1] == asked[large.practice_id][1] == 8
    assert asked[small.practice_id][0] < asked[large.practice_id][0]


def test_what_the_transaction_just_changed_counts(database: Database) -> None:
    with database.transaction() as session:
        world = build(session, Random(5), base=1_000, people=60)
    with database.transaction() as session:
        before = _found(session, world)
        paused = before[0].entry.id

        waitlist.set_state(session, world.practice_id, paused, "paused")

        assert _found(session, world) == before[1:]
        assert paused not in {one.id for one in waitlist.of_client(session, world.practice_id, before[0].client.id)}


def test_when_too_many_fit_priority_and_rest_decide_who_stays(database: Database) -> None:
    with database.transaction() as session:
        world = build(session, Random(5), base=1_000, people=150)
        opening = slot(Random(3), world.matrix)
        services = tuple(one.id for one in world.matrix.services)

        def found(limit: int) -> list[WaitlistEntry]:
            return [
                one.entry
                for one in waitlist.candidates(
                    session,
                    world.practice_id,
                    opening_id=None,
                    slot=opening,
                    service_ids=services,
                    now=NOW,
                    zone="America/New_York",
                    limit=limit,
                )
            ]

        everybody, few = found(2000), found(5)

    first = sorted(
        everybody,
        key=lambda one: (-one.priority, one.last_offered_at or datetime.min.replace(tzinfo=UTC), one.joined_at, one.id),
    )
    assert few == first[:5]
    assert len(everybody) > 5


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_a_window_that_touches_the_slot_on_the_wall_is_never_overlooked(zone: str) -> None:
    """Against instants: a window's ranges on any date of the slot overlap it only if its wall stretch says so."""
    random = Random(11)
    # Short ones, so that an hour that happens twice is told from the whole of its night.
    windows = [(time(at // 60, at % 60), time((at + 20) % 1440 // 60, (at + 20) % 60)) for at in range(0, 1440, 20)]
    for _ in range(300):
        on = random.choice((date(2026, 11, 1), date(2026, 3, 8), date(2026, 4, 5), date(2026, 10, 4), date(2026, 7, 7)))
        start = datetime.combine(on, time(random.randint(0, 23), random.choice((0, 30))), tzinfo=ZoneInfo(zone))
        during = TimeRange(start.astimezone(UTC), start.astimezone(UTC) + timedelta(minutes=random.randint(15, 300)))
        stretches = {one.on: one for one in wall_stretches(during, zone)}
        for day in (on - timedelta(days=1), on, on + timedelta(days=1)):
            for begin, finish in windows:
                touched = any(one.overlaps(during) for one in wall_ranges(on=day, start=begin, end=finish, zone=zone))
                assert not touched or _touches(stretches.get(day), begin, finish)


def test_an_ordinary_slot_is_one_stretch_of_the_wall() -> None:
    during = TimeRange(datetime(2026, 7, 7, 14, tzinfo=UTC), datetime(2026, 7, 7, 15, tzinfo=UTC))

    assert wall_stretches(during, "America/New_York") == (
        WallStretch(on=date(2026, 7, 7), start=time(10), end=time(11)),
    )


def test_an_entry_saved_again_says_the_new_thing_and_keeps_what_we_counted(database: Database) -> None:
    with database.transaction() as session:
        world = build(session, Random(1), base=1_000, people=1)
        old = world.entries[0]
        changed = WaitlistEntry(
            id=old.id,
            client_id=old.client_id,
            location_id=None,
            service_ids=(1_002, 1_000),
            provider_ids=frozenset({1_001}),
            windows=(
                WeeklyWindow(weekday=4, start=time(8), end=time(12)),
                WeeklyWindow(weekday=2, start=time(9), end=time(12)),
            ),
            earliest_date=date(2026, 11, 1),
            latest_date=None,
            minimum_notice=timedelta(hours=3),
            miles_declared=8.0,
            miles_away=None,
            flexibility=2,
            priority=1,
            joined_at=NOW,
            last_offered_at=old.last_offered_at,
            together=True,
        )

        waitlist.save(session, world.practice_id, changed, import_key="k1")

        assert waitlist.get(session, world.practice_id, old.id) == replace(
            changed, windows=tuple(reversed(changed.windows))
        )
        assert waitlist.by_import_key(session, world.practice_id, ("k1", "k2")) == {"k1": old.id}


def test_an_entry_of_another_practice_is_not_there(database: Database) -> None:
    with database.transaction() as session:
        world = build(session, Random(1), base=1_000, people=1)

        with pytest.raises(NoResultFound):
            waitlist.get(session, world.practice_id + 1, world.entries[0].id)


def _touches(stretch: WallStretch | None, begin: time, finish: time) -> bool:
    if stretch is None:
        return False
    midnight = time(0)
    return (finish > stretch.start or finish == midnight) and (begin < stretch.end or stretch.end == midnight)


def _queries(database: Database, world: World, opening: Slot) -> tuple[int, int]:
    """How many were found, and with how many statements."""
    statements: list[str] = []

    def note(*details: object) -> None:
        statements.append(str(details[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        with Session(database.engine) as session:
            found = _found(session, world, opening)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(found), len(statements)


def _found(session: Session, world: World, opening: Slot | None = None) -> tuple[Candidate, ...]:
    return waitlist.candidates(
        session,
        world.practice_id,
        opening_id=world.opening_id,
        slot=opening or slot(Random(3), world.matrix),
        service_ids=tuple(one.id for one in world.matrix.services),
        now=NOW,
        zone="America/New_York",
    )
