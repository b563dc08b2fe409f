"""Time and chance, the two things that come from outside: always given, never fetched.

Two clocks. `wall` rules leases, TTLs, signatures, nonces, rate limits and the age of a
`response_url`. `now` rules expiry, thresholds, due times, snoozes and every date a person sees.
In production they are one; the sandbox moves only `now`.
"""

import random
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is, in UTC."""

    def wall(self) -> datetime:
        """Return the machine's time: for whatever other machines check."""
        ...

    def now(self) -> datetime:
        """Return the time that tokens live by: for whatever a person sees."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards: for measuring how long something took."""
        ...


class SystemClock:
    """The machine's clock, with `now` moved by an offset (zero outside the demo)."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def wall(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """Return the machine's time and the offset."""
        return self.wall() + self.offset

    def monotonic(self) -> float:
        """Return seconds since some moment in the past."""
        return time.monotonic()


class Ids(Protocol):
    """Opaque ids that nobody can guess."""

    def new(self) -> str:
        """Return 128 random bits, safe in a URL, a Redis key and a Slack `value`."""
        ...


class SystemIds:
    """Ids from the operating system's entropy."""

    def new(self) -> str:
        """Return 128 random bits as text."""
        return secrets.token_urlsafe(16)


def system_random() -> random.Random:
    """Return a source of jitter that needs no seed."""
    return random.SystemRandom()
