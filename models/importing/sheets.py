"""CSV files: which list it is, by its header, and its rows."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from models.importing.findings import Finding, Findings
from models.importing.row_reader import RowReader


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One kind of list. `needed` columns tell it from the others; `headings` are spreadsheets' words for fields."""

    name: str
    needed: frozenset[str]
    fields: tuple[str, ...]
    headings: dict[str, str]


CONSENTS = tuple(
    f"consent_{channel}_{kind}"
    for channel in ("sms", "email", "voice")
    for kind in ("appointment", "offer", "marketing")
)
MATRIX = Layout(
    name="matrix",
    needed=frozenset({"name", "providers"}),
    fields=(
        *("name", "code", "kind", "pms_ref", "requires", "providers", "room", "device"),
        *("duration_and_buffer", "duration", "buffer_before", "buffer_after"),
        *("earliest", "due", "price", "high_value", "needs", "consult", "active"),
    ),
    headings={
        "service type": "name",
        "service": "name",
        "required certification": "requires",
        "eligible providers": "providers",
        "room type": "room",
        "duration + buffer": "duration_and_buffer",
        "buffer": "buffer_after",
    },
)
CREDENTIALS = Layout(
    name="credentials",
    needed=frozenset({"provider", "credential", "expires"}),
    fields=("provider", "credential", "number", "expires"),
    headings={},
)
CLIENTS = Layout(
    name="clients",
    needed=frozenset({"first_name", "last_name"}),
    fields=(
        *("first_name", "last_name", "phone", "email", "postcode", "zone", "language", "pms_ref"),
        "preferred_channel",
        *("preferred_provider", "vip", "exam_valid_until", "consult_valid_until", "treatments"),
        *("note", "note_author", "note_date"),
        *CONSENTS,
    ),
    headings={},
)
WAITLIST = Layout(
    name="waitlist",
    needed=frozenset({"client", "services"}),
    fields=(
        *("key", "client", "services", "together", "providers", "location", "windows"),
        *("earliest_date", "latest_date", "minimum_notice", "miles", "miles_away"),
        *("flexibility", "priority", "joined"),
    ),
    headings={},
)
#: In this order they are applied: clients name staff, the waitlist names clients.
LAYOUTS = (MATRIX, CREDENTIALS, CLIENTS, WAITLIST)

MOST_COLUMNS = 100
_INSTEAD_OF_COMMA = (";", "\t")
#: How xlsx and ods (a ZIP archive) and xls begin.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_sheet(path: Path, findings: Findings) -> tuple[Layout, list[RowReader]] | None:
    """The kind of list and its rows. What cannot be read at all is an error and None."""

    def wrong(line: int, field: str, words: str) -> None:
        findings.errors.append(Finding(path.name, line, field, words))

    if words := _no_text(path):
        wrong(0, "", words)
        return None
    try:
        # Excel writes a byte order mark before the first heading.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        wrong(0, "", "is not UTF-8; save it as CSV UTF-8")
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    try:
        headings = next(reader, [])
        layout = _layout(headings)
        if layout is None:
            wrong(1, "", _unknown(headings))
            return None
        if len(headings) > MOST_COLUMNS:
            wrong(1, "", f"has {len(headings)} columns, and a list has {MOST_COLUMNS} at most; delete the empty ones")
            return None
        fields = [_field(layout, heading) for heading in headings]
        for heading, field in zip(headings, fields, strict=True):
            if field not in layout.fields:
                close = get_close_matches(field, layout.fields, n=1)
                hint = f"; did you mean {close[0]}?" if close else f"; it may be one of {', '.join(layout.fields)}"
                wrong(1, heading.strip() or "(empty heading)", f"there is no such column in a {layout.name} list{hint}")
            elif fields.count(field) > 1:
                wrong(1, heading.strip(), "stands twice")
        own_words = {field: heading.strip() for field, heading in zip(fields, headings, strict=True)}
        rows, line = [], reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(fields):
                    wrong(
                        line, "", f"has {len(cells)} cells, and there are {len(fields)} columns; is a comma unquoted?"
                    )
                else:
                    values = dict(zip(fields, cells, strict=True))
                    record = RowReader(file=path.name, line=line, values=values, headings=own_words, findings=findings)
                    rows.append(record)
            line = reader.line_num + 1
    except csv.Error as error:
        wrong(reader.line_num, "", f"is no CSV: {error}")
        return None
    return layout, rows


def _no_text(path: Path) -> str:
    """What a spreadsheet's own file is, whatever it is called."""
    with path.open("rb") as file:
        begin = file.read(8)
    if begin.startswith(_WORKBOOKS):
        return "is a workbook and no CSV; open it and save each sheet as CSV UTF-8"
    if begin.startswith(_UTF_16):
        return "is UTF-16; save it as CSV UTF-8"
    return ""


def _delimiter(text: str) -> str:
    """A comma; or what spreadsheets of other countries write instead of it, where the headings are a list's by that."""
    first = text.splitlines()[0] if text else ""
    for sign in _INSTEAD_OF_COMMA:
        if sign in first and _layout(first.replace('"', "").split(sign)) is not None:
            return sign
    return ","


def _field(layout: Layout, heading: str) -> str:
    tidy = " ".join(heading.casefold().split())
    return layout.headings.get(tidy, tidy.replace(" ", "_").replace("-", "_"))


def _layout(headings: list[str]) -> Layout | None:
    for layout in LAYOUTS:
        if layout.needed <= {_field(layout, heading) for heading in headings}:
            return layout
    return None


def _unknown(headings: list[str]) -> str:
    if len(headings) > MOST_COLUMNS:
        headings = [*headings[:MOST_COLUMNS], f"and {len(headings) - MOST_COLUMNS} more"]
    wanted = "; ".join(f"{one.name} needs {', '.join(sorted(one.needed))}" for one in LAYOUTS)
    return f"the headings ({', '.join(headings) or 'none'}) are of no list we read: {wanted}"
