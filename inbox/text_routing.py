"""From an inbound text to the journey it answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, assert_never

from sqlmodel import Session

from domain.clients import Channel, Client, Language
from domain.reading import is_reaction
from domain.reading.conversation import Said, handed_over, is_machine, may_be_a_person_again
from domain.reading.quotes import own_words
from domain.replies import (
    Answer,
    AskWhich,
    Help,
    LateYes,
    Meaning,
    NeedsPerson,
    Nothing,
    OpenQuestion,
    OptOut,
    Reading,
    Resubscribe,
    asks_when,
    match,
    understand,
)
from domain.task_keys import text_key
from domain.wall_time import local_date
from domain.wishes import read_wish
from inbox import routed_deliveries
from inbox.event_json import from_receipt
from inbox.routing_results import RoutingResult, routed
from models.phone_numbers import newest_form
from models.repositories import clients, locks, messages, offers, questions, suppressions, tasks, waitlist
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import ReceiptFacts
from operations import wishes
from vendors.sms.base import InboundText

#: Texts further back than this (practice time) belong to another conversation.
_CONVERSATION: Final = timedelta(days=7)

#: Readings of a text that may say when somebody can come.
_MAY_SAY_WHEN: Final = frozenset({Meaning.OTHER, Meaning.RESCHEDULE})
#: What a client can answer about a visit, in the words of `contracts.workflow_messages.Replied`.
_ABOUT_VISIT: Final = {
    Meaning.CONFIRM: "confirm",
    Meaning.RESCHEDULE: "reschedule",
    Meaning.CANNOT_COME: "cannot_come",
}


def route(session: Session, practice: PracticeFacts, receipt: ReceiptFacts) -> RoutingResult:
    """Keep the text, mind STOP at once, and hand an answer to whom it answers."""
    text: InboundText = from_receipt(receipt)
    locks.hold(session, "phone", practice.id, newest_form(text.sender))
    suppressions.lift_undeliverable(session, practice.id, Channel.SMS, text.sender, receipt.practice_at)
    people = clients.by_phone(session, practice.id, text.sender)
    messages.received(
        session,
        practice.id,
        client_id=people[0].id if len(people) == 1 else None,
        channel=Channel.SMS,
        address=text.sender,
        our_number=text.recipient,
        body=text.body,
        vendor_ref=text.ref,
        receipt_id=receipt.id,
        at=receipt.practice_at,
    )
    messages.answered_on(session, practice.id, tuple(client.id for client in people), Channel.SMS)
    asked = _asked_by_then(questions.open_for_phone(session, practice.id, text.sender, receipt.practice_at), receipt)
    said = messages.conversation(
        session, practice.id, text.sender, since=receipt.practice_at - _CONVERSATION, but=receipt.id
    )
    reading, asked = _read(session, practice, text.body, asked, said, names=_names(people))
    if reading.language is not None and not reading.automatic:
        clients.note_language(session, practice.id, [client.id for client in people], Language(reading.language))
    if text.vendor_opt_out is None and is_machine(reading, text.body, at=receipt.practice_at, before=said):
        return _automatic(session, receipt, text.body, reading, said, known=bool(people))
    if (answered := _when_they_can_come(session, practice, receipt, text.body, reading, asked, people)) is not None:
        return answered
    listed = None
    if reading.choice is not None or reading.number is not None:
        listed = questions.listed_for_phone(session, practice.id, text.sender, receipt.practice_at)
    stopped = suppressions.is_stopped(session, practice.id, Channel.SMS, text.sender)
    found = match(
        meaning=_meaning(text, reading.meaning, asked, stopped=stopped),
        questions=asked,
        choice=reading.choice,
        number=reading.number,
        listed=listed,
        person_should_look=reading.person_should_look,
        opted_out=stopped,
        names_a_visit=reading.names_a_visit,
    )
    match found:
        case OptOut():
            return _opt_out(session, practice, receipt, phone=text.sender, also_visit=found.also_visit)
        case Resubscribe():
            suppressions.resubscribe(session, practice.id, Channel.SMS, text.sender, receipt.practice_at)
            return _needs_answer(session, receipt, "resubscribed")
        case Answer():
            return _answer(session, practice, receipt, found.question, found.meaning)
        case LateYes():
            return _late_yes(session, practice, receipt, found.question)
        case AskWhich():
            return _needs_answer(
                session,
                receipt,
                questions.ASK_WHICH,
                question_ids=[question.id for question in found.questions],
                meaning=found.meaning.value,
            )
        case Help():
            return _needs_answer(session, receipt, "help")
        case NeedsPerson():
            return _needs_answer(session, receipt, "needs_person" if people else "unknown_phone", words=found.words)
        case Nothing():
            return routed("nothing_to_answer") if people else _needs_answer(session, receipt, "unknown_phone")
        case _:
            assert_never(found)


def _when_they_can_come(
    session: Session,
    practice: PracticeFacts,
    receipt: ReceiptFacts,
    body: str,
    reading: Reading,
    asked: tuple[OpenQuestion, ...],
    people: tuple[Client, ...],
) -> RoutingResult | None:
    """The answer to which days and hours suit them, where that was asked last. Read to its last word it is taken; a
    person gets what could be read beside words that could not."""
    question = asks_when(asked)
    if question is None or reading.meaning not in _MAY_SAY_WHEN or is_reaction(body):
        return None
    entry_id = questions.subject(session, practice.id, question.id).entry_id
    wish = read_wish(own_words(body, names=_names(people)), today=local_date(receipt.practice_at, practice.zone))
    if entry_id is None or not wish.says_something:
        return None
    about = {"client_id": question.client_id, "entry_id": entry_id, "wish": wishes.as_json(wish)}
    if not wish.is_clear or entry_id not in waitlist.still_active(session, practice.id, [entry_id]):
        return _needs_answer(session, receipt, "needs_person", words="What suits them was read in part.", **about)
    wishes.take(session, practice, receipt, entry_id=entry_id, client_id=question.client_id, wish=wish)
    questions.close(session, practice.id, question.id, receipt.practice_at)
    return _needs_answer(session, receipt, questions.WHEN_SUITS, **about)


def _names(people: tuple[Client, ...]) -> tuple[str, ...]:
    """What they may sign with: "Maria", "Maria Rossi"."""
    return tuple(
        name for one in people for name in (one.first_name, one.last_name, f"{one.first_name} {one.last_name}") if name
    )


def _read(
    session: Session,
    practice: PracticeFacts,
    body: str,
    asked: tuple[OpenQuestion, ...],
    said: tuple[Said, ...],
    *,
    names: tuple[str, ...],
) -> tuple[Reading, tuple[OpenQuestion, ...]]:
    """What a text means, and the questions it may answer: of a reaction only those it quotes."""
    if not is_reaction(body):
        return understand(body, told=[one.body for one in said if one.ours], names=names), asked
    newest = {one.about: one.body for one in said if one.ours and one.about is not None}
    bodies = {question.id: newest.get(_subject(session, practice, question), "") for question in asked}
    told = [one.body for one in said if one.ours and one.body not in bodies.values()]
    reading = understand(body, asked=[bodies[question.id] for question in asked], told=told)
    return reading, tuple(asked[place] for place in reading.quotes) if reading.quotes else asked


def _subject(session: Session, practice: PracticeFacts, question: OpenQuestion) -> tuple[str, int]:
    subject = questions.subject(session, practice.id, question.id)
    return question.kind, subject.offer_id or subject.appointment_id or subject.entry_id or 0


def _automatic(
    session: Session, receipt: ReceiptFacts, body: str, reading: Reading, said: tuple[Said, ...], *, known: bool
) -> RoutingResult:
    """A machine answers: nothing is decided, and one text of a conversation is handed to a person. From a number we do
    not know, one that says itself what it is interests nobody."""
    if not known and reading.automatic:
        return routed("automatic")
    earlier = handed_over(body, before=said)
    asks_again = may_be_a_person_again(reading, at=receipt.practice_at, before=said) and tasks.all_settled(
        session, receipt.practice_id, [text_key(one.receipt_id) for one in earlier if one.receipt_id is not None]
    )
    if earlier and not asks_again:
        return routed("automatic_again")
    return _needs_answer(
        session, receipt, "needs_person" if known else "unknown_phone", words="An automatic answer, by its words."
    )


def decline_all(session: Session, practice: PracticeFacts, receipt: ReceiptFacts, *, phone: str, why: str) -> None:
    """Somebody at this phone wants nothing more: no fill waits for it, and no YES is expected from it."""
    for offer_id, opening_id in questions.open_offers_of_phone(session, practice.id, phone):
        given_up = questions.give_up_offer(
            session, practice.id, offer_id, now=receipt.practice_at, closing=f"none: {why}", forget=True
        )
        if given_up:
            routed_deliveries.decline(session, receipt, offer_id=offer_id, opening_id=opening_id, why=why)


def _asked_by_then(asked: tuple[OpenQuestion, ...], receipt: ReceiptFacts) -> tuple[OpenQuestion, ...]:
    """An offer that took the place of another is not meant by a text that was written before it."""
    closed = any(one.kind == questions.OFFER and not one.still_open for one in asked)
    return tuple(
        one
        for one in asked
        if not (closed and one.kind == questions.OFFER and one.still_open and one.asked_at > receipt.practice_at)
    )


def _meaning(text: InboundText, read: Meaning, asked: tuple[OpenQuestion, ...], *, stopped: bool) -> Meaning:
    """The vendor's own reading of an opt-out word wins, but for YES: it is our word for taking an offer as well. From a
    phone that never stopped, a word of the vendor's list for coming back is what it says."""
    if text.vendor_opt_out == "stop":
        return Meaning.STOP
    if text.vendor_opt_out == "help":
        return Meaning.HELP
    if text.vendor_opt_out == "start":
        takes_offer = read is Meaning.YES and any(one.kind == questions.OFFER and one.still_open for one in asked)
        return read if takes_offer or not stopped else Meaning.START
    return read


