"""Practice time beside real time, for the ledger and the pages only."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


def real_now() -> datetime:
    """Say what time it really is; auth, signatures, tokens and delays use this one."""
    return datetime.now(UTC)


class PracticeTime(BaseModel):
    """Maps real time to practice time: `anchor_practice` was at `anchor_real`, and runs `rate` times as fast.

    Without anchors practice time is real time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    anchor_real: AwareDatetime | None = None
    anchor_practice: AwareDatetime | None = None
    rate: float = Field(default=1.0, gt=0)

    def at(self, real: datetime) -> datetime:
        """Return the practice time, in UTC, that belongs to a real instant."""
        if self.anchor_real is None or self.anchor_practice is None:
            return real.astimezone(UTC)
        return (self.anchor_practice + (real - self.anchor_real) * self.rate).astimezone(UTC)

    def real(self, practice: datetime) -> datetime:
        """Return the real instant at which a practice time comes up."""
        if self.anchor_real is None or self.anchor_practice is None:
            return practice.astimezone(UTC)
        return (self.anchor_real + (practice - self.anchor_practice) / self.rate).astimezone(UTC)

    def now(self) -> datetime:
        """Return the practice time now, in UTC."""
        return self.at(real_now())
