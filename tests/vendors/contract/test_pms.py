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
    Unsupported,
    VendorError,
)
from vendors.pms.base import (
    NewClient,
    NewVisit,
    PmsAppointment,
    PmsBlock,
    PmsDay,
    PmsEvent,
    PmsSegment,
    PmsShift,
    PmsState,
    Takes,
)

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
    assert (mia.marketing_sms, mia.marketing_email) == bench.world.mia_consents
    assert noa is not None
    assert (noa.email, noa.phone, noa.marketing_sms) == (None, None, None)


def test_a_day_holds_visits_blocks_and_shifts_of_the_providers_asked_for(bench: PmsBench) -> None:
    world = bench.world

    shows = bench.connect().capabilities.shows
    lunch = PmsBlock(ref="", provider_ref=world.ann, start=world.at(12), end=world.at(13))
    at_work = {
        PmsShift(provider_ref=world.ann, start=world.at(9), end=world.at(17)),
        PmsShift(provider_ref=world.bea, start=world.at(10), end=world.at(14)),
    }

    day = _day(bench)

    assert [visit.ref for visit in day.appointments] == [world.standing]
    assert [replace(block, ref="") for block in day.blocks] == ([lunch] if shows.blocks else [])
    assert set(day.shifts) == (at_work if shows.shifts else set())
    assert day.unread == ()


def test_another_providers_day_and_the_next_day_are_separate(bench: PmsBench) -> None:
    shifts = 1 if bench.connect().capabilities.shows.shifts else 0

    bea, tomorrow = _day(bench, bench.world.bea), _day(bench, bench.world.ann, days_later=1)

    assert (bea.appointments, bea.blocks, len(bea.shifts)) == ((), (), shifts)
    assert (tomorrow.appointments, tomorrow.blocks, len(tomorrow.shifts)) == ((), (), shifts)


def test_a_booked_visit_is_on_the_day_and_found_again(writer: PmsBench) -> None:
    visit = _visit(writer)

    booked = writer.connect().book(visit)

    assert (booked.client_ref, booked.state, unpriced(booked.segments)) == (
        visit.client_ref,
        PmsState.BOOKED,
        visit.segments,
    )
    assert [found.ref for found in _found(writer, visit)] == [booked.ref]
    assert booked.ref in [each.ref for each in _day(writer).appointments]


def test_a_visit_of_two_services_follows_one_another(writer: PmsBench) -> None:
    world = writer.world
    segments = (
        world.segment(world.half, world.bea, world.at(13), world.at(13, 30)),
        world.segment(world.hour, world.ann, world.at(13, 30), world.at(14, 30)),
    )
    if not writer.connect().capabilities.shows.several_services_per_visit:
        before = _day(writer)
        with pytest.raises(Refused):
            writer.connect().book(world.visit(*segments))
        assert _day(writer) == before
        return

    booked = writer.connect().book(world.visit(*segments))

    assert (booked.start, booked.end, unpriced(booked.segments)) == (world.at(13), world.at(14, 30), segments)
    assert [found.ref for found in _found(writer, world.visit(*segments))] == [booked.ref]


def test_a_taken_time_is_refused_with_nothing_written(writer: PmsBench) -> None:
    before = _day(writer)

    with pytest.raises(SlotTaken):
        writer.connect().book(_visit(writer, hour=10))

    assert _day(writer) == before


def test_a_taken_second_service_leaves_nothing_of_the_first(writer: PmsBench) -> None:
    world = writer.world
    before = _day(writer)
    several = writer.connect().capabilities.shows.several_services_per_visit

    with pytest.raises(SlotTaken if several else Refused):
        writer.connect().book(
            world.visit(
                world.segment(world.half, world.ann, world.at(9, 30), world.at(10)),
                world.segment(world.hour, world.ann, world.at(10), world.at(11)),
            )
        )

    assert _day(writer) == before


def test_only_the_very_same_visit_is_found(writer: PmsBench) -> None:
    world = writer.world
    visit = _visit(writer)
    writer.connect().book(visit)
    segment = visit.segments[0]

    others = [
        replace(visit, client_ref=world.mia),
        replace(visit, segments=(replace(segment, service_ref=world.half),)),
        replace(visit, segments=(replace(segment, provider_ref=world.bea),)),
        replace(visit, segments=(replace(segment, start=segment.start + timedelta(minutes=15)),)),
        replace(visit, segments=(segment, segment)),
    ]

    assert [_found(writer, other) for other in others] == [()] * len(others)


def test_a_lost_answer_to_the_commit_is_ambiguous_and_then_found(writer: PmsBench) -> None:
    visit = _visit(writer)
    writer.sandbox.fault(writer.operations["commit"], "commit_then_timeout", seconds=0.2)

    with pytest.raises(Ambiguous):
        writer.connect().book(visit)

    assert len(_found(writer, visit)) == 1


