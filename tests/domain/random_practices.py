"""Small invented practices for property tests: a few rooms, some hours, and everything that can stand in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.calendar import Block, Day, Segment, Shift, Visit, VisitState
from domain.catalogue import Credential, Matrix, Prerequisite, Service
from domain.clients import Channel, Consent, LastTreatment, MessageKind, WeeklyWindow
from domain.matching import Candidate, Slot
from domain.policy import GapFillPolicy, PracticePolicy
from domain.ranges import TimeRange
from domain.wall_time import local_date
from tests.domain.build import (
    ANA,
    EVERYTHING,
    candidate,
    client,
    consult,
    day,
    device,
    entry,
    matrix,
    minutes,
    provider,
    room,
    service,
    slot,
    visit,
)

#: Ordinary days and the nights the clocks change, as instants near local midnight or noon.
MORNINGS = (
    ("America/New_York", datetime(2026, 11, 24, 15, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 4, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 3, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC)),
)
KINDS = ("toxin", "laser")
ROOM_KINDS = ("standard", "laser room")
OBSTACLES: tuple[str | None, ...] = (
    *("provider", "location", "miles", "no phone", "consent", "opted out", "open offer", "offered", "caps"),
    *("window", "dates", "notice", "exam", "treated", "own visits") * 4,
)
STATES = (VisitState.BOOKED, VisitState.CONFIRMED, VisitState.COMPLETED, VisitState.CANCELLED, VisitState.NO_SHOW)


@dataclass(frozen=True)
class World:
    zone: str
    slot: Slot
    matrix: Matrix
    day: Day
    candidates: tuple[Candidate, ...]
    now: datetime
    policy: PracticePolicy


@st.composite
def ranges(draw: st.DrawFn, base: datetime, *, longest: int = 90) -> TimeRange:
    """A stretch within five hours of `base`, on five minutes."""
    start = base + minutes(5 * draw(st.integers(0, 60)))
    return TimeRange(start, start + minutes(5 * draw(st.integers(1, longest // 5))))


@st.composite
def services(draw: st.DrawFn, service_id: int) -> Service:
    return service(
        service_id,
        name=f"Service {service_id}",
        kind=draw(st.sampled_from(KINDS)),
        duration=draw(st.sampled_from((15, 30, 45, 60))),
        before=draw(st.sampled_from((0, 0, 5, 15))),
        after=draw(st.sampled_from((0, 10, 15))),
        requires=draw(st.sampled_from(((), (), (), (("rn", "np"),), (("toxin",), ("rn", "np"))))),
        room_kind=draw(st.sampled_from((None, None, *ROOM_KINDS))),
        device_kind=draw(st.sampled_from((None, None, None, "laser"))),
        earliest_days=draw(st.sampled_from((None, 1, 14, 90))),
        prerequisite=draw(st.sampled_from((Prerequisite.NONE, Prerequisite.NONE, *Prerequisite))),
    )


@st.composite
def segments(draw: st.DrawFn, base: datetime, service_ids: tuple[int, ...]) -> Segment:
    return Segment(
        service_id=draw(st.sampled_from(service_ids)),
        provider_id=draw(st.sampled_from((ANA, ANA + 1, ANA + 1))),
        room_id=draw(st.sampled_from((None, 201, 202))),
        device_id=draw(st.sampled_from((None, 301))),
        during=draw(ranges(base, longest=45)),
        buffer_before=minutes(draw(st.sampled_from((0, 0, 10)))),
        buffer_after=minutes(draw(st.sampled_from((0, 15)))),
    )


def usually(most: object, *others: object) -> st.SearchStrategy[Any]:
    """Nine times in ten the first: what stands in the way must be rare, or nobody ever fits."""
    return st.sampled_from((most,) * (9 * len(others)) + others)


def near(on: date, *, days: int = 100) -> st.SearchStrategy[date]:
    return st.integers(-days, days).map(lambda count: on + timedelta(days=count))


@st.composite
def wall_times(draw: st.DrawFn) -> time:
    return time(draw(st.integers(0, 23)), draw(st.sampled_from((0, 15, 30, 45))))


@st.composite
def windows(draw: st.DrawFn, on: date) -> WeeklyWindow:
    start, end = sorted(draw(st.tuples(wall_times(), wall_times())))
    weekday = (on.weekday() + draw(st.sampled_from((0, 0, 0, 1)))) % 7
    return WeeklyWindow(
        weekday=weekday, start=start, end=time(0, 0) if start == end else draw(st.sampled_from((end, time(0, 0))))
    )


@st.composite
def own_visits(draw: st.DrawFn, base: datetime, service_ids: tuple[int, ...]) -> tuple[Visit, ...]:
    count = draw(st.integers(0, 2))
    return tuple(
        visit(
            *draw(
                st.lists(
                    segments(base + timedelta(days=draw(st.sampled_from((0, 0, -3, 3, 40)))), service_ids),
                    min_size=1,
                    max_size=2,
                )
            ),
            state=draw(st.sampled_from(STATES)),
            appointment_id=700 + number,
        )
        for number in range(count)
    )


@st.composite
def candidates(
    draw: st.DrawFn, number: int, base: datetime, on: date, service_ids: tuple[int, ...], now: datetime
) -> Candidate:
    """A candidate in whose way at most one thing stands, and now and then something about the hour."""
    obstacle = draw(st.sampled_from((None,) * 20 + OBSTACLES))
    wish = entry(
        number,
        client_id=draw(st.integers(500, 505)),
        service_ids=draw(st.sampled_from((service_ids, service_ids[::-1], service_ids[:1], service_ids[1:]))),
        provider_ids=(ANA + 1,) if obstacle == "provider" else draw(st.sampled_from(((), (ANA,)))),
        location_id=2 if obstacle == "location" else draw(st.sampled_from((None, 1))),
        windows=tuple(draw(st.lists(windows(on), min_size=1, max_size=3))) if obstacle == "window" else (),
        earliest_date=draw(near(on, days=1)) if obstacle == "dates" else None,
        latest_date=draw(near(on, days=1)) if obstacle == "dates" else None,
        notice=timedelta(hours=draw(st.sampled_from((2, 5)))) if obstacle == "notice" else timedelta(),
        miles_declared=draw(st.sampled_from((None, 10.0))),
        miles_away=11.0 if obstacle == "miles" else draw(st.sampled_from((None, 10.0))),
        flexibility=draw(st.integers(0, 3)),
        priority=draw(st.integers(0, 3)),
        joined=f"2026-0{draw(st.integers(1, 3))}-01 09:00",
        last_offered=draw(st.none() | st.integers(0, 9).map(lambda days: now - timedelta(days=days))),
        together=draw(st.booleans()),
    )
    nobody = Consent(granted=frozenset({(Channel.EMAIL, MessageKind.OFFER), (Channel.SMS, MessageKind.APPOINTMENT)}))
    treatments = st.lists(st.builds(LastTreatment, kind=st.sampled_from(KINDS), on=near(on)), min_size=1, max_size=2)
    prepared = on + timedelta(days=100)
    who = client(
        wish.client_id,
        phone="+12125550000" if draw(usually(False, True)) else None,
        without_phone=obstacle == "no phone",
        consent=nobody if obstacle == "consent" else EVERYTHING,
        opted_out=frozenset({Channel.SMS}) if obstacle == "opted out" else frozenset(),
        exam_until=draw(st.none() | near(on, days=2)) if obstacle == "exam" else prepared,
        consult_until=draw(st.none() | near(on, days=2)) if obstacle == "exam" else prepared,
        preferred_provider_id=draw(st.sampled_from((None, ANA))),
        vip=draw(st.booleans()),
        treatments=tuple(draw(treatments)) if obstacle == "treated" else (),
    )
    return candidate(
        wish,
        who,
        visits=draw(own_visits(base, service_ids)) if obstacle == "own visits" else (),
        open_offer=obstacle == "open offer",
        offered_already=obstacle == "offered",
        offers_today=draw(st.sampled_from((2, 3))) if obstacle == "caps" else 0,
        offers_this_week=draw(st.sampled_from((5, 6))) if obstacle == "caps" else 0,
    )


@st.composite
def worlds(draw: st.DrawFn, *, most_candidates: int = 3) -> World:
    zone, base = draw(st.sampled_from(MORNINGS))
    start = base + minutes(5 * draw(st.integers(0, 36)))
    offered = TimeRange(start, start + minutes(draw(st.sampled_from((30, 45, 60, 75, 90, 120, 180)))))
    on = local_date(offered.start, zone)
    wanted = tuple(draw(services(service_id)) for service_id in (101, 102))
    everything = (*wanted, consult())
    ids = tuple(one.id for one in everything)
    credentials = tuple(
        Credential(kind=kind, expires_on=draw(usually(None, on - timedelta(days=1), on)))
        for kind in draw(usually(("rn", "np", "toxin"), ("rn",), ("toxin",), ()))
    )
    now = base - timedelta(minutes=draw(st.sampled_from((0, 60, 300, 3000))))
    mostly_all = usually(ids, ids[1:])
    return World(
        zone=zone,
        slot=slot(offered),
        matrix=matrix(
            services=everything,
            providers=(provider(service_ids=draw(mostly_all), credentials=credentials), provider(ANA + 1)),
            rooms=(
                room(201, kind="standard"),
                room(202, kind=draw(st.sampled_from(ROOM_KINDS))),
                room(203, kind="standard room"),
            ),
            devices=(device(301),),
            zone=zone,
        ),
        day=day(
            visits=tuple(
                visit(*draw(st.lists(segments(base, ids), min_size=1, max_size=2)), state=draw(st.sampled_from(STATES)))
                for _ in range(draw(st.integers(0, 3)))
            ),
            blocks=tuple(
                Block(ref="b", provider_id=draw(st.sampled_from((ANA, ANA + 1))), during=draw(ranges(base, longest=30)))
                for _ in range(draw(st.integers(0, 1)))
            ),
            shifts=tuple(
                Shift(provider_id=ANA, during=draw(ranges(base - minutes(60), longest=300)))
                for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2))))
            ),
            holds=tuple(draw(segments(base, ids)) for _ in range(draw(st.integers(0, 1)))),
        ),
        candidates=tuple(
            draw(candidates(number, base, on, ids[:2], now))
            for number in range(1, draw(st.integers(1, most_candidates)) + 1)
        ),
        now=now,
        policy=PracticePolicy(gap_fill=GapFillPolicy(lead_time=minutes(draw(st.sampled_from((0, 60)))))),
    )
