"""A practice as it stands during an import: what is there already and what the files have added so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from domain.names import name_key
from models.importing import refs
from models.importing.findings import Findings
from models.importing.said import Said
from models.matrix import Provider, ProviderLocation, Service
from models.practice import Location, Practice

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A provider named for a service, and where that was said."""

    said: Said
    field: str
    service: Service
    provider: Provider


@dataclass
class Book:
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
    #: Where a file named a service: twice in one file is a mistake, once in each of two completes it.
    named: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def open(cls, session: Session, practice: Practice, now: datetime, findings: Findings) -> Book:
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
        """Wall times without a place are the first location's."""
        return self.locations[0].zone if self.locations else "UTC"

    def service(self, words: str) -> Service | None:
        """By code or name, whatever the case."""
        return _named(words, self.services, "code") or _named(words, self.services, "name")

    def provider(self, words: str) -> Provider | None:
        """By name as the practice writes it: "NP Martinez"."""
        return _named(words, self.providers, "display_name")

    def location(self, words: str) -> Location | None:
        return _named(words, self.locations, "name")

    def ref(self, said: Said, kind: str, field: str = "pms_ref") -> str | None:
        """The PMS's reference of a Location, Staff, Service or Client, in the form its events carry."""
        return said.read(field, lambda words: refs.tidy(words, pms=self.practice.pms_kind, kind=kind))

    def own_ref(
        self, said: Said, kind: str, row: SQLModel | None, rows: Sequence[Service | Provider | Location]
    ) -> str | None:
        """Like `ref`; it stands for one thing, and a copied line would give it to two."""
        ref = self.ref(said, kind)
        holder = next((one for one in rows if ref is not None and one.pms_ref == ref and one is not row), None)
        if holder is not None:
            name = holder.display_name if isinstance(holder, Provider) else holder.name
            said.wrong("pms_ref", f'is that of "{name}" already')
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


def _named(words: str, rows: list[Row], column: str) -> Row | None:
    wanted = name_key(words)
    return next((row for row in rows if name_key(str(getattr(row, column))) == wanted), None)
