"""Values for the domain's tests: each builder gives an ordinary thing, and a test names only what matters to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import Block, Cause, Day, Segment, Shift, Visit, VisitState
from domain.catalogue import (
    Credential,
    Device,
    Location,
    Matrix,
    Prerequisite,
    Provider,
    Requirements,
    Room,
    Service,
)
from domain.clients import Channel, Client, Consent, LastTreatment, MessageKind, WaitlistEntry, WeeklyWindow
from domain.matching import Candidate, Slot
from domain.ranges import TimeRange

NEW_YORK = "America/New_York"
HERE = 1
ANA = 11
INJECTION, FILLER, LASER, FACIAL, CONSULT = 101, 102, 103, 104, 105
EVERYTHING = Consent(granted=frozenset((channel, kind) for channel in Channel for kind in MessageKind))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def at(wall: str, zone: str = NEW_YORK, *, fold: int = 0) -> datetime:
    """ "2026-11-24 14:00" on the wall of a zone, as an instant."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def during(start: str, end: str, zone: str = NEW_YORK) -> TimeRange:
    return TimeRange(at(start, zone), at(end, zone))


def service(
    service_id: int = INJECTION,
    *,
    name: str = "Neuromodulator injection",
    kind: str = "toxin",
    duration: int = 30,
    before: int = 0,
    after: int = 15,
    requires: tuple[tuple[str, ...], ...] = (),
    room_kind: str | None = "standard room",
    device_kind: str | None = None,
    earliest_days: int | None = None,
    price_cents: int = 40_000,
    high_value: bool = False,
    prerequisite: Prerequisite = Prerequisite.NONE,
    is_consult: bool = False,
    pms_ref: str | None = "service",
) -> Service:
    return Service(
        id=service_id,
        code=f"S{service_id}",
        name=name,
        kind=kind,
        pms_ref=pms_ref,
        duration=minutes(duration),
        buffer_before=minutes(before),
        buffer_after=minutes(after),
        requirements=Requirements(all_of=requires),
        room_kind=room_kind,
        device_kind=device_kind,
        earliest_interval=None if earliest_days is None else timedelta(days=earliest_days),
        due_interval=None,
        price_cents=price_cents,
        high_value=high_value,
        prerequisite=prerequisite,
        is_consult=is_consult,
    )


def consult() -> Service:
    return service(CONSULT, name="Consultation", kind="consult", duration=30, after=0, price_cents=0, is_consult=True)


def provider(
    provider_id: int = ANA,
    *,
    service_ids: tuple[int, ...] = (INJECTION, FILLER, LASER, FACIAL, CONSULT),
    credentials: tuple[Credential, ...] = (),
    pms_ref: str | None = "provider",
) -> Provider:
    return Provider(
        id=provider_id,
        first_name="Ana",
        display_name="Ana Lee, NP",
        pms_ref=pms_ref,
        location_ids=(HERE,),
        service_ids=frozenset(service_ids),
        credentials=credentials,
    )


def room(room_id: int = 201, *, kind: str = "standard room", location_id: int = HERE) -> Room:
    return Room(id=room_id, location_id=location_id, kind=kind, name=f"Room {room_id}")


def device(device_id: int = 301, *, kind: str = "laser", location_id: int = HERE) -> Device:
    return Device(id=device_id, location_id=location_id, kind=kind, name=f"Device {device_id}")


def matrix(
    *,
    services: tuple[Service, ...] = (),
    providers: tuple[Provider, ...] = (),
    rooms: tuple[Room, ...] = (),
    devices: tuple[Device, ...] = (),
    zone: str = NEW_YORK,
    place_ref: str | None = "place",
) -> Matrix:
    return Matrix(
        services=services or (service(), consult()),
        providers=providers or (provider(),),
        rooms=rooms or (room(),),
        devices=devices,
        locations=(Location(id=HERE, name="Downtown", zone=zone, postcode="10001", pms_ref=place_ref),),
    )


def segment(
    stretch: TimeRange,
    *,
    service_id: int = INJECTION,
    provider_id: int = ANA,
    room_id: int | None = None,
    device_id: int | None = None,
    before: int = 0,
    after: int = 0,
) -> Segment:
    return Segment(
        service_id=service_id,
        provider_id=provider_id,
        room_id=room_id,
        device_id=device_id,
        during=stretch,
        buffer_before=minutes(before),
        buffer_after=minutes(after),
    )


