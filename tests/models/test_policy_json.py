"""A policy as a document: there and back, and every error at once."""

from __future__ import annotations

import json
import math
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
from models.policy_json import PolicyInvalid, new_policy_from_json, policy_from_json, policy_to_json

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


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *(("contact.quiet_from", value) for value in (20, 1200, 1440, 20.5, True, None, "20", "20:00Z", "25:00", "")),
        *(
            ("gap_fill.wave_size", value)
            for value in (math.inf, math.nan, -1, 10**400, 1e300, "010", "1_000", True, 2.5)
        ),
        *(("gap_fill.weights.losses", value) for value in (math.inf, -math.inf, math.nan, 10**10, "3")),
        *(
            ("gap_fill.offer_window", value)
            for value in (10, "10", "9999999999 days", "1e9 h", math.inf, "-5 min", "0 min")
        ),
    ],
)
def test_a_value_that_means_something_else_is_an_error_at_its_field(path: str, value: object) -> None:
    document: object = value
    for name in reversed(path.split(".")):
        document = {name: document}
    assert isinstance(document, dict)

    with pytest.raises(PolicyInvalid) as caught:
        policy_from_json(document)

    assert [at for at, _ in caught.value.errors] == [path]


@pytest.mark.parametrize(
    ("contact", "path"),
    [
        ({"quiet_from": "20:00", "quiet_until": "20:00"}, "contact.quiet_until"),
        ({"quiet_from": "08:00", "quiet_until": "20:00"}, "contact.quiet_from"),
        ({"quiet_from": "00:00", "quiet_until": "08:00"}, "contact.quiet_from"),
        ({"quiet_from": "24:00", "quiet_until": "08:00"}, "contact.quiet_from"),
        ({"quiet_from": "22:00"}, "contact.quiet_from"),
        ({"quiet_until": "06:00"}, "contact.quiet_until"),
    ],
)
def test_hours_in_which_nobody_may_be_texted_are_not_opened(contact: dict[str, object], path: str) -> None:
    """Equal or swapped, they would have clients woken at night; a policy kept before is served all the same."""
    with pytest.raises(PolicyInvalid, match="8:00 to 21:00") as caught:
        new_policy_from_json({"contact": contact})

    assert [at for at, _ in caught.value.errors] == [path]
    assert policy_from_json({"contact": contact}) is not None


@pytest.mark.parametrize(("quiet_from", "quiet_until"), [("20:00", "08:00"), ("9 pm", "8 am"), ("18:30", "10:00")])
def test_hours_within_the_law_are_the_practices_choice(quiet_from: str, quiet_until: str) -> None:
    assert new_policy_from_json({"contact": {"quiet_from": quiet_from, "quiet_until": quiet_until}})


def test_a_reminder_at_no_distance_from_its_visit_is_refused() -> None:
    with pytest.raises(PolicyInvalid, match=r"booking.reminders\[1\]"):
        new_policy_from_json({"booking": {"reminders": ["48 h", "0 min"]}})
