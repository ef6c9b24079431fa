"""Offers: planned, open, and closed with one message."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from domain.calendar import Segment
from domain.effect_keys import booking_key, closing_key
from domain.offer_history import Came, PastOffer
from domain.ranges import TimeRange
from models.base import Instant
from models.calendar import Opening
from models.effects import Intent
from models.offers import HOLDS_PHONE, Offer
from models.queries import among, fetch, one_of
from models.repositories import locks
from models.waitlist import WaitlistEntry

#: Each look for a free phone costs eight events of a fill's history.
LOOK_SOONEST, _LOOK_LATEST = timedelta(minutes=2), timedelta(minutes=30)
#: In the index's own words, or Postgres does not see that it serves.
_HOLDS_PHONE: Final = literal_column(f"({HOLDS_PHONE})", type_=Boolean)
#: A client has one offer of an opening, beside those that another took the place of.
NOT_REPLACED: Final = col(Offer.state) != literal_column("'replaced'")


#: 128 bits: nobody guesses one, and it costs a text 22 characters.
TOKEN_BYTES: Final = 16


@dataclass(frozen=True, kw_only=True)
class OfferRow:
    id: int
    opening_id: int
    client_id: int
    entry_id: int | None
    phone: str
    wave: int
    state: str
    starts_at: datetime
    ends_at: datetime
    segments: tuple[Segment, ...]
    consult_instead: bool
    token: str
    sent_at: datetime | None
    expires_at: datetime | None
    closed_at: datetime | None
    closing: str | None
    chosen_by: str
    reserved_until: datetime | None = None
    claimed_at: datetime | None = None

    @property
    def untold(self) -> bool:
        """They were asked and have not heard how it ended; a winner hears from their booking."""
        asked = self.sent_at is not None and self.state not in {"planned", "suppressed", "won"}
        return asked and self.closing is None


def lock_phones(session: Session, practice_id: int, *, now: datetime) -> None:
    """One plan at a time in a practice, until the transaction ends; what the planned offers of others kept for longer
    than they may is free again. Ask for it after the ranking, so that fills wait for each other's writes alone."""
    locks.hold(session, "phones", practice_id)
    # Whoever changes one of them just now frees it: waiting for each other could be waiting for ever.
    over = (
        select(col(Offer.id))
        .where(col(Offer.practice_id) == practice_id, _HOLDS_PHONE, not_(keeps_phone(now)))
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id).in_(over))
        .values(
            state=case((col(Offer.state) == "open", "expired"), else_=col(Offer.state)),
            reserved_until=None,
        )
    )


def keeps_phone(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether an offer has its phone and is not over. Who said yes is being booked, however long that takes."""
    return and_(
        _HOLDS_PHONE,
        or_(col(Offer.reserved_until) > now, col(Offer.state) == "open"),
        or_(
            col(Offer.state) == "planned",
            col(Offer.expires_at).is_(None),
            col(Offer.expires_at) > now,
            col(Offer.claimed_at).is_not(None),
        ),
    )


def plan(
    session: Session,
    practice_id: int,
    *,
    opening_id: int,
    client_id: int,
    entry_id: int | None,
    phone: str,
    wave: int,
    segments: tuple[Segment, ...],
    consult_instead: bool,
    score: float,
    chosen_by: str,
    reserved_until: datetime | None = None,
) -> OfferRow | None:
    """The offer of this opening to this client; one that went out already is returned as it stands.

    `reserved_until`: it takes its phone, and keeps it until then or until it ends; None is returned when another offer
    has that phone. Without, nobody is to be texted.
    """
    fresh = insert(Offer).values(
        practice_id=practice_id,
        opening_id=opening_id,
        client_id=client_id,
        entry_id=entry_id,
        phone=phone,
        wave=wave,
        state="planned",
        starts_at=segments[0].during.start,
        ends_at=segments[-1].during.end,
        plan=_plan_to_json(segments),
        consult_instead=consult_instead,
        score=score,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        chosen_by=chosen_by,
        reserved_until=reserved_until,
    )
    changing = (
        "wave",
        "starts_at",
        "ends_at",
        "plan",
        "consult_instead",
        "score",
        "chosen_by",
        "phone",
        "reserved_until",
    )
    try:
        with session.begin_nested():
            session.execute(
                fresh.on_conflict_do_update(
                    index_elements=["practice_id", "opening_id", "client_id"],
                    index_where=NOT_REPLACED,
                    set_={name: fresh.excluded[name] for name in changing},
                    where=col(Offer.state) == "planned",
                )
            )
    except IntegrityError:
        return None
    return _row(
        session.execute(
            select(Offer)
            .where(
                col(Offer.practice_id) == practice_id,
                col(Offer.opening_id) == opening_id,
                col(Offer.client_id) == client_id,
                NOT_REPLACED,
            )
            .execution_options(populate_existing=True)
        ).scalar_one()
    )


def refit(
    session: Session, practice_id: int, offer_id: int, *, segments: tuple[Segment, ...], consult_instead: bool
) -> None:
    """The offer is of this visit now; a won one stays what it was."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id, col(Offer.state) != "won")
        .values(
            starts_at=segments[0].during.start,
            ends_at=segments[-1].during.end,
            plan=_plan_to_json(segments),
            consult_instead=consult_instead,
        )
    )


