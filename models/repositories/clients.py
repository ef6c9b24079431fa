"""Clients as rules need them: whom we may write to, and what they had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Date, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, col

from domain.calendar import VisitState
from domain.people import Channel, Client, Consent, LastTreatment, MessageKind
from models import client as tables
from models.calendar import Appointment, AppointmentSegment
from models.matrix import Service
from models.phones import e164
from models.practice import Location
from models.queries import one_of

#: A visit in one of these will be, or may have been, a treatment.
_COUNTS = tuple(state.value for state in VisitState if state.occupies)


class PmsRecord(Protocol):
    """A client as a PMS knows them (`vendors.pms.base.ClientRecord`)."""

    @property
    def ref(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def marketing_sms(self) -> bool | None: ...
    @property
    def marketing_email(self) -> bool | None: ...


def get(session: Session, practice_id: int, client_id: int) -> Client:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such client."""
    found = many(session, practice_id, (client_id,)).get(client_id)
    if found is None:
        raise NoResultFound(f"practice {practice_id} has no client {client_id}")
    return found


def by_pms_ref(session: Session, practice_id: int, pms_ref: str) -> Client | None:
    """The client the PMS calls so."""
    client_id = session.execute(
        select(col(tables.Client.id)).where(
            col(tables.Client.practice_id) == practice_id, col(tables.Client.pms_ref) == pms_ref
        )
    ).scalar_one_or_none()
    return None if client_id is None else get(session, practice_id, client_id)


def ids_by_pms_ref(session: Session, practice_id: int, pms_refs: Iterable[str | None]) -> dict[str | None, int]:
    """Our ids of those of these clients we know, by the PMS's references."""
    found = session.execute(
        select(col(tables.Client.pms_ref), col(tables.Client.id)).where(
            col(tables.Client.practice_id) == practice_id,
            one_of(col(tables.Client.pms_ref), {ref for ref in pms_refs if ref is not None}),
        )
    )
    return {ref: client_id for ref, client_id in found if client_id is not None}


def by_phone(session: Session, practice_id: int, phone: str) -> tuple[Client, ...]:
    """Everybody who uses this phone (E.164), oldest first."""
    ids = session.execute(
        select(col(tables.Client.id))
        .where(col(tables.Client.practice_id) == practice_id, col(tables.Client.phone) == phone)
        .order_by(col(tables.Client.id))
    ).scalars()
    return tuple(many(session, practice_id, ids).values())


def many(session: Session, practice_id: int, ids: Iterable[int]) -> dict[int, Client]:
    """These clients by id, in five queries however many they are; unknown ids are left out."""
    rows = {
        row.id: row
        for row in session.execute(
            select(tables.Client)
            .where(col(tables.Client.practice_id) == practice_id, one_of(col(tables.Client.id), ids))
            .order_by(col(tables.Client.id))
        ).scalars()
        if row.id is not None
    }
    if not rows:
        return {}
    consents = _consents(session, practice_id, rows)
    stopped = _stopped(session, practice_id, rows.values())
    treatments = _treatments(session, practice_id, rows)
    return {
        client_id: Client(
            id=client_id,
            first_name=row.first_name,
            last_name=row.last_name,
            pms_ref=row.pms_ref,
            phone=row.phone,
            email=row.email,
            postcode=row.postcode,
            zone=row.zone,
            consent=Consent(granted=frozenset(consents[client_id])),
            opted_out=frozenset(
                channel
                for channel, address in (
                    (Channel.SMS, row.phone),
                    (Channel.VOICE, row.phone),
                    (Channel.EMAIL, row.email),
                )
                if (channel, address) in stopped
            ),
            stated_channel=None if row.stated_channel is None else Channel(row.stated_channel),
            last_answered_channel=None if row.last_answered_channel is None else Channel(row.last_answered_channel),
            preferred_provider_id=row.preferred_provider_id,
            vip=row.vip,
            exam_valid_until=row.exam_valid_until,
            consult_valid_until=row.consult_valid_until,
            treatments=tuple(LastTreatment(kind=kind, on=on) for kind, on in sorted(treatments[client_id])),
        )
        for client_id, row in rows.items()
    }


