"""The gate's verdict: who may be written to, by what, when and how often."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.client_notices import Notice
from domain.clients import Channel, Client, Consent, MessageKind
from domain.contact import HoldUntil, Send, Suppress, Why, may_send, next_allowed
from domain.policy import ContactPolicy
from tests.domain.build import NEW_YORK, at, client

POLICY = ContactPolicy()
LOS_ANGELES = "America/Los_Angeles"
NOON = at("2026-11-24 12:00")
NIGHT = at("2026-11-24 22:00")


def verdict(
    who: Client | None = None,
    *,
    channel: Channel = Channel.SMS,
    notice: Notice = Notice.OFFER,
    template: str = "offer",
    when: datetime = NOON,
    zones: tuple[str, ...] = (NEW_YORK,),
    sent_today: int = 0,
    offers_today: int = 0,
    offers_this_week: int = 0,
    policy: ContactPolicy = POLICY,
    is_answer: bool = False,
    is_prompt: bool = True,
) -> Send | HoldUntil | Suppress:
    return may_send(
        channel=channel,
        notice=notice,
        template=template,
        client=who or client(),
        at=when,
        zones=zones,
        sent_today=sent_today,
        offers_today=offers_today,
        offers_this_week=offers_this_week,
        policy=policy,
        is_answer=is_answer,
        is_prompt=is_prompt,
    )


def why(found: Send | HoldUntil | Suppress) -> Why | None:
    return found.reason if isinstance(found, Suppress) else None


def test_with_consent_at_noon_it_is_sent() -> None:
    assert verdict() == Send()


def test_opt_out_consent_and_address_are_minded() -> None:
    no_offers = client(consent=Consent(granted=frozenset({(Channel.SMS, MessageKind.APPOINTMENT)})))

    assert why(verdict(client(opted_out=frozenset({Channel.SMS})))) is Why.OPTED_OUT
    assert why(verdict(client(undeliverable=frozenset({Channel.SMS})), is_answer=True)) is Why.UNDELIVERABLE
    assert why(verdict(no_offers)) is Why.NO_CONSENT
    assert verdict(no_offers, notice=Notice.REMINDER) == Send()
    assert why(verdict(client(without_phone=True))) is Why.NO_ADDRESS
    assert verdict(client(without_phone=True), channel=Channel.EMAIL) == Send()


def test_a_stop_holds_for_its_channel_only() -> None:
    stopped = client(opted_out=frozenset({Channel.SMS}))

    assert verdict(stopped, channel=Channel.EMAIL) == Send()


def test_after_stop_not_even_an_answer_goes_out() -> None:
    """The carrier confirms a STOP by itself."""
    stopped = client(opted_out=frozenset({Channel.SMS}))

    assert why(verdict(stopped, is_answer=True, template="late_yes")) is Why.OPTED_OUT
    assert why(verdict(stopped, is_answer=True, template="opted_out")) is Why.OPTED_OUT


def test_only_what_the_owner_approved_goes_out() -> None:
    policy = ContactPolicy(approved_channels=("email",), approved_templates=("confirmation",))

    assert why(verdict(policy=policy)) is Why.CHANNEL_NOT_APPROVED
    assert why(verdict(policy=policy, channel=Channel.EMAIL)) is Why.TEMPLATE_NOT_APPROVED
    assert verdict(policy=policy, channel=Channel.EMAIL, template="confirmation") == Send()


def test_caps_hold_for_what_we_start_ourselves() -> None:
    assert why(verdict(sent_today=8)) is Why.CAPPED_MESSAGES_TODAY
    assert why(verdict(offers_today=3)) is Why.CAPPED_OFFERS_TODAY
    assert why(verdict(offers_this_week=6)) is Why.CAPPED_OFFERS_THIS_WEEK
    assert verdict(sent_today=7, offers_today=2, offers_this_week=5) == Send()


@pytest.mark.parametrize("notice", [one for one in Notice if one.is_owed])
def test_what_a_client_is_owed_is_outside_every_cap(notice: Notice) -> None:
    assert verdict(notice=notice, sent_today=99, offers_today=99, offers_this_week=99) == Send()


def test_who_let_us_offer_a_time_may_hear_how_the_offer_ended() -> None:
    offers_only = client(consent=Consent(granted=frozenset({(Channel.SMS, MessageKind.OFFER)})))

    assert verdict(offers_only, notice=Notice.CLOSING) == Send()
    assert why(verdict(offers_only, notice=Notice.REMINDER)) is Why.NO_CONSENT
    assert why(verdict(offers_only, notice=Notice.CLOSING, channel=Channel.EMAIL)) is Why.NO_CONSENT


def test_an_answer_is_given_whatever_the_hour_and_the_count() -> None:
    assert verdict(when=NIGHT, sent_today=20, is_answer=True, who=client(consent=Consent())) == Send()
    stern = ContactPolicy(answers_ignore_quiet_hours=False)
    assert isinstance(verdict(when=NIGHT, is_answer=True, policy=stern), HoldUntil)


def test_an_answer_hours_later_needs_no_consent_and_minds_the_hour() -> None:
    silent = client(consent=Consent())

    assert verdict(silent, notice=Notice.DRAFT, is_answer=True, is_prompt=False) == Send()
    assert isinstance(verdict(silent, notice=Notice.DRAFT, when=NIGHT, is_answer=True, is_prompt=False), HoldUntil)


@pytest.mark.parametrize(
    ("when", "held_until"),
    [
        ("2026-11-24 07:59", "2026-11-24 08:00"),
        ("2026-11-24 08:00", None),
        ("2026-11-24 19:59", None),
        ("2026-11-24 20:00", "2026-11-25 08:00"),
        ("2026-11-24 23:59", "2026-11-25 08:00"),
        ("2026-11-25 00:00", "2026-11-25 08:00"),
        # The nights the clocks change: eight o'clock is what the wall shows.
        ("2026-03-07 21:00", "2026-03-08 08:00"),
        ("2026-03-08 03:00", "2026-03-08 08:00"),
        ("2026-10-31 21:00", "2026-11-01 08:00"),
        ("2026-11-01 01:30", "2026-11-01 08:00"),
    ],
)
def test_quiet_hours_hold_until_the_morning(when: str, held_until: str | None) -> None:
    found = verdict(when=at(when))

    assert found == (
        Send() if held_until is None else HoldUntil(at=at(held_until), words="Quiet hours where the client is.")
    )


def test_nights_last_as_long_as_the_clocks_make_them() -> None:
    spring = next_allowed(at=at("2026-03-07 20:00"), zones=(NEW_YORK,), policy=POLICY)
    autumn = next_allowed(at=at("2026-10-31 20:00"), zones=(NEW_YORK,), policy=POLICY)

    assert spring - at("2026-03-07 20:00") == timedelta(hours=11)
    assert autumn - at("2026-10-31 20:00") == timedelta(hours=13)


def test_in_two_zones_both_must_be_awake() -> None:
    both = (NEW_YORK, LOS_ANGELES)

    morning = next_allowed(at=at("2026-11-24 08:00"), zones=both, policy=POLICY)
    evening = next_allowed(at=at("2026-11-24 20:00"), zones=both, policy=POLICY)

    assert morning == at("2026-11-24 08:00", LOS_ANGELES)
    assert evening == at("2026-11-25 08:00", LOS_ANGELES)


def test_zones_that_share_no_hour_leave_it_to_the_clients() -> None:
    short_days = ContactPolicy(quiet_from=time(12), quiet_until=time(8))

    found = next_allowed(at=NOON, zones=(NEW_YORK, "Asia/Tokyo"), policy=short_days)

    assert found == at("2026-11-25 08:00", "Asia/Tokyo")


def test_mail_about_ones_own_visit_comes_at_once() -> None:
    assert verdict(when=NIGHT, channel=Channel.EMAIL, notice=Notice.CANCELLED) == Send()
    assert isinstance(verdict(when=NIGHT, channel=Channel.EMAIL), HoldUntil)
    assert isinstance(verdict(when=NIGHT, notice=Notice.CANCELLED), HoldUntil)
    quiet_mail = ContactPolicy(emails_ignore_quiet_hours=False)
    assert isinstance(verdict(when=NIGHT, channel=Channel.EMAIL, notice=Notice.CANCELLED, policy=quiet_mail), HoldUntil)


def test_quiet_hours_may_begin_after_midnight_or_not_at_all() -> None:
    small_hours = ContactPolicy(quiet_from=time(1), quiet_until=time(7))
    never = ContactPolicy(quiet_from=time(8), quiet_until=time(8))
    from_midnight = ContactPolicy(quiet_from=time(0), quiet_until=time(8))

    def allowed(when: str, policy: ContactPolicy) -> datetime:
        return next_allowed(at=at(when), zones=(NEW_YORK,), policy=policy)

    assert allowed("2026-11-24 00:30", small_hours) == at("2026-11-24 00:30")
    assert allowed("2026-11-24 01:00", small_hours) == at("2026-11-24 07:00")
    assert allowed("2026-11-24 03:00", never) == at("2026-11-24 03:00")
    assert allowed("2026-11-24 23:59", from_midnight) == at("2026-11-24 23:59")
    assert allowed("2026-11-24 00:00", from_midnight) == at("2026-11-24 08:00")


ZONES = (NEW_YORK, LOS_ANGELES, "America/Phoenix", "Europe/Berlin", "America/St_Johns")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        ("2026-03-07 12:00", "2026-10-31 12:00", "2026-03-28 12:00", "2026-10-24 12:00", "2026-06-01 12:00")
    ),
    st.integers(0, 96 * 2),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    st.sampled_from((POLICY, ContactPolicy(quiet_from=time(21), quiet_until=time(9, 30)))),
)
def test_the_next_allowed_instant_is_the_first_that_no_wall_calls_quiet(
    day: str, quarters: int, zones: list[str], policy: ContactPolicy
) -> None:
    when = at(day) + timedelta(minutes=15 * quarters)

    found = next_allowed(at=when, zones=tuple(zones), policy=policy)

    def awake(instant: datetime) -> bool:
        walls = [instant.astimezone(ZoneInfo(zone)).time() for zone in zones]
        return all(policy.quiet_until <= wall < policy.quiet_from for wall in walls)

    expected = when
    while not awake(expected):
        expected += timedelta(minutes=15)
    assert found == expected