def let_go(session: Session, practice_id: int, offer_ids: Iterable[int]) -> None:
    """Nobody is asked by these planned offers after all, for now: their phones are free, and they are of no wave."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, one_of(col(Offer.id), offer_ids), col(Offer.state) == "planned")
        .values(reserved_until=None, wave=0)
    )


def place(session: Session, practice_id: int, offer_id: int, segments: tuple[Segment, ...]) -> None:
    """Write down the rooms and devices that were held for the visit."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id)
        .values(plan=_plan_to_json(segments))
    )


def get(session: Session, practice_id: int, offer_id: int) -> OfferRow:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such offer."""
    return _row(
        session.execute(
            select(Offer).where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id)
        ).scalar_one()
    )


def lock(session: Session, practice_id: int, offer_id: int) -> OfferRow:
    """The offer as it stands, nobody else's to change until the transaction ends."""
    return _row(
        session.execute(
            select(Offer).where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id).with_for_update()
        ).scalar_one()
    )


def of_opening(session: Session, practice_id: int, opening_id: int) -> tuple[OfferRow, ...]:
    """All offers of an opening, in the order they were made."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Offer)
            .where(col(Offer.practice_id) == practice_id, col(Offer.opening_id) == opening_id)
            .order_by(col(Offer.id))
        ).scalars()
    )


def standing_then(session: Session, practice_id: int, during: TimeRange) -> tuple[OfferRow, ...]:
    """Offers of live openings that may still become a visit in this stretch of time."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Offer)
            .join(
                Opening,
                (col(Opening.practice_id) == col(Offer.practice_id)) & (col(Opening.id) == col(Offer.opening_id)),
            )
            .where(
                col(Offer.practice_id) == practice_id,
                col(Offer.state).in_(("open", "expired")),
                col(Opening.state) == "live",
                col(Opening.during).op("&&")(func.tstzrange(during.start, during.end, "[)")),
                col(Offer.starts_at) < during.end,
                col(Offer.ends_at) > during.start,
            )
            .order_by(col(Offer.opening_id), col(Offer.id))
        ).scalars()
    )


def begun_next_best(
    session: Session, practice_id: int, *, client_id: int, instead_of: int, opening_id: int | None = None
) -> OfferRow | None:
    """A next best offer of an opening still to be had (or of this one) that was cut short: before its text was on its
    way, or while that text, which closes the offer it stands `instead_of`, may have gone out."""
    intent = session.execute(
        select(Intent).where(col(Intent.practice_id) == practice_id, col(Intent.key) == closing_key(instead_of))
    ).scalar_one_or_none()
    told = None if intent is None else intent.detail.get("offer")
    row = session.execute(
        select(Offer)
        .join(
            Opening, (col(Opening.practice_id) == col(Offer.practice_id)) & (col(Opening.id) == col(Offer.opening_id))
        )
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.client_id) == client_id,
            col(Offer.chosen_by) == "next_best",
            col(Offer.state).in_(("planned", "open")),
            (col(Offer.id) == told) if told is not None else col(Offer.expires_at).is_(None),
            col(Opening.state) == "live",
            *([] if opening_id is None else [col(Offer.opening_id) == opening_id]),
        )
        .order_by(col(Offer.id))
        .limit(1)
    ).scalar_one_or_none()
    return None if row is None else _row(row)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """An offer a client has seen. `is_open`: a YES may still win it."""

    offer: OfferRow
    location_id: int
    is_open: bool