def upsert_from_pms(session: Session, practice_id: int, record: PmsRecord, *, now: datetime) -> int:
    """Our client for the PMS's; one imported without a reference is recognised by name and phone or mailbox.

    What the PMS leaves out, or writes in a way nobody could dial, does not overwrite what we know. Somebody new who
    gave the practice a phone or mailbox agreed to hear about their visits; offers and marketing take their own word.
    """
    phone, email = _dialable(record.phone), _mailbox(record.email)
    row = _known(session, practice_id, record, phone=phone, email=email)
    if row is not None:
        row.pms_ref, row.first_name, row.last_name = record.ref, record.first_name, record.last_name
        row.phone, row.email = phone or row.phone, email or row.email
        session.flush()
        assert row.id is not None
        client_id = row.id
    else:
        # A second look at the same new client may come first; then its row is the one.
        client_id = session.execute(
            insert(tables.Client)
            .values(
                practice_id=practice_id,
                pms_ref=record.ref,
                first_name=record.first_name,
                last_name=record.last_name,
                phone=phone,
                email=email,
                vip=False,
            )
            .on_conflict_do_update(index_elements=["practice_id", "pms_ref"], set_={"pms_ref": record.ref})
            .returning(col(tables.Client.id))
        ).scalar_one()
        for channel, address in ((Channel.SMS, phone), (Channel.EMAIL, email)):
            if address is not None:
                grant(session, practice_id, client_id, channel, MessageKind.APPOINTMENT, source="pms", now=now)
    for channel, agreed in ((Channel.SMS, record.marketing_sms), (Channel.EMAIL, record.marketing_email)):
        if agreed:
            grant(session, practice_id, client_id, channel, MessageKind.MARKETING, source="pms", now=now)
        elif agreed is False:
            revoke(session, practice_id, client_id, channel, MessageKind.MARKETING, now=now)
    return client_id


def grant(
    session: Session,
    practice_id: int,
    client_id: int,
    channel: Channel,
    kind: MessageKind,
    *,
    source: str,
    now: datetime,
) -> None:
    """Note a consent; one that stands keeps its date and source. An opt-out of the address still wins over it."""
    statement = insert(tables.ConsentGrant).values(
        practice_id=practice_id,
        client_id=client_id,
        channel=channel.value,
        kind=kind.value,
        granted_at=now,
        source=source,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "client_id", "channel", "kind"],
            set_={"granted_at": now, "source": source, "revoked_at": None},
            where=col(tables.ConsentGrant.revoked_at).is_not(None),
        )
    )


