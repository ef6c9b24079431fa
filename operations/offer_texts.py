"""The text that makes an offer: what stands in the database before it goes out, and after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from domain.client_notices import Follows, Handed, Notice, follows
from domain.clients import Client
from domain.messages.facts import Words
from models.repositories import effects, offers, openings, questions
from models.repositories.offers import OfferRow
from models.session import Database
from operations.gate import MessageGate, Outcome
from operations.opening_context import OpeningContext, send_message
from vendors.errors import NotSent


def send_offer(
    database: Database,
    gate: MessageGate,
    context: OpeningContext,
    offer: OfferRow,
    client: Client,
    *,
    words: Words,
    key: str,
    template: str,
    closes: datetime,
    notice: Notice,
    is_answer: bool = False,
) -> Outcome:
    """One offer through the gate; its window starts when the vendor has it, or perhaps has it. Raises what the gate
    raises; an offer that surely did not go out is planned again, and asks nothing."""
    try:
        outcome = send_message(
            gate,
            context,
            client,
            words=words,
            key=key,
            template=template,
            notice=notice,
            is_answer=is_answer,
            with_it=_asking(context, offer, key=key),
        )
    except NotSent:
        with database.transaction() as session:
            intent = effects.by_key(session, context.practice.id, key)
            if intent is not None and intent.state == "planned":
                offers.not_sent(session, context.practice.id, offer.id)
        raise
    with database.transaction() as session:
        if outcome.reached:
            offers.opened(session, context.practice.id, offer.id, at=context.now, expires_at=closes)
        elif outcome.handed is not Handed.BUSY and follows(notice, outcome.handed) is Follows.RECORDED:
            offers.set_state(session, context.practice.id, offer.id, state="suppressed", now=context.now)
            offers.closing(session, context.practice.id, offer.id, words=f"never asked: {outcome.words}")
    return outcome


def _asking(context: OpeningContext, offer: OfferRow, *, key: str) -> Callable[[Session], str | None]:
    """Runs where the gate admits an offer. It becomes the one open offer of its phone, and its question stands before
    the text is on its way: whoever answers while the worker that sent it is gone answers this one."""

    def ask(session: Session) -> str | None:
        # Locked: an opening that ends just now closes this offer with the others, or keeps it from going out.
        if openings.get(session, context.practice.id, offer.opening_id, lock=True).state != "live":
            return "the opening has ended"
        if not offers.take_phone(session, context.practice.id, offer.id, now=context.now):
            return "another offer is open for that phone, or this one has been given up"
        questions.ask(
            session,
            context.practice.id,
            phone=offer.phone,
            client_id=offer.client_id,
            kind=questions.OFFER,
            now=context.now,
            offer_id=offer.id,
        )
        # What the carrier says of this text, it says of the offer, whatever the text tells beside it.
        effects.note(session, context.practice.id, key, {"offer": offer.id})
        return None

    return ask
