"""The client list: who they are, how to reach them, and what they agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.clients import Channel, MessageKind
from models.client import Client, ClientNote, ConsentGrant
from models.importing import cells
from models.importing.import_state import ImportState
from models.importing.row_reader import RowReader
from models.phone_numbers import HasExtension, e164
from models.repositories import clients
from models.repositories.clients import same_name


def apply_client(book: ImportState, record: RowReader, seen: dict[int, int]) -> None:
    """One line of the client list. `seen` are clients of earlier lines, by id."""
    first_name, last_name = record.needed("first_name"), record.needed("last_name")
    phone, with_extension = _phone(record)
    email = record.read("email", cells.email)
    channel = record.choice("preferred_channel", Channel)
    plain = {
        "phone": phone,
        "phone_with_extension": with_extension,
        "email": email,
        "postcode": record.text("postcode"),
        "zone": record.read("zone", cells.zone),
        "language": record.read("language", cells.language),
        "pms_ref": book.ref(record, "Client"),
        "stated_channel": None if channel is None else channel.value,
        "preferred_provider_id": _provider(book, record),
        "vip": record.read("vip", cells.yes_no),
        "exam_valid_until": record.read("exam_valid_until", cells.day),
        "consult_valid_until": record.read("consult_valid_until", cells.day),
    }
    consents = {
        (one, kind): record.read(f"consent_{one}_{kind}", cells.yes_no) for one in Channel for kind in MessageKind
    }
    treatments = _treatments(book, record)
    note, author, noted_on = record.text("note"), record.text("note_author"), record.read("note_date", cells.day)
    if note is not None and author is None:
        record.wrong("note_author", "is missing: a note needs an author")
    if note is not None and not record.has("note_date"):
        record.wrong("note_date", "is missing: a note needs a date")
    for one, address, field in ((Channel.SMS, phone, "phone"), (Channel.EMAIL, email, "email")):
        callable_only = one is Channel.SMS and with_extension is not None
        if record.ok and address is None and not callable_only and any(consents[one, kind] for kind in MessageKind):
            record.wrong(field, f"is missing, and there is a consent to {one.value}")
    row = _known(book, record, plain, first_name, last_name) if record.ok else None
    if row is not None and row.id in seen:
        record.wrong("", f"is the same client as line {seen[row.id]}")
    if not record.ok or first_name is None or last_name is None:
        book.failed |= {
            word.casefold() for word in (record.text("pms_ref"), record.text("phone"), record.text("email")) if word
        }
        return
    book.findings.count("clients", new=row is None)
    if row is None:
        row = Client(practice_id=book.practice_id, first_name=first_name, last_name=last_name)
    row.first_name, row.last_name = first_name, last_name
    clients.give_up_phone(book.session, row, now_has=phone)
    for column, value in plain.items():
        if value is not None:
            setattr(row, column, value)
    book.add(row)
    assert row.id is not None
    seen[row.id] = record.line
    for (one, kind), agreed in consents.items():
        _consent(book, record, row.id, one, kind, agreed)
    clients.note_treatments(book.session, book.practice_id, row.id, treatments)
    if note is not None and author is not None and noted_on is not None:
        _note(book, row.id, note, author, noted_on)


def _phone(record: RowReader) -> tuple[str | None, str | None]:
    """The phone that can be texted, or the line behind a switchboard."""
    kept: list[str] = []

    def read(words: str) -> str | None:
        try:
            return e164(words)
        except HasExtension as error:
            kept.append(error.dialled)
            return None

    phone = record.read("phone", read)
    for dialled in kept:
        record.notice("phone", f'"{dialled}" has an extension: it is kept for calls, and texts need a mobile number')
    return phone, kept[0] if kept else None


def _provider(book: ImportState, record: RowReader) -> int | None:
    words = record.text("preferred_provider")
    if words is None:
        return None
    provider = book.provider(words)
    if provider is not None:
        return provider.id
    if book.of_several(record, "preferred_provider", words, book.providers_named(words)):
        return None
    if words.casefold() not in book.failed:
        record.wrong("preferred_provider", f'there is no provider "{words}"')
    return None


def _treatments(book: ImportState, record: RowReader) -> list[tuple[str, date]]:
    """ "TOX 2026-05-01; FILLER 2026-02-03": services by code or name, each with its date."""
    found: list[tuple[str, date]] = []
    for part in record.many("treatments", separators=";") or []:
        words, _, when = part.rpartition(" ")
        service = book.service(words)
        try:
            on = cells.day(when)
        except ValueError as error:
            record.wrong("treatments", f'{error}, after the service: "TOX 2026-05-01"')
            continue
        if service is not None:
            found.append((service.kind, on))
        elif book.of_several(record, "treatments", words, book.services_named(words)):
            continue
        elif words.casefold() not in book.failed:
            record.wrong("treatments", f'there is no service "{words}"')
    return found


def _known(
    book: ImportState, record: RowReader, plain: Mapping[str, object], first_name: str | None, last_name: str | None
) -> Client | None:
    """The client of an earlier import or of the PMS: by reference, else by name with phone or mailbox."""
    mine = select(Client).where(col(Client.practice_id) == book.practice_id)
    if plain["pms_ref"] is not None:
        row: Client | None = book.session.execute(
            mine.where(col(Client.pms_ref) == plain["pms_ref"])
        ).scalar_one_or_none()
        if row is not None:
            return row
        # A client known without a reference gets it; one with another reference is somebody else.
        mine = mine.where(col(Client.pms_ref).is_(None))
    reachable = [
        column == plain[name]
        for column, name in (
            (col(Client.phone), "phone"),
            (col(Client.phone_with_extension), "phone_with_extension"),
            (col(Client.email), "email"),
        )
        if plain[name] is not None
    ]
    if not reachable:
        if plain["pms_ref"] is None:
            record.wrong("", "has neither pms_ref nor phone nor email, so nobody could tell who it is")
        return None
    named = same_name(first_name or "", last_name or "")
    alike = [row for row in book.session.execute(mine.where(or_(*reachable))).scalars() if named(row)]
    if len(alike) > 1:
        record.wrong("pms_ref", "is missing, and several clients have this name and address")
        return None
    return alike[0] if alike else None


def _consent(
    book: ImportState, record: RowReader, client_id: int, channel: Channel, kind: MessageKind, agreed: bool | None
) -> None:
    """Yes adds a consent, no takes it back. An old list never brings back what the client has taken back."""
    if agreed is False:
        clients.revoke(book.session, book.practice_id, client_id, channel, kind, now=book.now)
    if not agreed:
        return
    grants = ConsentGrant
    values = {"practice_id": book.practice_id, "client_id": client_id, "channel": channel.value, "kind": kind.value}
    book.session.execute(insert(grants).values(**values, granted_at=book.now, source="import").on_conflict_do_nothing())
    revoked = book.session.execute(
        select(col(grants.revoked_at)).where(*(getattr(grants, name) == value for name, value in values.items()))
    ).scalar_one()
    if revoked is not None:
        record.notice(
            f"consent_{channel.value}_{kind.value}",
            f"was taken back on {revoked.date()}; a list does not bring it back, the client's own word does",
        )


def _note(book: ImportState, client_id: int, text: str, author: str, noted_on: date) -> None:
    values = {"practice_id": book.practice_id, "client_id": client_id, "author": author, "text": text}
    known = book.session.execute(
        select(col(ClientNote.id)).where(
            *(getattr(ClientNote, name) == value for name, value in values.items()),
            col(ClientNote.noted_on) == noted_on,
        )
    ).first()
    if known is None:
        book.session.add(
            ClientNote(practice_id=book.practice_id, client_id=client_id, author=author, text=text, noted_on=noted_on)
        )
