"""Questions clients were asked by text and may still answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, bindparam, delete, exists, func, literal, null, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.clients import Channel
from domain.offer_history import AskedWhen
from domain.replies import Listed, Meaning, OpenQuestion
from models.calendar import Appointment, Opening
from models.effects import Message
from models.inbox import Receipt
from models.offers import Offer, Question
from models.phone_numbers import all_forms
from models.queries import among, fetch, one_of
from models.repositories.phone_users import users_of

OFFER = "offer"
APPOINTMENT = "appointment"
#: Which days and hours suit a wish on the waitlist.
WHEN_SUITS = "when_suits"


#: The outcome of a text that was answered with the question which one it meant.
ASK_WHICH = "ask_which"
#: For so long a number may answer that question (practice time).
_LIST_IS_REMEMBERED = timedelta(days=2)

#: States of an offer whose text nobody has got.
_NEVER_WENT_OUT = ("planned", "suppressed")

#: A client may still win with an expired offer while nobody else has, and may take a "no" back.
_CLAIMABLE = ("open", "expired", "declined")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a question is about. `claimable`: a YES may still win, also after the answering time has passed."""

    question_id: int
    client_id: int
    offer_id: int | None
    opening_id: int | None
    appointment_id: int | None
    appointment_turn: int
    claimable: bool
    said_yes: bool
    entry_id: int | None = None


def ask(
    session: Session,
    practice_id: int,
    *,
    phone: str,
    client_id: int,
    kind: str,
    now: datetime,
    offer_id: int | None = None,
    appointment_id: int | None = None,
) -> None:
    """Note that a client was asked. `kind`: "offer" or "appointment".

    One question an offer; of a visit's several texts (confirmation, reminders) the newest one is the question. `phone`
    is where it went: it is answered from the phone that its client has by then.
    """
    if (kind == OFFER) != (offer_id is not None) or (kind == APPOINTMENT) != (appointment_id is not None):
        raise ValueError(f"a question of the kind {kind!r} needs the id of its {kind}, and no other")
    if appointment_id is not None:
        asked_again = session.execute(
            update(Question)
            .where(
                col(Question.practice_id) == practice_id,
                col(Question.appointment_id) == appointment_id,
                col(Question.client_id) == client_id,
                col(Question.closed_at).is_(None),
            )
            .values(asked_at=now, phone=phone)
            .returning(col(Question.id))
        ).first()
        if asked_again is not None:
            return
    session.execute(
        insert(Question)
        .values(
            practice_id=practice_id,
            phone=phone,
            client_id=client_id,
            kind=kind,
            offer_id=offer_id,
            appointment_id=appointment_id,
            asked_at=now,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "offer_id"])
    )


def ask_when(
    session: Session,
    practice_id: int,
    *,
    phone: str,
    client_id: int,
    entry_id: int,
    now: datetime,
    in_vain: bool = False,
) -> None:
    """Note that a client was asked which days and hours suit their wish, once for ever. `in_vain`: the text reaches
    nobody, so no answer is waited for."""
    session.execute(
        insert(Question)
        .values(
            practice_id=practice_id,
            phone=phone,
            client_id=client_id,
            kind=WHEN_SUITS,
            entry_id=entry_id,
            asked_at=now,
            closed_at=now if in_vain else None,
            forget_at=now if in_vain else None,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "entry_id"])
    )


def take_back_asking_when(session: Session, practice_id: int, entry_id: int) -> None:
    """The question surely did not go out: it may be asked again."""
    session.execute(
        delete(Question).where(
            col(Question.practice_id) == practice_id,
            col(Question.entry_id) == entry_id,
            col(Question.closed_at).is_(None),
        )
    )


def close(session: Session, practice_id: int, question_id: int, now: datetime) -> None:
    """It has its answer, or none will come."""
    session.execute(
        update(Question)
        .where(
            col(Question.practice_id) == practice_id, col(Question.id) == question_id, col(Question.closed_at).is_(None)
        )
        .values(closed_at=now, forget_at=now)
    )


