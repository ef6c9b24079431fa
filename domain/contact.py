"""Whether a message may reach a client now: the verdict of the one gate.

A verdict is a value: send, hold until, or suppress because. Opt-out, consent and approval never wait; quiet hours
only ever hold. Contact caps hold for what we start ourselves (`domain.client_notices.STARTED_BY_US`): what a client is
owed uses none up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.client_notices import Notice
from domain.clients import Channel, Client, MessageKind
from domain.policy import ContactPolicy
from domain.ranges import TimeRange
from domain.wall_time import MIDNIGHT, local_date, merged, wall_ranges


class Why(StrEnum):
    """Why a message was suppressed; the code stands in records and metrics."""

    NO_ADDRESS = "no_address"
    OPTED_OUT = "opted_out"
    UNDELIVERABLE = "undeliverable"
    NO_CONSENT = "no_consent"
    CHANNEL_NOT_APPROVED = "channel_not_approved"
    TEMPLATE_NOT_APPROVED = "template_not_approved"
    CAPPED_MESSAGES_TODAY = "capped_messages_today"
    CAPPED_OFFERS_TODAY = "capped_offers_today"
    CAPPED_OFFERS_THIS_WEEK = "capped_offers_this_week"


@dataclass(frozen=True, kw_only=True)
class Send:
    """Nothing stands in the way."""


@dataclass(frozen=True, kw_only=True)
class HoldUntil:
    """Not at this hour; `at` is the first instant at which it may go."""

    at: datetime
    words: str


@dataclass(frozen=True, kw_only=True)
class Suppress:
    """It will not be sent."""

    reason: Why
    words: str


def may_send(
    *,
    channel: Channel,
    notice: Notice,
    template: str,
    client: Client,
    at: datetime,
    zones: tuple[str, ...],
    sent_today: int,
    offers_today: int,
    offers_this_week: int,
    policy: ContactPolicy,
    is_answer: bool,
    is_prompt: bool = True,
) -> Send | HoldUntil | Suppress:
    """The verdict on one message to one client.

    `zones`: the location's first, then the client's own where known; a message must be welcome in all of them.
    `sent_today`, `offers_today` and `offers_this_week` count what we started ourselves. `is_answer`: the client wrote
    and this answers them; then neither consent nor, by policy, the hour apply. An answer that is not `is_prompt` comes
    when nobody waits for it at the phone any more, and minds the hour.
    """
    address = client.email if channel is Channel.EMAIL else client.phone
    if address is None:
        return Suppress(reason=Why.NO_ADDRESS, words=f"No address for {channel} on file.")
    if channel in client.opted_out:
        return Suppress(reason=Why.OPTED_OUT, words=f"The client asked for no more messages by {channel}.")
    if channel in client.undeliverable:
        words = f"The carrier says that the address on file takes no messages by {channel}."
        return Suppress(reason=Why.UNDELIVERABLE, words=words)
    if not is_answer and not any(client.consent.allows(channel, kind) for kind in notice.agreed_by):
        words = f"The client has not agreed to {notice.kind} messages by {channel}."
        return Suppress(reason=Why.NO_CONSENT, words=words)
    if channel not in policy.approved_channels:
        return Suppress(reason=Why.CHANNEL_NOT_APPROVED, words=f"The owner has not approved messages by {channel}.")
    if "*" not in policy.approved_templates and template not in policy.approved_templates:
        return Suppress(reason=Why.TEMPLATE_NOT_APPROVED, words=f"The text “{template}” is not approved yet.")
    if not notice.is_owed and not is_answer:
        capped = _capped(notice.kind, sent_today, offers_today, offers_this_week, policy)
        if capped is not None:
            return capped
    if is_answer and is_prompt and policy.answers_ignore_quiet_hours:
        return Send()
    if channel is Channel.EMAIL and notice.is_owed and policy.emails_ignore_quiet_hours:
        return Send()
    allowed = next_allowed(at=at, zones=zones, policy=policy)
    if allowed > at:
        return HoldUntil(at=allowed, words="Quiet hours where the client is.")
    return Send()


def next_allowed(*, at: datetime, zones: tuple[str, ...], policy: ContactPolicy) -> datetime:
    """The first instant at or after `at` that is not quiet in any of the zones.

    Zones half a world apart may share no hour; then the last of them, the client's own, decides alone.
    """
    for stretch in _allowed(at, zones, policy, days_before=1, days_after=3):
        if stretch.end > at:
            return max(at, stretch.start)
    if len(zones) > 1:
        return next_allowed(at=at, zones=zones[-1:], policy=policy)
    return at


def last_allowed(*, at: datetime, zones: tuple[str, ...], policy: ContactPolicy, margin: timedelta) -> datetime | None:
    """The last instant at or before `at` that is not quiet and leaves `margin` until quiet hours begin."""
    before = [
        min(at, stretch.end - margin)
        for stretch in _allowed(at, zones, policy, days_before=3, days_after=1)
        if stretch.start <= min(at, stretch.end - margin)
    ]
    if before:
        return max(before)
    return last_allowed(at=at, zones=zones[-1:], policy=policy, margin=margin) if len(zones) > 1 else None


def _allowed(
    at: datetime, zones: tuple[str, ...], policy: ContactPolicy, *, days_before: int, days_after: int
) -> tuple[TimeRange, ...]:
    """The stretches around `at` that are not quiet in any zone, in order."""
    around = TimeRange(
        at.astimezone(UTC) - timedelta(days=days_before), at.astimezone(UTC) + timedelta(days=days_after)
    )
    common: tuple[TimeRange, ...] = (around,)
    for zone in zones:
        loud = _not_quiet(around, zone, policy)
        common = tuple(
            TimeRange(max(one.start, other.start), min(one.end, other.end))
            for one in common
            for other in loud
            if one.overlaps(other)
        )
    return common


def _not_quiet(around: TimeRange, zone: str, policy: ContactPolicy) -> tuple[TimeRange, ...]:
    """The waking hours of every local date the range touches; midnight does not part them."""
    quiet_from, quiet_until = policy.quiet_from, policy.quiet_until
    if quiet_from == quiet_until:
        return (around,)
    if quiet_from == MIDNIGHT or quiet_until < quiet_from:
        hours = [(quiet_until, quiet_from)]
    else:
        hours = [(MIDNIGHT, quiet_from), (quiet_until, MIDNIGHT)]
    found: list[TimeRange] = []
    on, last = local_date(around.start, zone), local_date(around.end, zone)
    while on <= last:
        for start, end in hours:
            found += wall_ranges(on=on, start=start, end=end, zone=zone)
        on += timedelta(days=1)
    return merged(found)


def _capped(
    kind: MessageKind, sent_today: int, offers_today: int, offers_this_week: int, policy: ContactPolicy
) -> Suppress | None:
    if sent_today >= policy.messages_per_day:
        words = f"The client had {sent_today} offers and nudges today, as many as a day may bring."
        return Suppress(reason=Why.CAPPED_MESSAGES_TODAY, words=words)
    if kind is not MessageKind.OFFER:
        return None
    if offers_today >= policy.offers_per_day:
        words = f"The client had {offers_today} offers today, as many as a day may bring."
        return Suppress(reason=Why.CAPPED_OFFERS_TODAY, words=words)
    if offers_this_week >= policy.offers_per_week:
        words = f"The client had {offers_this_week} offers this week, as many as a week may bring."
        return Suppress(reason=Why.CAPPED_OFFERS_THIS_WEEK, words=words)
    return None
