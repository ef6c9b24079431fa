"""What the words are made of, and the few phrases all journeys share.

A text fits a lock screen: practice, date, time, the provider's first name, a link. Never the client's own name,
never a treatment unless the practice may and chose to name it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.messages.segments import plain
from domain.people import Channel

STOP_LINE = "Reply STOP to opt out."
#: From here on a bare date could be taken for another year's.
SAY_THE_YEAR = timedelta(days=300)


@dataclass(frozen=True, kw_only=True)
class Words:
    """A message ready to send; only e-mails have a subject."""

    text: str
    subject: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The practice as its clients know it. `phone` is the number to call, where there is one."""

    practice: str
    phone: str | None = None
    #: The connection has a BAA on file and the practice chose to name treatments.
    may_name_services: bool = False


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """When, with whom, where; `zone` is the location's."""

    start: datetime
    zone: str
    #: The provider's first name.
    provider: str | None = None
    #: Only where the practice has several.
    location: str | None = None
    services: tuple[str, ...] = ()
    #: The client's own zone; where it shows another time, the text names the zone it speaks in.
    client_zone: str | None = None
    #: The place is none of ours and could be in another zone: the text names the one it speaks in.
    names_zone: bool = False


def when(visit: VisitFacts, *, now: datetime, channel: Channel = Channel.SMS) -> str:
    """ "tomorrow (Tue Nov 24) at 2:00 PM": the location's wall time, with its zone where it could be misread."""
    tz = ZoneInfo(visit.zone)
    start, today = visit.start.astimezone(tz), now.astimezone(tz)
    day = f"{start:%a %b} {start.day}"
    if visit.start - now >= SAY_THE_YEAR:
        day += f" {start.year}"
    nearness = {0: "today", 1: "tomorrow"}.get((start.date() - today.date()).days)
    if nearness:
        day = f"{nearness} ({day})"
    return f"{day} at {clock_time(visit.start, visit.zone)}{_zone_name(visit, channel)}"


def clock_time(at: datetime, zone: str) -> str:
    """ "2:00 PM" on the wall of that zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


def until(at: datetime, *, visit: VisitFacts, now: datetime, channel: Channel = Channel.SMS) -> str:
    """ "10:42 AM" in the visit's zone, with its day when that is not today.

    A text names the zone once, with the visit itself.
    """
    local = at.astimezone(ZoneInfo(visit.zone))
    day = "" if local.date() == now.astimezone(ZoneInfo(visit.zone)).date() else f"{local:%a} "
    zone_name = _zone_name(replace(visit, start=at), channel) if channel is Channel.EMAIL else ""
    return f"{day}{clock_time(at, visit.zone)}{zone_name}"


def visit_words(sender: Sender, visit: VisitFacts, *, now: datetime, channel: Channel = Channel.SMS) -> str:
    """The visit in one breath: when, with whom, where, and for what where that may be said."""
    words = when(visit, now=now, channel=channel)
    if visit.provider:
        words += f" with {visit.provider}"
    if visit.location:
        words += f" at {visit.location}"
    if sender.may_name_services and visit.services:
        words += f" ({', '.join(visit.services)})"
    return words


def call_us(sender: Sender, *, otherwise: str = "contact us") -> str:
    return f"call {sender.phone}" if sender.phone else otherwise


def compose(sender: Sender, sentences: list[str], *, channel: Channel, subject: str, first_text: bool = False) -> Words:
    """A text that starts with the practice's name, or an e-mail signed with it. Empty sentences fall away.

    `first_text`: the first this phone gets from us says how to opt out.
    """
    said = [sentence for sentence in sentences if sentence]
    if channel is Channel.EMAIL:
        signature = sender.practice + (f"\n{sender.phone}" if sender.phone else "")
        return Words(
            text="Hello,\n\n" + "\n\n".join(said) + f"\n\n{signature}", subject=f"{sender.practice}: {subject}"
        )
    if first_text:
        said.append(STOP_LINE)
    return Words(text=plain(f"{sender.practice}: " + " ".join(said)))


def _zone_name(visit: VisitFacts, channel: Channel) -> str:
    local = visit.start.astimezone(ZoneInfo(visit.zone))
    elsewhere = (
        visit.client_zone is not None
        and visit.start.astimezone(ZoneInfo(visit.client_zone)).utcoffset() != local.utcoffset()
    )
    # An e-mail is read anywhere and may be read much later; a text has less room.
    if not elsewhere and not visit.names_zone and channel is not Channel.EMAIL:
        return ""
    name = local.tzname() or ""
    return f" {name}" if name.isalpha() else " local time"
