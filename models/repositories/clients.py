"""Clients as rules need them: whom we may write to, and what they had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import CompoundSelect, Date, bindparam, cast, false, func, null, or_, select, true, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, col

from domain.calendar import VisitState
from domain.clients import Channel, Client, Consent, Language, LastTreatment, MessageKind
from domain.names import name_key
from models import client as tables
from models.calendar import Appointment
from models.matrix import Service
from models.phone_numbers import HasExtension, all_forms, e164
from models.queries import among, fetch, one_of
from models.repositories import messages, zones
from models.repositories.phone_users import users_of

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
    @property
    def refuses_texts(self) -> bool: ...
    @property
    def refuses_mails(self) -> bool: ...


def get(session: Session, practice_id: int, client_id: int) -> Client:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such client."""
    found = many(session, practice_id, (client_id,)).get(client_id)
    if found is None:
        raise NoResultFound(f"practice {practice_id} has no client {client_id}")
    return found


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
    """Everybody who uses this phone (E.164), oldest first, as they are reached there."""
    ids = session.execute(users_of(practice_id, phone)).scalars()
    return tuple(_reached_at(one, phone) for one in many(session, practice_id, ids).values())


def at_phone(session: Session, practice_id: int, client_id: int, phone: str | None) -> Client:
    """The client as they are reached at this phone, where it is theirs; else by what stands on file."""
    client = get(session, practice_id, client_id)
    if phone is None or client_id not in set(session.execute(users_of(practice_id, phone)).scalars()):
        return client
    return _reached_at(client, phone)


def _reached_at(client: Client, phone: str) -> Client:
    """At a second phone: a STOP, or a carrier's word, is about one phone; the gate asks for this one."""
    if client.phone is not None and client.phone in all_forms(phone):
        return client
    of_the_other = {Channel.SMS, Channel.VOICE}
    return replace(
        client,
        phone=phone,
        opted_out=client.opted_out - of_the_other,
        undeliverable=client.undeliverable - of_the_other,
    )


def named(session: Session, practice_id: int, name: str) -> tuple[int, ...]:
    """Who is called this, first name first, however it is spelled; the practice's whole list is looked through."""
    wanted = name_key(name)
    people = select(col(tables.Client.id), col(tables.Client.first_name), col(tables.Client.last_name)).where(
        col(tables.Client.practice_id) == practice_id
    )
    return tuple(
        client_id
        for client_id, first, last in session.execute(people)
        if wanted and client_id is not None and name_key(f"{first} {last}") == wanted
    )


def add(session: Session, practice_id: int, *, first_name: str, last_name: str, phone: str) -> int:
    """Somebody new, whom the practice system does not know yet; of this name and phone there is one."""
    named = same_name(first_name, last_name)
    mine = select(tables.Client).where(
        col(tables.Client.practice_id) == practice_id, one_of(col(tables.Client.phone), all_forms(phone))
    )
    known = next((row for row in session.execute(mine).scalars() if named(row)), None)
    row = known or tables.Client(practice_id=practice_id, first_name=first_name, last_name=last_name, phone=phone)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def change_phone(session: Session, practice_id: int, client_id: int, phone: str) -> None:
    """The client has another number by now."""
    row = session.execute(
        select(tables.Client)
        .where(col(tables.Client.practice_id) == practice_id, col(tables.Client.id) == client_id)
        .with_for_update()
    ).scalar_one()
    give_up_phone(session, row, now_has=phone)
    row.phone = phone
    session.flush()


def add_second_phone(session: Session, practice_id: int, client_id: int, phone: str, *, now: datetime) -> None:
    """The client writes from this phone as well."""
    session.execute(
        insert(tables.SecondPhone)
        .values(practice_id=practice_id, client_id=client_id, phone=phone, since=now)
        .on_conflict_do_nothing()
    )


class ClientRow(NamedTuple):
    """A client as the table has them: without consents, opt-outs and treatments."""

    id: int
    first_name: str
    last_name: str
    pms_ref: str | None
    phone: str | None
    phone_with_extension: str | None
    email: str | None
    postcode: str | None
    zone: str | None
    language: str | None
    wrote_in: str | None
    stated_channel: str | None
    last_answered_channel: str | None
    preferred_provider_id: int | None
    vip: bool
    exam_valid_until: date | None
    consult_valid_until: date | None


_CLIENT: Final = tables.Client.metadata.tables["client"]
COLUMNS: Final = tuple(_CLIENT.c[name] for name in ClientRow._fields)
_MANY: Final = (
    select(*COLUMNS)
    .where(_CLIENT.c.practice_id == bindparam("practice_id"), among(_CLIENT.c.id, "client_ids"))
    .order_by(_CLIENT.c.id)
)


def many(session: Session, practice_id: int, ids: Iterable[int]) -> dict[int, Client]:
    """These clients by id, in three queries however many they are; unknown ids are left out."""
    found = fetch(session, _MANY, practice_id=practice_id, client_ids=list(ids))
    return of_rows(session, practice_id, [ClientRow(*row) for row in found])