_OFFER: Final = Offer.metadata.tables["offer"]
_QUESTION: Final = Question.metadata.tables["question"]
#: What `give_up_offer` writes where a client said no, by text or on the page.
_SAID_NO: Final = "answered:%"
_WHEN: Final = union_all(
    select(_OFFER.c.entry_id, func.count().label("noes"), null().label("asked_at"), null().label("closed_at"))
    .where(
        _OFFER.c.practice_id == bindparam("practice_id"),
        among(_OFFER.c.entry_id, "entry_ids"),
        _OFFER.c.state == "declined",
        _OFFER.c.closing.like(_SAID_NO),
    )
    .group_by(_OFFER.c.entry_id),
    select(_QUESTION.c.entry_id, literal(0), _QUESTION.c.asked_at, _QUESTION.c.closed_at).where(
        _QUESTION.c.practice_id == bindparam("practice_id"), among(_QUESTION.c.entry_id, "entry_ids")
    ),
)


def asked_when(session: Session, practice_id: int, entry_ids: Iterable[int]) -> dict[int, AskedWhen]:
    """How often clients said no to offers for these wishes, and whether they were asked which hours suit."""
    found: dict[int, AskedWhen] = {}
    for entry_id, noes, asked_at, closed_at in fetch(
        session, _WHEN, practice_id=practice_id, entry_ids=list(entry_ids)
    ):
        known = found.get(entry_id, AskedWhen())
        found[entry_id] = AskedWhen(
            noes=known.noes + noes,
            asked_at=asked_at or known.asked_at,
            answered=known.answered or closed_at is not None,
        )
    return found


def close_offer(
    session: Session, practice_id: int, offer_id: int, now: datetime, forget_at: datetime | None = None
) -> None:
    """No longer answerable; until `forget_at` a late YES still finds the offer through it."""
    session.execute(
        update(Question)
        .where(
            col(Question.practice_id) == practice_id,
            col(Question.offer_id) == offer_id,
            col(Question.closed_at).is_(None),
        )
        .values(closed_at=now, forget_at=forget_at)
    )


def close_opening(session: Session, practice_id: int, opening_id: int, now: datetime, *, forget_at: datetime) -> None:
    """As `close_offer`, for every offer of an opening at once."""
    session.execute(
        update(Question)
        .where(
            col(Question.practice_id) == practice_id,
            col(Question.offer_id).in_(
                select(col(Offer.id)).where(col(Offer.practice_id) == practice_id, col(Offer.opening_id) == opening_id)
            ),
            col(Question.closed_at).is_(None),
        )
        .values(closed_at=now, forget_at=forget_at)
    )


def close_appointment(session: Session, practice_id: int, appointment_id: int, now: datetime) -> None:
    """The visit is over, moved away or cancelled: nothing is asked about it any more."""
    session.execute(
        update(Question)
        .where(
            col(Question.practice_id) == practice_id,
            col(Question.appointment_id) == appointment_id,
            col(Question.closed_at).is_(None),
        )
        .values(closed_at=now, forget_at=now)
    )


def open_for_phone(session: Session, practice_id: int, phone: str, now: datetime) -> tuple[OpenQuestion, ...]:
    """What somebody at this phone may be answering, oldest first; closed ones too until they are forgotten. A question
    stands before its text is sent; one whose text surely never went out is none. Questions follow their client to a new
    number, and the next owner of the old one answers none of them."""
    unsent = exists().where(
        col(Offer.practice_id) == practice_id,
        col(Offer.id) == col(Question.offer_id),
        col(Offer.state).in_(_NEVER_WENT_OUT),
    )
    rows = session.execute(
        select(Question)
        .where(
            col(Question.practice_id) == practice_id,
            col(Question.client_id).in_(users_of(practice_id, phone)),
            or_(col(Question.closed_at).is_(None), col(Question.forget_at) > now),
            ~unsent,
        )
        .order_by(col(Question.asked_at), col(Question.id))
    ).scalars()
    return tuple(
        OpenQuestion(
            id=row.id or 0,
            kind=row.kind,
            client_id=row.client_id,
            asked_at=row.asked_at,
            still_open=row.closed_at is None,
        )
        for row in rows
    )


