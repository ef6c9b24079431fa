"""An opening with everything rules and words ask for, and what the activities about it share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from domain import offer_history
from domain.calendar import Day, Visit
from domain.catalogue import Matrix, Service
from domain.client_notices import Notice
from domain.clients import Channel, Client
from domain.filling import offers_until, window_end
from domain.journey_names import Journey
from domain.matching import (
    Candidate,
    Fit,
    Ranking,
    Slot,
    rank,
    services_that_fit,
    services_with_room,
    visit_to_release,
)
from domain.messages import opening_tasks
from domain.messages.facts import VisitFacts, Words
from domain.rejections import Rule
from domain.wall_time import local_date, local_day
from models.repositories import calendar, offers, openings, practices, tasks, waitlist
from models.repositories.offers import OfferRow
from models.repositories.openings import OpeningRow
from models.repositories.practices import PracticeFacts
from operations.activity_clock import practice_now
from operations.gate import Draft, MessageGate, Outcome
from operations.message_facts import quiet_zones, visit_facts

#: However soon its window closes, an offer has so long to go out.
_TO_SEND_IT = timedelta(minutes=1)
#: How many rejected candidates a decision names; the rest are counted by rule.
REJECTED_NAMED = 50


@dataclass(frozen=True, kw_only=True)
class OpeningContext:
    """One opening at one moment of practice time."""

    practice: PracticeFacts
    matrix: Matrix
    opening: OpeningRow
    now: datetime

    @property
    def zone(self) -> str:
        return self.matrix.location(self.opening.location_id).zone

    @property
    def slot(self) -> Slot:
        return Slot(
            location_id=self.opening.location_id,
            provider_id=self.opening.provider_id,
            during=self.opening.during,
            cause=self.opening.cause,
        )

    def latest_start(self, services: tuple[Service, ...]) -> datetime:
        """The last start that leaves room for the shortest of these: a long opening is good for more than its start."""
        policy = self.practice.policy.gap_fill
        return offers_until(slot=self.slot, services=services, policy=policy) + policy.lead_time

    def window_closes(self, latest_start: datetime) -> datetime:
        """Until when an offer made now can be answered."""
        return window_end(sent_at=self.now, policy=self.practice.policy.gap_fill, slot_start=latest_start)

    def phone_kept_until(self, latest_start: datetime) -> datetime:
        """How long an offer planned now keeps its phone before it is sent: as long as it would be open."""
        return max(self.window_closes(latest_start), self.now + _TO_SEND_IT)


def load(session: Session, practice_id: int, opening_id: int) -> OpeningContext:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such opening."""
    practice, matrix = practices.load_with_matrix(session, practice_id)
    opening = openings.get(session, practice_id, opening_id)
    return OpeningContext(
        practice=practice_of(session, practice, opening),
        matrix=matrix,
        opening=opening,
        now=practice_now(practice.clock),
    )


def practice_of(session: Session, practice: PracticeFacts, opening: OpeningRow) -> PracticeFacts:
    """The practice with the policy of a chair: that of its place and of the services of the visit that freed it."""
    freed = None
    if practice.policy.layers and opening.appointment_id is not None:
        freed = calendar.visit(session, practice.id, opening.appointment_id)
    return practice.at(opening.location_id, () if freed is None else (one.service_id for one in freed.segments))


def mirrored_day(session: Session, context: OpeningContext) -> Day:
    """The opening's local date as the mirror has it."""
    whole = local_day(on=local_date(context.opening.during.start, context.zone), zone=context.zone)
    return calendar.day(session, context.practice.id, context.opening.location_id, whole, now=context.now)


def fitting_services(context: OpeningContext, day: Day) -> tuple[Service, ...]:
    return services_that_fit(
        slot=context.slot,
        matrix=context.matrix,
        day=day,
        on=local_date(context.opening.during.start, context.zone),
        policy=context.practice.policy,
    )


def candidates(session: Session, context: OpeningContext, day: Day) -> tuple[Candidate, ...]:
    """Who waits for something that fits; the query narrows, the rule decides."""
    waited_for = services_with_room(
        slot=context.slot,
        matrix=context.matrix,
        day=day,
        on=local_date(context.opening.during.start, context.zone),
        policy=context.practice.policy,
    )
    return waitlist.candidates(
        session,
        context.practice.id,
        opening_id=context.opening.id,
        slot=context.slot,
        service_ids=tuple(service.id for service in waited_for),
        now=context.now,
        zone=context.zone,
        past_since=offer_history.remembered_since(now=context.now, policy=context.practice.policy.gap_fill),
    )