def visit(
    *segments: Segment, state: VisitState = VisitState.BOOKED, appointment_id: int = 1, client_id: int | None = 900
) -> Visit:
    return Visit(appointment_id=appointment_id, location_id=HERE, client_id=client_id, state=state, segments=segments)


def block(stretch: TimeRange, *, provider_id: int = ANA) -> Block:
    return Block(ref="lunch", provider_id=provider_id, during=stretch)


def shift(stretch: TimeRange, *, provider_id: int = ANA) -> Shift:
    return Shift(provider_id=provider_id, during=stretch)


def day(
    *,
    visits: tuple[Visit, ...] = (),
    blocks: tuple[Block, ...] = (),
    shifts: tuple[Shift, ...] = (),
    holds: tuple[Segment, ...] = (),
) -> Day:
    return Day(location_id=HERE, visits=visits, blocks=blocks, shifts=shifts, holds=holds)


def slot(stretch: TimeRange, *, provider_id: int = ANA) -> Slot:
    return Slot(location_id=HERE, provider_id=provider_id, during=stretch, cause=Cause.CANCELLATION)


def client(
    client_id: int = 500,
    *,
    phone: str | None = None,
    consent: Consent = EVERYTHING,
    opted_out: frozenset[Channel] = frozenset(),
    undeliverable: frozenset[Channel] = frozenset(),
    vip: bool = False,
    exam_until: date | None = None,
    consult_until: date | None = None,
    preferred_provider_id: int | None = None,
    treatments: tuple[LastTreatment, ...] = (),
    without_phone: bool = False,
    pms_ref: str | None = "client",
) -> Client:
    return Client(
        id=client_id,
        first_name="Maria",
        last_name="Gomez",
        pms_ref=pms_ref,
        phone=None if without_phone else phone or f"+1212555{client_id:04}",
        email=f"client{client_id}@example.com",
        postcode=None,
        zone=None,
        consent=consent,
        opted_out=opted_out,
        undeliverable=undeliverable,
        stated_channel=None,
        last_answered_channel=None,
        preferred_provider_id=preferred_provider_id,
        vip=vip,
        exam_valid_until=exam_until,
        consult_valid_until=consult_until,
        treatments=treatments,
    )


def window(weekday: int, start: str, end: str) -> WeeklyWindow:
    return WeeklyWindow(weekday=weekday, start=time.fromisoformat(start), end=time.fromisoformat(end))


def entry(
    entry_id: int = 1,
    *,
    client_id: int = 500,
    service_ids: tuple[int, ...] = (INJECTION,),
    provider_ids: tuple[int, ...] = (),
    location_id: int | None = None,
    windows: tuple[WeeklyWindow, ...] = (),
    earliest_date: date | None = None,
    latest_date: date | None = None,
    notice: timedelta = timedelta(),
    miles_declared: float | None = None,
    miles_away: float | None = None,
    flexibility: int = 1,
    priority: int = 0,
    joined: str = "2026-10-01 09:00",
    last_offered: datetime | None = None,
    together: bool = False,
) -> WaitlistEntry:
    return WaitlistEntry(
        id=entry_id,
        client_id=client_id,
        location_id=location_id,
        service_ids=service_ids,
        provider_ids=frozenset(provider_ids),
        windows=windows,
        earliest_date=earliest_date,
        latest_date=latest_date,
        minimum_notice=notice,
        miles_declared=miles_declared,
        miles_away=miles_away,
        flexibility=flexibility,
        priority=priority,
        joined_at=at(joined),
        last_offered_at=last_offered,
        together=together,
    )


def candidate(
    wish: WaitlistEntry | None = None,
    who: Client | None = None,
    *,
    visits: tuple[Visit, ...] = (),
    open_offer: bool = False,
    offered_already: bool = False,
    offers_today: int = 0,
    offers_this_week: int = 0,
) -> Candidate:
    wish = wish or entry()
    return Candidate(
        entry=wish,
        client=who or client(wish.client_id),
        visits=visits,
        open_offer=open_offer,
        offered_already=offered_already,
        offers_today=offers_today,
        offers_this_week=offers_this_week,
    )
