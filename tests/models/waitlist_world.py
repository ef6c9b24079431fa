"""A made-up practice as plain values, and the same written to the database: what the query is held against."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.calendar import Cause, Segment, Visit, VisitState
from domain.catalogue import Device, Location, Matrix, Prerequisite, Provider, Requirements, Room, Service
from domain.matching import Candidate, Slot
from domain.people import Channel, Client, Consent, LastTreatment, MessageKind, WaitlistEntry, WeeklyWindow
from domain.ranges import TimeRange
from models import calendar, client, effects, matrix, offers, practice, waitlist

#: Two weeks before the clocks change in the United States, so that slots fall on both sides of that night.
NOW = datetime(2026, 10, 20, 15, 30, tzinfo=UTC)
#: Numbers of two openings: another practice day's, and the one being filled.
OTHER, THIS = 0, 1
_KINDS = ("tox", "filler", "laser", "consult")


@dataclass
class World:
    """What is true of one practice. `candidate` puts it together the slow way, entry by entry."""

    practice_id: int
    matrix: Matrix
    people: dict[int, Client] = field(default_factory=dict)
    visits: dict[int, list[Visit]] = field(default_factory=dict)
    entries: list[WaitlistEntry] = field(default_factory=list)
    active: set[int] = field(default_factory=set)
    stopped: set[tuple[Channel, str]] = field(default_factory=set)
    returned: set[tuple[Channel, str]] = field(default_factory=set)
    #: Of other openings: phones with an open offer; of this one: clients it was offered to.
    busy: set[str] = field(default_factory=set)
    offered: set[int] = field(default_factory=set)
    #: When each phone was sent an offer.
    texts: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def opening_id(self) -> int:
        return self.practice_id + THIS

    def candidate(self, entry: WaitlistEntry, zone: str) -> Candidate:
        person = self.people[entry.client_id]
        midnight = NOW.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0)
        sent = [at for phone, at in self.texts if phone == person.phone]
        return Candidate(
            entry=entry,
            client=replace(
                person,
                opted_out=frozenset(channel for channel, phone in self.stopped if phone == person.phone),
            ),
            visits=tuple(one for one in self.visits[person.id] if one.state.occupies and one.during.end > NOW),
            open_offer=person.phone in self.busy,
            offered_already=person.id in self.offered,
            offers_today=sum(at >= midnight for at in sent),
            offers_this_week=sum(at >= NOW - timedelta(days=7) for at in sent),
        )


def catalogue(base: int) -> Matrix:
    """Ids start at `base`, so that worlds of two practices share one database."""
    minutes = {"tox": 30, "filler": 45, "laser": 60, "consult": 30}
    services = tuple(
        Service(
            id=base + number,
            code=kind.upper(),
            name=kind,
            kind=kind,
            pms_ref=None,
            duration=timedelta(minutes=minutes[kind]),
            buffer_before=timedelta(),
            buffer_after=timedelta(minutes=15 if kind == "laser" else 0),
            requirements=Requirements(),
            room_kind="laser" if kind == "laser" else "treatment",
            device_kind="laser" if kind == "laser" else None,
            earliest_interval=timedelta(days=30) if kind in {"tox", "laser"} else None,
            due_interval=None,
            price_cents=10_000,
            high_value=False,
            prerequisite={"tox": Prerequisite.EXAM, "filler": Prerequisite.CONSULT}.get(kind, Prerequisite.NONE),
            is_consult=kind == "consult",
        )
        for number, kind in enumerate(_KINDS)
    )
    locations = tuple(
        Location(id=base + number, name=f"L{number}", zone=zone, postcode="10011", pms_ref=None)
        for number, zone in enumerate(("America/New_York", "America/Chicago"))
    )
    providers = tuple(
        Provider(
            id=base + number,
            first_name=f"P{number}",
            display_name=f"P{number}",
            pms_ref=None,
            location_ids=tuple(one.id for one in locations),
            service_ids=frozenset(one.id for one in services[number:]),
            credentials=(),
        )
        for number in range(3)
    )
    return Matrix(
        services=services,
        providers=providers,
        rooms=tuple(
            Room(id=base + 2 * number + step, location_id=place.id, kind=kind, name=kind)
            for number, place in enumerate(locations)
            for step, kind in enumerate(("treatment", "laser"))
        ),
        devices=tuple(
            Device(id=base + number, location_id=place.id, kind="laser", name="laser")
            for number, place in enumerate(locations)
        ),
        locations=locations,
    )


def build(session: Session, random: Random, *, base: int, people: int) -> World:
    """Invent a practice and write it down; ids count from `base`."""
    world = World(practice_id=base, matrix=catalogue(base))
    _write_matrix(session, world)
    for number in (OTHER, THIS):
        start = NOW - timedelta(days=20 - number)
        session.add(
            calendar.Opening(
                id=base + number,
                practice_id=base,
                location_id=world.matrix.locations[0].id,
                provider_id=world.matrix.providers[0].id,
                during=TimeRange(start, start + timedelta(hours=1)),
                cause="cancellation",
                state="filled",
                created_at=start,
            )
        )
    session.flush()
    for number in range(people):
        _add_person(session, random, world, base + number * 10)
    session.flush()
    return world


def slot(random: Random, matrix: Matrix) -> Slot:
    """A stretch within five weeks: business hours mostly, now and then the night the clocks change, or midnight."""
    place = random.choice(matrix.locations)
    if random.random() < 0.15:
        on, hour = date(2026, 11, 1), random.choice((0, 1))
    else:
        on, hour = NOW.date() + timedelta(days=random.randint(0, 35)), random.choice((7, 9, 10, 12, 13, 15, 17, 18, 23))
    wall = datetime.combine(on, time(hour, random.choice((0, 15, 20, 30))), tzinfo=ZoneInfo(place.zone))
    start = max(wall.astimezone(UTC), NOW - timedelta(hours=1))
    return Slot(
        location_id=place.id,
        provider_id=random.choice(matrix.providers).id,
        during=TimeRange(start, start + timedelta(minutes=random.choice((30, 45, 60, 90, 150)))),
        cause=Cause.CANCELLATION,
    )


# --- one person and what they wait for ---------------------------------------------------------------------------


def _add_person(session: Session, random: Random, world: World, number: int) -> None:
    matrix = world.matrix
    # A phone may be several people's.
    phone = None if random.random() < 0.05 else f"+1212{random.randint(0, 4_000):07d}"
    granted = frozenset(
        (channel, kind)
        for channel in Channel
        for kind in MessageKind
        if random.random() < (0.9 if kind is MessageKind.OFFER else 0.5)
    )
    visits = _visits(random, matrix, number)
    history = {
        (random.choice(_KINDS), (NOW - timedelta(days=random.randint(1, 120))).date())
        for _ in range(random.choice((0, 0, 1, 2)))
    }
    person = Client(
        id=number,
        first_name=f"F{number}",
        last_name="Doe",
        pms_ref=None,
        phone=phone,
        email=f"c{number}@example.com",
        postcode=None,
        zone=None,
        consent=Consent(granted=granted),
        opted_out=frozenset(),
        stated_channel=random.choice((None, Channel.SMS)),
        last_answered_channel=random.choice((None, Channel.EMAIL)),
        preferred_provider_id=random.choice((None, matrix.providers[0].id)),
        vip=random.random() < 0.1,
        exam_valid_until=random.choice((None, date(2026, 10, 30), date(2027, 6, 1))),
        consult_valid_until=random.choice((None, date(2027, 6, 1))),
        treatments=_treatments(world, history, visits),
    )
    world.people[number], world.visits[number] = person, visits
    _write_person(session, world, person, history, visits)
    for step in range(random.choice((1, 1, 2))):
        entry = _entry(random, world, number + step, person.id)
        state = random.choices(("active", "paused", "fulfilled"), (0.9, 0.05, 0.05))[0]
        if state == "active":
            world.active.add(entry.id)
        world.entries.append(entry)
        _write_entry(session, world.practice_id, entry, state)
    if phone is not None:
        _add_offers(session, random, world, person.id, phone)
        _add_texts(session, random, world, person.id, phone)
        _add_opt_out(session, random, world, phone)


def _entry(random: Random, world: World, number: int, client_id: int) -> WaitlistEntry:
    matrix = world.matrix
    wished = random.sample(matrix.services, random.choice((1, 1, 2)))
    earliest = random.choice((None, None, NOW.date() + timedelta(days=random.randint(-5, 25))))
    latest = random.choice((None, None, NOW.date() + timedelta(days=random.randint(0, 40))))
    return WaitlistEntry(
        id=number,
        client_id=client_id,
        location_id=random.choice((None, *(one.id for one in matrix.locations))),
        service_ids=tuple(one.id for one in wished),
        provider_ids=frozenset(one.id for one in random.sample(matrix.providers, random.choice((0, 0, 1, 2)))),
        windows=tuple(_windows(random)),
        earliest_date=earliest,
        latest_date=latest,
        minimum_notice=timedelta(hours=random.choice((0, 0, 2, 24, 72))),
        miles_declared=random.choice((None, 5.0, 20.0)),
        miles_away=random.choice((None, 3.0, 12.0)),
        flexibility=random.randint(0, 3),
        priority=random.choice((0, 0, 1, 3)),
        joined_at=NOW - timedelta(days=random.randint(1, 90), minutes=random.randint(0, 999)),
        last_offered_at=random.choice((None, NOW - timedelta(days=random.randint(1, 30)))),
        losses=random.choice((0, 0, 1)),
        together=len(wished) > 1 and random.random() < 0.5,
    )


def _windows(random: Random) -> list[WeeklyWindow]:
    found = {
        (day, hours)
        for hours in random.sample(
            ((time(9), time(12)), (time(12), time(17)), (time(17), time(0)), (time(0), time(3))),
            random.choice((0, 1, 2)),
        )
        for day in random.sample(range(7), 3)
    }
    return [
        WeeklyWindow(weekday=day, start=start, end=end)
        for day, (start, end) in sorted(found, key=lambda one: (one[0], one[1][0]))
    ]


def _visits(random: Random, matrix: Matrix, number: int) -> list[Visit]:
    made = []
    for step in range(random.choice((0, 0, 1, 2))):
        start = NOW + timedelta(days=random.randint(-60, 40), minutes=15 * random.randint(-20, 20))
        segments: list[Segment] = []
        for service in random.sample(matrix.services, random.choice((1, 1, 2))):
            segments.append(
                Segment(
                    service_id=service.id,
                    provider_id=random.choice(matrix.providers).id,
                    room_id=None,
                    device_id=None,
                    during=TimeRange(start, start + service.duration),
                    buffer_before=service.buffer_before,
                    buffer_after=service.buffer_after,
                )
            )
            start += service.duration
        made.append(
            Visit(
                appointment_id=number + step,
                location_id=random.choice(matrix.locations).id,
                client_id=number,
                state=random.choice(
                    (VisitState.BOOKED, VisitState.CONFIRMED, VisitState.CANCELLED, VisitState.COMPLETED)
                ),
                segments=tuple(segments),
            )
        )
    return sorted(made, key=lambda visit: visit.during)


def _treatments(world: World, history: set[tuple[str, date]], visits: list[Visit]) -> tuple[LastTreatment, ...]:
    newest = {kind: max(on for other, on in history if other == kind) for kind, _ in history}
    known = set(newest.items())
    for visit in visits:
        if visit.state.occupies:
            zone = ZoneInfo(world.matrix.location(visit.location_id).zone)
            for segment in visit.segments:
                known.add((world.matrix.service(segment.service_id).kind, segment.during.start.astimezone(zone).date()))
    return tuple(LastTreatment(kind=kind, on=on) for kind, on in sorted(known))


# --- the same in the database ------------------------------------------------------------------------------------


def _write_matrix(session: Session, world: World) -> None:
    base = world.practice_id
    session.add(practice.Practice(id=base, slug=f"p{base}", name="P", short_name="P", pms_kind="boulevard"))
    session.flush()
    for place in world.matrix.locations:
        session.add(
            practice.Location(id=place.id, practice_id=base, name=place.name, zone=place.zone, postcode=place.postcode)
        )
    for service in world.matrix.services:
        session.add(
            matrix.Service(
                id=service.id,
                practice_id=base,
                code=service.code,
                name=service.name,
                kind=service.kind,
                duration=service.duration,
                buffer_after=service.buffer_after,
                room_kind=service.room_kind,
                device_kind=service.device_kind,
                earliest_interval=service.earliest_interval,
                price_cents=service.price_cents,
                prerequisite=service.prerequisite.value,
                is_consult=service.is_consult,
            )
        )
    for provider in world.matrix.providers:
        session.add(
            matrix.Provider(
                id=provider.id, practice_id=base, first_name=provider.first_name, display_name=provider.display_name
            )
        )
    session.flush()
    for provider in world.matrix.providers:
        for location_id in provider.location_ids:
            session.add(matrix.ProviderLocation(practice_id=base, provider_id=provider.id, location_id=location_id))
        for service_id in provider.service_ids:
            session.add(matrix.ServiceProvider(practice_id=base, provider_id=provider.id, service_id=service_id))
    for room in world.matrix.rooms:
        session.add(
            matrix.Room(id=room.id, practice_id=base, location_id=room.location_id, kind=room.kind, name=room.name)
        )
    for device in world.matrix.devices:
        session.add(
            matrix.Device(
                id=device.id, practice_id=base, location_id=device.location_id, kind=device.kind, name=device.name
            )
        )
    session.flush()


def _write_person(
    session: Session, world: World, person: Client, history: set[tuple[str, date]], visits: list[Visit]
) -> None:
    common: dict[str, Any] = {"practice_id": world.practice_id, "client_id": person.id}
    session.add(
        client.Client(
            id=person.id,
            practice_id=world.practice_id,
            first_name=person.first_name,
            last_name=person.last_name,
            phone=person.phone,
            email=person.email,
            stated_channel=person.stated_channel,
            last_answered_channel=person.last_answered_channel,
            preferred_provider_id=person.preferred_provider_id,
            vip=person.vip,
            exam_valid_until=person.exam_valid_until,
            consult_valid_until=person.consult_valid_until,
        )
    )
    session.flush()
    session.add_all(
        client.ConsentGrant(
            **common,
            channel=channel.value,
            kind=kind.value,
            granted_at=NOW,
            source="form",
            revoked_at=None if (channel, kind) in person.consent.granted else NOW,
        )
        for channel in Channel
        for kind in MessageKind
    )
    session.add_all(client.ClientTreatment(**common, kind=kind, treated_on=on) for kind, on in history)
    for visit in visits:
        session.add(
            calendar.Appointment(
                **common,
                id=visit.appointment_id,
                pms_ref=f"a{visit.appointment_id}",
                location_id=visit.location_id,
                state=visit.state.value,
                starts_at=visit.during.start,
                ends_at=visit.during.end,
            )
        )
        session.flush()
        session.add_all(
            calendar.AppointmentSegment(
                practice_id=world.practice_id,
                appointment_id=visit.appointment_id,
                position=position,
                service_id=segment.service_id,
                provider_id=segment.provider_id,
                during=segment.during,
                buffer_before=segment.buffer_before,
                buffer_after=segment.buffer_after,
            )
            for position, segment in enumerate(visit.segments)
        )


def _write_entry(session: Session, practice_id: int, entry: WaitlistEntry, state: str) -> None:
    session.add(
        waitlist.WaitlistEntry(
            id=entry.id,
            practice_id=practice_id,
            client_id=entry.client_id,
            location_id=entry.location_id,
            state=state,
            together=entry.together,
            earliest_date=entry.earliest_date,
            latest_date=entry.latest_date,
            minimum_notice=entry.minimum_notice,
            miles_declared=entry.miles_declared,
            miles_away=entry.miles_away,
            flexibility=entry.flexibility,
            priority=entry.priority,
            joined_at=entry.joined_at,
            last_offered_at=entry.last_offered_at,
            losses=entry.losses,
        )
    )
    session.flush()
    common = {"practice_id": practice_id, "entry_id": entry.id}
    session.add_all(
        waitlist.WaitlistService(**common, service_id=one, position=position)
        for position, one in enumerate(entry.service_ids)
    )
    session.add_all(waitlist.WaitlistProvider(**common, provider_id=one) for one in entry.provider_ids)
    session.add_all(
        waitlist.WaitlistWindow(**common, weekday=one.weekday, start_time=one.start, end_time=one.end)
        for one in entry.windows
    )


def _add_offers(session: Session, random: Random, world: World, client_id: int, phone: str) -> None:
    opening, state = random.choice(
        ((OTHER, "open"), (OTHER, "expired"), (THIS, "declined"), (THIS, "planned"), *(((None, ""),) * 16))
    )
    if opening is None or (state == "open" and phone in world.busy):
        return
    session.add(
        offers.Offer(
            practice_id=world.practice_id,
            opening_id=world.practice_id + opening,
            client_id=client_id,
            phone=phone,
            wave=1,
            state=state,
            starts_at=NOW,
            ends_at=NOW + timedelta(minutes=30),
            plan=[],
            token=f"t{client_id}",
        )
    )
    if state == "open":
        world.busy.add(phone)
    elif state == "declined":
        world.offered.add(client_id)


def _add_texts(session: Session, random: Random, world: World, client_id: int, phone: str) -> None:
    for _ in range(random.choice((0, 0, 0, 0, 1, 3))):
        # 15:30 UTC is 11:30 in New York: eleven hours ago was today there, and yesterday in Chicago.
        at = NOW - timedelta(hours=random.choice((1, 11, 20, 60, 24 * 6, 24 * 9)))
        state, kind = random.choice(("sent", "delivered", "suppressed")), random.choice(("offer", "appointment"))
        session.add(
            effects.Message(
                practice_id=world.practice_id,
                client_id=client_id,
                direction="out",
                channel="sms",
                kind=kind,
                address=phone,
                body="",
                state=state,
                at=at,
            )
        )
        if kind == "offer" and state != "suppressed":
            world.texts.append((phone, at))


def _add_opt_out(session: Session, random: Random, world: World, phone: str) -> None:
    channel = random.choice((Channel.SMS, Channel.SMS, Channel.VOICE))
    if random.random() > 0.08 or any(phone == other for _, other in world.stopped):
        return
    back = random.random() < 0.3
    session.execute(
        insert(client.OptOut)
        .values(
            practice_id=world.practice_id,
            channel=channel.value,
            address=phone,
            opted_out_at=NOW,
            source="reply",
            resubscribed_at=NOW if back else None,
        )
        .on_conflict_do_nothing()
    )
    # Whoever came back before stays back: the first row of a phone stands.
    if not back and (channel, phone) not in world.returned:
        world.stopped.add((channel, phone))
    elif back:
        world.returned.add((channel, phone))
