"""Answers to texts that no journey owns, one for each, and a Task where a person must read. Answers to a press that
may not be obeyed, too: whoever pressed hears why, and nobody else. And what follows a message that did not arrive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session
from temporalio import activity

from activities.undelivered import Undelivered
from contracts.task import ANSWER_REPLY, AnswerReply, ReplyAnswered
from domain import effect_keys, task_keys
from domain.calendar import VisitState
from domain.catalogue import Matrix
from domain.client_notices import Follows, Notice, follows
from domain.clients import Channel, Client, somebody_at
from domain.messages import booking as booking_words
from domain.messages import gap_fill as fill_words
from domain.messages import staff
from domain.messages import wishes as wish_words
from domain.messages.facts import Sender, VisitFacts, Words
from domain.messages.task_words import TaskWords
from domain.reading import Meaning, read
from domain.shared_phones import told_apart, whose_text
from domain.tasks import of_text
from models.phone_numbers import newest_form
from models.repositories import (
    calendar,
    clients,
    effects,
    locks,
    offers,
    openings,
    practices,
    questions,
    receipts,
    tasks,
)
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import Purpose, ReceiptFacts
from models.repositories.tasks import TaskRow
from models.session import Database
from operations import answer_drafts, journey_deliveries, wishes
from operations.activity_clock import practice_now
from operations.gate import Draft, MessageGate
from operations.message_facts import is_listed, quiet_zones, sender, visit_facts
from operations.ports import Vendors
from operations.staff_tasks import new_task, open_and_post
from operations.vendor_errors import look_again, translated
from vendors.errors import Ambiguous, BadAnswer, Refused

#: Routing's verdicts that a person must look at.
FOR_A_PERSON = {
    "needs_person",
    "unknown_phone",
    "no_after_yes",
    "opted_out_perhaps_visit",
    # Their booking asks a person itself, but for a visit that cannot be read.
    "reschedule",
    "cannot_come",
}

#: Practice time within which a client's text and ours count as having passed each other on the way.
CROSSING = timedelta(seconds=5)
#: Practice time within which confirming again is the same confirmation, said twice.
SAID_TWICE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class _Text:
    """An inbound text with everything its answer is made of."""

    practice: PracticeFacts
    matrix: Matrix
    receipt: ReceiptFacts
    phone: str
    #: The number of ours that they wrote to.
    our_number: str
    body: str
    #: Everybody who uses the phone; empty for a number we do not know.
    clients: tuple[Client, ...]
    #: Whom it is about.
    client: Client | None
    base: Sender
    now: datetime

    @property
    def voice(self) -> Sender:
        """Short answers are in the client's language and greet nobody."""
        return self.base if self.client is None else replace(self.base, language=self.client.language)


