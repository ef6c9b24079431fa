"""What staff read when a text, a message or a visit needs a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.messages.facts import Sender, VisitFacts, call_us, clock_time, visit_words, when
from domain.messages.segments import plain
from domain.messages.task_words import TaskWords, capital, sentence
from domain.reading import Meaning, read
from domain.tasks import TOLD, TaskKind

STAYS_OPEN = "The task stays open until somebody has answered it, and is brought up again."


def too_late_to_answer(safe_default: str) -> str:
    """To somebody who answers a task that nobody had answered in time."""
    return f"The deadline had passed unanswered, and this holds: {safe_default} Nothing was done with your answer."


def infeasible_assignment(*, visit: VisitFacts, now: datetime, why: str, reference: str) -> TaskWords:
    """A visit of the practice system for which no certified provider, room or device is free."""
    return TaskWords(
        kind=TaskKind.INFEASIBLE_ASSIGNMENT,
        title=f"A visit that cannot be placed: {when(visit, now=now)} ({reference})",
        body=f"{capital(sentence(why))} Please move the visit, or change its provider or room, in the practice system.",
        draft=None,
    )


def unclear_reply(
    *,
    sender: Sender,
    text: str,
    at: datetime,
    zone: str,
    reference: str,
    now: datetime,
    visit: VisitFacts | None = None,
    took_back_yes: bool = False,
    kind: TaskKind = TaskKind.NEEDS_PERSON,
) -> TaskWords:
    """A text nobody but a person should answer. `text` is shown behind the link only; `visit` is the one it is about,
    or else the client's next. `took_back_yes`: they had said yes to it, and then no."""
    return TaskWords(
        kind=kind,
        title=f"A text to read, from {clock_time(at, zone)} ({reference})",
        body=f"The client wrote: “{text}”",
        draft=_answer_to(sender, text, visit=visit, now=now, took_back_yes=took_back_yes),
    )


def wrote_before(*, since: datetime, zone: str, now: datetime) -> str:
    """On a task about a number we do not know, once it has written again."""
    local = since.astimezone(ZoneInfo(zone))
    day = "" if local.date() == now.astimezone(ZoneInfo(zone)).date() else f" on {local:%b} {local.day}"
    return f"It has written more than once since {clock_time(since, zone)}{day}; the conversation has it all."


def shared_phone(people: Iterable[tuple[str, VisitFacts | None]], *, now: datetime) -> str:
    """Several clients use the phone that a text came from: each by name, with their next visit."""
    each = [f"{name} ({when(visit, now=now) if visit else 'no visit ahead'})" for name, visit in people]
    return f"Several people use this phone: {', '.join(each[:-1])} and {each[-1]}."


