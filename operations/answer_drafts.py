"""What the system knows of what a client asks, and the draft made of it: at the task's making with the practice
system's own day, and anew, by the mirror, whenever the task is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session

from domain import task_keys
from domain.booking_requests import Offerings, Unclear, Understood, read_request
from domain.calendar import Day, Segment, Visit, VisitState
from domain.catalogue import Matrix
from domain.clients import Client, WaitlistEntry
from domain.effect_keys import answer_key
from domain.fitting import Candidate
from domain.free_times import Asked, Found, dates_meant, free_times
from domain.inquiries import Inquiry, Topic, inquiry
from domain.messages.answer_drafts import KnownFacts, Standing, answer, first_answer, reschedule_draft
from domain.messages.facts import Sender, VisitFacts, Words
from domain.missing_pms_refs import what_lacks_reference
from domain.ranges import TimeRange
from domain.reading import Meaning, read
from domain.wall_time import local_date, local_day
from models.repositories import calendar, clients, effects, offers, receipts, waitlist
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations.live_day import LiveDay, compose, read_live
from operations.message_facts import spoken_to, visit_facts
from operations.ports import Vendors
from vendors.errors import VendorError

#: So many days are asked of the practice system; further ones are read from the mirror.
_READ_LIVE: Final = 2
#: An offer that ended longer ago is not what a client writes about.
_STILL_MEANT: Final = timedelta(days=1)
#: Tasks whose drafts are made anew when they are looked at: what is free may be another time by then.
ANSWERED_ANEW: Final = frozenset({"needs_person", "reschedule"})
#: A place and a date.
PlaceDay = tuple[int, date]


@dataclass(frozen=True, kw_only=True)
class QuestionContext:
    """What a client's text is about, as far as it can be told. `offer_id`: of what is, or was, on offer to them."""

    standing: Standing = Standing.NOTHING
    location_id: int | None = None
    segments: tuple[Segment, ...] = ()
    #: What they have, were offered, or wait for.
    service_ids: tuple[int, ...] = ()
    together: bool = False
    provider_ids: tuple[int, ...] = ()
    appointment_id: int | None = None
    listed: bool = False

    @property
    def during(self) -> TimeRange | None:
        return TimeRange(self.segments[0].during.start, self.segments[-1].during.end) if self.segments else None


@dataclass(frozen=True, kw_only=True)
class ClientQuestion:
    """A client's text with what is needed to answer it."""

    practice: PracticeFacts
    matrix: Matrix
    client: Client | None
    about: QuestionContext
    asked: Inquiry
    now: datetime
    #: The booking their words ask for, where nothing stands that they could be about.
    request: Understood | Unclear | None = None

    @property
    def zone(self) -> str:
        return self.matrix.zone(self.about.location_id)

    @property
    def place_days(self) -> tuple[PlaceDay, ...]:
        """Where and when free time is looked for."""
        if not self.asked.is_about_times or self.client is None or not self.about.service_ids:
            return ()
        place = self.matrix.find_location(self.about.location_id) or self.matrix.only_location
        if place is None or self.practice.policy.answers.free_times == 0:
            return ()
        within = self.practice.policy.answers.free_times_within
        return tuple((place.id, on) for on in dates_meant(self.wish, now=self.now, within=within))

    @property
    def wish(self) -> Asked:
        during = self.about.during
        own = self.about.segments[0].provider_id if self.about.segments else None
        named = tuple(one.id for one in self.matrix.providers if one.first_name == self.asked.provider)
        others = Topic.OTHER_PROVIDER in self.asked.topics and not named
        return Asked(
            wished=self.asked.wished,
            zone=self.zone,
            start=None if during is None else during.start,
            end=None if during is None else during.end,
            provider_ids=named or self.about.provider_ids,
            prefers=None if others else own,
            not_provider_id=own if others else None,
        )


