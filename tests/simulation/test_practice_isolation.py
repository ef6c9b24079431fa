"""Whatever belongs to one practice alone is seen where it turns up at another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulation.evidence import Evidence
from simulation.four_practices import worlds
from simulation.patient_profiles import World
from simulation.practice_isolation import Crossing, Neighbour, look_for_crossings
from simulation.sandbox_client import Entry

OURS, THEIRS, *_ = worlds(7)
SHARED, OWN = OURS.patients[0], OURS.patients[1]
NUMBER = "+13035550110"


def neighbour(world: World, *, number: str = NUMBER, **ledgers: Any) -> Neighbour:
    vendors = ("boulevard", "twilio", "sendgrid", "slack")
    return Neighbour(
        world=world,
        evidence=Evidence(
            ledgers={
                vendor: [{"seq": seq, **entry} for seq, entry in enumerate(ledgers.get(vendor, []), start=1)]
                for vendor in vendors
            },
            pending={},
            double_bookings=[],
            diary=[],
        ),
        accounts=frozenset({number, "C0DESK" if world is OURS else "C0OTHER"}),
        connections={vendor: f"c_{vendor}_{world.place.slug}" for vendor in vendors},
    )


def text(**changed: Any) -> Entry:
    at = "2026-10-06T12:00:00+00:00"
    told = {"kind": "accepted", "at_practice": at, "from": NUMBER, "to": SHARED.phone, "body": "Juniper: hello"}
    return {**told, **changed}


def crossed(**ledgers: Any) -> tuple[Crossing, ...]:
    both = (neighbour(OURS, **ledgers), neighbour(THEIRS, number="+13035550111"))
    return look_for_crossings(both, open_links=False).found


def test_a_phone_that_both_practices_know_is_nobodys_alone() -> None:
    assert SHARED.phone == THEIRS.patients[0].phone
    assert OWN.phone != THEIRS.patients[1].phone

    assert crossed(twilio=[text(), text(to=OWN.phone)]) == ()


@pytest.mark.parametrize(
    ("vendor", "entry"),
    [
        ("twilio", text(body="Marigold: hello")),
        ("twilio", text(**{"from": "+13035550111"})),
        ("twilio", text(to=THEIRS.patients[1].phone)),
        ("twilio", {"kind": "webhook", "url": "http://api/webhooks/twilio/inbound/c_twilio_marigold"}),
        ("sendgrid", {"kind": "mail", "to": THEIRS.patients[1].email, "subject": "Your visit"}),
        ("slack", {"kind": "posted", "channel": "C0OTHER", "text": "A chair"}),
        ("slack", {"kind": "posted", "channel": "C0DESK", "text": "A chair at Marigold"}),
        ("boulevard", {"kind": "request", "operation": "appointment", "id": THEIRS.visits[0].ref}),
        ("boulevard", {"kind": "auth_refused", "reason": "another business"}),
        ("boulevard", {"kind": "appointment_booked", "by": "api", "client": THEIRS.patients[0].ref}),
    ],
)
def test_what_belongs_to_another_practice_is_a_crossing(vendor: str, entry: Entry) -> None:
    [*found] = crossed(**{vendor: [entry]})

    assert found
    assert all(one.where.startswith(f"juniper: {vendor} {entry['kind']} 1") for one in found)


def test_who_stopped_at_one_practice_is_still_texted_by_the_other() -> None:
    stop = {"kind": "opt_out", "person": SHARED.phone, "at_practice": "2026-10-06T11:00:00+00:00"}
    theirs = replace(neighbour(THEIRS, number="+13035550111"), evidence=neighbour(THEIRS, twilio=[stop]).evidence)

    look = look_for_crossings((neighbour(OURS, twilio=[text()]), theirs), open_links=False)

    assert (look.found, look.stopped_elsewhere) == ((), 1)
