"""What is safe: intervals between treatments, and what needs an exam or a consult before it."""

from __future__ import annotations

from datetime import date

import pytest

from domain.catalogue import Prerequisite
from domain.clients import LastTreatment
from domain.matching import Fit, Rule, visit_to_release
from tests.domain.build import (
    CONSULT,
    FILLER,
    INJECTION,
    candidate,
    client,
    consult,
    during,
    matrix,
    segment,
    service,
    visit,
)
from tests.domain.fits import TWO, fit_of, rule_of

TOXIN = matrix(services=(service(earliest_days=90), consult()))


@pytest.mark.parametrize(("last", "rule"), [(date(2026, 8, 26), None), (date(2026, 8, 27), Rule.TOO_SOON_CLINICALLY)])
def test_the_clinical_interval_is_never_undercut(last: date, rule: Rule | None) -> None:
    who = client(treatments=(LastTreatment(kind="toxin", on=last),))

    assert rule_of(fit_of(candidate(None, who), practice=TOXIN)) is rule


def test_a_later_visit_of_the_same_kind_is_given_up_and_stands_in_no_way() -> None:
    later = visit(segment(during("2026-12-20 10:00", "2026-12-20 10:30")), appointment_id=7)
    who = client(treatments=(LastTreatment(kind="toxin", on=date(2026, 12, 20)),))

    assert isinstance(fit_of(candidate(None, who, visits=(later,)), practice=TOXIN), Fit)
    released = visit_to_release(visits=(later,), services=(TOXIN.service(INJECTION),), end=TWO.end, matrix=TOXIN)
    assert released == later


def test_a_second_later_visit_keeps_its_distance() -> None:
    later = visit(segment(during("2026-12-20 10:00", "2026-12-20 10:30")), appointment_id=7)
    after_that = visit(segment(during("2027-01-20 10:00", "2027-01-20 10:30")), appointment_id=8)

    found = fit_of(candidate(visits=(after_that, later)), practice=TOXIN)

    assert rule_of(found) is Rule.TOO_SOON_CLINICALLY


def test_a_later_visit_with_another_treatment_in_it_is_not_given_up() -> None:
    practice = matrix(services=(service(earliest_days=90), service(FILLER, kind="filler")))
    both = visit(
        segment(during("2026-12-20 10:00", "2026-12-20 10:30")),
        segment(during("2026-12-20 10:40", "2026-12-20 11:00"), service_id=FILLER),
    )

    assert (
        visit_to_release(visits=(both,), services=(practice.service(INJECTION),), end=TWO.end, matrix=practice) is None
    )
    assert rule_of(fit_of(candidate(visits=(both,)), practice=practice)) is Rule.TOO_SOON_CLINICALLY


def test_without_a_valid_exam_a_consult_is_offered() -> None:
    practice = matrix(services=(service(prerequisite=Prerequisite.EXAM), consult()))

    found = fit_of(candidate(None, client(exam_until=date(2026, 11, 23))), practice=practice)

    assert isinstance(found, Fit)
    assert (found.service_ids, found.consult_instead) == ((CONSULT,), True)
    ready = fit_of(candidate(None, client(exam_until=date(2026, 11, 24))), practice=practice)
    assert isinstance(ready, Fit)
    assert (ready.service_ids, ready.consult_instead) == ((INJECTION,), False)


@pytest.mark.parametrize(
    ("prerequisite", "rule"),
    [(Prerequisite.EXAM, Rule.EXAM_NEEDED), (Prerequisite.CONSULT, Rule.CONSULT_NEEDED)],
)
def test_without_exam_and_without_a_consult_nothing_is_offered(prerequisite: Prerequisite, rule: Rule) -> None:
    found = fit_of(candidate(), practice=matrix(services=(service(prerequisite=prerequisite),)))

    assert rule_of(found) is rule