def of_rows(session: Session, practice_id: int, found: Iterable[ClientRow]) -> dict[int, Client]:
    """The same for who is read already."""
    people = {row.id: row for row in found}
    if not people:
        return {}
    consents, treatments = _consents_and_treatments(session, practice_id, list(people))
    stopped, undeliverable = _stopped_and_undeliverable(session, practice_id, people.values())
    return {
        client_id: Client(
            id=client_id,
            first_name=row.first_name,
            last_name=row.last_name,
            pms_ref=row.pms_ref,
            phone=row.phone,
            phone_with_extension=row.phone_with_extension,
            undeliverable=undeliverable[client_id],
            email=row.email,
            postcode=row.postcode,
            zone=row.zone,
            consent=Consent(granted=frozenset(consents[client_id])),
            opted_out=stopped[client_id],
            stated_channel=None if row.stated_channel is None else Channel(row.stated_channel),
            last_answered_channel=None if row.last_answered_channel is None else Channel(row.last_answered_channel),
            preferred_provider_id=row.preferred_provider_id,
            vip=row.vip,
            exam_valid_until=row.exam_valid_until,
            consult_valid_until=row.consult_valid_until,
            treatments=tuple(LastTreatment(kind=kind, on=on) for kind, on in sorted(treatments[client_id])),
            language=Language(row.language or row.wrote_in or Language.ENGLISH),
        )
        for client_id, row in people.items()
    }


def upsert_from_pms(session: Session, practice_id: int, record: PmsRecord, *, now: datetime) -> int:
    """Our client for the PMS's; one imported without a reference is recognised by name and phone or mailbox.

    What the PMS leaves out, or writes in a way nobody could dial, does not overwrite what we know. Somebody new who
    gave the practice a phone or mailbox agreed to hear about their visits; offers and marketing take their own word.
    """
    phone, with_extension = _dialable(record.phone)
    email = _mailbox(record.email)
    row = _known(session, practice_id, record, phone=phone, email=email)
    if row is not None:
        row.pms_ref, row.first_name, row.last_name = record.ref, record.first_name, record.last_name
        give_up_phone(session, row, now_has=phone)
        row.phone, row.email = phone or row.phone, email or row.email
        row.phone_with_extension = with_extension or row.phone_with_extension
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
                phone_with_extension=with_extension,
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
    for channel, refuses in ((Channel.SMS, record.refuses_texts), (Channel.EMAIL, record.refuses_mails)):
        for kind in MessageKind if refuses else ():
            revoke(session, practice_id, client_id, channel, kind, now=now)
    return client_id


def give_up_phone(session: Session, row: tables.Client, *, now_has: str | None) -> None:
    """Before another number is written to the row: what came from the one before stays with this client."""
    if now_has is not None and row.phone is not None and row.id is not None and row.phone != now_has:
        messages.stay_with(session, row.practice_id, row.id, row.phone)


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


def note_language(session: Session, practice_id: int, client_ids: Sequence[int], language: Language) -> None:
    """The last words of these clients' phone were in this language; what stands on file counts more."""
    session.execute(
        update(tables.Client)
        .where(col(tables.Client.practice_id) == practice_id, col(tables.Client.id).in_(client_ids))
        .values(wrote_in=language.value)
    )


def note_treatments(session: Session, practice_id: int, client_id: int, treatments: Iterable[tuple[str, date]]) -> None:
    """Keep treatments (kind, local date) that were given; told twice, they count once."""
    rows = [
        {"practice_id": practice_id, "client_id": client_id, "kind": kind, "treated_on": on}
        for kind, on in dict.fromkeys(treatments)
    ]
    if rows:
        session.execute(insert(tables.ClientTreatment).values(rows).on_conflict_do_nothing())


def same_name(first_name: str, last_name: str) -> Callable[[tables.Client], bool]:
    """Whether a client is called this, however it is spelled."""
    wanted = (name_key(first_name), name_key(last_name))
    return lambda row: (name_key(row.first_name), name_key(row.last_name)) == wanted


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
    named = same_name(record.first_name, record.last_name)
    unclaimed = mine.where(col(tables.Client.pms_ref).is_(None), or_(*reachable))
    alike = [row for row in session.execute(unclaimed).scalars() if named(row)]
    return alike[0] if len(alike) == 1 else None


def _dialable(phone: str | None) -> tuple[str | None, str | None]:
    """The number that can be texted, or the one behind a switchboard."""
    try:
        return (e164(phone), None) if phone else (None, None)
    except HasExtension as error:
        return None, error.dialled
    except ValueError:
        return None, None


def _mailbox(email: str | None) -> str | None:
    return (email or "").strip().lower() or None


_GRANT: Final = _CLIENT.metadata.tables["consent_grant"]
_OPT_OUT: Final = _CLIENT.metadata.tables["opt_out"]
_UNDELIVERABLE: Final = _CLIENT.metadata.tables["undeliverable"]
_HISTORY: Final = _CLIENT.metadata.tables["client_treatment"]
_APPOINTMENT: Final = Appointment.metadata.tables["appointment"]
_SEGMENT: Final = Appointment.metadata.tables["appointment_segment"]
_SERVICE: Final = Service.metadata.tables["service"]

