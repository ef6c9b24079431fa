"""An open offer, and a front desk that books around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.gap_fill import BookResult, CloseResult, Ending, Tell, Told
from domain.ranges import TimeRange
from models.calendar import AppointmentSegment
from models.client import Client
from models.matrix import Provider, ProviderLocation
from models.offers import Offer
from models.practice import Location
from models.waitlist import WaitlistEntry
from tests.activities import visits
from tests.activities.activity_runner import Desk
from tests.activities.outside import FrontDesk, Outside
from tests.activities.people import PHONE, VISITS_AND_OFFERS, nora, waits
from tests.activities.visits import STARTS, TOMORROW_AT_TEN
from tests.inbox.scene import Scene
from vendors.pms.base import PmsAppointment, PmsSegment, PmsState


@dataclass
class Asked:
    """Nora was offered ten o'clock tomorrow with Maria and has not answered."""

    desk: Desk
    front_desk: FrontDesk
    nora: int
    opening: int
    offer: int
    entry: int
    service: int

    @property
    def scene(self) -> Scene:
        return self.desk.scene

    # --- what the front desk does -------------------------------------------------------------------------------

    def by_hand(
        self, *, start: datetime = STARTS, minutes: int = 60, provider: int | None = None, client: int | None = None
    ) -> int:
        """A visit of Nora's with Maria, unless it says whose or with whom; the mirror has it."""
        during = TimeRange(start, start + timedelta(minutes=minutes))
        segment = visits.segment(self.scene, self.service, during, provider=provider)
        return visits.by_hand(self.scene, client or self.nora, segment)

    def another_provider(self) -> int:
        practice_id = self.scene.practice_id
        ben = self.scene.add(Provider(practice_id=practice_id, first_name="Ben", display_name="Ben", pms_ref="ben"))
        self.scene.add(ProviderLocation(practice_id=practice_id, provider_id=ben, location_id=self.scene.location_id))
        return ben

    # --- what the fill asks -------------------------------------------------------------------------------------

    def close(self, *, claimed: tuple[int, ...] = ()) -> CloseResult:
        return self.desk.close(self.opening, Ending.WITHDRAWN, claimed=claimed)

    def tell(self, what: Tell) -> Told:
        return self.desk.tell(self.opening, self.offer, what)

    def book(self) -> BookResult:
        return self.desk.book(self.opening, self.offer)

    # --- what came of it ----------------------------------------------------------------------------------------

    @property
    def bodies(self) -> list[str]:
        return self.desk.outside.bodies

    @property
    def ended(self) -> tuple[str, str, str | None]:
        """Offer, entry, closing."""
        offer: Offer = self.scene.row(Offer, self.offer)
        return offer.state, self.scene.row(WaitlistEntry, self.entry).state, offer.closing

    @property
    def standing(self) -> list[tuple[int, TimeRange]]:
        """The visits of the mirror, and when they are."""
        return [(one.appointment_id, one.during) for one in self.desk.rows(AppointmentSegment)]

    @property
    def held(self) -> bool:
        return visits.held(self.scene)


def nora_is_asked(scene: Scene) -> Asked:
    """Nora holds the offer, and the practice system knows her, Maria, the place and the service."""
    service, client = visits.service(scene), nora(scene, agreed_to=VISITS_AND_OFFERS)
    entry, opening = waits(scene, client), visits.opening(scene)
    offer = scene.offer(opening, client, PHONE)
    visits.planned(scene, offer, visits.segment(scene, service, TOMORROW_AT_TEN))
    with scene.database.transaction() as session:
        session.get_one(Location, scene.location_id).pms_ref = "place"
        session.get_one(Provider, scene.provider_id).pms_ref = "maria"
        session.get_one(Client, client).pms_ref = "nora"
        session.get_one(Offer, offer).entry_id = entry
    front_desk = FrontDesk()
    return Asked(Desk(scene, Outside(calendar=front_desk)), front_desk, client, opening, offer, entry, service)


def in_the_calendar(client_ref: str = "nora", *, start: datetime = STARTS, minutes: int = 60) -> PmsAppointment:
    """A visit with Maria that the front desk made, as the practice system tells it."""
    end = start + timedelta(minutes=minutes)
    return PmsAppointment(
        ref="by-hand",
        location_ref="place",
        client_ref=client_ref,
        state=PmsState.BOOKED,
        start=start,
        end=end,
        segments=(PmsSegment(service_ref="visit", provider_ref="maria", start=start, end=end),),
    )
