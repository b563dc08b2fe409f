"""The due index: what a claim costs, what an entry takes, and a burst: `python -m bench.due`."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import redis.asyncio

from bench._table import Row, ratio_row, show
from bot.clock import SystemClock, system_random
from bot.store.due import DueIndex
from bot.store.embedded import EmbeddedServer
from bot.store.redis import connect

_FEW, _MANY, _BURST = 10_000, 1_000_000, 100_000
_CHUNK = 10_000
_ROUNDS = 400
_BURSTS = 3
_AT_ONCE = 50
_LEASE = timedelta(minutes=1)
_NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
_MOST_BYTES = 250
_MOST_MS = 20


def measure() -> list[Row]:
    """Return the claims about the due index."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with AsyncExitStack() as stack:
        few, many, burst = [await stack.enter_async_context(_index()) for _ in range(3)]
        await few.fill(_FEW)
        used = await many.memory()
        await many.fill(_MANY)
        each = (await many.memory() - used) / _MANY
        cheap, dear = await _claims(few, many)
        # What takes long by itself does so each time; what else runs on the machine does not.
        slowest = min([await _work_off(burst) for _ in range(_BURSTS)])
    return [
        ratio_row(
            f"one of {_AT_ONCE} claims, {_MANY:,} due against {_FEW:,} due",
            dear,
            cheap,
            unit="µs",
            at_most=1.5,
        ),
        _at_most("Redis' memory for a due entry", each, _MOST_BYTES, "bytes"),
        _at_most(
            f"the longest command, while {_BURST:,} that are due are found missing, scheduled, "
            f"claimed and put back, in the quietest of {_BURSTS} runs",
            slowest,
            _MOST_MS,
            "ms",
        ),
    ]


class _Index:
    """An index with a server of its own."""

    def __init__(self, index: DueIndex, client: "redis.asyncio.Redis") -> None:
        self.index = index
        self.client = client

    async def fill(self, entries: int) -> None:
        """Let so many be due since within the last hour."""
        for start in range(0, entries, _CHUNK):
            members = [f"T07HALYARD1/U07{number:08}" for number in range(start, start + _CHUNK)]
            await self.index.add_missing(members, _NOW - timedelta(seconds=start % 3600))

    async def memory(self) -> int:
        """Return how many bytes the server uses."""
        return int((await self.client.info("memory"))["used_memory"])


@asynccontextmanager
async def _index() -> AsyncIterator[_Index]:
    async with AsyncExitStack() as stack:
        server = EmbeddedServer(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        url = await server.start()
        stack.push_async_callback(server.close)
        ours, client = connect(url, profile="worker"), redis.asyncio.Redis.from_url(url)
        stack.push_async_callback(ours.aclose)
        stack.push_async_callback(client.aclose)
        yield _Index(DueIndex(ours, SystemClock(), system_random(), poll=0), client)


async def _claims(*indexes: _Index) -> list[float]:
    """Return the median microseconds of a claim in each, all of which are put back at once."""
    took: list[list[float]] = [[] for _ in indexes]
    for _ in range(_ROUNDS):
        for times, each in zip(took, indexes, strict=True):
            started = time.perf_counter()
            claims = await each.index.claim(_NOW, _AT_ONCE, _LEASE)
            times.append((time.perf_counter() - started) / len(claims) * 1e6)
            for claim in claims:
                await each.index.finish(claim, claim.due)
    return [median(times) for times in took]


async def _work_off(burst: _Index) -> float:
    """Return the milliseconds of the slowest command while everybody is due at once."""
    await burst.client.flushall()
    await burst.client.config_set("slowlog-log-slower-than", 1000)
    await burst.client.config_set("slowlog-max-len", _BURST)
    await burst.client.slowlog_reset()
    await burst.fill(_BURST)
    worked = 0
    while claims := await burst.index.claim(_NOW, _AT_ONCE, _LEASE):
        await asyncio.gather(*(burst.index.finish(c, _NOW + _LEASE) for c in claims))
        worked += len(claims)
    assert worked == _BURST, worked
    slow = await burst.client.slowlog_get(_BURST)
    return max((entry["duration"] for entry in slow), default=0) / 1000


def _at_most(what: str, ours: float, bound: float, unit: str) -> Row:
    return Row(what, f"{ours:,.3g} {unit}", "-", "-", f"<= {bound:g} {unit}", ours <= bound)


if __name__ == "__main__":
    show(measure())
