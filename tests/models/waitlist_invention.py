"""Clients invented at random, with what they wait for and were sent: as plain values and as rows at once."""

from __future__ import annotations

from datetime import date, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.calendar import Segment, Visit, VisitState
from domain.catalogue import Matrix
from domain.clients import Channel, Client, Consent, LastTreatment, MessageKind, WaitlistEntry, WeeklyWindow
from domain.ranges import TimeRange
from models import calendar, client, effects, offers
from tests.models.waitlist_reference import KINDS, NOW, OTHER, THIS, World, catalogue
from tests.models.waitlist_rows import write_entry, write_matrix, write_person


def build(session: Session, random: Random, *, base: int, people: int) -> World:
    """Invent a practice and write it down; ids count from `base`."""
    world = World(practice_id=base, matrix=catalogue(base))
    write_matrix(session, world)
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
        (random.choice(KINDS), (NOW - timedelta(days=random.randint(1, 120))).date())
        for _ in range(random.choice((0, 0, 1, 2)))
    }
    person = Client(
        id=number,
        first_name=f"F{number}",
        last_name="Doe",
        pms_ref=f"client-{number}" if random.random() < 0.9 else None,
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
    write_person(session, world, person, history, visits)
    for step in range(random.choice((1, 1, 2))):
        entry = _entry(random, world, number + step, person.id)
        state = random.choices(("active", "paused", "fulfilled"), (0.9, 0.05, 0.05))[0]
        if state == "active":
            world.active.add(entry.id)
        world.entries.append(entry)
        write_entry(session, world.practice_id, entry, state)
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
