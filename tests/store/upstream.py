"""A service to read from, and a way to ask a cache for its readings."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from bot.errors import (
    UpstreamError,
)
from bot.models.credential import Access
from bot.models.listing import Problem, Reading
from bot.store.flight import Flight
from bot.store.readings import ReadingCache
from tests.fixtures.redis import FrozenClock
from tests.store.records import reading, target


class Upstream:
    """A service that answers with what it is given, and counts how often it is asked."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self.calls = 0
        self.error: UpstreamError | None = None
        self.everything = True
        self.count = 2
        self.hold: asyncio.Event | None = None

    async def fetch(self) -> Reading:
        self.calls += 1
        read_at = self.clock.now()
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        return reading(read_at, everything=self.everything, count=self.count)


NewCache = Callable[..., ReadingCache]
NewFlight = Callable[..., Flight]


async def ask(
    cache: ReadingCache,
    used: Access,
    upstream: Upstream,
    *,
    everything: bool = True,
    max_age: timedelta = timedelta(seconds=60),
    label: str = "",
) -> tuple[Reading, Problem | None]:
    answer = await cache.get(
        used, target(label=label), everything=everything, max_age=max_age, fetch=upstream.fetch
    )
    await settled(cache._flight)
    return answer


async def settled(flight: Flight) -> None:
    """Wait until what was handed out is left for other processes."""
    await asyncio.gather(*flight._tasks, return_exceptions=True)
