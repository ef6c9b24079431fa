"""The account of a day: what was recovered, and whether every promise was kept.

Drawn up from the vendors' ledgers alone (and the patients' diary for taps on links, which no vendor sees). What it
does not read is anything of the product's own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any, Final

from simulation.action_log import AS_DRAFTED, IN_OWN_WORDS
from simulation.catalogue import PROVIDERS, SERVICES
from simulation.evidence import Evidence, by_us, practice_time
from simulation.opening_outcomes import Opening, openings, own_fills, released
from simulation.patient_profiles import World
from simulation.questions import answers, asks
from simulation.reading import Gist, read, slot_words, time_words, without_codes
from simulation.sandbox_client import Entry
from simulation.words import SAID_NO, SAID_YES

QUIET_FROM: Final = time(20)
QUIET_UNTIL: Final = time(8)
#: A text to who wrote within this is an answer, whatever the hour.
ANSWERED_WITHIN: Final = timedelta(minutes=60)

#: Promised of the day's offers.
ONE_SEGMENT_SHARE: Final = 0.95
#: What the carrier answers by itself.
_CARRIERS_WORDS: Final = frozenset({"STOP", "START", "HELP"})
#: What a text must be about to answer who cannot come, or wants another time.
_ANSWERS_TO: Final = {"R": frozenset({Gist.OTHER, Gist.MOVED}), "X": frozenset({Gist.OTHER, Gist.CANCELLED})}
#: Never an answer to a word of theirs.
_NO_ANSWER: Final = frozenset({Gist.NOTE, Gist.CONFIRMING, Gist.REMINDER})

_TASK: Final = re.compile(r"card:(\d+)")


@dataclass(frozen=True, kw_only=True)
class DayReport:
    """One day in figures; each field says how it is counted."""

    seed: int
    #: Chairs that became free while their time still lay ahead (`simulation.opening_outcomes`).
    openings: int
    #: Openings Chairflow booked again; `filled_by_hand` are those the desk was faster with.
    filled: int
    filled_by_hand: int
    #: Openings more than an hour ahead for which somebody on the waitlist fitted, by a rule of our own.
    worth_filling: int
    #: From the chair's becoming free to the new visit in the practice system, practice minutes.
    median_minutes_to_fill: float | None
    #: Offer texts that reached a phone, per filled opening.
    texts_per_fill: float | None
    #: Share of the offers that the carrier counted as one segment.
    offers_one_segment_share: float | None
    #: Clients who said yes to an offer, in time or late, and did not get that visit.
    clients_disappointed: int
    #: Hours and prices of the visits that filled openings, less the later visits their winners gave up.
    chair_hours_recovered: float
    dollars_recovered: int
    #: Overlaps of two visits of one provider that ever stood in the calendar.
    double_bookings: int
    #: Texts that reached a phone twice in the same words with no word from its owner between them.
    double_texts: int
    #: Clients who wrote something that nobody answered. A question is answered by a person who says what was asked, any
    #: other word by a text that says how it stands, a confirmation also by its mark on the visit. A note that somebody
    #: will get back to them is no answer, nor is a card before staff.
    unanswered_clients: int
    #: Texts asked for after a STOP had been taken in, before a START.
    texts_after_stop: int
    #: Texts asked for between 20:00 and 8:00 that answer nobody.
    texts_in_quiet_hours: int
    #: Visits Chairflow released whose client was never told, in words, that they give up this one for another.
    visits_given_up_unsaid: int
    #: Webhooks that were never taken in, and openings worth filling that left no trace: no offer, no card, no visit.
    lost_events: int
    #: Cards before staff, reminders of the same task not counted.
    tasks_opened: int
    #: Answers the desk sent as the task had drafted them, and those it put into words of its own (by its diary).
    answers_as_drafted: int
    answers_in_own_words: int
    texts_sent: int
    replies: int

    def broken_promises(self) -> tuple[str, ...]:
        """The promises this day broke, in words; none is a good day."""
        promised = {
            "double_bookings": self.double_bookings,
            "double_texts": self.double_texts,
            "unanswered_clients": self.unanswered_clients,
            "texts_after_stop": self.texts_after_stop,
            "texts_in_quiet_hours": self.texts_in_quiet_hours,
            "visits_given_up_unsaid": self.visits_given_up_unsaid,
            "lost_events": self.lost_events,
        }
        broken = [f"{name.replace('_', ' ')}: {count}, promised 0" for name, count in promised.items() if count]
        share = self.offers_one_segment_share
        if share is not None and share < ONE_SEGMENT_SHARE:
            broken.append(f"offers one segment share: {share:.0%}, promised {ONE_SEGMENT_SHARE:.0%}")
        return tuple(broken)

    def plain(self) -> dict[str, Any]:
        """The account as JSON."""
        return {**asdict(self), "promises_kept": not self.broken_promises()}


def draw_up(evidence: Evidence, world: World) -> DayReport:
    """Counts everything."""
    found = openings(evidence, world)
    fills = own_fills(found)
    minutes = [opening.minutes_to_fill for opening in found if opening.minutes_to_fill is not None]
    given_up = [entry for entry in evidence.calendar if _gives_up(entry, fills)]
    return DayReport(
        seed=world.seed,
        openings=len(found),
        filled=len(fills),
        filled_by_hand=sum(opening.filled_by_hand for opening in found),
        worth_filling=sum(opening.worth_filling for opening in found),
        median_minutes_to_fill=round(median(minutes), 1) if minutes else None,
        texts_per_fill=round(len(offers(evidence)) / len(fills), 1) if fills else None,
        offers_one_segment_share=one_segment_share(evidence),
        clients_disappointed=len(disappointed(evidence, world)),
        chair_hours_recovered=round((_hours(fills) - _hours(given_up)), 2),
        dollars_recovered=(_cents(fills) - _cents(given_up)) // 100,
        double_bookings=len(evidence.double_bookings),
        double_texts=len(double_texts(evidence)),
        unanswered_clients=len(unanswered(evidence, world)),
        texts_after_stop=len(after_stop(evidence)),
        texts_in_quiet_hours=len(in_quiet_hours(evidence, world)),
        visits_given_up_unsaid=len(given_up_unsaid(evidence, world)),
        lost_events=len(unheard_webhooks(evidence)) + len(without_trace(found, evidence)),
        tasks_opened=len(tasks(evidence)),
        answers_as_drafted=sum(entry["kind"] == AS_DRAFTED for entry in evidence.diary),
        answers_in_own_words=sum(entry["kind"] == IN_OWN_WORDS for entry in evidence.diary),
        texts_sent=len(_texts(evidence)),
        replies=len(_written(evidence)),
    )


# --- texts ----------------------------------------------------------------------------------------------------------


def offers(evidence: Evidence) -> list[Entry]:
    """Offer texts that reached a phone."""
    return [entry for entry in _texts(evidence) if read(entry["body"]).gist is Gist.OFFER]


def one_segment_share(evidence: Evidence) -> float | None:
    """How much of the offers took one segment."""
    counted = [entry["segments"] for entry in offers(evidence)]
    return round(sum(count == 1 for count in counted) / len(counted), 3) if counted else None


def double_texts(evidence: Evidence) -> list[Entry]:
    """The same words on the same phone twice, links aside, with nothing written back between; or one intent twice."""
    last: dict[tuple[str, str], int] = {}
    spoke: dict[str, int] = {}
    intents: set[str] = set()
    twice = []
    for entry in evidence.twilio:
        if entry["kind"] == "inbound":
            spoke[entry["from"]] = entry["seq"]
        elif entry["kind"] == "text" and not entry["automatic"]:
            said = (entry["to"], without_codes(entry["body"]))
            repeated = said in last and spoke.get(entry["to"], 0) < last[said]
            if repeated or (entry["intent"] and entry["intent"] in intents):
                twice.append(entry)
            last[said] = entry["seq"]
            intents |= {entry["intent"]} if entry["intent"] else set()
    return twice


def after_stop(evidence: Evidence) -> list[Entry]:
    """What was asked for (taken on or refused by the carrier) after a STOP's webhook had been answered."""
    stops: dict[str, str] = {}
    silent: set[str] = set()
    found = []
    last_inbound: Entry = {}
    for entry in evidence.twilio:
        if entry["kind"] == "inbound":
            last_inbound = entry
        elif entry["kind"] == "opt_out":
            stops[last_inbound.get("sid", "")] = entry["person"]
        elif entry["kind"] == "opt_in":
            silent.discard(entry["person"])
        elif entry["kind"] == "webhook" and entry.get("sid") in stops and entry["event"] == "inbound":
            silent.add(stops[entry["sid"]])
        elif entry["kind"] in ("accepted", "refused") and entry["to"] in silent:
            found.append(entry)
    return found


