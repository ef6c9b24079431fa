"""Who is asked in a wave: offers planned in the caller's transaction, each with its phone taken.

Fills of one moment rank the same people. A phone is taken where its offer is planned, so that each asks others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from contracts.gap_fill import Assign, OfferWave
from domain.calendar import Day
from domain.filling import wave_size
from domain.journey_names import Journey
from domain.matching import Ranked, Ranking
from models.repositories import offers, tasks, waitlist
from models.repositories.offers import OfferRow
from operations.opening_context import OpeningContext, decide, plan_offer, ranking, thinking_elsewhere
from operations.staff_orders import chosen_by_staff

#: Of a wave's offers those that are being sent, or were.
UNDER_WAY = frozenset({"planned", "open"})


@dataclass(frozen=True, kw_only=True)
class OthersToAsk:
    """Whether others fit beside those of a wave, asked by another fill or not; and when nobody can be planned because
    all are asked by others, the moment to look again."""

    fit: bool
    look_again_at: datetime | None = None
    #: Whom to ask which days and hours suit them, instead of one more offer.
    ask_when: tuple[Ranked, ...] = ()


def asks_when(context: OpeningContext, ranked: Ranking) -> bool:
    """Whether somebody of them is asked which days suit them: by the wave itself, beside its offers."""
    policy = context.practice.policy.gap_fill
    return any(one.candidate.asked_when.is_due(policy) for one in ranked.ranked)


def planned_before(session: Session, context: OpeningContext, order: OfferWave) -> tuple[OfferRow, ...]:
    """The offers of this wave that the assessment, or an earlier attempt, has planned: they go out as they are."""
    made = offers.of_opening(session, context.practice.id, context.opening.id)
    mine = (one for one in made if one.wave == order.wave and one.state in UNDER_WAY)
    if order.only_client is None:
        return tuple(mine)
    return tuple(one for one in mine if one.client_id == order.only_client and one.chosen_by == "staff")


def plan_wave(
    session: Session, context: OpeningContext, order: OfferWave, day: Day, latest_start: datetime
) -> tuple[tuple[OfferRow, ...], OthersToAsk]:
    """This wave's offers, each with its phone taken, and who else there is."""
    made = offers.of_opening(session, context.practice.id, context.opening.id)
    # Planned with the assessment, and overtaken by staff's choice: their phones are free to be chosen again.
    offers.let_go(session, context.practice.id, [one.id for one in made if one.state == "planned"])
    ranked = ranking(session, context, day)
    return plan_ranked(session, context, order.wave, ranked, made, latest_start, by=order.by)


def plan_ranked(
    session: Session,
    context: OpeningContext,
    wave: int,
    ranked: Ranking,
    made: tuple[OfferRow, ...],
    latest_start: datetime,
    *,
    by: str,
) -> tuple[tuple[OfferRow, ...], OthersToAsk]:
    """As many of a ranking as a wave asks, and who else there is; kept as the wave's decision."""
    size = wave_size(
        policy=context.practice.policy.gap_fill,
        now=context.now,
        slot_start=latest_start,
        offers_sent=offers.sent_count(session, context.practice.id, context.opening.id),
    )
    planned, ask_when = _plan_first(session, context, wave, ranked, size, until=context.phone_kept_until(latest_start))
    decide(
        session,
        context,
        subject=f"wave {wave}",
        verdict=f"{len(planned)} asked",
        words="",
        ranking=ranked,
        chosen=[one.client_id for one in planned],
        decided_by=by,
    )
    if size == 0:
        return (), OthersToAsk(fit=False)
    asked = {one.client_id for one in planned} | {one.candidate.client.id for one in ask_when}
    others = [one.candidate for one in ranked.ranked if one.candidate.client.id not in asked]
    more = (*others, *thinking_elsewhere(ranked))
    if planned or ask_when or not more:
        return planned, OthersToAsk(fit=bool(more), ask_when=ask_when)
    phones = tuple(one.client.phone or "" for one in more)
    since = max((one.sent_at for one in made if one.sent_at is not None), default=context.opening.created_at)
    look_again = offers.free_again_at(session, context.practice.id, phones, waiting_since=since, now=context.now)
    return (), OthersToAsk(fit=True, look_again_at=look_again)


def _plan_first(
    session: Session,
    context: OpeningContext,
    wave: int,
    ranked: Ranking,
    size: int,
    *,
    until: datetime,
) -> tuple[tuple[OfferRow, ...], tuple[Ranked, ...]]:
    """Offers to the first so many whose phone no other offer has. It is taken here: fills of one moment rank the
    same people, and each plans to ask others. Beside them, who said no to so many that they are asked which days
    and hours suit them instead."""
    offers.lock_phones(session, context.practice.id, now=context.now)
    phones = [one.candidate.client.phone or "" for one in ranked.ranked]
    taken = offers.phones_taken(session, context.practice.id, phones, now=context.now)
    # After the phones: whoever won meanwhile has theirs back, and waits no longer.
    waiting = waitlist.still_active(session, context.practice.id, [one.candidate.entry.id for one in ranked.ranked])
    planned: list[OfferRow] = []
    ask_when: list[Ranked] = []
    policy = context.practice.policy.gap_fill
    for one in ranked.ranked:
        client = one.candidate.client
        if len(planned) == size:
            break
        if client.phone in taken or one.candidate.entry.id not in waiting:
            continue
        if one.candidate.asked_when.is_due(policy):
            if len(ask_when) < size:
                ask_when.append(one)
            continue
        row = plan_offer(
            session,
            context,
            entry_id=one.candidate.entry.id,
            client=client,
            fit=one.fit,
            wave=wave,
            chosen_by="rank",
            score=one.score,
            reserved_until=until,
        )
        if row is not None:
            planned.append(row)
            if one.alone:
                break  # the others come after their window
    return tuple(planned), tuple(ask_when)


def plan_chosen(
    session: Session, context: OpeningContext, order: OfferWave, client_id: int, *, until: datetime
) -> tuple[tuple[OfferRow, ...], str | None]:
    """The offer to the client staff named, or why there is none."""
    found = chosen_by_staff(session, context, client_id, by_hand=False)
    if isinstance(found, str):
        keep_order(session, context, order, verdict="not asked", words=found)
        return (), found
    offers.lock_phones(session, context.practice.id, now=context.now)
    offer = plan_offer(
        session,
        context,
        entry_id=found.candidate.entry.id,
        client=found.candidate.client,
        fit=found.fit,
        wave=order.wave,
        chosen_by="staff",
        reserved_until=until,
    )
    if offer is None:
        words = "They are being asked about another time just now."
        keep_order(session, context, order, verdict="not asked", words=words)
        return (), words
    keep_order(session, context, order, verdict="asked")
    return (offer,), None


def keep_order(
    session: Session, context: OpeningContext, order: OfferWave | Assign, *, verdict: str, words: str = ""
) -> None:
    """Who of staff chose whom, why, and what stood in the way."""
    tasks.decide(
        session,
        context.practice.id,
        journey=Journey.GAP_FILL.value,
        ref=context.opening.id,
        subject="assigned" if isinstance(order, Assign) else "offer_to",
        verdict=verdict,
        reasons=[
            {"client": order.client_id if isinstance(order, Assign) else order.only_client, "words": order.reason},
            *([{"words": words}] if words else []),
        ],
        now=context.now,
        decided_by=order.by,
    )
