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
    BuffersPolicy,
    ContactPolicy,
    GapFillPolicy,
    Pace,
    PatiencePolicy,
    PracticePolicy,
    TaskPolicy,
    Weights,
)
from models.policy_json import (
    PolicyInvalid,
    layer_from_json,
    moved,
    new_policy_from_json,
    policy_from_json,
    policy_to_json,
)

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


def test_a_grid_finer_than_a_minute_is_refused() -> None:
    with pytest.raises(PolicyInvalid, match=r"placing.start_grid: must be at least 1 min"):
        new_policy_from_json({"placing": {"start_grid": "1 s"}})


LAYERED = {
    "gap_fill": {"offer_window": "10 min"},
    "layers": [
        {"location": 1, "service": None, "policy": {"contact": {"quiet_from": "19:00"}}},
        {"location": None, "service": 7, "policy": {"booking": {"reminders": ["24 h"]}, "gap_fill": {"lead_time": 0}}},
    ],
}


def test_what_is_otherwise_for_places_and_services_comes_back_as_it_was() -> None:
    policy = policy_from_json(LAYERED)

    assert [(one.location_id, one.service_id, dict(one.values)) for one in policy.layers] == [
        (1, None, {"contact.quiet_from": time(19)}),
        (None, 7, {"booking.reminders": (timedelta(days=1),), "gap_fill.lead_time": timedelta()}),
    ]
    assert policy_from_json(json.loads(json.dumps(policy_to_json(policy)))) == policy


def test_fields_that_moved_are_read_where_they_were() -> None:
    old = {"gap_fill": {"pms_give_up": "5 min", "segment_buffer": "20 min", "wave_size": 2}}

    policy = policy_from_json(old)

    assert policy.patience == PatiencePolicy(pms_give_up=timedelta(minutes=5))
    assert policy.buffers == BuffersPolicy(between_services=timedelta(minutes=20))
    assert policy.gap_fill == GapFillPolicy(wave_size=2)
    assert moved(old) == (
        ("gap_fill.pms_give_up", "patience.pms_give_up"),
        ("gap_fill.segment_buffer", "buffers.between_services"),
    )


def test_a_field_that_moved_is_said_once() -> None:
    both = {"gap_fill": {"pms_give_up": "5 min"}, "patience": {"pms_give_up": "6 min"}}

    with pytest.raises(PolicyInvalid) as invalid:
        policy_from_json(both)

    assert invalid.value.errors == (
        ("gap_fill.pms_give_up", "is now patience.pms_give_up, which is said as well; say it once"),
    )


@pytest.mark.parametrize(
    ("said", "path", "words"),
    [
        ({"gap_fill": {"wave_sise": 3}}, "gap_fill.wave_sise", "there is no such field; did you mean wave_size?"),
        ({"gap_fill": {"lead_time": 60}}, "gap_fill.lead_time", '60 does not say of what; write it like "60 min"'),
        ({"gap_fil": {}}, "gap_fil", "there is no such field; did you mean gap_fill?"),
        ({"gap_fill": 3}, "gap_fill", "must be a group of fields, not 3"),
        (3, "", "must be a group of fields, not 3"),
        (
            {"gap_fill": {"lead_time": None}},
            "gap_fill.lead_time",
            'nothing is no length of time; write it like "30 min", "2 h" or "84 days"',
        ),
        (
            {"task": {"due_after": True}},
            "task.due_after",
            'yes is no length of time; write it like "30 min", "2 h" or "84 days"',
        ),
        ({"contact": {"quiet_from": []}}, "contact.quiet_from", 'a list is no time of day; write it like "20:00"'),
        ({"gap_fill": {"wave_size": {}}}, "gap_fill.wave_size", "must be a whole number, not a group of fields"),
    ],
)
def test_what_is_wrong_in_a_layer_is_told_at_its_field(said: object, path: str, words: str) -> None:
    with pytest.raises(PolicyInvalid) as invalid:
        layer_from_json(said, location_id=1, service_id=None)

    assert invalid.value.errors == ((path, words),)


def test_hours_that_would_be_unlawful_only_together_are_refused() -> None:
    layers = [
        {"location": 1, "service": None, "policy": {"contact": {"quiet_until": "07:00"}}},
        {"location": None, "service": 7, "policy": {"contact": {"quiet_from": "22:00"}}},
    ]

    with pytest.raises(PolicyInvalid) as invalid:
        new_policy_from_json({"layers": layers})

    assert [path for path, _ in invalid.value.errors] == ["contact.quiet_from", "contact.quiet_until"]
