"""What staff read when an opening or its booking needs a person: whom to ask, what went wrong, who must be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.messages.facts import Sender, VisitFacts, Voice, clock_time, when
from domain.messages.task_words import TaskWords, capital, sentence
from domain.tasks import TOLD, TaskKind

#: What the words of such a task promise of its choices.
_CONFIRMS_ITSELF = "They hear that it stands as soon as the calendar shows it, by itself and once."
_LETTING_GO = "Let it go, and the time is offered to the others on the waitlist if there is time left."


def nobody_left(*, sender: Sender, visit: VisitFacts, now: datetime, offers: int, reference: str) -> TaskWords:
    """The waitlist is exhausted; somebody may know better."""
    asked = "Nobody on the waitlist could be asked." if offers == 0 else f"{_clients(offers)} asked, no YES yet."
    return TaskWords(
        kind=TaskKind.NOBODY_LEFT,
        title=f"Nobody left to ask: {when(visit, now=now, near=False)} ({reference})",
        body=f"{asked} Below is who comes nearest, with the rule that stands in the way of each. A client may "
        "be booked or asked from here; a call often works where a text did not.",
        draft=_draft("thought_of_you", sender, visit, now=now),
    )


def person_first(*, sender: Sender, visit: VisitFacts, now: datetime, reason: str, reference: str) -> TaskWords:
    """High value or a tie of VIPs: a person chooses."""
    return TaskWords(
        kind=TaskKind.PERSON_FIRST,
        title=f"You decide first: {when(visit, now=now, near=False)} ({reference})",
        body=f"{reason} Below is the ranked list with its reasons. Book or ask a client, let the offers go out in this "
        "order, or leave the time free.",
        draft=_draft("thought_of_you", sender, visit, now=now),
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
#: Kept with the decision to ask somebody when they can come.
ASKED_WHEN = "said NO to the last offers: asked which days and hours suit them, instead of one more"


def reasons(shares: Iterable[tuple[str, float]]) -> list[str]:
    """What put a client in their place, the heaviest first: "priority on the waitlist (+5.0)"."""
    counted = sorted(((share, factor) for factor, share in shares if round(share, 1)), reverse=True)
    return [f"{_FACTORS[factor]} ({share:+.1f})" for share, factor in counted]


def write_by_hand(
    *,
    sender: Sender,
    visit: VisitFacts,
    now: datetime,
    typed: tuple[str, ...],
    reference: str,
    assigned_by: str = "",
) -> TaskWords:
    """A client said yes, or staff gave them the time, and this practice system takes no such booking from Chairflow.
    `typed` is what a person has to enter, a line each."""
    return TaskWords(
        kind=TaskKind.WRITE_BY_HAND,
        title=f"Enter in the calendar: {when(visit, now=now, near=False)} ({reference})",
        body=f"{_chosen(assigned_by, 'A client said yes')}. Your practice system takes no such booking from Chairflow: "
        "please enter it there.\n"
        + "\n".join(typed)
        + f"\n{_knows(assigned_by, 'The client knows that it is being booked and is not confirmed yet.')} "
        f"{_CONFIRMS_ITSELF} {_LETTING_GO}",
        draft=_draft("could_not_after_all", sender, visit, now=now),
    )


def pms_unreachable(
    *, sender: Sender, visit: VisitFacts, now: datetime, since: datetime, reference: str, assigned_by: str = ""
) -> TaskWords:
    """A client said yes, or staff gave them the time, and the practice system did not answer in time."""
    return TaskWords(
        kind=TaskKind.PMS_UNREACHABLE,
        title=f"Book by hand: {when(visit, now=now, near=False)} ({reference})",
        body=f"{_chosen(assigned_by, 'A client said yes')}, and the practice system has not answered since "
        f"{clock_time(since, visit.zone)}. Please look whether the visit is in the calendar; if it is not, book it "
        f"there. {_knows(assigned_by, 'The client knows that it is not confirmed.')} {_CONFIRMS_ITSELF} {_LETTING_GO}",
        draft=_draft("could_not_after_all", sender, visit, now=now),
    )


def overlap(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str, assigned_by: str = "") -> TaskWords:
    """The winner's time was taken meanwhile and there was nothing better to offer."""
    return TaskWords(
        kind=TaskKind.OVERLAP,
        title=f"A client lost their time: {when(visit, now=now, near=False)} ({reference})",
        body=f"{_chosen(assigned_by, 'The client was first to say yes')}, and the time was taken in the calendar "
        f"before theirs could be saved. It is not booked for them. {_knows(assigned_by, 'They were told.')} There is "
        "no other opening for them now: please find a time and call.",
        draft=_draft("may_we_call_today", sender, visit, now=now),
    )


def write_unknown(
    *, sender: Sender, visit: VisitFacts, now: datetime, reference: str, assigned_by: str = ""
) -> TaskWords:
    """The practice system broke off in the middle of a write; nobody can say whether it took the visit."""
    return TaskWords(
        kind=TaskKind.WRITE_UNKNOWN,
        title=f"Is it in the calendar? {when(visit, now=now, near=False)} ({reference})",
        body="The practice system broke off while a visit was written, and reading back did not settle it. "
        "Please look in the calendar, and book it there if it is missing. "
        f"{_knows(assigned_by, 'The client knows that it is not confirmed.')} {_CONFIRMS_ITSELF} {_LETTING_GO}",
        draft=_draft("could_not_after_all", sender, visit, now=now),
    )


