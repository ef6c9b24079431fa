"""What a client's text means, and which of our questions it answers.

Reading is cautious where a wrong guess would book somebody, and generous where it would keep texting somebody who
asked us to stop. What is not understood goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.reading import Meaning, Reading, read, understand

__all__ = [
    "Answer",
    "AskWhich",
    "Help",
    "LateYes",
    "Listed",
    "Meaning",
    "NeedsPerson",
    "Nothing",
    "OpenQuestion",
    "OptOut",
    "Outcome",
    "Reading",
    "Resubscribe",
    "match",
    "read",
    "understand",
]


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """Something a client of this phone was asked. `kind` is "offer", "appointment" or "when_suits".

    `still_open` is False for an offer that has ended but is remembered, so that a late YES gets its answer.
    """

    id: int
    kind: str
    client_id: int
    asked_at: datetime
    still_open: bool = True


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The last text in which we asked which: `question_ids` in the order of its numbers, `meaning` of the answer.

    `taken` are those of them whose offer the client said yes to since.
    """

    question_ids: tuple[int, ...]
    meaning: Meaning
    asked_at: datetime
    taken: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The text answers this question.

    `meaning` is YES or NO for an offer; CONFIRM, RESCHEDULE or CANNOT_COME for a visit.
    """

    question: OpenQuestion
    meaning: Meaning


@dataclass(frozen=True, kw_only=True)
class AskWhich:
    """It fits several questions; ask which, in this order: a client's "C2" means the second."""

    questions: tuple[OpenQuestion, ...]
    meaning: Meaning


@dataclass(frozen=True, kw_only=True)
class NeedsPerson:
    """Somebody must read it; `words` say why."""

    words: str


@dataclass(frozen=True, kw_only=True)
class OptOut:
    """No more texts to this phone. `also_visit`: they may have meant a visit, so a person asks by another channel."""

    also_visit: bool


@dataclass(frozen=True, kw_only=True)
class Resubscribe:
    """Texts may go to this phone again."""


@dataclass(frozen=True, kw_only=True)
class Help:
    """Who writes, and how to stop it."""


@dataclass(frozen=True, kw_only=True)
class LateYes:
    """A YES to an offer that has ended; the answer tells the truth, nothing starts anew."""

    question: OpenQuestion


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """Needs no answer: a thank-you, or a word after everything is settled."""


Outcome = Answer | AskWhich | NeedsPerson | OptOut | Resubscribe | Help | LateYes | Nothing


