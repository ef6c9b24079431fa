"""Measured values, each beside its floor, as a table and as `out/bench.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_COLUMNS: Final = (68, 10, 8, 10, 7)


@dataclass(frozen=True)
class Figure:
    """One line. `floor` is the same without our database and the vendors, taken in the same run."""

    name: str
    value: float
    unit: str
    floor: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the floor it is."""
        return round(self.value / self.floor, 2) if self.floor else None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest measured value that `share` of all values do not exceed."""
    if not values:
        raise ValueError("values is empty: nothing was measured")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def latencies(name: str, values: Sequence[float], floor: Sequence[float]) -> list[Figure]:
    """Median and 99th percentile in milliseconds, of seconds."""
    return [
        Figure(f"{name} {label}", _ms(percentile(values, share)), "ms", _ms(percentile(floor, share)))
        for label, share in (("p50", 0.50), ("p99", 0.99))
    ]


def table(figures: Sequence[Figure]) -> str:
    """For a terminal."""
    lines = [_line("", "value", "unit", "floor", "ratio")]
    for one in figures:
        ratio = "" if one.ratio is None else f"{one.ratio:.1f}x"
        lines.append(_line(one.name, _number(one.value), one.unit, _number(one.floor), ratio))
    return "\n".join(lines)


def write(figures: Sequence[Figure], path: Path) -> None:
    """As a list of `{name, value, unit, floor, ratio}`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([{**asdict(one), "ratio": one.ratio} for one in figures], indent=1) + "\n")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}".removesuffix(".0")


def _line(name: str, value: str, unit: str, floor: str, ratio: str) -> str:
    widths = _COLUMNS
    return (
        f"  {name:<{widths[0]}}{value:>{widths[1]}} {unit:<{widths[2]}}{floor:>{widths[3]}}{ratio:>{widths[4]}}"
    ).rstrip()
