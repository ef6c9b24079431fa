"""Services with who may give them and where, and the credentials that decide."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import col

from domain.catalogue import Prerequisite
from domain.matching import eligible
from domain.wall_time import local_date
from models.duration_text import read_duration
from models.importing import cells
from models.importing.import_state import ImportState, Listing
from models.importing.row_reader import RowReader
from models.matrix import Credential, Device, Provider, Room, Service, ServiceProvider
from models.repositories import practices

_NEVER = {"never", "does not expire", "none"}


def apply_service(book: ImportState, record: RowReader) -> None:
    """One line of the matrix. What a line leaves out stays as it was, so that a short list changes no price."""
    name = record.needed("name")
    code = record.text("code")
    row = None if name is None else _meant(book, record, name, code)
    if code is not None and any(one is not row for one in book.coded(code)):
        record.wrong("code", f'is that of "{book.coded(code)[0].name}" already')
    ref = book.own_ref(record, "Service", row, book.services)
    lengths = _lengths(record)
    groups = [one for part in record.many("requires", separators="+") or [] for one in _group(record, part)]
    # Read before anything is written: a line with an error changes nothing.
    room, device = record.read("room", cells.kind), record.read("device", cells.kind)
    earliest, due = record.read("earliest", read_duration), record.read("due", read_duration)
    price, needs = record.read("price", cells.cents), record.choice("needs", Prerequisite)
    flags = {
        "high_value": record.read("high_value", cells.yes_no),
        "is_consult": record.read("consult", cells.yes_no),
        "active": record.read("active", cells.yes_no),
    }
    if row is None and code is None and name is not None and book.coded(_code(name)):
        record.wrong("code", "is missing: another service has this name, so each needs a code of its own")
    if row is None and record.ok and lengths.get("duration") is None:
        record.wrong("duration", 'is missing; write it like "30 min"')
    if earliest is not None and due is not None and due < earliest:
        record.wrong("due", "comes before the earliest")
    if not record.ok or name is None:
        book.failed |= {words.casefold() for words in (name, code, *(record.many("providers") or [])) if words}
        return
    book.findings.count("services", new=row is None)
    if row is None:
        code = code or _code(name)
        row = Service(practice_id=book.practice_id, code=code, name=name, kind=code.casefold(), duration=timedelta())
        book.services.append(row)
        book.add(row)
    book.is_about(record, row)
    row.code, row.name = code or row.code, name
    row.kind = (record.text("kind") or row.kind).casefold()
    row.pms_ref = ref or row.pms_ref
    row.requirements = [list(one) for one in groups] if record.has("requires") else row.requirements
    given = {
        **lengths,
        "room_kind": room,
        "device_kind": device,
        "earliest_interval": earliest,
        "due_interval": due,
        "price_cents": price,
        "prerequisite": None if needs is None else needs.value,
        **flags,
    }
    for column, value in given.items():
        if value is not None:
            setattr(row, column, value)
    book.add(row)
    _list_providers(book, record, row)
    _rooms_exist(book, record, row)


def _code(name: str) -> str:
    return "-".join(name.casefold().split())


def _meant(book: ImportState, record: RowReader, name: str, code: str | None) -> Service | None:
    """By its code; else by its name, and where several have that, by its reference."""
    by_code = [] if code is None else book.coded(code)
    return book.meant(record, "Service", "service", by_code or book.services_named(name), book.ref(record, "Service"))


def apply_credential(
    book: ImportState, record: RowReader, provider: Provider | None, *, kind_field: str = "credential"
) -> None:
    """A provider's certificate; the same kind again is its renewal. Without a provider it is only checked."""
    kind, expires = record.needed(kind_field), record.needed("expires")
    expires_on = None
    if expires is not None and expires.casefold() not in _NEVER:
        expires_on = record.read("expires", _expiry)
    if not record.ok or kind is None or provider is None:
        return
    assert provider.id is not None
    row = book.session.execute(
        select(Credential).where(
            col(Credential.practice_id) == book.practice_id,
            col(Credential.provider_id) == provider.id,
            col(Credential.kind) == cells.kind(kind),
        )
    ).scalar_one_or_none()
    book.findings.count("credentials", new=row is None)
    if row is None:
        row = Credential(practice_id=book.practice_id, provider_id=provider.id, kind=cells.kind(kind))
    row.expires_on, row.number = expires_on, record.text("number") or row.number
    book.add(row)


