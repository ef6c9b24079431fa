"""What a change frees, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Cause, Freed, Segment, Visit, VisitState
from domain.freed_time import diff, diff_day, occupation
from domain.policy import PracticePolicy
from domain.ranges import TimeRange
from tests.domain.build import ANA, HERE, at, block, day, during, minutes, segment, shift, visit

BEN = 12
NOW = at("2026-11-24 09:00")
POLICY = PracticePolicy()
BEFORE = visit(segment(during("2026-11-24 14:00", "2026-11-24 14:30"), after=15))


def changed(visit_before: Visit, *, state: VisitState, segments: tuple[Segment, ...] | None = None) -> Visit:
    return visit(*(segments or visit_before.segments), state=state)


def freed(stretch: TimeRange, cause: Cause, *, provider_id: int = ANA, appointment_id: int | None = 1) -> Freed:
    return Freed(location_id=HERE, provider_id=provider_id, during=stretch, cause=cause, appointment_id=appointment_id)


def diff_of(after: Visit | None, *, before: Visit | None = BEFORE, now: datetime = NOW) -> tuple[Freed, ...]:
    return diff(before=before, after=after, now=now, policy=POLICY)


def test_a_cancellation_frees_the_visit_with_its_buffers() -> None:
    found = diff_of(changed(BEFORE, state=VisitState.CANCELLED))

    assert found == (freed(during("2026-11-24 14:00", "2026-11-24 14:45"), Cause.CANCELLATION),)


def test_a_cancellation_in_the_middle_frees_what_is_left() -> None:
    found = diff_of(changed(BEFORE, state=VisitState.CANCELLED), now=at("2026-11-24 14:10"))

    assert found == (freed(during("2026-11-24 14:10", "2026-11-24 14:45"), Cause.CANCELLATION),)


def test_a_cancelled_visit_with_a_service_nobody_knows_frees_its_providers_time() -> None:
    before = visit(replace(BEFORE.segments[0], service_id=None, service_ref="service-2"))

    found = diff_of(changed(before, state=VisitState.CANCELLED), before=before)

    assert found == (freed(during("2026-11-24 14:00", "2026-11-24 14:45"), Cause.CANCELLATION),)


def test_time_that_was_perhaps_anybodys_is_freed_for_nobody() -> None:
    before = visit(replace(BEFORE.segments[0], provider_id=None, anybodys=True))

    assert diff_of(changed(before, state=VisitState.CANCELLED), before=before) == ()


def test_a_visit_that_is_perhaps_anybodys_now_frees_nothing_where_it_stands() -> None:
    after = visit(replace(BEFORE.segments[0], provider_id=None, anybodys=True))

    assert diff_of(after) == ()


def test_a_cancelled_visit_at_a_place_we_do_not_keep_frees_nothing() -> None:
    before = replace(BEFORE, location_id=None, location_ref="place-2")

    assert diff_of(replace(before, state=VisitState.CANCELLED), before=before) == ()


def test_a_row_that_could_not_be_read_frees_nothing_when_it_is_gone_and_takes_its_time_while_it_is_there() -> None:
    unread = replace(block(during("2026-11-24 14:00", "2026-11-24 15:00")), unread=True)
    hours = (shift(during("2026-11-24 09:00", "2026-11-24 17:00")),)
    plain = day(blocks=(replace(unread, unread=False),), shifts=hours)

    assert diff_day(before=day(blocks=(unread,), shifts=hours), after=day(shifts=hours), now=NOW) == ()
    assert diff_day(before=plain, after=day(blocks=(unread,), shifts=hours), now=NOW) == ()


def test_the_past_frees_nothing() -> None:
    assert diff_of(changed(BEFORE, state=VisitState.CANCELLED), now=at("2026-11-24 14:45")) == ()


def test_an_early_no_show_frees_the_rest_and_a_late_one_nothing() -> None:
    missed = changed(BEFORE, state=VisitState.NO_SHOW)

    assert diff_of(missed, now=at("2026-11-24 14:15")) == (
        freed(during("2026-11-24 14:15", "2026-11-24 14:45"), Cause.NO_SHOW),
    )
    assert diff_of(missed, now=at("2026-11-24 14:16")) == ()


def test_a_merged_or_mistaken_visit_frees_nothing() -> None:
    for state in (VisitState.VOID, VisitState.GONE, VisitState.UNREAD):
        assert diff_of(changed(BEFORE, state=state)) == ()
    assert diff_of(None) == ()


def test_what_was_not_occupied_cannot_be_freed() -> None:
    for state in (VisitState.CANCELLED, VisitState.NO_SHOW, VisitState.UNREAD, VisitState.VOID):
        assert diff_of(changed(BEFORE, state=VisitState.CANCELLED), before=changed(BEFORE, state=state)) == ()
    assert diff_of(BEFORE, before=None) == ()


def test_a_move_frees_only_what_the_new_time_does_not_cover() -> None:
    later = changed(
        BEFORE,
        state=VisitState.BOOKED,
        segments=(segment(during("2026-11-24 14:30", "2026-11-24 15:00"), after=15),),
    )

    assert diff_of(later) == (freed(during("2026-11-24 14:00", "2026-11-24 14:30"), Cause.MOVE),)


def test_a_change_of_provider_frees_the_first_ones_time() -> None:
    other = changed(
        BEFORE,
        state=VisitState.BOOKED,
        segments=(segment(during("2026-11-24 14:00", "2026-11-24 14:30"), after=15, provider_id=BEN),),
    )

    assert diff_of(other) == (freed(during("2026-11-24 14:00", "2026-11-24 14:45"), Cause.MOVE),)


def test_a_confirmation_frees_nothing() -> None:
    assert diff_of(changed(BEFORE, state=VisitState.CONFIRMED)) == ()


def test_a_visit_of_several_providers_opens_several_and_one_providers_segments_merge() -> None:
    combination = visit(
        segment(during("2026-11-24 14:00", "2026-11-24 14:30")),
        segment(during("2026-11-24 14:40", "2026-11-24 15:00")),
        segment(during("2026-11-24 15:10", "2026-11-24 15:40"), provider_id=BEN),
    )

    assert diff_of(changed(combination, state=VisitState.CANCELLED), before=combination) == (
        freed(during("2026-11-24 14:00", "2026-11-24 15:00"), Cause.CANCELLATION),
        freed(during("2026-11-24 15:10", "2026-11-24 15:40"), Cause.CANCELLATION, provider_id=BEN),
    )


def test_segments_parted_by_another_provider_stay_apart() -> None:
    sandwich = visit(
        segment(during("2026-11-24 14:00", "2026-11-24 14:30")),
        segment(during("2026-11-24 14:30", "2026-11-24 14:35"), provider_id=BEN),
        segment(during("2026-11-24 14:35", "2026-11-24 15:00")),
    )

    assert [one.during for one in diff_of(changed(sandwich, state=VisitState.CANCELLED), before=sandwich)] == [
        during("2026-11-24 14:00", "2026-11-24 14:30"),
        during("2026-11-24 14:35", "2026-11-24 15:00"),
        during("2026-11-24 14:30", "2026-11-24 14:35"),
    ]


START = at("2026-11-24 10:00")


@st.composite
def any_visit(draw: st.DrawFn) -> Visit:
    count = draw(st.integers(1, 3))
    return visit(
        *(
            segment(
                TimeRange(
                    start := START + minutes(5 * draw(st.integers(0, 30))),
                    start + minutes(5 * draw(st.integers(1, 12))),
                ),
                provider_id=draw(st.sampled_from((ANA, BEN))),
                before=draw(st.sampled_from((0, 5))),
                after=draw(st.sampled_from((0, 15))),
            )
            for _ in range(count)
        )
    )


def minutes_of(visit_: Visit) -> set[tuple[int, datetime]]:
    """Every minute the visit takes of a provider; taken from its occupation, whose own rule is tested above."""
    return {
        (provider, one)
        for provider, stretches in occupation(visit=visit_, policy=POLICY).items()
        for stretch in stretches
        for one in ticks(stretch)
    }


def ticks(stretch: TimeRange) -> list[datetime]:
    return [stretch.start + minutes(count) for count in range(int(stretch.length / minutes(1)))]


@settings(max_examples=300, deadline=None)
@given(any_visit(), any_visit(), st.integers(-60, 300))
def test_freed_and_new_together_are_the_old_that_lies_ahead(before: Visit, after: Visit, minute: int) -> None:
    now = START + minutes(minute)

    found = diff(before=before, after=after, now=now, policy=POLICY)

    free = [(one.provider_id, tick) for one in found for tick in ticks(one.during)]
    ahead = {(provider, tick) for provider, tick in minutes_of(before) if tick >= now}
    assert len(free) == len(set(free))
    assert set(free) == ahead - minutes_of(after)


@settings(max_examples=200, deadline=None)
@given(any_visit())
def test_an_occupation_holds_every_segment_and_adds_no_more_than_gaps(visit_: Visit) -> None:
    taken = minutes_of(visit_)
    own = {(one.provider_id, tick) for one in visit_.segments for tick in ticks(one.occupied)}

    assert own <= taken
    assert len(taken - own) <= (len(visit_.segments) - 1) * (POLICY.buffers.between_services / minutes(1))


def test_a_block_taken_away_frees_what_visits_and_shifts_leave() -> None:
    found = diff_day(
        before=day(blocks=(block(during("2026-11-24 12:00", "2026-11-24 14:00")),)),
        after=day(
            visits=(visit(segment(during("2026-11-24 12:30", "2026-11-24 13:00"))),),
            shifts=(shift(during("2026-11-24 09:00", "2026-11-24 13:30")),),
        ),
        now=NOW,
    )

    assert found == (
        freed(during("2026-11-24 12:00", "2026-11-24 12:30"), Cause.BLOCK_REMOVED, appointment_id=None),
        freed(during("2026-11-24 13:00", "2026-11-24 13:30"), Cause.BLOCK_REMOVED, appointment_id=None),
    )


def test_a_shortened_block_frees_its_end() -> None:
    found = diff_day(
        before=day(blocks=(block(during("2026-11-24 12:00", "2026-11-24 14:00")),)),
        after=day(blocks=(block(during("2026-11-24 12:00", "2026-11-24 13:00")),)),
        now=NOW,
    )

    assert found == (freed(during("2026-11-24 13:00", "2026-11-24 14:00"), Cause.BLOCK_REMOVED, appointment_id=None),)


def test_a_longer_shift_frees_what_was_added() -> None:
    found = diff_day(
        before=day(shifts=(shift(during("2026-11-24 09:00", "2026-11-24 13:00")),)),
        after=day(
            shifts=(shift(during("2026-11-24 09:00", "2026-11-24 16:00")),),
            blocks=(block(during("2026-11-24 15:00", "2026-11-24 17:00")),),
        ),
        now=NOW,
    )

    assert found == (freed(during("2026-11-24 13:00", "2026-11-24 15:00"), Cause.SHIFT_ADDED, appointment_id=None),)


def test_the_first_sight_of_a_roster_adds_no_hours() -> None:
    roster = day(shifts=(shift(during("2026-11-24 09:00", "2026-11-24 13:00")),))

    assert diff_day(before=day(), after=roster, now=NOW) == ()


def test_a_block_inside_a_new_shift_is_freed_once() -> None:
    found = diff_day(
        before=day(
            shifts=(shift(during("2026-11-24 09:00", "2026-11-24 12:00")),),
            blocks=(block(during("2026-11-24 11:00", "2026-11-24 13:00")),),
        ),
        after=day(shifts=(shift(during("2026-11-24 09:00", "2026-11-24 14:00")),)),
        now=at("2026-11-24 11:30"),
    )

    assert [(one.during, one.cause) for one in found] == [
        (during("2026-11-24 11:30", "2026-11-24 12:00"), Cause.BLOCK_REMOVED),
        (during("2026-11-24 12:00", "2026-11-24 14:00"), Cause.SHIFT_ADDED),
    ]


def test_an_unchanged_day_frees_nothing() -> None:
    same = day(
        blocks=(block(during("2026-11-24 12:00", "2026-11-24 14:00")),),
        shifts=(shift(during("2026-11-24 09:00", "2026-11-24 16:00")),),
    )

    assert diff_day(before=same, after=same, now=NOW - timedelta(days=1)) == ()
