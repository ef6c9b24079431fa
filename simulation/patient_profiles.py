"""The demo's patients: who they are, what they have booked, what they wait for, and how they answer their phone.

Everything follows from the seed. What a patient is like (`Temper`) stands only here: the product does not know it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import cycle
from typing import Final
from zoneinfo import ZoneInfo

from simulation.catalogue import NEIGHBOURS, PLACE, PROVIDERS, SERVICES, Place, Provider, Service, service

DEFAULT_SEED: Final = 2

#: A Tuesday without a change of the clocks or a holiday near.
DAY: Final = date(2026, 10, 6)
OPENS: Final = time(8, 0)
CLOSES: Final = time(18, 0)
LUNCH: Final = time(12, 30)
LUNCH_MINUTES: Final = 45
#: Tomorrow is booked until here; the afternoon takes what is moved.
TOMORROW_BOOKED_UNTIL: Final = time(15, 0)

CLIENTS: Final = 150
ENGLISH: Final = "English"
SPANISH: Final = "Spanish"
WAITING: Final = 60


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST: Final = _words(
    "Ada Aisha Alice Amara Amelia Amy Anika Anna Aria Aurora Beatriz Bella Bianca Bridget Camila Carla Carmen Celia "
    "Chloe Clara Dana Daphne Delia Diana Dorothy Edith Elise Ella Emma Erin Esther Eva Faith Farah Fiona Freya Gemma "
    "Gia Grace Greta Hazel Helen Holly Ida Imani Ines Iris Isla Ivy Jade Jana Jasmine Joan Julia June Kai Kara Karen "
    "Kate Keira Lara Laura Leah Leila Lena Lila Lucia Luna Lydia Mabel Maeve Maia Mara Maya Mei Mina Mira Nadia Naomi "
    "Nina Nora Olive Omar Opal Paige Paula Pearl Petra Phoebe Priya Quinn Rhea Rita Rosa Ruth Sana Sara Selma Sofia "
    "Stella Tara Tessa Thea Uma Una Vera Viola Wren Yara Yuki Zara Zoe"
)
_LAST: Final = _words(
    "Abbott Adler Alvarez Baker Banerjee Barnes Bell Bennett Boyd Brandt Brooks Cabrera Carter Castro Chen Cho Clarke "
    "Cohen Cole Cruz Dawson Diaz Doyle Duarte Ellis Evans Fischer Flores Foster Fox Garcia Gibson Gomez Grant Green "
    "Gupta Hale Hall Harper Hayes Hill Holt Huang Hughes Ibarra Ito James Jensen Jones Kaplan Kaur Keller Khan Kim "
    "King Klein Kumar Lane Larsen Lewis Lopez Lowe Marsh Mason Mehta Meyer Miles Mora Morgan Moss Nash Nguyen Novak "
    "Okafor Olsen Ortiz Owens Page Park Patel Perez Pham Price Quist Ramos Reed Reyes Rivas Roy Ruiz Santos Shah Silva "
    "Singh Stone Suarez Tan Torres Tran Turner Vance Vargas Walsh Ward Webb West Wolf Wong Wright Yang Young Zhou"
)
_AREA_CODES: Final = ("212", "646", "917")
#: Of the phones that only one of several practices knows, in the order of `NEIGHBOURS`; the others are everybody's.
_OWN_AREA_CODES: Final = ("718", "347", "929", "332")


class Temper(StrEnum):
    """How a patient answers the practice's texts."""

    YES = "yes"
    POLITE = "yes please!"
    THUMBS = "thumbs-up"
    LINK = "claim link"
    LATE = "late yes"
    NO = "no"
    SILENT = "nothing"
    STOP = "stop"
    #: "yes but can we do 3 instead?": neither a yes nor a no.
    HAGGLES = "haggles"
    #: Answers to texts about a visit they have.
    CONFIRMS = "C"
    MOVES = "R"
    CANNOT = "X"
    #: Reads the reminder and asks something.
    ASKS = "asks"


#: In turn over the waitlist, those who wait with the best chance of being asked first.
_WAITING_TEMPERS: Final = (
    Temper.SILENT,
    Temper.YES,
    Temper.NO,
    Temper.POLITE,
    Temper.LATE,
    Temper.LINK,
    Temper.SILENT,
    Temper.THUMBS,
    Temper.STOP,
    Temper.YES,
    Temper.HAGGLES,
    Temper.LINK,
)
_BOOKED_TEMPERS: Final = (
    Temper.SILENT,
    Temper.CONFIRMS,
    Temper.CONFIRMS,
    Temper.SILENT,
    Temper.CONFIRMS,
    Temper.MOVES,
    Temper.ASKS,
    Temper.CONFIRMS,
    Temper.CANNOT,
)


