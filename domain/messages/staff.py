"""What staff read when a journey needs a person: a card's title, a body behind the link, a draft, what happens else.

Titles go to the staff chat: no names, no treatments, only our reference, date and time. Bodies and drafts are shown
behind the link, to people who may see them. Every task says what holds if nobody comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.messages.facts import Sender, VisitFacts, call_us, clock_time, visit_words, when
from domain.messages.segments import plain
from domain.reading import Meaning, read


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A button: the journey hears `action`. `for_candidate`: it needs one client of the short list. `then`: what else
    the press does, where sending a draft is not all."""

    action: str
    label: str
    for_candidate: bool = False
    then: str = ""


@dataclass(frozen=True, kw_only=True)
class TaskWords:
    title: str
    body: str
    draft: str | None
    safe_default: str
    choices: tuple[Choice, ...] = field(default=(Choice(action="done", label="Done"),))


#: About what a client wrote, by what was understood of it.
CLIENT_WROTE = frozenset(
    {
        "needs_person",
        "unknown_phone",
        "no_after_yes",
        "opted_out_perhaps_visit",
        "reschedule",
        "cannot_come",
        # Answers of ours that did not reach them.
        "ask_which",
        "claim",
        "confirm",
        "declined",
        "help",
        "late_yes",
        "resubscribed",
    }
)
#: A client waits for a person: for an answer, for news nobody else will tell them, or for a call they were promised.
#: Such a task stays open until a person has answered, past its deadline too.
CLIENT_WAITS = CLIENT_WROTE | {
    "touch_unsent",
    "not_told",
    "not_reached",
    "draft_unsent",
    "undelivered",
    # They said yes, and were told that somebody will contact them.
    "overlap",
    "given_away",
    "pms_refused",
    "pms_unreachable",
    "write_unknown",
    "not_seen",
}
STAYS_OPEN = "The task stays open until somebody has answered it, and is brought up again."


#: Answers that a fill carries out: who is booked or asked, and whether anybody is.
ORDERS = frozenset({"assign", "offer", "go"})
STEERS = ORDERS | {"leave"}
#: A task read while somebody's yes is being booked: who else gets the time cannot be decided just then.
BEING_BOOKED = "being_booked"

ASSIGN = Choice(action="assign", label="Book this client", for_candidate=True)
OFFER = Choice(action="offer", label="Offer to this client", for_candidate=True)
LEAVE = Choice(action="leave", label="Leave it free")
DONE = Choice(action="done", label="Done")
TOLD = Choice(action="done", label="I told them")
#: Sends the draft to the client the task is about. What is told must be so by then: where a press makes a promise true
#: only if somebody did something first, its label says that.
SEND_DRAFT = "send"
SEND = Choice(action=SEND_DRAFT, label="Send draft")
#: About a booking a person finishes. That it stands is never told from here: the visit's own confirmation says so,
#: once, as soon as the practice system shows it (docs/operations.md has the table of what each choice does).
BOOKED = "booked"
RELEASE = "release"
LET_GO = (
    Choice(action=SEND_DRAFT, label="Let it go: send draft", then=RELEASE),
    Choice(action=RELEASE, label="Let it go: they know"),
)
#: What the words of such a task promise of its choices.
_CONFIRMS_ITSELF = "They hear that it stands as soon as the calendar shows it, by itself and once."
_LETTING_GO = "Let it go, and the time is offered to the others on the waitlist if there is time left."


def nobody_left(*, sender: Sender, visit: VisitFacts, now: datetime, offers: int, reference: str) -> TaskWords:
    """The waitlist is exhausted; somebody may know better."""
    asked = "Nobody on the waitlist could be asked." if offers == 0 else f"{_clients(offers)} asked, no YES yet."
    return TaskWords(
        title=f"Nobody left to ask: {when(visit, now=now)} ({reference})",
        body=f"{asked} Below is who comes nearest, with the rule that stands in the way of each. A client may "
        "be booked or asked from here; a call often works where a text did not.",
        draft=_personal_offer(sender, visit, now=now),
        safe_default="The time stays free. Who was asked and still says YES in time gets it.",
        choices=(ASSIGN, OFFER, LEAVE),
    )


