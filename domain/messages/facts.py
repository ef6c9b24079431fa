"""What the words are made of, and the few phrases all journeys share.

A text fits a lock screen: practice, date, time, the provider's first name, a link, and the client's own first name
where the practice greets by name. Never a treatment unless the practice may and chose to name it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

from domain.clients import Channel, Language
from domain.messages.segments import cost, plain, unaccented
from domain.messages.translations import ENGLISH, PHRASES
from domain.wall_time import local_date

#: As staff read it in a draft.
STOP_LINE = ENGLISH.stop
#: From here on a bare date could be taken for another year's.
SAY_THE_YEAR = timedelta(days=300)


@dataclass(frozen=True, kw_only=True)
class Words:
    """A message ready to send; only e-mails have a subject."""

    text: str
    subject: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The practice as it speaks to one client. `phone` is the number to call, where there is one."""

    #: Short, as texts begin with it.
    practice: str
    phone: str | None = None
    #: The connection has a BAA on file and the practice chose to name treatments.
    may_name_services: bool = False
    #: The client's own first name, where the practice greets by it.
    greets: str | None = None
    language: Language = Language.ENGLISH
    #: The whole name, for those who ask who writes; none where the short one is all of it.
    full_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """When, for how long, with whom, where; `zone` is the location's."""

    start: datetime
    zone: str
    #: The provider's first name.
    provider: str | None = None
    #: Only where the practice has several.
    location: str | None = None
    #: Said where there is room for it: in e-mails.
    address: str | None = None
    services: tuple[str, ...] = ()
    #: The client's own zone; where it shows another time, the text names the zone it speaks in.
    client_zone: str | None = None
    #: The place is none of ours and could be in another zone: the text names the one it speaks in.
    names_zone: bool = False
    length: timedelta | None = None


def say(language: Language, phrase: str, *, channel: Channel = Channel.SMS, **parts: str) -> str:
    """One of `Phrases`, with its parts filled in. In a text our own words lose the accents
    that would cost a second alphabet; what is filled in, such as names, keeps every letter."""
    words: str = getattr(PHRASES[language], phrase)
    if channel is Channel.EMAIL:
        return words.format(**parts)
    pieces = (
        unaccented(literal) + (str(parts[field]) if field is not None else "")
        for literal, field, _, _ in Formatter().parse(words)
    )
    return "".join(pieces)


def when(
    visit: VisitFacts,
    *,
    now: datetime,
    channel: Channel = Channel.SMS,
    language: Language = Language.ENGLISH,
    near: bool = True,
) -> str:
    """ "tomorrow (Tue Nov 24) at 2:00 PM": the location's wall time, with its zone where it could be misread. `near`:
    whether today and tomorrow are named as well."""
    start = visit.start.astimezone(ZoneInfo(visit.zone))
    year = {"year": str(start.year)} if visit.start - now >= SAY_THE_YEAR else {}
    date = say(
        language,
        "date_and_year" if year else "date",
        channel=channel,
        weekday=_weekday(language, start, channel),
        month=_in_channel(PHRASES[language].months[start.month - 1], channel),
        day=str(start.day),
        **year,
    )
    nearness = {0: "today", 1: "tomorrow"}.get((start.date() - local_date(now, visit.zone)).days)
    if nearness and near:
        date = say(language, "near_date", channel=channel, near=say(language, nearness, channel=channel), date=date)
    clock = f"{clock_time(visit.start, visit.zone)}{_zone_name(language, visit, channel)}"
    return say(language, _moment(start), channel=channel, date=date, time=clock)


def _moment(local: datetime) -> str:
    return "moment_at_one" if local.hour % 12 == 1 else "moment"


