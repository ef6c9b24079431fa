"""When reminders go out: the right time before the visit, never at night, never two in one breath, never too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.contact import last_allowed, next_allowed
from domain.policy import BookingPolicy, ContactPolicy
from domain.wall_time import ONE_DAY, days_earlier

#: A reminder brought forward to the evening leaves the practice a quarter of an hour before quiet hours begin.
BEFORE_QUIET = timedelta(minutes=15)


def last_useful(
    *,
    start: datetime,
    now: datetime,
    booking: BookingPolicy,
    before: datetime | None = None,
    lead: timedelta | None = None,
) -> datetime:
    """Until when news of a visit still helps its client: time enough to leave home, or to stay there.

    `before`: for a move, the start the client knows, where they would come too early. `lead`: of a reminder, half of
    which is enough.
    """
    notice = booking.least_notice if lead is None else min(lead / 2, booking.least_notice)
    expected = start if before is None or before <= now else min(start, before)
    return expected - notice


@dataclass(frozen=True, kw_only=True)
class PlannedTouch:
    """A reminder to come; `lead` names it, `at` is when it goes out, quiet hours minded."""

    kind: str = "reminder"
    lead: timedelta
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A reminder that will not go out, and why."""

    lead: timedelta
    reason: str


def plan_reminders(
    *,
    start: datetime,
    now: datetime,
    zones: tuple[str, ...],
    booking: BookingPolicy,
    contact: ContactPolicy,
    last_said: datetime | None = None,
) -> tuple[PlannedTouch | Skipped, ...]:
    """Every reminder of the policy, longest lead first, planned or skipped with its reason.

    `zones`: the location's first, then the client's own where known. Of two that come too close the later is kept:
    it is the one that helps a client who is on the way. `last_said` is when the client heard of the visit as a whole
    (confirmation, move): a reminder soon after it is merged with that.
    """
    plan = [
        _not_just_said(
            _planned(lead=lead, start=start, now=now, zones=zones, booking=booking, contact=contact),
            last_said,
            booking.merge_within,
        )
        for lead in sorted(set(booking.reminders), reverse=True)
    ]
    merged: list[PlannedTouch | Skipped] = []
    following: PlannedTouch | None = None
    for touch in reversed(plan):
        if isinstance(touch, PlannedTouch):
            if following is not None and following.at - touch.at <= booking.merge_within:
                reason = f"Merged with the reminder {in_words(following.lead)} before, which follows closely."
                touch = Skipped(lead=touch.lead, reason=reason)
            else:
                following = touch
        merged.append(touch)
    return tuple(reversed(merged))


def _not_just_said(
    touch: PlannedTouch | Skipped, last_said: datetime | None, merge_within: timedelta
) -> PlannedTouch | Skipped:
    if isinstance(touch, PlannedTouch) and last_said is not None and touch.at - last_said <= merge_within:
        return Skipped(lead=touch.lead, reason="Merged with the confirmation, which went out shortly before.")
    return touch


def _planned(
    *,
    lead: timedelta,
    start: datetime,
    now: datetime,
    zones: tuple[str, ...],
    booking: BookingPolicy,
    contact: ContactPolicy,
) -> PlannedTouch | Skipped:
    at = _before(start, lead, zones[0])
    if at < now:
        return Skipped(lead=lead, reason=f"{in_words(lead).capitalize()} before the visit had passed already.")
    allowed = next_allowed(at=at, zones=zones, policy=contact)
    if allowed > last_useful(start=start, now=now, booking=booking, lead=lead):
        evening = last_allowed(at=at, zones=zones, policy=contact, margin=BEFORE_QUIET)
        if evening is not None and evening >= now:
            allowed = evening
        elif allowed >= start:
            return Skipped(lead=lead, reason="Quiet hours last until the visit.")
    return PlannedTouch(lead=lead, at=allowed)


def _before(start: datetime, lead: timedelta, zone: str) -> datetime:
    """Whole days count on the wall, so that a clock change moves no reminder; hours count as they pass."""
    if lead >= ONE_DAY and lead % ONE_DAY == timedelta():
        return days_earlier(start, lead // ONE_DAY, zone)
    return start - lead


def in_words(lead: timedelta) -> str:
    """ "48 hours", "90 minutes"."""
    minutes = int(lead.total_seconds() // 60)
    count, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{count} {unit}{'' if count == 1 else 's'}"
