"""One line of a file as it was said: a CSV row or a group of fields in YAML, read field by field.

Each reader returns None where nothing was said or what was said is wrong; a wrong one is noted with its place, and
`ok` is False from then on. So all errors of a file are found in one go.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from models.importing.findings import Finding, Findings

#: Control characters, line and paragraph separators.
_NO_WORDS = {"Cc", "Zl", "Zp"}

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

Value = str | list[str]


def one_line(words: str) -> str:
    """Without what a cell carries along unseen: line breaks, tabs, marks of no width, spare spaces."""
    return " ".join("".join(" " if unicodedata.category(sign) in _NO_WORDS else sign for sign in words).split())


class RowReader:
    """`values` by field; a list is several values, which CSV writes into one cell.

    `headings` are a spreadsheet's own words for the fields: errors use them.
    """

    def __init__(
        self,
        *,
        file: str,
        line: int,
        values: Mapping[str, Value | None],
        findings: Findings,
        lines: Mapping[str, int] | None = None,
        headings: Mapping[str, str] | None = None,
        prefix: str = "",
    ) -> None:
        self.file = file
        self.line = line
        self.ok = True
        self._values = values
        self._lines = lines or {}
        self._headings = headings or {}
        self._prefix = prefix
        self._findings = findings

    def wrong(self, field: str, words: str) -> None:
        """Note an error at this field."""
        self.ok = False
        self._findings.errors.append(self._finding(field, words))

    def notice(self, field: str, words: str) -> None:
        """Note something worth knowing; the import goes on."""
        self._findings.notices.append(self._finding(field, words))

    def only(self, known: Iterable[str]) -> None:
        """Refuse fields nobody reads: a misspelt one would be lost in silence."""
        fields = tuple(known)
        for name in self._values:
            if name not in fields:
                close = get_close_matches(name, fields, n=1)
                hint = f"; did you mean {close[0]}?" if close else f"; it may be one of {', '.join(fields)}"
                self.wrong(name, f"there is no such field{hint}")

    def text(self, field: str) -> str | None:
        value = self._values.get(field)
        if isinstance(value, list):
            self.wrong(field, "must be one value, not a list")
            return None
        return one_line(value or "") or None

    def needed(self, field: str) -> str | None:
        """Like `text`, and an error when nothing is said."""
        found = self.text(field)
        if found is None and not isinstance(self._values.get(field), list):
            self.wrong(field, "is missing")
        return found

    def read(self, field: str, reader: Callable[[str], T]) -> T | None:
        """The field through a reader of `cells`."""
        found = self.text(field)
        if found is None:
            return None
        try:
            return reader(found)
        except ValueError as error:
            self.wrong(field, str(error))
            return None

    def many(self, field: str, *, separators: str = ",;") -> list[str] | None:
        """Several values: a list in YAML, separated in a cell. None where nothing is said."""
        value = self._values.get(field)
        if value is None:
            return None
        parts = value if isinstance(value, list) else re.split(f"[{separators}]", value)
        found = [tidy for part in parts if (tidy := one_line(part))]
        return found if found or isinstance(value, list) else None

    def has(self, field: str) -> bool:
        """Whether anything is said there; an empty cell says nothing."""
        value = self._values.get(field)
        return bool(value if isinstance(value, list) else (value or "").strip())

    def choice(self, field: str, kind: type[E]) -> E | None:
        def chosen(words: str) -> E:
            try:
                return kind(words.casefold())
            except ValueError:
                raise ValueError(f'"{words}" is none of {", ".join(kind)}') from None

        return self.read(field, chosen)

    def number(self, field: str, *, most: float | None = None) -> float | None:
        def read(words: str) -> float:
            if not re.fullmatch(r"\d+(\.\d+)?", words):
                raise ValueError(f'"{words}" is no number')
            if most is not None and float(words) > most:
                raise ValueError(f"must be at most {most:g}, and is {words}")
            return float(words)

        return self.read(field, read)

    def whole(self, field: str, *, most: int) -> int | None:
        def read(words: str) -> int:
            if not words.isdigit() or int(words) > most:
                raise ValueError(f'must be a whole number from 0 to {most}, not "{words}"')
            return int(words)

        return self.read(field, read)

    def line_of(self, field: str) -> int:
        return self._lines.get(field, self.line)

    def _finding(self, field: str, words: str) -> Finding:
        name = f"{self._prefix}{self._headings.get(field, field)}" if field else ""
        return Finding(self.file, self.line_of(field), name, words)
