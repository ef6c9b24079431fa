"""A policy as a document: there and back, and every error at once."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.policy import (
    BookingPolicy,
    ContactPolicy,
    GapFillPolicy,
    Pace,
    PracticePolicy,
    TaskPolicy,
    Weights,
)
from models.policy_json import PolicyInvalid, policy_from_json, policy_to_json

#: To the second, as documents write them.
_lengths = st.integers(1, 10**7).map(lambda seconds: timedelta(seconds=seconds))
_times = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60))
_weights = st.builds(Weights, **{one.name: st.floats(0, 100, allow_nan=False) for one in fields(Weights)})
_policies = st.builds(
    PracticePolicy,
    gap_fill=st.builds(
        GapFillPolicy,
        pace=st.sampled_from(Pace),
        offer_window=_lengths,
        settling_delay=_lengths,
        wave_size=st.integers(1, 20),
        person_first_cents=st.none() | st.integers(0, 10**7),
        weights=_weights,
    ),
    booking=st.builds(BookingPolicy, reminders=st.lists(_lengths, max_size=4).map(tuple)),
    contact=st.builds(
        ContactPolicy,
        quiet_from=_times,
        quiet_until=_times,
        approved_channels=st.lists(st.sampled_from(("sms", "email", "voice")), max_size=3).map(tuple),
        answers_ignore_quiet_hours=st.booleans(),
    ),
    task=st.builds(TaskPolicy, due_after=_lengths),
)


@settings(deadline=None)
@given(_policies)
def test_a_policy_comes_back_from_its_document_as_it_was(policy: PracticePolicy) -> None:
    assert policy_from_json(json.loads(json.dumps(policy_to_json(policy)))) == policy


def test_what_is_left_out_keeps_its_default() -> None:
    assert policy_from_json({}) == PracticePolicy()
    assert policy_from_json({"gap_fill": {"wave_size": 5}}) == PracticePolicy(gap_fill=GapFillPolicy(wave_size=5))


def test_a_time_of_day_that_yaml_made_a_number_is_understood() -> None:
    assert policy_from_json({"contact": {"quiet_from": 20 * 60 + 30}}).contact.quiet_from == time(20, 30)


def test_every_error_is_named_by_its_field() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        policy_from_json(
            {
                "gap_fill": {"offer_window": 10, "pace": "slow", "wave_size": 2.5, "weights": {"losses": -1}},
                "booking": {"reminders": ["48 h", "soon"]},
                "contact": {"answers_ignore_quiet_hours": "often", "approved_channels": "sms"},
                "taks": {},
            }
        )

    assert [path for path, _ in caught.value.errors] == [
        "taks",
        "gap_fill.pace",
        "gap_fill.wave_size",
        "gap_fill.offer_window",
        "gap_fill.weights.losses",
        "booking.reminders[1]",
        "contact.approved_channels",
        "contact.answers_ignore_quiet_hours",
    ]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"gap_fill": {"wave_size": 0}}, "gap_fill.wave_size"),
        ({"gap_fill": {"offer_window": "0 min"}}, "gap_fill.offer_window"),
        ({"contact": {"approved_channels": ["sms", "pigeon"]}}, "contact.approved_channels"),
    ],
)
def test_what_no_journey_could_live_with_is_refused(document: dict[str, object], path: str) -> None:
    with pytest.raises(PolicyInvalid, match=path):
        policy_from_json(document)
