"""What a practice decides for itself: every duration, number and weight a journey uses.

Read from the practice's YAML, kept as JSON in one row, and loaded by activities. Durations are practice time.
The defaults are start values from FIELD.md; the practice signs them off.

A practice may say any field otherwise for a location, for a service, and for a service at a location: `policy_for`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast


class Pace(StrEnum):
    """How many clients are asked at once."""

    ONE_AT_A_TIME = "one_at_a_time"
    WAVES = "waves"
    EVERYONE = "everyone"


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Share of each factor in a candidate's score; each factor is between 0 and 1 before weighting."""

    priority: float = 5.0
    flexibility: float = 1.0
    #: Asked lately counts against: 0 just after an offer, 1 after `recency_horizon`.
    recency: float = 2.0
    losses: float = 3.0
    #: Taken off for offers left without an answer: 0 without any, 1 after `unanswered_horizon` of them.
    unanswered: float = 6.0
    waiting: float = 1.5
    preferred_provider: float = 0.5


@dataclass(frozen=True, kw_only=True)
class GapFillPolicy:
    settling_delay: timedelta = timedelta(seconds=30)
    pace: Pace = Pace.ONE_AT_A_TIME
    wave_size: int = 3
    #: Ten minutes is the field's usual window; 60 % of answers come within the hour (FIELD.md 1.2, E7).
    offer_window: timedelta = timedelta(minutes=10)
    #: An opening closer than this is not worth texting about.
    lead_time: timedelta = timedelta(minutes=60)
    #: A no-show is an opening only while at least this much of the visit is left … counted from now.
    no_show_remaining: timedelta = timedelta(minutes=30)
    max_offers: int = 20
    max_waves: int = 10
    #: At this price or with a high-value service a person decides first.
    person_first_cents: int | None = 100_000
    #: Openings freed by winners who give up a later visit, at most so many in a row.
    chain_depth: int = 2
    #: Only openings that start within this are filled from the waitlist at once.
    horizon: timedelta = timedelta(days=30)
    recency_horizon: timedelta = timedelta(days=7)
    waiting_horizon: timedelta = timedelta(days=60)
    losses_horizon: int = 3
    #: So long a yes in vain counts, less from day to day.
    loss_counts_for: timedelta = timedelta(days=30)
    unanswered_horizon: int = 3
    #: So long an unanswered offer counts, less from day to day.
    unanswered_counts_for: timedelta = timedelta(days=30)
    #: After so many NOs of a client to offers for one wish, they are asked once which days and hours suit them, instead
    #: of the next offer. Zero: nobody is asked.
    when_suits_after: int = 2
    #: So long nothing is offered for that wish while they have not answered; then offers go on.
    when_suits_window: timedelta = timedelta(hours=24)
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, kw_only=True)
class PatiencePolicy:
    """How long a vendor's silence is borne before somebody is told."""

    #: How long a winner waits before hearing "we are booking it for you".
    booking_note_after: timedelta = timedelta(seconds=20)
    #: Of every journey's calls to a vendor.
    pms_give_up: timedelta = timedelta(minutes=20)
    pms_give_up_before_start: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class PlacingPolicy:
    """Where in free time a visit may be put."""

    #: Visits start on these marks of the clock, or right where a free stretch begins.
    start_grid: timedelta = timedelta(minutes=15)
    #: What is left of a chair that is shorter than this is nobody's visit.
    smallest_opening: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class BuffersPolicy:
    """Time kept free beside what each service asks for."""

    #: At least so long between two services of one visit. Freed stretches no further apart are one opening.
    between_services: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class BookingPolicy:
    #: How long before the visit a reminder goes out, longest first.
    reminders: tuple[timedelta, ...] = (timedelta(hours=48), timedelta(hours=2))
    merge_within: timedelta = timedelta(hours=6)
    #: A cancellation undone within this goes on as the same booking.
    settling_delay: timedelta = timedelta(seconds=30)
    #: After the visit's end without a word from the PMS the booking closes itself.
    close_after_end: timedelta = timedelta(hours=24)
    #: News of a visit that quiet hours would bring closer to it than this comes too late: a reminder goes out the
    #: evening before, other news by another channel or through a person.
    least_notice: timedelta = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class ContactPolicy:
    """When and how often a client may hear from us; wall time where the client is."""

    #: Federal 8–21, stricter states 8–20 (vendors/twilio.md §11).
    quiet_from: time = time(20, 0)
    quiet_until: time = time(8, 0)
    offers_per_day: int = 3
    offers_per_week: int = 6
    #: Of what we start ourselves: offers and nudges. News of a visit, closings and answers are outside all three.
    messages_per_day: int = 8
    #: Text channels approved by the owner.
    approved_channels: tuple[str, ...] = ("sms", "email")
    approved_templates: tuple[str, ...] = ("*",)
    #: Texts and mails begin with the client's own first name.
    greet_by_first_name: bool = True
    #: The client's answer gets an answer, whatever the hour.
    answers_ignore_quiet_hours: bool = True
    #: An e-mail about one's own visit wakes nobody, and people expect it at once.
    emails_ignore_quiet_hours: bool = True