class Replies:
    """One activity: what routing understood decides which answer is true."""

    def __init__(self, *, database: Database, gate: MessageGate, vendors: Vendors) -> None:
        self._database = database
        self._gate = gate
        self._vendors = vendors
        self._undelivered = Undelivered(database=database, gate=gate)

    @activity.defn(name=ANSWER_REPLY.name)
    def answer_reply(self, order: AnswerReply) -> ReplyAnswered:
        with self._database.transaction() as session:
            receipt = receipts.get(session, order.practice_id, order.receipt_id)
        if receipt is not None and receipt.purpose == Purpose.PRESS:
            return self._answer_presser(receipt)
        if receipt is not None and (intent_id := receipt.about.get("intent_id")) is not None:
            return self._undelivered.follow_up(order.practice_id, intent_id, by_person=order.by_person)
        with self._database.transaction() as session:
            text = _load(session, order)
            if text is None:
                return ReplyAnswered(outcome="no such text")
            question = _question(session, text)
        live = answer_drafts.read_days(question, self._vendors) if _asks_a_person(text, order) else {}
        with self._database.transaction() as session:
            outcome = text.receipt.outcome or ""
            if self._closing_answered(session, text):
                return ReplyAnswered(outcome="answered by the closing message")
            if order.by_person:
                _open_task(
                    session,
                    text,
                    outcome,
                    answer_drafts.draft(session, question, text.voice, live),
                    read_as=answer_drafts.as_read(question),
                )
                return ReplyAnswered(outcome=f"{outcome}: could not be sent, a person answers")
            if outcome == questions.ASK_WHICH and not _choices(session, text):
                outcome = "needs_person"
            if outcome == "confirm" and _is_off(session, text):
                outcome = "needs_person"  # they mean to come
            before_staff = _before_staff(session, text) if outcome == "reschedule" else None
            if before_staff is not None:
                # Their booking has asked a person to move the visit; until then they hear what is free.
                waits = before_staff.state == "open"
                words = answer_drafts.at_once(session, question, text.voice, live) if waits else None
            else:
                if outcome in FOR_A_PERSON:
                    _open_task(
                        session,
                        text,
                        outcome,
                        answer_drafts.draft(session, question, text.voice, live),
                        read_as=answer_drafts.as_read(question),
                    )
                words = _answer(session, text, outcome)
            key = _key(session, text, order.receipt_id)
        if words is None:
            return ReplyAnswered(outcome=outcome)
        client = text.client or somebody_at(text.phone)
        with translated():
            sent = self._gate.send(
                text.practice,
                Draft(
                    client=client,
                    channel=Channel.SMS,
                    notice=Notice.ANSWER,
                    template=f"answer_{outcome}",
                    words=words,
                    key=key,
                    zones=quiet_zones(text.matrix, None, client),
                    is_answer=True,
                    written_to=text.receipt.parsed.get("recipient"),
                ),
                now=text.now,
            )
        if sent.again_after is not None:
            raise look_again("nobody can say yet whether the answer went out", after=sent.again_after)
        match follows(Notice.ANSWER, sent.handed):
            case Follows.TASK if before_staff is not None:
                return ReplyAnswered(outcome=f"{outcome}: could not be sent, staff have it")
            case Follows.TASK:
                return self._for_a_person(text, outcome, words, why=sent.words)
            case Follows.WAITS:
                with self._database.transaction() as session:
                    # A fill that asked for this answer does not wait for the morning.
                    journey_deliveries.answer_text(session, text.practice.id, order.receipt_id, now=text.now)
        return ReplyAnswered(outcome=f"{outcome}: {sent.handed.value}", held_until=sent.until)

    def _for_a_person(self, text: _Text, outcome: str, words: Words, *, why: str) -> ReplyAnswered:
        """Our answer reaches them by no text: somebody at the practice gives it."""
        with self._database.transaction() as session:
            _open_task(session, text, outcome, unsent=words, why=why)
        return ReplyAnswered(outcome=f"{outcome}: could not be sent, a person answers")

    def _answer_presser(self, receipt: ReceiptFacts) -> ReplyAnswered:
        """To the presser alone. A second "no" does no harm, a missing one does little."""
        chat = self._vendors.press_answers(receipt.practice_id)
        url = str(receipt.parsed.get("response_url") or "")
        if chat is None or not url:
            return ReplyAnswered(outcome="no way to answer")
        words = staff.not_on_staff(user=str(receipt.parsed.get("user_ref") or ""))
        with translated():
            try:
                chat.answer(response_url=url, text=words)
            except (Ambiguous, BadAnswer, Refused) as error:
                return ReplyAnswered(outcome=f"not answered: {type(error).__name__}")
        return ReplyAnswered(outcome="told why their press does nothing")

    def _closing_answered(self, session: Session, text: _Text) -> bool:
        """A YES that came while the closing messages went out has its answer in one of them."""
        offer_id = text.receipt.about.get("offer_id")
        if text.receipt.outcome not in {"claim", "late_yes"} or offer_id is None:
            return False
        return offers.told_by_closing(
            session,
            text.practice.id,
            offer_id,
            received_at=text.receipt.received_at,
            crossing=text.practice.clock.real_duration(CROSSING),
        )


