"""One candidate and one opening: does it fit, how, and if not, by which rule.

First what does not depend on the hour: may this client be asked at all? Then every start the opening has room for
goes through the same steps; the first that passes them all is the offer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.calendar import Segment, Visit, VisitState
from domain.catalogue import Matrix, Prerequisite, Service
from domain.people import Channel, Client, MessageKind, WaitlistEntry, WeeklyWindow
from domain.placing import Board, Placing, Slot
from domain.policy import GapFillPolicy, PracticePolicy
from domain.ranges import TimeRange
from domain.references import what_lacks_reference
from domain.rejections import Rejection, Rule
from domain.turns import PastOffer
from domain.wall import local_date, merged, wall_ranges


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


def fit_on(
    board: Board, candidate: Candidate, *, now: datetime, policy: PracticePolicy, by_hand: bool = False
) -> Fit | Rejection:
    """The earliest start that passes every rule for this candidate, or the rule that refused the furthest try.

    `by_hand`: staff book them, with the patient on the phone. Whether they may be texted, and what they once wished, is
    then no rule; who may give it, where and with what, and what is safe for them still is.
    """
    refused = what_lacks_reference(board.location, board.provider, candidate.client)
    if refused is None and not by_hand:
        refused = _may_be_asked(board.slot, candidate, policy)
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


def _may_be_asked(slot: Slot, candidate: Candidate, policy: PracticePolicy) -> Rejection | None:
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
    facts = _Facts(board=board, candidate=candidate, service_ids=service_ids, now=now, policy=policy.gap_fill)
    services = [board.services[one] for one in service_ids]
    furthest: tuple[int, Rejection] | None = None
    for placing in placings:
        failed = next((number for number, step in enumerate(steps, start=1) if not step.passes(facts, placing)), None)
        if failed is not None:
            if furthest is None or failed > furthest[0]:
                furthest = failed, Rejection(rule=steps[failed - 1].rule, words=steps[failed - 1].words)
            continue
        unprepared = _needs_first(services, candidate.client, placing.on)
        if unprepared is None:
            return placing
        if furthest is None or furthest[0] < _UNPREPARED:
            furthest = _UNPREPARED, unprepared
    assert furthest is not None  # a board gives at least one placing, or a rejection
    return furthest


@dataclass(frozen=True, kw_only=True)
class _Facts:
    board: Board
    candidate: Candidate
    service_ids: tuple[int, ...]
    now: datetime
    policy: GapFillPolicy
    #: The client's windows on the dates asked so far, as instants.
    hours: dict[tuple[date, date], tuple[TimeRange, ...]] = field(default_factory=dict)


def _in_time(facts: _Facts, placing: Placing) -> bool:
    return placing.start >= facts.now + facts.policy.lead_time


def _not_past(facts: _Facts, placing: Placing) -> bool:
    return placing.start >= facts.now


def _with_notice(facts: _Facts, placing: Placing) -> bool:
    return placing.start - facts.now >= facts.candidate.entry.minimum_notice


def _on_wished_date(facts: _Facts, placing: Placing) -> bool:
    entry = facts.candidate.entry
    return (entry.earliest_date is None or placing.on >= entry.earliest_date) and (
        entry.latest_date is None or placing.on <= entry.latest_date
    )


def _in_window(facts: _Facts, placing: Placing) -> bool:
    """The whole visit lies in hours the client can come."""
    windows = facts.candidate.entry.windows
    if not windows:
        return True
    dates = (placing.on, local_date(placing.end, facts.board.zone))
    if dates not in facts.hours:
        facts.hours[dates] = _hours(windows, dates, facts.board.zone)
    visit = TimeRange(placing.start, placing.end)
    return any(one.contains(visit) for one in facts.hours[dates])


def _hours(windows: tuple[WeeklyWindow, ...], dates: tuple[date, date], zone: str) -> tuple[TimeRange, ...]:
    """A client's windows on those dates as instants; windows that meet are one."""
    return merged(
        [
            hours
            for on in set(dates)
            for window in windows
            if window.weekday == on.weekday()
            for hours in wall_ranges(on=on, start=window.start, end=window.end, zone=zone)
        ]
    )


def _not_booked_then(facts: _Facts, placing: Placing) -> bool:
    visit = TimeRange(placing.start, placing.end)
    return not any(own.state.occupies and own.during.overlaps(visit) for own in facts.candidate.visits)


def _clinically_safe(facts: _Facts, placing: Placing) -> bool:
    """Every treatment of a kind keeps its distance from every other, except from a visit given up for this one."""
    services = [facts.board.services[one] for one in facts.service_ids]
    if all(service.earliest_interval is None for service in services):
        return True
    known = _treatments(facts, placing, tuple(services))
    return not any(
        kind == service.kind and abs(placing.on - on) < service.earliest_interval
        for service in services
        if service.earliest_interval is not None
        for kind, on in known
    )


def _treatments(facts: _Facts, placing: Placing, services: tuple[Service, ...]) -> set[tuple[str, date]]:
    """Which kind of treatment the client had or will have on which date, once the new visit stands."""
    board, visits = facts.board, facts.candidate.visits

    def of(visit: Visit) -> set[tuple[str, date]]:
        return {
            (board.services[segment.service_id].kind, local_date(segment.during.start, board.zone))
            for segment in visit.segments
            if segment.service_id in board.services
        }

    known = {(treatment.kind, treatment.on) for treatment in facts.candidate.client.treatments}
    released = _releasable(visits, services, placing.end, board.services)
    if released is not None:
        known -= of(released)
    for visit in visits:
        if visit.state.occupies and visit != released:
            known |= of(visit)
    return known


def _releasable(
    visits: tuple[Visit, ...], services: tuple[Service, ...], end: datetime, catalogue: dict[int, Service]
) -> Visit | None:
    kinds = {service.kind for service in services}

    def same_kinds(visit: Visit) -> bool:
        return all(
            segment.service_id in catalogue and catalogue[segment.service_id].kind in kinds
            for segment in visit.segments
        )

    later = [
        visit
        for visit in visits
        if visit.state in {VisitState.BOOKED, VisitState.CONFIRMED} and visit.during.start >= end and same_kinds(visit)
    ]
    return min(later, key=lambda visit: (visit.during.start, visit.appointment_id), default=None)


@dataclass(frozen=True)
class _Step:
    rule: Rule
    words: str
    passes: Callable[[_Facts, Placing], bool]


#: In this order; the furthest step that any start comes to is the reason given.
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
    return _releasable(visits, services, end, {service.id: service for service in matrix.services})
