"""The outside of one practice: vendors that do what they are told and write it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from operations.ports import StaffChat
from vendors.chat.base import Card, PostedCard
from vendors.email.base import AcceptedMail, NewMail
from vendors.errors import SlotTaken, Unreachable, VendorError
from vendors.pms.base import (
    Capabilities,
    ClientRecord,
    DayView,
    Event,
    NewVisit,
    Pms,
    PmsAppointment,
    PmsBlock,
    PmsDay,
    PmsSegment,
    PmsShift,
    PmsState,
    PmsUnread,
    Shows,
    Takes,
    Tells,
)
from vendors.sms.base import AcceptedText, NewText, TextState, Unidentified

#: A practice system that tells all, takes what the product writes and refuses two clients in one chair.
ABLE = Capabilities(
    tells=Tells(events=frozenset(Event)),
    shows=Shows(day=DayView.AT_ONCE, blocks=True, shifts=True),
    takes=Takes(book=True, cancel=True, confirm=True),
    refuses_double_booking=True,
)


def away(vendor: str) -> Unreachable:
    """What sending raises while a vendor cannot be reached."""
    return Unreachable("no answer", vendor=vendor, operation="send")


@dataclass
class Phones:
    """Texts; each is refused while `refuses` is set. `at_once` happens when a text has come, before we know of it."""

    sent: list[NewText] = field(default_factory=list)
    refuses: VendorError | None = None
    at_once: Callable[[], object] | None = None
    #: What the vendor's record tells of a text whose answer was lost.
    found: AcceptedText | Unidentified | None = None

    def send(self, text: NewText) -> AcceptedText:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(text)
        if self.at_once is not None:
            self.at_once()
        return AcceptedText(ref=f"SM{len(self.sent)}", state=TextState.ACCEPTED)

    def find(
        self,
        *,
        to: str,
        body: str,
        since: datetime,
        until: datetime | None = None,
        known: frozenset[str] = frozenset(),
        only_one: bool = True,
    ) -> AcceptedText | Unidentified | None:
        return self.found


@dataclass
class Mailbox:
    """Mails; each is refused while `refuses` is set."""

    sent: list[NewMail] = field(default_factory=list)
    refuses: VendorError | None = None

    def send(self, mail: NewMail) -> AcceptedMail:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(mail)
        return AcceptedMail(ref=f"MAIL{len(self.sent)}")


@dataclass
class Workspace:
    """The staff chat: cards in the order they came, redrawn in place, and what a presser alone was told."""

    cards: list[Card] = field(default_factory=list)
    #: Places among `cards` whose card was taken away.
    removed: list[int] = field(default_factory=list)
    #: Pairs of the press's address and the words.
    told: list[tuple[str, str]] = field(default_factory=list)

    def post(self, *, channel: str, card: Card) -> PostedCard:
        self.cards.append(card)
        return PostedCard(channel=channel, ref=str(len(self.cards)))

    def redraw(self, *, posted: PostedCard, card: Card) -> None:
        self.cards[int(posted.ref) - 1] = card

    def remove(self, *, posted: PostedCard) -> None:
        self.removed.append(int(posted.ref))

    @property
    def standing(self) -> list[Card]:
        """What can be seen, oldest first."""
        return [card for at, card in enumerate(self.cards, start=1) if at not in self.removed]

    def find(self, *, channel: str, key: str, since: datetime) -> PostedCard | None:
        """No answer to a post is ever lost here, so there is none to read back."""
        return None

    def answer(self, *, response_url: str, text: str, card: Card | None = None) -> None:
        self.told.append((response_url, text))


@dataclass
class FrontDesk(Pms):
    """A practice system whose calendar the front desk writes to as well."""

    appointments: list[PmsAppointment] = field(default_factory=list)
    #: Rows of every day that could not be read.
    unread: list[PmsUnread] = field(default_factory=list)
    #: Comes into the calendar between our look and our write.
    meanwhile: list[PmsAppointment] = field(default_factory=list)
    #: Happens while the answer to the next look at one visit, standing as yet, is on its way.
    on_the_way: Callable[[], object] | None = None
    capabilities: Capabilities = ABLE
    #: Whether the practice system warns of a collision as it writes a visit.
    warns: bool = False
    kind: str = "boulevard"
    blocks: tuple[PmsBlock, ...] = ()
    #: Blocks by the reference of their place; `blocks` are those of every place.
    blocks_at: dict[str, tuple[PmsBlock, ...]] = field(default_factory=dict)
    shifts: tuple[PmsShift, ...] = ()

    def fetch(self, *, appointment_ref: str) -> PmsAppointment | None:
        happens, self.on_the_way = self.on_the_way, None
        if happens is not None:
            happens()
        found = next((one for one in self.appointments if one.ref == appointment_ref), None)
        return replace(found, state=PmsState.BOOKED) if found is not None and happens is not None else found

    def read_day(
        self, *, location_ref: str, provider_refs: tuple[str, ...], day: date, zone: str, only_visits: bool = False
    ) -> PmsDay:
        """Every visit that stands, as if they were all of this day."""
        standing = tuple(one for one in self.appointments if one.state.occupies)
        return PmsDay(
            location_ref=location_ref,
            day=day,
            appointments=standing,
            blocks=(*self.blocks, *self.blocks_at.get(location_ref, ())),
            shifts=self.shifts,
            unread=tuple(self.unread),
        )

    def book(self, visit: NewVisit) -> PmsAppointment:
        self.appointments += self.meanwhile
        start, end = visit.segments[0].start, visit.segments[-1].end
        if self.capabilities.refuses_double_booking and any(
            one.start < end and start < one.end for one in self.appointments
        ):
            raise SlotTaken("taken", vendor=self.kind, operation="book")
        written = PmsAppointment(
            ref="ours",
            location_ref=visit.location_ref,
            client_ref=visit.client_ref,
            state=PmsState.BOOKED,
            start=start,
            end=end,
            segments=visit.segments,
        )
        self.appointments.append(written)
        return replace(written, collides=self.warns)

    def find(
        self, *, location_ref: str, client_ref: str, start: datetime, segments: tuple[PmsSegment, ...]
    ) -> tuple[PmsAppointment, ...]:
        """No answer to a booking is ever lost here, so there is none to read back."""
        return ()

    def cancel(self, *, appointment_ref: str, quietly: bool, void: bool) -> None:
        self._becomes(appointment_ref, PmsState.CANCELLED)

    def confirm(self, *, appointment_ref: str) -> None:
        self._becomes(appointment_ref, PmsState.CONFIRMED)

    def fetch_client(self, *, client_ref: str) -> ClientRecord | None:
        return None

    def _becomes(self, ref: str, state: PmsState) -> None:
        self.appointments = [replace(one, state=state) if one.ref == ref else one for one in self.appointments]


@dataclass
class Outside:
    """The `Vendors` activities ask for: texts and staff chat always, mails and a calendar where a test has them."""

    phones: Phones = field(default_factory=Phones)
    workspace: Workspace = field(default_factory=Workspace)
    managers: str | None = None
    mailbox: Mailbox | None = None
    calendar: FrontDesk | None = None
    names_clients: bool = False
    #: A text leaves where the practice names no number.
    any_number: bool = True

    def texts(self, practice_id: int, *, number: str | None = None) -> Phones | None:
        return self.phones if number is not None or self.any_number else None

    def chat(self, practice_id: int, *, location_id: int | None = None) -> StaffChat:
        return StaffChat(chat=self.workspace, channel="C1", managers=self.managers, names_clients=self.names_clients)

    def press_answers(self, practice_id: int) -> Workspace:
        return self.workspace

    def mails(self, practice_id: int, *, location_id: int | None = None) -> Mailbox | None:
        return self.mailbox

    def pms(self, practice_id: int) -> FrontDesk:
        assert self.calendar is not None, "nothing here needs the practice system"
        return self.calendar

    @property
    def bodies(self) -> list[str]:
        """The words of every text that went out."""
        return [one.body for one in self.phones.sent]

    @property
    def texted(self) -> list[str]:
        """Whom each of these texts went to."""
        return [one.to for one in self.phones.sent]

    @property
    def mailed(self) -> list[str]:
        """Whom every mail that went out went to."""
        return [one.to for one in self.mailbox.sent] if self.mailbox is not None else []