def person_first(*, sender: Sender, visit: VisitFacts, now: datetime, reason: str, reference: str) -> TaskWords:
    """High value or a tie of VIPs: a person chooses."""
    return TaskWords(
        title=f"You decide first: {when(visit, now=now)} ({reference})",
        body=f"{reason} Below is the ranked list with its reasons. Book or ask a client, let the offers go out in this "
        "order, or leave the time free.",
        draft=_personal_offer(sender, visit, now=now),
        safe_default="When this falls due, offers go out by themselves in the ranked order.",
        choices=(ASSIGN, OFFER, Choice(action="go", label="Send the offers"), LEAVE),
    )


#: Why somebody stands where they stand in the ranking, by the factor's name in `domain.policy.Weights`.
_FACTORS = {
    "priority": "priority on the waitlist",
    "flexibility": "can come at many times",
    "recency": "not asked lately",
    "losses": "said YES lately and somebody was faster",
    "unanswered": "left offers unanswered lately",
    "waiting": "has waited long",
    "preferred_provider": "asked for this provider",
}


#: Before the reasons of one whose turn it is whatever their score.
ALONE_FIRST = "said YES twice in a row and somebody was faster: asked alone first"


def reasons(shares: Iterable[tuple[str, float]]) -> list[str]:
    """What put a client in their place, the heaviest first: "priority on the waitlist (+5.0)"."""
    counted = sorted(((share, factor) for factor, share in shares if round(share, 1)), reverse=True)
    return [f"{_FACTORS[factor]} ({share:+.1f})" for share, factor in counted]


def pms_unreachable(
    *, sender: Sender, visit: VisitFacts, now: datetime, since: datetime, reference: str, assigned_by: str = ""
) -> TaskWords:
    """A client said yes, or staff gave them the time, and the practice system did not answer in time."""
    return TaskWords(
        title=f"Book by hand: {when(visit, now=now)} ({reference})",
        body=f"{_chosen(assigned_by, 'A client said yes')}, and the practice system has not answered since "
        f"{clock_time(since, visit.zone)}. Please look whether the visit is in the calendar; if it is not, book it "
        f"there. {_knows(assigned_by, 'The client knows that it is not confirmed.')} {_CONFIRMS_ITSELF} {_LETTING_GO}",
        draft=_could_not_book(sender, visit, now=now),
        safe_default="The time stays held for this client until the visit would be over, and nobody else is offered "
        "it. Once the calendar shows the visit, they are told.",
        choices=(Choice(action=BOOKED, label="It is booked"), *LET_GO),
    )


def overlap(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str, assigned_by: str = "") -> TaskWords:
    """The winner's time was taken meanwhile and there was nothing better to offer."""
    return TaskWords(
        title=f"A client lost their time: {when(visit, now=now)} ({reference})",
        body=f"{_chosen(assigned_by, 'The client was first to say yes')}, and the time was taken in the calendar "
        f"before theirs could be saved. It is not booked for them. {_knows(assigned_by, 'They were told.')} There is "
        "no other opening for them now: please find a time and call.",
        draft=f"{sender.practice}: We are sorry about {visit_words(sender, visit, now=now)}. May we call you "
        "today to find a time that suits you?",
        safe_default="The client stays on the waitlist and is ranked higher for the loss.",
        choices=(SEND, DONE),
    )


def write_unknown(
    *, sender: Sender, visit: VisitFacts, now: datetime, reference: str, assigned_by: str = ""
) -> TaskWords:
    """The practice system broke off in the middle of a write; nobody can say whether it took the visit."""
    return TaskWords(
        title=f"Is it in the calendar? {when(visit, now=now)} ({reference})",
        body="The practice system broke off while a visit was written, and reading back did not settle it. "
        "Please look in the calendar, and book it there if it is missing. "
        f"{_knows(assigned_by, 'The client knows that it is not confirmed.')} {_CONFIRMS_ITSELF} {_LETTING_GO}",
        draft=_could_not_book(sender, visit, now=now),
        safe_default="The time stays held until the visit would be over, so that nobody is booked twice. Once the "
        "calendar shows the visit, the client is told.",
        choices=(Choice(action=BOOKED, label="It is in the calendar"), *LET_GO),
    )


