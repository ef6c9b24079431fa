"""How a fill ends for everybody who was asked: one closing message each, and it is the truth."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session
from temporalio import activity

from contracts.gap_fill import (
    CLOSE_OFFERS,
    TELL_WINNER,
    CloseOffers,
    CloseResult,
    Ending,
    SentOffer,
    Tell,
    TellWinner,
    Told,
)
from domain import effect_keys
from domain.calendar import Day
from domain.client_notices import Follows, Handed, Notice, follows
from domain.clients import Channel, Client
from domain.matching import Candidate, Fit, fit
from domain.messages import gap_fill as words_for
from domain.messages import opening_tasks
from domain.messages.facts import Sender, VisitFacts, Words
from domain.reminder_times import last_useful
from domain.tasks import STEERING, TaskKind
from models.repositories import clients, effects, offers, openings, questions, tasks
from models.repositories.offers import OfferRow
from models.session import Database
from operations import hand_work
from operations.channels import by_any_channel, is_for_a_person
from operations.concurrent_calls import side_by_side
from operations.gate import MessageGate, Outcome
from operations.message_facts import is_listed, sender
from operations.offer_texts import send_offer
from operations.opening_context import (
    OpeningContext,
    candidates,
    decide,
    fitting_services,
    load,
    mirrored_day,
    offer_facts,
    plan_offer,
    practice_of,
    send_message,
)
from operations.ports import Links
from operations.staff_tasks import new_task, open_and_post, withdraw_task
from operations.vendor_errors import look_again, translated

#: A late YES is still understood, and answered, for this long after an offer has ended.
REMEMBERED = timedelta(days=2)
#: How far ahead the next best opening for somebody who lost one may be.
NEXT_BEST_WITHIN = timedelta(days=7)

#: A person finishes the booking.
_WITH_A_PERSON = frozenset({Tell.HANDED_OVER, Tell.BY_HAND})
_TO_WINNERS: dict[Tell, Callable[..., Words]] = {
    Tell.NOT_FREE: words_for.clinic_filled,
    Tell.HANDED_OVER: words_for.still_trying_handed_over,
    Tell.BY_HAND: words_for.booking_note,
}
_ENDED_AS = {Ending.FILLED: "lost", Ending.LAPSED: "expired"}


class Endings:
    """Closes offers and tells winners what became of their YES."""

    def __init__(self, *, database: Database, gate: MessageGate, links: Links) -> None:
        self._database = database
        self._gate = gate
        self._links = links

    @activity.defn(name=CLOSE_OFFERS.name)
    def close_offers(self, order: CloseOffers) -> CloseResult:
        """One closing message for everybody who got an offer, or the reason why there is none."""
        with self._database.transaction() as session:
            context = load(session, order.practice_id, order.opening_id)
            if order.final:
                state = Ending.FILLED.value if order.won else order.ending.value
                ended = openings.close(session, order.practice_id, order.opening_id, state=state, now=context.now)
                if ended and order.by != "rules":
                    decide(
                        session,
                        context,
                        subject="withdrawn",
                        verdict="withdrawn",
                        words=order.reason,
                        decided_by=order.by,
                    )
                questions.close_opening(
                    session, order.practice_id, order.opening_id, context.now, forget_at=context.now + REMEMBERED
                )
                _withdraw_tasks(session, context, STEERING, why=order.ending.value)
            mine = offers.of_opening(session, order.practice_id, order.opening_id)
            offers.let_go(session, order.practice_id, [one.id for one in mine])
        told = not_told = 0
        held: list[datetime] = []
        unsure: list[timedelta] = []
        with translated():
            owed = [one for one in mine if _owed_a_word(one, order, now=context.now)]
            owed = [one for one in owed if not self._given_by_hand(context, one)]
            if order.instead:
                for offer in owed:
                    self._stands_instead(context, offer, order.instead)
                not_told, owed = len(owed), []
            for outcome in side_by_side(lambda offer: self._change_or_close(context, offer, order), owed):
                if outcome.again_after is not None:
                    unsure.append(outcome.again_after)
                elif outcome.until is not None and follows(Notice.CLOSING, outcome.handed) is Follows.WAITS:
                    held.append(outcome.until)
                elif outcome.reached:
                    told += 1
                else:
                    not_told += 1
        if unsure:
            raise look_again("nobody can say yet whether every closing message went out", after=min(unsure))
        if order.final and not order.instead:  # else staff told them, or nobody has
            with self._database.transaction() as session:
                _withdraw_tasks(session, context, {TaskKind.NOT_TOLD}, why="told")
        made = self._made_instead(context) if order.only else ()
        return CloseResult(
            told=told,
            not_told=not_told,
            held_until=min(held, default=None),
            offers=tuple(SentOffer(offer_id=one.id) for one in made),
            window_ends_at=max((one.expires_at for one in made if one.expires_at is not None), default=None),
        )

    @activity.defn(name=TELL_WINNER.name)
    def tell_winner(self, order: TellWinner) -> Told:
        """The truth to somebody who said yes: at it; not to be had, with the next best; or a person will call."""
        with self._database.transaction() as session:
            context = load(session, order.practice_id, order.opening_id)
            offer = offers.get(session, order.practice_id, order.offer_id)
            if order.what in _WITH_A_PERSON and offer.state in {"won", "lost"}:
                return Told()  # a person was faster, and the client has heard, or will hear, how it ended
            if order.what is Tell.NOT_FREE and hand_work.given(session, context.practice, offer, now=context.now):
                return Told(next_best_offered=True)  # who has the very time needs neither another nor a person
            asked = offer.sent_at is not None
            client = clients.get(session, order.practice_id, offer.client_id)
            voice = sender(session, context.practice, Channel.SMS, client)
            facts = offer_facts(context, offer, client)
            if order.what in _WITH_A_PERSON:
                offers.set_state(session, order.practice_id, offer.id, state="handed_over", now=context.now)
            elif order.what is Tell.NOT_FREE and offer.state not in {"lost", "replaced"}:
                offers.set_state(session, order.practice_id, offer.id, state="lost", now=context.now)
                # A yes from now on means the next best thing, which the same text offers.
                questions.close_offer(
                    session, order.practice_id, offer.id, context.now, forget_at=context.now + REMEMBERED
                )
            if order.what is Tell.BY_HAND and _knows_already(session, context, offer):
                offers.closing(session, order.practice_id, offer.id, words="handed_over")
                return Told()
            # Looked for last: while the lost offer was open, its phone could not be offered anything else.
            better = self._instead(session, context, offer) if order.what is Tell.NOT_FREE and asked else None
        if not asked:
            return Told()  # staff speak with them, and get a task; no text tells of what no text offered
        with translated():
            if better is not None and self._offer_instead(better, instead_of=offer, facts=facts, voice=voice):
                if better[1].opening_id != context.opening.id:
                    return Told(next_best_offered=True)
                return Told(
                    next_best_offered=True,
                    offers=(SentOffer(offer_id=better[1].id),),
                    window_ends_at=context.window_closes(better[1].starts_at),
                )
            if order.what is Tell.CONFIRMING:
                words = words_for.booking_note(sender=voice, visit=facts, now=context.now)
                _be_sure(
                    send_message(
                        self._gate,
                        context,
                        client,
                        words=words,
                        key=effect_keys.note_key(offer.id),
                        template="booking_note",
                        notice=Notice.BOOKING_NOTE,
                        is_answer=True,
                    )
                )
                return Told()
            self._tell_ending(
                context,
                offer,
                client,
                notice=Notice.WINNER,
                what="clinic_filled" if order.what is Tell.NOT_FREE else "handed_over",
                template="booking_note" if order.what is Tell.BY_HAND else None,
                words=partial(_winner_words, order.what, facts, now=context.now),
                said_yes=True,
            )
        return Told()

    def _change_or_close(self, context: OpeningContext, offer: OfferRow, order: CloseOffers) -> Outcome:
        """While the opening goes on, somebody whose time of it was taken is offered what of it still fits them, in the
        one text that tells them so."""
        if order.only:
            with self._database.transaction() as session:
                client = clients.get(session, context.practice.id, offer.client_id)
                voice = sender(session, context.practice, Channel.SMS)
                instead = self._of_the_same(session, context, offer)
            if instead is not None:
                facts = offer_facts(context, offer, client)
                if self._offer_instead((context, instead), instead_of=offer, facts=facts, voice=voice, said_yes=False):
                    return Outcome(handed=Handed.SENT)
                self._not_offered(context, instead)
        return self._close_one(context, offer, order)

    def _close_one(self, context: OpeningContext, offer: OfferRow, order: CloseOffers) -> Outcome:
        said_yes, declined = offer.id in order.claimed, offer.state == "declined"
        handed_over = offer.state == "handed_over"  # and nobody could tell them so when it was
        unfit = offer.state in {"withdrawn", "replaced"}  # and so the opening may end as it will
        with self._database.transaction() as session:
            client = clients.get(session, context.practice.id, offer.client_id)
            listed = is_listed(session, context.practice.id, client, now=context.now, zone=context.zone)
            if not declined and not handed_over and not unfit:
                state = _ENDED_AS.get(order.ending, "withdrawn")
                if said_yes or offer.claimed_at is not None:
                    state = "lost"
                offers.set_state(session, context.practice.id, offer.id, state=state, now=context.now)
        facts = offer_facts(context, offer, client)

        def words(voice: Sender, channel: Channel) -> Words:
            if declined:
                return words_for.declined(sender=voice, listed=listed, channel=channel)
            if handed_over:
                return words_for.still_trying_handed_over(sender=voice, visit=facts, now=context.now, channel=channel)
            if order.ending is Ending.LAPSED and not said_yes and not unfit:
                return words_for.lapsed(sender=voice, visit=facts, now=context.now, listed=listed, channel=channel)
            lost = order.ending is Ending.FILLED and (bool(order.only) or not unfit)
            tell = words_for.lost if lost else words_for.withdrawn
            return tell(sender=voice, visit=facts, now=context.now, listed=listed, said_yes=said_yes, channel=channel)

        return self._tell_ending(
            context,
            offer,
            client,
            notice=Notice.CLOSING,
            what=order.ending.value,
            template=f"closing_{order.ending.value}",
            words=words,
            said_yes=said_yes or handed_over,
            is_answer=said_yes or declined,
            with_it=_unanswered(context, offer),
        )

    def _tell_ending(
        self,
        context: OpeningContext,
        offer: OfferRow,
        client: Client,
        *,
        notice: Notice,
        what: str,
        words: Callable[[Sender, Channel], Words],
        said_yes: bool,
        template: str | None = None,
        is_answer: bool = True,
        with_it: Callable[[Session], str | None] | None = None,
    ) -> Outcome:
        """The one message about how an offer ended, by text, else by mail, else through a person; and its record."""

        def send(channel: Channel) -> Outcome:
            return send_message(
                self._gate,
                context,
                client,
                words=words(self._voice(context, channel, client), channel),
                key=effect_keys.closing_key(offer.id, channel.value),
                template=template or what,
                notice=notice,
                channel=channel,
                is_answer=is_answer,
                useful_until=_last_useful(context, offer) if said_yes else None,
                with_it=with_it,
            )

        outcome = by_any_channel(notice, send)
        if notice is Notice.WINNER:
            _be_sure(outcome)
        next_step = follows(notice, outcome.handed)
        if outcome.again_after is not None or next_step is Follows.WAITS:
            return outcome
        with self._database.transaction() as session:
            told = next_step is Follows.NOTHING
            offers.closing(session, context.practice.id, offer.id, words=what if told else f"not told: {outcome.words}")
            if is_for_a_person(notice, outcome):
                draft = words(sender(session, context.practice, Channel.SMS, client), Channel.SMS).text
                _ask_to_tell(session, context, offer, client, outcome, draft=draft, said_yes=said_yes)
        return outcome

    def _voice(self, context: OpeningContext, channel: Channel, client: Client) -> Sender:
        with self._database.transaction() as session:
            return sender(session, context.practice, channel, client)

    def _given_by_hand(self, context: OpeningContext, offer: OfferRow) -> bool:
        """The visit's own booking tells who has it; a closing message would take it back."""
        if offer.state == "replaced":
            return False  # another offer has its place
        with self._database.transaction() as session:
            return hand_work.given(session, context.practice, offer, now=context.now)

    def _stands_instead(self, context: OpeningContext, offer: OfferRow, words: str) -> None:
        """Texts could not be sent, and staff told the client, or nobody did: written down as what it was."""
        with self._database.transaction() as session:
            offers.closing(session, context.practice.id, offer.id, words=words)

    def _instead(
        self, session: Session, context: OpeningContext, lost: OfferRow
    ) -> tuple[OpeningContext, OfferRow] | None:
        """What of the same opening still fits this client, or else the next best opening, made an offer."""
        if (same := self._of_the_same(session, context, lost)) is not None:
            return context, same
        return self._next_best(session, context, lost)

    def _of_the_same(self, session: Session, context: OpeningContext, lost: OfferRow) -> OfferRow | None:
        """Another time of the same opening for this client, made an offer that takes the place of the lost one."""
        practice_id, opening_id = context.practice.id, context.opening.id
        begun = offers.begun_next_best(
            session, practice_id, client_id=lost.client_id, instead_of=lost.id, opening_id=opening_id
        )
        if begun is not None or lost.state == "replaced" or context.opening.state != "live":
            return begun
        day = mirrored_day(session, context)
        for candidate in candidates(session, context, day):
            if candidate.client.id != lost.client_id:
                continue
            # They were asked, and are owed the truth about it: that it is another time of that day uses up no cap.
            again = replace(candidate, offered_already=False, open_offer=False, offers_today=0, offers_this_week=0)
            match = _fit(context, again, day)
            if match is not None and (match.start, match.end) != (lost.starts_at, lost.ends_at):
                offers.lock_phones(session, practice_id, now=context.now)
                offers.replaced(session, practice_id, lost.id, now=context.now)
                planned = plan_offer(
                    session,
                    context,
                    entry_id=candidate.entry.id,
                    client=candidate.client,
                    fit=match,
                    wave=0,
                    chosen_by="next_best",
                    reserved_until=context.phone_kept_until(match.start),
                )
                if planned is None:  # another fill asks them about another time
                    offers.set_state(session, practice_id, lost.id, state=lost.state, now=context.now)
                return planned
        return None

    def _made_instead(self, context: OpeningContext) -> tuple[OfferRow, ...]:
        """Open offers of this opening that took the place of others."""
        with self._database.transaction() as session:
            return tuple(
                one
                for one in offers.of_opening(session, context.practice.id, context.opening.id)
                if one.state == "open" and one.chosen_by == "next_best" and one.expires_at is not None
            )

    def _not_offered(self, context: OpeningContext, offer: OfferRow) -> None:
        """What would have been offered beside the truth could not be, not now: the truth goes alone."""
        with self._database.transaction() as session:
            offers.set_state(session, context.practice.id, offer.id, state="suppressed", now=context.now)
            offers.closing(session, context.practice.id, offer.id, words="never asked: it could not be offered in time")

    def _next_best(
        self, session: Session, context: OpeningContext, lost: OfferRow
    ) -> tuple[OpeningContext, OfferRow] | None:
        """Another live opening that fits this client, made an offer of its own fill."""
        begun = offers.begun_next_best(session, context.practice.id, client_id=lost.client_id, instead_of=lost.id)
        if begun is not None:
            opening = openings.get(session, context.practice.id, begun.opening_id)
            return OpeningContext(
                practice=practice_of(session, context.practice, opening),
                matrix=context.matrix,
                opening=opening,
                now=context.now,
            ), begun
        for opening in openings.live_after(session, context.practice.id, start=context.now, within=NEXT_BEST_WITHIN):
            other = OpeningContext(
                practice=practice_of(session, context.practice, opening),
                matrix=context.matrix,
                opening=opening,
                now=context.now,
            )
            day = mirrored_day(session, other)
            latest_start = other.latest_start(fitting_services(other, day))
            if (
                opening.id == context.opening.id
                or latest_start - other.practice.policy.gap_fill.lead_time <= context.now
            ):
                continue
            for candidate in candidates(session, other, day):
                if candidate.client.id != lost.client_id or candidate.offered_already:
                    continue
                if (match := _fit(other, candidate, day)) is not None:
                    offers.lock_phones(session, context.practice.id, now=context.now)
                    planned = plan_offer(
                        session,
                        other,
                        entry_id=candidate.entry.id,
                        client=candidate.client,
                        fit=match,
                        wave=0,
                        chosen_by="next_best",
                        reserved_until=other.phone_kept_until(latest_start),
                    )
                    # None: another fill asks them about another time, which is as good.
                    return None if planned is None else (other, planned)
        return None

    def _offer_instead(
        self,
        better: tuple[OpeningContext, OfferRow],
        *,
        instead_of: OfferRow,
        facts: VisitFacts,
        voice: Sender,
        said_yes: bool = True,
    ) -> bool:
        """One text that tells the truth about the lost time and offers another; True when it reached the client."""
        other, offer = better
        with self._database.transaction() as session:
            client = clients.get(session, other.practice.id, offer.client_id)
        closes = other.window_closes(offer.starts_at)
        outcome = send_offer(
            self._database,
            self._gate,
            other,
            offer,
            client,
            words=words_for.offer_next_best(
                sender=voice,
                lost_visit=facts,
                visit=offer_facts(other, offer, client),
                open_until=closes,
                now=other.now,
                link=self._links.claim(offer.token),
                consult_instead=offer.consult_instead,
                said_yes=said_yes,
            ),
            key=effect_keys.closing_key(instead_of.id),
            template="offer_next_best",
            closes=closes,
            notice=Notice.NEXT_BEST,
            is_answer=said_yes,
        )
        _be_sure(outcome)
        if not outcome.reached:
            with self._database.transaction() as session:
                offers.let_go(session, other.practice.id, [offer.id])
            return False
        with self._database.transaction() as session:
            offers.closing(session, other.practice.id, instead_of.id, words="told, with another time")
        return True