def in_quiet_hours(evidence: Evidence, world: World) -> list[Entry]:
    """What was asked for at night, unless it answers somebody who had just written."""
    wrote: dict[str, datetime] = {}
    found = []
    for entry in evidence.twilio:
        at = practice_time(entry)
        if entry["kind"] == "inbound":
            wrote[entry["from"]] = at
        elif entry["kind"] == "accepted":
            clock = at.astimezone(world.zone).time()
            answers = at - wrote.get(entry["to"], at - 2 * ANSWERED_WITHIN) <= ANSWERED_WITHIN
            if not QUIET_UNTIL <= clock < QUIET_FROM and not answers:
                found.append(entry)
    return found


def given_up_unsaid(evidence: Evidence, world: World) -> list[Entry]:
    """Visits Chairflow took off the calendar, its own that it had just booked aside, of which no offer and no booking
    their client read says that it is instead of them."""
    phones = {patient.ref: patient.phone for patient in world.patients}
    told = {(entry["to"], instead_of) for entry in _texts(evidence) if (instead_of := read(entry["body"]).instead_of)}
    return [
        entry
        for entry in released(evidence)
        if (
            phones.get(entry["client"]),
            time_words(datetime.fromisoformat(entry["start_at"]).astimezone(world.zone)),
        )
        not in told
    ]