# Looked up row by row: joined, Postgres starts from the location, and reads everybody's visits there.
_KIND: Final = (
    select(_SERVICE.c.kind)
    .where(_SERVICE.c.practice_id == _SEGMENT.c.practice_id, _SERVICE.c.id == _SEGMENT.c.service_id)
    .scalar_subquery()
)
#: A visit at a place we do not keep counts all the same, by the date in the practice's own zone.
_ZONE: Final = zones.of_place(_APPOINTMENT.c.practice_id, _APPOINTMENT.c.location_id)

#: Consents have a channel, treatments a date: per kind the newest given, and every visit the mirror counts on. A booked
#: visit must not hide the treatment before it: when the booked one is given up for an earlier date, the distance to
#: the one before decides.
_CONSENTS_AND_TREATMENTS: Final[CompoundSelect[Any]] = union_all(
    select(_GRANT.c.client_id, _GRANT.c.channel, _GRANT.c.kind, cast(null(), Date)).where(
        _GRANT.c.practice_id == bindparam("practice_id"),
        among(_GRANT.c.client_id, "client_ids"),
        _GRANT.c.revoked_at.is_(None),
    ),
    select(_HISTORY.c.client_id, null(), _HISTORY.c.kind, func.max(_HISTORY.c.treated_on))
    .where(_HISTORY.c.practice_id == bindparam("practice_id"), among(_HISTORY.c.client_id, "client_ids"))
    .group_by(_HISTORY.c.client_id, _HISTORY.c.kind),
    select(_APPOINTMENT.c.client_id, null(), _KIND, cast(func.timezone(_ZONE, func.lower(_SEGMENT.c.during)), Date))
    .select_from(_APPOINTMENT)
    .join(
        _SEGMENT,
        (_SEGMENT.c.practice_id == _APPOINTMENT.c.practice_id) & (_SEGMENT.c.appointment_id == _APPOINTMENT.c.id),
    )
    .where(
        _APPOINTMENT.c.practice_id == bindparam("practice_id"),
        among(_APPOINTMENT.c.client_id, "client_ids"),
        _SEGMENT.c.service_id.is_not(None),
        _APPOINTMENT.c.state.in_(_COUNTS),
    ),
)


def _consents_and_treatments(
    session: Session, practice_id: int, client_ids: list[int]
) -> tuple[dict[int, set[tuple[Channel, MessageKind]]], dict[int, set[tuple[str, date]]]]:
    consents: dict[int, set[tuple[Channel, MessageKind]]] = defaultdict(set)
    treatments: dict[int, set[tuple[str, date]]] = defaultdict(set)
    for client_id, channel, kind, on in fetch(
        session, _CONSENTS_AND_TREATMENTS, practice_id=practice_id, client_ids=client_ids
    ):
        if channel is None:
            treatments[client_id].add((kind, on))
        else:
            consents[client_id].add((Channel(channel), MessageKind(kind)))
    return consents, treatments


#: One query for both, told apart by the last column.
_STOPPED_AND_UNDELIVERABLE: Final[CompoundSelect[Any]] = union_all(
    select(_OPT_OUT.c.channel, _OPT_OUT.c.address, true()).where(
        _OPT_OUT.c.practice_id == bindparam("practice_id"),
        _OPT_OUT.c.channel.in_([channel.value for channel in Channel]),
        among(_OPT_OUT.c.address, "addresses"),
        _OPT_OUT.c.resubscribed_at.is_(None),
    ),
    select(_UNDELIVERABLE.c.channel, _UNDELIVERABLE.c.address, false()).where(
        _UNDELIVERABLE.c.practice_id == bindparam("practice_id"),
        _UNDELIVERABLE.c.channel.in_([channel.value for channel in Channel]),
        among(_UNDELIVERABLE.c.address, "addresses"),
        _UNDELIVERABLE.c.lifted_at.is_(None),
    ),
)


def _stopped_and_undeliverable(
    session: Session, practice_id: int, people: Iterable[ClientRow]
) -> tuple[dict[int, frozenset[Channel]], dict[int, frozenset[Channel]]]:
    """By client: the channels they want nothing on, and those on which nothing reaches them."""
    people = list(people)
    addresses = {address for row in people for address in (row.phone, row.email) if address is not None}
    stopped: set[tuple[Channel, str | None]] = set()
    undeliverable: set[tuple[Channel, str | None]] = set()
    for channel, address, is_stop in fetch(
        session, _STOPPED_AND_UNDELIVERABLE, practice_id=practice_id, addresses=list(addresses)
    ):
        (stopped if is_stop else undeliverable).add((Channel(channel), address))
    return (
        {row.id: _channels(row, stopped) for row in people},
        {row.id: _channels(row, undeliverable) for row in people},
    )


def _channels(row: ClientRow, found: Set[tuple[Channel, str | None]]) -> frozenset[Channel]:
    if not found:
        return frozenset()
    ways = ((Channel.SMS, row.phone), (Channel.VOICE, row.phone), (Channel.EMAIL, row.email))
    return frozenset(channel for channel, address in ways if (channel, address) in found)
