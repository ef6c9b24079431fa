"""What staff are asked to do: each kind of Task with its owner, deadline, safe default, choices and name, in one place.

Values of `TaskKind` stand in rows and in payloads, so they never change. The words of one task, with its visit and its
draft, are made in `domain.messages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TaskKind(StrEnum):
    """What a task is about."""

    # An opening waits for a decision.
    NOBODY_LEFT = "nobody_left"
    PERSON_FIRST = "person_first"
    ASSIGNMENT_DOES_NOT_FIT = "assignment_does_not_fit"
    OFFERS_PAUSED = "offers_paused"
    CAME_TOO_LATE = "came_too_late"
    # A client's yes that Chairflow could not book.
    WRITE_BY_HAND = "write_by_hand"
    PMS_UNREACHABLE = "pms_unreachable"
    WRITE_UNKNOWN = "write_unknown"
    NOT_SEEN = "not_seen"
    PMS_REFUSED = "pms_refused"
    OVERLAP = "overlap"
    GIVEN_AWAY = "given_away"
    RELEASE_FAILED = "release_failed"
    # Somebody has not heard from us.
    NOT_TOLD = "not_told"
    NOT_REACHED = "not_reached"
    DRAFT_UNSENT = "draft_unsent"
    UNDELIVERED = "undelivered"
    TOUCH_UNSENT = "touch_unsent"
    VISIT_GONE = "visit_gone"
    # What a client wrote.
    NEEDS_PERSON = "needs_person"
    UNKNOWN_PHONE = "unknown_phone"
    NO_AFTER_YES = "no_after_yes"
    OPTED_OUT_PERHAPS_VISIT = "opted_out_perhaps_visit"
    RESCHEDULE = "reschedule"
    CANNOT_COME = "cannot_come"
    # The answer to what a client wrote did not reach them.
    ASK_WHICH = "ask_which"
    CLAIM = "claim"
    CONFIRM = "confirm"
    DECLINED = "declined"
    HELP = "help"
    LATE_YES = "late_yes"
    RESUBSCRIBED = "resubscribed"
    WHEN_SUITS = "when_suits"
    # The calendar.
    INFEASIBLE_ASSIGNMENT = "infeasible_assignment"
    CONFIRM_UNWRITTEN = "confirm_unwritten"
    VISITS_UNREAD = "visits_unread"
    NOT_IN_MATRIX = "not_in_matrix"
    VISIT_PARTLY_READ = "visit_partly_read"
    ROW_UNREAD = "row_unread"


class Owner(StrEnum):
    """Who of the practice acts."""

    FRONT_DESK = "the front desk"
    MANAGER = "the manager"
    #: Whoever keeps the practice's files and access.
    ADMIN = "whoever looks after Chairflow"


class Deadline(StrEnum):
    """By when."""

    #: `task.due_after` of the practice's policy.
    POLICY = "policy"
    #: The same, and before the time it is about begins.
    BEFORE_IT_BEGINS = "before it begins"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A button: the journey hears `action`. `for_candidate`: it needs one client of the short list. `then`: what else
    the press does, where sending a draft is not all."""

    action: str
    label: str
    for_candidate: bool = False
    then: str = ""


#: Answers that a fill carries out: who is booked or asked, and whether anybody is.
ORDERS: Final = frozenset({"assign", "offer", "go"})
STEERS: Final = ORDERS | {"leave"}
#: A task read while somebody's yes is being booked: who else gets the time cannot be decided just then.
BEING_BOOKED: Final = "being_booked"
#: Sends the draft to the client the task is about. What is told must be so by then: where a press makes a promise true
#: only if somebody did something first, its label says that.
SEND_DRAFT: Final = "send"
#: About a booking a person finishes. That it stands is never told from here: the visit's own confirmation says so,
#: once, as soon as the practice system shows it (docs/operations.md has the table of what each choice does).
BOOKED: Final = "booked"
RELEASE: Final = "release"