def match(
    *,
    meaning: Meaning,
    questions: tuple[OpenQuestion, ...],
    choice: int | None = None,
    number: int | None = None,
    listed: Listed | None = None,
    person_should_look: bool = False,
    opted_out: bool = False,
    names_a_visit: bool = False,
) -> Outcome:
    """Which question a text of this meaning answers.

    `questions` are all of this phone, whoever of its clients was asked. `choice`, `number`, `person_should_look` and
    `names_a_visit` come from `understand`; `listed` is the last question which one was meant, where it is recent;
    `opted_out` says that this phone had said STOP before.
    """
    in_order = tuple(sorted(questions, key=lambda question: (question.asked_at, question.id)))
    offers = tuple(one for one in in_order if one.kind == "offer" and one.still_open)
    visits = tuple(one for one in in_order if one.kind == "appointment" and one.still_open)
    ended = tuple(one for one in in_order if one.kind == "offer" and not one.still_open)
    if listed is not None and meaning not in {Meaning.STOP, Meaning.START, Meaning.HELP}:
        if choice is not None:
            return _chosen(listed, in_order, number=choice, key=meaning)
        if number is not None and _stands(listed, in_order):
            return _chosen(listed, in_order, number=number, key=None)
    if number is not None and offers and meaning in {Meaning.CONFIRM, Meaning.CANNOT_COME}:
        return NeedsPerson(words="A bare number, while an offer is open: it may be a time of day.")
    if meaning is Meaning.CANNOT_COME and names_a_visit and not visits:
        return NeedsPerson(words="The client cancels an appointment, and no visit was asked about.")
    if meaning is Meaning.NO and choice is not None:
        return NeedsPerson(words="A no with a number, and nobody asked for one.")
    if meaning in {Meaning.YES, Meaning.NO} and not (offers or visits or opted_out) and asks_when(in_order):
        return NeedsPerson(words="The client was asked which days and hours suit them, and names none.")
    match meaning:
        case Meaning.STOP:
            return OptOut(also_visit=person_should_look or bool(visits))
        case Meaning.START:
            return Resubscribe()
        case Meaning.HELP:
            return Help()
        case Meaning.OTHER:
            return NeedsPerson(words="The text could not be read as an answer.")
        case Meaning.THANKS:
            return NeedsPerson(words="A thank-you, while an offer is open: was it a yes?") if offers else Nothing()
        case Meaning.HEARD if offers and not _asked_last(visits, offers):
            return NeedsPerson(words="They have read it, while an offer is open: was it a yes?")
        case Meaning.YES | Meaning.OKAY | Meaning.HEARD:
            if meaning is not Meaning.YES and _asked_last(visits, offers):
                return _either(offers, visits, meaning=Meaning.YES, choice=choice)
            return _yes(meaning, offers, visits, ended, choice=choice, opted_out=opted_out)
        case Meaning.CONFIRM:
            # With no visit asked about, a client who "confirms" can only mean the offer.
            if visits or not offers:
                # Perhaps to a visit that is off by now: then they mean to come.
                found = _one_of(visits, meaning=Meaning.CONFIRM, choice=choice)
                return found or NeedsPerson(words="The client confirms, and no visit was asked about.")
            return _one_of(offers, meaning=Meaning.YES, choice=choice) or Nothing()
        case Meaning.NO:
            if offers and _asked_last(visits, offers):
                return NeedsPerson(words="A no after a question about a visit, while an offer is open.")
            if offers:
                return _one_of(offers, meaning=Meaning.NO, choice=choice) or Nothing()
            # A bare no to "reply C to confirm" may mean "not coming" or "no change"; nobody should guess.
            return NeedsPerson(words="A no to a question about a visit.") if visits else Nothing()
        case Meaning.CANNOT_COME:
            if visits and offers:
                return _either(offers, visits, meaning=Meaning.CANNOT_COME, choice=choice)
            if visits or not offers:
                found = _one_of(visits, meaning=Meaning.CANNOT_COME, choice=choice)
            else:
                found = _one_of(offers, meaning=Meaning.NO, choice=choice)
            return found or NeedsPerson(words="The client cannot come, and no visit was asked about.")
        case Meaning.RESCHEDULE:
            found = _one_of(visits, meaning=Meaning.RESCHEDULE, choice=choice)
            return found or NeedsPerson(words="The client asks for another time, and no visit was asked about.")


def _yes(
    meaning: Meaning,
    offers: tuple[OpenQuestion, ...],
    visits: tuple[OpenQuestion, ...],
    ended: tuple[OpenQuestion, ...],
    *,
    choice: int | None,
    opted_out: bool,
) -> Outcome:
    """A yes: to the open offer before all else, then to whatever was asked last."""
    if offers:
        return _one_of(offers, meaning=Meaning.YES, choice=choice) or Nothing()
    if opted_out:
        # YES is one of the carrier's opt-in words: never both a return and an answer (vendors/twilio.md §6).
        return Resubscribe() if meaning is Meaning.YES else Nothing()
    late = ended[-1] if ended and meaning is Meaning.YES else None
    if late is not None and (not visits or late.asked_at > visits[-1].asked_at):
        return LateYes(question=late)
    if visits:
        return _one_of(visits, meaning=Meaning.CONFIRM, choice=choice) or Nothing()
    return NeedsPerson(words="A yes, and nothing was asked.") if meaning is Meaning.YES else Nothing()


