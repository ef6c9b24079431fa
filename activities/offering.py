"""Whether an opening is worth filling, and who is asked about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session
from temporalio import activity

from contracts.gap_fill import (
    ASK_PERSON,
    ASSESS_OPENING,
    ASSIGN_CLIENT,
    OFFER_WAVE,
    AskPerson,
    Assessment,
    Assign,
    Assigned,
    OfferWave,
    OpeningOrder,
    SentOffer,
    TaskRef,
    Verdict,
    WaveResult,
)
from domain import effect_keys
from domain.client_notices import Handed, Notice
from domain.clients import Channel
from domain.filling import needs_person_first, worth_filling
from domain.journey_names import Journey
from domain.matching import Ranked, free_stretches
from domain.messages import gap_fill as words_for
from domain.messages import opening_tasks
from domain.messages import wishes as wish_words
from domain.messages.facts import Sender
from domain.messages.task_words import TaskWords
from domain.missing_pms_refs import what_lacks_reference
from domain.policy import policy_for_services
from domain.tasks import TaskKind
from domain.wall_time import local_date
from models.repositories import clients, effects, holds, offers, questions, tasks
from models.repositories.offers import OfferRow
from models.session import Database
from operations.concurrent_calls import side_by_side
from operations.gate import MessageGate, Outcome
from operations.live_day import compose, read_live
from operations.message_facts import sender, spoken_to, visit_facts, visit_facts_of
from operations.offer_texts import send_offer
from operations.opening_context import (
    OpeningContext,
    decide,
    fitting_services,
    later_visit,
    load,
    mirrored_day,
    offer_facts,
    plan_offer,
    ranking,
    send_message,
    thinking_elsewhere,
)
from operations.ports import Links, Vendors
from operations.staff_orders import chosen_by_staff
from operations.staff_tasks import new_task, not_told, open_and_post, shortlist, withdraw_task
from operations.vendor_errors import translated
from operations.wave_planning import (
    UNDER_WAY,
    OthersToAsk,
    asks_when,
    keep_order,
    plan_chosen,
    plan_ranked,
    plan_wave,
    planned_before,
)
from vendors.errors import NotSent

#: Practice time until a wave that a claim has cut short goes on, should nothing come of the claim.
_A_CLAIM_IS_DECIDED_WITHIN = timedelta(minutes=1)


class Offering:
    """Ranks the waitlist and makes offers through the gate."""

    def __init__(self, *, database: Database, vendors: Vendors, gate: MessageGate, links: Links) -> None:
        self._database = database
        self._vendors = vendors
        self._gate = gate
        self._links = links

    @activity.defn(name=ASSESS_OPENING.name)
    def assess_opening(self, order: OpeningOrder) -> Assessment:
        """Read the day live, then judge: open still, worth filling, or for a person first."""
        with self._database.transaction() as session:
            context = load(session, order.practice_id, order.opening_id)
        if context.opening.state != "live":
            return _assessment(context, Verdict.GONE, "The opening had ended already.", context.opening.during.start)
        place, provider = (
            context.matrix.location(context.opening.location_id),
            context.matrix.provider(context.slot.provider_id),
        )
        if (lacking := what_lacks_reference(place, provider)) is not None:
            with self._database.transaction() as session:
                decide(session, context, subject="worth_filling", verdict=Verdict.NOT_WORTH.value, words=lacking.words)
            return _assessment(context, Verdict.NOT_WORTH, lacking.words, context.opening.during.start)
        with translated():
            live = read_live(
                self._vendors.pms(order.practice_id),
                context.matrix,
                location_id=context.opening.location_id,
                provider_ids=(context.opening.provider_id,),
                day=local_date(context.opening.during.start, context.zone),
                everywhere=True,
            )
        with self._database.transaction() as session:
            day = compose(session, order.practice_id, live, context.matrix, now=context.now)
            ranked = ranking(session, context, day)
            services = fitting_services(context, day)
            made = offers.of_opening(session, order.practice_id, order.opening_id)
            asked_already = sum(one.state == "open" for one in made)
            refused = worth_filling(
                slot=context.slot,
                services=services,
                # Who is still thinking about another time may be free before this one is over; who got this one as the
                # next best thing is thinking about it now.
                candidates=len(ranked.ranked) + len(thinking_elsewhere(ranked)) + asked_already,
                now=context.now,
                policy=context.practice.policy.gap_fill,
            )
            if not free_stretches(slot=context.slot, day=day):
                verdict, words = Verdict.GONE, "The practice system shows the time as taken."
            elif context.practice.paused:
                verdict, words = Verdict.NOT_WORTH, "The practice has paused offers."
            elif refused is not None:
                verdict, words = Verdict.NOT_WORTH, refused.words
            elif not ranked.ranked:
                verdict, words = Verdict.FILL, "Who fits is still thinking about an offer."
            else:
                reason = needs_person_first(
                    services=tuple(context.matrix.service(one) for one in ranked.ranked[0].fit.service_ids),
                    clients_vip=ranked.tie,
                    policy=policy_for_services(context.practice.policy, ranked.ranked[0].fit.service_ids).gap_fill,
                )
                verdict = Verdict.FILL if reason is None else Verdict.PERSON_FIRST
                words = reason or f"{len(ranked.ranked)} on the waitlist fit."
            decide(session, context, subject="worth_filling", verdict=verdict.value, words=words, ranking=ranked)
            latest_start = context.latest_start(services)
            planned: tuple[OfferRow, ...] = ()
            more = OthersToAsk(fit=True)
            under_way = any(one.state in UNDER_WAY for one in made)
            if order.plan_wave and verdict is Verdict.FILL and not under_way and not asks_when(context, ranked):
                planned, more = plan_ranked(session, context, 1, ranked, made, latest_start, by="rules")
            _go_on(session, context)
        assessed = _assessment(context, verdict, words, latest_start)
        return assessed.model_copy(update={"planned": bool(planned), "others_fit": more.fit})

    @activity.defn(name=OFFER_WAVE.name)
    def offer_wave(self, order: OfferWave) -> WaveResult:
        """Rank again, take the next, send. A second attempt goes on with the offers the first one planned."""
        with self._database.transaction() as session:
            context = load(session, order.practice_id, order.opening_id)
            offers.expire(session, order.practice_id, order.opening_id, now=context.now)
            if context.opening.state != "live":
                return WaveResult(gone=True, words="The opening has ended.")
            if order.only_client is None and offers.claim_waits(session, order.practice_id, order.opening_id):
                # A vendor's trouble with some of the wave is nothing a client who said yes should wait for.
                return _cut_short(session, context, order)
            refused: str | None = None
            planned = planned_before(session, context, order)
            if planned and order.offers_until is not None:
                latest_start = order.offers_until + context.practice.policy.gap_fill.lead_time
            else:
                day = mirrored_day(session, context)
                latest_start = context.latest_start(fitting_services(context, day))
            closes = context.window_closes(latest_start)
            if planned:
                more = OthersToAsk(fit=order.others_fit)
            elif order.only_client is None:
                planned, more = plan_wave(session, context, order, day, latest_start)
            else:
                until = context.phone_kept_until(latest_start)
                planned, refused = plan_chosen(session, context, order, order.only_client, until=until)
                more = OthersToAsk(fit=True)
        sent: list[SentOffer] = []
        held: list[datetime] = [] if more.look_again_at is None else [more.look_again_at]
        notes: list[str] = [] if refused is None else [refused]
        unsent: list[int] = []
        with translated():
            asked_when = side_by_side(lambda one: self._ask_when(context, one), more.ask_when)
            held += [one.until for one in asked_when if one.until is not None]
            outcomes = side_by_side(lambda offer: self._send_offer(context, offer, closes), planned)
            for offer, outcome in zip(planned, outcomes, strict=True):
                if outcome.reached:
                    sent.append(SentOffer(offer_id=offer.id))
                    continue
                unsent.append(offer.id)
                if outcome.until is not None:
                    held.append(outcome.until)
                else:
                    notes.append(outcome.words)
        if not sent and any(one.handed is Handed.BUSY for one in outcomes):
            held.append(context.now + offers.LOOK_SOONEST)
        with self._database.transaction() as session:
            # Their phones are for others until they are chosen again.
            offers.let_go(session, order.practice_id, unsent)
            so_far = offers.sent_count(session, order.practice_id, order.opening_id)
            _go_on(session, context)
        return WaveResult(
            offers=tuple(sent),
            window_ends_at=closes if sent else None,
            # One whom staff chose says nothing about the others.
            nobody_left=not more.fit and not held,
            held_until=min(held, default=None),
            sent_so_far=so_far,
            words="; ".join(sorted(set(notes))),
        )

    @activity.defn(name=ASSIGN_CLIENT.name)
    def assign_client(self, order: Assign) -> Assigned:
        """Staff chose this client: the same full check, then the offer row a claim needs; nobody is asked."""
        with self._database.transaction() as session:
            context = load(session, order.practice_id, order.opening_id)
            found = chosen_by_staff(session, context, order.client_id, by_hand=True, service_ids=order.service_ids)
            if isinstance(found, str):
                keep_order(session, context, order, verdict="not assigned", words=found)
                return Assigned(words=found)
            offer = plan_offer(
                session,
                context,
                # None for somebody who is on the phone and on no list.
                entry_id=found.candidate.entry.id or None,
                client=found.candidate.client,
                fit=found.fit,
                wave=0,
                chosen_by="staff",
            )
            assert offer is not None  # it takes no phone
            if offer.state != "planned":
                # They were asked before: what fits now is what they get.
                offers.refit(
                    session,
                    order.practice_id,
                    offer.id,
                    segments=found.fit.segments,
                    consult_instead=found.fit.consult_instead,
                )
            keep_order(session, context, order, verdict="assigned")
        return Assigned(offer_id=offer.id, words=f"Assigned by {order.by}.")

    @activity.defn(name=ASK_PERSON.name)
    def ask_person(self, order: AskPerson) -> TaskRef:
        """A Task about the opening, with the ranked short list, reasons and a draft."""
        with self._database.transaction() as session:
            context = load(session, order.practice_id, order.opening_id)
            made = offers.of_opening(session, order.practice_id, order.opening_id)
            offer = next((one for one in made if one.id == order.offer_id), None)
            if (
                order.kind == TaskKind.PMS_UNREACHABLE
                and offer is not None
                and _perhaps_written(session, context, offer)
            ):
                order = order.model_copy(update={"kind": TaskKind.WRITE_UNKNOWN})
            typed = (
                _to_type(session, context, offer) if offer is not None and order.kind == TaskKind.WRITE_BY_HAND else ()
            )
            client = None if offer is None else clients.get(session, context.practice.id, offer.client_id)
            asked = sum(one.sent_at is not None for one in made)
            text = _task_words(
                context, order, offer, asked=asked, typed=typed, voice=spoken_to(context.practice, client)
            )
            row = open_and_post(
                session,
                context.practice,
                new_task(
                    context.practice,
                    text,
                    key=":".join(
                        str(part)
                        for part in (order.kind, order.opening_id, order.offer_id or 0, order.before or None)
                        if part is not None
                    ),
                    now=context.now,
                    asked_by={"journey": Journey.GAP_FILL.value, "ref": order.opening_id, "turn": 0},
                    shortlist=self._people(session, context, order, text, made),
                    client_id=offer.client_id if offer else None,
                    opening_id=order.opening_id,
                    begins_at=context.opening.during.start,
                ),
                now=context.now,
            )
            if order.kind in {TaskKind.WRITE_BY_HAND, TaskKind.PMS_UNREACHABLE, TaskKind.WRITE_UNKNOWN}:
                # What the task's safe default says.
                holds.keep(session, order.practice_id, order.opening_id, until=context.opening.during.end)
        return TaskRef(task_id=row.id, due_at=row.due_at)

    def _people(
        self, session: Session, context: OpeningContext, order: AskPerson, text: TaskWords, made: tuple[OfferRow, ...]
    ) -> tuple[dict[str, Any], ...]:
        """Whom the task is about, beside the one client it names."""
        if order.kind == TaskKind.NOT_TOLD:
            untold = [one for one in made if one.untold]
            return tuple(
                not_told(clients.get(session, context.practice.id, one.client_id), one.state) for one in untold
            )
        if any(choice.for_candidate for choice in text.choices):
            asked = {one.client_id: one.state for one in made}
            return shortlist(ranking(session, context, mirrored_day(session, context)), asked=asked)
        return ()

    # --- a wave -------------------------------------------------------------------------------------------------

    def _ask_when(self, context: OpeningContext, one: Ranked) -> Outcome:
        """Which days and hours suit them, once for ever. Where no text reaches them, offers go on."""
        client, entry_id = one.candidate.client, one.candidate.entry.id
        phone = client.phone or ""
        with self._database.transaction() as session:
            voice = sender(session, context.practice, Channel.SMS, client)
            first = not effects.heard_before(session, context.practice.id, address=phone)

        def ask(session: Session, *, in_vain: bool = False) -> None:
            questions.ask_when(
                session,
                context.practice.id,
                phone=phone,
                client_id=client.id,
                entry_id=entry_id,
                now=context.now,
                in_vain=in_vain,
            )
            tasks.decide(
                session,
                context.practice.id,
                journey=Journey.GAP_FILL.value,
                ref=context.opening.id,
                subject="when_suits",
                verdict="could not be asked" if in_vain else "asked",
                reasons=[{"client": client.id, "entry": entry_id, "words": opening_tasks.ASKED_WHEN}],
                now=context.now,
            )

        try:
            outcome = send_message(
                self._gate,
                context,
                client,
                words=wish_words.when_suits(sender=voice, first_text=first),
                key=effect_keys.when_suits_key(entry_id),
                template="when_suits",
                notice=Notice.WHEN_SUITS,
                with_it=ask,
            )
        except NotSent:
            with self._database.transaction() as session:
                questions.take_back_asking_when(session, context.practice.id, entry_id)
            raise
        if outcome.handed in {Handed.SUPPRESSED, Handed.REFUSED}:
            with self._database.transaction() as session:
                ask(session, in_vain=True)
        return outcome

    def _send_offer(self, context: OpeningContext, offer: OfferRow, closes: datetime) -> Outcome:
        with self._database.transaction() as session:
            client = clients.get(session, context.practice.id, offer.client_id)
            voice = sender(session, context.practice, Channel.SMS, client)
            first = not effects.heard_before(session, context.practice.id, address=offer.phone)
            later = later_visit(session, context.practice.id, context.matrix, offer, now=context.now)
        return send_offer(
            self._database,
            self._gate,
            context,
            offer,
            client,
            words=words_for.offer(
                sender=voice,
                visit=offer_facts(context, offer, client),
                open_until=closes,
                now=context.now,
                link=self._links.claim(offer.token),
                first_text=first,
                consult_instead=offer.consult_instead,
                replaces=None if later is None else visit_facts_of(context.matrix, later, client),
            ),
            key=effect_keys.offer_key(offer.id),
            template="offer",
            closes=closes,
            notice=Notice.OFFER,
        )


def _cut_short(session: Session, context: OpeningContext, order: OfferWave) -> WaveResult:
    """Somebody has said yes: who of the wave was asked by then, and nobody more."""
    made = offers.of_opening(session, context.practice.id, context.opening.id)
    mine = [one for one in made if one.wave == order.wave and one.expires_at is not None]
    offers.let_go(session, context.practice.id, [one.id for one in made])
    return WaveResult(
        offers=tuple(SentOffer(offer_id=one.id) for one in mine),
        window_ends_at=max((one.expires_at for one in mine if one.expires_at is not None), default=None),
        held_until=context.now + _A_CLAIM_IS_DECIDED_WITHIN,
        sent_so_far=offers.sent_count(session, context.practice.id, context.opening.id),
        words="a client said yes",
    )


def _go_on(session: Session, context: OpeningContext) -> None:
    """The vendor that was away is back: the task that said so took care of itself."""
    for task in tasks.open_of_opening(session, context.practice.id, context.opening.id):
        if task.kind == TaskKind.OFFERS_PAUSED:
            withdraw_task(session, context.practice, task, why="offers go on", now=context.now)


def _perhaps_written(session: Session, context: OpeningContext, offer: OfferRow) -> bool:
    """The practice system broke off in the middle: nobody can say whether the visit is there."""
    intent = effects.by_key(session, context.practice.id, effect_keys.booking_key(offer.id))
    return intent is not None and intent.state in {"trying", "unknown"}


def _assessment(context: OpeningContext, verdict: Verdict, words: str, latest_start: datetime) -> Assessment:
    policy, patience = context.practice.policy.gap_fill, context.practice.policy.patience
    return Assessment(
        verdict=verdict,
        words=words,
        slot_start=context.opening.during.start,
        offers_until=latest_start - policy.lead_time,
        booking_note_after=patience.booking_note_after,
        pms_give_up=patience.pms_give_up,
        pms_give_up_before_start=patience.pms_give_up_before_start,
        max_waves=policy.max_waves,
    )


def _to_type(session: Session, context: OpeningContext, offer: OfferRow) -> tuple[str, ...]:
    """All that a person needs who types a visit into the practice system, a line each."""
    matrix, zone = context.matrix, context.zone
    client = clients.get(session, context.practice.id, offer.client_id)
    reached = " ".join(one for one in (client.phone or client.phone_with_extension, client.email) if one)
    lines = [f"Client: {client.first_name} {client.last_name}" + (f" ({reached})" if reached else "")]
    place = matrix.find_location(context.opening.location_id)
    if place is not None and len(matrix.locations) > 1:
        lines.append(f"Place: {place.name}")
    for one in offer.segments:
        service, provider = matrix.find_service(one.service_id), matrix.find_provider(one.provider_id)
        start, end = (at.astimezone(ZoneInfo(zone)) for at in (one.during.start, one.during.end))
        words = f"{start:%a %d %b %Y, %H:%M}-{end:%H:%M}: {service.name if service else 'service'}"
        words += f" with {provider.first_name}" if provider else ""
        held = [room.name for room in matrix.rooms if room.id == one.room_id]
        held += [device.name for device in matrix.devices if device.id == one.device_id]
        lines.append(words + (f", {' and '.join(held)}" if held else ""))
    later = later_visit(session, context.practice.id, matrix, offer, now=context.now)
    if later is not None:
        at = later.during.start.astimezone(ZoneInfo(zone))
        lines.append(f"It replaces their visit of {at:%a %d %b %Y, %H:%M}: please cancel that one.")
    return tuple(lines)


def _task_words(
    context: OpeningContext,
    order: AskPerson,
    offer: OfferRow | None,
    *,
    asked: int,
    voice: Sender,
    typed: tuple[str, ...] = (),
) -> TaskWords:
    """What staff read, by the kind of ask. `voice`: how the client of the offer is spoken to."""
    visit = visit_facts(
        context.matrix,
        location_id=context.opening.location_id,
        start=offer.starts_at if offer else context.opening.during.start,
        segments=offer.segments if offer else (),
    )
    reference = f"opening {context.opening.id}"
    # Who was asked as well has been told, whoever chose them in the end.
    assigned_by = order.assigned_by if offer is not None and offer.sent_at is None else ""
    if order.kind == TaskKind.PERSON_FIRST:
        return opening_tasks.person_first(
            sender=voice, visit=visit, now=context.now, reason=order.words, reference=reference
        )
    if order.kind == TaskKind.CAME_TOO_LATE:
        return opening_tasks.overtaken(visit=visit, now=context.now, why=order.words, reference=reference)
    if order.kind == TaskKind.NOT_TOLD:
        return opening_tasks.not_told(sender=voice, visit=visit, now=context.now, reference=reference)
    if order.kind == TaskKind.OFFERS_PAUSED:
        return opening_tasks.offers_paused(why=order.words, reference=reference)
    if order.kind == TaskKind.WRITE_UNKNOWN:
        return opening_tasks.write_unknown(
            sender=voice, visit=visit, now=context.now, reference=reference, assigned_by=assigned_by
        )
    if order.kind == TaskKind.WRITE_BY_HAND:
        return opening_tasks.write_by_hand(
            sender=voice, visit=visit, now=context.now, typed=typed, reference=reference, assigned_by=assigned_by
        )
    if order.kind == TaskKind.PMS_UNREACHABLE:
        said_yes = None if offer is None else offer.claimed_at
        since = said_yes or context.now - context.practice.policy.patience.pms_give_up
        return opening_tasks.pms_unreachable(
            sender=voice, visit=visit, now=context.now, since=since, reference=reference, assigned_by=assigned_by
        )
    if order.kind == TaskKind.RELEASE_FAILED:
        return opening_tasks.release_failed(visit=visit, now=context.now, reference=reference)
    if order.kind == TaskKind.OVERLAP:
        return opening_tasks.overlap(
            sender=voice, visit=visit, now=context.now, reference=reference, assigned_by=assigned_by
        )
    if order.kind == TaskKind.PMS_REFUSED:
        return opening_tasks.pms_refused(
            sender=voice, visit=visit, now=context.now, why=order.words, reference=reference, assigned_by=assigned_by
        )
    if order.kind == TaskKind.ASSIGNMENT_DOES_NOT_FIT:
        return opening_tasks.assignment_does_not_fit(visit=visit, now=context.now, why=order.words, reference=reference)
    return opening_tasks.nobody_left(sender=voice, visit=visit, now=context.now, offers=asked, reference=reference)