#: Who takes an offer while it is open.
SAY_YES: Final = frozenset({Temper.YES, Temper.POLITE, Temper.THUMBS, Temper.LINK})


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A client of the practice. `ref` is their id in the PMS."""

    ref: str
    first_name: str
    last_name: str
    phone: str
    email: str
    postcode: str
    #: On file, as the practice wrote it down: "English" or "Spanish".
    language: str
    temper: Temper
    #: Their phone's carrier opens every link of a text before they do.
    scanned: bool
    vip: bool
    exam_valid_until: date | None
    treatments: tuple[tuple[str, date], ...]
    may_offer: bool

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A line of the waitlist."""

    key: str
    client: Patient
    services: tuple[str, ...]
    providers: tuple[str, ...]
    #: Local times of any day the client can come; None means any time.
    between: tuple[time, time] | None
    earliest: date | None
    latest: date | None
    notice_minutes: int
    flexibility: int
    priority: int
    joined_at: datetime


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit that stands in the PMS when the day begins."""

    ref: str
    client: Patient
    provider: Provider
    service: Service
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.service.minutes)


@dataclass(frozen=True, kw_only=True)
class World:
    """A practice with its people on the morning of the day."""

    seed: int
    place: Place
    day: date
    zone: ZoneInfo
    location_ref: str
    business_ref: str
    provider_refs: dict[str, str]
    service_refs: dict[str, str]
    patients: tuple[Patient, ...]
    waitlist: tuple[Wish, ...]
    visits: tuple[Visit, ...]

    @property
    def swappers(self) -> tuple[Patient, ...]:
        """Who waits for an earlier time and has a later visit: winning, they give up a chair of their own."""
        waiting = {wish.client.ref for wish in self.waitlist}
        return tuple(visit.client for visit in self.visits if visit.client.ref in waiting)

    def at(self, wall: time, *, days: int = 0) -> datetime:
        """An instant of the day (or of a later one) by the practice's wall clock."""
        return datetime.combine(self.day + timedelta(days=days), wall, self.zone)

    def by_phone(self, phone: str) -> Patient | None:
        """Whose phone it is."""
        return next((one for one in self.patients if one.phone == phone), None)

    def services_of(self, patient: Patient) -> tuple[Service, ...]:
        """What they wait for or come for, as the desk sees it in its lists; a consultation where that comes first."""
        waits_for = [service(code) for wish in self.waitlist if wish.client == patient for code in wish.services]
        wanted = (*waits_for, *(visit.service for visit in self.visits if visit.client == patient))
        examined = patient.exam_valid_until is not None
        first = () if examined else tuple(one for one in SERVICES if one.is_consult)
        return (*wanted, *first)

    def by_ref(self, ref: str) -> Patient | None:
        """The patient of a PMS id."""
        return next((one for one in self.patients if one.ref == ref), None)


def make_world(seed: int = DEFAULT_SEED, *, day: date = DAY, place: Place = PLACE, among_others: bool = False) -> World:
    """The practice of a seed: the same one every time. `among_others`: every second client's phone is nobody's at the
    other practices; the rest are known to all of them."""
    ids = random.Random(f"{seed}:ids")
    zone = ZoneInfo(place.zone)
    patients = tuple(_patients(seed, day))
    if among_others:
        patients = tuple(_with_own_phones(patients, place))
    waiting, others = patients[:WAITING], patients[WAITING:]
    waitlist = tuple(_waitlist(seed, day, waiting, zone))
    later = tuple(_later_visits_of_the_waiting(seed, day, zone, waitlist))
    promised = {visit.client.ref for visit in later} | {_first_for_the_high_value(waitlist)}
    provider_refs = {provider.key: _ref(ids) for provider in PROVIDERS}
    return World(
        seed=seed,
        place=place,
        day=day,
        zone=zone,
        location_ref=_ref(ids),
        business_ref=_ref(ids),
        provider_refs=provider_refs,
        service_refs={one.code: _ref(ids) for one in SERVICES},
        patients=patients,
        waitlist=tuple(replace(wish, priority=3) if wish.client.ref in promised else wish for wish in waitlist),
        visits=(*_visits(seed, day, zone, others), *later),
    )


def _patients(seed: int, day: date) -> Iterator[Patient]:
    chance = random.Random(f"{seed}:patients")
    ids = random.Random(f"{seed}:patient ids")
    names = [(first, last) for first in _FIRST for last in _LAST]
    languages = random.Random(f"{seed}:on_file")
    waiting_tempers, booked_tempers = cycle(_WAITING_TEMPERS), cycle(_BOOKED_TEMPERS)
    for number, (first, last) in enumerate(chance.sample(names, CLIENTS)):
        waits = number < WAITING
        yield Patient(
            ref=_ref(ids),
            first_name=first,
            last_name=last,
            phone=f"+1{_AREA_CODES[number // 90]}55501{number % 90 + 10:02d}",
            email=f"{first}.{last}.{number}@patients.example".lower(),
            postcode=chance.choice(("10001", "10010", "10011", "10014", "11201")),
            language=SPANISH if languages.random() < 0.15 else ENGLISH,
            temper=next(waiting_tempers if waits else booked_tempers),
            scanned=chance.random() < 0.3,
            vip=chance.random() < 0.03,
            exam_valid_until=day + timedelta(days=chance.randint(30, 300)) if chance.random() < 0.95 else None,
            treatments=_history(chance, day),
            may_offer=chance.random() < 0.95,
        )