def newest_to(
    session: Session, practice_id: int, client_id: int, *, since: datetime, offer_id: int | None = None
) -> Offered | None:
    """The last offer that went out to a client since then, or this one of theirs."""
    which = col(Offer.sent_at) >= since if offer_id is None else col(Offer.id) == offer_id
    found = session.execute(
        select(Offer, Opening)
        .join(
            Opening, (col(Opening.practice_id) == col(Offer.practice_id)) & (col(Opening.id) == col(Offer.opening_id))
        )
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.client_id) == client_id,
            col(Offer.sent_at).is_not(None),
            col(Offer.state).not_in(("planned", "suppressed", "replaced", "won")),
            which,
        )
        .order_by(col(Offer.sent_at).desc(), col(Offer.id).desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    offer, opening = found
    is_open = offer.state in ("open", "expired", "declined") and opening.state == "live"
    return Offered(offer=_row(offer), location_id=opening.location_id, is_open=is_open)


def being_booked(session: Session, practice_id: int, *, client_id: int, starts_at: datetime) -> tuple[OfferRow, ...]:
    """Offers whose visit is being written to the PMS, or may have been: their intent is not settled."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Offer)
            .join(
                Intent,
                (col(Intent.practice_id) == col(Offer.practice_id))
                & (col(Intent.key) == func.concat(booking_key(0).removesuffix("0"), col(Offer.id))),
            )
            .where(
                col(Offer.practice_id) == practice_id,
                col(Offer.client_id) == client_id,
                col(Offer.starts_at) == starts_at,
                col(Intent.state).in_(("trying", "unknown")),
            )
        ).scalars()
    )


def take_phone(session: Session, practice_id: int, offer_id: int, *, now: datetime) -> bool:
    """Make the offer the one open offer of its phone; False when another fill has that phone just now, or when the
    client has given this one up before it went out."""
    try:
        with session.begin_nested():
            taken = session.execute(
                update(Offer)
                .where(
                    col(Offer.practice_id) == practice_id,
                    col(Offer.id) == offer_id,
                    col(Offer.state).in_(("planned", "open")),
                )
                .values(state="open", sent_at=func.coalesce(col(Offer.sent_at), now))
                .returning(col(Offer.id))
            ).first()
    except IntegrityError:
        return False
    return taken is not None


def not_sent(session: Session, practice_id: int, offer_id: int) -> None:
    """Its text surely did not go out: nobody was asked, and the phone is free."""
    session.execute(
        update(Offer)
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.id) == offer_id,
            col(Offer.state) == "open",
            col(Offer.expires_at).is_(None),
        )
        .values(state="planned", sent_at=None)
    )


def claim_waits(session: Session, practice_id: int, opening_id: int) -> bool:
    """Whether somebody has said yes to this opening, and nothing has come of it yet."""
    found = session.execute(
        select(col(Offer.id))
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.opening_id) == opening_id,
            col(Offer.claimed_at).is_not(None),
            col(Offer.state).in_(("open", "expired", "declined")),
        )
        .limit(1)
    ).first()
    return found is not None


def opened(session: Session, practice_id: int, offer_id: int, *, at: datetime, expires_at: datetime) -> None:
    """The vendor has it (or perhaps has it): its window starts now."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id, col(Offer.state) == "open")
        .values(sent_at=at, expires_at=expires_at)
    )
    session.execute(
        update(WaitlistEntry)
        .where(
            col(WaitlistEntry.practice_id) == practice_id,
            col(WaitlistEntry.id).in_(
                select(col(Offer.entry_id)).where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id)
            ),
        )
        .values(last_offered_at=at)
    )