def reschedule_asked(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    return TaskWords(
        kind=TaskKind.RESCHEDULE,
        title=f"Another time wanted: {when(visit, now=now)} ({reference})",
        body="The client asked for another time. Their visit is unchanged until you move it in the practice system.",
        draft=f"{sender.practice}: Happy to find you another time instead of {visit_words(sender, visit, now=now)}. "
        "Which days and hours suit you?",
    )


def cannot_come(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    return TaskWords(
        kind=TaskKind.CANNOT_COME,
        title=f"A client cannot come: {when(visit, now=now)} ({reference})",
        body="The client wrote that they cannot come. Take the visit out of the practice system and its time is "
        "offered to the waitlist by itself.",
        draft=f"{sender.practice}: Thank you for telling us that you cannot come {when(visit, now=now)}. "
        "Would you like another time?",
    )


def opted_out_with_visit(*, visit: VisitFacts | None, now: datetime, reference: str) -> TaskWords:
    """A word that stops our texts and may have meant the visit."""
    which = f"Their next visit: {when(visit, now=now)}. " if visit else ""
    return TaskWords(
        kind=TaskKind.OPTED_OUT_PERHAPS_VISIT,
        title=f"Texts stopped; was the visit meant? ({reference})",
        body=f"The client's text stops all our texts to this phone, and that holds at once. They may have meant their "
        f"visit instead. {which}Please call or write an e-mail to ask; do not text.",
        draft=None,
    )


def draft_unsent(*, text: str, why: str, by_text: bool, reference: str) -> TaskWords:
    """A colleague answered a client from a task, and the text did not go out."""
    return TaskWords(
        kind=TaskKind.DRAFT_UNSENT,
        title=f"An answer that did not go out ({reference})",
        body=f"A colleague's text to the client could not be sent. {sentence(why)} Please call the client or write "
        "another way; the draft is the text.",
        draft=text,
        own_choices=None if by_text else (TOLD,),
    )


def undelivered(*, text: str, reference: str) -> TaskWords:
    """A message that went out and did not arrive."""
    return TaskWords(
        kind=TaskKind.UNDELIVERED,
        title=f"A message that did not arrive ({reference})",
        body="A message to the client went out and could not be delivered. Please call the client or write another "
        "way; the draft is what it said.",
        draft=text,
    )


def touch_unsent(
    *,
    sender: Sender,
    visit: VisitFacts,
    what: str,
    now: datetime,
    reference: str,
    why: str = "",
    by_text: bool = True,
) -> TaskWords:
    """A visit's message did not reach its client in time. `what`: confirmation, reminder, moved or cancelled; `why`:
    what stood in the way; `by_text`: a text may work later."""
    words = visit_words(sender, visit, now=now)
    name, news, draft = {
        "moved": ("move", "news that this visit has moved", f"Your visit has moved to {words}. See you then!"),
        "cancelled": (
            "cancellation",
            "news that this visit is cancelled",
            f"Your visit {words} is cancelled. For a new time, {call_us(sender, otherwise='reply to this text')}.",
        ),
    }.get(what, (what, f"{what} of this visit", f"You are booked for {words}. See you then!"))
    call = "Please call the client" + (", or send the text from here once texts work again." if by_text else ".")
    return TaskWords(
        kind=TaskKind.TOUCH_UNSENT,
        title=f"Not sent: {name}, {when(visit, now=now)} ({reference})",
        body=f"The {news} could not be sent in time. {f'{sentence(why)} ' if why else ''}{call}",
        draft=f"{sender.practice}: {draft}",
        own_choices=None if by_text else (TOLD,),
    )


def visit_gone(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """The practice system does not know a visit to come any more, and did not say that it was cancelled."""
    reach_us = call_us(sender, otherwise="reply to this text")
    return TaskWords(
        kind=TaskKind.VISIT_GONE,
        title=f"Gone from the calendar: {when(visit, now=now)} ({reference})",
        body="The practice system does not know this visit any more: it was deleted, or joined with another. Its "
        "client has heard nothing of it from Chairflow. Please see whether it is off, or stands elsewhere in the "
        "calendar, and tell the client if it is off.",
        draft=f"{sender.practice}: Your visit {visit_words(sender, visit, now=now)} is cancelled. For a new time, "
        f"{reach_us}.",
    )


def confirm_unwritten(*, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """The client said that they will come, and the practice system could not be told."""
    return TaskWords(
        kind=TaskKind.CONFIRM_UNWRITTEN,
        title=f"Mark as confirmed: {when(visit, now=now)} ({reference})",
        body="The client wrote that they will come, and the practice system could not be reached in time. Please mark "
        "the visit as confirmed there.",
        draft=None,
    )


def visits_unread(*, since: datetime, zone: str) -> TaskWords:
    """The practice system does not let visits be read."""
    return TaskWords(
        kind=TaskKind.VISITS_UNREAD,
        title=f"The calendar cannot be read (since {clock_time(since, zone)})",
        body="The practice system has not let Chairflow read visits since then. Please see whether it is down for you, "
        "too, and whether Chairflow's access to it still holds.",
        draft=None,
    )


def not_on_staff(*, user: str) -> str:
    """To somebody in the chat who may not answer for the practice."""
    return (
        f"You are not on Chairflow's list of staff for this practice; ask an admin to add {user}. "
        "Your press did nothing. The card's link works without being on the list."
    )


def what_became_of_draft(draft: Mapping[str, Any], *, zone: str) -> str:
    """ "sent", or why not, in words for staff. `draft` is what the task's row keeps of it: state, words, until."""
    why = str(draft.get("words") or "").rstrip(".")
    match draft.get("state"):
        case "sent" | "already sent":
            return "sent by e-mail" if draft.get("channel") == "email" else "sent"
        case "held":
            until = datetime.fromisoformat(str(draft["until"])).astimezone(ZoneInfo(zone))
            return f"waits until {until:%a %b} {until.day}, {clock_time(until, zone)}. {why}."
        case "unknown":
            return "nobody can say whether it went out; please call."
        case _:
            return f"not sent. {capital(sentence(why))} Please call or write another way."


def _answer_to(sender: Sender, text: str, *, visit: VisitFacts | None, now: datetime, took_back_yes: bool) -> str:
    """A question back, since nobody understood: it promises nothing and says nothing that may be otherwise by now."""
    meant = when(visit, now=now) if visit else ""
    call = f" You can also {call_us(sender)}." if sender.phone else ""
    match read(text):
        case Meaning.NO | Meaning.CANNOT_COME if took_back_yes and visit:
            words = f"Thank you for telling us. Shall we take back your yes to {meant}, or look for another time?"
        case Meaning.NO if visit:
            words = f"Thank you for your text. Did you mean that you cannot come {meant}, or that all is well with it?"
        case Meaning.CANNOT_COME if visit:
            words = f"Thank you for telling us. Is it your visit {meant}, and would you like another time?"
        case Meaning.CANNOT_COME:
            words = "Thank you for telling us. Which visit do you mean, and would you like another time?"
        case Meaning.RESCHEDULE if visit:
            words = f"Happy to look for another time. Is it instead of {meant}? Which days and hours suit you?"
        case Meaning.RESCHEDULE:
            words = "Happy to look for another time. Which visit do you mean, and which days and hours suit you?"
        case Meaning.YES | Meaning.OKAY | Meaning.CONFIRM:
            words = "Thank you! We want to get this right: what would you like to say yes to?"
        case Meaning.THANKS:
            words = "You are welcome! Was that a yes to the time we texted you about? If so, please reply YES."
        case _ if visit:
            words = f"Thank you for your text. Is it about your visit {meant}? Please tell us what you would like."
        case _:
            words = "Thank you for your text. Please tell us in a few words what we can do for you."
    return plain(f"{sender.practice}: {words}{call}")