def ask(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    client: Client | None,
    text: str,
    *,
    now: datetime,
    offer_id: int | None = None,
    appointment_id: int | None = None,
    reschedule: bool = False,
) -> ClientQuestion:
    """What is asked and what it is about. `offer_id` and `appointment_id`: what it is known to answer."""
    about = QuestionContext()
    if client is not None:
        about = _about(session, practice, matrix, client, now=now, offer_id=offer_id, appointment_id=appointment_id)
    asked = inquiry(
        text,
        today=local_date(now, matrix.zone(about.location_id)),
        providers=[one.first_name for one in matrix.providers],
        reschedule=reschedule,
    )
    request = None
    if client is not None and not about.segments and not about.service_ids:
        request = read_request(text, Offerings(matrix=matrix), today=local_date(now, practice.zone))
    if isinstance(request, Understood):
        # Nothing stands with them but this wish, so that what is free for it is the answer.
        named = () if request.provider_id is None else (request.provider_id,)
        about = replace(about, service_ids=request.service_ids, together=True, provider_ids=named)
        topics = tuple(topic for topic in Topic if topic in {*asked.topics, Topic.OTHER_TIME})
        asked = replace(asked, topics=topics, asks_more=False)
    theirs = practice.at(about.location_id, about.service_ids)
    return ClientQuestion(
        practice=theirs, matrix=matrix, client=client, about=about, asked=asked, now=now, request=request
    )


def as_read(question: ClientQuestion) -> str | None:
    """The booking that their words ask for, for whoever reads the task; no part of what is sent."""
    request, matrix = question.request, question.matrix
    if request is None:
        return None
    ids = request.service_ids if isinstance(request, Understood) else request.candidates
    names = [matrix.service(one).name for one in ids]
    provider = matrix.find_provider(request.provider_id)
    more = (f" with {provider.first_name}" if provider is not None else "") + (
        f", {request.units} units" if request.units is not None else ""
    )
    if isinstance(request, Understood):
        return f"Read as a request to book {' and '.join(names)}{more}."
    if names:
        return f"Read as a request to book{more}; which treatment is not clear: {' or '.join(names)}."
    return f"Read as a request to book{more}; the treatment is not said, or is none of ours."


def read_days(question: ClientQuestion, vendors: Vendors) -> dict[PlaceDay, LiveDay]:
    """The first of the days in question, live. A practice system that is away keeps no client waiting: then the mirror
    tells."""
    found: dict[PlaceDay, LiveDay] = {}
    try:
        for place, on in question.place_days[:_READ_LIVE]:
            providers = tuple(one.id for one in question.matrix.providers if place in one.location_ids and one.pms_ref)
            pms = vendors.pms(question.practice.id)
            found[place, on] = read_live(pms, question.matrix, location_id=place, provider_ids=providers, day=on)
    except VendorError:
        pass
    return found


def known(session: Session, question: ClientQuestion, live: Mapping[PlaceDay, LiveDay]) -> KnownFacts:
    """What may be said."""
    about, matrix = question.about, question.matrix
    place = matrix.find_location(about.location_id) or matrix.only_location
    free = _free(session, question, live)
    return KnownFacts(
        standing=about.standing,
        about=_facts(question, about.segments, about.location_id) if about.segments else None,
        lengths=_lengths(question),
        prices=_prices(question) if question.practice.policy.answers.say_prices else (),
        address=None if place is None else place.address,
        parking=None if place is None else place.parking,
        free=None
        if not free.known
        else tuple(_facts(question, one.segments, question.place_days[0][0]) for one in free.fits),
        exactly=free.exactly,
        listed=about.listed,
    )


def draft(
    session: Session, question: ClientQuestion, voice: Sender, live: Mapping[PlaceDay, LiveDay], *, told: bool = False
) -> str | None:
    """The text that answers, with a blank for what is not known; None where nothing is asked that is known of. `told`:
    they have read, or will in a moment, what is free (`at_once`)."""
    asked = question.asked
    if not asked.topics and not asked.asks_more:
        return None
    facts, only_times = known(session, question, live), set(asked.topics) <= {Topic.OTHER_TIME, Topic.OTHER_PROVIDER}
    if asked.topics and only_times and facts.about is not None and facts.standing is Standing.BOOKED:
        return reschedule_draft(sender=voice, asked=asked, known=facts, visit=facts.about, now=question.now, told=told)
    if asked.topics and only_times and facts.about is None and facts.free is None:
        return None  # rather a question back than nothing but a blank
    return answer(sender=voice, asked=asked, known=facts, now=question.now)