def unanswered(evidence: Evidence, world: World) -> set[str]:
    """Phones whose owner wrote something and never read an answer to it."""
    heard: dict[str, list[Entry]] = defaultdict(list)
    for entry in evidence.twilio:
        if entry["kind"] == "text":
            heard[entry["to"]].append(entry)
    return {
        entry["from"]
        for entry in _written(evidence)
        if not any(_answers(text, entry, world) for text in heard[entry["from"]] if text["seq"] > entry["seq"])
        and not _marked(evidence, entry, world)
        and not _passes_on_what_is_over(entry, heard[entry["from"]])
    }


def _passes_on_what_is_over(wrote: Entry, heard: list[Entry]) -> bool:
    """A no to what they have just been told is taken, and that no reply is needed."""
    before = [text for text in heard if text["seq"] < wrote["seq"]]
    said_no = wrote["body"].lower() in SAID_NO
    return said_no and bool(before) and read(before[-1]["body"]).gist is Gist.CLOSED


def _answers(text: Entry, wrote: Entry, world: World) -> bool:
    word = wrote["body"].strip().upper()
    if text["automatic"]:
        return word in _CARRIERS_WORDS
    reading, topic = read(text["body"]), asks(wrote["body"])
    if topic is not None:
        client = world.by_phone(wrote["from"])
        services = world.services_of(client) if client else SERVICES
        return reading.gist is Gist.OTHER and answers(topic, text["body"], services, world.place)
    if word in _ANSWERS_TO:
        return reading.gist in _ANSWERS_TO[word]
    # What is offered instead of what they said yes to is an answer; another offer is not.
    return reading.sorry if reading.gist is Gist.OFFER else reading.gist not in _NO_ANSWER


def disappointed(evidence: Evidence, world: World) -> set[tuple[str, str]]:
    """Who said yes to a slot, by text or by link, and did not get it."""
    asked: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for entry in offers(evidence):
        asked[entry["to"]].append((practice_time(entry), read(entry["body"]).slot or ""))
    won = set(_booked_slots(evidence, world))
    lost = set()
    for phone, at in _yeses(evidence):
        before = [slot for when, slot in asked[phone] if when <= at]
        if before and (phone, before[-1]) not in won:
            lost.add((phone, before[-1]))
    return lost


# --- events and tasks -----------------------------------------------------------------------------------------------


def unheard_webhooks(evidence: Evidence) -> list[Entry]:
    """Webhooks that ended without a 2xx, or had not ended."""
    refused = [
        entry
        for ledger in evidence.ledgers.values()
        for entry in ledger
        if entry["kind"] == "webhook_lost" or (entry["kind"] == "webhook" and not 200 <= (entry["status"] or 0) < 300)
    ]
    return refused + [
        {"kind": "pending", "vendor": name} for name, left in evidence.pending.items() for _ in range(left)
    ]


