"""The worker itself, on a real due index, with work that does what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.clock import SystemClock, system_random
from bot.errors import StoreUnavailableError
from bot.jobs import worker as module
from bot.jobs.lease import Lease
from bot.jobs.worker import Worker
from bot.store.due import MOST_ATTEMPTS, Claim, DueIndex
from bot.store.heartbeats import Heartbeats
from bot.store.redis import Redis, connect
from bot.store.watches import Ref
from tests.fixtures.bot import PATIENCE
from tests.fixtures.redis import FrozenClock

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


@pytest.fixture
def bench(redis: Redis) -> Bench:
    return Bench(redis)


async def test_what_is_due_is_looked_after_and_sleeps_until_it_is_told(bench: Bench) -> None:
    """Each once; what has ended is gone, what goes on is due when the waker said."""
    later = bench.clock.now() + HOUR

    async def work(ref: Ref) -> datetime | None:
        return later if ref.id == "a" else None

    bench.waker.work = work
    await bench.due("a", "b")
    async with bench.working():
        await bench.woken(2)

    assert sorted(bench.waker.woken) == ["a", "b"]
    place = await bench.index.place(Ref("T1", "a").member)
    assert isinstance(place, datetime)
    assert abs(place - later) <= timedelta(milliseconds=1)
    assert await bench.index.place(Ref("T1", "b").member) is None


async def test_no_more_at_a_time_than_there_is_room_for(redis: Redis) -> None:
    """Twenty due watches never keep more than four slots busy, and all get their turn."""
    bench = Bench(redis, concurrency=4)

    async def work(_ref: Ref) -> None:
        await asyncio.sleep(0.01)

    bench.waker.work = work
    await bench.due(*(f"u{number}" for number in range(20)))
    async with bench.working():
        await bench.woken(20)

    assert bench.waker.most == 4
    assert len(set(bench.waker.woken)) == 20


async def test_many_slots_are_filled_together(redis: Redis) -> None:
    """A large worker claims in batches rather than one by one."""
    bench = Bench(redis, concurrency=50)
    await bench.due(*(f"u{number}" for number in range(120)))
    async with bench.working():
        await bench.woken(120)

    assert len(set(bench.waker.woken)) == 120


async def test_a_moved_clock_is_seen_at_once(redis: Redis) -> None:
    """Who is told does not sleep out what it had meant to."""
    bench = Bench(redis)
    bench.index = DueIndex(redis, bench.clock, system_random(), poll=PATIENCE)
    bench.worker = Worker(
        queue=bench.index,
        waker=bench.waker,
        sweep=bench.sweep,
        heartbeats=bench.heartbeats,
        clock=bench.clock,
        name="w1",
    )
    await bench.index.wake(Ref("T1", "a").member, bench.clock.now() + HOUR)
    async with bench.working():
        await bench.until(bench.heartbeats.alive)
        bench.clock.offset += 2 * HOUR
        bench.worker.nudge()
        await bench.woken(1)


async def test_a_fault_of_ours_stops_one_watch_only(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, tried again later and later, and parked in the end; others go on."""

    async def work(ref: Ref) -> None:
        if ref.id == "bad":
            raise ZeroDivisionError

    bench.waker.work = work
    async with bench.working():
        for attempt in range(MOST_ATTEMPTS):
            await bench.due("bad", f"good{attempt}")
            await bench.woken(2 * (attempt + 1))

    assert await bench.index.place(Ref("T1", "bad").member) == "parked"
    assert "ZeroDivisionError" in caplog.text
    assert len([each for each in bench.waker.woken if each.startswith("good")]) == MOST_ATTEMPTS


async def test_a_store_that_is_away_is_nobodys_fault(bench: Bench) -> None:
    """What it interrupts is tried again in a minute, and is never parked for it."""

    async def work(_ref: Ref) -> None:
        raise StoreUnavailableError("away")

    bench.waker.work = work
    async with bench.working():
        for attempt in range(MOST_ATTEMPTS + 1):
            await bench.due("a")
            await bench.woken(attempt + 1)

    place = await bench.index.place(Ref("T1", "a").member)
    assert isinstance(place, datetime)
    assert MINUTE / 2 < place - bench.clock.now() <= MINUTE


async def test_a_worker_that_is_told_to_stop_finishes(bench: Bench) -> None:
    """It claims nothing new, ends what it has begun, and is no longer counted."""
    begun, go = asyncio.Event(), asyncio.Event()

    async def work(_ref: Ref) -> None:
        begun.set()
        await go.wait()

    bench.waker.work = work
    await bench.due("a")
    async with bench.working():
        await begun.wait()
        assert await bench.heartbeats.alive() == 1
        bench.stop.set()
        await bench.due("b")
        go.set()

    assert bench.waker.woken == ["a"]
    assert await bench.index.place(Ref("T1", "a").member) is None
    assert isinstance(await bench.index.place(Ref("T1", "b").member), datetime)
    assert await bench.heartbeats.alive() == 0