def _with_own_phones(patients: tuple[Patient, ...], place: Place) -> Iterator[Patient]:
    own = _OWN_AREA_CODES[NEIGHBOURS.index(place)]
    for number, patient in enumerate(patients):
        yield replace(patient, phone=f"+1{own}55501{number // 2 + 10:02d}") if number % 2 else patient


def _history(chance: random.Random, day: date) -> tuple[tuple[str, date], ...]:
    """Up to two treatments long enough ago that most of them hold nobody back."""
    kinds = chance.sample(("neuromodulator", "filler", "laser_hair", "facial"), chance.randint(0, 2))
    return tuple((kind, day - timedelta(days=chance.randint(60, 400))) for kind in kinds)


def _waitlist(seed: int, day: date, waiting: tuple[Patient, ...], zone: ZoneInfo) -> Iterator[Wish]:
    chance = random.Random(f"{seed}:waitlist")
    wishes = cycle(("TOX", "FILLER", "TOX", "HYDRA", "FILLER", "LASER", "TOX", "FILLER", "LIFT"))
    for number, client in enumerate(waiting):
        first = next(wishes)
        services = (first, "FILLER") if first == "TOX" and chance.random() < 0.25 else (first,)
        able = [one.key for one in PROVIDERS if set(services) & set(one.services)]
        joined = datetime.combine(day, time(9), zone) - timedelta(days=number + 1, minutes=chance.randint(0, 400))
        yield Wish(
            key=f"W{number + 1:03d}",
            client=client,
            services=services,
            providers=(chance.choice(able),) if chance.random() < 0.25 else (),
            between=chance.choice(((time(8), time(13)), (time(12), time(18)))) if chance.random() < 0.3 else None,
            earliest=None,
            latest=day + timedelta(days=chance.randint(7, 60)) if chance.random() < 0.3 else None,
            notice_minutes=chance.choice((0, 0, 30, 60, 120)),
            flexibility=chance.randint(0, 3),
            priority=chance.choices((0, 1, 2), (8, 2, 1))[0],
            joined_at=joined,
        )


def _visits(seed: int, day: date, zone: ZoneInfo, others: tuple[Patient, ...]) -> Iterator[Visit]:
    """A day full of visits, and tomorrow's morning; buffers kept, lunch free."""
    chance = random.Random(f"{seed}:visits")
    ids = random.Random(f"{seed}:visit ids")
    clients = iter(others)
    for days, until in ((0, CLOSES), (1, TOMORROW_BOOKED_UNTIL)):
        date_ = day + timedelta(days=days)
        closes = datetime.combine(date_, until, zone)
        lunch = datetime.combine(date_, LUNCH, zone)
        back = lunch + timedelta(minutes=LUNCH_MINUTES)
        for provider in PROVIDERS:
            cursor = datetime.combine(date_, time(provider.starts_hour), zone)
            high_value_left = days == 0 and "LIFT" in provider.services
            while True:
                offered = _pick(chance, provider)
                if high_value_left and cursor >= back:
                    offered, high_value_left = service("LIFT"), False
                done = cursor + timedelta(minutes=offered.occupied_minutes)
                if cursor < back and done > lunch:
                    cursor = max(cursor, back)
                    continue
                if done > closes:
                    break
                yield Visit(ref=_ref(ids), client=next(clients), provider=provider, service=offered, start=cursor)
                cursor = done + timedelta(minutes=chance.choice((0, 0, 0, 15)))


def _first_for_the_high_value(waitlist: tuple[Wish, ...]) -> str:
    """Somebody the desk promised the high-value service, who can have it: staff decide first when its chair frees."""
    return next(
        (
            wish.client.ref
            for wish in waitlist
            if wish.services == ("LIFT",)
            and wish.client.may_offer
            and wish.client.exam_valid_until is not None
            and wish.between is None
            and wish.client.temper in SAY_YES
        ),
        "",
    )


def _later_visits_of_the_waiting(seed: int, day: date, zone: ZoneInfo, waitlist: tuple[Wish, ...]) -> Iterator[Visit]:
    """Two whom the desk promised an earlier filler have theirs tomorrow in the afternoon, when nobody else is there."""
    ids = random.Random(f"{seed}:later visits")
    eager = (wish for wish in waitlist if wish.services == ("FILLER",) and wish.client.temper in SAY_YES)
    for provider in PROVIDERS:
        if "FILLER" in provider.services and (wish := next(eager, None)) is not None:
            start = datetime.combine(day + timedelta(days=1), time(16), zone)
            yield Visit(ref=_ref(ids), client=wish.client, provider=provider, service=service("FILLER"), start=start)


def _pick(chance: random.Random, provider: Provider) -> Service:
    ordinary = [code for code in provider.services if code not in ("LIFT", "CONSULT")]
    return service(chance.choice(ordinary))


def _ref(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