def _fit(context: OpeningContext, candidate: Candidate, day: Day) -> Fit | None:
    found = fit(
        slot=context.slot,
        candidate=candidate,
        matrix=context.matrix,
        day=day,
        now=context.now,
        zone=context.zone,
        policy=context.practice.policy,
    )
    return found if isinstance(found, Fit) else None


def _unanswered(context: OpeningContext, offer: OfferRow) -> Callable[[Session], str | None]:
    """Runs where the gate admits a closing message: a late YES may have had its answer meanwhile, which is as good."""

    def check(session: Session) -> str | None:
        return offers.lock(session, context.practice.id, offer.id).closing

    return check


def _be_sure(outcome: Outcome) -> None:
    """A message whose answer was lost is looked for, and sent again where it did not go out."""
    if outcome.again_after is not None:
        raise look_again("nobody can say yet whether the message went out", after=outcome.again_after)


def _owed_a_word(offer: OfferRow, order: CloseOffers, *, now: datetime) -> bool:
    """Everybody who was asked and has not heard how it ended; a winner hears from their booking."""
    if order.only:
        return offer.untold and offer.id in order.only
    if not order.final and offer.state == "open" and offer.expires_at is not None and offer.expires_at > now:
        return False  # made by another fill as its next best; there is time left to answer
    return offer.untold and offer.id != order.winner_offer_id


