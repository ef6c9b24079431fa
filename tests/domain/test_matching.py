"""Who may be asked about an opening: wishes, consents, distance and time, one rule at a time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.clients import Channel, Consent, MessageKind
from domain.matching import Candidate, Fit, Rejection, Rule
from tests.domain.build import INJECTION, at, candidate, client, during, entry, segment, slot, visit, window
from tests.domain.fits import fit_of, rule_of, start_of


def test_a_client_who_waits_for_just_this_gets_it() -> None:
    found = fit_of(candidate())

    assert found == Fit(
        service_ids=(INJECTION,),
        segments=(segment(during("2026-11-24 14:00", "2026-11-24 14:30"), after=15),),
        start=at("2026-11-24 14:00"),
        end=at("2026-11-24 14:30"),
        consult_instead=False,
    )


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        (candidate(entry(location_id=2)), Rule.WRONG_LOCATION),
        (candidate(entry(provider_ids=(12,))), Rule.WRONG_PROVIDER),
        (candidate(entry(miles_declared=10.0, miles_away=10.5)), Rule.TOO_FAR),
        (candidate(None, client(without_phone=True)), Rule.NO_PHONE),
        (candidate(None, client(opted_out=frozenset({Channel.SMS}))), Rule.OPTED_OUT),
        (candidate(None, client(undeliverable=frozenset({Channel.SMS}))), Rule.NO_PHONE),
        (
            candidate(None, client(consent=Consent(granted=frozenset({(Channel.SMS, MessageKind.APPOINTMENT)})))),
            Rule.NO_CONSENT,
        ),
        (candidate(open_offer=True), Rule.OPEN_OFFER_ELSEWHERE),
        (candidate(offered_already=True), Rule.ALREADY_OFFERED),
        (candidate(offers_today=3), Rule.CAPPED),
        (candidate(offers_this_week=6), Rule.CAPPED),
        (candidate(entry(notice=timedelta(hours=6))), Rule.NOTICE),
        (candidate(entry(earliest_date=date(2026, 11, 25))), Rule.DATES),
        (candidate(entry(latest_date=date(2026, 11, 23))), Rule.DATES),
        (candidate(entry(windows=(window(1, "09:00", "14:15"),))), Rule.WINDOW),
        (candidate(entry(windows=(window(2, "09:00", "18:00"),))), Rule.WINDOW),
        (candidate(entry(service_ids=(999,))), Rule.SERVICE_UNKNOWN),
        (candidate(entry(service_ids=())), Rule.SERVICE_UNKNOWN),
        (
            candidate(visits=(visit(segment(during("2026-11-24 13:30", "2026-11-24 14:20"), provider_id=12)),)),
            Rule.ALREADY_BOOKED_THEN,
        ),
    ],
)
def test_each_wish_and_each_consent_is_minded(chosen: Candidate, rule: Rule) -> None:
    assert rule_of(fit_of(chosen)) is rule


def test_a_reason_names_no_client() -> None:
    found = fit_of(candidate(entry(notice=timedelta(hours=6))))

    assert isinstance(found, Rejection)
    assert found.words == "Needs more notice than is left."


def test_unknown_miles_stand_in_nobodys_way() -> None:
    assert isinstance(fit_of(candidate(entry(miles_declared=10.0))), Fit)


def test_an_opening_within_the_lead_time_is_not_offered() -> None:
    exact = slot(during("2026-11-24 14:00", "2026-11-24 14:30"))

    assert rule_of(fit_of(candidate(), offered=exact, now=at("2026-11-24 13:01"))) is Rule.LEAD_TIME
    assert start_of(fit_of(candidate(), offered=exact, now=at("2026-11-24 13:00"))) == at("2026-11-24 14:00")


def test_a_later_start_in_the_same_opening_may_still_be_in_time() -> None:
    assert start_of(fit_of(candidate(), now=at("2026-11-24 13:01"))) == at("2026-11-24 14:15")


def test_two_windows_that_meet_are_one() -> None:
    wish = entry(windows=(window(1, "12:00", "14:15"), window(1, "14:15", "16:00")))

    assert start_of(fit_of(candidate(wish))) == at("2026-11-24 14:00")


def test_a_window_to_midnight_holds_the_evening() -> None:
    late = slot(during("2026-11-24 23:00", "2026-11-25 00:00"))

    assert start_of(fit_of(candidate(entry(windows=(window(1, "22:00", "00:00"),))), offered=late)) == late.during.start
