"""A worker whose Redis goes away, and comes back."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.errors import StoreUnavailableError
from bot.jobs import worker as module
from bot.store.due import Claim, DueIndex
from bot.store.redis import Redis, connect
from bot.store.watches import Ref
from tests.fixtures.redis import FrozenClock
from tests.jobs.workbench import Bench


@pytest.fixture
def bench(redis: Redis) -> Bench:
    return Bench(redis)


class Broken:
    """A queue on a server that has gone away, for as long as it is told."""

    def __init__(self, index: DueIndex) -> None:
        self.index = index
        self.failing: set[str] = set()
        self.error: Exception = StoreUnavailableError("away")

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
            raise self.error


@pytest.fixture
def broken(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Broken:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)
    queue = Broken(bench.index)
    bench.worker._queue = queue  # type: ignore[assignment]  # it passes everything on
    return queue


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), OverflowError("unforeseen")])
async def test_a_worker_outlives_its_store(bench: Bench, broken: Broken, error: Exception) -> None:
    """While nothing can be claimed, whyever that is, it waits; then it goes on."""
    broken.failing, broken.error = {"claim"}, error
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


async def test_a_worker_ends_though_its_redis_has_gone(frozen_clock: FrozenClock) -> None:
    """Nothing is left to say goodbye to."""
    away = connect("redis://127.0.0.1:1")
    bench = Bench(away)
    with pytest.raises(StoreUnavailableError):
        await bench.heartbeats.alive()
    async with bench.working():
        await asyncio.sleep(0)
    await away.aclose()
