"""Business time: the one mapping between the wall's clock and the practice's.

In production it is the identity. A demo lets a day pass in minutes, a test stands on the night the clocks change;
no code path asks which of these it is. Policy durations live in practice time; protocol durations (HTTP timeouts,
signature tolerances, read-back grace) are real and never pass through here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class PracticeClock:
    """Maps real instants to practice instants by an anchor in each and a rate (practice seconds per real second)."""

    anchor_real: datetime
    anchor_practice: datetime
    rate: float

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"clock rate must be above zero, not {self.rate}")
        if self.anchor_real.tzinfo is None or self.anchor_practice.tzinfo is None:
            raise ValueError("clock anchors must carry a time zone")

    @property
    def is_identity(self) -> bool:
        return self.rate == 1.0 and self.anchor_real == self.anchor_practice

    def practice(self, real: datetime) -> datetime:
        """The practice's instant at a real one."""
        if self.is_identity:
            return real
        return self.anchor_practice + (real - self.anchor_real) * self.rate

    def real(self, practice: datetime) -> datetime:
        """The real instant at which the practice's clock shows `practice`."""
        if self.is_identity:
            return practice
        return self.anchor_real + (practice - self.anchor_practice) / self.rate

    def real_duration(self, practice: timedelta) -> timedelta:
        """How long a stretch of practice time takes on the wall."""
        return practice / self.rate


#: Production's clock.
WALL_CLOCK = PracticeClock(
    anchor_real=datetime(2000, 1, 1, tzinfo=UTC), anchor_practice=datetime(2000, 1, 1, tzinfo=UTC), rate=1.0
)
