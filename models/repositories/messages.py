"""Messages as clients write them and as vendors report on ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.clients import Channel, MessageKind
from domain.reading.conversation import Said
from models.client import Client
from models.effects import Intent, Message
from models.phone_numbers import all_forms
from models.queries import one_of
from models.repositories import connections
from models.repositories.phone_users import users_of

#: What an intent is before anybody knows whether the vendor took it.
_UNDECIDED = ("planned", "trying", "unknown")
#: The last state of a text or mail that did not arrive.
_FAILED = "failed"
#: So many texts of a conversation are looked at.
_REMEMBERED = 60
#: How the keys of texts about a visit begin.
_OF_VISITS = frozenset({"confirm", "remind", "moved", "cancelled"})


class Reached(Protocol):
    """A vendor's delivery state: `vendors.sms.base.TextState`, `vendors.email.base.MailState`."""

    @property
    def value(self) -> str: ...

    @property
    def rank(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The message a vendor's report was about."""

    client_id: int | None
    address: str
    kind: str | None
    #: The offer this message made, when it made one.
    offer_id: int | None
    #: False for a report older than what is known.
    moved: bool
    #: The intent of a message that was owed (no offer, no nudge) and did not arrive.
    unheard: int | None = None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message of ours, as it went out."""

    client_id: int | None
    channel: Channel
    body: str


def received(
    session: Session,
    practice_id: int,
    *,
    client_id: int | None,
    channel: Channel,
    address: str,
    our_number: str,
    body: str,
    vendor_ref: str,
    receipt_id: int,
    at: datetime,
) -> None:
    """Keep what somebody wrote us, and to which of our numbers; `client_id` only where the address is one client's
    alone."""
    session.execute(
        insert(Message).values(
            practice_id=practice_id,
            client_id=client_id,
            direction="in",
            channel=channel.value,
            address=address,
            our_number=our_number,
            body=body,
            state="received",
            vendor_ref=vendor_ref,
            receipt_id=receipt_id,
            at=at,
        )
    )


def last_received(session: Session, practice_id: int, *, channel: Channel, address: str) -> datetime | None:
    """When this phone or mailbox last wrote to us, by the practice's clock."""
    at: datetime | None = session.execute(
        select(func.max(col(Message.at))).where(
            col(Message.practice_id) == practice_id,
            one_of(col(Message.address), all_forms(address)),
            col(Message.channel) == channel.value,
            col(Message.direction) == "in",
        )
    ).scalar_one()
    return at


def our_number_for(
    session: Session,
    practice_id: int,
    address: str,
    *,
    written_to: str | None = None,
    location_id: int | None = None,
) -> str | None:
    """The number of ours that a text to this phone leaves from: `written_to` where it answers, else the one the phone's
    owner wrote to last, as long as it is the practice's; a first text leaves from the place's number, else from the one
    for all places. None where it has none, and where none of several is that one."""
    mine = [one for one in connections.of_practice(session, practice_id) if one.purpose == Channel.SMS.value]
    ours = [one.address for one in mine]
    if len(ours) < 2:
        return next(iter(ours), None)
    if written_to in ours:
        return written_to
    last_written_to: str | None = session.execute(
        select(col(Message.our_number))
        .where(
            col(Message.practice_id) == practice_id,
            one_of(col(Message.address), all_forms(address)),
            col(Message.direction) == "in",
            one_of(col(Message.our_number), ours),
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(1)
    ).scalar_one_or_none()
    if last_written_to is not None:
        return last_written_to
    speaks = connections.serving(mine, Channel.SMS.value, location_id=location_id)
    return None if speaks is None else speaks.address


@dataclass(frozen=True, kw_only=True)
class KeptMessage:
    """One message of a conversation, as a person reads it. `state`: how far ours has come."""

    by_client: bool
    channel: str
    body: str
    state: str
    at: datetime


def last_messages(
    session: Session, practice_id: int, *, client_id: int | None = None, phone: str | None = None, last: int = 10
) -> tuple[KeptMessage, ...]:
    """The last messages on either side, oldest first: of a client, with what came from their phone, which several may
    share; or of a phone that is nobody's we know. Left out is what never went out, and what a former owner of the
    number wrote or was told."""
    whose: list[ColumnElement[bool]] = []
    if client_id is not None:
        whose.append(col(Message.client_id) == client_id)
        phone = (
            phone
            or session.execute(
                select(col(Client.phone)).where(col(Client.practice_id) == practice_id, col(Client.id) == client_id)
            ).scalar_one_or_none()
        )
    if phone is not None:
        on_phone = and_(
            one_of(col(Message.address), all_forms(phone)),
            or_(col(Message.client_id).is_(None), col(Message.client_id).in_(users_of(practice_id, phone))),
        )
        whose.append(and_(on_phone, col(Message.direction) == "in") if client_id is not None else on_phone)
    if not whose:
        return ()
    rows = session.execute(
        select(Message)
        .where(
            col(Message.practice_id) == practice_id,
            or_(*whose),
            col(Message.state).not_in(("planned", "held", "suppressed", "refused")),
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(last)
    ).scalars()
    return tuple(
        KeptMessage(by_client=row.direction == "in", channel=row.channel, body=row.body, state=row.state, at=row.at)
        for row in reversed(list(rows))
    )


def stay_with(session: Session, practice_id: int, client_id: int, phone: str) -> None:
    """The client gives this phone up: what came from it and names nobody is theirs, unless others go on using it. Its
    next owner is shown none of it."""
    others = exists().where(
        col(Client.practice_id) == practice_id,
        one_of(col(Client.phone), all_forms(phone)),
        col(Client.id) != client_id,
    )
    session.execute(
        update(Message)
        .where(
            col(Message.practice_id) == practice_id,
            one_of(col(Message.address), all_forms(phone)),
            col(Message.channel) == Channel.SMS.value,
            col(Message.client_id).is_(None),
            ~others,
        )
        .values(client_id=client_id)
        .execution_options(synchronize_session=False)
    )


def belong_to(session: Session, practice_id: int, client_id: int, phone: str) -> None:
    """Whoever wrote from this phone, which was nobody's, is this client: so is the conversation."""
    session.execute(
        update(Message)
        .where(
            col(Message.practice_id) == practice_id,
            one_of(col(Message.address), all_forms(phone)),
            col(Message.channel) == Channel.SMS.value,
            col(Message.client_id).is_(None),
        )
        .values(client_id=client_id)
        .execution_options(synchronize_session=False)
    )


def answered_on(session: Session, practice_id: int, client_ids: tuple[int, ...], channel: Channel) -> None:
    """These clients last answered here."""
    session.execute(
        update(Client)
        .where(col(Client.practice_id) == practice_id, col(Client.id).in_(client_ids))
        .values(last_answered_channel=channel.value)
    )


def report(
    session: Session,
    practice_id: int,
    *,
    channel: Channel,
    reference: str | None,
    vendor_ref: str | None,
    state: Reached | None,
    known_ranks: dict[str, int],
    error_code: str | None,
    at: datetime,
) -> Reported | None:
    """Apply a vendor's report, never backwards. None when the message is not ours.

    `reference` is our intent's, sent along with the message. A report that carries it also settles a send whose own
    answer was lost: the vendor has it. `known_ranks` ranks the states a message of this channel may be in.
    """
    intent = _intent(session, practice_id, reference, vendor_ref)
    if intent is None:
        return None
    if intent.state in _UNDECIDED and state is not None:
        intent.state, intent.settled_at = "done", at
        intent.vendor_ref = intent.vendor_ref or vendor_ref
    message = session.execute(
        select(Message)
        .where(col(Message.practice_id) == practice_id, col(Message.intent_id) == intent.id)
        .with_for_update()
    ).scalar_one_or_none()
    if message is None or message.channel != channel.value:
        return None
    moved = state is not None and state.rank > known_ranks.get(message.state, -1)
    if moved and state is not None:
        message.state = state.value
        message.error_code = error_code
        message.vendor_ref = message.vendor_ref or vendor_ref
    unheard = moved and state is not None and state.value == _FAILED and message.kind == MessageKind.APPOINTMENT.value
    if unheard:
        # Whoever hands it to the gate again hears that it did not arrive.
        intent.state, intent.reason = "refused", f"it could not be delivered ({error_code or 'no reason given'})"
    return Reported(
        client_id=message.client_id,
        address=message.address,
        kind=message.kind,
        offer_id=_offer_of(intent),
        moved=moved,
        unheard=intent.id if unheard else None,
    )


def conversation(session: Session, practice_id: int, phone: str, *, since: datetime, but: int) -> tuple[Said, ...]:
    """The texts from and to this phone, oldest first, without the one that came with the receipt `but`."""
    rows = session.execute(
        select(Message, Intent)
        .outerjoin(
            Intent, and_(col(Intent.practice_id) == col(Message.practice_id), col(Intent.id) == col(Message.intent_id))
        )
        .where(
            col(Message.practice_id) == practice_id,
            one_of(col(Message.address), all_forms(phone)),
            col(Message.channel) == Channel.SMS.value,
            col(Message.at) > since,
            or_(col(Message.receipt_id).is_(None), col(Message.receipt_id) != but),
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(_REMEMBERED)
    )
    said = [
        Said(
            ours=message.direction != "in",
            body=message.body,
            at=message.at,
            about=None if intent is None else _about(intent),
            receipt_id=message.receipt_id,
        )
        for message, intent in rows
    ]
    return tuple(reversed(said))


def words_sent(session: Session, practice_id: int, intent_id: int) -> Sent | None:
    """The message of this intent."""
    row = session.execute(
        select(Message).where(col(Message.practice_id) == practice_id, col(Message.intent_id) == intent_id)
    ).scalar_one_or_none()
    return None if row is None else Sent(client_id=row.client_id, channel=Channel(row.channel), body=row.body)


def _about(intent: Intent) -> tuple[str, int] | None:
    """What a text of ours asked about: an offer, or the visit its key names (`domain.effect_keys`)."""
    if (offer := _offer_of(intent)) is not None:
        return "offer", offer
    subject, number = [*intent.key.split(":"), ""][:2]
    if not number.isdigit():
        return None
    if subject == "when":
        return "when_suits", int(number)
    return ("appointment", int(number)) if subject in _OF_VISITS else None


def _offer_of(intent: Intent) -> int | None:
    """The offer that the text makes, also where it closes another; a text of before it was noted says so by its key."""
    if (noted := intent.detail.get("offer")) is not None:
        return int(noted)
    subject, number = [*intent.key.split(":"), ""][:2]
    return int(number) if subject == "offer" and number.isdigit() else None


def _intent(session: Session, practice_id: int, reference: str | None, vendor_ref: str | None) -> Intent | None:
    query = select(Intent).where(col(Intent.practice_id) == practice_id).with_for_update()
    if reference is not None and reference.isascii() and reference.isdigit():
        return session.execute(query.where(col(Intent.id) == int(reference))).scalar_one_or_none()
    if vendor_ref is not None:
        return session.execute(query.where(col(Intent.vendor_ref) == vendor_ref)).scalars().first()
    return None
