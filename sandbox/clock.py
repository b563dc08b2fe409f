"""The sandbox's two clocks: the machine's, and the one that a visitor may move."""

import time


class SandboxClock:
    """Epoch milliseconds. `wall` rules signatures, nonces and rate limits; `now` rules tokens."""

    def __init__(self, offset_ms: int = 0) -> None:
        self.offset_ms = offset_ms

    def wall(self) -> int:
        """Return the machine's time."""
        return time.time_ns() // 1_000_000

    def now(self) -> int:
        """Return the time that tokens live by."""
        return self.wall() + self.offset_ms