def ranking(session: Session, context: OpeningContext, day: Day) -> Ranking:
    """Who fits, in what order, with each factor's share; and who does not, by which rule."""
    return rank(
        slot=context.slot,
        candidates=candidates(session, context, day),
        matrix=context.matrix,
        day=day,
        now=context.now,
        zone=context.zone,
        policy=context.practice.policy,
    )


def thinking_elsewhere(ranking: Ranking) -> tuple[Candidate, ...]:
    """Who would be asked if their phone had no open offer of another time."""
    return tuple(one for one, refusal in ranking.rejected if refusal.rule is Rule.OPEN_OFFER_ELSEWHERE)


def plan_offer(
    session: Session,
    context: OpeningContext,
    *,
    entry_id: int | None,
    client: Client,
    fit: Fit,
    wave: int,
    chosen_by: str,
    score: float = 0.0,
    reserved_until: datetime | None = None,
) -> OfferRow | None:
    """The offer's row, before anything is sent. One that is to be sent takes its phone, `reserved_until` some time;
    None when another offer has that phone."""
    return offers.plan(
        session,
        context.practice.id,
        opening_id=context.opening.id,
        client_id=client.id,
        entry_id=entry_id,
        phone=client.phone or "",
        wave=wave,
        segments=fit.segments,
        consult_instead=fit.consult_instead,
        score=score,
        chosen_by=chosen_by,
        reserved_until=reserved_until,
    )


def decide(
    session: Session,
    context: OpeningContext,
    *,
    subject: str,
    verdict: str,
    words: str,
    ranking: Ranking | None = None,
    chosen: Iterable[int] = (),
    decided_by: str = "rules",
) -> None:
    """Keep the decision: who was chosen (`chosen` are clients) with each factor's share, who was not and by which
    rule."""
    were_chosen = set(chosen)
    reasons: list[dict[str, object]] = [{"words": words}] if words else []
    if ranking is not None:
        reasons += [
            {
                "client": one.candidate.client.id,
                "chosen": one.candidate.client.id in were_chosen,
                "score": round(one.score, 3),
                "shares": {factor: round(share, 3) for factor, share in one.shares},
                **({"words": opening_tasks.ALONE_FIRST} if one.alone else {}),
            }
            for one in ranking.ranked
        ]
        reasons += [
            {"client": one.client.id, "rule": refusal.rule.value, "words": refusal.words}
            for one, refusal in ranking.rejected[:REJECTED_NAMED]
        ]
    tasks.decide(
        session,
        context.practice.id,
        journey=Journey.GAP_FILL.value,
        ref=context.opening.id,
        subject=subject,
        verdict=verdict,
        reasons=reasons,
        now=context.now,
        decided_by=decided_by,
    )


def offer_facts(context: OpeningContext, offer: OfferRow, client: Client) -> VisitFacts:
    return visit_facts(
        context.matrix,
        location_id=context.opening.location_id,
        start=offer.starts_at,
        segments=offer.segments,
        client=client,
    )


def later_visit(
    session: Session, practice_id: int, matrix: Matrix, offer: OfferRow, *, now: datetime, but: int | None = None
) -> Visit | None:
    """The client's next later visit of the same kind, which the offered one replaces; `but` is the new one itself."""
    own = calendar.client_visits(session, practice_id, [offer.client_id], since=now)
    return visit_to_release(
        visits=tuple(one for one in own.get(offer.client_id, ()) if one.appointment_id != but),
        services=tuple(matrix.service(one.service_id) for one in offer.segments),
        end=offer.ends_at,
        matrix=matrix,
    )


def send_message(
    gate: MessageGate,
    context: OpeningContext,
    client: Client,
    *,
    words: Words,
    key: str,
    template: str,
    notice: Notice,
    channel: Channel = Channel.SMS,
    is_answer: bool = False,
    useful_until: datetime | None = None,
    with_it: Callable[[Session], str | None] | None = None,
) -> Outcome:
    """A message about the opening, through the gate."""
    return gate.send(
        context.practice,
        Draft(
            client=client,
            channel=channel,
            notice=notice,
            template=template,
            words=words,
            key=key,
            zones=quiet_zones(context.matrix, context.opening.location_id, client),
            is_answer=is_answer,
            useful_until=useful_until,
            location_id=context.opening.location_id,
        ),
        now=context.now,
        with_it=with_it,
    )
