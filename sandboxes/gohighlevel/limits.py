"""The vendor's limits per location: a burst window and a day, told in headers of every answer."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field

from sandboxes.gohighlevel.config import GoHighLevelConfig

_DAY_SECONDS = 86_400.0


@dataclass
class Window:
    began: float = 0.0
    count: int = 0

    def take(self, now: float, seconds: float, most: int) -> bool:
        """Count one request; False when it is one too many."""
        if now - self.began >= seconds:
            self.began, self.count = now, 0
        if self.count >= most:
            return False
        self.count += 1
        return True


@dataclass
class Limits:
    """Counts requests by location."""

    bursts: dict[str, Window] = field(default_factory=lambda: defaultdict(Window))
    days: dict[str, Window] = field(default_factory=lambda: defaultdict(Window))

    def take(self, location_id: str, config: GoHighLevelConfig) -> bool:
        """Count one request of a location; False when it is over a limit."""
        now = time.monotonic()
        day = self.days[location_id].take(now, _DAY_SECONDS, config.daily_requests)
        return day and self.bursts[location_id].take(now, config.burst_seconds, config.burst_requests)

    def headers(self, location_id: str, config: GoHighLevelConfig) -> dict[str, str]:
        """What is left, as every answer tells."""
        return {
            "X-RateLimit-Limit-Daily": str(config.daily_requests),
            "X-RateLimit-Daily-Remaining": str(max(0, config.daily_requests - self.days[location_id].count)),
            "X-RateLimit-Interval-Milliseconds": str(round(config.burst_seconds * 1000)),
            "X-RateLimit-Max": str(config.burst_requests),
            "X-RateLimit-Remaining": str(max(0, config.burst_requests - self.bursts[location_id].count)),
        }
