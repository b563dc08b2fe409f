import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import SystemIds
from bot.errors import StoreUnavailableError, UnavailableError
from bot.store import keys
from bot.store.flight import Flight
from bot.store.redis import Redis, connect
from tests.store.servers import free_ports, frozen, server, until
from tests.store.upstream import NewFlight, settled

_ROOT = Path(__file__).parents[2]


class Desk:
    """Where work is done: counts it, holds it up, and keeps what it gave."""

    def __init__(self) -> None:
        self.calls = 0
        self.looks = 0
        self.left: str | None = None
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def look(self) -> str | None:
        self.looks += 1
        return self.left

    async def work(self) -> str:
        self.calls += 1
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        self.left = f"result {self.calls}"
        return self.left

    async def ask(self, flight: Flight) -> str:
        return await flight.run("T1", "desk", look=self.look, work=self.work)


@pytest.fixture(name="desk")
async def _desk() -> Desk:
    return Desk()


@pytest.fixture(name="flight")
def _flight(new_flight: NewFlight) -> Flight:
    return new_flight()


async def _called(desk: Desk, times: int = 1) -> None:
    await until(lambda: desk.calls == times)


async def test_many_callers_share_one_piece_of_work(desk: Desk, flight: Flight) -> None:
    """Two hundred who ask at once cause one call and get its result."""
    callers = [asyncio.create_task(desk.ask(flight)) for _ in range(200)]
    await _called(desk)
    desk.go_on.set()

    assert set(await asyncio.gather(*callers)) == {"result 1"}
    assert desk.calls == 1


async def test_processes_share_one_piece_of_work(
    desk: Desk, redis: Redis, new_flight: NewFlight
) -> None:
    """Flights that know each other only through Redis wait for the one that has the lock."""
    flights = [new_flight() for _ in range(4)]
    callers = [asyncio.create_task(desk.ask(flight)) for flight in flights for _ in range(50)]
    await _called(desk)
    desk.go_on.set()

    assert set(await asyncio.gather(*callers)) == {"result 1"}
    assert desk.calls == 1
    await asyncio.gather(*map(settled, flights))
    assert await redis.exists(keys.lock("T1", "desk")) == 0


async def test_different_names_do_not_wait_for_each_other(desk: Desk, flight: Flight) -> None:
    """Only those who ask for the same share."""
    waiting = asyncio.create_task(desk.ask(flight))
    await _called(desk)

    async def none() -> None:
        return None

    async def other() -> str:
        return "other"

    assert await flight.run("T1", "elsewhere", look=none, work=other) == "other"
    assert await flight.run("T2", "desk", look=none, work=other) == "other"
    desk.go_on.set()
    await waiting


async def test_what_is_already_there_is_not_done_again(desk: Desk, flight: Flight) -> None:
    """Whoever gets the lock looks once more before the work: it may just have been done."""
    desk.left = "just now"

    assert await desk.ask(flight) == "just now"
    assert desk.calls == 0


async def test_a_cancelled_caller_does_not_cancel_the_others(desk: Desk, flight: Flight) -> None:
    """The first caller may leave: the work goes on, for the others and for later."""
    first, second = (asyncio.create_task(desk.ask(flight)) for _ in range(2))
    await _called(desk)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    desk.go_on.set()

    assert await second == "result 1"


async def test_work_goes_on_when_all_callers_have_left(
    desk: Desk, flight: Flight, caplog: pytest.LogCaptureFixture
) -> None:
    """What was begun is finished and left for the next; its failure disturbs nobody."""
    for error in (None, UnavailableError("kyuubi")):
        desk.go_on.clear()
        desk.left, desk.error, calls = None, error, desk.calls
        caller = asyncio.create_task(desk.ask(flight))
        await _called(desk, calls + 1)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        desk.go_on.set()
        await until(lambda: not flight._tasks)

        assert desk.left == (None if error else "result 1")
    # Python complains of an exception that nobody has looked at when its task is collected.
    gc.collect()
    assert caplog.records == []


async def test_a_failure_goes_to_all_callers_of_the_process(desk: Desk, flight: Flight) -> None:
    """Nobody in the process tries again what has just failed."""
    desk.error = UnavailableError("kyuubi")
    callers = [asyncio.create_task(desk.ask(flight)) for _ in range(20)]
    await _called(desk)
    desk.go_on.set()

    results = await asyncio.gather(*callers, return_exceptions=True)

    assert set(map(type, results)) == {UnavailableError}
    assert desk.calls == 1


async def test_other_processes_try_for_themselves_after_a_failure(new_flight: NewFlight) -> None:
    """Each of the others tries once, without waiting for one another in a row."""
    desks = [Desk() for _ in range(4)]
    desks[0].error = UnavailableError("kyuubi")
    first = asyncio.create_task(desks[0].ask(new_flight()))
    await _called(desks[0])
    others = [asyncio.create_task(desk.ask(new_flight())) for desk in desks[1:]]
    await until(lambda: all(desk.looks for desk in desks))
    desks[0].go_on.set()
    with pytest.raises(UnavailableError):
        await first

    # None of them has finished, and still all have begun.
    for desk in desks[1:]:
        await _called(desk)
    for desk in desks[1:]:
        desk.go_on.set()
    assert await asyncio.gather(*others) == ["result 1"] * 3