def _load(session: Session, order: AnswerReply) -> _Text | None:
    receipt = receipts.get(session, order.practice_id, order.receipt_id)
    if receipt is None:
        return None
    practice = practices.load(session, order.practice_id)
    phone = str(receipt.parsed["sender"])
    people = clients.by_phone(session, order.practice_id, phone)
    now = practice_now(practice.clock)
    return _Text(
        practice=practice,
        matrix=practices.matrix(session, order.practice_id),
        receipt=receipt,
        phone=phone,
        our_number=str(receipt.parsed.get("recipient") or ""),
        body=str(receipt.parsed["body"]),
        clients=people,
        client=_whose(session, practice, receipt, people, now=now),
        base=sender(session, practice, Channel.SMS),
        now=now,
    )


def _whose(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, people: tuple[Client, ...], *, now: datetime
) -> Client | None:
    """The client of the phone whom the text is about: as routing could tell, else the likeliest who shares it."""
    about = receipt.about.get("client_id")
    told = next((one for one in people if one.id == about), None)
    if told is not None or len(people) < 2:
        return told or next(iter(people), None)
    return whose_text(
        people,
        text=str(receipt.parsed["body"]),
        visits=calendar.client_visits(session, practice.id, [one.id for one in people], since=now),
        asked=questions.open_for_phone(session, practice.id, str(receipt.parsed["sender"]), now),
        now=now,
    )


def _key(session: Session, text: _Text, receipt_id: int) -> str:
    """One answer a text; but a client who confirms a visit twice in a row is thanked once."""
    appointment_id = text.receipt.about.get("appointment_id")
    if text.receipt.outcome != "confirm" or appointment_id is None:
        return effect_keys.answer_key(receipt_id)
    key = effect_keys.thanks_key(appointment_id, calendar.get(session, text.practice.id, appointment_id).turn)
    thanked = effects.by_key(session, text.practice.id, key)
    if thanked is None or thanked.settled_at is None or text.receipt.practice_at < thanked.settled_at + SAID_TWICE:
        return key
    return effect_keys.answer_key(receipt_id)


def _answer(session: Session, text: _Text, outcome: str) -> Words | None:
    """The words, or None where silence is the answer (the carrier's own after STOP, a stranger's number)."""
    if outcome in {"late_yes", "claim"}:
        return _late_yes(session, text)
    if outcome == "confirm":
        expected = _expected_visit(session, text)
        return None if expected is None else booking_words.thanks(sender=text.voice, visit=expected, now=text.now)
    if outcome == "declined":
        return fill_words.declined(sender=text.voice, listed=_listed(session, text))
    if outcome == questions.ASK_WHICH:
        choices = _choices(session, text)
        names = told_apart(text.clients) if text.practice.policy.contact.greet_by_first_name else {}
        several = len({one.client_id for one in choices.values()}) > 1
        return booking_words.which_one(
            sender=text.voice,
            meaning=str(text.receipt.about["meaning"]),
            visits={number: one.visit for number, one in choices.items()},
            offered={number for number, one in choices.items() if one.is_offer},
            names={number: names.get(one.client_id, "") for number, one in choices.items()} if several else {},
            now=text.now,
        )
    if outcome == questions.WHEN_SUITS:
        wish = wishes.from_json(text.receipt.about["wish"])
        return wish_words.got_it(
            sender=text.voice,
            windows=wish.windows,
            earliest=wish.earliest,
            latest=wish.latest,
            says_when=wish.says_when,
        )
    if outcome == "resubscribed":
        return booking_words.resubscribed(sender=text.voice)
    if outcome == "help":
        return booking_words.help_text(sender=text.voice)
    if outcome in {"needs_person", "no_after_yes"}:
        return booking_words.handed_over(sender=text.voice)
    return None


def _late_yes(session: Session, text: _Text) -> Words | None:
    """A person may have it in hand: then it is not over, and whoever asks again hears that again."""
    facts, offer_id = _offer_facts(session, text), text.receipt.about.get("offer_id")
    if facts is None or offer_id is None:
        return None
    if offers.get(session, text.practice.id, offer_id).state == "handed_over":
        return fill_words.still_trying_handed_over(sender=text.voice, visit=facts, now=text.now)
    return fill_words.late_yes(sender=text.voice, visit=facts, now=text.now, listed=_listed(session, text))