def _answer(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, question: OpenQuestion, meaning: Meaning
) -> RoutingResult:
    subject = questions.subject(session, practice.id, question.id)
    if subject.offer_id is not None and subject.opening_id is not None:
        if meaning is Meaning.YES:
            return _claim(session, practice, receipt, subject)
        if meaning is Meaning.NO:
            return _decline(session, practice, receipt, subject)
    elif subject.appointment_id is not None and meaning in _ABOUT_VISIT:
        routed_deliveries.replied(
            session,
            receipt,
            appointment_id=subject.appointment_id,
            turn=subject.appointment_turn,
            meaning=_ABOUT_VISIT[meaning],
        )
        return routed(_ABOUT_VISIT[meaning], appointment_id=subject.appointment_id, client_id=subject.client_id)
    return _needs_answer(session, receipt, "needs_person", client_id=subject.client_id)


def _claim(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, subject: questions.Subject
) -> RoutingResult:
    assert subject.offer_id is not None and subject.opening_id is not None  # the caller looked
    offers.claimed(session, practice.id, subject.offer_id, at=receipt.practice_at)
    questions.take_back_no(session, practice.id, subject.offer_id)
    routed_deliveries.claim_by_text(session, receipt, offer_id=subject.offer_id, opening_id=subject.opening_id)
    return routed("claim", offer_id=subject.offer_id, opening_id=subject.opening_id, client_id=subject.client_id)