async def test_the_lock_is_kept_for_as_long_as_the_work_takes(
    desk: Desk, redis: Redis, new_flight: NewFlight
) -> None:
    """Work that takes longer than a lease is not done twice."""
    lease = timedelta(seconds=1)
    first = asyncio.create_task(desk.ask(new_flight(lease=lease)))
    await _called(desk)
    second = asyncio.create_task(desk.ask(new_flight(lease=lease)))
    for _ in range(2):
        # Each time the lease has been renewed at least once.
        holder = await redis.get(keys.lock("T1", "desk"))
        await _renewed(redis)
        assert await redis.get(keys.lock("T1", "desk")) == holder
    desk.go_on.set()

    assert await first == await second == "result 1"
    assert desk.calls == 1


async def _renewed(redis: Redis) -> None:
    left = await redis.pttl(keys.lock("T1", "desk"))
    async with asyncio.timeout(10):
        while (now := await redis.pttl(keys.lock("T1", "desk"))) <= left:
            left = now
            await asyncio.sleep(0.005)


async def test_a_lock_that_was_lost_is_not_taken_from_the_next(
    desk: Desk, flight: Flight, redis: Redis
) -> None:
    """A process that was too slow to renew its lease does not end another one's."""
    lock = keys.lock("T1", "desk")
    waiting = asyncio.create_task(desk.ask(flight))
    await _called(desk)
    await redis.set(lock, "the next holder", px=60_000)
    desk.go_on.set()
    await waiting
    await settled(flight)

    assert await redis.get(lock) == "the next holder"


_HOLDER = """
import asyncio, sys
from datetime import timedelta
from bot.clock import SystemIds
from bot.store.flight import Flight
from bot.store.redis import connect

async def none():
    return None

async def work():
    print("working", flush=True)
    await asyncio.Event().wait()

flight = lambda: Flight(connect(sys.argv[1]), SystemIds(), lease=timedelta(milliseconds=500))
asyncio.run(flight().run("T1", "desk", look=none, work=work))
"""


async def test_a_killed_process_delays_the_others_by_its_lease_only(
    desk: Desk, flight: Flight, redis_url: str
) -> None:
    """The work of a process that was killed is taken up by one that waited."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLDER, redis_url, stdout=subprocess.PIPE, cwd=_ROOT
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"working\n"
    waiting = asyncio.create_task(desk.ask(flight))
    desk.go_on.set()

    os.kill(holder.pid, signal.SIGKILL)
    await holder.wait()

    assert await waiting == "result 1"


async def test_without_redis_the_process_shares_its_work(desk: Desk) -> None:
    """When Redis is not there, callers of one process still cause one call."""
    (port,) = free_ports(1)
    client = connect(f"redis://127.0.0.1:{port}")
    flight = Flight(client, SystemIds())
    callers = [asyncio.create_task(desk.ask(flight)) for _ in range(20)]
    await _called(desk)
    desk.go_on.set()

    assert set(await asyncio.gather(*callers)) == {"result 1"}
    assert desk.calls == 1
    await flight.close()
    await client.aclose()


async def test_a_redis_that_freezes_in_the_middle_loses_no_work(
    desk: Desk, tmp_path: Path, new_flight: NewFlight
) -> None:
    """Holder and follower both come to an end when Redis goes silent under them."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        lease = timedelta(milliseconds=100)
        holder, follower = (new_flight(client, lease) for _ in range(2))
        waiting = [asyncio.create_task(desk.ask(holder))]
        await _called(desk)
        waiting.append(asyncio.create_task(desk.ask(follower)))
        await until(lambda: len(follower._tasks) == 1)
        async with frozen(own.pid):
            # The follower stops following and works for itself.
            await _called(desk, 2)
            desk.go_on.set()
            assert set(await asyncio.gather(*waiting)) <= {"result 1", "result 2"}
        await asyncio.gather(settled(holder), settled(follower))
        await client.aclose()


async def test_closing_gives_up_what_is_under_way(desk: Desk, flight: Flight, redis: Redis) -> None:
    """At the end of the process nothing goes on, and the lock is given back."""
    waiting = asyncio.create_task(desk.ask(flight))
    await _called(desk)

    await flight.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await redis.exists(keys.lock("T1", "desk")) == 0


async def test_an_error_of_the_work_about_the_store_is_passed_on(flight: Flight) -> None:
    """Only the flight's own trouble with Redis is bridged, not the caller's."""
    calls = 0

    async def none() -> None:
        return None

    async def work() -> str:
        nonlocal calls
        calls += 1
        raise StoreUnavailableError("elsewhere")

    with pytest.raises(StoreUnavailableError, match="elsewhere"):
        await flight.run("T1", "desk", look=none, work=work)
    assert calls == 1


async def test_work_can_be_shared_in_the_process_alone(desk: Desk, flight: Flight) -> None:
    """Without a way to look, no lock is taken and Redis is left alone."""
    work: Callable[[], Awaitable[str]] = desk.work
    callers = [
        asyncio.create_task(flight.run("T1", "desk", look=None, work=work)) for _ in range(5)
    ]
    await _called(desk)
    desk.go_on.set()

    assert set(await asyncio.gather(*callers)) == {"result 1"}
    assert desk.calls == 1
