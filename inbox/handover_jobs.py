"""What hand-overs need to know, read for all that were claimed together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session

from domain.journey_names import Action, Journey
from inbox import journey_specs
from inbox.handover import Job
from models.repositories import deliveries, delivery_targets, practices, receipts
from models.repositories.deliveries import Waiting
from models.repositories.delivery_targets import JourneySubject
from models.repositories.practices import PracticeFacts

_STARTS = (Action.START, Action.SIGNAL_WITH_START)


def prepare(session: Session, claimed: Sequence[Waiting]) -> list[Job]:
    """A job for each, in their order. One that cannot be prepared carries its error and holds nobody up."""
    starting = [one for one in claimed if one.action in _STARTS]
    loaded: dict[int, PracticeFacts | Exception] = {}
    for practice_id in {one.practice_id for one in starting}:
        try:
            loaded[practice_id] = practices.load(session, practice_id)
        except (ValueError, LookupError) as error:  # its policy cannot be read
            loaded[practice_id] = error
    refs: dict[tuple[int, Journey], set[int]] = defaultdict(set)
    for one in starting:
        refs[one.practice_id, one.journey].add(one.ref)
    about = {kind: delivery_targets.about(session, *kind, of_kind) for kind, of_kind in refs.items()}
    return [_job(session, one, loaded, about) for one in claimed]


def _job(
    session: Session,
    delivery: Waiting,
    loaded: dict[int, PracticeFacts | Exception],
    about: dict[tuple[int, Journey], dict[int, JourneySubject]],
) -> Job:
    if delivery.action is Action.UPDATE and delivery.receipt_id is not None:
        return Job(delivery=delivery, receipt=receipts.get(session, delivery.practice_id, delivery.receipt_id))
    if delivery.action not in _STARTS:
        return Job(delivery=delivery)
    practice = loaded[delivery.practice_id]
    if isinstance(practice, Exception):
        return Job(delivery=delivery, error=practice)
    subject = about[delivery.practice_id, delivery.journey].get(delivery.ref, JourneySubject())
    try:
        start = journey_specs.start_of(
            practice=practice.at(subject.location_id),
            journey=delivery.journey,
            ref=delivery.ref,
            turn=delivery.turn,
            subject=subject,
            hint=deliveries.is_hint(delivery),
        )
    except Exception as error:
        return Job(delivery=delivery, error=error)
    return Job(delivery=delivery, start=start)