def test_a_commit_that_is_never_answered_ends_as_ambiguous(writer: PmsBench) -> None:
    visit = _visit(writer)
    writer.sandbox.fault(writer.operations["commit"], "hold_after", seconds=60)

    with pytest.raises(Ambiguous):
        writer.connect(call_seconds=1.5).book(visit)

    writer.sandbox.control("release")
    assert len(_found(writer, visit)) == 1


def test_a_commit_that_did_not_arrive_is_ambiguous_and_not_found(writer: PmsBench) -> None:
    visit = _visit(writer)
    writer.sandbox.fault(writer.operations["commit"], "drop")

    with pytest.raises(Ambiguous):
        writer.connect().book(visit)

    assert _found(writer, visit) == ()


def test_a_lost_answer_before_the_commit_is_harmless(writer: PmsBench) -> None:
    if "draft" not in writer.operations:
        pytest.skip("this PMS books in one call")
    visit = _visit(writer)
    writer.sandbox.fault(writer.operations["draft"], "commit_then_timeout", seconds=0.2)

    with pytest.raises(NotSent):
        writer.connect().book(visit)

    assert _found(writer, visit) == ()
    assert writer.connect().book(visit).state is PmsState.BOOKED


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


def test_what_a_pms_takes_no_booking_for_is_said_before_it_is_asked(reader: PmsBench) -> None:
    pms, standing = reader.connect(), reader.world.standing
    asked = len(reader.sandbox.ledger("request"))

    assert pms.capabilities.takes == Takes()
    with pytest.raises(Unsupported):
        pms.book(_visit(reader))
    with pytest.raises(Unsupported):
        pms.cancel(appointment_ref=standing, quietly=True, void=False)
    with pytest.raises(Unsupported):
        pms.confirm(appointment_ref=standing)

    assert len(reader.sandbox.ledger("request")) == asked


def test_what_a_person_types_is_found(reader: PmsBench) -> None:
    visit = _visit(reader)
    [segment] = visit.segments
    services = [{"service": segment.service_ref, "staff": segment.provider_ref}]

    reader.sandbox.control(
        "staff/book",
        client=visit.client_ref,
        location=visit.location_ref,
        start=segment.start.isoformat(),
        services=services,
    )

    assert [found.state for found in _found(reader, visit)] == [PmsState.BOOKED]
    assert _found(reader, replace(visit, client_ref=reader.world.mia)) == ()


def test_an_outage_of_reads_is_unreachable_and_passes(bench: PmsBench) -> None:
    bench.sandbox.fault("*", "outage", times=None)

    with pytest.raises(Unreachable):
        bench.connect().fetch(appointment_ref=bench.world.standing)
    bench.sandbox.heal()

    assert bench.connect().fetch(appointment_ref=bench.world.standing) is not None


def test_an_outage_of_the_commit_is_ambiguous(writer: PmsBench) -> None:
    writer.sandbox.fault(writer.operations["commit"], "outage", times=None)

    with pytest.raises(Ambiguous):
        writer.connect().book(_visit(writer))


def test_nobody_there_is_unreachable_even_for_a_booking(writer: PmsBench) -> None:
    with pytest.raises(Unreachable):
        writer.connect(url=closed_port()).book(_visit(writer))


def test_a_dripping_server_is_left_in_time(bench: PmsBench) -> None:
    with serving(dripping(_DRIPPED, every=0.1)) as url, pytest.raises(VendorError):
        bench.connect(url=url, call_seconds=0.5).fetch(appointment_ref=bench.world.standing)


def test_wrong_credentials_need_a_person(bench: PmsBench) -> None:
    with pytest.raises(Misconfigured):
        bench.connect(secret="d3Jvbmc=").fetch(appointment_ref=bench.world.standing)


@pytest.mark.parametrize(("void", "state"), [(True, PmsState.VOID), (False, PmsState.CANCELLED)])
def test_a_cancelled_visit_frees_its_time(writer: PmsBench, void: bool, state: PmsState) -> None:
    pms = writer.connect()
    booked = pms.book(_visit(writer))

    pms.cancel(appointment_ref=booked.ref, quietly=True, void=void)

    cancelled = pms.fetch(appointment_ref=booked.ref)
    assert cancelled is not None
    assert cancelled.state is state
    assert booked.ref not in [visit.ref for visit in _day(writer).appointments]
    assert _found(writer, _visit(writer)) == ()
    assert pms.book(_visit(writer)).ref != booked.ref


def test_cancelling_what_is_not_there_is_refused(writer: PmsBench) -> None:
    with pytest.raises(Refused):
        writer.connect().cancel(appointment_ref=writer.world.standing.replace("41", "99"), quietly=True, void=False)


def test_a_confirmed_visit_says_so(writer: PmsBench) -> None:
    writer.connect().confirm(appointment_ref=writer.world.standing)

    visit = writer.connect().fetch(appointment_ref=writer.world.standing)
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


