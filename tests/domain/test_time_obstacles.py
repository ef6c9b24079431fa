"""What stands in the way of a stretch of time itself, and the nearest one that is free."""

from __future__ import annotations

from domain.calendar import Day, VisitState
from domain.catalogue import Credential, Matrix
from domain.policy import PracticePolicy
from domain.ranges import TimeRange
from domain.rejections import Rule
from domain.time_obstacles import Obstacle, nearest_free, what_stands_in_the_way
from tests.domain.build import (
    FILLER,
    INJECTION,
    at,
    block,
    consult,
    day,
    device,
    during,
    matrix,
    provider,
    room,
    segment,
    service,
    shift,
    slot,
    visit,
)

NOW = at("2026-11-24 08:00")
ASKED = during("2026-11-24 14:00", "2026-11-24 15:00")
WORKDAY = shift(during("2026-11-24 09:00", "2026-11-24 17:00"))


def obstacles(
    known: Day, *, asked: TimeRange = ASKED, clinic: Matrix | None = None, now: str = "2026-11-24 08:00"
) -> list[tuple[Rule, str]]:
    found = _asked(known, asked=asked, clinic=clinic, now=now)
    return [(one.rule, one.words) for one in found]


def _asked(known: Day, *, asked: TimeRange, clinic: Matrix | None, now: str) -> tuple[Obstacle, ...]:
    return what_stands_in_the_way(
        slot=slot(asked), matrix=clinic or matrix(), day=known, candidates=1, now=at(now), policy=PracticePolicy()
    )


def nearest(known: Day, *, asked: TimeRange = ASKED, now: str = "2026-11-24 08:00") -> TimeRange | None:
    return nearest_free(slot=slot(asked), matrix=matrix(), day=known, now=at(now), policy=PracticePolicy())


def test_nothing_stands_in_the_way_of_a_free_stretch() -> None:
    assert obstacles(day(shifts=(WORKDAY,))) == []


def test_a_booked_provider_is_named_with_reference_and_time_and_no_client() -> None:
    booked = visit(segment(during("2026-11-24 14:00", "2026-11-24 15:00")), appointment_id=4711)

    found = _asked(day(visits=(booked,)), asked=ASKED, clinic=None, now="2026-11-24 08:00")

    assert found[0] == Obstacle(
        rule=Rule.PROVIDER_BUSY,
        words="Ana Lee, NP has booking 4711 then, from 2:00 PM to 3:00 PM.",
        during=ASKED,
        appointment_id=4711,
    )


def test_a_buffer_alone_that_reaches_into_the_stretch_is_said() -> None:
    before = visit(segment(during("2026-11-24 13:00", "2026-11-24 14:00"), after=15), appointment_id=7)

    assert obstacles(day(visits=(before,))) == [
        (
            Rule.PROVIDER_BUSY,
            "Ana Lee, NP has booking 7 then, from 1:00 PM to 2:00 PM; its buffers take 1:00 PM to 2:15 PM.",
        )
    ]


def test_a_cancelled_visit_and_another_provider_s_stand_in_nobody_s_way() -> None:
    gone = visit(segment(ASKED), state=VisitState.CANCELLED)
    other = visit(segment(ASKED, provider_id=12), appointment_id=2)

    assert obstacles(day(visits=(gone, other)), clinic=matrix(rooms=(room(), room(202)))) == []


def test_a_block_and_a_hold_are_told_apart_from_a_booking() -> None:
    blocked = block(during("2026-11-24 14:00", "2026-11-24 14:15"))
    held = segment(during("2026-11-24 14:15", "2026-11-24 14:30"))

    assert obstacles(day(blocks=(blocked,), holds=(held,))) == [
        (Rule.PROVIDER_BUSY, "Ana Lee, NP is blocked in the calendar from 2:00 PM to 2:15 PM."),
        (Rule.PROVIDER_BUSY, "Ana Lee, NP is held from 2:15 PM to 2:30 PM for a client who is being booked."),
    ]


def test_a_stretch_outside_of_the_shift_says_when_the_provider_works() -> None:
    late = during("2026-11-24 16:30", "2026-11-24 17:30")

    assert obstacles(day(shifts=(WORKDAY,)), asked=late) == [
        (Rule.OUTSIDE_SHIFT, "Ana Lee, NP works from 9:00 AM to 5:00 PM that day.")
    ]


def test_a_day_off_is_said() -> None:
    tomorrow = shift(during("2026-11-25 09:00", "2026-11-25 17:00"))

    assert obstacles(day(shifts=(tomorrow,))) == [
        (Rule.OUTSIDE_SHIFT, "Ana Lee, NP does not work that day."),
        (Rule.NOTHING_FITS, "No service fits: none that this provider may give has time, a room and a device."),
    ]


def test_unknown_shifts_stand_in_nobody_s_way() -> None:
    assert obstacles(day()) == []


def test_a_stretch_that_is_past_is_said_and_nothing_else() -> None:
    booked = visit(segment(ASKED))

    assert obstacles(day(visits=(booked,)), now="2026-11-24 16:00") == [
        (Rule.PAST, "It is past: it is Tue Nov 24, 4:00 PM there now.")
    ]


