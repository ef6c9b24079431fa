"""One card for tasks that came at once: which tasks share it, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from models.tasks import CardBundle, Task


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The card in one channel. `at`: when it was put there last (practice time), `times`: how often; `replaced`: refs
    of cards it took the place of, until they have been taken away."""

    channel: str
    ref: str
    at: datetime
    times: int
    replaced: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class BundleRow:
    id: int
    #: By the channel as the practice names it.
    cards: dict[str, Standing]


def create(session: Session, practice_id: int, channel: str, *, now: datetime) -> int:
    row = CardBundle(practice_id=practice_id, channel=channel, opened_at=now, cards={})
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def latest(session: Session, practice_id: int, channel: str, *, since: datetime) -> int | None:
    """The last shared card of a channel, begun then or later."""
    found: int | None = session.execute(
        select(col(CardBundle.id))
        .where(
            col(CardBundle.practice_id) == practice_id,
            col(CardBundle.channel) == channel,
            col(CardBundle.opened_at) >= since,
        )
        .order_by(col(CardBundle.id).desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


def add(session: Session, practice_id: int, bundle_id: int, task_ids: Iterable[int]) -> None:
    """These share the card from now on."""
    session.execute(
        update(Task)
        .where(col(Task.practice_id) == practice_id, col(Task.id).in_(list(task_ids)), col(Task.bundle_id).is_(None))
        .values(bundle_id=bundle_id)
    )


def get(session: Session, practice_id: int, bundle_id: int) -> BundleRow:
    row = _load(session, practice_id, bundle_id)
    return BundleRow(id=bundle_id, cards={channel: _standing(one) for channel, one in row.cards.items()})


def put(
    session: Session, practice_id: int, bundle_id: int, named: str, *, channel: str, ref: str, at: datetime
) -> None:
    """The card stands here now, instead of where it stood in this channel."""
    row = _load(session, practice_id, bundle_id)
    before: dict[str, Any] = row.cards.get(named, {})
    if before.get("ref") == ref:
        return
    replaced = [*before.get("replaced", []), *([before["ref"]] if before else [])]
    card = {
        "channel": channel,
        "ref": ref,
        "at": at.isoformat(),
        "times": before.get("times", 0) + 1,
        "replaced": replaced,
    }
    row.cards = {**row.cards, named: card}


def taken_away(session: Session, practice_id: int, bundle_id: int, named: str, *, ref: str) -> None:
    """A replaced card is gone from the staff chat."""
    row = _load(session, practice_id, bundle_id)
    card = row.cards[named]
    row.cards = {**row.cards, named: {**card, "replaced": [one for one in card["replaced"] if one != ref]}}


def _standing(card: dict[str, Any]) -> Standing:
    return Standing(
        channel=card["channel"],
        ref=card["ref"],
        at=datetime.fromisoformat(card["at"]),
        times=card["times"],
        replaced=tuple(card["replaced"]),
    )


def _load(session: Session, practice_id: int, bundle_id: int) -> CardBundle:
    row: CardBundle = session.execute(
        select(CardBundle)
        .where(col(CardBundle.practice_id) == practice_id, col(CardBundle.id) == bundle_id)
        .with_for_update()
    ).scalar_one()
    return row
