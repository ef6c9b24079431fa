"""Several clients are told at once: in their order, each within the activity, and one's trouble is nobody else's."""

from __future__ import annotations

from threading import Barrier

import pytest
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from activities.side_by_side import AT_A_TIME, side_by_side


def test_as_many_as_may_are_under_way_together() -> None:
    together = Barrier(AT_A_TIME)

    def meet(number: int) -> int:
        together.wait(timeout=30)  # nobody passes alone
        return number

    assert side_by_side(meet, range(2 * AT_A_TIME)) == list(range(2 * AT_A_TIME))


def test_whoever_fails_keeps_nobody_else_from_hearing() -> None:
    heard = []

    def tell(number: int) -> None:
        if number in {1, 3}:
            raise ValueError(f"client {number}")
        heard.append(number)

    with pytest.raises(ValueError, match="client 1"):
        side_by_side(tell, range(10))

    assert sorted(heard) == [0, 2, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("count", [1, 3])
def test_each_knows_the_activity_it_belongs_to(count: int) -> None:
    environment = ActivityEnvironment()

    def ids() -> list[str]:
        return side_by_side(lambda _: activity.info().workflow_id or "", range(count))

    assert environment.run(ids) == [environment.info.workflow_id] * count