def _decline(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, subject: questions.Subject
) -> RoutingResult:
    assert subject.offer_id is not None and subject.opening_id is not None  # the caller looked
    if subject.said_yes:
        # The visit may be written already; only a person can undo that well.
        return _needs_answer(session, receipt, "no_after_yes", offer_id=subject.offer_id, client_id=subject.client_id)
    # The answer to the NO is the offer's closing message: the fill owes this client no other.
    questions.give_up_offer(
        session, practice.id, subject.offer_id, now=receipt.practice_at, closing="answered: the client said no"
    )
    routed_deliveries.decline(session, receipt, offer_id=subject.offer_id, opening_id=subject.opening_id, why="no")
    return _needs_answer(
        session,
        receipt,
        "declined",
        offer_id=subject.offer_id,
        opening_id=subject.opening_id,
        client_id=subject.client_id,
    )


def _late_yes(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, question: OpenQuestion
) -> RoutingResult:
    """The time to answer has passed, but the chair may still be free: then the fill decides."""
    subject = questions.subject(session, practice.id, question.id)
    if subject.claimable:
        return _claim(session, practice, receipt, subject)
    if subject.offer_id is not None:
        offers.claimed_in_vain(session, practice.id, subject.offer_id, at=receipt.practice_at)
    return _needs_answer(
        session,
        receipt,
        "late_yes",
        offer_id=subject.offer_id,
        opening_id=subject.opening_id,
        client_id=subject.client_id,
    )


def _opt_out(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, *, phone: str, also_visit: bool
) -> RoutingResult:
    suppressions.stop(session, practice.id, Channel.SMS, phone, receipt.practice_at, "reply")
    decline_all(session, practice, receipt, phone=phone, why="stop")
    if also_visit:
        # "CANCEL" is a vendor's opt-out word, and perhaps meant for the visit: a person finds out.
        return _needs_answer(session, receipt, "opted_out_perhaps_visit")
    return routed("opted_out")


def _needs_answer(session: Session, receipt: ReceiptFacts, outcome: str, **about: object) -> RoutingResult:
    routed_deliveries.answer_text(session, receipt)
    return routed(outcome, **about)
