"""How often the app may call, by method and by channel.

docs.slack.dev/apis/web-api/rate-limits gives calls a minute by tier and one message a second and
channel, "short bursts" allowed. How large a burst is undisclosed: here a minute's worth of calls,
and `POST_BURST` messages.
"""

import math
import time
from dataclasses import dataclass
from enum import Enum


class Tier(Enum):
    """Calls a minute, in one workspace."""

    ONE = 1
    TWO = 20
    THREE = 50
    FOUR = 100
    SPECIAL = 600


POST_BURST = 20
_CONNECTIONS_BURST = 20


@dataclass
class _Bucket:
    level: float
    at: float


class Rates:
    """Token buckets. `scale` 0.1 makes everything ten times tighter, None switches limits off."""

    def __init__(self, scale: float | None = 1.0) -> None:
        self.scale = scale
        self._buckets: dict[str, _Bucket] = {}

    def set(self, scale: float | None) -> None:
        """Change the scale and start afresh."""
        self.scale = scale
        self._buckets.clear()

    def skip(self, seconds: float) -> None:
        """Count so much time as passed: somebody has moved the clock."""
        for bucket in self._buckets.values():
            bucket.at -= seconds

    def call(self, method: str, tier: Tier) -> int:
        """Count a call; return 0, or the seconds to wait when it is one too many."""
        burst = _CONNECTIONS_BURST if tier is Tier.ONE else tier.value
        return self._take(method, burst, tier.value / 60)

    def post(self, channel: str) -> int:
        """Count a message to a channel; return 0, or the seconds to wait."""
        return self._take(f"post {channel}", POST_BURST, 1.0)

    def _take(self, key: str, burst: float, per_second: float) -> int:
        if self.scale is None:
            return 0
        burst, per_second = max(1.0, burst * self.scale), per_second * self.scale
        now = time.monotonic()
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        bucket.level = min(burst, bucket.level + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.level < 1:
            return math.ceil((1 - bucket.level) / per_second)
        bucket.level -= 1
        return 0