def at_once(
    session: Session, question: ClientQuestion, voice: Sender, live: Mapping[PlaceDay, LiveDay]
) -> Words | None:
    """What is free, for who asked for another time than their visit's."""
    if not question.practice.policy.answers.reschedule_at_once or question.about.standing is not Standing.BOOKED:
        return None
    return first_answer(sender=voice, asked=question.asked, known=known(session, question, live), now=question.now)


def fresh(session: Session, practice: PracticeFacts, matrix: Matrix, task: TaskRow, *, now: datetime) -> str | None:
    """The draft of a task about a client's words as it would be made now; None where it stays as it was written."""
    if task.kind not in ANSWERED_ANEW or (receipt_id := task_keys.receipt_of(task.key)) is None:
        return None
    receipt = receipts.get(session, practice.id, receipt_id)
    if receipt is None:
        return None
    client = None if task.client_id is None else clients.get(session, practice.id, task.client_id)
    text = str(receipt.parsed.get("body") or "")
    answered = effects.by_key(session, practice.id, answer_key(receipt_id))
    question = ask(
        session,
        practice,
        matrix,
        client,
        text,
        now=now,
        offer_id=receipt.about.get("offer_id"),
        appointment_id=task.appointment_id or receipt.about.get("appointment_id"),
        reschedule=task.kind == "reschedule" or read(text) is Meaning.RESCHEDULE,
    )
    told = task.kind == "reschedule" and answered is not None and answered.state in {"done", "unknown"}
    return draft(session, question, spoken_to(practice, client), {}, told=told)


# --- what it is about ------------------------------------------------------------------------------------------------


def _about(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    client: Client,
    *,
    now: datetime,
    offer_id: int | None,
    appointment_id: int | None,
) -> QuestionContext:
    """What the text answers; else what is on offer to them, the visit they have, what was on offer, what they wait
    for."""
    entries = waitlist.of_client(session, practice.id, client.id)
    listed = bool(entries)
    if appointment_id is not None:
        visit = calendar.visit(session, practice.id, appointment_id)
        if visit is not None and visit.segments:
            return _of_visit(visit, listed=listed)
    offered = offers.newest_to(session, practice.id, client.id, since=now - _STILL_MEANT, offer_id=offer_id)
    if offered is not None and (offered.is_open or offer_id is not None):
        return _of_offer(offered, listed=listed)
    own = calendar.client_visits(session, practice.id, [client.id], since=now).get(client.id, ())
    visit = next((one for one in own if one.segments and one.state.occupies), None)
    if visit is not None:
        return _of_visit(visit, listed=listed)
    if offered is not None:
        return _of_offer(offered, listed=listed)
    entry = entries[0] if entries else None
    if entry is None:
        return QuestionContext()
    return QuestionContext(
        location_id=entry.location_id,
        service_ids=entry.service_ids,
        together=entry.together,
        provider_ids=tuple(sorted(entry.provider_ids)),
        listed=True,
    )


def _of_visit(visit: Visit, *, listed: bool) -> QuestionContext:
    return QuestionContext(
        standing=Standing.BOOKED if visit.state in {VisitState.BOOKED, VisitState.CONFIRMED} else Standing.GONE,
        location_id=visit.location_id,
        segments=visit.segments,
        service_ids=_services(visit.segments),
        together=True,
        appointment_id=visit.appointment_id,
        listed=listed,
    )


def _of_offer(offered: offers.Offered, *, listed: bool) -> QuestionContext:
    return QuestionContext(
        standing=Standing.OFFERED if offered.is_open else Standing.GONE,
        location_id=offered.location_id,
        segments=offered.offer.segments,
        service_ids=_services(offered.offer.segments),
        together=True,
        listed=listed,
    )