def set_state(session: Session, practice_id: int, offer_id: int, *, state: str, now: datetime) -> None:
    """Move an offer on; a won one stays won."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id, col(Offer.state) != "won")
        .values(state=state, closed_at=now if state not in {"open", "planned", "expired"} else None)
    )


def replaced(session: Session, practice_id: int, offer_id: int, *, now: datetime) -> None:
    """Its time was taken: another offer of the same opening takes its place."""
    set_state(session, practice_id, offer_id, state="replaced", now=now)


def expire(session: Session, practice_id: int, opening_id: int, *, now: datetime) -> None:
    """Windows that have passed free their phones for other fills; the client may still be the first to say yes."""
    session.execute(
        update(Offer)
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.opening_id) == opening_id,
            col(Offer.state) == "open",
            col(Offer.expires_at) <= now,
            # Who said yes is being booked, and hears of no other time meanwhile.
            col(Offer.claimed_at).is_(None),
        )
        .values(state="expired")
    )


def claimed(session: Session, practice_id: int, offer_id: int, *, at: datetime) -> None:
    """Note that the client said yes, the first time they did."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id)
        .values(claimed_at=func.coalesce(col(Offer.claimed_at), at))
    )


def claimed_in_vain(session: Session, practice_id: int, offer_id: int, *, at: datetime) -> None:
    """The client said yes when it was over for all; it counts when the next chair is offered. What else became of the
    offer stands."""
    claimed(session, practice_id, offer_id, at=at)
    session.execute(
        update(Offer)
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.id) == offer_id,
            col(Offer.state).in_(("open", "expired")),
        )
        .values(state="lost", closed_at=func.coalesce(col(Offer.closed_at), at))
    )


