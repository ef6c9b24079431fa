"""Matching against a plain reference, and what must hold for every offer whatever the day looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, event, given, settings

from domain import fitting
from domain.matching import Candidate, Fit, Rejection, fit, rank
from domain.missing_pms_refs import what_lacks_reference
from domain.placing import Board, Placing, with_places
from tests.domain import reference
from tests.domain.random_practices import World, worlds

THOROUGH = settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@THOROUGH
@given(worlds(most_candidates=1))
def test_fit_is_safe_and_agrees_with_the_reference(world: World) -> None:
    facts = {"slot": world.slot, "matrix": world.matrix, "day": world.day, "now": world.now, "zone": world.zone}

    found = fit(candidate=world.candidates[0], policy=world.policy, **facts)  # type: ignore[arg-type]
    expected = reference.first_fit(candidate=world.candidates[0], policy=world.policy, **facts)  # type: ignore[arg-type]

    if isinstance(found, Fit):
        event("fits, by a consult" if found.consult_instead else f"fits with {len(found.segments)} segments")
        written = with_places(found.segments, matrix=world.matrix, day=world.day, location_id=world.slot.location_id)
        assert not isinstance(written, Rejection)
        got = (
            found.service_ids,
            found.start,
            found.consult_instead,
            tuple(segment.room_id for segment in written),
            tuple(segment.device_id for segment in written),
        )
        assert got == expected
        assert_safe(replace(found, segments=written), world.candidates[0], world)
    else:
        event(f"refused: {found.rule}")
        assert expected is None


def assert_safe(found: Fit, chosen: Candidate, world: World) -> None:
    """Said once more, rule by rule, without the reference's search."""
    taken = reference.live_segments(world.day)
    on = found.start.astimezone(ZoneInfo(world.zone)).date()
    assert world.slot.during.start <= found.start < found.end <= world.slot.during.end
    for segment in found.segments:
        service = world.matrix.service(segment.service_id)
        assert reference.may_give(world.matrix.provider(segment.provider_id), service, on)
        assert (segment.buffer_before, segment.buffer_after) == (service.buffer_before, service.buffer_after)
        for other in taken:
            overlap = segment.occupied.overlaps(other.occupied)
            assert not (overlap and other.provider_id == segment.provider_id)
            assert not (overlap and segment.room_id is not None and other.room_id == segment.room_id)
            assert not (overlap and segment.device_id is not None and other.device_id == segment.device_id)
        interval = service.earliest_interval or timedelta()
        for treatment in chosen.client.treatments:
            if treatment.kind == service.kind and treatment.on <= on:
                assert on - treatment.on >= interval
    for one, following in pairwise(found.segments):
        assert following.during.start - one.during.end >= world.policy.buffers.between_services
        assert not one.occupied.overlaps(following.occupied)
    tick = found.start
    while chosen.entry.windows and tick < found.end:
        assert reference.inside_a_window(tick, chosen, world.zone)
        tick += timedelta(minutes=5)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds(most_candidates=5))
def test_rank_is_the_sorted_list_of_who_fits(world: World) -> None:
    facts = {"slot": world.slot, "matrix": world.matrix, "day": world.day, "now": world.now, "zone": world.zone}

    ranking = rank(candidates=world.candidates, policy=world.policy, **facts)  # type: ignore[arg-type]
    backwards = rank(candidates=world.candidates[::-1], policy=world.policy, **facts)  # type: ignore[arg-type]

    fits = {
        one.entry.id: reference.first_fit(candidate=one, policy=world.policy, **facts)  # type: ignore[arg-type]
        for one in world.candidates
    }
    listed = [one.candidate.entry.id for one in ranking.ranked]
    assert ranking.ranked == backwards.ranked
    assert sorted([*listed, *(one.entry.id for one, _ in ranking.rejected)]) == sorted(fits)
    assert all(fits[one] is not None for one in listed)
    for one, rejection in ranking.rejected:
        assert (fits[one.entry.id] is None) != (rejection.rule == "asked_through_another")
    scores = [one.score for one in ranking.ranked]
    assert scores == sorted(scores, reverse=True)
    phones = [one.candidate.client.phone for one in ranking.ranked]
    assert len(set(phones)) == len(phones)
    for place in ranking.ranked:
        assert abs(sum(share for _, share in place.shares) - place.score) < 1e-5


@THOROUGH
@given(worlds(most_candidates=3))
def test_a_refusal_names_the_furthest_step_that_any_start_comes_to(world: World) -> None:
    """Start by start, as the rules are told; `fitting` looks at all starts of a step at once."""
    board = Board(
        slot=world.slot,
        matrix=world.matrix,
        day=world.day,
        zone=world.zone,
        policy=world.policy,
    )
    for candidate in world.candidates:
        for service_ids in {candidate.entry.service_ids, *((one,) for one in candidate.entry.service_ids)}:
            found = fitting._first_that_passes(
                board, candidate, service_ids, now=world.now, policy=world.policy, steps=fitting._STEPS
            )

            assert found == _start_by_start(board, candidate, service_ids, world)


def _start_by_start(
    board: Board, candidate: Candidate, service_ids: tuple[int, ...], world: World
) -> Placing | tuple[int, Rejection]:
    services = [board.services[one] for one in service_ids if one in board.services]
    placings = what_lacks_reference(*services) or board.placings(service_ids)
    if isinstance(placings, Rejection):
        return 0, placings
    facts = fitting._Facts(
        board=board, candidate=candidate, service_ids=service_ids, now=world.now, policy=world.policy.gap_fill
    )
    failures: list[tuple[int, Rejection]] = []
    for placing in placings:
        failed = next(
            (
                (number, Rejection(rule=step.rule, words=step.words))
                for number, step in enumerate(fitting._STEPS, start=1)
                if not step.keeps(facts, (placing,))
            ),
            None,
        )
        if failed is None:
            unprepared = fitting._needs_first(services, candidate.client, placing.on)
            if unprepared is None:
                return placing
            failed = fitting._UNPREPARED, unprepared
        failures.append(failed)
    return max(failures, key=lambda one: one[0])