def test_the_part_of_a_stretch_that_is_past_is_said() -> None:
    long = during("2026-11-24 08:00", "2026-11-24 17:00")

    assert obstacles(day(), asked=long, now="2026-11-24 10:00") == [
        (Rule.PAST, "The part until 10:00 AM is past."),
    ]


def test_a_room_that_is_taken_is_named_for_the_services_that_need_it() -> None:
    taken = visit(segment(ASKED, provider_id=12, room_id=201), appointment_id=5)

    found = obstacles(day(visits=(taken,)), clinic=matrix(services=(service(), service(FILLER, name="Filler"))))

    assert found == [
        (Rule.ROOM_BUSY, "No standard room is free for Neuromodulator injection then."),
        (Rule.ROOM_BUSY, "No standard room is free for Filler then."),
        (Rule.NOTHING_FITS, "No service fits: none that this provider may give has time, a room and a device."),
    ]


def test_a_room_is_called_a_room_however_the_practice_writes_its_kind() -> None:
    clinic = matrix(services=(service(room_kind="laser"),), rooms=(room(kind="laser"),))
    taken = visit(segment(ASKED, provider_id=12, room_id=201))

    assert obstacles(day(visits=(taken,)), clinic=clinic)[0] == (
        Rule.ROOM_BUSY,
        "No laser room is free for Neuromodulator injection then.",
    )


def test_a_device_that_is_taken_is_named() -> None:
    clinic = matrix(services=(service(device_kind="laser"),), rooms=(room(), room(202)), devices=(device(),))
    taken = visit(segment(ASKED, provider_id=12, room_id=202, device_id=301))

    rules = [rule for rule, _ in obstacles(day(visits=(taken,)), clinic=clinic)]

    assert rules == [Rule.DEVICE_BUSY, Rule.NOTHING_FITS]


def test_an_expired_certificate_is_named_where_it_is_why_nothing_fits() -> None:
    lapsed = provider(
        service_ids=(INJECTION,), credentials=(Credential(kind="toxin", expires_on=at("2026-11-01").date()),)
    )
    clinic = matrix(services=(service(requires=(("toxin",),)), consult()), providers=(lapsed,))

    assert obstacles(day(), clinic=clinic)[0] == (
        Rule.CREDENTIAL_EXPIRED,
        "The toxin credential of Ana Lee, NP has expired by Nov 24.",
    )


def test_a_provider_without_any_service_is_said() -> None:
    clinic = matrix(providers=(provider(service_ids=()),))

    assert obstacles(day(), clinic=clinic)[0] == (
        Rule.PROVIDER_NOT_LISTED,
        "Ana Lee, NP is not listed for any service.",
    )


def test_a_stretch_too_far_away_for_a_fill_is_said() -> None:
    far = during("2027-02-24 14:00", "2027-02-24 15:00")

    assert [rule for rule, _ in obstacles(day(), asked=far)] == [Rule.HORIZON]


def test_an_empty_waitlist_is_said_where_nothing_else_stands_in_the_way() -> None:
    found = what_stands_in_the_way(
        slot=slot(ASKED), matrix=matrix(), day=day(), candidates=0, now=NOW, policy=PracticePolicy()
    )

    assert [one.rule for one in found] == [Rule.NO_CANDIDATE]


def test_the_nearest_free_stretch_is_the_one_with_the_smallest_distance() -> None:
    morning = visit(segment(during("2026-11-24 09:00", "2026-11-24 12:00")), appointment_id=1)
    booked = visit(segment(during("2026-11-24 13:00", "2026-11-24 15:30")), appointment_id=2)

    assert nearest(day(visits=(morning, booked), shifts=(WORKDAY,))) == during("2026-11-24 15:30", "2026-11-24 17:00")


def test_a_nearer_stretch_that_is_shorter_than_asked_comes_after_one_that_is_long_enough() -> None:
    booked = visit(segment(during("2026-11-24 11:00", "2026-11-24 16:15")))

    assert nearest(day(visits=(booked,), shifts=(WORKDAY,))) == during("2026-11-24 09:00", "2026-11-24 11:00")


def test_the_nearest_free_stretch_may_be_on_the_next_day() -> None:
    full = visit(segment(WORKDAY.during))
    tomorrow = shift(during("2026-11-25 09:00", "2026-11-25 17:00"))

    assert nearest(day(visits=(full,), shifts=(WORKDAY, tomorrow))) == tomorrow.during


def test_what_is_past_is_never_the_nearest() -> None:
    booked = visit(segment(during("2026-11-24 12:00", "2026-11-24 15:00")))

    found = nearest(day(visits=(booked,), shifts=(WORKDAY,)), now="2026-11-24 11:30")

    assert found == during("2026-11-24 15:00", "2026-11-24 17:00")


def test_none_is_named_where_the_shifts_are_not_known() -> None:
    assert nearest(day(visits=(visit(segment(ASKED)),))) is None


def test_none_is_named_where_no_room_is_free() -> None:
    taken = visit(segment(WORKDAY.during, provider_id=12, room_id=201))

    assert nearest(day(visits=(taken,), shifts=(WORKDAY,))) is None
