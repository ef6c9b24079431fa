"""Files in, one transaction, a report out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from models.importing import sheets
from models.importing.clients import apply_client
from models.importing.documents import Group, read_document
from models.importing.findings import Finding, Findings
from models.importing.import_state import ImportState
from models.importing.matrix import apply_credential_row, apply_service, tell_who_is_not_eligible
from models.importing.missing_pms_refs import without_reference
from models.importing.practice import Vendors, apply_parts, apply_policy_layers, apply_practice
from models.importing.row_reader import RowReader
from models.importing.sheets import Layout, read_sheet
from models.importing.waitlist import apply_entry
from models.practice import Practice
from models.session import Database

_YAML: Final = frozenset({".yaml", ".yml"})
_CSV: Final = frozenset({".csv"})


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an import did, or would do. `practice_id` is None where nothing was written."""

    practice_id: int | None
    errors: tuple[Finding, ...]
    notices: tuple[Finding, ...]
    added: Mapping[str, int]
    updated: Mapping[str, int]
    #: Who and what the practice system's reference is missing of, a sentence for each kind: nothing is offered that
    #: would need it.
    not_bookable: tuple[str, ...] = ()

    @property
    def written(self) -> bool:
        return self.practice_id is not None


class _NothingWrittenError(Exception):
    """Ends the transaction without keeping anything."""


def import_files(
    database: Database,
    paths: Sequence[Path],
    *,
    now: datetime,
    vendors: Vendors,
    practice: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Read these files for one practice: the YAML's, or the one whose slug is `practice`.

    `vendors` are those there is an adapter for: a practice on another would wait for it for ever.
    """
    findings = Findings()
    practice_id: int | None = None
    try:
        with database.transaction() as session:
            practice_id = _import(session, paths, findings, now=now, slug=practice, vendors=vendors)
            if findings.errors or dry_run:
                raise _NothingWrittenError
    except _NothingWrittenError:
        practice_id = None
    return Report(
        practice_id=practice_id,
        errors=tuple(sorted(set(findings.errors))),
        notices=tuple(sorted(set(findings.notices))),
        added=findings.added,
        updated=findings.updated,
        not_bookable=tuple(findings.not_bookable),
    )


def _import(
    session: Session,
    paths: Sequence[Path],
    findings: Findings,
    *,
    now: datetime,
    slug: str | None,
    vendors: Vendors,
) -> int | None:
    documents: list[Group] = []
    rows: dict[str, list[RowReader]] = {layout.name: [] for layout in sheets.LAYOUTS}
    for path in paths:
        if path.is_dir():
            findings.errors.append(Finding(str(path), 0, "", _of_directory(path)))
        elif not path.is_file():
            findings.errors.append(Finding(str(path), 0, "", "is not there"))
        elif path.suffix.lower() in _YAML:
            document = read_document(path, findings)
            documents += [document] if document is not None else []
        elif path.suffix.lower() in _CSV:
            read = read_sheet(path, findings)
            if read is not None:
                _take(rows, *read)
        else:
            findings.errors.append(Finding(path.name, 0, "", "is neither .yaml nor .csv"))
    if any(path.is_dir() for path in paths):
        return None  # whose lists they are may stand in the files that were meant
    row = _practice(session, documents, findings, slug, vendors)
    if row is None:
        return None
    book = ImportState.open(session, row, now, findings)
    for document in documents:
        apply_parts(book, document, vendors)
    book.expect("Service", (record.text("pms_ref") for record in rows[sheets.MATRIX.name]))
    for record in rows[sheets.MATRIX.name]:
        apply_service(book, record)
    for record in rows[sheets.CREDENTIALS.name]:
        apply_credential_row(book, record)
    for document in documents:
        apply_policy_layers(book, document)
    clients_seen: dict[int, int] = {}
    for record in rows[sheets.CLIENTS.name]:
        apply_client(book, record, clients_seen)
    entries_seen: dict[str, int] = {}
    for record in rows[sheets.WAITLIST.name]:
        apply_entry(book, record, entries_seen)
    tell_who_is_not_eligible(book)
    findings.not_bookable += without_reference(book, clients_seen)
    return book.practice_id


def _of_directory(path: Path) -> str:
    inside = sorted(str(one) for one in path.iterdir() if one.is_file() and one.suffix.lower() in _YAML | _CSV)
    if not inside:
        return "is a directory, and has no practice.yaml and no CSV list in it"
    return f"is a directory; name the files in it: {' '.join(inside)}"


def _take(rows: dict[str, list[RowReader]], layout: Layout, read: list[RowReader]) -> None:
    rows[layout.name] += read


def _practice(
    session: Session, documents: list[Group], findings: Findings, slug: str | None, vendors: Vendors
) -> Practice | None:
    if len(documents) > 1:
        findings.errors.append(
            Finding(documents[1].file, 0, "", "is a second YAML file; import one practice at a time")
        )
        return None
    if documents:
        row = apply_practice(session, documents[0], findings, vendors)
        if row is not None and slug is not None and row.slug != slug:
            documents[0].wrong("practice.slug", f'is "{row.slug}", and --practice says "{slug}"')
        return row
    if slug is None:
        findings.errors.append(
            Finding("--practice", 0, "", "is missing: whose lists are these? Name the practice's slug")
        )
        return None
    row = session.execute(select(Practice).where(col(Practice.slug) == slug)).scalar_one_or_none()
    if row is None:
        findings.errors.append(
            Finding("--practice", 0, "", f'there is no practice "{slug}"; import its practice.yaml first')
        )
    return row