ASSIGN: Final = Choice(action="assign", label="Book this client", for_candidate=True)
OFFER: Final = Choice(action="offer", label="Offer to this client", for_candidate=True)
GO: Final = Choice(action="go", label="Send the offers")
LEAVE: Final = Choice(action="leave", label="Leave it free")
DONE: Final = Choice(action="done", label="Done")
TOLD: Final = Choice(action="done", label="I told them")
SEND: Final = Choice(action=SEND_DRAFT, label="Send draft")
LET_GO: Final = (
    Choice(action=SEND_DRAFT, label="Let it go: send draft", then=RELEASE),
    Choice(action=RELEASE, label="Let it go: they know"),
)


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """What all tasks of a kind have in common."""

    #: The kind as the desk calls it; a card's first line begins with it.
    words: str
    #: What holds when nobody answers in time.
    safe_default: str
    #: The likeliest first.
    choices: tuple[Choice, ...] = (DONE,)
    owner: Owner = Owner.FRONT_DESK
    deadline: Deadline = Deadline.POLICY
    #: A client waits for a person: for an answer, for news nobody else will tell them, or for a call they were
    #: promised. Such a task stays open until a person has answered, past its deadline too.
    client_waits: bool = False
    #: A client wrote, and no answer has reached them.
    client_wrote: bool = False
    #: It is about a chair that is free, or may be again.
    about_chair: bool = False
    #: Its card comes later: most take care of themselves before.
    may_pass: bool = False
    #: Each answer may lead to the same ask again, which is another task then.
    asked_anew: bool = False


_KEEPS_TEXT = "The client does not hear it from Chairflow."
_STAYS_LISTED = "The client stays on the waitlist and is ranked higher for the loss."
_STAYS_HELD = (
    "The time stays held for this client until the visit would be over, and nobody else is offered it. Once the "
    "calendar shows the visit, they are told."
)
_NOBODY_ANSWERED = "Nothing is changed; the client still waits for a person's answer."


def _text(words: str = "A text to read") -> TaskSpec:
    """What a client wrote that only a person can answer."""
    return TaskSpec(
        words=words, safe_default=_NOBODY_ANSWERED, choices=(SEND, DONE), client_waits=True, client_wrote=True
    )