def revoke(
    session: Session, practice_id: int, client_id: int, channel: Channel, kind: MessageKind, *, now: datetime
) -> None:
    """Take a consent back; nothing happens where there is none."""
    session.execute(
        update(tables.ConsentGrant)
        .where(
            col(tables.ConsentGrant.practice_id) == practice_id,
            col(tables.ConsentGrant.client_id) == client_id,
            col(tables.ConsentGrant.channel) == channel.value,
            col(tables.ConsentGrant.kind) == kind.value,
            col(tables.ConsentGrant.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )


def note_treatments(session: Session, practice_id: int, client_id: int, treatments: Iterable[tuple[str, date]]) -> None:
    """Keep treatments (kind, local date) that were given; told twice, they count once."""
    rows = [
        {"practice_id": practice_id, "client_id": client_id, "kind": kind, "treated_on": on}
        for kind, on in dict.fromkeys(treatments)
    ]
    if rows:
        session.execute(insert(tables.ClientTreatment).values(rows).on_conflict_do_nothing())


def answered(session: Session, practice_id: int, client_id: int, channel: Channel) -> None:
    """Remember where the client answered last."""
    session.execute(
        update(tables.Client)
        .where(col(tables.Client.practice_id) == practice_id, col(tables.Client.id) == client_id)
        .values(last_answered_channel=channel.value)
    )


def _known(
    session: Session, practice_id: int, record: PmsRecord, *, phone: str | None, email: str | None
) -> tables.Client | None:
    mine = select(tables.Client).where(col(tables.Client.practice_id) == practice_id).with_for_update()
    known = session.execute(mine.where(col(tables.Client.pms_ref) == record.ref)).scalar_one_or_none()
    reachable = [
        column == address
        for column, address in ((col(tables.Client.phone), phone), (col(tables.Client.email), email))
        if address is not None
    ]
    if known is not None or not reachable:
        return known
    alike = list(
        session.execute(
            mine.where(
                col(tables.Client.pms_ref).is_(None),
                or_(*reachable),
                func.lower(col(tables.Client.first_name)) == record.first_name.casefold(),
                func.lower(col(tables.Client.last_name)) == record.last_name.casefold(),
            )
        ).scalars()
    )
    return alike[0] if len(alike) == 1 else None


def _dialable(phone: str | None) -> str | None:
    try:
        return e164(phone) if phone else None
    except ValueError:
        return None


def _mailbox(email: str | None) -> str | None:
    return (email or "").strip().lower() or None


def _consents(session: Session, practice_id: int, ids: Iterable[int]) -> dict[int, set[tuple[Channel, MessageKind]]]:
    found: dict[int, set[tuple[Channel, MessageKind]]] = defaultdict(set)
    grants = tables.ConsentGrant
    for client_id, channel, kind in session.execute(
        select(col(grants.client_id), col(grants.channel), col(grants.kind)).where(
            col(grants.practice_id) == practice_id,
            one_of(col(grants.client_id), ids),
            col(grants.revoked_at).is_(None),
        )
    ):
        found[client_id].add((Channel(channel), MessageKind(kind)))
    return found


def _stopped(session: Session, practice_id: int, rows: Iterable[tables.Client]) -> set[tuple[Channel, str | None]]:
    addresses = {address for row in rows for address in (row.phone, row.email) if address is not None}
    return {
        (Channel(channel), address)
        for channel, address in session.execute(
            select(col(tables.OptOut.channel), col(tables.OptOut.address)).where(
                col(tables.OptOut.practice_id) == practice_id,
                one_of(col(tables.OptOut.address), addresses),
                col(tables.OptOut.resubscribed_at).is_(None),
            )
        )
    }


def _treatments(session: Session, practice_id: int, ids: Iterable[int]) -> dict[int, set[tuple[str, date]]]:
    """Per kind the newest treatment given, and every visit the mirror counts on.

    A booked visit must not hide the treatment before it: when the booked one is given up for an earlier date, the
    distance to the one before decides.
    """
    wanted = tuple(ids)
    found: dict[int, set[tuple[str, date]]] = defaultdict(set)
    history = tables.ClientTreatment
    for client_id, kind, on in session.execute(
        select(col(history.client_id), col(history.kind), func.max(col(history.treated_on)))
        .where(col(history.practice_id) == practice_id, one_of(col(history.client_id), wanted))
        .group_by(col(history.client_id), col(history.kind))
    ):
        found[client_id].add((kind, on))
    local = cast(func.timezone(col(Location.zone), func.lower(col(AppointmentSegment.during))), Date)
    for client_id, kind, on in session.execute(
        select(col(Appointment.client_id), col(Service.kind), local)
        .join(
            AppointmentSegment,
            (col(AppointmentSegment.practice_id) == col(Appointment.practice_id))
            & (col(AppointmentSegment.appointment_id) == col(Appointment.id)),
        )
        .join(
            Service,
            (col(Service.practice_id) == col(AppointmentSegment.practice_id))
            & (col(Service.id) == col(AppointmentSegment.service_id)),
        )
        .join(
            Location,
            (col(Location.practice_id) == col(Appointment.practice_id))
            & (col(Location.id) == col(Appointment.location_id)),
        )
        .where(
            col(Appointment.practice_id) == practice_id,
            one_of(col(Appointment.client_id), wanted),
            col(Appointment.state).in_(_COUNTS),
        )
    ):
        found[client_id].add((kind, on))
    return found
