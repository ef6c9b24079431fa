"""Which value of the policy holds where: the nearest that is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from domain.policy import (
    ContactPolicy,
    GapFillPolicy,
    PolicyLayer,
    PracticePolicy,
    Weights,
    layer_that_decides,
    policy_for,
    policy_for_services,
)

UPTOWN, HARBOR, BOTOX, LASER = 1, 2, 10, 11
WINDOW = "gap_fill.offer_window"


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def layer(window: int, *, at: int | None = None, of: int | None = None) -> PolicyLayer:
    return PolicyLayer(location_id=at, service_id=of, values=((WINDOW, minutes(window)),))


PRACTICE = PracticePolicy(
    gap_fill=GapFillPolicy(offer_window=minutes(1)),
    layers=(layer(4, at=UPTOWN, of=BOTOX), layer(3, of=BOTOX), layer(2, at=UPTOWN), layer(5, of=LASER)),
)


@pytest.mark.parametrize(
    ("place", "services", "window"),
    [
        (None, (), 1),
        (HARBOR, (), 1),
        (UPTOWN, (), 2),
        (None, (BOTOX,), 3),
        (HARBOR, (BOTOX,), 3),
        (UPTOWN, (BOTOX,), 4),
        (UPTOWN, (LASER,), 5),
        (UPTOWN, (99,), 2),
    ],
)
def test_the_nearest_wins(place: int | None, services: tuple[int, ...], window: int) -> None:
    found = policy_for(PRACTICE, location_id=place, service_ids=services)

    assert found.gap_fill.offer_window == minutes(window)


def test_of_several_services_the_first_in_the_visit_is_followed() -> None:
    windows = [
        policy_for(PRACTICE, location_id=HARBOR, service_ids=visit).gap_fill.offer_window
        for visit in ((BOTOX, LASER), (LASER, BOTOX), (99, LASER), (None, LASER))
    ]

    assert windows == [minutes(3), minutes(5), minutes(5), minutes(5)]


def test_field_by_field_the_others_stay_as_they_are_said_further_away() -> None:
    said = (
        ("contact.quiet_from", time(19)),
        ("gap_fill.weights.losses", 9.0),
    )
    policy = PracticePolicy(
        gap_fill=GapFillPolicy(weights=Weights(priority=7.0)),
        contact=ContactPolicy(quiet_until=time(9)),
        layers=(PolicyLayer(location_id=UPTOWN, service_id=None, values=said), layer(3, of=BOTOX)),
    )

    found = policy_for(policy, location_id=UPTOWN, service_ids=(BOTOX,))

    assert found.contact == ContactPolicy(quiet_from=time(19), quiet_until=time(9))
    assert found.gap_fill == GapFillPolicy(offer_window=minutes(3), weights=Weights(priority=7.0, losses=9.0))


def test_what_was_made_for_one_place_can_be_asked_for_another() -> None:
    uptown = policy_for(PRACTICE, location_id=UPTOWN, service_ids=(BOTOX,))

    assert policy_for(uptown, location_id=HARBOR).gap_fill.offer_window == minutes(1)
    assert policy_for_services(uptown, (LASER,)) == policy_for(PRACTICE, location_id=UPTOWN, service_ids=(LASER,))
    assert policy_for_services(uptown, ()).gap_fill.offer_window == minutes(2)


def test_without_layers_there_is_one_policy() -> None:
    policy = replace(PRACTICE, layers=())

    assert policy_for(policy, location_id=UPTOWN, service_ids=(BOTOX,)) is policy


@pytest.mark.parametrize(
    ("place", "services", "decides"),
    [
        (UPTOWN, (BOTOX,), layer(4, at=UPTOWN, of=BOTOX)),
        (HARBOR, (BOTOX,), layer(3, of=BOTOX)),
        (UPTOWN, (99,), layer(2, at=UPTOWN)),
        (HARBOR, (), None),
    ],
)
def test_it_is_told_where_a_value_comes_from(
    place: int, services: tuple[int, ...], decides: PolicyLayer | None
) -> None:
    assert layer_that_decides(PRACTICE, WINDOW, location_id=place, service_ids=services) == decides
    assert layer_that_decides(PRACTICE, "gap_fill.pace", location_id=place, service_ids=services) is None