def apply_credential_row(book: ImportState, record: RowReader) -> None:
    """One line of the credentials list, which names its provider."""
    words = record.needed("provider")
    provider = None if words is None else book.provider(words)
    if words is not None and book.of_several(record, "provider", words, book.providers_named(words)):
        return
    if provider is None and words is not None and words.casefold() not in book.failed:
        record.wrong(
            "provider", f'there is no provider "{words}"; add them to the staff, or see how the name is written'
        )
    apply_credential(book, record, provider)


def tell_who_is_not_eligible(book: ImportState) -> None:
    """Everybody listed for a service that their credentials do not allow: told with line and name.

    Being listed makes nobody eligible; `domain.matching.eligible` asks for the credentials each time.
    """
    matrix = practices.matrix(book.session, book.practice_id)
    today = local_date(book.now, book.zone)
    for listing in book.listings:
        assert listing.provider.id is not None and listing.service.id is not None
        refused = eligible(
            provider=matrix.provider(listing.provider.id), service=matrix.service(listing.service.id), on=today
        )
        if refused is not None:
            listing.record.notice(listing.field, f"{refused.words} Listed, but not eligible until that changes.")


def _expiry(words: str) -> date:
    try:
        return cells.day(words)
    except ValueError:
        raise ValueError(f'"{words}" is no date; write it like 2026-11-03, or "never"') from None


def _group(record: RowReader, words: str) -> tuple[tuple[str, ...], ...]:
    try:
        return cells.requirements(words)
    except ValueError as error:
        record.wrong("requires", str(error))
        return ()


def _lengths(record: RowReader) -> dict[str, timedelta | None]:
    """Duration and buffers, in one cell or in three."""
    together = record.read("duration_and_buffer", cells.lengths)
    duration, before, after = together or (None, None, None)
    own = record.read("duration", read_duration)
    if own is not None and together is not None:
        record.wrong("duration", "is said twice")
    if own is not None and own <= timedelta():
        record.wrong("duration", "must be longer than nothing")
    return {
        "duration": own or duration,
        "buffer_before": _first(record.read("buffer_before", read_duration), before),
        "buffer_after": _first(record.read("buffer_after", read_duration), after),
    }


def _first(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    return other if one is None else one


def _list_providers(book: ImportState, record: RowReader, service: Service) -> None:
    """Make the providers named the ones listed for the service; nobody named leaves them as they are."""
    names = record.many("providers")
    if names is None:
        return
    wanted: dict[int, Provider] = {}
    for words in names:
        provider = book.provider(words)
        if book.of_several(record, "providers", words, book.providers_named(words)):
            continue
        if provider is None:
            if words.casefold() in book.failed:
                continue
            provider = book.add_provider(display_name=words, first_name=words)
            record.notice(
                "providers", f"{words} was not among the staff and is added; a first name is missing for texts"
            )
        assert provider.id is not None
        wanted[provider.id] = provider
        book.listings.append(Listing(record=record, field="providers", service=service, provider=provider))
    assert service.id is not None
    pairs = ServiceProvider
    known = {
        row.provider_id: row
        for row in book.session.execute(
            select(pairs).where(col(pairs.practice_id) == book.practice_id, col(pairs.service_id) == service.id)
        ).scalars()
    }
    for provider_id, row in known.items():
        if provider_id not in wanted:
            book.session.delete(row)
    for provider_id in wanted.keys() - known.keys():
        book.session.add(pairs(practice_id=book.practice_id, service_id=service.id, provider_id=provider_id))
    book.session.flush()


def _rooms_exist(book: ImportState, record: RowReader, service: Service) -> None:
    for table, kind, field in ((Room, service.room_kind, "room"), (Device, service.device_kind, "device")):
        if kind is None or record.text(field) is None:
            continue
        there = book.session.execute(
            select(col(table.id)).where(col(table.practice_id) == book.practice_id, col(table.kind) == kind).limit(1)
        ).first()
        if there is None:
            record.notice(field, f'there is no {field} of the kind "{kind}" yet, so the service fits nowhere')
