"""The worker itself: what it claims, how it ends, and what a failure does."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.clock import system_random
from bot.errors import StoreUnavailableError
from bot.jobs import worker as module
from bot.jobs.worker import Worker
from bot.store.due import MOST_ATTEMPTS, DueIndex
from bot.store.redis import Redis
from bot.store.watches import Ref
from tests.fixtures.bot import PATIENCE
from tests.jobs.workbench import HOUR, MINUTE, Bench


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


async def test_slots_that_become_free_are_filled_together(redis: Redis) -> None:
    """A large worker that has few free slots gathers some more, and claims for all at once."""
    bench = Bench(redis, concurrency=50)
    first = {f"u{number}" for number in range(50)}
    released, held = asyncio.Event(), 45

    async def work(_ref: Ref) -> None:
        nonlocal held
        if held:
            held -= 1
            await released.wait()

    bench.waker.work = work
    await bench.due(*first)
    async with bench.working():

        async def some_are_free() -> bool:
            return len(bench.waker.woken) == 50

        await bench.until(some_are_free)
        await bench.due(*(f"later{number}" for number in range(70)))

        async def others_came() -> bool:
            return len(bench.waker.woken) == 120

        await bench.until(others_came)
        assert not bench.worker.idle
        released.set()
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
