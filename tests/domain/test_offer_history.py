"""The turn goes round: a yes in vain raises a place, an unanswered offer lowers it, both fade, and nobody waits for
ever behind one who does not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from domain.matching import Candidate, Ranking, rank
from domain.offer_history import Came, PastOffer, lost_twice_in_a_row
from domain.policy import PracticePolicy, Weights
from tests.domain.build import NEW_YORK, candidate, day, entry, matrix, slot
from tests.domain.fits import NOW, POLICY, TWO

LOST, UNANSWERED, ANSWERED = Came.LOST, Came.UNANSWERED, Came.ANSWERED


def ranking(*candidates: Candidate, now: datetime = NOW, policy: PracticePolicy = POLICY) -> Ranking:
    return rank(
        slot=slot(TWO), candidates=candidates, matrix=matrix(), day=day(), now=now, zone=NEW_YORK, policy=policy
    )


def order(*candidates: Candidate) -> list[int]:
    return [one.candidate.entry.id for one in ranking(*candidates).ranked]


def past(came: Came, *, days: float, part: float = 1.0) -> PastOffer:
    return PastOffer(at=NOW - timedelta(days=days), came=came, part=part)


def waits(number: int, *offers: PastOffer, joined: str = "2026-10-01 09:00", priority: int = 0) -> Candidate:
    asked = max((one.at for one in offers), default=None)
    wish = entry(number, client_id=500 + number, joined=joined, last_offered=asked, priority=priority)
    return replace(candidate(wish), past=offers)


def share(chosen: Candidate, factor: str) -> float:
    (ranked,) = ranking(chosen).ranked
    return round(dict(ranked.shares)[factor], 2)


# --- what an offer is worth afterwards ---------------------------------------------------------------------------


def test_a_loss_counts_while_it_is_fresh() -> None:
    worth = [share(waits(1, past(LOST, days=days)), "losses") for days in (0, 15, 30, 300)]

    assert worth == [1.0, 0.5, 0.0, 0.0]


def test_only_a_yes_in_vain_is_a_loss() -> None:
    assert share(waits(1, past(UNANSWERED, days=1), past(ANSWERED, days=2)), "losses") == 0.0


def test_an_offer_left_unanswered_lowers_a_place_and_is_forgiven() -> None:
    worth = [share(waits(1, past(UNANSWERED, days=days)), "unanswered") for days in (0, 15, 30, 100)]

    assert worth == [-2.0, -1.0, 0.0, 0.0]


def test_who_was_given_a_minute_of_ten_has_hardly_left_it_unanswered() -> None:
    assert share(waits(1, past(UNANSWERED, days=0, part=0.1)), "unanswered") == -0.2


def test_a_no_is_an_answer() -> None:
    assert share(waits(1, past(ANSWERED, days=0)), "unanswered") == 0.0


def test_waiting_counts_from_the_last_turn_and_a_yes_in_vain_was_none() -> None:
    joined = "2026-09-25 09:00"  # sixty days before

    assert share(waits(1, joined=joined), "waiting") == 1.5
    assert share(waits(1, past(UNANSWERED, days=6), joined=joined), "waiting") == 0.15
    assert share(waits(1, past(LOST, days=6), joined=joined), "waiting") == 1.5


# --- who lost twice ----------------------------------------------------------------------------------------------


def test_who_lost_twice_in_a_row_stands_first_alone() -> None:
    promised = waits(1, priority=3)
    unlucky = waits(2, past(LOST, days=1), past(LOST, days=2))

    found = ranking(promised, unlucky)

    assert [(one.candidate.entry.id, one.alone) for one in found.ranked] == [(2, True), (1, False)]


@pytest.mark.parametrize(
    "offers",
    [
        (past(LOST, days=1),),
        (past(LOST, days=1), past(UNANSWERED, days=2), past(LOST, days=3)),
        (past(UNANSWERED, days=1), past(LOST, days=2), past(LOST, days=3)),
        (past(LOST, days=1), past(LOST, days=31)),
    ],
)
def test_once_or_not_in_a_row_or_long_ago_is_not_twice(offers: tuple[PastOffer, ...]) -> None:
    assert not lost_twice_in_a_row(offers, now=NOW, policy=POLICY.gap_fill)


# --- rounds ------------------------------------------------------------------------------------------------------

Answers = Callable[[int], Came]


def turns(people: tuple[Candidate, ...], *, rounds: int, apart: timedelta, answers: Answers) -> list[int]:
    """One opening after the other is offered to who stands first, and to nobody else; whom each was offered to. All
    fit all of them, and nobody gets one: the hardest case for who stands behind."""
    had: dict[int, tuple[PastOffer, ...]] = {one.entry.id: () for one in people}
    wishes = {one.entry.id: one for one in people}
    asked = []
    for number in range(rounds):
        # The openings are the same; time is told by how long ago everything else was.
        ago = apart * (rounds - number)
        now = NOW - ago
        present = [
            replace(
                one,
                entry=replace(
                    one.entry, last_offered_at=max((offer.at for offer in had[ref]), default=None), joined_at=joined
                ),
                past=had[ref],
            )
            for ref, one in wishes.items()
            for joined in (one.entry.joined_at - apart * rounds,)
        ]
        first = ranking(*present, now=now).ranked[0].candidate.entry.id
        asked.append(first)
        had[first] = (*had[first], PastOffer(at=now, came=answers(first)))
    return asked


def never_answers(_: int) -> Came:
    return UNANSWERED


@pytest.mark.parametrize("apart", [timedelta(minutes=20), timedelta(hours=8), timedelta(days=1), timedelta(days=7)])
def test_everybody_who_fits_gets_their_turn_in_the_first_round(apart: timedelta) -> None:
    """Eighteen times the same one, who never answers, was the fault."""
    people = tuple(waits(number, joined=f"2026-11-{number:02} 09:00") for number in range(1, 19))

    asked = turns(people, rounds=36, apart=apart, answers=never_answers)

    assert Counter(asked[:18]) == Counter(range(1, 19))
    assert Counter(asked[18:]) == Counter(range(1, 19))


@pytest.mark.parametrize("apart", [timedelta(hours=8), timedelta(days=1), timedelta(days=7)])
def test_a_promise_goes_first_and_not_for_ever(apart: timedelta) -> None:
    """The front desk promised, the promised one never answers, and whoever waits behind has a turn all the same."""
    people = (
        waits(1, priority=3),
        waits(2, priority=2),
        *(waits(number, joined=f"2026-11-{number:02} 09:00") for number in range(3, 9)),
    )

    asked = turns(people, rounds=80, apart=apart, answers=never_answers)

    assert asked[0] == 1
    assert set(asked) == set(range(1, 9))
    longest = max(_gaps(asked, who) for who in range(1, 9))
    assert longest <= 60


def test_weights_of_the_practices_own_delay_a_turn_and_do_not_take_it() -> None:
    policy = replace(POLICY, gap_fill=replace(POLICY.gap_fill, weights=Weights(flexibility=3.0, unanswered=0.0)))
    easy = replace(waits(1), entry=replace(waits(1).entry, flexibility=3, last_offered_at=NOW - timedelta(days=20)))
    patient = waits(2, joined="2019-10-01 09:00")

    assert [one.candidate.entry.id for one in ranking(easy, patient, policy=policy).ranked] == [2, 1]


def _gaps(asked: list[int], who: int) -> int:
    """The longest stretch of rounds in which somebody had no turn."""
    places = [-1, *(place for place, one in enumerate(asked) if one == who), len(asked)]
    return max(later - earlier - 1 for earlier, later in pairwise(places))
