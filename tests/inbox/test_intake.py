"""Taking in: what is kept of arrivals that come together, and what their senders hear."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, func, select

from inbox.intake import Arrival, Intake, TooBusy, UnknownPractice
from models.inbox import Receipt
from models.practice import Clock
from models.repositories.receipts import Purpose, Recorded
from models.session import Database
from tests.inbox.scene import NOW, Scene, set_scene
from vendors.pms.base import PmsEvent


def arrival(key: str, *, slug: str = "glow", practice_id: int | None = None) -> Arrival:
    event = PmsEvent(event_key=key, event_type="X", business_ref="b", occurred_at=NOW, appointment_ref=f"urn:{key}")
    return Arrival(
        vendor="pms",
        slug=slug,
        practice_id=practice_id,
        purpose=Purpose.PMS,
        event_key=key,
        event_type="X",
        heard=event,
        payload=b"raw",
    )


def kept(scene: Scene) -> list[tuple[str, int]]:
    """(event key, repeats) in the order of ids."""
    with scene.database.transaction() as session:
        rows = session.execute(select(Receipt).order_by(col(Receipt.id))).scalars()
        return [(row.event_key, row.repeats) for row in rows]


async def test_arrivals_of_one_moment_share_a_transaction_and_keep_their_order(scene: Scene) -> None:
    intake = scene.intake()
    keys = [f"e{number}" for number in (3, 1, 2, 9, 7)]

    recorded = await asyncio.gather(*(intake.take_in(arrival(key)) for key in keys))

    assert kept(scene) == [(key, 0) for key in keys]
    assert [one.is_new for (one,) in recorded] == [True] * 5
    with scene.database.transaction() as session:
        transactions = session.execute(text("SELECT count(DISTINCT xmin::text) FROM receipt"))
        assert transactions.scalar_one() == 1


def test_a_batch_is_one_statement_that_reads_and_one_that_writes(scene: Scene) -> None:
    """The one that writes is its own transaction: in two, a batch could be kept by half."""
    intake, statements = scene.intake(), list[str]()
    intake.record([arrival("first connection")])

    def note(*details: object) -> None:
        statements.append(str(details[2]).split(maxsplit=1)[0])

    event.listen(scene.database.engine, "before_cursor_execute", note)
    try:
        intake.record([arrival(f"e{number}") for number in range(200)])
    finally:
        event.remove(scene.database.engine, "before_cursor_execute", note)

    assert statements == ["SELECT", "INSERT"]
    assert len(kept(scene)) == 201


async def test_a_connection_lost_between_batches_refuses_nobody(scene: Scene) -> None:
    intake = scene.intake()
    await intake.take_in(arrival("a"))
    with scene.database.transaction() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )

    await intake.take_in(arrival("b"))

    assert kept(scene) == [("a", 0), ("b", 0)]
    await asyncio.to_thread(intake.close)


def test_repeats_are_counted_within_a_batch_and_after_it(scene: Scene) -> None:
    first = scene.intake().record([arrival("a"), arrival("b"), arrival("a"), arrival("a")])
    second = scene.intake().record([arrival("a"), arrival("c"), arrival("a")])

    assert kept(scene) == [("a", 4), ("b", 0), ("c", 0)]
    assert [one.is_new for one in first if isinstance(one, Recorded)] == [True, True, False, False]
    assert [one.is_new for one in second if isinstance(one, Recorded)] == [False, True, False]
    assert {one.id for one in (*first, *second) if isinstance(one, Recorded)} == {1, 2, max_id(scene)}


def max_id(scene: Scene) -> int:
    with scene.database.transaction() as session:
        return session.execute(select(func.max(col(Receipt.id)))).scalar_one() or 0


async def test_what_postgres_refuses_does_not_refuse_its_neighbours(scene: Scene) -> None:
    intake = scene.intake()
    bad = replace(arrival("bad"), event_type=cast(Any, object()))  # no text at all

    results = await asyncio.gather(
        *(intake.take_in(one) for one in (arrival("a"), arrival("b"), bad, arrival("c"))), return_exceptions=True
    )

    assert kept(scene) == [("a", 0), ("b", 0), ("c", 0)]
    assert [isinstance(one, list) for one in results] == [True, True, False, True]


async def test_an_unknown_practice_is_told_so_and_its_neighbour_is_kept(scene: Scene) -> None:
    intake = scene.intake()

    good, unknown = await asyncio.gather(
        intake.take_in(arrival("a")), intake.take_in(arrival("b", slug="nobody")), return_exceptions=True
    )

    assert isinstance(good, list)
    assert isinstance(unknown, UnknownPractice)
    assert kept(scene) == [("a", 0)]


def test_each_arrival_of_a_batch_finds_its_own_practice(database: Database, scene: Scene) -> None:
    other = set_scene(database, slug="other")

    scene.intake().record(
        [
            arrival("a"),
            arrival("b", practice_id=other.practice_id),
            arrival("c", slug="other"),
            arrival("d", slug="nobody", practice_id=scene.practice_id),
        ]
    )

    with database.transaction() as session:
        found = session.execute(select(col(Receipt.event_key), col(Receipt.practice_id)))
        assert {row.event_key: row.practice_id for row in found} == {
            "a": scene.practice_id,
            "b": other.practice_id,
            "c": other.practice_id,
            "d": scene.practice_id,
        }


def test_a_clock_that_is_set_counts_from_the_next_arrival_on(scene: Scene) -> None:
    intake = scene.intake()
    intake.record([arrival("before")])
    with scene.database.transaction() as session:
        later = NOW + timedelta(days=1)
        session.add(Clock(practice_id=scene.practice_id, anchor_real=NOW, anchor_practice=later, rate=60.0))

    intake.record([arrival("after")])

    assert [scene.receipt(number).practice_at for number in (1, 2)] == [NOW, NOW + timedelta(days=1)]


async def test_it_is_busy_while_much_arrives(scene: Scene) -> None:
    seconds = [100.0]
    intake = Intake(scene.database, committed=lambda: None, clock=lambda: seconds[0])
    assert not intake.busy

    await intake.take_in(arrival("one"))
    assert not intake.busy
    await intake.take_in(*(arrival(f"e{number}") for number in range(100)))
    assert intake.busy
    seconds[0] += 0.6

    assert not intake.busy


async def test_with_the_database_away_the_sender_hears_so(scene: Scene) -> None:
    nowhere = Database(create_engine("postgresql+psycopg://nobody@/none?host=/nonexistent"))
    intake = Intake(nowhere, committed=lambda: None)

    with pytest.raises(OperationalError):
        await intake.take_in(arrival("a"))


async def test_a_database_that_does_not_answer_keeps_nobody_waiting(scene: Scene) -> None:
    """Somebody holds the table: the sender is told to come again, and what was kept after all counts as a repeat."""
    intake = Intake(
        scene.database, committed=lambda: None, wall=lambda: datetime.now(UTC), patience=timedelta(milliseconds=200)
    )
    with scene.database.transaction() as session:
        session.execute(text("LOCK TABLE receipt IN EXCLUSIVE MODE"))
        with pytest.raises(TooBusy):
            await intake.take_in(arrival("a"))

    again = await intake.take_in(arrival("a"))

    assert [one.is_new for one in again] == [False]
    assert kept(scene) == [("a", 1)]
