"""A visit of tomorrow at ten with Maria, in each form it takes: offered, booked, written by hand, held."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import col, select

from domain.calendar import Segment, Visit, VisitState
from domain.ranges import TimeRange
from models.calendar import Appointment, AppointmentSegment, Opening
from models.matrix import Service
from models.offers import HoldResource, Offer
from models.repositories import calendar, offers, practices
from operations import mirror
from tests.activities.people import PHONE
from tests.inbox.scene import NOW, Scene

HOUR = timedelta(hours=1)
STARTS = NOW + timedelta(days=1)
TOMORROW_AT_TEN = TimeRange(STARTS, STARTS + HOUR)


def service(scene: Scene, *, room_kind: str | None = None) -> int:
    """An hour of something."""
    return scene.add(
        Service(
            practice_id=scene.practice_id,
            code="visit",
            name="Visit",
            kind="visit",
            pms_ref="visit",
            duration=HOUR,
            room_kind=room_kind,
        )
    )


def segment(scene: Scene, service_id: int, during: TimeRange, *, provider: int | None = None) -> Segment:
    """With Maria, unless it says with whom."""
    return Segment(
        service_id=service_id,
        provider_id=provider or scene.provider_id,
        room_id=None,
        device_id=None,
        during=during,
    )


def booked(scene: Scene, client: int, *, state: str = "booked", starts: datetime = STARTS) -> int:
    """The client's visit, as the mirror has it; whether they come was asked, and they have not answered."""
    visit, service_id = scene.visit(client, PHONE), service(scene)
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, visit)
        row.location_id, row.state = scene.location_id, state
        row.starts_at, row.ends_at = starts, starts + HOUR
        session.add(
            AppointmentSegment(
                practice_id=scene.practice_id,
                appointment_id=visit,
                position=0,
                service_id=service_id,
                provider_id=scene.provider_id,
                during=TimeRange(starts, starts + HOUR),
                inferred=False,
            )
        )
    return visit


def by_hand(scene: Scene, client: int, segment: Segment, *, ref: str = "by-hand", now: datetime = NOW) -> int:
    """The front desk's visit: it comes into the mirror, as it does once its booking has read it."""
    with scene.database.transaction() as session:
        practice = practices.load(session, scene.practice_id)
        row = calendar.ensure(session, scene.practice_id, pms_ref=ref)
        mirror.write(
            session,
            practice,
            practices.matrix(session, scene.practice_id),
            before=None,
            after=Visit(
                appointment_id=row.id,
                location_id=scene.location_id,
                client_id=client,
                state=VisitState.BOOKED,
                segments=(segment,),
            ),
            now=now,
        )
    return row.id


def opening(scene: Scene, *, state: str = "live") -> int:
    """Somebody cancelled tomorrow at ten."""
    return scene.add(
        Opening(
            practice_id=scene.practice_id,
            location_id=scene.location_id,
            provider_id=scene.provider_id,
            during=TOMORROW_AT_TEN,
            cause="cancellation",
            state=state,
            created_at=NOW,
        )
    )


def planned(scene: Scene, offer: int, segment: Segment) -> None:
    """What the offer would be booked as."""
    with scene.database.transaction() as session:
        session.get_one(Offer, offer).plan = [offers._segment_to_json(segment)]


def held(scene: Scene) -> bool:
    """Whether any of the practice's time is held for somebody."""
    with scene.database.transaction() as session:
        standing = session.execute(
            select(HoldResource.id).where(
                col(HoldResource.practice_id) == scene.practice_id, col(HoldResource.released_at).is_(None)
            )
        )
        return bool(standing.all())
