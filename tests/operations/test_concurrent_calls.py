"""Several clients are told at once: in their order, each within the activity, and one's trouble is nobody else's."""

from __future__ import annotations

import time
from threading import Barrier

import pytest
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from operations.concurrent_calls import AT_A_TIME, side_by_side


def test_as_many_as_may_are_under_way_together() -> None:
    together = Barrier(AT_A_TIME)

    def meet(number: int) -> int:
        together.wait(timeout=30)  # nobody passes alone
        return number

    assert side_by_side(meet, range(2 * AT_A_TIME)) == list(range(2 * AT_A_TIME))


def test_after_an_error_what_is_under_way_is_carried_through_and_nothing_more_is_begun() -> None:
    many, together = 1000, Barrier(AT_A_TIME)
    heard = []

    def tell(number: int) -> None:
        if number < AT_A_TIME:
            together.wait(timeout=30)
        if number == 1:
            raise ValueError("the vendor asks for a pause")
        time.sleep(0.05)  # all of them would take ten seconds, which no error takes to be seen
        heard.append(number)

    with pytest.raises(ValueError, match="asks for a pause"):
        side_by_side(tell, range(many))

    assert {0, *range(2, AT_A_TIME)} <= set(heard)
    assert len(heard) < many - 1


@pytest.mark.parametrize("count", [1, 3])
def test_each_knows_the_activity_it_belongs_to(count: int) -> None:
    environment = ActivityEnvironment()

    def ids() -> list[str]:
        return side_by_side(lambda _: activity.info().workflow_id or "", range(count))

    assert environment.run(ids) == [environment.info.workflow_id] * count
