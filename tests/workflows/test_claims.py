"""One winner among all who say yes, whatever the order and however often they say it."""

from __future__ import annotations

from itertools import permutations

import pytest

from contracts.workflow_messages import Claim, Standing
from workflows.claims import Claims


def claim(offer: int) -> Claim:
    return Claim(key=f"claim:{offer}", offer_id=offer)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_the_first_of_history_is_confirmed_and_the_others_are_next(order: tuple[int, ...]) -> None:
    claims = Claims()
    stand = [claims.take(claim(offer), over=False).standing for offer in order]
    assert stand == [Standing.CONFIRMING, Standing.NEXT, Standing.NEXT]
    assert claims.first() == claim(order[0])
    assert claims.besides(claims.winner) == order[1:]


def test_a_yes_said_twice_stands_where_it_stood() -> None:
    claims = Claims()
    assert claims.take(claim(1), over=False).standing is Standing.CONFIRMING
    assert claims.take(claim(2), over=False).standing is Standing.NEXT
    assert claims.take(claim(1), over=True).standing is Standing.CONFIRMING
    assert claims.take(claim(2), over=False).standing is Standing.NEXT
    assert claims.made == [claim(1), claim(2)]


def test_after_a_refusal_the_next_is_first_and_the_refused_never_again() -> None:
    claims = Claims()
    claims.take(claim(1), over=False)
    claims.take(claim(2), over=False)
    claims.refuse(claim(1))
    assert claims.first() == claim(2)
    assert claims.take(claim(1), over=False).standing is Standing.OVER
    assert claims.first() == claim(2)
    claims.refuse(claim(2))
    assert claims.first() is None
    assert claims.late == []


def test_a_yes_to_what_is_over_is_kept_for_its_answer_and_cannot_win() -> None:
    claims = Claims()
    assert claims.take(claim(1), over=True).standing is Standing.OVER
    assert claims.late == [claim(1)]
    assert claims.first() is None