def test_a_naive_start_is_our_own_mistake(writer: PmsBench) -> None:
    visit = _visit(writer)
    naive = PmsSegment(
        service_ref=writer.world.hour,
        provider_ref=writer.world.ann,
        start=datetime(2026, 3, 4, 14, 0),  # noqa: DTZ001  # the point of the test
        end=datetime(2026, 3, 4, 15, 0),  # noqa: DTZ001
    )

    with pytest.raises(ValueError, match="time zone"):
        writer.connect().book(replace(visit, segments=(naive,)))


def _read(bench: PmsBench, headers: dict[str, str], body: bytes) -> PmsEvent:
    return bench.webhooks.verify_and_parse(headers=headers, body=body, now=datetime.now(UTC))


def test_a_moved_visit_keeps_its_reference(bench: PmsBench) -> None:
    pms, world = bench.connect(), bench.world
    if not pms.capabilities.takes.move:
        pytest.skip("this PMS takes no move")
    later = world.segment(world.hour, world.ann, world.at(15), world.at(16))

    moved = pms.move(appointment_ref=world.standing, segments=(later,))

    assert (moved.ref, moved.start, unpriced(moved.segments)) == (world.standing, later.start, (later,))
    assert [visit.start for visit in _day(bench).appointments] == [later.start]


def test_a_visit_is_not_moved_onto_a_taken_time(bench: PmsBench) -> None:
    pms, world = bench.connect(), bench.world
    if not pms.capabilities.takes.move:
        pytest.skip("this PMS takes no move")
    before = _day(bench)

    with pytest.raises(SlotTaken):
        pms.move(
            appointment_ref=world.standing,
            segments=(world.segment(world.hour, world.ann, world.at(12), world.at(13)),),
        )

    assert _day(bench).appointments == before.appointments


def test_a_block_keeps_a_providers_time(bench: PmsBench) -> None:
    pms, world = bench.connect(), bench.world
    if not pms.capabilities.takes.block:
        pytest.skip("this PMS takes no blocks")

    pms.block(
        location_ref=world.location, provider_ref=world.bea, start=world.at(11), end=world.at(11, 30), title="Held"
    )

    assert [(one.start, one.end) for one in _day(bench, world.bea).blocks] == [(world.at(11), world.at(11, 30))]


def test_free_times_are_what_can_be_booked(bench: PmsBench) -> None:
    pms, world = bench.connect(), bench.world
    if not pms.capabilities.shows.free_times:
        pytest.skip("this PMS shows no free times")

    found = pms.free_times(
        location_ref=world.location,
        service_ref=world.hour,
        provider_ref=world.ann,
        start=world.at(0),
        end=world.at(23, 59),
        zone=world.zone,
    )

    starts = {each.start for each in found}
    assert {world.at(9), world.at(11), world.at(14), world.at(16)} <= starts
    assert not {world.at(8), world.at(10), world.at(10, 30), world.at(12), world.at(16, 30)} & starts


def test_changes_are_found_since_a_time(bench: PmsBench) -> None:
    pms, world = bench.connect(), bench.world
    if not pms.capabilities.shows.changes_since:
        pytest.skip("this PMS does not tell what changed")
    before = datetime.now(UTC)

    bench.cancelled_by_staff(world.standing)

    assert [(visit.ref, visit.state) for visit in pms.changes_since(before)] == [(world.standing, PmsState.CANCELLED)]
    assert pms.changes_since(datetime.now(UTC) + timedelta(minutes=1)) == ()


def test_the_catalogue_names_places_people_and_services(bench: PmsBench) -> None:
    pms, world = bench.connect(), bench.world
    if not pms.capabilities.shows.catalogue:
        pytest.skip("this PMS shows no catalogue")

    catalogue = pms.catalogue()

    assert (world.location, world.zone) in [(each.ref, each.zone) for each in catalogue.locations]
    assert {world.ann, world.bea} <= {each.ref for each in catalogue.providers}
    assert {(world.hour, timedelta(hours=1)), (world.half, timedelta(minutes=30))} <= {
        (each.ref, each.lasts) for each in catalogue.services
    }


def test_a_new_client_is_found_by_phone(bench: PmsBench) -> None:
    pms = bench.connect()
    if not pms.capabilities.takes.create_client:
        pytest.skip("this PMS takes no clients")

    ref = pms.create_client(NewClient(first_name="Ada", last_name="Moe", phone="+13035550177"))

    assert [each.ref for each in pms.find_clients(phone="+13035550177")] == [ref]


def test_nobody_is_added_who_may_be_there_already(bench: PmsBench) -> None:
    pms = bench.connect()
    if not pms.capabilities.takes.create_client:
        pytest.skip("this PMS takes no clients")

    with pytest.raises(Refused) as caught:
        pms.create_client(NewClient(first_name="Mia", last_name="Poe", email="mia@example.com", phone="+13035550121"))

    assert caught.value.code == "DUPLICATE"
