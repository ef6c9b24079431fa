"""The vendor's limits: so many requests a minute per endpoint, and so many in five minutes for the clinic."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from sandboxes.jane.config import JaneConfig

ENDPOINT = "marketing_api/endpoint/clinic"
CLINIC = "marketing_api/ip/clinic"


@dataclass
class Limits:
    """When requests came, by what they count against."""

    came: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, endpoint: str, config: JaneConfig) -> tuple[str, float] | None:
        """Count one request; where it is one too many, return what it ran into and the seconds to wait."""
        now = time.monotonic()
        checks = (
            (ENDPOINT, endpoint, config.endpoint_requests, config.endpoint_seconds),
            (CLINIC, "", config.clinic_requests, config.clinic_seconds),
        )
        for name, key, most, seconds in checks:
            came = self.came[key]
            while came and now - came[0] >= seconds:
                came.popleft()
            if len(came) >= most:
                return name, came[0] + seconds - now
        for _, key, _, _ in checks:
            self.came[key].append(now)
        return None
