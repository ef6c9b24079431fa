"""In what order those who fit are asked; a client, or a phone several share, is asked once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.matching import Candidate, Ranking, Rule, rank
from domain.offer_history import Came, PastOffer
from tests.domain.build import ANA, NEW_YORK, at, candidate, client, day, entry, matrix, slot
from tests.domain.fits import NOW, POLICY, TWO


def ranking(*candidates: Candidate) -> Ranking:
    return rank(
        slot=slot(TWO),
        candidates=candidates,
        matrix=matrix(),
        day=day(),
        now=NOW,
        zone=NEW_YORK,
        policy=POLICY,
    )


def order(*candidates: Candidate) -> list[int]:
    return [one.candidate.entry.id for one in ranking(*candidates).ranked]


def test_promises_come_before_losses_and_losses_before_waiting() -> None:
    promised = candidate(entry(1, client_id=501, priority=3))
    lost = PastOffer(at=NOW - timedelta(days=1), came=Came.LOST)
    lost_once = replace(candidate(entry(2, client_id=502)), past=(lost,))
    patient = candidate(entry(3, client_id=503, joined="2026-09-20 09:00"))
    new = candidate(entry(4, client_id=504, joined="2026-11-20 09:00"))

    assert order(new, patient, lost_once, promised) == [1, 2, 3, 4]


def test_who_was_asked_lately_waits_for_the_others() -> None:
    asked = candidate(entry(1, client_id=501, last_offered=at("2026-11-23 09:00")))
    not_asked = candidate(entry(2, client_id=502))

    assert order(asked, not_asked) == [2, 1]


def test_a_tie_goes_to_who_joined_first_then_to_the_older_entry() -> None:
    early = candidate(entry(3, client_id=503, joined="2026-01-01 09:00"))
    first = candidate(entry(1, client_id=501, joined="2026-01-02 09:00"))
    second = candidate(entry(2, client_id=502, joined="2026-01-02 09:00"))

    assert order(second, first, early) == [3, 1, 2]


def test_the_shares_tell_where_the_score_comes_from() -> None:
    wish = entry(priority=3, flexibility=3, joined="2026-09-25 10:00")
    just_lost = (PastOffer(at=NOW, came=Came.LOST),) * 3
    chosen = replace(candidate(wish, client(preferred_provider_id=ANA)), past=just_lost)

    (ranked,) = ranking(chosen).ranked

    assert dict(ranked.shares) == {
        "priority": 5.0,
        "flexibility": 1.0,
        "recency": 2.0,
        "losses": 3.0,
        "unanswered": 0.0,
        "waiting": 1.5,
        "preferred_provider": 0.5,
    }
    assert ranked.score == 13.0


def test_a_tie_of_vips_is_for_a_person() -> None:
    vip = [candidate(entry(number, client_id=500 + number), client(500 + number, vip=True)) for number in (1, 2)]
    ordinary = candidate(entry(3, client_id=503))

    assert ranking(*vip, ordinary).tie
    assert not ranking(vip[0], ordinary).tie
    lost = PastOffer(at=NOW, came=Came.LOST)
    assert not ranking(vip[0], replace(vip[1], past=(lost,))).tie


def test_a_client_and_a_phone_are_asked_once() -> None:
    wishes = (
        candidate(entry(1, client_id=501, priority=2)),
        candidate(entry(2, client_id=501)),
        candidate(entry(3, client_id=502), client(502, phone="+12125550501")),
    )

    found = ranking(*wishes)

    assert [one.candidate.entry.id for one in found.ranked] == [1]
    assert [(one.entry.id, rejection.rule) for one, rejection in found.rejected] == [
        (2, Rule.ASKED_THROUGH_ANOTHER),
        (3, Rule.ASKED_THROUGH_ANOTHER),
    ]


def test_who_has_no_more_time_is_told_how_many_were_not_looked_at() -> None:
    looked_at = iter((False, True))

    found = rank(
        slot=slot(TWO),
        candidates=tuple(candidate(entry(number, client_id=number)) for number in (1, 2, 3)),
        matrix=matrix(),
        day=day(),
        now=NOW,
        zone=NEW_YORK,
        policy=POLICY,
        enough=lambda: next(looked_at),
    )

    assert (len(found.ranked), found.not_looked_at) == (1, 2)