def _services(segments: tuple[Segment, ...]) -> tuple[int, ...]:
    """None where one of them is unknown to the matrix: then nobody can say what else would do."""
    found = tuple(one.service_id for one in segments if one.service_id is not None)
    return found if len(found) == len(segments) else ()


# --- what is known of it ---------------------------------------------------------------------------------------------


def _facts(question: ClientQuestion, segments: tuple[Segment, ...], place: int | None) -> VisitFacts:
    return visit_facts(
        question.matrix,
        location_id=place,
        start=segments[0].during.start,
        segments=segments,
        client=question.client,
    )


def _lengths(question: ClientQuestion) -> tuple[timedelta, ...]:
    about = question.about
    if (during := about.during) is not None:
        return (during.end - during.start,)
    services = [question.matrix.find_service(one) for one in about.service_ids]
    lengths = sorted({one.duration for one in services if one is not None})
    return tuple(lengths) if not about.together or len(services) == 1 else ()


def _prices(question: ClientQuestion) -> tuple[int, ...]:
    """What the practice system charges for the visit, else what the matrix says; none where one of them is unknown."""
    about = question.about
    by_service = [question.matrix.find_service(one) for one in about.service_ids]
    if not by_service or any(one is None for one in by_service):
        return ()
    listed = [one.price_cents for one in by_service if one is not None]
    if about.segments:
        listed = [one.price_cents or price for one, price in zip(about.segments, listed, strict=True)]
    if 0 in listed:
        return ()
    return (sum(listed),) if about.together else tuple(listed)


def _free(session: Session, question: ClientQuestion, live: Mapping[PlaceDay, LiveDay]) -> Found:
    client, about = question.client, question.about
    services = [question.matrix.find_service(one) for one in about.service_ids]
    if client is None or not question.place_days or None in services:
        return Found()
    if what_lacks_reference(client, *(one for one in services if one is not None)) is not None:
        return Found()
    own = calendar.client_visits(session, question.practice.id, [client.id], since=question.now).get(client.id, ())
    entry = WaitlistEntry.on_no_list(
        client_id=client.id, service_ids=about.service_ids, now=question.now, together=about.together
    )
    days = [(on, _without(_day(session, question, (place, on), live), about)) for place, on in question.place_days]
    return free_times(
        asked=question.wish,
        days=days,
        matrix=question.matrix,
        candidate=Candidate(
            entry=entry,
            client=client,
            visits=tuple(one for one in own if one.appointment_id != about.appointment_id),
        ),
        taken=_on_offer_to_others(session, question),
        now=question.now,
        policy=question.practice.policy,
        most=question.practice.policy.answers.free_times,
    )


def _day(session: Session, question: ClientQuestion, place_day: PlaceDay, live: Mapping[PlaceDay, LiveDay]) -> Day:
    if (read := live.get(place_day)) is not None:
        return compose(session, question.practice.id, read, question.matrix, now=question.now)
    place, on = place_day
    whole = local_day(on=on, zone=question.matrix.location(place).zone)
    return calendar.day(session, question.practice.id, place, whole, now=question.now)


def _without(day: Day, about: QuestionContext) -> Day:
    """The visit that would be moved leaves its time."""
    if about.appointment_id is None:
        return day
    return replace(day, visits=tuple(one for one in day.visits if one.appointment_id != about.appointment_id))


def _on_offer_to_others(session: Session, question: ClientQuestion) -> list[tuple[int, TimeRange]]:
    first, last = question.place_days[0], question.place_days[-1]
    days = sorted((first[1], last[1]))
    zone = question.matrix.location(first[0]).zone
    during = TimeRange(local_day(on=days[0], zone=zone).start, local_day(on=days[1], zone=zone).end)
    return [
        (segment.provider_id, segment.during)
        for one in offers.standing_then(session, question.practice.id, during)
        if one.state == "open" and (question.client is None or one.client_id != question.client.id)
        for segment in one.segments
        if segment.provider_id is not None
    ]
