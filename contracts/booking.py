"""What `Booking` asks of the world."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from contracts.activity_call import Call, Done, Payload


class Change(StrEnum):
    """What a fresh look at the PMS showed, against the mirror."""

    NONE = "none"
    CREATED = "created"
    MOVED = "moved"
    CANCELLED = "cancelled"
    UN_CANCELLED = "un_cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    #: Merged, mistaken, voided or unknown to the PMS.
    VOID = "void"


class RefreshAppointment(Payload):
    practice_id: int
    appointment_id: int
    receipt_id: int | None = None
    baseline: bool = False
    #: A claim of ours became this visit: news to its client, though the mirror has it already.
    won: bool = False
    #: What this booking knew before: changes are told against it, so that a second attempt tells the same.
    known_state: str | None = None
    known_start: datetime | None = None


class PlannedTouch(Payload):
    """A reminder to come; `at` is practice time, quiet hours already minded."""

    lead_minutes: int
    at: datetime


class AppointmentFacts(Payload):
    """The visit as it is now. `ended` means there is nothing more to wait for."""

    change: Change
    state: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    close_at: datetime | None = None
    touches: tuple[PlannedTouch, ...] = ()
    #: Reminders that will not go out, each with its reason.
    skipped: tuple[str, ...] = ()
    offer_id: int | None = None
    #: Nothing to tell the client: we did it ourselves, or they never heard of it.
    quiet: bool = False


REFRESH_APPOINTMENT = Call("refresh_appointment", RefreshAppointment, AppointmentFacts)


class TouchKind(StrEnum):
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    MOVED = "moved"
    CANCELLED = "cancelled"


class SendTouch(Payload):
    """One planned message of the visit, on every channel that serves it."""

    practice_id: int
    appointment_id: int
    kind: TouchKind
    starts_at: datetime
    lead_minutes: int = 0
    #: How often the visit was moved before: a move back and forth is news each time.
    moves: int = 0
    #: For a move: the start its client knew until now, where it is known.
    before: datetime | None = None
    #: When this was news to us (practice time): owed to the client also where the visit has begun meanwhile.
    since: datetime | None = None
    #: The visit's turn: what is told once in each.
    turn: int = 0


class TouchResult(Payload):
    #: Per channel: "sms sent", "email suppressed: …"; and "staff have it".
    outcomes: tuple[str, ...] = ()
    held_until: datetime | None = None


SEND_TOUCH = Call("send_touch", SendTouch, TouchResult)


class ConfirmVisit(Payload):
    """The client will come: they are thanked, and the PMS shows the visit as confirmed."""

    practice_id: int
    appointment_id: int
    #: The text that said so; its answer is the thank-you.
    receipt_id: int | None = None


CONFIRM_VISIT = Call("confirm_visit", ConfirmVisit, Done)


class CloseBooking(Payload):
    """End this turn: events from now on belong to the next."""

    practice_id: int
    appointment_id: int
    turn: int
    #: Something changed while this turn was ending: the next begins at once and looks.
    unheard: bool = False


CLOSE_BOOKING = Call("close_booking", CloseBooking, Done)


class AskAboutVisit(Payload):
    """Open a Task about a visit: a client wants another time, cannot come, or what was due could not be done."""

    practice_id: int
    appointment_id: int
    kind: str
    receipt_id: int | None = None
    turn: int = 0
    #: The message that could not be sent.
    touch: SendTouch | None = None


ASK_ABOUT_VISIT = Call("ask_about_visit", AskAboutVisit, Done)


class AskAboutCalendar(Payload):
    """Open a Task: the practice system does not let visits be read. One a day, however many visits it is about."""

    practice_id: int


ASK_ABOUT_CALENDAR = Call("ask_about_calendar", AskAboutCalendar, Done)


class ReconcileDay(Payload):
    """Read one local date of a location and hand every difference to its journey.

    `baseline`: first sight of a calendar that was there before us; visits are mirrored, nobody is texted about them.
    """

    practice_id: int
    location_id: int
    day: str
    baseline: bool = False


class Reconciled(Payload):
    differences: int = 0
    openings: int = 0
    #: Days that could not be read; staff know.
    unread: int = 0


RECONCILE_DAY = Call("reconcile_day", ReconcileDay, Reconciled)


class PlanReconcile(Payload):
    """Which location-days to read: `days` local dates from the practice's today."""

    practice_id: int
    days: int


class LocationDay(Payload):
    location_id: int
    day: str


class ReconcilePlan(Payload):
    """The days, and what a schedule that is months old cannot know: None where an older worker made the plan."""

    days: tuple[LocationDay, ...] = ()
    #: How long, in real time, a day is tried again.
    give_up_after: timedelta | None = None
    pms_queue: str | None = None


PLAN_RECONCILE = Call("plan_reconcile", PlanReconcile, ReconcilePlan)
