"""Who fits an opening, and in what order they are asked.

`fit` answers for one candidate, `rank` for all; each refusal names the rule that stands in the way. An offer is safe
before it is sent: provider, room, device, buffers, the client's own wishes, clinical intervals, exam and consent are
all part of the match.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import Day, Segment, Visit, VisitState
from domain.catalogue import Matrix, Prerequisite, Service
from domain.people import Channel, Client, MessageKind, WaitlistEntry
from domain.placing import Board, Placing, Slot, eligible, free_stretches
from domain.placing import services_that_fit as _services_that_fit
from domain.policy import GapFillPolicy, PracticePolicy
from domain.ranges import TimeRange
from domain.rejections import Rejection, Rule
from domain.wall import local_date, merged, wall_ranges

__all__ = [
    "Candidate",
    "Fit",
    "Ranked",
    "Ranking",
    "Rejection",
    "Rule",
    "Slot",
    "eligible",
    "fit",
    "free_stretches",
    "rank",
    "services_that_fit",
    "visit_to_release",
]


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


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """`shares` are what each factor added to the score: the reason for the place."""

    candidate: Candidate
    fit: Fit
    score: float
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """`tie`: several VIPs stand first with the same score; a person chooses among them."""

    ranked: tuple[Ranked, ...]
    rejected: tuple[tuple[Candidate, Rejection], ...]
    tie: bool = False


def services_that_fit(*, slot: Slot, matrix: Matrix, day: Day, on: date, policy: PracticePolicy) -> tuple[Service, ...]:
    """Every service the slot's provider may give then and for which there is time, a room and a device."""
    return _services_that_fit(slot=slot, matrix=matrix, day=day, on=on, segment_buffer=policy.gap_fill.segment_buffer)


def fit(
    *, slot: Slot, candidate: Candidate, matrix: Matrix, day: Day, now: datetime, zone: str, policy: PracticePolicy
) -> Fit | Rejection:
    """The earliest start that passes every rule for this candidate, or the rule that refused the furthest try.

    An entry for one visit of several services needs them all; otherwise its services are tried in the order wished.
    """
    board = Board(slot=slot, matrix=matrix, day=day, zone=zone, segment_buffer=policy.gap_fill.segment_buffer)
    return _fit(board, candidate, now=now, policy=policy)


def rank(
    *,
    slot: Slot,
    candidates: tuple[Candidate, ...],
    matrix: Matrix,
    day: Day,
    now: datetime,
    zone: str,
    policy: PracticePolicy,
) -> Ranking:
    """Everybody who fits, the first to be asked first; ties go to who joined first, then to the older entry.

    One client, and one phone, stands in it once: with the wish that ranks highest.
    """
    board = Board(slot=slot, matrix=matrix, day=day, zone=zone, segment_buffer=policy.gap_fill.segment_buffer)
    ranked: list[Ranked] = []
    rejected: list[tuple[Candidate, Rejection]] = []
    for candidate in candidates:
        found = _fit(board, candidate, now=now, policy=policy)
        if isinstance(found, Rejection):
            rejected.append((candidate, found))
        else:
            ranked.append(_scored(candidate, found, slot=slot, now=now, policy=policy.gap_fill))
    ranked.sort(key=_order)
    once, doubles = _once_a_phone(ranked)
    top = once[:2]
    tie = len(top) == 2 and top[0].score == top[1].score and all(one.candidate.client.vip for one in top)
    return Ranking(ranked=tuple(once), rejected=tuple(rejected + doubles), tie=tie)


def visit_to_release(
    *, visits: tuple[Visit, ...], services: tuple[Service, ...], end: datetime, matrix: Matrix
) -> Visit | None:
    """The later visit a winner gives up: the first after the new one that is wholly of the same kinds of treatment."""
    return _releasable(visits, services, end, {service.id: service for service in matrix.services})


# --- one candidate -----------------------------------------------------------------------------------------------


def _fit(board: Board, candidate: Candidate, *, now: datetime, policy: PracticePolicy) -> Fit | Rejection:
    if (refused := _may_be_asked(board.slot, candidate, policy)) is not None:
        return refused
    entry = candidate.entry
    tries = (entry.service_ids,) if entry.together else tuple((one,) for one in entry.service_ids)
    if not any(tries):
        return Rejection(rule=Rule.SERVICE_UNKNOWN, words="The wish names no service.")
    furthest: tuple[int, Rejection] | None = None
    for service_ids in tries:
        found = _try(board, candidate, service_ids, now=now, policy=policy)
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
    board: Board, candidate: Candidate, service_ids: tuple[int, ...], *, now: datetime, policy: PracticePolicy
) -> Fit | tuple[int, Rejection]:
    """These services for this candidate, or how far they came and what refused them."""
    found = _narrowed(board, candidate, service_ids, now=now, policy=policy)
    if isinstance(found, tuple):
        return found
    services = [board.services[one] for one in service_ids]
    ready = next((one for one in found.left if _needs_first(services, candidate.client, one.on) is None), None)
    if ready is not None:
        return _as_fit(service_ids, ready, consult_instead=False)
    for consult in sorted((one for one in board.services.values() if one.is_consult), key=lambda one: one.id):
        instead = _narrowed(board, candidate, (consult.id,), now=now, policy=policy)
        if isinstance(instead, tuple):
            continue
        ready = next((one for one in instead.left if _needs_first([consult], candidate.client, one.on) is None), None)
        if ready is not None:
            return _as_fit((consult.id,), ready, consult_instead=True)
    rejection = _needs_first(services, candidate.client, found.left[0].on)
    assert rejection is not None  # otherwise the service itself was ready
    return len(_STEPS) + 1, rejection