async def test_what_does_not_finish_in_time_is_given_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten seconds after SIGTERM whatever still hangs is due again at once, and counts as none."""
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.05)
    begun = asyncio.Event()

    async def work(_ref: Ref) -> None:
        begun.set()
        await asyncio.Event().wait()

    bench.waker.work = work
    await bench.due("a")
    async with bench.working():
        await begun.wait()

    (claim,) = await bench.index.claim(bench.clock.now() + MINUTE, 1, MINUTE)
    assert claim.attempts == 0


async def test_the_drain_takes_no_longer_than_a_platform_waits() -> None:
    """Platforms send SIGKILL 10 seconds after SIGTERM at the earliest."""
    assert module.DRAIN_SECONDS <= 10


class Broken:
    """A queue on a server that has gone away, for as long as it is told."""

    def __init__(self, index: DueIndex) -> None:
        self.index = index
        self.failing: set[str] = set()

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        self._check("claim")
        return await self.index.claim(now, limit, lease)

    async def extend(self, claim: Claim, lease: timedelta) -> bool:
        return await self.index.extend(claim, lease)

    async def finish(self, claim: Claim, due: datetime | None, outcome: str = "done") -> str:
        self._check("finish")
        return await self.index.finish(claim, due, outcome)  # type: ignore[arg-type]  # passed on

    def idle_for(self, now: datetime) -> float:
        return self.index.idle_for(now)

    def _check(self, call: str) -> None:
        if call in self.failing:
            raise StoreUnavailableError("away")


@pytest.fixture
def broken(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Broken:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)
    queue = Broken(bench.index)
    bench.worker._queue = queue  # type: ignore[assignment]  # it passes everything on
    return queue


async def test_a_worker_outlives_its_store(bench: Bench, broken: Broken) -> None:
    """While nothing can be claimed it waits; then it goes on."""
    broken.failing = {"claim"}
    await bench.due("a")
    async with bench.working():
        await bench.until(bench.heartbeats.alive)
        assert bench.waker.woken == []
        broken.failing = set()
        await bench.woken(1)


async def test_what_cannot_be_put_back_is_left_to_its_lease(
    bench: Bench, broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    """Another takes it when the lease ends."""
    broken.failing = {"finish"}
    await bench.due("a")
    async with bench.working():
        await bench.woken(1)

    assert await bench.index.place(Ref("T1", "a").member) == "claimed"
    assert "could not be put back" in caplog.text


async def test_what_cannot_be_given_back_is_left_to_its_lease(
    bench: Bench,
    broken: Broken,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also at the end of a worker."""
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.05)
    broken.failing = {"finish"}
    begun = asyncio.Event()

    async def work(_ref: Ref) -> None:
        begun.set()
        await asyncio.Event().wait()

    bench.waker.work = work
    await bench.due("a")
    async with bench.working():
        await begun.wait()

    assert await bench.index.place(Ref("T1", "a").member) == "claimed"
    assert "could not be given back" in caplog.text


async def test_one_of_all_workers_sweeps_in_an_hour(redis: Redis) -> None:
    """However many there are."""
    benches = [Bench(redis) for _ in range(3)]
    for number, each in enumerate(benches):
        each.worker._name = f"w{number}"
        each.sweep = benches[0].sweep
        each.worker._sweep = benches[0].sweep

    async def all_alive() -> bool:
        return await benches[0].heartbeats.alive() == 3

    async with benches[0].working(), benches[1].working(), benches[2].working():
        await benches[0].until(all_alive)

    assert benches[0].sweep.runs == 1


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), ZeroDivisionError()])
async def test_a_sweep_that_fails_does_not_stop_the_others(
    bench: Bench, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told in the log; the work goes on."""
    bench.sweep.errors = [error]
    async with bench.working():
        await bench.due("a")
        await bench.woken(1)

        async def told() -> bool:
            return "a routine failed" in caplog.text

        await bench.until(told)


async def test_a_worker_ends_though_its_redis_has_gone(frozen_clock: FrozenClock) -> None:
    """Nothing is left to say goodbye to."""
    away = connect("redis://127.0.0.1:1")
    bench = Bench(away)
    with pytest.raises(StoreUnavailableError):
        await bench.heartbeats.alive()
    async with bench.working():
        await asyncio.sleep(0)
    await away.aclose()
