"""Three hundred texts with what each means: the score of reading them, where a wrong treatment counts five times."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from domain.booking_requests import Offerings, Understood, read_request
from domain.catalogue import Matrix, Prerequisite, Provider, Requirements, Service

#: Codes as the corpus writes them, and what such a practice calls the service.
SERVICES = {
    "botox": "Botox",
    "dysport": "Dysport",
    "lip-filler": "Lip filler",
    "cheek-filler": "Cheek filler",
    "undereye": "Under-eye filler",
    "sculptra": "Sculptra",
    "hydrafacial": "HydraFacial",
    "diamond": "DiamondGlow",
    "skinpen": "Microneedling (SkinPen)",
    "morpheus": "Morpheus8",
    "ipl": "BBL / IPL photofacial",
    "moxi": "Moxi laser",
    "lhr-underarm": "Laser hair removal: underarms",
    "lhr-bikini": "Laser hair removal: bikini",
    "lhr-legs": "Laser hair removal: full legs",
    "peel": "Chemical peel",
    "dermaplane": "Dermaplaning",
    "prp-hair": "PRP hair restoration",
    "kybella": "Kybella",
    "weight": "Medical weight loss (semaglutide / tirzepatide)",
    "iv": "IV drip",
    "b12": "B12 shot",
    "consult": "Consultation",
}
CODES = tuple(SERVICES)
PEOPLE = {"Maya": "Maya Cole, RN", "Jen": "Jen Ortiz, NP", "Lee": "Dr. Lee"}
MONDAY = date(2026, 3, 2)


def service(number: int, name: str) -> Service:
    return Service(
        id=number,
        code=f"s{number}",
        name=name,
        kind=f"s{number}",
        pms_ref=None,
        duration=timedelta(minutes=30),
        buffer_before=timedelta(),
        buffer_after=timedelta(),
        requirements=Requirements(),
        room_kind=None,
        device_kind=None,
        earliest_interval=None,
        due_interval=None,
        price_cents=0,
        high_value=False,
        prerequisite=Prerequisite.NONE,
    )


def provider(number: int, first: str, display: str) -> Provider:
    return Provider(
        id=number,
        first_name=first,
        display_name=display,
        pms_ref=None,
        location_ids=(1,),
        service_ids=frozenset(),
        credentials=(),
    )


OFFERINGS = Offerings(
    matrix=Matrix(
        services=tuple(service(number, name) for number, name in enumerate(SERVICES.values())),
        providers=tuple(provider(number, *one) for number, one in enumerate(PEOPLE.items())),
        rooms=(),
        devices=(),
        locations=(),
    )
)


@dataclass(frozen=True)
class Meaning:
    verdict: str
    services: frozenset[str] = frozenset()
    person: str | None = None
    units: int | None = None


def corpus() -> list[tuple[str, Meaning]]:
    lines = (Path(__file__).parent / "corpus.txt").read_text().splitlines()
    return [(text, meaning(said)) for text, said in (line.split(" => ") for line in lines if not line.startswith("#"))]


def meaning(said: str) -> Meaning:
    if said == "-":
        return Meaning("none")
    found = re.fullmatch(r"(\?)? ?(.*?)(?: ?with (\w+))?(?: ?units (\d+))?", said)
    assert found is not None
    unclear, codes, person, units = found.groups()
    assert set(codes.split()) <= set(CODES), said
    verdict = "unclear" if unclear else "understood"
    return Meaning(verdict, frozenset(codes.split()), person, None if units is None else int(units))


def understood(text: str) -> Meaning:
    request = read_request(text, OFFERINGS, today=MONDAY)
    if request is None:
        return Meaning("none")
    clear = isinstance(request, Understood)
    ids = request.service_ids if isinstance(request, Understood) else request.candidates
    person = None if request.provider_id is None else tuple(PEOPLE)[request.provider_id]
    return Meaning("understood" if clear else "unclear", frozenset(CODES[one] for one in ids), person, request.units)


def test_no_text_of_the_corpus_is_taken_for_another_treatment() -> None:
    wrong = [
        (text, told.services)
        for text, meant in corpus()
        if (told := understood(text)).verdict == "understood" and told.services != meant.services
    ]

    assert wrong == []


def test_nothing_is_booked_that_nobody_asked_for() -> None:
    assert [text for text, meant in corpus() if meant.verdict == "none" and understood(text).verdict != "none"] == []


def test_the_corpus_is_read_as_it_is_meant() -> None:
    told = [(text, meant, understood(text)) for text, meant in corpus()]

    counts = Counter(
        "right" if said == meant else "wrong" if said.verdict == "understood" else "asked or left to a person"
        for _, meant, said in told
    )
    score = (counts["right"] - 5 * counts["wrong"]) / len(told)
    assert len(told) >= 300
    assert score >= 0.95, [(text, meant, said) for text, meant, said in told if said != meant]