def asks_when(questions: tuple[OpenQuestion, ...]) -> OpenQuestion | None:
    """The question which days and hours suit, where it is what the client was asked last."""
    still_open = [one for one in questions if one.still_open]
    last = max(still_open, key=lambda question: (question.asked_at, question.id), default=None)
    return last if last is not None and last.kind == "when_suits" else None


def _asked_last(visits: tuple[OpenQuestion, ...], offers: tuple[OpenQuestion, ...]) -> bool:
    """Whether the visit was asked about after the offer: then a word that is the key of neither may mean the visit."""
    return bool(visits and offers) and visits[-1].asked_at > offers[-1].asked_at


def _either(
    offers: tuple[OpenQuestion, ...], visits: tuple[OpenQuestion, ...], *, meaning: Meaning, choice: int | None
) -> Outcome:
    """An offer or a visit, by words that fit both: the client says which."""
    both = sorted((*offers, *visits), key=lambda question: (question.asked_at, question.id))
    found = _one_of(tuple(both), meaning=meaning, choice=None)
    if choice is not None or found is None:
        return NeedsPerson(words="The client chose a number, and nobody asked for one.")
    return found


def _stands(listed: Listed, in_order: tuple[OpenQuestion, ...]) -> bool:
    """A bare number answers the list as long as nothing was asked after it."""
    return all(one.asked_at <= listed.asked_at for one in in_order if one.still_open)


def _chosen(
    listed: Listed, in_order: tuple[OpenQuestion, ...], *, number: int, key: Meaning | None
) -> Answer | LateYes | NeedsPerson | Nothing:
    """A number of the list, by itself or behind the key of its meaning ("C2"). "Yes, 2" says yes to what was asked."""
    said = listed.meaning if key is None or key is Meaning.YES else key
    if said is Meaning.NO and listed.meaning is not Meaning.NO:
        return NeedsPerson(words="A no with a number, and nobody asked for one.")
    if not 1 <= number <= len(listed.question_ids):
        return NeedsPerson(words="The client chose a number that was not on offer.")
    chosen = listed.question_ids[number - 1]
    question = next((one for one in in_order if one.id == chosen), None)
    if question is None:
        return NeedsPerson(words="The client chose something that is over.")
    meaning = (_OF_OFFERS if question.kind == "offer" else _OF_VISITS).get(said)
    if meaning is None:
        return NeedsPerson(words="The client chose a number, and the answer does not fit what it stands for.")
    if meaning is Meaning.YES and listed.taken and chosen not in listed.taken:
        return NeedsPerson(words="The client chose a second number, after the first was taken as their answer.")
    if question.still_open:
        return Answer(question=question, meaning=meaning)
    return LateYes(question=question) if meaning is Meaning.YES else Nothing()


_OF_OFFERS = {
    Meaning.YES: Meaning.YES,
    Meaning.CONFIRM: Meaning.YES,
    Meaning.NO: Meaning.NO,
    Meaning.CANNOT_COME: Meaning.NO,
}
_OF_VISITS = {
    Meaning.YES: Meaning.CONFIRM,
    Meaning.CONFIRM: Meaning.CONFIRM,
    Meaning.RESCHEDULE: Meaning.RESCHEDULE,
    Meaning.CANNOT_COME: Meaning.CANNOT_COME,
}


def _one_of(questions: tuple[OpenQuestion, ...], *, meaning: Meaning, choice: int | None) -> Outcome | None:
    """The one question this answers; several, and the client is asked which."""
    if not questions:
        return None
    if choice is not None:
        if 1 <= choice <= len(questions):
            return Answer(question=questions[choice - 1], meaning=meaning)
        return NeedsPerson(words="The client chose a number that was not on offer.")
    if len(questions) > 1:
        return AskWhich(questions=questions, meaning=meaning)
    return Answer(question=questions[0], meaning=meaning)