def not_seen(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """Staff said that it is booked, and the practice system does not show it."""
    return TaskWords(
        title=f"Booked, but not seen: {when(visit, now=now)} ({reference})",
        body="A colleague said that this visit is booked, and the practice system has not shown it to Chairflow since. "
        f"{_CONFIRMS_ITSELF} Please look that it stands there for this client at this time, and call them if they "
        f"should know before. {_LETTING_GO}",
        draft=_could_not_book(sender, visit, now=now),
        safe_default="The time stays held until the visit would be over; once the calendar shows it, the client is "
        "told.",
        choices=(Choice(action="done", label="They know that it stands"), *LET_GO),
    )


def given_away(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str, assigned_by: str = "") -> TaskWords:
    """A person was to finish a client's booking, and somebody else is booked there now."""
    return TaskWords(
        title=f"A client lost their time: {when(visit, now=now)} ({reference})",
        body=f"{_chosen(assigned_by, 'The client was first to say yes')}, their booking could not be finished, and now "
        f"somebody else is booked into that time. {_knows(assigned_by, 'They were told to wait for your word.')} "
        "Please send the draft, or find another time and call.",
        draft=_could_not_book(sender, visit, now=now),
        safe_default="The client stays on the waitlist and is ranked higher for the loss.",
        choices=(SEND, DONE),
    )


def _chosen(assigned_by: str, said_yes: str) -> str:
    """How the client came to the time: by their own word, or by a colleague's order."""
    return f"{assigned_by} booked this client into it" if assigned_by else said_yes


def _knows(assigned_by: str, told: str) -> str:
    """A client whom nobody asked has had no text about it either."""
    return "The client was sent no text about it." if assigned_by else told


def too_late_to_answer(safe_default: str) -> str:
    """To somebody who answers a task that nobody had answered in time."""
    return f"The deadline had passed unanswered, and this holds: {safe_default} Nothing was done with your answer."


def came_too_late(*, visit: VisitFacts, now: datetime, label: str, by: str, why: str, reference: str) -> TaskWords:
    """An answer that could not be carried out any more when it arrived."""
    return overtaken(
        visit=visit, now=now, why=f"{by} chose “{label}”, and when that arrived, {why}.", reference=reference
    )


def overtaken(*, visit: VisitFacts, now: datetime, why: str, reference: str) -> TaskWords:
    """A choice of staff's that something else overtook."""
    return TaskWords(
        title=f"Too late for a choice: {when(visit, now=now)} ({reference})",
        body=f"{why} Nobody was asked or booked because of it.",
        draft=None,
        safe_default="Nothing follows from that choice.",
    )


def release_failed(*, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """The winner's later visit, which the new one replaces, could not be cancelled."""
    return TaskWords(
        title=f"Cancel a replaced visit: {when(visit, now=now)} stands instead ({reference})",
        body="The client took an earlier time, and the later visit of the same kind that it replaces could not be "
        "cancelled in the practice system. Please cancel it there; the client has been told.",
        draft=None,
        safe_default="Both visits stay in the calendar.",
    )


def pms_refused(
    *, sender: Sender, visit: VisitFacts, now: datetime, why: str, reference: str, assigned_by: str = ""
) -> TaskWords:
    """The practice system will not book this client; the chair goes to the next."""
    return TaskWords(
        title=f"Booking refused: {when(visit, now=now)} ({reference})",
        body=f"The practice system would not book this client: {_sentence(why)} The time goes to the next who "
        f"said yes. {_knows(assigned_by, 'The client was told that a person will contact them.')}",
        draft=f"{sender.practice}: We could not book {visit_words(sender, visit, now=now)} for you. May we call you to "
        "find out why and book a time?",
        safe_default="The client stays on the waitlist.",
        choices=(SEND, DONE),
    )


def assignment_does_not_fit(*, visit: VisitFacts, now: datetime, why: str, reference: str) -> TaskWords:
    """Staff chose a client for whom the opening is not possible."""
    return TaskWords(
        title=f"That choice does not fit: {when(visit, now=now)} ({reference})",
        body=f"{_capital(_sentence(why))} Choose somebody else, or change what stands in the way and choose again.",
        draft=None,
        safe_default="Offers go on in the ranked order.",
        choices=(ASSIGN, OFFER, LEAVE),
    )


def infeasible_assignment(*, visit: VisitFacts, now: datetime, why: str, reference: str) -> TaskWords:
    """A visit of the practice system for which no certified provider, room or device is free."""
    return TaskWords(
        title=f"A visit that cannot be placed: {when(visit, now=now)} ({reference})",
        body=f"{_capital(_sentence(why))} Please move the visit, or change its provider or room, in the practice "
        "system.",
        draft=None,
        safe_default="The visit stays as it is; nothing is offered that needs what it needs.",
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
) -> TaskWords:
    """A text nobody but a person should answer. `text` is shown behind the link only; `visit` is the one it is about,
    or else the client's next. `took_back_yes`: they had said yes to it, and then no."""
    return TaskWords(
        title=f"A text to read, from {clock_time(at, zone)} ({reference})",
        body=f"The client wrote: “{text}”",
        draft=_answer_to(sender, text, visit=visit, now=now, took_back_yes=took_back_yes),
        safe_default="Nothing is changed; the client still waits for a person's answer.",
        choices=(SEND, DONE),
    )


def shared_phone(people: Iterable[tuple[str, VisitFacts | None]], *, now: datetime) -> str:
    """Several clients use the phone that a text came from: each by name, with their next visit."""
    each = [f"{name} ({when(visit, now=now) if visit else 'no visit ahead'})" for name, visit in people]
    return f"Several people use this phone: {', '.join(each[:-1])} and {each[-1]}."


def reschedule_asked(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    return TaskWords(
        title=f"Another time wanted: {when(visit, now=now)} ({reference})",
        body="The client asked for another time. Their visit is unchanged until you move it in the practice system.",
        draft=f"{sender.practice}: Happy to find you another time instead of {visit_words(sender, visit, now=now)}. "
        "Which days and hours suit you?",
        safe_default="The visit stays as it is.",
        choices=(SEND, DONE),
    )


def cannot_come(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    return TaskWords(
        title=f"A client cannot come: {when(visit, now=now)} ({reference})",
        body="The client wrote that they cannot come. Take the visit out of the practice system and its time is "
        "offered to the waitlist by itself.",
        draft=f"{sender.practice}: Thank you for telling us that you cannot come {when(visit, now=now)}. "
        "Would you like another time?",
        safe_default="The visit stays as it is: a chair is never freed on a text alone.",
        choices=(SEND, DONE),
    )


def opted_out_with_visit(*, visit: VisitFacts | None, now: datetime, reference: str) -> TaskWords:
    """A word that stops our texts and may have meant the visit."""
    which = f"Their next visit: {when(visit, now=now)}. " if visit else ""
    return TaskWords(
        title=f"Texts stopped; was the visit meant? ({reference})",
        body=f"The client's text stops all our texts to this phone, and that holds at once. They may have meant their "
        f"visit instead. {which}Please call or write an e-mail to ask; do not text.",
        draft=None,
        safe_default="The phone gets no more texts; visits stay as they are.",
    )


def offers_paused(*, why: str, reference: str) -> TaskWords:
    """Offers cannot go out at all: a vendor is away."""
    return TaskWords(
        title=f"Offers are paused ({reference})",
        body=f"{_capital(_sentence(why))} It is tried again by itself. Until then, the ranked list below can be called "
        "by hand.",
        draft=None,
        safe_default="Offers go on by themselves as soon as they can. Who was asked already may still say YES.",
        choices=(ASSIGN, LEAVE, DONE),
    )


def not_told(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """Closing messages cannot be sent: the clients below were asked and do not know how it ended."""
    return TaskWords(
        title=f"Clients not told how it ended: {when(visit, now=now)} ({reference})",
        body="Texts could not be sent. The clients below were asked about this time and have not heard how it ended. "
        "Sending is tried again by itself until the visit would begin; whoever said YES should have a call.",
        draft=f"{sender.practice}: Our offer for {visit_words(sender, visit, now=now)} has closed.",
        safe_default="Sending is tried until the visit would begin; then nobody is texted about it any more.",
        choices=(Choice(action="told", label="I told them all"),),
    )


def not_reached(
    *,
    visit: VisitFacts,
    now: datetime,
    why: str,
    draft: str,
    said_yes: bool,
    by_text: bool,
    reference: str,
) -> TaskWords:
    """One client who was asked could not be told how it ended. `said_yes`: they wanted it, and may expect to come."""
    wanted = "They said YES to it and may think that they have it. " if said_yes else ""
    return TaskWords(
        title=f"A client not told how it ended: {when(visit, now=now)} ({reference})",
        body=f"The client was asked about this time and could not be told how it ended. {_sentence(why)} {wanted}"
        "Please call the client; the draft has what they should hear.",
        draft=draft,
        safe_default="The client does not hear it from Chairflow.",
        choices=(SEND, TOLD) if by_text else (TOLD,),
    )


def draft_unsent(*, text: str, why: str, by_text: bool, reference: str) -> TaskWords:
    """A colleague answered a client from a task, and the text did not go out."""
    return TaskWords(
        title=f"An answer that did not go out ({reference})",
        body=f"A colleague's text to the client could not be sent. {_sentence(why)} Please call the client or write "
        "another way; the draft is the text.",
        draft=text,
        safe_default="The client does not hear it from Chairflow.",
        choices=(SEND, TOLD) if by_text else (TOLD,),
    )


def undelivered(*, text: str, reference: str) -> TaskWords:
    """A message that went out and did not arrive."""
    return TaskWords(
        title=f"A message that did not arrive ({reference})",
        body="A message to the client went out and could not be delivered. Please call the client or write another "
        "way; the draft is what it said.",
        draft=text,
        safe_default="The client does not hear it from Chairflow.",
        choices=(TOLD,),
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
        title=f"Not sent: {name}, {when(visit, now=now)} ({reference})",
        body=f"The {news} could not be sent in time. {f'{_sentence(why)} ' if why else ''}{call}",
        draft=f"{sender.practice}: {draft}",
        safe_default="The client does not hear it from Chairflow; later messages of the visit go out as planned.",
        choices=(SEND, TOLD) if by_text else (TOLD,),
    )


def confirm_unwritten(*, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """The client said that they will come, and the practice system could not be told."""
    return TaskWords(
        title=f"Mark as confirmed: {when(visit, now=now)} ({reference})",
        body="The client wrote that they will come, and the practice system could not be reached in time. Please mark "
        "the visit as confirmed there.",
        draft=None,
        safe_default="The visit stays as it is in the practice system; the client's answer is kept here.",
    )


def visits_unread(*, since: datetime, zone: str) -> TaskWords:
    """The practice system does not let visits be read."""
    return TaskWords(
        title=f"The calendar cannot be read (since {clock_time(since, zone)})",
        body="The practice system has not let Chairflow read visits since then. Please see whether it is down for you, "
        "too, and whether Chairflow's access to it still holds.",
        draft=None,
        safe_default="Reading is tried again by itself; until then nobody is texted about visits that changed.",
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
            return f"not sent. {_capital(_sentence(why))} Please call or write another way."


def _could_not_book(sender: Sender, visit: VisitFacts, *, now: datetime) -> str:
    return (
        f"{sender.practice}: We are sorry: we could not book {visit_words(sender, visit, now=now)} for you after all. "
        "May we call you to find another time?"
    )


def _personal_offer(sender: Sender, visit: VisitFacts, *, now: datetime) -> str:
    return (
        f"{sender.practice}: We have a time free {visit_words(sender, visit, now=now)} and thought of you. "
        "Would you like it? Just reply YES."
    )


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


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _clients(count: int) -> str:
    return f"{count} client{'' if count == 1 else 's'}"


def _sentence(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."