def listed_for_phone(session: Session, practice_id: int, phone: str, now: datetime) -> Listed | None:
    """The last question which one somebody at this phone meant, if they were asked lately."""
    found = session.execute(
        select(col(Receipt.parsed), col(Message.at))
        .join(
            Message,
            and_(col(Message.practice_id) == col(Receipt.practice_id), col(Message.receipt_id) == col(Receipt.id)),
        )
        .where(
            col(Message.practice_id) == practice_id,
            one_of(col(Message.address), all_forms(phone)),
            col(Message.at) > now - _LIST_IS_REMEMBERED,
            col(Message.channel) == Channel.SMS.value,
            col(Message.direction) == "in",
            col(Receipt.outcome) == ASK_WHICH,
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    about = found.parsed["about"]
    question_ids = tuple(about["question_ids"])
    taken = session.execute(
        select(col(Question.id))
        .join(Offer, and_(col(Offer.practice_id) == col(Question.practice_id), col(Offer.id) == col(Question.offer_id)))
        .where(
            col(Question.practice_id) == practice_id,
            one_of(col(Question.id), question_ids),
            col(Offer.claimed_at).is_not(None),
        )
        .order_by(col(Question.id))
    ).scalars()
    return Listed(
        question_ids=question_ids,
        meaning=Meaning(about["meaning"]),
        asked_at=found.at,
        taken=tuple(one for one in taken if one is not None),
    )


def subject(session: Session, practice_id: int, question_id: int) -> Subject:
    """What this question is about, with the state of it that decides where an answer goes."""
    question, offer, opening, turn = session.execute(
        select(Question, Offer, Opening, col(Appointment.turn))
        .outerjoin(
            Offer, and_(col(Offer.practice_id) == col(Question.practice_id), col(Offer.id) == col(Question.offer_id))
        )
        .outerjoin(
            Opening, and_(col(Opening.practice_id) == col(Offer.practice_id), col(Opening.id) == col(Offer.opening_id))
        )
        .outerjoin(
            Appointment,
            and_(
                col(Appointment.practice_id) == col(Question.practice_id),
                col(Appointment.id) == col(Question.appointment_id),
            ),
        )
        .where(col(Question.practice_id) == practice_id, col(Question.id) == question_id)
    ).one()
    return Subject(
        question_id=question_id,
        client_id=question.client_id,
        offer_id=question.offer_id,
        opening_id=offer.opening_id if offer else None,
        appointment_id=question.appointment_id,
        appointment_turn=turn or 0,
        claimable=bool(offer and opening and offer.state in _CLAIMABLE and opening.state == "live"),
        said_yes=bool(offer and offer.claimed_at is not None),
        entry_id=question.entry_id,
    )


def open_offers_of_phone(session: Session, practice_id: int, phone: str) -> tuple[tuple[int, int], ...]:
    """(offer, opening) of every offer somebody at this phone could still say yes to, or would get next."""
    rows = session.execute(
        select(col(Offer.id), col(Offer.opening_id))
        .join(
            Opening, and_(col(Opening.practice_id) == col(Offer.practice_id), col(Opening.id) == col(Offer.opening_id))
        )
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.client_id).in_(users_of(practice_id, phone)),
            col(Offer.state).in_(["planned", "open", "expired"]),
            col(Opening.state) == "live",
        )
        .order_by(col(Offer.id))
    )
    return tuple((offer_id, opening_id) for offer_id, opening_id in rows)


def give_up_offer(
    session: Session, practice_id: int, offer_id: int, *, now: datetime, closing: str, forget: bool = False
) -> int | None:
    """The client wants it not, or cannot be reached: its phone is free for other offers. Returns the opening.

    `closing` says why no closing message goes out. `forget`: a later YES is no answer to it. An offer whose client said
    yes stays as it is (None): the fill and staff decide about that.
    """
    given_up = session.execute(
        update(Offer)
        .where(
            col(Offer.practice_id) == practice_id,
            col(Offer.id) == offer_id,
            col(Offer.state).in_(["planned", "open", "expired"]),
            col(Offer.claimed_at).is_(None),
        )
        .values(state="declined", closed_at=now, closing=closing)
        .returning(col(Offer.opening_id), col(Offer.starts_at))
    ).one_or_none()
    if given_up is None:
        return None
    opening_id: int = given_up.opening_id
    close_offer(session, practice_id, offer_id, now, forget_at=now if forget else given_up.starts_at)
    return opening_id


def take_back_no(session: Session, practice_id: int, offer_id: int) -> None:
    """Somebody who said no says yes after all. Expired, not open: their phone may hold another offer by now."""
    session.execute(
        update(Offer)
        .where(col(Offer.practice_id) == practice_id, col(Offer.id) == offer_id, col(Offer.state) == "declined")
        .values(state="expired", closed_at=None, closing=None)
    )
