"""What `GapFill` asks of the world."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from contracts.activity_call import Call, Done, Payload


class OpeningOrder(Payload):
    practice_id: int
    opening_id: int
    #: Where it is worth filling, the first wave is planned as well: the same day and the same ranking.
    plan_wave: bool = False


class Verdict(StrEnum):
    FILL = "fill"
    #: Somebody took it meanwhile, or it is no longer free in the PMS.
    GONE = "gone"
    NOT_WORTH = "not_worth"
    #: High value, a VIP tie: a person decides first.
    PERSON_FIRST = "person_first"


class Assessment(Payload):
    """Whether to fill, and the instants and durations (practice time) the fill then lives by."""

    verdict: Verdict
    words: str
    slot_start: datetime
    #: No offer after this: lead time before the start.
    offers_until: datetime
    booking_note_after: timedelta = timedelta(seconds=20)
    pms_give_up: timedelta = timedelta(minutes=20)
    pms_give_up_before_start: timedelta = timedelta(minutes=30)
    max_waves: int = 10
    #: Whether the first wave is planned, and whether others fit beside it.
    planned: bool = False
    others_fit: bool = True


ASSESS_OPENING = Call("assess_opening", OpeningOrder, Assessment)


class OfferWave(Payload):
    """Ask the next clients. `only_client` is staff's choice of whom; `by` is who chose, and why."""

    practice_id: int
    opening_id: int
    wave: int
    only_client: int | None = None
    by: str = "rules"
    reason: str = ""
    #: As last assessed: a wave that is planned already needs no other look at the day.
    offers_until: datetime | None = None
    #: Whether others fit beside a wave that is planned already.
    others_fit: bool = True


class SentOffer(Payload):
    offer_id: int
    #: The client can answer; False when the vendor surely did not take it.
    open: bool = True


class WaveResult(Payload):
    """What went out. `nobody_left`: nobody else fits at all; `held_until`: somebody does, but not at this hour."""

    offers: tuple[SentOffer, ...] = ()
    window_ends_at: datetime | None = None
    nobody_left: bool = False
    held_until: datetime | None = None
    gone: bool = False
    sent_so_far: int = 0
    words: str = ""


OFFER_WAVE = Call("offer_wave", OfferWave, WaveResult)


class RefitOffers(Payload):
    """The calendar has changed: which open offers still stand? `lost` is an offer whose client said yes and found the
    time taken: then the day is read from the practice system first."""

    practice_id: int
    opening_id: int
    lost: int | None = None


class Refitted(Payload):
    """What is left of the opening. `gone`: nothing that fits; `unfit` are offers whose clients must hear of it."""

    gone: bool = False
    words: str = ""
    slot_start: datetime | None = None
    offers_until: datetime | None = None
    unfit: tuple[int, ...] = ()
    #: The practice system would not take the lost one, and nothing in its calendar says why.
    unexplained: bool = False


REFIT_OFFERS = Call("refit_offers", RefitOffers, Refitted)


class BookVisit(Payload):
    """`assigned_by`: who of staff gave this client the time; empty for one who said yes."""

    practice_id: int
    opening_id: int
    offer_id: int
    assigned_by: str = ""


class Booked(StrEnum):
    BOOKED = "booked"
    #: The PMS, our mirror or another hold has somebody else there.
    TAKEN = "taken"
    #: Written, then found to overlap: ours was cancelled again, quietly.
    OVERLAPPED = "overlapped"
    #: The PMS will not have this client or service; the chair itself is free.
    REFUSED = "refused"
    #: The PMS takes no such booking from us: a person types it, and the time is held until the calendar shows it.
    ASKED = "asked"


class BookResult(Payload):
    outcome: Booked
    appointment_id: int | None = None
    words: str = ""
    #: A later visit of the winner of the same kind, to be released now.
    later_appointment_id: int | None = None
    #: The opening is longer than the visit, and others may still have what they were offered of it.
    goes_on: bool = False


BOOK_VISIT = Call("book_visit", BookVisit, BookResult)


class ReleaseVisit(Payload):
    """Cancel the winner's later visit in the PMS; it becomes an opening of its own within the chain's bound."""

    practice_id: int
    opening_id: int
    offer_id: int
    appointment_id: int


RELEASE_LATER_VISIT = Call("release_later_visit", ReleaseVisit, Done)


class Ending(StrEnum):
    FILLED = "filled"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    HANDED_OVER = "handed_over"
    DECLINED = "declined"


class CloseOffers(Payload):
    """Tell everybody who got an offer how it ended, once each; `claimed` said yes and did not get it."""

    practice_id: int
    opening_id: int
    ending: Ending
    winner_offer_id: int | None = None
    claimed: tuple[int, ...] = ()
    #: The opening itself ends as well; False leaves it to the person who has it.
    final: bool = True
    #: Nobody is texted (any more): these words stand on each offer instead of a closing message.
    instead: str = ""
    #: Who of staff withdrew it, and why.
    by: str = "rules"
    reason: str = ""
    #: Only these hear it: they were offered a time that is taken, and the opening goes on with what is left.
    only: tuple[int, ...] = ()
    #: Somebody has won a part of the opening, however the rest of it ends.
    won: bool = False


class CloseResult(Payload):
    told: int = 0
    not_told: int = 0
    #: Some closing messages wait for the morning; ask again then.
    held_until: datetime | None = None
    #: Made with the closing of others: what of this opening still fits them.
    offers: tuple[SentOffer, ...] = ()
    window_ends_at: datetime | None = None


CLOSE_OFFERS = Call("close_offers", CloseOffers, CloseResult)


class Tell(StrEnum):
    #: "We are booking it for you."
    CONFIRMING = "confirming"
    #: It was taken; with the next best opening when there is one.
    NOT_FREE = "not_free"
    #: We could not reach the practice's system; a person will call.
    HANDED_OVER = "handed_over"
    #: A person types it into the practice's system: "we are booking it for you", and their visit confirms it.
    BY_HAND = "by_hand"


class TellWinner(Payload):
    practice_id: int
    opening_id: int
    offer_id: int
    what: Tell


class Told(Payload):
    #: False when there was nothing better to offer: then a person must.
    next_best_offered: bool = False
    #: The next best is of this opening.
    offers: tuple[SentOffer, ...] = ()
    window_ends_at: datetime | None = None


TELL_WINNER = Call("tell_winner", TellWinner, Told)


class AskPerson(Payload):
    """Open a Task for staff about this opening."""

    practice_id: int
    opening_id: int
    kind: str
    offer_id: int | None = None
    words: str = ""
    #: How often this was asked about the opening before and took care of itself; with the rest it makes the task one.
    before: int = 0
    #: Who of staff gave the offer's client the time, unless they said yes themselves.
    assigned_by: str = ""


class TaskRef(Payload):
    task_id: int
    due_at: datetime


ASK_PERSON = Call("ask_person", AskPerson, TaskRef)


class Assign(Payload):
    """Staff gave the opening to this client: check the fit and make the offer row the claim needs."""

    practice_id: int
    opening_id: int
    client_id: int
    by: str
    reason: str
    #: What they are booked for; empty: what they wait for, or what was cancelled.
    service_ids: tuple[int, ...] = ()


class Assigned(Payload):
    #: None when it does not fit; `words` says why.
    offer_id: int | None = None
    words: str = ""


ASSIGN_CLIENT = Call("assign_client", Assign, Assigned)