def not_seen(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """Staff said that it is booked, and the practice system does not show it."""
    return TaskWords(
        kind=TaskKind.NOT_SEEN,
        title=f"Booked, but not seen: {when(visit, now=now, near=False)} ({reference})",
        body="A colleague said that this visit is booked, and the practice system has not shown it to Chairflow since. "
        f"{_CONFIRMS_ITSELF} Please look that it stands there for this client at this time, and call them if they "
        f"should know before. {_LETTING_GO}",
        draft=_draft("could_not_after_all", sender, visit, now=now),
    )


def given_away(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str, assigned_by: str = "") -> TaskWords:
    """A person was to finish a client's booking, and somebody else is booked there now."""
    return TaskWords(
        kind=TaskKind.GIVEN_AWAY,
        title=f"A client lost their time: {when(visit, now=now, near=False)} ({reference})",
        body=f"{_chosen(assigned_by, 'The client was first to say yes')}, their booking could not be finished, and now "
        f"somebody else is booked into that time. {_knows(assigned_by, 'They were told to wait for your word.')} "
        "Please send the draft, or find another time and call.",
        draft=_draft("could_not_after_all", sender, visit, now=now),
    )


def _chosen(assigned_by: str, said_yes: str) -> str:
    """How the client came to the time: by their own word, or by a colleague's order."""
    return f"{assigned_by} booked this client into it" if assigned_by else said_yes


def _knows(assigned_by: str, told: str) -> str:
    """A client whom nobody asked has had no text about it either."""
    return "The client was sent no text about it." if assigned_by else told


def came_too_late(*, visit: VisitFacts, now: datetime, label: str, by: str, why: str, reference: str) -> TaskWords:
    """An answer that could not be carried out any more when it arrived."""
    return overtaken(
        visit=visit, now=now, why=f"{by} chose “{label}”, and when that arrived, {why}.", reference=reference
    )


def overtaken(*, visit: VisitFacts, now: datetime, why: str, reference: str) -> TaskWords:
    """A choice of staff's that something else overtook."""
    return TaskWords(
        kind=TaskKind.CAME_TOO_LATE,
        title=f"Too late for a choice: {when(visit, now=now, near=False)} ({reference})",
        body=f"{why} Nobody was asked or booked because of it.",
        draft=None,
    )


def release_failed(*, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """The winner's later visit, which the new one replaces, could not be cancelled."""
    return TaskWords(
        kind=TaskKind.RELEASE_FAILED,
        title=f"Cancel a replaced visit: {when(visit, now=now, near=False)} stands instead ({reference})",
        body="The client took an earlier time, and the later visit of the same kind that it replaces could not be "
        "cancelled in the practice system. Please cancel it there; the client has been told.",
        draft=None,
    )


def pms_refused(
    *, sender: Sender, visit: VisitFacts, now: datetime, why: str, reference: str, assigned_by: str = ""
) -> TaskWords:
    """The practice system will not book this client; the chair goes to the next."""
    return TaskWords(
        kind=TaskKind.PMS_REFUSED,
        title=f"Booking refused: {when(visit, now=now, near=False)} ({reference})",
        body=f"The practice system would not book this client: {sentence(why)} The time goes to the next who "
        f"said yes. {_knows(assigned_by, 'The client was told that a person will contact them.')}",
        draft=_draft("not_booked_may_we_call", sender, visit, now=now),
    )


def assignment_does_not_fit(*, visit: VisitFacts, now: datetime, why: str, reference: str) -> TaskWords:
    """Staff chose a client for whom the opening is not possible."""
    return TaskWords(
        kind=TaskKind.ASSIGNMENT_DOES_NOT_FIT,
        title=f"That choice does not fit: {when(visit, now=now, near=False)} ({reference})",
        body=f"{capital(sentence(why))} Choose somebody else, or change what stands in the way and choose again.",
        draft=None,
    )


def offers_paused(*, why: str, reference: str) -> TaskWords:
    """Offers cannot go out at all: a vendor is away."""
    return TaskWords(
        kind=TaskKind.OFFERS_PAUSED,
        title=f"Offers are paused ({reference})",
        body=f"{capital(sentence(why))} It is tried again by itself. Until then, the ranked list below can be called "
        "by hand.",
        draft=None,
    )


def not_told(*, sender: Sender, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """Closing messages cannot be sent: the clients below were asked and do not know how it ended."""
    return TaskWords(
        kind=TaskKind.NOT_TOLD,
        title=f"Clients not told how it ended: {when(visit, now=now, near=False)} ({reference})",
        body="Texts could not be sent. The clients below were asked about this time and have not heard how it ended. "
        "Sending is tried again by itself until the visit would begin; whoever said YES should have a call.",
        draft=_draft("has_closed", sender, visit, now=now),
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
        kind=TaskKind.NOT_REACHED,
        title=f"A client not told how it ended: {when(visit, now=now, near=False)} ({reference})",
        body=f"The client was asked about this time and could not be told how it ended. {sentence(why)} {wanted}"
        "Please call the client; the draft has what they should hear.",
        draft=draft,
        own_choices=None if by_text else (TOLD,),
    )


def _draft(phrase: str, sender: Sender, visit: VisitFacts, *, now: datetime) -> str:
    """A text to the client of whom the task is, in their language."""
    voice = Voice(sender=sender, now=now)
    return voice.compose(voice.say(phrase, visit=voice.visit(visit))).text


def _clients(count: int) -> str:
    return f"{count} client{'' if count == 1 else 's'}"
