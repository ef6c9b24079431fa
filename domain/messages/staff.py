"""What staff read when a text, a message or a visit needs a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.messages.facts import Sender, VisitFacts, Voice, clock_time, when
from domain.messages.task_words import TaskWords, capital, sentence
from domain.reading import Meaning, read
from domain.tasks import TOLD, TaskKind
from domain.wall_time import local_date

STAYS_OPEN = "The task stays open until somebody has answered it, and is brought up again."


def too_late_to_answer(safe_default: str) -> str:
    """To somebody who answers a task that nobody had answered in time."""
    return f"The deadline had passed unanswered, and this holds: {safe_default} Nothing was done with your answer."


def infeasible_assignment(*, visit: VisitFacts, now: datetime, why: str, reference: str) -> TaskWords:
    """A visit of the practice system for which no certified provider, room or device is free."""
    return TaskWords(
        kind=TaskKind.INFEASIBLE_ASSIGNMENT,
        title=f"A visit that cannot be placed: {when(visit, now=now, near=False)} ({reference})",
        body=f"{capital(sentence(why))} Please move the visit, or change its provider or room, in the practice system.",
        draft=None,
    )


def unclear_reply(
    *,
    sender: Sender,
    text: str,
    zone: str,
    now: datetime,
    visit: VisitFacts | None = None,
    took_back_yes: bool = False,
    kind: TaskKind = TaskKind.NEEDS_PERSON,
) -> TaskWords:
    """A text nobody but a person should answer. `text` is shown behind the link only; `visit` is the one it is about,
    or else the client's next. `took_back_yes`: they had said yes to it, and then no."""
    return TaskWords(
        kind=kind,
        title=f"A text to read, since {clock_time(now, zone)}",
        body=f"The client wrote: “{text}”",
        draft=_answer_to(sender, text, visit=visit, now=now, took_back_yes=took_back_yes),
    )


def wrote_before(*, since: datetime, zone: str, now: datetime) -> str:
    """On a task about a number we do not know, once it has written again."""
    on = local_date(since, zone)
    day = "" if on == local_date(now, zone) else f" on {on:%b} {on.day}"
    return f"It has written more than once since {clock_time(since, zone)}{day}; the conversation has it all."


def shared_phone(people: Iterable[tuple[str, VisitFacts | None]], *, now: datetime) -> str:
    """Several clients use the phone that a text came from: each by name, with their next visit."""
    each = [f"{name} ({when(visit, now=now) if visit else 'no visit ahead'})" for name, visit in people]
    return f"Several people use this phone: {', '.join(each[:-1])} and {each[-1]}."


def reschedule_asked(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    voice = Voice(sender=sender, now=now)
    return TaskWords(
        kind=TaskKind.RESCHEDULE,
        title=f"Another time wanted: {when(visit, now=now, near=False)} ({reference})",
        body="The client asked for another time. Their visit is unchanged until you move it in the practice system.",
        draft=voice.compose(voice.say("another_time", visit=voice.visit(visit)), voice.say("which_days")).text,
    )


def cannot_come(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    voice = Voice(sender=sender, now=now)
    heard = voice.say("heard_cannot_come", visit=voice.when(visit))
    return TaskWords(
        kind=TaskKind.CANNOT_COME,
        title=f"A client cannot come: {when(visit, now=now, near=False)} ({reference})",
        body="The client wrote that they cannot come. Take the visit out of the practice system and its time is "
        "offered to the waitlist by itself.",
        draft=voice.compose(heard, voice.say("like_another_time")).text,
    )


def opted_out_with_visit(*, visit: VisitFacts | None, now: datetime) -> TaskWords:
    """A word that stops our texts and may have meant the visit."""
    which = f"Their next visit: {when(visit, now=now)}. " if visit else ""
    return TaskWords(
        kind=TaskKind.OPTED_OUT_PERHAPS_VISIT,
        title="Texts stopped; was the visit meant?",
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
    voice = Voice(sender=sender, now=now)
    words = voice.visit(visit)
    name, news, draft = {
        "moved": ("move", "news that this visit has moved", (voice.say("has_moved", visit=words),)),
        "cancelled": ("cancellation", "news that this visit is cancelled", _is_off(voice, visit)),
    }.get(what, (what, f"{what} of this visit", (voice.say("booked_for", visit=words),)))
    if what != "cancelled":
        draft = (*draft, voice.say("see_you_then"))
    call = "Please call the client" + (", or send the text from here once texts work again." if by_text else ".")
    return TaskWords(
        kind=TaskKind.TOUCH_UNSENT,
        title=f"Not sent: {name}, {when(visit, now=now, near=False)} ({reference})",
        body=f"The {news} could not be sent in time. {f'{sentence(why)} ' if why else ''}{call}",
        draft=voice.compose(*draft).text,
        own_choices=None if by_text else (TOLD,),
    )


def visit_gone(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """The practice system does not know a visit to come any more, and did not say that it was cancelled."""
    voice = Voice(sender=sender, now=now)
    return TaskWords(
        kind=TaskKind.VISIT_GONE,
        title=f"Gone from the calendar: {when(visit, now=now, near=False)} ({reference})",
        body="The practice system does not know this visit any more: it was deleted, or joined with another. Its "
        "client has heard nothing of it from Chairflow. Please see whether it is off, or stands elsewhere in the "
        "calendar, and tell the client if it is off.",
        draft=voice.compose(*_is_off(voice, visit)).text,
    )


def confirm_unwritten(*, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """The client said that they will come, and the practice system could not be told."""
    return TaskWords(
        kind=TaskKind.CONFIRM_UNWRITTEN,
        title=f"Mark as confirmed: {when(visit, now=now, near=False)} ({reference})",
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
            return "may have gone out or not; please call."
        case _:
            return f"not sent. {capital(sentence(why))} Please call or write another way."


def _answer_to(sender: Sender, text: str, *, visit: VisitFacts | None, now: datetime, took_back_yes: bool) -> str:
    """A question back, since nobody understood: it promises nothing and says nothing that may be otherwise by now."""
    voice = Voice(sender=sender, now=now)
    meant = voice.when(visit) if visit else ""
    match read(text):
        case Meaning.NO | Meaning.CANNOT_COME if took_back_yes and visit:
            words = voice.say("take_back_your_yes", visit=meant)
        case Meaning.NO if visit:
            words = voice.say("all_well_or_not", visit=meant)
        case Meaning.CANNOT_COME if visit:
            words = voice.say("is_it_your_visit", visit=meant)
        case Meaning.CANNOT_COME:
            words = voice.say("which_visit")
        case Meaning.RESCHEDULE if visit:
            words = voice.say("is_it_instead_of", visit=meant)
        case Meaning.RESCHEDULE:
            words = voice.say("which_visit_and_when")
        case Meaning.YES | Meaning.OKAY | Meaning.CONFIRM:
            words = voice.say("yes_to_what")
        case Meaning.THANKS:
            words = voice.say("was_thanks_a_yes")
        case Meaning.HEARD:
            words = voice.say("was_that_a_yes")
        case _ if visit:
            words = voice.say("is_it_about_visit", visit=meant)
        case _:
            words = voice.say("what_can_we_do")
    return voice.compose(words, voice.say("you_can_also", reach_us=voice.call_us()) if sender.phone else "").text


def _is_off(voice: Voice, visit: VisitFacts) -> tuple[str, str]:
    reach_us = voice.call_us(otherwise="reply_to_this_text")
    return voice.say("is_cancelled", visit=voice.visit(visit)), voice.say("for_new_time", reach_us=reach_us)
