"""What an opening has to have for a service: a certified provider, a room, a device, and the time with its buffers."""

from __future__ import annotations

from datetime import date

from domain.calendar import Segment, VisitState
from domain.catalogue import Credential
from domain.matching import Fit, Rejection, Rule, eligible, free_stretches, services_that_fit
from domain.placing import with_places
from tests.domain.build import (
    CONSULT,
    FILLER,
    HERE,
    INJECTION,
    LASER,
    at,
    block,
    candidate,
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
)
from tests.domain.fits import POLICY, TWO, fit_of, rule_of, start_of


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
    assert isinstance(fit_of(candidate(), practice=matrix(rooms=(room(201), room(202))), on=day(visits=(other,))), Fit)


def test_room_and_device_are_chosen_when_the_visit_is_written() -> None:
    """Two fills of one moment rank the same way; the second to be written takes the room that is left."""
    practice = matrix(rooms=(room(201), room(202)))
    found = fit_of(candidate(), practice=practice)
    assert isinstance(found, Fit)
    assert [(one.room_id, one.device_id) for one in found.segments] == [(None, None)]

    def write(*holds: Segment) -> tuple[Segment, ...] | Rejection:
        return with_places(found.segments, matrix=practice, day=day(holds=holds), location_id=HERE)

    first = write()
    assert not isinstance(first, Rejection)
    second = write(*first)
    assert not isinstance(second, Rejection)
    assert [one.room_id for one in (*first, *second)] == [201, 202]
    third = write(*first, *second)
    assert isinstance(third, Rejection)
    assert third.rule is Rule.ROOM_BUSY


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