def _listed(session: Session, text: _Text) -> bool:
    zone = text.practice.zone
    return text.client is not None and is_listed(session, text.practice.id, text.client, now=text.now, zone=zone)


def _expected_visit(session: Session, text: _Text) -> VisitFacts | None:
    """The visit a client confirmed, as long as they are still to come."""
    appointment_id = text.receipt.about.get("appointment_id")
    visit = None if appointment_id is None else calendar.visit(session, text.practice.id, appointment_id)
    if visit is None or not visit.segments or visit.state not in {VisitState.BOOKED, VisitState.CONFIRMED}:
        return None
    if visit.during.start <= text.now:
        return None
    return visit_facts(
        text.matrix,
        location_id=visit.location_id,
        start=visit.during.start,
        segments=visit.segments,
        client=text.client,
    )


def _offer_facts(session: Session, text: _Text) -> VisitFacts | None:
    offer_id = text.receipt.about.get("offer_id")
    if offer_id is None:
        return None
    offer = offers.get(session, text.practice.id, offer_id)
    opening = openings.get(session, text.practice.id, offer.opening_id)
    return visit_facts(
        text.matrix,
        location_id=opening.location_id,
        start=offer.starts_at,
        segments=offer.segments,
        client=text.client,
    )


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What one question is about, and whom."""

    client_id: int
    visit: VisitFacts
    is_offer: bool


def _choices(session: Session, text: _Text) -> dict[int, _Asked]:
    """What a client may mean; a number keeps its question, also where another can be described no longer."""
    return {
        number: asked
        for number, question_id in enumerate(text.receipt.about["question_ids"], start=1)
        if (asked := _question_facts(session, text, question_id)) is not None
    }


def _question_facts(session: Session, text: _Text, question_id: int) -> _Asked | None:
    subject = questions.subject(session, text.practice.id, question_id)
    if subject.offer_id is not None:
        offer = offers.get(session, text.practice.id, subject.offer_id)
        opening = openings.get(session, text.practice.id, offer.opening_id)
        place: int | None = opening.location_id
        start, segments = offer.starts_at, offer.segments
    elif subject.appointment_id is not None:
        visit = calendar.visit(session, text.practice.id, subject.appointment_id)
        if visit is None or not visit.segments:
            return None
        place, start, segments = visit.location_id, visit.during.start, visit.segments
    else:
        return None
    whose = next((one for one in text.clients if one.id == subject.client_id), text.client)
    facts = visit_facts(text.matrix, location_id=place, start=start, segments=segments, client=whose)
    return _Asked(client_id=subject.client_id, visit=facts, is_offer=subject.offer_id is not None)


def _is_off(session: Session, text: _Text) -> bool:
    """Whether a client confirmed a visit that will not take place."""
    appointment_id = text.receipt.about.get("appointment_id")
    visit = None if appointment_id is None else calendar.visit(session, text.practice.id, appointment_id)
    return visit is not None and bool(visit.segments) and not visit.state.occupies and visit.during.start > text.now


def _question(session: Session, text: _Text) -> answer_drafts.ClientQuestion:
    """What the text asks, and what it is about."""
    about = text.receipt.about
    return answer_drafts.ask(
        session,
        text.practice,
        text.matrix,
        text.client,
        text.body,
        now=text.now,
        offer_id=about.get("offer_id"),
        appointment_id=about.get("appointment_id"),
        reschedule=text.receipt.outcome == "reschedule" or read(text.body) is Meaning.RESCHEDULE,
    )


def _asks_a_person(text: _Text, order: AnswerReply) -> bool:
    return order.by_person or text.receipt.outcome in FOR_A_PERSON | {questions.ASK_WHICH, "confirm"}


def _before_staff(session: Session, text: _Text) -> TaskRow | None:
    """The task in which their booking asks a person to find them another time."""
    appointment_id = text.receipt.about.get("appointment_id")
    if appointment_id is None:
        return None
    asked = tasks.of_appointment(session, text.practice.id, appointment_id)
    return next((one for one in asked if one.key == task_keys.reschedule_key(appointment_id, text.receipt.id)), None)


def _open_task(
    session: Session,
    text: _Text,
    outcome: str,
    draft: str | None = None,
    *,
    unsent: Words | None = None,
    why: str = "",
    read_as: str | None = None,
) -> None:
    """`draft`: the answer to what was asked, where the system knows it. `unsent`: what we would have answered and could
    not; `why`, what stood in the way. `read_as`: the booking it asks for."""
    zone = text.practice.zone
    visit = _next_visit(session, text)
    if outcome == "opted_out_perhaps_visit":
        words = staff.opted_out_with_visit(visit=visit, now=text.now)
    else:
        took_back_yes = outcome == "no_after_yes"
        words = staff.unclear_reply(
            sender=text.voice,
            text=text.body,
            zone=zone,
            now=text.now,
            visit=(_offer_facts(session, text) if took_back_yes else None) or visit,
            took_back_yes=took_back_yes,
            kind=of_text(outcome),
        )
        if draft is not None and not took_back_yes:
            words = replace(words, draft=draft)
    if read_as is not None:
        words = replace(words, body=f"{words.body} {read_as}")
    if (read_so_far := text.receipt.about.get("wish")) is not None:
        wish = wishes.from_json(read_so_far)
        left = f" Not understood: “{' '.join(wish.unread)}”." if wish.unread else ""
        body = (
            f"{words.body} They were asked which days and hours suit them. Read so far: {wishes.in_words(wish)}.{left}"
        )
        words = replace(words, body=body)
    if unsent is not None:
        words = replace(words, body=f"{words.body} Our answer could not be sent. {why}".rstrip(), draft=unsent.text)
    if len(text.clients) > 1:
        words = replace(words, body=f"{words.body} {_shared(session, text)}")
    if text.client is None:
        _open_conversation(session, text, words)
        return
    open_and_post(
        session,
        text.practice,
        new_task(
            text.practice,
            words,
            key=task_keys.text_key(text.receipt.id),
            now=text.now,
            client_id=text.client.id,
            # They are answered where they wrote from.
            phone=text.phone,
            our_number=text.our_number,
        ),
        now=text.now,
    )


def _open_conversation(session: Session, text: _Text, words: TaskWords) -> None:
    """What a number we do not know writes is one task, however many texts: a further one joins it."""
    # There is no client for the task to name, and staff must know whom to call.
    body = f"{words.body} It came from {text.phone}, a number we do not know."
    locks.hold(session, "phone", text.practice.id, newest_form(text.phone))
    there = tasks.open_of_phone(session, text.practice.id, text.phone, text.our_number)
    if there is not None and there.key == task_keys.text_key(text.receipt.id):
        return  # this text opened it, in an attempt before
    if there is not None:
        zone = text.practice.zone
        more = staff.wrote_before(since=there.opened_at, zone=zone, now=text.now)
        draft = words.draft or there.draft
        tasks.say_anew(session, text.practice.id, there.id, body=f"{body} {more}", draft=draft)
        return
    new = new_task(
        text.practice,
        replace(words, body=body),
        key=task_keys.text_key(text.receipt.id),
        now=text.now,
        phone=text.phone,
        our_number=text.our_number,
    )
    open_and_post(session, text.practice, new, now=text.now)


def _shared(session: Session, text: _Text) -> str:
    """Who uses the phone, each with their next visit: staff see whom else it can be about."""
    people = [(f"{one.first_name} {one.last_name}".strip(), _next_visit_of(session, text, one)) for one in text.clients]
    return staff.shared_phone(people, now=text.now)


def _next_visit(session: Session, text: _Text) -> VisitFacts | None:
    return None if text.client is None else _next_visit_of(session, text, text.client)


def _next_visit_of(session: Session, text: _Text, client: Client) -> VisitFacts | None:
    own = calendar.client_visits(session, text.practice.id, [client.id], since=text.now)
    visit = next((one for one in own.get(client.id, ()) if one.segments), None)
    if visit is None:
        return None
    return visit_facts(
        text.matrix,
        location_id=visit.location_id,
        start=visit.during.start,
        segments=visit.segments,
        client=client,
    )