def closing(session: Session, practice_id: int, offer_id: int, *, words: str) -> None:
    """Write down the one closing message, or why there was none; the first one stands."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id, col(Offer.closing).is_(None))
        .values(closing=words)
    )


def told_by_closing(
    session: Session, practice_id: int, offer_id: int, *, received_at: datetime, crossing: timedelta
) -> bool:
    """Whether a yes received then (real time) is answered by the offer's closing message, or by the visit itself.

    A yes and a closing message that pass each other are one exchange, while the message is under way and for `crossing`
    after: nobody reads, thinks and types faster. When the closing message has not begun to go out, this yes gets an
    answer of its own instead of it: the offer's row is locked, so that either of the two sees the other.
    """
    offer = lock(session, practice_id, offer_id)
    if offer.state == "won":
        return True
    intent = session.execute(
        select(col(Intent.state), col(Intent.tried_at)).where(
            col(Intent.practice_id) == practice_id,
            col(Intent.key) == closing_key(offer_id),
            col(Intent.state).in_(("trying", "done")),
        )
    ).one_or_none()
    if intent is not None:
        on_its_way: bool = intent.state == "trying"
        return on_its_way or intent.tried_at + crossing >= received_at
    closing(session, practice_id, offer_id, words="answered: a late yes")
    return False


def fulfil_entry(session: Session, practice_id: int, entry_id: int) -> None:
    """The wish came true; the entry waits no longer."""
    session.execute(
        update(WaitlistEntry)
        .where(col(WaitlistEntry.practice_id) == practice_id, col(WaitlistEntry.id) == entry_id)
        .values(state="fulfilled")
    )


def sent_count(session: Session, practice_id: int, opening_id: int) -> int:
    """How many clients were really asked about this opening."""
    count: int = session.execute(
        select(func.count())
        .select_from(Offer)
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.opening_id) == opening_id,
            col(Offer.sent_at).is_not(None),
            col(Offer.state).not_in(("planned", "suppressed")),
        )
    ).scalar_one()
    return count


def free_again_at(
    session: Session, practice_id: int, phones: Iterable[str], *, waiting_since: datetime, now: datetime
) -> datetime:
    """When to look again whether one of these phones is free, all of which other offers have: at the latest when the
    first of those offers runs out, and before since most end sooner; the rarer, the longer it has been looked for."""
    ends: datetime | None = session.execute(
        select(func.min(func.coalesce(col(Offer.expires_at), col(Offer.reserved_until)))).where(
            col(Offer.practice_id) == practice_id, one_of(col(Offer.phone), phones), _HOLDS_PHONE
        )
    ).scalar_one()
    look = min(max((now - waiting_since) / 2, LOOK_SOONEST), _LOOK_LATEST)
    return now + (look if ends is None else min(look, max(ends - now, LOOK_SOONEST)))


def phones_taken(session: Session, practice_id: int, phones: Iterable[str], *, now: datetime) -> set[str]:
    """Those that an offer has."""
    return set(
        session.execute(
            select(col(Offer.phone)).where(
                col(Offer.practice_id) == practice_id,
                one_of(col(Offer.phone), phones),
                keeps_phone(now),
            )
        ).scalars()
    )


_OFFER: Final = Offer.metadata.tables["offer"]
_PAST: Final = select(
    _OFFER.c.client_id, _OFFER.c.state, _OFFER.c.sent_at, _OFFER.c.expires_at, _OFFER.c.closed_at, _OFFER.c.claimed_at
).where(
    _OFFER.c.practice_id == bindparam("practice_id"),
    among(_OFFER.c.client_id, "client_ids"),
    _OFFER.c.sent_at >= bindparam("since", type_=Instant),
    _OFFER.c.state.not_in(("planned", "suppressed", "replaced")),
)


def past(
    session: Session, practice_id: int, client_ids: list[int], *, since: datetime, now: datetime
) -> dict[int, tuple[PastOffer, ...]]:
    """What clients were offered, and what came of it. An offer that can still be answered is not among them."""
    found: dict[int, list[PastOffer]] = defaultdict(list)
    for client_id, state, sent_at, expires_at, closed_at, claimed_at in fetch(
        session, _PAST, practice_id=practice_id, client_ids=client_ids, since=since
    ):
        if state in {"won", "declined", "handed_over"}:
            came, part = Came.ANSWERED, 1.0
        elif claimed_at is not None:
            if state not in {"lost", "withdrawn"}:
                continue  # being booked, or decided
            came, part = Came.LOST, 1.0
        elif state == "open" and (expires_at is None or expires_at > now):
            continue
        else:
            ended = min(closed_at or now, expires_at or sent_at)
            window = (expires_at or sent_at) - sent_at
            came, part = Came.UNANSWERED, max(0.0, (ended - sent_at) / window) if window > timedelta() else 0.0
        found[client_id].append(PastOffer(at=sent_at, came=came, part=part))
    return {client_id: tuple(offers) for client_id, offers in found.items()}


def _plan_to_json(segments: tuple[Segment, ...]) -> list[dict[str, Any]]:
    return [_segment_to_json(segment) for segment in segments]


def _segment_to_json(segment: Segment) -> dict[str, Any]:
    return {
        "service_id": segment.service_id,
        "provider_id": segment.provider_id,
        "room_id": segment.room_id,
        "device_id": segment.device_id,
        "start": segment.during.start.isoformat(),
        "end": segment.during.end.isoformat(),
        "buffer_before": segment.buffer_before.total_seconds(),
        "buffer_after": segment.buffer_after.total_seconds(),
    }


def _segment_from_json(row: dict[str, Any]) -> Segment:
    return Segment(
        service_id=row["service_id"],
        provider_id=row["provider_id"],
        room_id=row["room_id"],
        device_id=row["device_id"],
        during=TimeRange(datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])),
        buffer_before=timedelta(seconds=row["buffer_before"]),
        buffer_after=timedelta(seconds=row["buffer_after"]),
    )


def _row(row: Offer) -> OfferRow:
    assert row.id is not None
    return OfferRow(
        id=row.id,
        opening_id=row.opening_id,
        client_id=row.client_id,
        entry_id=row.entry_id,
        phone=row.phone,
        wave=row.wave,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        segments=tuple(_segment_from_json(one) for one in row.plan),
        consult_instead=row.consult_instead,
        token=row.token,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        closed_at=row.closed_at,
        closing=row.closing,
        chosen_by=row.chosen_by,
        reserved_until=row.reserved_until,
        claimed_at=row.claimed_at,
    )
