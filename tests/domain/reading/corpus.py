"""Texts as patients and their phones write them, each with what a receptionist would read in it (corpus.tsv).

Written from how people write, not from the reader. `meaning` is one of `Meaning`, or "machine" for an answer nobody
typed, or "person" for one that may be either: nothing is decided by it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("corpus.tsv")
#: What a wrong reading of does harm: a chair given away, a visit lost, a phone silenced.
DECIDES = frozenset({"yes", "okay", "confirm", "cannot_come", "stop"})


@dataclass(frozen=True, kw_only=True)
class Sample:
    kind: str
    language: str
    meaning: str
    text: str


def corpus() -> tuple[Sample, ...]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Sample(**{**row, "text": row["text"].replace("\\n", "\n")}) for row in rows)