def without_trace(found: tuple[Opening, ...], evidence: Evidence) -> list[Opening]:
    """Openings worth filling of which nobody ever heard: no offer of that chair, no card about it, no visit in it."""
    asked = [read(entry["body"]).slot or "" for entry in offers(evidence)]
    shown = ("posted", "updated")  # a task that comes with others is added to their card
    cards = [f"{entry['text']} {entry['blocks']}" for entry in evidence.slack if entry["kind"] in shown]
    return [
        opening
        for opening in found
        if opening.worth_filling
        and opening.filled is None
        and not opening.filled_by_hand
        and not any(f"with {opening.provider.first_name}" in slot and _names(slot, opening) for slot in asked)
        and not any(_names(words, opening) for words in cards)
    ]


def tasks(evidence: Evidence) -> set[str]:
    """Cards before staff: one a task, however often staff were reminded of it."""
    posted = [entry for entry in evidence.slack if entry["kind"] == "posted"]
    return {_task_of(entry) for entry in posted}


# --- small helpers --------------------------------------------------------------------------------------------------


def _texts(evidence: Evidence) -> list[Entry]:
    return [entry for entry in evidence.twilio if entry["kind"] == "text" and not entry["automatic"]]


def _written(evidence: Evidence) -> list[Entry]:
    return [entry for entry in evidence.twilio if entry["kind"] == "inbound"]


def _yeses(evidence: Evidence) -> list[tuple[str, datetime]]:
    """Every yes to an offer: the words the simulated patients say it with, and taps on links."""
    texted = [
        (entry["from"], practice_time(entry)) for entry in _written(evidence) if entry["body"].lower() in SAID_YES
    ]
    tapped = [
        (deed["phone"], datetime.fromisoformat(deed["at"])) for deed in evidence.diary if deed["kind"] == "claimed"
    ]
    return texted + tapped


def _booked_slots(evidence: Evidence, world: World) -> Iterator[tuple[str, str]]:
    """Phone and slot of every visit Chairflow booked."""
    phones = {patient.ref: patient.phone for patient in world.patients}
    providers = {world.provider_refs[provider.key]: provider.first_name for provider in PROVIDERS}
    for entry in evidence.calendar:
        if entry["kind"] == "appointment_booked" and by_us(entry) and entry["client"] in phones:
            start = datetime.fromisoformat(entry["start_at"]).astimezone(world.zone)
            yield phones[entry["client"]], slot_words(start, providers[entry["segments"][0]["staff"]])


def _marked(evidence: Evidence, wrote: Entry, world: World) -> bool:
    """Whether they confirmed, and a visit of theirs was marked as confirmed in the practice system afterwards."""
    client = world.by_phone(wrote["from"])
    return wrote["body"].strip().upper() == "C" and any(
        entry["kind"] == "appointment_updated"
        and client is not None
        and entry["client"] == client.ref
        and entry["state"] == "CONFIRMED"
        and practice_time(entry) >= practice_time(wrote)
        for entry in evidence.calendar
    )


def _gives_up(entry: Entry, fills: list[Entry]) -> bool:
    """A visit Chairflow released because its client took an earlier one."""
    return (
        entry["kind"] == "appointment_cancelled"
        and by_us(entry)
        and any(fill["client"] == entry["client"] and fill["appointment"] != entry["appointment"] for fill in fills)
    )


def _names(words: str, opening: Opening) -> bool:
    """Whether a text or card speaks of a time within this opening."""
    at, words = opening.start, words.replace(")", "")
    day = f"{at:%a %b} {at.day}"
    if day not in words:
        return False
    clocks = re.findall(re.escape(day) + r"(?: at|,) (\d{1,2}):(\d{2}) ([AP]M)", words)
    minutes = {(int(hour) % 12 + (12 if half == "PM" else 0)) * 60 + int(minute) for hour, minute, half in clocks}
    begin = at.hour * 60 + at.minute
    return any(begin <= minute < begin + (opening.end - at).total_seconds() / 60 for minute in minutes)


def _task_of(card: Entry) -> str:
    intent = str(((card.get("metadata") or {}).get("event_payload") or {}).get("intent", ""))
    named = _TASK.match(intent)
    return named.group(1) if named else intent or f"{card['channel']}:{card['ts']}"


def _hours(visits: list[Entry]) -> float:
    return sum(
        (datetime.fromisoformat(entry["end_at"]) - datetime.fromisoformat(entry["start_at"])).total_seconds() / 3600
        for entry in visits
    )


def _cents(visits: list[Entry]) -> int:
    return sum(int(segment["price"]) for entry in visits for segment in entry["segments"])