def clock_time(at: datetime, zone: str) -> str:
    """ "2:00 PM" on the wall of that zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


def until(
    at: datetime,
    *,
    visit: VisitFacts,
    now: datetime,
    channel: Channel = Channel.SMS,
    language: Language = Language.ENGLISH,
    short: bool = False,
) -> str:
    """ "10:42 AM" in the visit's zone, with its day when that is not today. `short`: without what a language says
    around them ("las 10:42 AM").

    A text names the zone once, with the visit itself.
    """
    local = at.astimezone(ZoneInfo(visit.zone))
    same_day = local.date() == local_date(now, visit.zone)
    zone_name = _zone_name(language, replace(visit, start=at), channel) if channel is Channel.EMAIL else ""
    clock, weekday = f"{clock_time(at, visit.zone)}{zone_name}", _weekday(language, local, channel)
    if short:
        return clock if same_day else f"{weekday} {clock}"
    phrase = "deadline" if same_day else "deadline_on"
    at_one = "_at_one" if local.hour % 12 == 1 else ""
    return say(language, phrase + at_one, channel=channel, weekday=weekday, time=clock)


def length_words(length: timedelta) -> str:
    """ "45 min", "1 h 30 min"; the same in every language we speak."""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    return " ".join(words for count, words in ((hours, f"{hours} h"), (minutes, f"{minutes} min")) if count)


def visit_words(
    sender: Sender, visit: VisitFacts, *, now: datetime, channel: Channel = Channel.SMS, near: bool = True
) -> str:
    """The visit in one breath: when, with whom, where, and for what where that may be said."""
    language = sender.language
    words = when(visit, now=now, channel=channel, language=language, near=near)
    if visit.provider:
        words += say(language, "with_provider", channel=channel, provider=visit.provider)
    if visit.location:
        words += say(language, "at_location", channel=channel, location=visit.location)
    if sender.may_name_services and visit.services:
        words += f" ({', '.join(visit.services)})"
    return words


def call_us(sender: Sender, *, otherwise: str | None = None, channel: Channel = Channel.SMS) -> str:
    """How to reach the practice: by phone, else as `otherwise` says."""
    if sender.phone:
        return say(sender.language, "call", channel=channel, phone=sender.phone)
    return otherwise or say(sender.language, "contact_us", channel=channel)


@dataclass(frozen=True, kw_only=True)
class Voice:
    """The practice speaking to one client, on one channel, at one moment: what all messages are put together with."""

    sender: Sender
    #: Needed by whatever names a time.
    now: datetime | None = None
    channel: Channel = Channel.SMS

    def say(self, phrase: str, **parts: str) -> str:
        return say(self.sender.language, phrase, channel=self.channel, **parts)

    def when(self, visit: VisitFacts, *, near: bool = True) -> str:
        return when(visit, now=self._moment(), channel=self.channel, language=self.sender.language, near=near)

    def until(self, at: datetime, *, visit: VisitFacts, short: bool = False) -> str:
        now, language = self._moment(), self.sender.language
        return until(at, visit=visit, now=now, channel=self.channel, language=language, short=short)

    def visit(self, visit: VisitFacts, *, near: bool = True) -> str:
        return visit_words(self.sender, visit, now=self._moment(), channel=self.channel, near=near)

    def call_us(self, otherwise: str = "contact_us") -> str:
        """How to reach the practice: by phone, else by the phrase named `otherwise`."""
        return call_us(self.sender, otherwise=self.say(otherwise), channel=self.channel)

    def _moment(self) -> datetime:
        if self.now is None:
            raise ValueError("now: a message that names a time has to know when it is said")
        return self.now

    def compose(self, *sentences: str, subject: str = "", first_text: bool = False) -> Words:
        """A text that starts with the practice's name, or an e-mail signed with it. Empty sentences fall away;
        `subject` is the name of a phrase.

        `first_text`: the first this phone gets from us says how to opt out.
        """
        said = [sentence for sentence in sentences if sentence]
        if self.channel is Channel.EMAIL:
            signature = self.sender.practice + (f"\n{self.sender.phone}" if self.sender.phone else "")
            name = self.sender.greets
            hello = self.say("greeting", name=name) if name else self.say("hello")
            return Words(
                text="\n\n".join((hello, *said, signature)), subject=f"{self.sender.practice}: {self.say(subject)}"
            )
        if first_text:
            said.append(self.say("stop"))
        return Words(text=plain(f"{self.sender.practice}: " + " ".join(said)))

    def compose_short(self, ladder: Sequence[Sequence[str]], *, first_text: bool = False) -> Words:
        """The friendliest text of those given that fits one segment, else two; the tersest where none does.

        A first text tries the short way of saying how to opt out before it drops anything else.
        """
        ways_out = ("stop", "stop_short") if first_text else ("",)
        texts = [self.compose(*said, self.say(way) if way else "").text for said in ladder for way in ways_out]
        for segments in (1, 2):
            for text in texts:
                if cost(text).segments <= segments:
                    return Words(text=text)
        return Words(text=texts[-1])


def _weekday(language: Language, local: datetime, channel: Channel) -> str:
    return _in_channel(PHRASES[language].days[local.weekday()], channel)


def _in_channel(words: str, channel: Channel) -> str:
    return words if channel is Channel.EMAIL else unaccented(words)


def _zone_name(language: Language, visit: VisitFacts, channel: Channel) -> str:
    local = visit.start.astimezone(ZoneInfo(visit.zone))
    elsewhere = (
        visit.client_zone is not None
        and visit.start.astimezone(ZoneInfo(visit.client_zone)).utcoffset() != local.utcoffset()
    )
    # An e-mail is read anywhere and may be read much later; a text has less room.
    if not elsewhere and not visit.names_zone and channel is not Channel.EMAIL:
        return ""
    name = local.tzname() or ""
    return f" {name}" if name.isalpha() else f" {say(language, 'local_time', channel=channel)}"
