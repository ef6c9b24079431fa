"""What staff order about an opening or on a task: whether it can be done now, and exactly what it does, in words.

The one place that says so. The API, the task's page and card, and the command line ask here before an order is taken;
the activities that carry it out ask again, with the same rules. Decides on the mirror, as of its last look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from sqlmodel import Session

from domain import effect_keys
from domain.calendar import Day
from domain.clients import Channel, Client, MessageKind, WaitlistEntry
from domain.contact import next_allowed
from domain.filling import wave_size
from domain.fitting import fit_on
from domain.matching import Candidate, Fit, Ranking, Rejection, Rule
from domain.messages import staff_orders as words_for
from domain.messages.facts import VisitFacts
from domain.messages.staff_orders import OrderWords
from domain.placing import Board
from models.repositories import calendar, clients, effects, holds, offers, openings, practices, waitlist
from models.repositories.offers import OfferRow
from models.repositories.practices import PracticeFacts
from operations.message_facts import quiet_zones, visit_facts
from operations.opening_context import OpeningContext, fitting_services, mirrored_day, practice_of, ranking


class Order(StrEnum):
    """What a fill can be told by staff; the first four are answers of tasks too."""

    ASSIGN = "assign"
    OFFER = "offer"
    GO = "go"
    LEAVE = "leave"
    WITHDRAW = "withdraw"


#: The time was filled or taken out of the fill's hands: no fill can carry out anything for it.
_GONE: Final = frozenset({"filled", "withdrawn"})


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why an order cannot be carried out. `type` is stable, for programs; `words` are for whoever gave it."""

    type: str
    words: str
    field: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A client with the wish that fits, and how."""

    candidate: Candidate
    fit: Fit


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """Either `refused`, or `words` that say what it does; with the choice it was found for, where it is about one."""

    refused: Refusal | None = None
    words: OrderWords | None = None
    chosen: Chosen | None = None


class OpeningOrders:
    """What can be ordered about one opening just now. Reads as little as it needs, and each thing once: a page may ask
    for everybody on a short list.

    `by_task`: a task's answer is carried out by a new fill, where its own has ended with the time still free.
    `in_chat`: others read along, so that clients are initials and no treatment is named.
    """

    def __init__(
        self, session: Session, context: OpeningContext, *, by_task: bool = False, in_chat: bool = False
    ) -> None:
        self._session = session
        self._context = context
        self._by_task = by_task
        self._in_chat = in_chat

    def judge(self, order: Order, client_id: int | None = None, service_ids: tuple[int, ...] = ()) -> Prospect:
        """This order, now. `service_ids`: what they are booked for, where that is not what they wait for."""
        match order:
            case Order.ASSIGN | Order.OFFER:
                if client_id is None:
                    return _refused("client_missing", words_for.NO_CLIENT_NAMED, field="client_id")
                return self.assign(client_id, service_ids) if order is Order.ASSIGN else self.offer(client_id)
            case Order.GO:
                return self.go()
            case Order.LEAVE:
                return self.leave()
            case Order.WITHDRAW:
                return self.withdraw()

    # --- the orders ---------------------------------------------------------------------------------------------

    def assign(self, client_id: int, service_ids: tuple[int, ...] = ()) -> Prospect:
        """Book this client without asking anybody. They are on the phone: no rule about texts or wishes stops it, and
        they need not stand on the waitlist."""
        found = self._choice(client_id, by_hand=True, service_ids=service_ids)
        if isinstance(found, Refusal):
            return Prospect(refused=found)
        client = found.candidate.client
        words = words_for.books(
            who=self._called(client),
            time=self._time(found.fit),
            told_by=self._told_by(client),
            others=self._texted(but=client_id),
        )
        return Prospect(words=words, chosen=found)

    def offer(self, client_id: int) -> Prospect:
        """Ask this client next."""
        found = self._choice(client_id, by_hand=False)
        if isinstance(found, Refusal):
            return Prospect(refused=found)
        context, client = self._context, found.candidate.client
        zones = quiet_zones(context.matrix, context.opening.location_id, client)
        allowed = next_allowed(at=context.now, zones=zones, policy=context.practice.policy.contact)
        if allowed >= self._latest_start - context.practice.policy.gap_fill.lead_time and allowed > context.now:
            why = "Quiet hours last until it is too late to ask."
            return _refused("does_not_fit", words_for.cannot_be_asked(who=self._called(client), why=why))
        words = words_for.offers(
            who=self._called(client),
            time=self._time(found.fit),
            open_until=context.window_closes(self._latest_start),
            held=allowed if allowed > context.now else None,
            visit=self._facts(found.fit),
            now=context.now,
        )
        return Prospect(words=words, chosen=found)

    def go(self) -> Prospect:
        """Let the offers go out in the ranked order."""
        if (closed := self._closed()) is not None:
            return Prospect(refused=closed)
        if self._context.practice.paused:
            return _refused("paused", words_for.OFFERS_ARE_PAUSED)
        ranked = self._ranking.ranked
        size = wave_size(
            policy=self._context.practice.policy.gap_fill,
            now=self._context.now,
            slot_start=self._latest_start,
            offers_sent=offers.sent_count(self._session, self._context.practice.id, self._context.opening.id),
        )
        if not ranked[:size]:
            return _refused("does_not_fit", words_for.NOBODY_FITS)
        first = tuple(self._called(one.candidate.client) for one in ranked[:size])
        return Prospect(words=words_for.goes(first=first, fit=len(ranked)))

    def leave(self) -> Prospect:
        """Leave the chair free."""
        if self._context.opening.state == "live" and self._being_booked:
            return _refused("already_claimed", words_for.BEING_BOOKED)
        return Prospect(words=words_for.leaves(others=self._texted()))

    def withdraw(self) -> Prospect:
        """Stop filling."""
        if self._context.opening.state != "live":
            return _refused("over", words_for.FILL_HAS_ENDED)
        if self._being_booked:
            return _refused("already_claimed", words_for.BEING_BOOKED)
        return Prospect(words=words_for.stops(others=self._texted()))

    # --- the rules ----------------------------------------------------------------------------------------------

    def _closed(self) -> Refusal | None:
        """Why nothing can be done about this time any more."""
        context = self._context
        if context.opening.state != "live" and not self._by_task:
            return Refusal(type="over", words=words_for.FILL_HAS_ENDED)
        if context.opening.state in _GONE:
            return Refusal(type="over", words=words_for.TIME_IS_TAKEN)
        if context.opening.during.end <= context.now:
            return Refusal(type="over", words=words_for.TIME_IS_PAST)
        if self._being_booked:
            return Refusal(type="already_claimed", words=words_for.BEING_BOOKED)
        return None

    def _choice(self, client_id: int, *, by_hand: bool, service_ids: tuple[int, ...] = ()) -> Chosen | Refusal:
        client = clients.many(self._session, self._context.practice.id, [client_id]).get(client_id)
        if client is None:
            return Refusal(type="client_unknown", words=words_for.NO_SUCH_CLIENT, field="client_id")
        if (closed := self._closed()) is not None:
            return closed
        found = self.fit(client, by_hand=by_hand, service_ids=service_ids)
        if isinstance(found, Chosen):
            return found
        if found.rule is Rule.SERVICE_NOT_SAID:
            return Refusal(type="service_missing", words=found.words, field="service_ids")
        said = words_for.cannot_have_it if by_hand else words_for.cannot_be_asked
        return Refusal(type="does_not_fit", words=said(who=self._called(client), why=found.words), field="client_id")

    def fit(self, client: Client, *, by_hand: bool, service_ids: tuple[int, ...] = ()) -> Chosen | Rejection:
        """The first of the client's wishes that fits, or the rule in the way of the first. `service_ids`: what they
        wish for now, on the phone."""
        offer = next((one for one in self._made if one.client_id == client.id), None)
        if (refused := self._in_its_way(client, offer, by_hand=by_hand)) is not None:
            return refused
        context = self._context
        waits_for = waitlist.candidates_of(
            self._session,
            context.practice.id,
            client,
            opening_id=context.opening.id,
            slot=context.slot,
            now=context.now,
            zone=context.zone,
        )
        if by_hand and (service_ids or not waits_for):
            wish = self._wish_by_phone(client, service_ids)
            if isinstance(wish, Rejection):
                return wish
            waits_for = (wish,)
        refusals: list[Rejection] = []
        for candidate in waits_for:
            found = fit_on(self._board, candidate, now=context.now, policy=context.practice.policy, by_hand=by_hand)
            if isinstance(found, Fit):
                return Chosen(candidate=candidate, fit=found)
            refusals.append(found)
        not_waiting = Rejection(rule=Rule.NO_CANDIDATE, words="Does not wait for anything on the waitlist.")
        return refusals[0] if refusals else not_waiting

    def _wish_by_phone(self, client: Client, service_ids: tuple[int, ...]) -> Candidate | Rejection:
        """What somebody is booked for who waits for nothing: the services they name; else what was cancelled, where
        that fits; else the one service that does."""
        context = self._context
        fitting = {one.id: one for one in fitting_services(context, self._day)}
        if unknown := [one for one in service_ids if context.matrix.find_service(one) is None]:
            words = f"There is no service {unknown[0]} in this practice."
            return Rejection(rule=Rule.SERVICE_NOT_SAID, words=f"{words} {words_for.NOBODY_BOOKED}")
        wanted = service_ids or self._freed_services
        if not service_ids and not (wanted and set(wanted) <= set(fitting)):
            wanted = tuple(fitting)[:1] if len(fitting) == 1 else ()
        if not wanted:
            names = tuple(f"{one.name} ({one.id})" for one in fitting.values())
            return Rejection(rule=Rule.SERVICE_NOT_SAID, words=words_for.which_service(names))
        visits = calendar.client_visits(
            self._session, context.practice.id, [client.id], since=min(context.now, context.slot.during.start)
        )
        entry = WaitlistEntry.on_no_list(client_id=client.id, service_ids=wanted, now=context.now, together=True)
        return Candidate(entry=entry, client=client, visits=visits.get(client.id, ()))

    def _in_its_way(self, client: Client, offer: OfferRow | None, *, by_hand: bool) -> Rejection | None:
        """What came of this opening with this client before."""
        if offer is not None:
            intent = effects.by_key(self._session, self._context.practice.id, effect_keys.booking_key(offer.id))
            if intent is not None and intent.state == "refused":
                words = "The practice system has refused to book them then; please book them there."
                return Rejection(rule=Rule.ALREADY_BOOKED_THEN, words=words)
        if by_hand:
            return None
        if self._context.practice.paused:
            return Rejection(rule=Rule.NO_CANDIDATE, words="The practice has paused offers.")
        shared = any(
            one.state == "open" and one.phone == client.phone and one.client_id != client.id for one in self._made
        )
        if shared:
            return Rejection(rule=Rule.ASKED_THROUGH_ANOTHER, words="Somebody with the same phone was asked already.")
        return None

    # --- facts, read once ---------------------------------------------------------------------------------------

    @cached_property
    def _day(self) -> Day:
        return mirrored_day(self._session, self._context)

    @cached_property
    def _freed_services(self) -> tuple[int, ...]:
        """What the visit was whose end freed the time; nothing where the matrix lacks some of it."""
        appointment_id = self._context.opening.appointment_id
        visit = None
        if appointment_id is not None:
            visit = calendar.visit(self._session, self._context.practice.id, appointment_id)
        known = () if visit is None else tuple(one.service_id for one in visit.segments if one.service_id is not None)
        return known if visit is not None and len(known) == len(visit.segments) else ()

    @cached_property
    def _board(self) -> Board:
        context = self._context
        return Board(
            slot=context.slot,
            matrix=context.matrix,
            day=self._day,
            zone=context.zone,
            policy=context.practice.policy,
        )

    @cached_property
    def _ranking(self) -> Ranking:
        return ranking(self._session, self._context, self._day)

    @cached_property
    def _latest_start(self) -> datetime:
        return self._context.latest_start(fitting_services(self._context, self._day))

    @cached_property
    def _made(self) -> tuple[OfferRow, ...]:
        return offers.of_opening(self._session, self._context.practice.id, self._context.opening.id)

    @cached_property
    def _being_booked(self) -> bool:
        return holds.being_booked(self._session, self._context.practice.id, self._context.opening.id)

    def _texted(self, *, but: int | None = None) -> int:
        """How many who were asked will read how it ended."""
        owed = [one for one in self._made if one.untold and one.client_id != but]
        people = clients.many(self._session, self._context.practice.id, {one.client_id for one in owed})
        return sum(
            Channel.SMS in self._told_by(people[one.client_id], answers=one.claimed_at is not None) for one in owed
        )

    def _told_by(self, client: Client, *, answers: bool = False) -> tuple[Channel, ...]:
        """How a client may be told about a visit of theirs. `answers`: they wrote, and this answers them."""
        addresses = {Channel.SMS: client.phone, Channel.EMAIL: client.email}
        return tuple(
            channel
            for channel, address in addresses.items()
            if address is not None
            and channel not in client.opted_out
            and channel in self._context.practice.policy.contact.approved_channels
            and (answers or client.consent.allows(channel, MessageKind.APPOINTMENT))
        )

    # --- words --------------------------------------------------------------------------------------------------

    def _called(self, client: Client) -> str:
        return words_for.called(client, in_chat=self._in_chat)

    def _facts(self, fit: Fit) -> VisitFacts:
        return visit_facts(
            self._context.matrix, location_id=self._context.opening.location_id, start=fit.start, segments=fit.segments
        )

    def _time(self, fit: Fit) -> str:
        return words_for.a_time(
            self._facts(fit),
            length=fit.end - fit.start,
            now=self._context.now,
            consult_instead=fit.consult_instead,
            in_chat=self._in_chat,
        )


def chosen_by_staff(
    session: Session, context: OpeningContext, client_id: int, *, by_hand: bool, service_ids: tuple[int, ...] = ()
) -> Chosen | str:
    """The client staff chose, with what fits them, or why nothing does; for who carries the order out."""
    client = clients.many(session, context.practice.id, [client_id]).get(client_id)
    if client is None:
        return words_for.NO_SUCH_CLIENT
    found = OpeningOrders(session, context).fit(client, by_hand=by_hand, service_ids=service_ids)
    return found if isinstance(found, Chosen) else f"The chosen client cannot have it: {found.words}"


def about_opening(
    session: Session,
    practice: PracticeFacts,
    opening_id: int,
    *,
    now: datetime,
    by_task: bool = False,
    in_chat: bool = False,
) -> OpeningOrders:
    """What can be ordered about this opening. Raises `sqlalchemy.exc.NoResultFound` when the practice has none such."""
    opening = openings.get(session, practice.id, opening_id)
    context = OpeningContext(
        practice=practice_of(session, practice, opening),
        matrix=practices.matrix(session, practice.id),
        opening=opening,
        now=now,
    )
    return OpeningOrders(session, context, by_task=by_task, in_chat=in_chat)


def _refused(type_: str, words: str, *, field: str | None = None) -> Prospect:
    return Prospect(refused=Refusal(type=type_, words=words, field=field))
