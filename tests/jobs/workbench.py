"""A worker on a real due index, with work that does what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import SystemClock, system_random
from bot.jobs.lease import Lease
from bot.jobs.worker import Worker
from bot.store.due import DueIndex
from bot.store.heartbeats import Heartbeats
from bot.store.redis import Redis
from bot.store.watches import Ref
from tests.fixtures.bot import PATIENCE

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
Work = Callable[[Ref], Awaitable[datetime | None]]


@dataclass
class Waker:
    """Counts wakes, and does what it is told to."""

    work: Work
    woken: list[str] = field(default_factory=list)
    most: int = 0
    _now: int = 0

    async def wake(self, ref: Ref, lease: Lease) -> datetime | None:
        self.woken.append(ref.id)
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await lease.reach("claim")
            return await self.work(ref)
        finally:
            self._now -= 1


@dataclass
class Sweep:
    """Counts sweeps; raises what it is given."""

    errors: list[Exception] = field(default_factory=list)
    runs: int = 0

    async def run(self) -> int:
        self.runs += 1
        if self.errors:
            raise self.errors.pop()
        return 0


async def never(_ref: Ref) -> None:
    """End a watch."""


class Bench:
    """A worker, and what is around it."""

    def __init__(self, redis: Redis, *, concurrency: int = 4) -> None:
        self.clock = SystemClock()
        self.index = DueIndex(redis, self.clock, system_random(), poll=0.02)
        self.heartbeats = Heartbeats(redis)
        self.waker = Waker(never)
        self.sweep = Sweep()
        self.stop = asyncio.Event()
        self.worker = Worker(
            queue=self.index,
            waker=self.waker,
            sweep=self.sweep,
            heartbeats=self.heartbeats,
            clock=self.clock,
            name="w1",
            concurrency=concurrency,
        )

    async def due(self, *ids: str) -> None:
        for each in ids:
            await self.index.wake(Ref("T1", each).member, self.clock.now())

    async def until(self, done: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await done():  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.01)

    async def woken(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.waker.woken) >= count and self.worker.idle

        await self.until(enough)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.worker.run(self.stop))
        try:
            yield
        finally:
            self.stop.set()
            await asyncio.wait_for(running, PATIENCE)
