"""A fit needs everything a booking needs: client, service, provider and place as the practice system knows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.catalogue import Prerequisite
from domain.matching import Fit, Rejection, Rule, fit, rank, services_that_fit, services_with_room
from domain.policy import PracticePolicy
from domain.time_obstacles import what_stands_in_the_way
from tests.domain import build
from tests.domain.build import FILLER, INJECTION, at, during

NINE = at("2026-11-24 09:00")
SLOT = build.slot(during("2026-11-24 14:00", "2026-11-24 15:00"))
POLICY = PracticePolicy()


def found(*, services: tuple[Any, ...] = (), client_ref: str | None = "client", **matrix: Any) -> Fit | Rejection:
    """Whether somebody who waits for an injection fits."""
    return fit(
        slot=SLOT,
        candidate=build.candidate(build.entry(), build.client(pms_ref=client_ref)),
        matrix=build.matrix(services=services, **matrix),
        day=build.day(),
        now=NINE,
        zone=build.NEW_YORK,
        policy=POLICY,
    )


def test_somebody_the_practice_system_knows_fits() -> None:
    assert isinstance(found(), Fit)


@pytest.mark.parametrize(
    ("lacking", "rule", "words"),
    [
        (
            {"client_ref": None},
            Rule.CLIENT_NOT_IN_PMS,
            "Has no reference in the practice system, so a visit could not be booked; add their pms_ref.",
        ),
        (
            {"services": (build.service(pms_ref=None),)},
            Rule.SERVICE_NOT_IN_PMS,
            "Neuromodulator injection has no reference in the practice system, so it cannot be booked; add its pms_ref "
            "and import again.",
        ),
        (
            {"providers": (build.provider(pms_ref=None),)},
            Rule.PROVIDER_NOT_IN_PMS,
            "Ana Lee, NP has no reference in the practice system and cannot be booked; add its pms_ref and import "
            "again.",
        ),
        (
            {"place_ref": None},
            Rule.LOCATION_NOT_IN_PMS,
            "Downtown has no reference in the practice system, so nothing can be booked there; add its pms_ref and "
            "import again.",
        ),
    ],
)
def test_what_lacks_a_reference_is_the_rule_that_refuses(lacking: dict[str, Any], rule: Rule, words: str) -> None:
    assert found(**lacking) == Rejection(rule=rule, words=words)


def test_whoever_cannot_be_booked_is_ranked_nowhere_and_named_with_the_rule() -> None:
    ranking = rank(
        slot=SLOT,
        candidates=(build.candidate(build.entry(), build.client(pms_ref=None)),),
        matrix=build.matrix(),
        day=build.day(),
        now=NINE,
        zone=build.NEW_YORK,
        policy=POLICY,
    )

    assert ranking.ranked == ()
    assert [refusal.rule for _, refusal in ranking.rejected] == [Rule.CLIENT_NOT_IN_PMS]


def test_another_service_of_the_wish_is_offered_instead_of_one_that_cannot_be_booked() -> None:
    wish = build.entry(service_ids=(INJECTION, FILLER))

    fits = fit(
        slot=SLOT,
        candidate=build.candidate(wish, build.client()),
        matrix=build.matrix(services=(build.service(pms_ref=None), build.service(FILLER, name="Filler"))),
        day=build.day(),
        now=NINE,
        zone=build.NEW_YORK,
        policy=POLICY,
    )

    assert isinstance(fits, Fit)
    assert fits.service_ids == (FILLER,)


def test_a_consult_that_cannot_be_booked_stands_in_for_nothing() -> None:
    needs = build.service(prerequisite=Prerequisite.EXAM)
    consult = replace(build.consult(), pms_ref=None)

    refused = found(services=(needs, consult))

    assert isinstance(refused, Rejection)
    assert refused.rule is Rule.EXAM_NEEDED


def test_a_service_that_cannot_be_booked_makes_no_time_worth_filling_and_who_waits_for_it_is_still_looked_at() -> None:
    matrix = build.matrix(services=(build.service(pms_ref=None), build.service(FILLER)))
    facts: dict[str, Any] = {
        "slot": SLOT,
        "matrix": matrix,
        "day": build.day(),
        "on": SLOT.during.start.date(),
        "policy": POLICY,
    }

    assert [one.id for one in services_that_fit(**facts)] == [FILLER]
    assert [one.id for one in services_with_room(**facts)] == [INJECTION, FILLER]


@pytest.mark.parametrize(
    ("lacking", "rules"),
    [
        ({"providers": (build.provider(pms_ref=None),)}, [Rule.PROVIDER_NOT_IN_PMS, Rule.NOTHING_FITS]),
        ({"place_ref": None}, [Rule.LOCATION_NOT_IN_PMS, Rule.NOTHING_FITS]),
        ({"services": (build.service(pms_ref=None),)}, [Rule.SERVICE_NOT_IN_PMS, Rule.NOTHING_FITS]),
    ],
)
def test_whoever_asks_who_would_fit_reads_what_is_missing(lacking: dict[str, Any], rules: list[Rule]) -> None:
    obstacles = what_stands_in_the_way(
        slot=SLOT, matrix=build.matrix(**lacking), day=build.day(), candidates=1, now=NINE, policy=POLICY
    )

    assert [one.rule for one in obstacles] == rules
