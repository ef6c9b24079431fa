""" "Who would fit 2 pm?" """

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import Staff
from api.dependencies import Deps
from api.fits import who_would_fit
from api.problems import Problem
from api.routes.shapes import LARGEST_ID, LONGEST_STRETCH, Moment, NoteShape
from domain.matching import Candidate, Ranked, Ranking, Rejection
from domain.ranges import TimeRange
from domain.time_obstacles import Obstacle
from models.repositories import client_notes, practices
from models.repositories.client_notes import Note

router = APIRouter(tags=["reading"])


class Fitting(BaseModel):
    """Somebody who fits, with each factor's share in the score: the reason for the place."""

    client_id: int
    name: str
    entry_id: int
    start: datetime
    end: datetime
    service_ids: list[int]
    consult_instead: bool
    score: float
    reasons: dict[str, float]
    #: They said YES twice in a row and somebody was faster: whatever the score, they are asked first, and alone.
    alone_first: bool = False
    notes: list[NoteShape] = Field(description="The latest that staff noted about them, newest first.")


class NotFitting(BaseModel):
    """Somebody who waits and does not fit, with the rule in the way."""

    client_id: int
    name: str
    entry_id: int
    rule: str
    words: str
    notes: list[NoteShape] = Field(description="The latest that staff noted about them, newest first.")


class InTheWay(BaseModel):
    """What refuses the time itself or a part of it, whoever would come. Names no client; `booking_id` leads to one."""

    provider_id: int
    rule: str
    words: str
    start: datetime | None = Field(default=None, description="With `end`: the part that is refused, if not all of it.")
    end: datetime | None = None
    booking_id: int | None = None


class FreeStretch(BaseModel):
    """A stretch the provider works and has free, with a room and a device for some service."""

    start: datetime
    end: datetime


class Fits(BaseModel):
    """Ranked, first to be asked first."""

    fitting: list[Fitting]
    not_fitting: list[NotFitting] = Field(
        description="Nearest misses first. Who waits for other dates, hours, providers or places, or may not be "
        "texted at all, is in neither list."
    )
    tie: bool = Field(description="VIPs with the same score stand first: a person chooses among them.")
    in_the_way: list[InTheWay] = Field(
        default_factory=list,
        description="Why the time is not free, or why nobody can be asked. Empty when all is well.",
    )
    nearest_free: FreeStretch | None = Field(
        default=None,
        description="Where the time is not wholly free: the provider's nearest that is, within a week, if shifts are "
        "known.",
    )


@router.get("/fits", summary="Who would fit a stretch of time, or what stands in its way; sends nothing")
def fits(
    caller: Staff,
    deps: Deps,
    location: Annotated[int, Query(ge=1, le=LARGEST_ID)],
    provider: Annotated[int, Query(ge=1, le=LARGEST_ID)],
    start: Annotated[Moment, Query(description="With its UTC offset.")],
    end: Annotated[Moment, Query(description="With its UTC offset, after `start` and at most twelve hours after it.")],
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Fits:
    if not start < end:
        raise Problem(422, "invalid", "end: must be after start.", field="end")
    if end - start > LONGEST_STRETCH:
        raise Problem(422, "invalid", "end: at most twelve hours after start.", field="end")
    with deps.database.transaction() as session:
        practice = practices.load(session, caller.practice_id)
        matrix = practices.matrix(session, caller.practice_id)
        if location not in {one.id for one in matrix.locations}:
            raise Problem(422, "invalid", "location: no such location.", field="location")
        if not any(one.id == provider and location in one.location_ids for one in matrix.providers):
            raise Problem(422, "invalid", "provider: no such provider at that location.", field="provider")
        found = who_would_fit(
            session,
            practice,
            location_id=location,
            provider_id=provider,
            during=TimeRange(start, end),
            now=practice.clock.practice(deps.wall()),
        )
        ranked, rejected = found.ranking.ranked[:limit], found.ranking.rejected[:limit]
        people = {one.candidate.client.id for one in ranked} | {one.client.id for one, _ in rejected}
        said = client_notes.latest(session, caller.practice_id, people)
    ranking, nearest = found.ranking, found.nearest
    return Fits(
        fitting=[_fitting(one, said.get(one.candidate.client.id, ())) for one in ranked],
        not_fitting=[_not_fitting(one, refusal, said.get(one.client.id, ())) for one, refusal in rejected],
        tie=ranking.tie,
        in_the_way=[*(_in_the_way(provider, one) for one in found.in_the_way), *_too_long_a_list(provider, ranking)],
        nearest_free=None if nearest is None else FreeStretch(start=nearest.start, end=nearest.end),
    )


def _fitting(one: Ranked, said: tuple[Note, ...]) -> Fitting:
    client = one.candidate.client
    return Fitting(
        client_id=client.id,
        name=f"{client.first_name} {client.last_name}",
        entry_id=one.candidate.entry.id,
        start=one.fit.start,
        end=one.fit.end,
        service_ids=list(one.fit.service_ids),
        consult_instead=one.fit.consult_instead,
        score=round(one.score, 3),
        reasons={factor: round(share, 3) for factor, share in one.shares},
        alone_first=one.alone,
        notes=[NoteShape.model_validate(note) for note in said],
    )


def _in_the_way(provider_id: int, one: Obstacle) -> InTheWay:
    return InTheWay(
        provider_id=provider_id,
        rule=one.rule.value,
        words=one.words,
        start=None if one.during is None else one.during.start,
        end=None if one.during is None else one.during.end,
        booking_id=one.appointment_id,
    )


def _too_long_a_list(provider_id: int, ranking: Ranking) -> list[InTheWay]:
    """Who asks for a long stretch of a long list is told what was left out."""
    if not ranking.not_looked_at:
        return []
    words = f"{ranking.not_looked_at} more wishes were not looked at, for want of time; a shorter stretch shows more."
    return [InTheWay(provider_id=provider_id, rule="list_too_long", words=words)]


def _not_fitting(candidate: Candidate, refusal: Rejection, said: tuple[Note, ...]) -> NotFitting:
    client = candidate.client
    return NotFitting(
        client_id=client.id,
        name=f"{client.first_name} {client.last_name}",
        entry_id=candidate.entry.id,
        rule=refusal.rule.value,
        words=refusal.words,
        notes=[NoteShape.model_validate(note) for note in said],
    )
