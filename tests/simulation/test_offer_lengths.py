"""The demo's offers fit one segment also where the practice's own address is a long one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clients import Language
from domain.messages import gap_fill
from domain.messages.facts import Sender, VisitFacts
from sandboxes.twilio.segments import segments
from simulation.catalogue import PLACE, service
from simulation.day_report import ONE_SEGMENT_SHARE
from simulation.patient_profiles import SPANISH, Visit, make_world

#: Behind a host of thirty characters.
LINK = f"https://chairflow.juniper-demo.example/c/{'a' * 22}"


def facts(visit: Visit) -> VisitFacts:
    length = timedelta(minutes=visit.service.minutes)
    return VisitFacts(start=visit.start, zone=PLACE.zone, provider=visit.provider.first_name, length=length)


@pytest.mark.parametrize("seed", (1, 2))
def test_the_offers_of_a_day_fit_one_segment_on_a_host_of_thirty(seed: int) -> None:
    """Every chair of the day to everybody whose service its provider gives, half of them for the first time."""
    world = make_world(seed)
    later = {visit.client.ref: facts(visit) for visit in world.visits if visit.client in world.swappers}
    counted = []
    for visit in world.visits:
        now = visit.start - timedelta(hours=3)
        for number, wish in enumerate(world.waitlist):
            wanted = service(wish.services[0])
            if wanted.code not in visit.provider.services:
                continue
            client = wish.client
            language = Language.SPANISH if client.language == SPANISH else Language.ENGLISH
            offer = gap_fill.offer(
                sender=Sender(practice=PLACE.short_name, greets=client.first_name, language=language),
                visit=facts(visit),
                open_until=now + timedelta(minutes=12),
                now=now,
                link=LINK,
                first_text=number % 2 == 0,
                replaces=later.get(client.ref),
            )
            counted.append(segments(offer.text))

    assert len(LINK) == len("https://") + 30 + len("/c/") + 22
    assert sum(count == 1 for count in counted) / len(counted) >= ONE_SEGMENT_SHARE
