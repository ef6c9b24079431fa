"""What depends on the hour: reminders before a visit, and no texts at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.policy import BookingPolicy, Pace
from simulation.reading import Gist
from tests.journeys.house import ZONE
from tests.journeys.scenario_practice import UNHURRIED, Premises
from tests.journeys.scenarios import Corner, eventually


def local(entry: dict[str, str]) -> datetime:
    """The practice's wall time of a ledger entry."""
    return datetime.fromisoformat(entry["at_practice"]).astimezone(ZoneInfo(ZONE))


def asked_at(corner: Corner, client: int) -> list[datetime]:
    """When the carrier was asked for each text to this client."""
    return [local(entry) for entry in corner.asked_for(client)]


def test_reminder_and_its_answer(premises: Premises) -> None:
    """A reminder at its time, once; C is thanked, and marks the visit as confirmed in the practice system."""
    premises.policy(UNHURRIED, booking=BookingPolicy(reminders=(timedelta(hours=23),), merge_within=timedelta()))
    corner = premises.corner(waiting=0)
    hour = premises.now().hour + 1  # the one after this is sure to lie ahead
    premises.be_at(hour, 50, rate=240.0)
    starts = corner.at(hour + 1)
    appointment = corner.book(1, starts)
    corner.hears(1, Gist.BOOKED, Gist.REMINDER)
    (_, reminded) = asked_at(corner, 1)
    assert starts - timedelta(hours=23) <= reminded
    corner.says(1, "C")

    def confirmed() -> bool:
        return [one["state"] for one in corner.visits() if one["appointment"] == appointment] == ["CONFIRMED"]

    eventually(confirmed, "the mark in the practice system")
    corner.hears(1, Gist.BOOKED, Gist.REMINDER, Gist.THANKED)
    premises.settled()
    corner.hears(1, Gist.BOOKED, Gist.REMINDER, Gist.THANKED)


def test_no_offers_at_night(premises: Premises) -> None:
    """A chair freed after eight in the evening is offered in the morning; even its client hears of it only then."""
    premises.policy(replace(UNHURRIED, pace=Pace.EVERYONE, offer_window=timedelta(hours=10)))
    corner = premises.corner(waiting=2)
    appointment = corner.book(3, corner.at(16, ahead=1))
    corner.hears(3, Gist.BOOKED)
    premises.settled()
    premises.be_at(20, 30, rate=1200.0)
    corner.cancel(appointment)
    corner.offered(1, 2)
    corner.says(1, "YES")
    assert corner.ended() == "filled"
    corner.hears(1, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    for client in (1, 2, 3):
        for moment in asked_at(corner, client):
            assert time(8) <= moment.time() < time(20), (client, moment)
