"""Many callers, one piece of work: what goes together, in which order, and what a failure does to whom."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import OperationalError

from inbox.group_commit import Batches


class Work:
    """Doubles numbers, a batch at a time; the first batch waits for `go`. Refuses what is in `bad`."""

    def __init__(self, *, bad: Sequence[int] = (), error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.batches: list[list[int]] = []
        self._bad = set(bad)
        self._error = error or ValueError("odd")

    def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.go.wait(10)
        if self._bad & set(numbers):
            raise self._error
        return [2 * number for number in numbers]


async def all_of(work: Work, count: int, *, most: int = 100) -> list[list[int] | BaseException]:
    """So many callers at once, one number each."""
    batches = Batches(work, most=most, name="test")
    callers = [asyncio.create_task(batches.add(number)) for number in range(count)]
    while not work.batches:  # noqa: ASYNC110 (a thread is waited for)
        await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    work.go.set()
    results = await asyncio.gather(*callers, return_exceptions=True)
    batches.close()
    return results


async def test_what_comes_meanwhile_makes_up_the_next_batch_in_its_order() -> None:
    work = Work()
    batches = Batches(work, most=3, name="test")
    first = asyncio.create_task(batches.add(0))
    while not work.batches:  # noqa: ASYNC110 (a thread is waited for)
        await asyncio.sleep(0.001)
    later = [asyncio.create_task(batches.add(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    work.go.set()

    results = await asyncio.gather(first, *later)

    assert work.batches == [[0], [1, 2, 3], [4, 5]]
    assert results == [[0], [2], [4], [6], [8], [10]]


async def test_a_caller_with_several_items_gets_their_results_in_order() -> None:
    work = Work()
    work.go.set()

    assert await Batches(work, most=2, name="test").add(3, 1, 2) == [6, 2, 4]


async def test_one_bad_item_refuses_no_neighbour() -> None:
    work = Work(bad=[1])

    results = await all_of(work, 4)

    assert [type(one) for one in results] == [list, ValueError, list, list]
    assert [one for one in results if isinstance(one, list)] == [[0], [4], [6]]


async def test_with_the_database_away_nobody_waits_for_everybody_elses_turn() -> None:
    away = OperationalError("insert", {}, Exception("away"))
    work = Work(bad=range(50), error=away)

    results = await all_of(work, 50)

    assert results == [away] * 50
    assert [len(batch) for batch in work.batches] == [50, 1]


async def test_who_gave_up_is_left_out() -> None:
    work = Work()
    batches = Batches(work, most=10, name="test")
    first = asyncio.create_task(batches.add(0))
    while not work.batches:  # noqa: ASYNC110 (a thread is waited for)
        await asyncio.sleep(0.001)
    impatient = asyncio.create_task(batches.add(1))
    patient = asyncio.create_task(batches.add(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    work.go.set()

    assert await patient == [4]
    assert await first == [0]
    assert work.batches == [[0], [2]]
    with pytest.raises(asyncio.CancelledError):
        await impatient