SPECS: Final[dict[TaskKind, TaskSpec]] = {
    TaskKind.NOBODY_LEFT: TaskSpec(
        words="Nobody left to ask",
        safe_default="The time stays free. Who was asked and still says YES in time gets it.",
        choices=(ASSIGN, OFFER, LEAVE),
        deadline=Deadline.BEFORE_IT_BEGINS,
        about_chair=True,
    ),
    TaskKind.PERSON_FIRST: TaskSpec(
        words="You decide first",
        safe_default="When this falls due, offers go out by themselves in the ranked order.",
        choices=(ASSIGN, OFFER, GO, LEAVE),
        owner=Owner.MANAGER,
        deadline=Deadline.BEFORE_IT_BEGINS,
        about_chair=True,
    ),
    TaskKind.ASSIGNMENT_DOES_NOT_FIT: TaskSpec(
        words="That choice does not fit",
        safe_default="Offers go on in the ranked order.",
        choices=(ASSIGN, OFFER, LEAVE),
        deadline=Deadline.BEFORE_IT_BEGINS,
        about_chair=True,
        asked_anew=True,
    ),
    TaskKind.OFFERS_PAUSED: TaskSpec(
        words="Offers are paused",
        safe_default="Offers go on by themselves as soon as they can. Who was asked already may still say YES.",
        choices=(ASSIGN, LEAVE, DONE),
        deadline=Deadline.BEFORE_IT_BEGINS,
        about_chair=True,
    ),
    TaskKind.CAME_TOO_LATE: TaskSpec(
        words="Too late for a choice",
        safe_default="Nothing follows from that choice.",
        deadline=Deadline.BEFORE_IT_BEGINS,
        about_chair=True,
    ),
    TaskKind.WRITE_BY_HAND: TaskSpec(
        words="Enter in the calendar",
        safe_default=_STAYS_HELD,
        choices=(Choice(action=BOOKED, label="It is entered"), *LET_GO),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
        about_chair=True,
    ),
    TaskKind.PMS_UNREACHABLE: TaskSpec(
        words="Book by hand",
        safe_default=_STAYS_HELD,
        choices=(Choice(action=BOOKED, label="It is booked"), *LET_GO),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
        about_chair=True,
    ),
    TaskKind.WRITE_UNKNOWN: TaskSpec(
        words="Is it in the calendar?",
        safe_default="The time stays held until the visit would be over, so that nobody is booked twice. Once the "
        "calendar shows the visit, the client is told.",
        choices=(Choice(action=BOOKED, label="It is in the calendar"), *LET_GO),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
        about_chair=True,
    ),
    TaskKind.NOT_SEEN: TaskSpec(
        words="Booked, but not seen",
        safe_default="The time stays held until the visit would be over; once the calendar shows it, the client is "
        "told.",
        choices=(Choice(action="done", label="They know that it stands"), *LET_GO),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
        about_chair=True,
        may_pass=True,
    ),
    TaskKind.PMS_REFUSED: TaskSpec(
        words="Booking refused",
        safe_default="The client stays on the waitlist.",
        choices=(SEND, DONE),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
    ),
    TaskKind.OVERLAP: TaskSpec(
        words="A client lost their time",
        safe_default=_STAYS_LISTED,
        choices=(SEND, DONE),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
    ),
    TaskKind.GIVEN_AWAY: TaskSpec(
        words="A client lost their time",
        safe_default=_STAYS_LISTED,
        choices=(SEND, DONE),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
    ),
    TaskKind.RELEASE_FAILED: TaskSpec(
        words="Cancel a replaced visit",
        safe_default="Both visits stay in the calendar.",
        deadline=Deadline.BEFORE_IT_BEGINS,
        about_chair=True,
    ),
    TaskKind.NOT_TOLD: TaskSpec(
        words="Clients not told how it ended",
        safe_default="Sending is tried until the visit would begin; then nobody is texted about it any more.",
        choices=(Choice(action="told", label="I told them all"),),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
    ),
    TaskKind.NOT_REACHED: TaskSpec(
        words="A client not told how it ended",
        safe_default=_KEEPS_TEXT,
        choices=(SEND, TOLD),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
    ),
    TaskKind.DRAFT_UNSENT: TaskSpec(
        words="An answer that did not go out", safe_default=_KEEPS_TEXT, choices=(SEND, TOLD), client_waits=True
    ),
    TaskKind.UNDELIVERED: TaskSpec(
        words="A message that did not arrive", safe_default=_KEEPS_TEXT, choices=(TOLD,), client_waits=True
    ),
    TaskKind.TOUCH_UNSENT: TaskSpec(
        words="Not sent in time",
        safe_default=f"{_KEEPS_TEXT.removesuffix('.')}; later messages of the visit go out as planned.",
        choices=(SEND, TOLD),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
        asked_anew=True,
    ),
    TaskKind.VISIT_GONE: TaskSpec(
        words="A visit gone from the calendar",
        safe_default=f"{_KEEPS_TEXT.removesuffix('.')}, and nothing is offered of its time.",
        choices=(
            Choice(action=SEND_DRAFT, label="It is off: send draft"),
            Choice(action="done", label="They know, or it stands elsewhere"),
        ),
        deadline=Deadline.BEFORE_IT_BEGINS,
        client_waits=True,
    ),
    TaskKind.NEEDS_PERSON: _text(),
    TaskKind.UNKNOWN_PHONE: _text("A text from a number we do not know"),
    TaskKind.NO_AFTER_YES: _text("A no after a yes"),
    TaskKind.OPTED_OUT_PERHAPS_VISIT: TaskSpec(
        words="Texts stopped; was the visit meant?",
        safe_default="The phone gets no more texts; visits stay as they are.",
        client_waits=True,
        client_wrote=True,
    ),
    TaskKind.RESCHEDULE: TaskSpec(
        words="Another time wanted",
        safe_default="The visit stays as it is.",
        choices=(SEND, DONE),
        client_waits=True,
        client_wrote=True,
    ),
    TaskKind.CANNOT_COME: TaskSpec(
        words="A client cannot come",
        safe_default="The visit stays as it is: a chair is never freed on a text alone.",
        choices=(SEND, DONE),
        client_waits=True,
        client_wrote=True,
    ),
    TaskKind.ASK_WHICH: _text(),
    TaskKind.CLAIM: _text(),
    TaskKind.CONFIRM: _text(),
    TaskKind.DECLINED: _text(),
    TaskKind.HELP: _text(),
    TaskKind.LATE_YES: _text(),
    TaskKind.RESUBSCRIBED: _text(),
    TaskKind.WHEN_SUITS: _text(),
    TaskKind.INFEASIBLE_ASSIGNMENT: TaskSpec(
        words="A visit that cannot be placed",
        safe_default="The visit stays as it is; nothing is offered that needs what it needs.",
    ),
    TaskKind.CONFIRM_UNWRITTEN: TaskSpec(
        words="Mark as confirmed",
        safe_default="The visit stays as it is in the practice system; the client's answer is kept here.",
    ),
    TaskKind.VISITS_UNREAD: TaskSpec(
        words="The calendar cannot be read",
        safe_default="Reading is tried again by itself; until then nobody is texted about visits that changed.",
        owner=Owner.ADMIN,
    ),
    TaskKind.NOT_IN_MATRIX: TaskSpec(
        words="Chairflow does not know something of the calendar",
        safe_default="Visits that name it keep their time, their client and their messages.",
        choices=(Choice(action="done", label="Done, or left out on purpose"),),
        owner=Owner.ADMIN,
    ),
    TaskKind.VISIT_PARTLY_READ: TaskSpec(
        words="Partly unreadable in the calendar",
        safe_default="The visit stands as a booked one: it keeps its time, what is known of it and its messages. Where "
        "its provider is not known, nobody at that place is offered to others then.",
    ),
    TaskKind.ROW_UNREAD: TaskSpec(
        words="A row of the calendar could not be read",
        safe_default="It takes its provider's time: nobody is offered it.",
    ),
}

