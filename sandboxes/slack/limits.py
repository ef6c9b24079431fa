"""Slack's one post a second and channel."""

from __future__ import annotations

from math import ceil


class ChannelLimit:
    """A bucket a channel; real time in seconds comes in, the wait comes out."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, channel: str, *, now: float, per_second: float | None, burst: int) -> int:
        """Take a post's place and return 0, or the whole seconds until there is one."""
        if per_second is None:
            return 0
        tokens, since = self._buckets.get(channel, (float(burst), now))
        tokens = min(float(burst), tokens + (now - since) * per_second)
        if tokens < 1:
            self._buckets[channel] = (tokens, now)
            return max(1, ceil((1 - tokens) / per_second))
        self._buckets[channel] = (tokens - 1, now)
        return 0

    def clear(self) -> None:
        """Forget all."""
        self._buckets.clear()
