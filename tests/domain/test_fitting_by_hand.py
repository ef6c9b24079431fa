"""Booked by staff, with the patient on the phone: what they wished and how they may be written to is no rule then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.catalogue import Prerequisite
from domain.clients import Channel, Consent, LastTreatment
from domain.matching import Candidate, Fit, Rule
from tests.domain.build import block, candidate, client, day, entry, matrix, segment, service, visit, window
from tests.domain.fits import NOW, TWO, fit_of, rule_of


@pytest.mark.parametrize(
    "who",
    [
        candidate(None, client(without_phone=True)),
        candidate(None, client(opted_out=frozenset({Channel.SMS}))),
        candidate(None, client(consent=Consent())),
        candidate(open_offer=True),
        candidate(offered_already=True),
        candidate(offers_today=99, offers_this_week=99),
        candidate(entry(provider_ids=(999,))),
        candidate(entry(location_id=999)),
        candidate(entry(miles_declared=1, miles_away=50)),
        candidate(entry(windows=(window(5, "08:00", "09:00"),))),
        candidate(entry(latest_date=date(2026, 11, 1))),
        candidate(entry(notice=timedelta(days=3))),
    ],
)
def test_no_rule_about_texts_or_wishes_stops_it(who: Candidate) -> None:
    assert not isinstance(fit_of(who), Fit)
    assert isinstance(fit_of(who, by_hand=True), Fit)


def test_it_may_begin_in_a_moment_and_not_in_the_past() -> None:
    assert isinstance(fit_of(candidate(), now=TWO.start - timedelta(minutes=1), by_hand=True), Fit)
    assert rule_of(fit_of(candidate(), now=TWO.end - timedelta(minutes=1), by_hand=True)) is Rule.PAST


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (
            fit_of(candidate(), practice=matrix(services=(service(prerequisite=Prerequisite.EXAM),)), by_hand=True),
            Rule.EXAM_NEEDED,
        ),
        (
            fit_of(
                candidate(None, client(treatments=(LastTreatment(kind="toxin", on=date(2026, 11, 1)),))),
                practice=matrix(services=(service(earliest_days=90),)),
                by_hand=True,
            ),
            Rule.TOO_SOON_CLINICALLY,
        ),
        (fit_of(candidate(visits=(visit(segment(TWO)),)), by_hand=True), Rule.ALREADY_BOOKED_THEN),
        (fit_of(candidate(), on=day(blocks=(block(TWO),)), by_hand=True), Rule.TOO_LONG),
        (fit_of(candidate(entry(service_ids=(999,))), by_hand=True), Rule.SERVICE_UNKNOWN),
    ],
)
def test_what_is_safe_and_what_there_is_room_for_still_decide(found: object, rule: Rule) -> None:
    assert not isinstance(found, Fit)
    assert getattr(found, "rule", None) is rule


def test_the_hour_of_the_day_is_no_rule() -> None:
    assert isinstance(fit_of(candidate(), now=NOW - timedelta(hours=6), by_hand=True), Fit)
