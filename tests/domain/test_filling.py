"""Whether an opening is worth filling, how many are asked, how long they have."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.clients import Channel, Client, Consent, MessageKind, WaitlistEntry
from domain.filling import (
    give_up_writing_at,
    needs_person_first,
    offers_until,
    waits_for_more,
    wave_size,
    window_end,
    worth_filling,
)
from domain.policy import GapFillPolicy, Pace, PatiencePolicy
from domain.rejections import Rule
from tests.domain.build import at, client, during, entry, minutes, service, slot

POLICY = GapFillPolicy()
TWO = slot(during("2026-11-24 14:00", "2026-11-24 14:30"))
HALF_AN_HOUR = (service(duration=30),)


@pytest.mark.parametrize(
    ("now", "services", "candidates", "rule"),
    [
        (at("2026-11-24 09:00"), HALF_AN_HOUR, 1, None),
        (at("2026-11-24 13:00"), HALF_AN_HOUR, 1, None),
        (at("2026-11-24 13:01"), HALF_AN_HOUR, 1, Rule.LEAD_TIME),
        (at("2026-11-24 14:30"), HALF_AN_HOUR, 1, Rule.PAST),
        (at("2026-10-20 09:00"), HALF_AN_HOUR, 1, Rule.HORIZON),
        (at("2026-11-24 09:00"), (), 1, Rule.NOTHING_FITS),
        (at("2026-11-24 09:00"), HALF_AN_HOUR, 0, Rule.NO_CANDIDATE),
    ],
)
def test_each_refusal_names_its_rule(now: datetime, services: tuple[()], candidates: int, rule: Rule | None) -> None:
    refused = worth_filling(slot=TWO, services=services, candidates=candidates, now=now, policy=POLICY)

    assert (refused.rule if refused else None) is rule


def test_a_long_opening_can_still_be_used_later() -> None:
    afternoon = slot(during("2026-11-24 12:00", "2026-11-24 17:00"))

    until = offers_until(slot=afternoon, services=(service(duration=60), service(duration=30)), policy=POLICY)

    assert until == at("2026-11-24 15:30")
    assert (
        worth_filling(slot=afternoon, services=HALF_AN_HOUR, candidates=1, now=at("2026-11-24 13:00"), policy=POLICY)
        is None
    )


@pytest.mark.parametrize(
    ("pace", "sent", "size"),
    [
        (Pace.ONE_AT_A_TIME, 0, 1),
        (Pace.ONE_AT_A_TIME, 20, 0),
        (Pace.WAVES, 0, 3),
        (Pace.WAVES, 18, 2),
        (Pace.WAVES, 25, 0),
        (Pace.EVERYONE, 5, 15),
    ],
)
def test_a_wave_is_as_large_as_the_pace_and_the_offers_left(pace: Pace, sent: int, size: int) -> None:
    policy = GapFillPolicy(pace=pace)

    asked = wave_size(policy=policy, now=at("2026-11-24 09:00"), slot_start=TWO.during.start, offers_sent=sent)

    assert asked == size


def test_nobody_is_asked_once_the_lead_time_has_begun() -> None:
    asked = wave_size(policy=POLICY, now=at("2026-11-24 13:00"), slot_start=TWO.during.start, offers_sent=0)

    assert asked == 0


@pytest.mark.parametrize(
    ("sent", "end"),
    [("09:00", "09:10"), ("12:55", "13:00"), ("13:00", "13:00"), ("13:20", "13:20")],
)
def test_a_window_ends_with_the_lead_time_at_the_latest(sent: str, end: str) -> None:
    found = window_end(sent_at=at(f"2026-11-24 {sent}"), policy=POLICY, slot_start=TWO.during.start)

    assert found == at(f"2026-11-24 {end}")


@pytest.mark.parametrize("sent", ["2026-03-08 01:55", "2026-11-01 01:55"])
def test_a_window_is_ten_minutes_on_the_nights_the_clocks_change(sent: str) -> None:
    found = window_end(sent_at=at(sent), policy=POLICY, slot_start=at(sent) + timedelta(days=1))

    assert found - at(sent) == minutes(10)


def test_a_person_decides_over_vips_high_value_and_high_price() -> None:
    def asked(*prices: int, high_value: bool = False, vip: bool = False, policy: GapFillPolicy = POLICY) -> bool:
        services = tuple(service(price_cents=price, high_value=high_value) for price in prices)
        return needs_person_first(services=services, clients_vip=vip, policy=policy) is not None

    assert not asked(99_999)
    assert asked(100_000)
    assert asked(60_000, 40_000)
    assert asked(1, high_value=True)
    assert asked(1, vip=True)
    assert not asked(10_000_000, policy=GapFillPolicy(person_first_cents=None))


@pytest.mark.parametrize(
    ("claimed", "until"), [("09:00", "09:20"), ("13:15", "13:30"), ("13:29", "13:30"), ("13:45", "13:45")]
)
def test_writing_is_given_up_in_time_for_a_person(claimed: str, until: str) -> None:
    found = give_up_writing_at(
        claimed_at=at(f"2026-11-24 {claimed}"),
        slot_start=TWO.during.start,
        give_up=PatiencePolicy().pms_give_up,
        before_start=PatiencePolicy().pms_give_up_before_start,
    )

    assert found == at(f"2026-11-24 {until}")


@pytest.mark.parametrize(
    ("who", "active", "waits"),
    [
        (client(), (entry(),), True),
        (client(), (), False),
        (client(), (entry(latest_date=date(2026, 11, 23)),), False),
        (client(), (entry(latest_date=date(2026, 11, 24)),), True),
        (client(), (entry(latest_date=date(2026, 11, 23)), entry()), True),
        (client(consent=Consent(granted=frozenset({(Channel.SMS, MessageKind.APPOINTMENT)}))), (entry(),), False),
        (client(opted_out=frozenset({Channel.SMS})), (entry(),), False),
        (client(undeliverable=frozenset({Channel.SMS})), (entry(),), False),
        (client(without_phone=True), (entry(),), False),
    ],
)
def test_only_who_may_be_asked_again_is_still_on_the_list(
    who: Client, active: tuple[WaitlistEntry, ...], waits: bool
) -> None:
    assert waits_for_more(client=who, active=active, on=date(2026, 11, 24)) is waits
