"""Who fits an opening and who does not, one rule at a time; and in what order they are asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.calendar import Day, VisitState
from domain.catalogue import Credential, Matrix, Prerequisite
from domain.matching import (
    Candidate,
    Fit,
    Ranking,
    Rejection,
    Rule,
    Slot,
    eligible,
    fit,
    free_stretches,
    rank,
    services_that_fit,
    visit_to_release,
)
from domain.people import Channel, Consent, LastTreatment, MessageKind
from domain.policy import PracticePolicy
from tests.domain.build import (
    ANA,
    CONSULT,
    FILLER,
    INJECTION,
    LASER,
    NEW_YORK,
    at,
    block,
    candidate,
    client,
    consult,
    day,
    device,
    during,
    entry,
    matrix,
    provider,
    room,
    segment,
    service,
    shift,
    slot,
    visit,
    window,
)

#: A Tuesday.
TWO = during("2026-11-24 14:00", "2026-11-24 14:45")
NOW = at("2026-11-24 09:00")
POLICY = PracticePolicy()


def fit_of(
    chosen: Candidate,
    *,
    offered: Slot | None = None,
    practice: Matrix | None = None,
    on: Day | None = None,
    now: datetime = NOW,
    zone: str = NEW_YORK,
) -> Fit | Rejection:
    return fit(
        slot=offered or slot(TWO),
        candidate=chosen,
        matrix=practice or matrix(),
        day=on or day(),
        now=now,
        zone=zone,
        policy=POLICY,
    )


def rule_of(found: Fit | Rejection) -> Rule | None:
    return found.rule if isinstance(found, Rejection) else None


def start_of(found: Fit | Rejection) -> datetime | None:
    return found.start if isinstance(found, Fit) else None


def test_a_client_who_waits_for_just_this_gets_it() -> None:
    found = fit_of(candidate())

    assert found == Fit(
        service_ids=(INJECTION,),
        segments=(segment(during("2026-11-24 14:00", "2026-11-24 14:30"), room_id=201, after=15),),
        start=at("2026-11-24 14:00"),
        end=at("2026-11-24 14:30"),
        consult_instead=False,
    )


# --- who may be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        (candidate(entry(location_id=2)), Rule.WRONG_LOCATION),
        (candidate(entry(provider_ids=(12,))), Rule.WRONG_PROVIDER),
        (candidate(entry(miles_declared=10.0, miles_away=10.5)), Rule.TOO_FAR),
        (candidate(None, client(without_phone=True)), Rule.NO_PHONE),
        (candidate(None, client(opted_out=frozenset({Channel.SMS}))), Rule.OPTED_OUT),
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


# --- provider, room, device, buffers -----------------------------------------------------------------------------


def test_a_provider_must_be_listed_and_certified_on_that_date() -> None:
    needs = service(requires=(("neurotoxin",), ("rn", "np", "pa")))
    on = date(2026, 11, 24)
    toxin = Credential(kind="neurotoxin", expires_on=on)
    licence = Credential(kind="np", expires_on=None)

    def rule(*credentials: Credential, listed: tuple[int, ...] = (INJECTION,), when: date = on) -> Rule | None:
        refused = eligible(provider=provider(service_ids=listed, credentials=credentials), service=needs, on=when)
        return refused.rule if refused else None

    assert rule(toxin, licence) is None
    assert rule(toxin, licence, when=date(2026, 11, 25)) is Rule.CREDENTIAL_EXPIRED
    assert rule(toxin) is Rule.CREDENTIAL_MISSING
    assert rule(licence) is Rule.CREDENTIAL_MISSING
    assert rule(toxin, licence, listed=()) is Rule.PROVIDER_NOT_LISTED


def test_the_certificate_counts_on_the_day_of_the_visit_where_the_practice_is() -> None:
    """An evening in New York is the next day in UTC; a certificate of that evening still holds."""
    evening = slot(during("2026-11-24 20:00", "2026-11-24 20:45"))
    certified = provider(credentials=(Credential(kind="rn", expires_on=date(2026, 11, 24)),))
    practice = matrix(services=(service(requires=(("rn",),)),), providers=(certified,))

    assert isinstance(fit_of(candidate(), offered=evening, practice=practice), Fit)


def test_what_does_not_fit_in_time_is_refused_with_its_length() -> None:
    found = fit_of(candidate(entry(service_ids=(FILLER,))), practice=matrix(services=(service(FILLER, duration=60),)))

    assert found == Rejection(rule=Rule.TOO_LONG, words="Neuromodulator injection takes 60 minutes, more than is free.")


def test_buffers_are_kept_against_the_next_visit() -> None:
    following = visit(segment(during("2026-11-24 14:40", "2026-11-24 15:00"), before=5))

    assert rule_of(fit_of(candidate(), on=day(visits=(following,)))) is Rule.PROVIDER_BUSY
    clear = visit(segment(during("2026-11-24 14:50", "2026-11-24 15:00"), before=5))
    assert isinstance(fit_of(candidate(), on=day(visits=(clear,))), Fit)


def test_a_buffer_may_reach_beyond_the_opening_where_nobody_is() -> None:
    exact = slot(during("2026-11-24 14:00", "2026-11-24 14:30"))

    assert start_of(fit_of(candidate(), offered=exact)) == at("2026-11-24 14:00")


def test_a_preparation_right_after_the_last_visit_moves_the_start() -> None:
    practice = matrix(services=(service(before=10, after=0),))
    last = visit(segment(during("2026-11-24 13:30", "2026-11-24 14:00")))

    found = fit_of(candidate(), practice=practice, on=day(visits=(last,)))

    assert start_of(found) == at("2026-11-24 14:10")


def test_a_room_somebody_else_uses_is_not_free() -> None:
    other = visit(segment(during("2026-11-24 14:00", "2026-11-24 15:00"), provider_id=12, room_id=201))

    assert rule_of(fit_of(candidate(), on=day(visits=(other,)))) is Rule.ROOM_BUSY
    second = fit_of(candidate(), practice=matrix(rooms=(room(201), room(202))), on=day(visits=(other,)))
    assert isinstance(second, Fit)
    assert [one.room_id for one in second.segments] == [202]


def test_a_room_somebody_uses_without_our_knowing_which_counts() -> None:
    other = visit(segment(during("2026-11-24 14:00", "2026-11-24 15:00"), provider_id=12))

    assert rule_of(fit_of(candidate(), on=day(visits=(other,)))) is Rule.ROOM_BUSY
    assert isinstance(fit_of(candidate(), practice=matrix(rooms=(room(201), room(202))), on=day(visits=(other,))), Fit)


def test_a_hold_is_as_good_as_a_visit() -> None:
    held = segment(during("2026-11-24 14:00", "2026-11-24 14:30"), provider_id=12, room_id=201)

    assert rule_of(fit_of(candidate(), on=day(holds=(held,)))) is Rule.ROOM_BUSY


def test_a_cancelled_visit_uses_nothing() -> None:
    gone = visit(segment(during("2026-11-24 14:00", "2026-11-24 15:00"), room_id=201), state=VisitState.CANCELLED)

    assert isinstance(fit_of(candidate(), on=day(visits=(gone,))), Fit)


def test_the_only_laser_serves_one_client_at_a_time() -> None:
    hair = service(LASER, name="Laser hair removal", kind="laser", room_kind=None, device_kind="laser")
    practice = matrix(services=(hair,), devices=(device(),))
    busy = visit(
        segment(
            during("2026-11-24 13:30", "2026-11-24 13:55"), service_id=LASER, provider_id=12, device_id=301, after=20
        )
    )

    found = fit_of(candidate(entry(service_ids=(LASER,))), practice=practice, on=day(visits=(busy,)))

    assert start_of(found) == at("2026-11-24 14:15")


def test_free_time_is_what_visits_blocks_and_shifts_leave() -> None:
    whole = slot(during("2026-11-24 09:00", "2026-11-24 17:00"))
    on = day(
        visits=(visit(segment(during("2026-11-24 10:00", "2026-11-24 10:30"), after=15)),),
        blocks=(block(during("2026-11-24 12:00", "2026-11-24 13:00")),),
        shifts=(shift(during("2026-11-24 09:30", "2026-11-24 16:00")),),
        holds=(segment(during("2026-11-24 15:00", "2026-11-24 15:30")),),
    )

    assert free_stretches(slot=whole, day=on) == (
        during("2026-11-24 09:30", "2026-11-24 10:00"),
        during("2026-11-24 10:45", "2026-11-24 12:00"),
        during("2026-11-24 13:00", "2026-11-24 15:00"),
        during("2026-11-24 15:30", "2026-11-24 16:00"),
    )


def test_services_that_fit_are_those_with_time_room_and_certificate() -> None:
    practice = matrix(
        services=(
            service(),
            service(FILLER, duration=60),
            service(LASER, room_kind="laser room"),
            service(104, requires=(("rn",),)),
            consult(),
        )
    )

    found = services_that_fit(slot=slot(TWO), matrix=practice, day=day(), on=date(2026, 11, 24), policy=POLICY)

    assert [one.id for one in found] == [INJECTION, CONSULT]


def test_services_wanted_together_follow_each_other_with_a_buffer() -> None:
    practice = matrix(services=(service(after=0), service(FILLER, kind="filler", duration=30, after=0)))
    wish = entry(service_ids=(INJECTION, FILLER), together=True)

    assert rule_of(fit_of(candidate(wish), practice=practice)) is Rule.TOO_LONG
    found = fit_of(candidate(wish), practice=practice, offered=slot(during("2026-11-24 14:00", "2026-11-24 15:10")))
    assert isinstance(found, Fit)
    assert [one.during for one in found.segments] == [
        during("2026-11-24 14:00", "2026-11-24 14:30"),
        during("2026-11-24 14:40", "2026-11-24 15:10"),
    ]


def test_the_first_wish_that_fits_is_taken() -> None:
    practice = matrix(services=(service(duration=60), service(FILLER, kind="filler")))

    found = fit_of(candidate(entry(service_ids=(INJECTION, FILLER))), practice=practice)

    assert isinstance(found, Fit)
    assert found.service_ids == (FILLER,)


# --- what is safe ------------------------------------------------------------------------------------------------

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


# --- the order ---------------------------------------------------------------------------------------------------


def ranking(*candidates: Candidate) -> Ranking:
    return rank(
        slot=slot(TWO),
        candidates=candidates,
        matrix=matrix(),
        day=day(),
        now=NOW,
        zone=NEW_YORK,
        policy=POLICY,
    )


def order(*candidates: Candidate) -> list[int]:
    return [one.candidate.entry.id for one in ranking(*candidates).ranked]


def test_promises_come_before_losses_and_losses_before_waiting() -> None:
    promised = candidate(entry(1, client_id=501, priority=3))
    lost_twice = candidate(entry(2, client_id=502, losses=2))
    patient = candidate(entry(3, client_id=503, joined="2026-09-01 09:00"))
    new = candidate(entry(4, client_id=504, joined="2026-11-20 09:00"))

    assert order(new, patient, lost_twice, promised) == [1, 2, 3, 4]


def test_who_was_asked_lately_waits_for_the_others() -> None:
    asked = candidate(entry(1, client_id=501, last_offered=at("2026-11-23 09:00")))
    not_asked = candidate(entry(2, client_id=502))

    assert order(asked, not_asked) == [2, 1]


def test_a_tie_goes_to_who_joined_first_then_to_the_older_entry() -> None:
    early = candidate(entry(3, client_id=503, joined="2026-01-01 09:00"))
    first = candidate(entry(1, client_id=501, joined="2026-01-02 09:00"))
    second = candidate(entry(2, client_id=502, joined="2026-01-02 09:00"))

    assert order(second, first, early) == [3, 1, 2]


def test_the_shares_tell_where_the_score_comes_from() -> None:
    chosen = candidate(
        entry(priority=3, flexibility=3, losses=3, joined="2026-01-01 09:00"), client(preferred_provider_id=ANA)
    )

    (ranked,) = ranking(chosen).ranked

    assert dict(ranked.shares) == {
        "priority": 5.0,
        "flexibility": 1.0,
        "recency": 2.0,
        "losses": 3.0,
        "waiting": 1.5,
        "preferred_provider": 0.5,
    }
    assert ranked.score == 13.0


def test_a_tie_of_vips_is_for_a_person() -> None:
    vip = [candidate(entry(number, client_id=500 + number), client(500 + number, vip=True)) for number in (1, 2)]
    ordinary = candidate(entry(3, client_id=503))

    assert ranking(*vip, ordinary).tie
    assert not ranking(vip[0], ordinary).tie
    assert not ranking(vip[0], candidate(entry(2, client_id=502, losses=1), client(502, vip=True))).tie


def test_a_client_and_a_phone_are_asked_once() -> None:
    wishes = (
        candidate(entry(1, client_id=501, priority=2)),
        candidate(entry(2, client_id=501)),
        candidate(entry(3, client_id=502), client(502, phone="+12125550501")),
    )

    found = ranking(*wishes)

    assert [one.candidate.entry.id for one in found.ranked] == [1]
    assert [(one.entry.id, rejection.rule) for one, rejection in found.rejected] == [
        (2, Rule.ASKED_THROUGH_ANOTHER),
        (3, Rule.ASKED_THROUGH_ANOTHER),
    ]
