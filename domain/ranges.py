"""Half-open stretches of time: the start belongs to it, the end does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True)
class TimeRange:
    """From `start` until just before `end`; aware instants; never empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a range needs instants with a time zone")
        if self.end <= self.start:
            raise ValueError(f"a range must end after it starts: {self.start} to {self.end}")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: TimeRange) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: TimeRange) -> bool:
        return self.start <= other.start and other.end <= self.end

    def widened(self, *, before: timedelta, after: timedelta) -> TimeRange:
        """This range with buffers around it."""
        return TimeRange(self.start - before, self.end + after)

    def minus(self, others: tuple[TimeRange, ...]) -> tuple[TimeRange, ...]:
        """What is left of this range when `others` are taken out, in order."""
        left: list[TimeRange] = []
        cursor = self.start
        for other in sorted(others):
            if other.end <= cursor or other.start >= self.end:
                continue
            if other.start > cursor:
                left.append(TimeRange(cursor, other.start))
            cursor = max(cursor, other.end)
        if cursor < self.end:
            left.append(TimeRange(cursor, self.end))
        return tuple(left)