@dataclass(frozen=True, kw_only=True)
class TaskPolicy:
    #: A person's deadline, and what happens then is the task's safe default.
    due_after: timedelta = timedelta(hours=2)
    remind_after: timedelta = timedelta(minutes=30)
    #: A task that a client waits for does not end at its deadline. It is brought up again there, once more after so
    #: long, and then each time after twice as long.
    alert_again_after: timedelta = timedelta(hours=12)
    #: So many tasks within so long share one card. A person reads three cards one by one; of twenty they miss some, and
    #: Slack takes about one message a second in a channel.
    bundle_from: int = 4
    bundle_within: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class AnswersPolicy:
    """What answers to a client's questions may say by themselves: in drafts, and to who wants another time."""

    say_prices: bool = True
    #: How many free times are named; none leaves them to a person.
    free_times: int = 3
    #: So far ahead of what a client was offered, or of today, a free time is looked for.
    free_times_within: timedelta = timedelta(days=7)
    #: Who asks for another time hears at once what is free; a person moves the visit.
    reschedule_at_once: bool = True


@dataclass(frozen=True, kw_only=True)
class PolicyLayer:
    """What is otherwise for a location, for a service, or for a service at a location: values by their path
    ("gap_fill.offer_window")."""

    location_id: int | None
    service_id: int | None
    values: tuple[tuple[str, Any], ...]

    def value(self, path: str) -> object:
        """Raises `KeyError` where it says nothing of that field."""
        return dict(self.values)[path]

    def says(self, path: str) -> bool:
        return any(said == path for said, _ in self.values)


@dataclass(frozen=True, kw_only=True)
class PolicySections:
    gap_fill: GapFillPolicy = field(default_factory=GapFillPolicy)
    patience: PatiencePolicy = field(default_factory=PatiencePolicy)
    placing: PlacingPolicy = field(default_factory=PlacingPolicy)
    buffers: BuffersPolicy = field(default_factory=BuffersPolicy)
    booking: BookingPolicy = field(default_factory=BookingPolicy)
    contact: ContactPolicy = field(default_factory=ContactPolicy)
    task: TaskPolicy = field(default_factory=TaskPolicy)
    answers: AnswersPolicy = field(default_factory=AnswersPolicy)


@dataclass(frozen=True, kw_only=True)
class PracticePolicy(PolicySections):
    """A practice's policy; as kept, or as `policy_for` made it for one place and some services."""

    layers: tuple[PolicyLayer, ...] = ()
    #: The place it was made for; None where it is the practice's own.
    location_id: int | None = None
    #: The practice's own sections, where these are those of a place or service.
    whole: PolicySections | None = None


def policy_for(
    policy: PracticePolicy, *, location_id: int | None = None, service_ids: Iterable[int | None] = ()
) -> PracticePolicy:
    """What holds at that place for those services, whatever `policy` was made for before.

    The nearest wins, field by field: what is said for a service at a location, then for the service, then for the
    location, then for the practice. A service comes before a location because it says what a treatment needs, which
    is the same everywhere; who wants it otherwise somewhere says so for both. Of several services that say a field, the
    one that comes first in the visit is followed.
    """
    if not policy.layers:
        return policy
    return _resolved(policy, location_id, tuple(one for one in dict.fromkeys(service_ids) if one is not None))


def policy_for_services(policy: PracticePolicy, service_ids: Iterable[int | None]) -> PracticePolicy:
    """`policy_for` at the place that `policy` was made for."""
    return policy_for(policy, location_id=policy.location_id, service_ids=service_ids)


def layer_that_decides(
    policy: PracticePolicy, path: str, *, location_id: int | None = None, service_ids: Iterable[int] = ()
) -> PolicyLayer | None:
    """Where the value of a field comes from then; None for the practice's own."""
    near_to_far = reversed(tuple(_far_to_near(policy.layers, location_id, tuple(service_ids))))
    return next((layer for layer in near_to_far if layer.says(path)), None)


@lru_cache(maxsize=1024)
def _resolved(policy: PracticePolicy, location_id: int | None, service_ids: tuple[int, ...]) -> PracticePolicy:
    whole = policy.whole or policy
    made = replace(
        policy,
        **{name: getattr(whole, name) for name in PolicySections.__dataclass_fields__},
        location_id=location_id,
        whole=whole,
    )
    for layer in _far_to_near(policy.layers, location_id, service_ids):
        for path, value in layer.values:
            made = _with(made, path.split("."), value)
    return made


def _far_to_near(
    layers: tuple[PolicyLayer, ...], location_id: int | None, service_ids: tuple[int, ...]
) -> Iterator[PolicyLayer]:
    def said(place: int | None, service: int | None) -> Iterator[PolicyLayer]:
        return (one for one in layers if (one.location_id, one.service_id) == (place, service))

    if location_id is not None:
        yield from said(location_id, None)
    for service_id in reversed(service_ids):
        yield from said(None, service_id)
    if location_id is not None:
        for service_id in reversed(service_ids):
            yield from said(location_id, service_id)


SectionT = TypeVar("SectionT")


def _with(section: SectionT, path: list[str], value: object) -> SectionT:
    name, *rest = path
    changes: dict[str, Any] = {name: _with(getattr(section, name), rest, value) if rest else value}
    changed: SectionT = replace(cast(Any, section), **changes)
    return changed
