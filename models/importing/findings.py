"""What an import found wrong or worth knowing, each with file, line and field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Finding:
    """`field` is the column or key, empty where the line as a whole is meant; `line` 0 means the whole file."""

    file: str
    line: int
    field: str
    words: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.field}: {self.words}" if self.field else f"{place}: {self.words}"


@dataclass
class Findings:
    """Errors stop the import; notices are told and go with it. `added` and `updated` count by table."""

    errors: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    added: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    not_bookable: list[str] = field(default_factory=list)

    def count(self, what: str, *, new: bool) -> None:
        (self.added if new else self.updated)[what] += 1
