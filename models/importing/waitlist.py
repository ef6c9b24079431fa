"""The waitlist: who wants what, with whom, when."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlmodel import col

from domain.clients import WaitlistEntry, WeeklyWindow
from models.client import Client
from models.duration_text import read_duration
from models.importing import cells, pms_references
from models.importing.import_state import ImportState
from models.importing.row_reader import RowReader
from models.importing.weekly import windows as windows_of
from models.phone_numbers import e164
from models.repositories import waitlist

_ANY = {"any", "anybody", "anyone"}


def apply_entry(book: ImportState, record: RowReader, seen: dict[str, int]) -> None:
    """One line of the waitlist. `seen` are keys of earlier lines: the same wish twice is an error."""
    client_id = _client(book, record)
    service_ids = _services(book, record)
    provider_ids = _providers(book, record)
    location_id = _location(book, record)
    windows = record.read("windows", windows_of)
    earliest, latest = record.read("earliest_date", cells.day), record.read("latest_date", cells.day)
    if earliest is not None and latest is not None and latest < earliest:
        record.wrong("latest_date", "comes before the earliest")
    notice, together = record.read("minimum_notice", read_duration), record.read("together", cells.yes_no)
    miles, miles_away = record.number("miles"), record.number("miles_away")
    flexibility, priority = record.whole("flexibility", most=3), record.whole("priority", most=3)
    joined = record.read("joined", lambda words: cells.instant(words, book.zone))
    if joined is not None and joined > book.now:
        record.wrong("joined", "is in the future")
    if not record.ok or client_id is None:
        return
    key = record.text("key") or f"{client_id}:{','.join(str(one) for one in sorted(service_ids))}"
    if key in seen:
        record.wrong("key", f"is the same wish as line {seen[key]}; tell them apart with different keys")
        return
    seen[key] = record.line
    entry_id = waitlist.by_import_key(book.session, book.practice_id, [key]).get(key)
    known = None if entry_id is None else waitlist.get(book.session, book.practice_id, entry_id)
    book.findings.count("waitlist entries", new=known is None)
    waitlist.save(
        book.session,
        book.practice_id,
        WaitlistEntry(
            id=entry_id or 0,
            client_id=client_id,
            location_id=location_id,
            service_ids=tuple(service_ids),
            provider_ids=frozenset(provider_ids),
            windows=windows or (),
            earliest_date=earliest,
            latest_date=latest,
            minimum_notice=notice or timedelta(),
            miles_declared=miles,
            miles_away=miles_away,
            flexibility=_flexibility(provider_ids, windows) if flexibility is None else flexibility,
            priority=priority or 0,
            joined_at=joined or _joined(known, book.now),
            last_offered_at=None,
            together=bool(together),
        ),
        import_key=key,
    )


def _joined(known: WaitlistEntry | None, now: datetime) -> datetime:
    return now if known is None else known.joined_at


def _flexibility(provider_ids: set[int], windows: tuple[WeeklyWindow, ...] | None) -> int:
    """What was not stated follows from the wish: anybody counts one, any time two."""
    return (0 if provider_ids else 1) + (0 if windows else 2)


def _client(book: ImportState, record: RowReader) -> int | None:
    """By the PMS's reference, phone or mailbox, whichever the list has."""
    words = record.needed("client")
    if words is None:
        return None
    ways = [col(Client.pms_ref) == words, col(Client.email) == words.lower()]
    with suppress(ValueError):  # no reference, so a phone or a mailbox
        ways.append(col(Client.pms_ref) == pms_references.tidy(words, pms=book.practice.pms_kind, kind="Client"))
    with suppress(ValueError):  # no phone, so a reference or a mailbox
        ways.append(col(Client.phone) == e164(words))
    found: list[int | None] = list(
        book.session.execute(
            select(col(Client.id)).where(col(Client.practice_id) == book.practice_id, or_(*ways)).limit(2)
        ).scalars()
    )
    if len(found) == 1:
        return found[0]
    if found:
        record.wrong("client", f'"{words}" is of several clients; name this one by pms_ref')
    elif words.casefold() not in book.failed:
        record.wrong(
            "client", f'there is no client "{words}"; name them by pms_ref, phone or email, as in the client list'
        )
    else:
        record.ok = False
    return None


def _services(book: ImportState, record: RowReader) -> list[int]:
    names = record.many("services")
    if not names:
        record.wrong("services", "is missing")
    found: list[int] = []
    for words in names or []:
        service = book.service(words)
        if service is not None and service.id is not None:
            found.append(service.id)
        elif book.of_several(record, "services", words, book.services_named(words)):
            continue
        elif words.casefold() in book.failed:
            record.ok = False
        else:
            record.wrong("services", f'there is no service "{words}"')
    return found


def _providers(book: ImportState, record: RowReader) -> set[int]:
    found: set[int] = set()
    for words in record.many("providers") or []:
        provider = book.provider(words)
        if words.casefold() in _ANY:
            continue
        if provider is not None and provider.id is not None:
            found.add(provider.id)
        elif book.of_several(record, "providers", words, book.providers_named(words)):
            continue
        elif words.casefold() in book.failed:
            record.ok = False
        else:
            record.wrong("providers", f'there is no provider "{words}"')
    return found


def _location(book: ImportState, record: RowReader) -> int | None:
    words = record.text("location")
    if words is None or words.casefold() in _ANY:
        return None
    location = book.location(words)
    if book.of_several(record, "location", words, book.locations_named(words)):
        return None
    if location is None:
        record.wrong("location", f'there is no location "{words}"')
        return None
    return location.id
