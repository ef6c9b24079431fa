"""A practice as it stands during an import: what is there already and what the files have added so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from domain.catalogue import home_zone
from domain.names import name_key
from models.importing import pms_references
from models.importing.findings import Findings
from models.importing.row_reader import RowReader
from models.matrix import Device, Provider, ProviderLocation, Room, Service
from models.practice import Location, Practice

Row = TypeVar("Row", bound=SQLModel)
#: What a practice system has a reference of, and people a name.
Known = TypeVar("Known", Service, Provider, Location, Room, Device)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A provider named for a service, and where that was said."""

    record: RowReader
    field: str
    service: Service
    provider: Provider


@dataclass
class ImportState:
    """Finds rows by what people call them. `failed` are names whose own line is wrong: they raise no second error."""

    session: Session
    practice: Practice
    now: datetime
    findings: Findings
    services: list[Service] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    listings: list[Listing] = field(default_factory=list)
    #: The line of a file that is about a row, by file and row: twice in one file is a mistake, once in each of two
    #: completes it.
    lines: dict[tuple[str, type[SQLModel], int], int] = field(default_factory=dict)
    #: The references that lines of these files give, by what they are of.
    refs_said: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def open(cls, session: Session, practice: Practice, now: datetime, findings: Findings) -> ImportState:
        book = cls(session=session, practice=practice, now=now, findings=findings)
        book.services = book._all(Service)
        book.providers = book._all(Provider)
        book.locations = book._all(Location)
        return book

    @property
    def practice_id(self) -> int:
        assert self.practice.id is not None
        return self.practice.id

    @property
    def zone(self) -> str:
        """Wall times without a place are in the practice's own zone."""
        return home_zone(self.locations)

    def service(self, words: str) -> Service | None:
        """By code, name or reference, whatever the case; None also where several have the name."""
        return _only(self.services_named(words))

    def provider(self, words: str) -> Provider | None:
        """By name as the practice writes it ("NP Martinez"), or by reference; None also where several have the name."""
        return _only(self.providers_named(words))

    def location(self, words: str) -> Location | None:
        """By name or reference; None also where several have the name."""
        return _only(self.locations_named(words))

    def services_named(self, words: str) -> list[Service]:
        """One of this code, or all of this name."""
        return _named(words, self.services, "code") or _named(words, self.services, "name")

    def coded(self, code: str) -> list[Service]:
        return [one for one in self.services if name_key(one.code) == name_key(code)]

    def providers_named(self, words: str) -> list[Provider]:
        return _named(words, self.providers, "display_name")

    def locations_named(self, words: str) -> list[Location]:
        return _named(words, self.locations, "name")

    def expect(self, kind: str, words: Iterable[str | None]) -> None:
        """The references that lines give, read or not: a namesake whose reference is among them is somebody else."""
        for one in words:
            with suppress(ValueError):  # said at its own line
                if one:
                    self.refs_said[kind].add(pms_references.tidy(one, pms=self.practice.pms_kind, kind=kind))

    def meant(
        self, record: RowReader, kind: str, what: str, namesakes: Sequence[Known], ref: str | None
    ) -> Known | None:
        """Which of those of one name a line is about, by its reference; None: another one of that name, or none yet.

        Without a reference it is the only one. A reference that nobody of the name has is that one's whose own is
        missing, or given up by these files: a reference may be put right.
        """
        exact = [one for one in namesakes if ref is not None and one.pms_ref == ref]
        left = [one for one in namesakes if self._line_about(record, one) is None]
        if ref is not None and not exact:
            found = [one for one in left if one.pms_ref is None or one.pms_ref not in self.refs_said[kind]]
        else:
            found = exact or list(namesakes)
        if len(found) > 1:
            record.wrong("name", f"is that of {len(found)} {what}s; give each its pms_ref to tell them apart")
            return None
        if found and (line := self._line_about(record, found[0])) is not None:
            apart = "" if kind == "Service" else "; if they are two, give each its pms_ref"
            record.wrong("name", f"is the same {what} as line {line}{apart}")
        return found[0] if found else None

    def is_about(self, record: RowReader, row: Known) -> None:
        """This line was about that row."""
        assert row.id is not None
        self.lines.setdefault((record.file, type(row), row.id), record.line)

    def _line_about(self, record: RowReader, row: Known) -> int | None:
        return None if row.id is None else self.lines.get((record.file, type(row), row.id))

    def of_several(self, record: RowReader, field: str, words: str, namesakes: Sequence[Known]) -> bool:
        """Whether these words could mean several; then it is said where they stand."""
        if len(namesakes) > 1:
            theirs = ", ".join(sorted(one.pms_ref or "one has none" for one in namesakes))
            record.wrong(field, f'"{words}" is the name of {len(namesakes)}; name the one by its pms_ref ({theirs})')
        return len(namesakes) > 1

    def ref(self, record: RowReader, kind: str, field: str = "pms_ref") -> str | None:
        """The PMS's reference of a Location, Staff, Service or Client, in the form its events carry."""
        return record.read(field, lambda words: pms_references.tidy(words, pms=self.practice.pms_kind, kind=kind))

    def own_ref(
        self, record: RowReader, kind: str, row: SQLModel | None, rows: Sequence[Service | Provider | Location]
    ) -> str | None:
        """Like `ref`; it stands for one thing, and a copied line would give it to two."""
        ref = self.ref(record, kind)
        holder = next((one for one in rows if ref is not None and one.pms_ref == ref and one is not row), None)
        if holder is not None:
            name = holder.display_name if isinstance(holder, Provider) else holder.name
            record.wrong("pms_ref", f'is that of "{name}" already')
        return ref

    def add(self, row: Row) -> Row:
        """Write a row, so that it has its id."""
        self.session.add(row)
        self.session.flush()
        return row

    def add_provider(self, *, display_name: str, first_name: str, pms_ref: str | None = None) -> Provider:
        """A new provider, at every location until told otherwise."""
        provider = self.add(
            Provider(practice_id=self.practice_id, display_name=display_name, first_name=first_name, pms_ref=pms_ref)
        )
        self.providers.append(provider)
        self.work_at(provider, self.locations)
        self.findings.count("providers", new=True)
        return provider

    def work_at(self, provider: Provider, locations: Iterable[Location]) -> None:
        """Make these the places the provider works at."""
        wanted = {one.id for one in locations}
        places = ProviderLocation
        for row in self.session.execute(
            select(places).where(col(places.practice_id) == self.practice_id, col(places.provider_id) == provider.id)
        ).scalars():
            if row.location_id in wanted:
                wanted.discard(row.location_id)
            else:
                self.session.delete(row)
        for location_id in sorted(one for one in wanted if one is not None):
            assert provider.id is not None
            self.add(ProviderLocation(practice_id=self.practice_id, provider_id=provider.id, location_id=location_id))
        self.session.flush()

    def _all(self, table: type[Row]) -> list[Row]:
        columns = table.__table__.c  # type: ignore[attr-defined]  # SQLModel's stubs do not name it
        return list(
            self.session.execute(
                select(table).where(columns.practice_id == self.practice_id).order_by(columns.id)
            ).scalars()
        )


def _named(words: str, rows: list[Known], column: str) -> list[Known]:
    """All of that name, else the one with that reference."""
    wanted = name_key(words)
    named = [row for row in rows if name_key(str(getattr(row, column))) == wanted]
    return named or [row for row in rows if row.pms_ref is not None and _is_ref(words, row.pms_ref)]


def _is_ref(words: str, ref: str) -> bool:
    """Whether somebody means this reference, as the practice system writes it or by its last part alone."""
    return words.casefold() in {ref.casefold(), ref.rpartition(":")[2].casefold()}


def _only(found: list[Known]) -> Known | None:
    return found[0] if len(found) == 1 else None
