"""A free chair of tomorrow morning, and clients who wait for visits of different lengths."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.ranges import TimeRange
from models.calendar import Appointment, Opening
from models.client import Client
from models.matrix import Provider, ProviderLocation, Room, Service, ServiceProvider
from models.offers import Offer
from models.practice import Location, Practice
from models.waitlist import WaitlistService
from tests.activities import visits
from tests.activities.activity_runner import Desk
from tests.activities.outside import FrontDesk, Outside
from tests.activities.people import VISITS_AND_OFFERS, agrees, waits
from tests.activities.visits import STARTS
from tests.inbox.scene import NOW, Scene
from vendors.pms.base import PmsAppointment, PmsBlock, PmsSegment, PmsShift, PmsState


def at(minutes: int) -> datetime:
    """So many minutes after ten, tomorrow."""
    return STARTS + timedelta(minutes=minutes)


def stretch(start: int, end: int) -> TimeRange:
    return TimeRange(at(start), at(end))


@dataclass
class Chairs:
    """Maria's mornings; times are minutes after ten."""

    desk: Desk
    front_desk: FrontDesk
    #: By their length in minutes.
    services: dict[int, int] = field(default_factory=dict)
    people: int = 0

    @property
    def scene(self) -> Scene:
        return self.desk.scene

    def service(self, minutes: int, *, room_kind: str | None = None) -> int:
        """A visit of that length, which Maria gives."""
        if minutes not in self.services:
            practice_id = self.scene.practice_id
            self.services[minutes] = self.scene.add(
                Service(
                    practice_id=practice_id,
                    code=f"visit-{minutes}",
                    name=f"Visit of {minutes}",
                    kind=f"visit-{minutes}",
                    pms_ref=f"visit-{minutes}",
                    duration=timedelta(minutes=minutes),
                    room_kind=room_kind,
                )
            )
            self.scene.add(
                ServiceProvider(
                    practice_id=practice_id, service_id=self.services[minutes], provider_id=self.scene.provider_id
                )
            )
        return self.services[minutes]

    def opening(self, start: int = 0, end: int = 90) -> int:
        return self.scene.add(
            Opening(
                practice_id=self.scene.practice_id,
                location_id=self.scene.location_id,
                provider_id=self.scene.provider_id,
                during=stretch(start, end),
                cause="cancellation",
                state="live",
                created_at=NOW,
            )
        )

    def client(self, *, named: str | None = None) -> int:
        """Somebody the practice system knows, with a phone of their own."""
        self.people += 1
        name = named or f"Client {self.people}"
        client = self.scene.client(self.phone(self.people), first_name=name)
        with self.scene.database.transaction() as session:
            session.get_one(Client, client).pms_ref = f"client-{client}"
        agrees(self.scene, client, to=VISITS_AND_OFFERS)
        return client

    def phone(self, number: int) -> str:
        return f"+121255503{number:02}"

    def waiting(self, minutes: int) -> int:
        """Somebody who waits for a visit of that length; returns the client."""
        client = self.client()
        entry, service = waits(self.scene, client), self.service(minutes)
        self.scene.add(WaitlistService(practice_id=self.scene.practice_id, entry_id=entry, service_id=service))
        return client

    # --- what happens to the calendar ---------------------------------------------------------------------------

    def by_hand(
        self,
        start: int,
        end: int,
        *,
        client: int | None = None,
        provider: int | None = None,
        room: int | None = None,
        mirrored: bool = True,
    ) -> None:
        """The front desk books somebody. Not `mirrored`: the practice system has it, and we have not heard yet."""
        client, service = client or self.client(), self.service(30)
        if provider is None:
            self.front_desk.appointments.append(
                PmsAppointment(
                    ref="by-hand",
                    location_ref="place",
                    client_ref=f"client-{client}",
                    state=PmsState.BOOKED,
                    start=at(start),
                    end=at(end),
                    segments=(PmsSegment(service_ref="visit-30", provider_ref="maria", start=at(start), end=at(end)),),
                )
            )
        if mirrored:
            segment = visits.segment(self.scene, service, stretch(start, end), provider=provider)
            visits.by_hand(self.scene, client, replace(segment, room_id=room), ref="by-hand")

    def another_provider(self) -> int:
        practice_id = self.scene.practice_id
        ben = self.scene.add(Provider(practice_id=practice_id, first_name="Ben", display_name="Ben", pms_ref="ben"))
        self.scene.add(ProviderLocation(practice_id=practice_id, provider_id=ben, location_id=self.scene.location_id))
        return ben

    def room(self, kind: str) -> int:
        practice_id, place = self.scene.practice_id, self.scene.location_id
        return self.scene.add(Room(practice_id=practice_id, location_id=place, kind=kind, name=kind))

    def moved(self, ref: str, start: int, end: int) -> None:
        """The front desk moves a visit it made; the mirror hears of it."""
        self._becomes(ref, start=at(start), end=at(end))

    def cancelled(self, ref: str) -> None:
        self._becomes(ref, state=PmsState.CANCELLED)

    def blocked(self, start: int, end: int) -> None:
        self.front_desk.blocks = (PmsBlock(ref="block", provider_ref="maria", start=at(start), end=at(end)),)
        self.desk.read_calendar(STARTS.date())

    def works(self, start: int, end: int) -> None:
        self.front_desk.shifts = (PmsShift(provider_ref="maria", start=at(start), end=at(end)),)
        self.desk.read_calendar(STARTS.date())

    def _becomes(self, ref: str, **changes: Any) -> None:
        """The practice system has the visit otherwise, and its booking looks."""
        desk = self.front_desk
        visit = next(one for one in desk.appointments if one.ref == ref)
        if "start" in changes:
            changes["segments"] = (replace(visit.segments[0], start=changes["start"], end=changes["end"]),)
        desk.appointments = [replace(one, **changes) if one.ref == ref else one for one in desk.appointments]
        (row,) = [one for one in self.desk.rows(Appointment) if one.pms_ref == ref]
        self.desk.look(row.id or 0)

    # --- what the fill asks, and what came of it ----------------------------------------------------------------

    def offers(self, opening: int) -> dict[int, Offer]:
        """The newest offer of each client."""
        return {one.client_id: one for one in self.desk.rows(Offer) if one.opening_id == opening}

    def states(self, opening: int) -> list[tuple[str, int]]:
        """State and start of every offer, oldest first."""
        return [
            (one.state, int((one.starts_at - STARTS) / timedelta(minutes=1)))
            for one in self.desk.rows(Offer)
            if one.opening_id == opening
        ]

    @property
    def bodies(self) -> list[str]:
        return self.desk.outside.bodies


def chairs(scene: Scene) -> Chairs:
    """Maria and the place are known to the practice system; everybody who fits is asked at once."""
    with scene.database.transaction() as session:
        session.get_one(Practice, scene.practice_id).policy = {"gap_fill": {"pace": "everyone"}}
        session.get_one(Location, scene.location_id).pms_ref = "place"
        session.get_one(Provider, scene.provider_id).pms_ref = "maria"
    front_desk = FrontDesk()
    return Chairs(Desk(scene, Outside(calendar=front_desk)), front_desk)