@dataclass(frozen=True)
class _Left:
    """The placings that are left, at least one."""

    left: tuple[Placing, ...]


def _narrowed(
    board: Board, candidate: Candidate, service_ids: tuple[int, ...], *, now: datetime, policy: PracticePolicy
) -> _Left | tuple[int, Rejection]:
    """The placings that pass every rule of time and safety; the step that leaves none is the one that refuses."""
    placings = board.placings(service_ids)
    if isinstance(placings, Rejection):
        return 0, placings
    facts = _Facts(board=board, candidate=candidate, service_ids=service_ids, now=now, policy=policy.gap_fill)
    for number, (rule, words, passes) in enumerate(_STEPS, start=1):
        left = tuple(one for one in placings if passes(facts, one))
        if not left:
            return number, Rejection(rule=rule, words=words)
        placings = left
    return _Left(placings)


@dataclass(frozen=True, kw_only=True)
class _Facts:
    board: Board
    candidate: Candidate
    service_ids: tuple[int, ...]
    now: datetime
    policy: GapFillPolicy


def _in_time(facts: _Facts, placing: Placing) -> bool:
    return placing.start >= facts.now + facts.policy.lead_time


def _with_notice(facts: _Facts, placing: Placing) -> bool:
    return placing.start - facts.now >= facts.candidate.entry.minimum_notice


def _on_wished_date(facts: _Facts, placing: Placing) -> bool:
    entry = facts.candidate.entry
    return (entry.earliest_date is None or placing.on >= entry.earliest_date) and (
        entry.latest_date is None or placing.on <= entry.latest_date
    )


def _in_window(facts: _Facts, placing: Placing) -> bool:
    """The whole visit lies in hours the client can come; windows that meet are one."""
    windows = facts.candidate.entry.windows
    if not windows:
        return True
    zone = facts.board.zone
    dates = {placing.on, local_date(placing.end, zone)}
    hours = merged(
        [
            hours
            for on in dates
            for window in windows
            if window.weekday == on.weekday()
            for hours in wall_ranges(on=on, start=window.start, end=window.end, zone=zone)
        ]
    )
    visit = TimeRange(placing.start, placing.end)
    return any(one.contains(visit) for one in hours)


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


#: In this order; the first that leaves no start is the reason given.
_STEPS: tuple[tuple[Rule, str, Callable[[_Facts, Placing], bool]], ...] = (
    (Rule.LEAD_TIME, "It starts too soon to ask anybody by text.", _in_time),
    (Rule.NOTICE, "Needs more notice than is left.", _with_notice),
    (Rule.DATES, "Wants other dates.", _on_wished_date),
    (Rule.WINDOW, "Cannot come at that time of the week.", _in_window),
    (Rule.ALREADY_BOOKED_THEN, "Has another visit at that time.", _not_booked_then),
    (
        Rule.TOO_SOON_CLINICALLY,
        "It is too close to another treatment of the same kind.",
        _clinically_safe,
    ),
)


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


# --- the order ---------------------------------------------------------------------------------------------------


def _scored(candidate: Candidate, found: Fit, *, slot: Slot, now: datetime, policy: GapFillPolicy) -> Ranked:
    entry, weights = candidate.entry, policy.weights
    wished = slot.provider_id in entry.provider_ids or slot.provider_id == candidate.client.preferred_provider_id
    rested = 1.0 if entry.last_offered_at is None else _part(now - entry.last_offered_at, policy.recency_horizon)
    shares = (
        ("priority", weights.priority * min(entry.priority, 3) / 3),
        ("flexibility", weights.flexibility * min(entry.flexibility, 3) / 3),
        ("recency", weights.recency * rested),
        ("losses", weights.losses * min(1.0, entry.losses / max(1, policy.losses_horizon))),
        ("waiting", weights.waiting * _part(now - entry.joined_at, policy.waiting_horizon)),
        ("preferred_provider", weights.preferred_provider * (1.0 if wished else 0.0)),
    )
    # Rounded, so that a difference of a millionth is a tie and not a reason.
    score = round(sum(share for _, share in shares), 6)
    return Ranked(candidate=candidate, fit=found, score=score, shares=shares)


def _part(passed: timedelta, horizon: timedelta) -> float:
    """How much of the horizon has passed, between 0 and 1."""
    if horizon <= timedelta():
        return 1.0
    return min(1.0, max(0.0, passed / horizon))


def _order(ranked: Ranked) -> tuple[float, datetime, int]:
    return -ranked.score, ranked.candidate.entry.joined_at, ranked.candidate.entry.id


def _once_a_phone(ranked: list[Ranked]) -> tuple[list[Ranked], list[tuple[Candidate, Rejection]]]:
    once: list[Ranked] = []
    doubles: list[tuple[Candidate, Rejection]] = []
    seen: set[int | str] = set()
    for one in ranked:
        client = one.candidate.client
        keys: set[int | str] = {client.id} | ({client.phone} if client.phone else set())
        if keys & seen:
            words = "Another wish of this client or phone ranks higher."
            doubles.append((one.candidate, Rejection(rule=Rule.ASKED_THROUGH_ANOTHER, words=words)))
        else:
            once.append(one)
            seen |= keys
    return once, doubles
