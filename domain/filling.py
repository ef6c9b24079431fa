"""Whether an opening is worth filling, how many to ask at once, how long they have, and when to stop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from domain.catalogue import Service
from domain.clients import Channel, Client, MessageKind, WaitlistEntry
from domain.placing import Slot
from domain.policy import GapFillPolicy, Pace
from domain.rejections import Rejection, Rule


def worth_filling(
    *, slot: Slot, services: tuple[Service, ...], candidates: int, now: datetime, policy: GapFillPolicy
) -> Rejection | None:
    """None when it is; else the rule that says no.

    `services` are those that fit the slot, `candidates` how many clients do.
    """
    if slot.during.end <= now:
        return Rejection(rule=Rule.PAST, words="The time is over.")
    if slot.during.start > now + policy.horizon:
        days = policy.horizon.days
        return Rejection(
            rule=Rule.HORIZON, words=f"It is more than {days} days away; ordinary booking may still fill it."
        )
    if not services:
        words = "No service fits: none that this provider may give has time, a room and a device."
        return Rejection(rule=Rule.NOTHING_FITS, words=words)
    if now > offers_until(slot=slot, services=services, policy=policy):
        minutes = int(policy.lead_time.total_seconds() // 60)
        return Rejection(rule=Rule.LEAD_TIME, words=f"It starts in less than {minutes} minutes: too late to ask.")
    if candidates == 0:
        return Rejection(rule=Rule.NO_CANDIDATE, words="Nobody on the waitlist fits.")
    return None


def offers_until(*, slot: Slot, services: tuple[Service, ...], policy: GapFillPolicy) -> datetime:
    """The last moment for an offer: lead time before the latest start that still leaves room for the shortest service.

    For an ordinary opening that is lead time before its start; a long one can still be used later in the day.
    """
    shortest = min((service.duration for service in services), default=slot.during.length)
    return max(slot.during.start, slot.during.end - shortest) - policy.lead_time


def wave_size(*, policy: GapFillPolicy, now: datetime, slot_start: datetime, offers_sent: int) -> int:
    """How many clients to ask now; nobody once the lead time has begun or the opening's offers are used up."""
    left = max(0, policy.max_offers - offers_sent)
    if now >= slot_start - policy.lead_time:
        return 0
    match policy.pace:
        case Pace.ONE_AT_A_TIME:
            return min(1, left)
        case Pace.WAVES:
            return min(policy.wave_size, left)
        case Pace.EVERYONE:
            return left


def window_end(*, sent_at: datetime, policy: GapFillPolicy, slot_start: datetime) -> datetime:
    """Until when a client may answer before the next are asked: never past the lead time, never before the sending."""
    return max(sent_at, min(sent_at + policy.offer_window, slot_start - policy.lead_time))


def needs_person_first(*, services: tuple[Service, ...], clients_vip: bool, policy: GapFillPolicy) -> str | None:
    """Why a person decides before anybody is asked, or None.

    `services` are what would be given; `clients_vip` says that VIPs tie for the first place.
    """
    if clients_vip:
        return "Several VIP clients stand first with the same right to it."
    if any(service.high_value for service in services):
        return "The time could go to a high-value service."
    price = sum(service.price_cents for service in services)
    if policy.person_first_cents is not None and price >= policy.person_first_cents:
        return f"It is worth ${price // 100:,}, which the practice wants a person to decide."
    return None


def give_up_writing_at(
    *, claimed_at: datetime, slot_start: datetime, give_up: timedelta, before_start: timedelta
) -> datetime:
    """Until when the PMS is tried before a person takes over."""
    return max(claimed_at, min(claimed_at + give_up, slot_start - before_start))


def waits_for_more(*, client: Client, active: Iterable[WaitlistEntry], on: date) -> bool:
    """Whether this client may be offered something later: only then are they told that they are still on the list.

    `active` are their entries in that state, `on` is today where the practice is.
    """
    reachable = client.phone is not None and Channel.SMS not in client.opted_out | client.undeliverable
    if not reachable or not client.consent.allows(Channel.SMS, MessageKind.OFFER):
        return False
    return any(entry.latest_date is None or entry.latest_date >= on for entry in active)
