"""One candidate and one opening: does it fit, how, and if not, by which rule.

First what does not depend on the hour: may this client be asked at all? Then every start the opening has room for
goes through the same steps; the first that passes them all is the offer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from domain.calendar import Segment, Visit, VisitState
from domain.catalogue import Matrix, Prerequisite, Service
from domain.clients import Channel, Client, MessageKind, WaitlistEntry
from domain.missing_pms_refs import what_lacks_reference
from domain.offer_history import NEVER_ASKED_WHEN, AskedWhen, PastOffer
from domain.placing import Board, Placing, Slot
from domain.policy import GapFillPolicy, PracticePolicy, policy_for
from domain.rejections import Rejection, Rule
from domain.wall_time import local_date


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One way to use the slot. `consult_instead`: the wished service needs an exam or consult first, and this is it."""

    service_ids: tuple[int, ...]
    segments: tuple[Segment, ...]
    start: datetime
    end: datetime
    consult_instead: bool


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A wish on the waitlist with all that decides whether its client may be asked now.

    `visits` are the client's own live visits, of whatever date.
    """

    entry: WaitlistEntry
    client: Client
    visits: tuple[Visit, ...] = ()
    #: The phone holds an open offer of another opening.
    open_offer: bool = False
    #: This opening was offered to the client before.
    offered_already: bool = False
    offers_today: int = 0
    offers_this_week: int = 0
    #: What the client was offered lately, and what came of it.
    past: tuple[PastOffer, ...] = ()
    asked_when: AskedWhen = NEVER_ASKED_WHEN


def fit_on(
    board: Board, candidate: Candidate, *, now: datetime, policy: PracticePolicy, by_hand: bool = False
) -> Fit | Rejection:
    """The earliest start that passes every rule for this candidate, or the rule that refused the furthest try.

    `by_hand`: staff book them, with the patient on the phone. Whether they may be texted, and what they once wished, is
    then no rule; who may give it, where and with what, and what is safe for them still is.
    """
    refused = what_lacks_reference(board.location, board.provider, candidate.client)
    if refused is None and not by_hand:
        refused = _may_be_asked(board.slot, candidate, policy, now)
    if refused is not None:
        return refused
    entry = candidate.entry
    tries = (entry.service_ids,) if entry.together else tuple((one,) for one in entry.service_ids)
    if not any(tries):
        return Rejection(rule=Rule.SERVICE_UNKNOWN, words="The wish names no service.")
    furthest: tuple[int, Rejection] | None = None
    for service_ids in tries:
        found = _try(board, candidate, service_ids, now=now, policy=policy, by_hand=by_hand)
        if isinstance(found, Fit):
            return found
        if furthest is None or found[0] > furthest[0]:
            furthest = found
    assert furthest is not None  # there was at least one try
    return furthest[1]


def _may_be_asked(slot: Slot, candidate: Candidate, policy: PracticePolicy, now: datetime) -> Rejection | None:
    """What does not depend on the hour."""
    entry, client = candidate.entry, candidate.client
    if entry.location_id is not None and entry.location_id != slot.location_id:
        return Rejection(rule=Rule.WRONG_LOCATION, words="Waits for another location.")
    if entry.provider_ids and slot.provider_id not in entry.provider_ids:
        return Rejection(rule=Rule.WRONG_PROVIDER, words="Waits for another provider.")
    if entry.miles_declared is not None and entry.miles_away is not None and entry.miles_away > entry.miles_declared:
        words = f"Lives {entry.miles_away:.0f} miles away and would come {entry.miles_declared:.0f}."
        return Rejection(rule=Rule.TOO_FAR, words=words)
    if client.phone is None:
        return Rejection(rule=Rule.NO_PHONE, words="Has no mobile number on file.")
    if Channel.SMS in client.undeliverable:
        return Rejection(rule=Rule.NO_PHONE, words="The number on file takes no texts, says the carrier.")
    if Channel.SMS in client.opted_out:
        return Rejection(rule=Rule.OPTED_OUT, words="Asked for no more texts.")
    if not client.consent.allows(Channel.SMS, MessageKind.OFFER):
        return Rejection(rule=Rule.NO_CONSENT, words="Has not agreed to offers by text.")
    if candidate.offered_already:
        return Rejection(rule=Rule.ALREADY_OFFERED, words="Was offered this opening already.")
    if candidate.open_offer:
        return Rejection(rule=Rule.OPEN_OFFER_ELSEWHERE, words="Is still thinking about another offer.")
    if candidate.asked_when.is_awaited(now=now, policy=policy.gap_fill):
        words = "Was asked which days and hours suit them, and may still answer."
        return Rejection(rule=Rule.ASKED_WHEN, words=words)
    contact = policy.contact
    if candidate.offers_today >= contact.offers_per_day or candidate.offers_this_week >= contact.offers_per_week:
        words = f"Had {candidate.offers_today} offers today and {candidate.offers_this_week} this week; that is enough."
        return Rejection(rule=Rule.CAPPED, words=words)
    return None


def _try(
    board: Board,
    candidate: Candidate,
    service_ids: tuple[int, ...],
    *,
    now: datetime,
    policy: PracticePolicy,
    by_hand: bool,
) -> Fit | tuple[int, Rejection]:
    """These services for this candidate, or how far they came and what refused them."""
    steps = _STEPS_BY_HAND if by_hand else _STEPS
    found = _first_that_passes(board, candidate, service_ids, now=now, policy=policy, steps=steps)
    if isinstance(found, Placing):
        return _as_fit(service_ids, found, consult_instead=False)
    if found[0] < _UNPREPARED:
        return found
    for consult in sorted((one for one in board.services.values() if one.is_consult), key=lambda one: one.id):
        instead = _first_that_passes(board, candidate, (consult.id,), now=now, policy=policy, steps=steps)
        if isinstance(instead, Placing):
            return _as_fit((consult.id,), instead, consult_instead=True)
    return found


def _first_that_passes(
    board: Board,
    candidate: Candidate,
    service_ids: tuple[int, ...],
    *,
    now: datetime,
    policy: PracticePolicy,
    steps: tuple[_Step, ...],
) -> Placing | tuple[int, Rejection]:
    """The earliest placing that passes every step, or the furthest step that any came to, which is what refuses."""
    wanted = (board.services[one] for one in service_ids if one in board.services)
    placings = what_lacks_reference(*wanted) or board.placings(service_ids)
    if isinstance(placings, Rejection):
        return 0, placings
    theirs = policy_for(policy, location_id=board.location.id, service_ids=service_ids)
    facts = _Facts(board=board, candidate=candidate, service_ids=service_ids, now=now, policy=theirs.gap_fill)
    left = placings
    for number, step in enumerate(steps, start=1):
        if not (left := step.keeps(facts, left)):
            return number, Rejection(rule=step.rule, words=step.words)
    services = [board.services[one] for one in service_ids]
    refusals = {on: _needs_first(services, candidate.client, on) for on in dict.fromkeys(one.on for one in left)}
    unprepared = [refused for refused in refusals.values() if refused is not None]
    for placing in left:
        if refusals[placing.on] is None:
            return placing
    return _UNPREPARED, unprepared[0]


@dataclass(frozen=True, kw_only=True)
class _Facts:
    board: Board
    candidate: Candidate
    service_ids: tuple[int, ...]
    now: datetime
    policy: GapFillPolicy


#: What is left of the placings, which come and go in order of their start.
_Left = tuple[Placing, ...]


def _in_time(facts: _Facts, left: _Left) -> _Left:
    return _from(left, facts.now + facts.policy.lead_time)


def _not_past(facts: _Facts, left: _Left) -> _Left:
    return _from(left, facts.now)


def _with_notice(facts: _Facts, left: _Left) -> _Left:
    return _from(left, facts.now + facts.candidate.entry.minimum_notice)


def _from(left: _Left, earliest: datetime) -> _Left:
    return left[bisect_left(left, earliest, key=_start) :]


def _start(placing: Placing) -> datetime:
    return placing.start


def _on_wished_date(facts: _Facts, left: _Left) -> _Left:
    entry = facts.candidate.entry
    if entry.earliest_date is None and entry.latest_date is None:
        return left
    return tuple(
        placing
        for placing in left
        if (entry.earliest_date is None or placing.on >= entry.earliest_date)
        and (entry.latest_date is None or placing.on <= entry.latest_date)
    )


def _in_window(facts: _Facts, left: _Left) -> _Left:
    """The whole visit lies in hours the client can come."""
    windows = facts.candidate.entry.windows
    if not windows:
        return left
    kept: list[Placing] = []
    for dates, placings in _by_dates(left):
        length = placings[0].end - placings[0].start
        for hours in facts.board.hours(windows, dates):
            # All are equally long, so those that lie within are one after the other.
            first = bisect_left(placings, hours.start, key=_start)
            kept += placings[first : bisect_right(placings, hours.end - length, key=_start)]
    return tuple(kept)


def _by_dates(left: _Left) -> Iterator[tuple[tuple[date, date], _Left]]:
    """The dates only go up, so where the first and the last have the same all have."""
    if _dates(left[0]) == _dates(left[-1]):
        yield _dates(left[0]), left
        return
    for dates, group in groupby(left, key=_dates):
        yield dates, tuple(group)


def _dates(placing: Placing) -> tuple[date, date]:
    return placing.on, placing.ends_on


def _not_booked_then(facts: _Facts, left: _Left) -> _Left:
    earliest, latest = left[0].start, max(one.end for one in left)
    booked = (visit.during for visit in facts.candidate.visits if visit.state.occupies)
    own = [one for one in booked if one.start < latest and earliest < one.end]
    if not own:
        return left
    return tuple(
        placing for placing in left if not any(one.start < placing.end and placing.start < one.end for one in own)
    )


def _clinically_safe(facts: _Facts, left: _Left) -> _Left:
    """Every treatment of a kind keeps its distance from every other, except from a visit given up for this one."""
    services = tuple(facts.board.services[one] for one in facts.service_ids)
    if all(service.earliest_interval is None for service in services):
        return left
    later = _same_kinds(facts.candidate.visits, services, facts.board.services)
    starts = [one.during.start for one in later]
    known: dict[int | None, set[tuple[str, date]]] = {}
    safe: dict[tuple[date, int | None], bool] = {}

    def is_safe(placing: Placing) -> bool:
        place = bisect_left(starts, placing.end)
        released = later[place] if place < len(later) else None
        key = None if released is None else released.appointment_id
        if (placing.on, key) not in safe:
            if key not in known:
                known[key] = _treatments(facts, released)
            safe[placing.on, key] = not any(
                kind == service.kind and abs(placing.on - on) < service.earliest_interval
                for service in services
                if service.earliest_interval is not None
                for kind, on in known[key]
            )
        return safe[placing.on, key]

    return tuple(placing for placing in left if is_safe(placing))


def _treatments(facts: _Facts, released: Visit | None) -> set[tuple[str, date]]:
    """Which kind of treatment the client had or will have on which date, once the new one stands for `released`."""
    board = facts.board

    def of(visit: Visit) -> set[tuple[str, date]]:
        return {
            (board.services[segment.service_id].kind, local_date(segment.during.start, board.zone))
            for segment in visit.segments
            if segment.service_id in board.services
        }

    known = {(treatment.kind, treatment.on) for treatment in facts.candidate.client.treatments}
    if released is not None:
        known -= of(released)
    for visit in facts.candidate.visits:
        if visit.state.occupies and visit != released:
            known |= of(visit)
    return known


def _same_kinds(
    visits: tuple[Visit, ...], services: tuple[Service, ...], catalogue: dict[int, Service]
) -> tuple[Visit, ...]:
    """The visits to come that are wholly of the same kinds of treatment, the first one first."""
    kinds = {service.kind for service in services}
    found = [
        visit
        for visit in visits
        if visit.state in {VisitState.BOOKED, VisitState.CONFIRMED}
        and all(
            segment.service_id in catalogue and catalogue[segment.service_id].kind in kinds
            for segment in visit.segments
        )
    ]
    return tuple(sorted(found, key=lambda visit: (visit.during.start, visit.appointment_id)))


@dataclass(frozen=True)
class _Step:
    rule: Rule
    words: str
    keeps: Callable[[_Facts, _Left], _Left]


#: In this order; the first step that no start passes is the furthest that any comes to, and the reason given.
_STEPS = (
    _Step(Rule.LEAD_TIME, "It starts too soon to ask anybody by text.", _in_time),
    _Step(Rule.NOTICE, "Needs more notice than is left.", _with_notice),
    _Step(Rule.DATES, "Wants other dates.", _on_wished_date),
    _Step(Rule.WINDOW, "Cannot come at that time of the week.", _in_window),
    _Step(Rule.ALREADY_BOOKED_THEN, "Has another visit at that time.", _not_booked_then),
    _Step(Rule.TOO_SOON_CLINICALLY, "It is too close to another treatment of the same kind.", _clinically_safe),
)
#: For whom staff book: how soon it is, and what they wished, is theirs to say now.
_STEPS_BY_HAND = (
    _Step(Rule.PAST, "It begins too soon: that time is past.", _not_past),
    *(step for step in _STEPS if step.rule in {Rule.ALREADY_BOOKED_THEN, Rule.TOO_SOON_CLINICALLY}),
)
#: Beyond all steps: time and safety are fine, an exam or consult is missing.
_UNPREPARED = len(_STEPS) + 1


def _needs_first(services: list[Service], client: Client, on: date) -> Rejection | None:
    """The exam or consult that is missing or will have run out by then."""
    for service in services:
        if service.prerequisite is Prerequisite.EXAM and not _valid(client.exam_valid_until, on):
            words = f"{service.name} needs a valid exam, and no consult fits instead."
            return Rejection(rule=Rule.EXAM_NEEDED, words=words)
        if service.prerequisite is Prerequisite.CONSULT and not _valid(client.consult_valid_until, on):
            words = f"{service.name} needs a consult first, and none fits instead."
            return Rejection(rule=Rule.CONSULT_NEEDED, words=words)
    return None


def _valid(valid_until: date | None, on: date) -> bool:
    return valid_until is not None and valid_until >= on


def _as_fit(service_ids: tuple[int, ...], placing: Placing, *, consult_instead: bool) -> Fit:
    return Fit(
        service_ids=service_ids,
        segments=placing.segments,
        start=placing.start,
        end=placing.end,
        consult_instead=consult_instead,
    )


def visit_to_release(
    *, visits: tuple[Visit, ...], services: tuple[Service, ...], end: datetime, matrix: Matrix
) -> Visit | None:
    """The later visit a winner gives up: the first after the new one that is wholly of the same kinds of treatment."""
    later = _same_kinds(visits, services, {service.id: service for service in matrix.services})
    return next((visit for visit in later if visit.during.start >= end), None)