def _last_useful(context: OpeningContext, offer: OfferRow) -> datetime:
    """Until when somebody who said yes must know that they need not come."""
    return last_useful(start=offer.starts_at, now=context.now, booking=context.practice.policy.booking)


def _knows_already(session: Session, context: OpeningContext, offer: OfferRow) -> bool:
    """Whether the winner has read that their time is being booked."""
    note = effects.by_key(session, context.practice.id, effect_keys.note_key(offer.id))
    return note is not None and note.state == "done"


def _winner_words(what: Tell, facts: VisitFacts, voice: Sender, channel: Channel, *, now: datetime) -> Words:
    """For somebody who said yes first."""
    tell = _TO_WINNERS[what]
    return tell(sender=voice, visit=facts, now=now, channel=channel)


def _ask_to_tell(
    session: Session,
    context: OpeningContext,
    offer: OfferRow,
    client: Client,
    outcome: Outcome,
    *,
    draft: str,
    said_yes: bool,
) -> None:
    """Nobody else will tell them now: a person does."""
    text = opening_tasks.not_reached(
        visit=offer_facts(context, offer, client),
        now=context.now,
        why=outcome.words,
        draft=draft,
        said_yes=said_yes,
        by_text=outcome.handed in {Handed.TOO_LATE, Handed.UNKNOWN},
        reference=f"opening {context.opening.id}",
    )
    new = new_task(
        context.practice,
        text,
        key=f"not_reached:{offer.id}",
        now=context.now,
        client_id=client.id,
        opening_id=context.opening.id,
        begins_at=offer.starts_at if said_yes else None,
    )
    open_and_post(session, context.practice, new, now=context.now)


def _withdraw_tasks(session: Session, context: OpeningContext, kinds: Set[TaskKind], *, why: str) -> None:
    """Tasks that only asked for help with the opening are settled with it; those about a client stay."""
    for task in tasks.open_of_opening(session, context.practice.id, context.opening.id):
        if task.kind in kinds:
            withdraw_task(session, context.practice, task, why=why, now=context.now)