#: Of a row whose kind this version does not know: an older or a newer one wrote it.
_UNKNOWN: Final = TaskSpec(words="Something to look at", safe_default="Nothing is changed.")


def spec_of(kind: str) -> TaskSpec:
    """The spec of a row's kind; a kind that nobody knows has one that promises nothing."""
    try:
        return SPECS[TaskKind(kind)]
    except ValueError:
        return _UNKNOWN


def of_text(outcome: str) -> TaskKind:
    """The kind of a task about a text, by what routing made of the text."""
    return TaskKind(outcome) if spec_of(outcome).client_wrote else TaskKind.NEEDS_PERSON


#: They ask whom to offer an opening, and are settled with it.
STEERING: Final = frozenset(
    {TaskKind.NOBODY_LEFT, TaskKind.PERSON_FIRST, TaskKind.OFFERS_PAUSED, TaskKind.ASSIGNMENT_DOES_NOT_FIT}
)
#: They are about a booking that a person finishes.
AWAITED: Final = frozenset(
    {TaskKind.WRITE_BY_HAND, TaskKind.PMS_UNREACHABLE, TaskKind.WRITE_UNKNOWN, TaskKind.NOT_SEEN}
)


class Group(StrEnum):
    """Where a task stands in a list of open ones."""

    CLIENT_WAITS = "A client waits"
    CHAIR = "A chair"
    OTHER = "Other"


def group_of(kind: str) -> Group:
    spec = spec_of(kind)
    if spec.client_waits:
        return Group.CLIENT_WAITS
    return Group.CHAIR if spec.about_chair else Group.OTHER
