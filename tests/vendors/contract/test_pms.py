"""What every PMS adapter does, against its vendor's sandbox over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.vendors.contract.pms_bench import PmsBench, unpriced
from tests.vendors.socket_server import closed_port, dripping, serving
from vendors.errors import (
    Ambiguous,
    Misconfigured,
    NotSent,
    RateLimited,
    Refused,
    SlotTaken,
    Unauthorised,
    Unreachable,
    VendorError,
)
from vendors.pms.base import NewVisit, PmsAppointment, PmsBlock, PmsDay, PmsEvent, PmsSegment, PmsShift, PmsState

_DRIPPED = b"HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n" + b" " * 58 + b"{}"


def _visit(bench: PmsBench, *, hour: int = 14) -> NewVisit:
    """An hour with Ann that is free."""
    world = bench.world
    return world.visit(world.segment(world.hour, world.ann, world.at(hour), world.at(hour + 1)))


def _found(bench: PmsBench, visit: NewVisit) -> tuple[PmsAppointment, ...]:
    return bench.connect().find(
        location_ref=visit.location_ref,
        client_ref=visit.client_ref,
        start=visit.segments[0].start,
        segments=visit.segments,
    )


def _day(bench: PmsBench, *providers: str, days_later: int = 0) -> PmsDay:
    world = bench.world
    return bench.connect().read_day(
        location_ref=world.location,
        provider_refs=providers or (world.ann, world.bea),
        day=world.day + timedelta(days=days_later),
        zone=world.zone,
    )


def test_a_standing_visit_is_read_as_it_is(bench: PmsBench) -> None:
    world = bench.world

    visit = bench.connect().fetch(appointment_ref=world.standing)

    assert visit is not None
    assert replace(visit, created_at=None, segments=unpriced(visit.segments)) == PmsAppointment(
        ref=world.standing,
        location_ref=world.location,
        client_ref=world.mia,
        state=PmsState.BOOKED,
        start=world.at(10).astimezone(UTC),
        end=world.at(11).astimezone(UTC),
        segments=(world.segment(world.hour, world.ann, world.at(10), world.at(11)),),
    )


def test_what_the_pms_does_not_know_is_none(bench: PmsBench) -> None:
    nobody = bench.world.standing.replace("41", "99")
    client = bench.world.mia.replace("21", "99")

    assert (bench.connect().fetch(appointment_ref=nobody), bench.connect().fetch_client(client_ref=client)) == (
        None,
        None,
    )


def test_a_client_comes_with_their_consent(bench: PmsBench) -> None:
    mia = bench.connect().fetch_client(client_ref=bench.world.mia)
    noa = bench.connect().fetch_client(client_ref=bench.world.noa)

    assert mia is not None
    assert (mia.first_name, mia.last_name, mia.email, mia.phone) == ("Mia", "Poe", "mia@example.com", "+13035550121")
    assert (mia.marketing_sms, mia.marketing_email) == (True, False)
    assert noa is not None
    assert (noa.email, noa.phone, noa.marketing_sms) == (None, None, None)


def test_a_day_holds_visits_blocks_and_shifts_of_the_providers_asked_for(bench: PmsBench) -> None:
    world = bench.world

    day = _day(bench)

    assert [visit.ref for visit in day.appointments] == [world.standing]
    assert [replace(block, ref="") for block in day.blocks] == [
        PmsBlock(ref="", provider_ref=world.ann, start=world.at(12), end=world.at(13))
    ]
    assert set(day.shifts) == {
        PmsShift(provider_ref=world.ann, start=world.at(9), end=world.at(17)),
        PmsShift(provider_ref=world.bea, start=world.at(10), end=world.at(14)),
    }


def test_another_providers_day_and_the_next_day_are_separate(bench: PmsBench) -> None:
    bea, tomorrow = _day(bench, bench.world.bea), _day(bench, bench.world.ann, days_later=1)

    assert (bea.appointments, bea.blocks, len(bea.shifts)) == ((), (), 1)
    assert (tomorrow.appointments, tomorrow.blocks, len(tomorrow.shifts)) == ((), (), 1)


def test_a_booked_visit_is_on_the_day_and_found_again(bench: PmsBench) -> None:
    visit = _visit(bench)

    booked = bench.connect().book(visit)

    assert (booked.client_ref, booked.state, unpriced(booked.segments)) == (
        visit.client_ref,
        PmsState.BOOKED,
        visit.segments,
    )
    assert [found.ref for found in _found(bench, visit)] == [booked.ref]
    assert booked.ref in [each.ref for each in _day(bench).appointments]


def test_a_visit_of_two_services_follows_one_another(bench: PmsBench) -> None:
    world = bench.world
    segments = (
        world.segment(world.half, world.bea, world.at(13), world.at(13, 30)),
        world.segment(world.hour, world.ann, world.at(13, 30), world.at(14, 30)),
    )

    booked = bench.connect().book(world.visit(*segments))

    assert (booked.start, booked.end, unpriced(booked.segments)) == (world.at(13), world.at(14, 30), segments)
    assert [found.ref for found in _found(bench, world.visit(*segments))] == [booked.ref]


def test_a_taken_time_is_refused_with_nothing_written(bench: PmsBench) -> None:
    before = _day(bench)

    with pytest.raises(SlotTaken):
        bench.connect().book(_visit(bench, hour=10))

    assert _day(bench) == before


def test_a_taken_second_service_leaves_nothing_of_the_first(bench: PmsBench) -> None:
    world = bench.world
    before = _day(bench)

    with pytest.raises(SlotTaken):
        bench.connect().book(
            world.visit(
                world.segment(world.half, world.ann, world.at(9, 30), world.at(10)),
                world.segment(world.hour, world.ann, world.at(10), world.at(11)),
            )
        )

    assert _day(bench) == before


def test_only_the_very_same_visit_is_found(bench: PmsBench) -> None:
    world = bench.world
    visit = _visit(bench)
    bench.connect().book(visit)
    segment = visit.segments[0]

    others = [
        replace(visit, client_ref=world.mia),
        replace(visit, segments=(replace(segment, service_ref=world.half),)),
        replace(visit, segments=(replace(segment, provider_ref=world.bea),)),
        replace(visit, segments=(replace(segment, start=segment.start + timedelta(minutes=15)),)),
        replace(visit, segments=(segment, segment)),
    ]

    assert [_found(bench, other) for other in others] == [()] * len(others)


def test_a_lost_answer_to_the_commit_is_ambiguous_and_then_found(bench: PmsBench) -> None:
    visit = _visit(bench)
    bench.sandbox.fault(bench.operations["commit"], "commit_then_timeout", seconds=0.2)

    with pytest.raises(Ambiguous):
        bench.connect().book(visit)

    assert len(_found(bench, visit)) == 1


def test_a_commit_that_is_never_answered_ends_as_ambiguous(bench: PmsBench) -> None:
    visit = _visit(bench)
    bench.sandbox.fault(bench.operations["commit"], "hold_after", seconds=60)

    with pytest.raises(Ambiguous):
        bench.connect(call_seconds=1.5).book(visit)

    bench.sandbox.control("release")
    assert len(_found(bench, visit)) == 1


def test_a_commit_that_did_not_arrive_is_ambiguous_and_not_found(bench: PmsBench) -> None:
    visit = _visit(bench)
    bench.sandbox.fault(bench.operations["commit"], "drop")

    with pytest.raises(Ambiguous):
        bench.connect().book(visit)

    assert _found(bench, visit) == ()


def test_a_lost_answer_before_the_commit_is_harmless(bench: PmsBench) -> None:
    if "draft" not in bench.operations:
        pytest.skip("this PMS books in one call")
    visit = _visit(bench)
    bench.sandbox.fault(bench.operations["draft"], "commit_then_timeout", seconds=0.2)

    with pytest.raises(NotSent):
        bench.connect().book(visit)

    assert _found(bench, visit) == ()
    assert bench.connect().book(visit).state is PmsState.BOOKED


def test_too_many_requests_are_told_in_every_style_and_do_nothing(bench: PmsBench) -> None:
    visit = _visit(bench)

    for style in bench.rate_limit_styles:
        for step in bench.operations:
            bench.rate_limit(step, style)
            with pytest.raises(RateLimited) as caught:
                if step == "read":
                    bench.connect().fetch(appointment_ref=bench.world.standing)
                else:
                    bench.connect().book(visit)
            assert caught.value.retry_after > timedelta(0)

    assert _found(bench, visit) == ()


def test_an_outage_of_reads_is_unreachable_and_passes(bench: PmsBench) -> None:
    bench.sandbox.fault("*", "outage", times=None)

    with pytest.raises(Unreachable):
        bench.connect().fetch(appointment_ref=bench.world.standing)
    bench.sandbox.heal()

    assert bench.connect().fetch(appointment_ref=bench.world.standing) is not None


def test_an_outage_of_the_commit_is_ambiguous(bench: PmsBench) -> None:
    bench.sandbox.fault(bench.operations["commit"], "outage", times=None)

    with pytest.raises(Ambiguous):
        bench.connect().book(_visit(bench))


def test_nobody_there_is_unreachable_even_for_a_booking(bench: PmsBench) -> None:
    with pytest.raises(Unreachable):
        bench.connect(url=closed_port()).book(_visit(bench))


def test_a_dripping_server_is_left_in_time(bench: PmsBench) -> None:
    with serving(dripping(_DRIPPED, every=0.1)) as url, pytest.raises(VendorError):
        bench.connect(url=url, call_seconds=0.5).fetch(appointment_ref=bench.world.standing)


def test_wrong_credentials_need_a_person(bench: PmsBench) -> None:
    with pytest.raises(Misconfigured):
        bench.connect(secret="d3Jvbmc=").fetch(appointment_ref=bench.world.standing)


@pytest.mark.parametrize(("void", "state"), [(True, PmsState.VOID), (False, PmsState.CANCELLED)])
def test_a_cancelled_visit_frees_its_time(bench: PmsBench, void: bool, state: PmsState) -> None:
    pms = bench.connect()
    booked = pms.book(_visit(bench))

    pms.cancel(appointment_ref=booked.ref, quietly=True, void=void)

    cancelled = pms.fetch(appointment_ref=booked.ref)
    assert cancelled is not None
    assert cancelled.state is state
    assert booked.ref not in [visit.ref for visit in _day(bench).appointments]
    assert _found(bench, _visit(bench)) == ()
    assert pms.book(_visit(bench)).ref != booked.ref


def test_cancelling_what_is_not_there_is_refused(bench: PmsBench) -> None:
    with pytest.raises(Refused):
        bench.connect().cancel(appointment_ref=bench.world.standing.replace("41", "99"), quietly=True, void=False)


def test_a_confirmed_visit_says_so(bench: PmsBench) -> None:
    bench.connect().confirm(appointment_ref=bench.world.standing)

    visit = bench.connect().fetch(appointment_ref=bench.world.standing)
    assert visit is not None
    assert visit.state is PmsState.CONFIRMED


def test_a_no_show_is_told_from_a_cancellation(bench: PmsBench) -> None:
    bench.no_show(bench.world.standing)

    visit = bench.connect().fetch(appointment_ref=bench.world.standing)
    assert visit is not None
    assert visit.state is PmsState.NO_SHOW


def test_what_staff_do_arrives_as_a_signed_hint(bench: PmsBench) -> None:
    bench.cancelled_by_staff(bench.world.standing)

    call = bench.next_webhook()
    while (event := _read(bench, call.headers, call.body)).appointment_ref is None:
        call = bench.next_webhook()

    assert event.appointment_ref == bench.world.standing
    with pytest.raises(Unauthorised):
        _read(bench, call.headers, call.body + b" ")


def test_a_naive_start_is_our_own_mistake(bench: PmsBench) -> None:
    visit = _visit(bench)
    naive = PmsSegment(
        service_ref=bench.world.hour,
        provider_ref=bench.world.ann,
        start=datetime(2026, 3, 4, 14, 0),  # noqa: DTZ001  # the point of the test
        end=datetime(2026, 3, 4, 15, 0),  # noqa: DTZ001
    )

    with pytest.raises(ValueError, match="time zone"):
        bench.connect().book(replace(visit, segments=(naive,)))


def _read(bench: PmsBench, headers: dict[str, str], body: bytes) -> PmsEvent:
    return bench.webhooks.verify_and_parse(headers=headers, body=body, now=datetime.now(UTC))
