import asyncio

import pytest

from bot.store import keys
from bot.store.flight import Flight
from bot.store.redis import Redis
from tests.store.servers import until
from tests.store.upstream import NewFlight, settled


class Shelf:
    """Where a result is left for other processes, as soon as there is room."""

    def __init__(self) -> None:
        self.room = asyncio.Event()
        self.left: str | None = None
        self.calls = 0
        self.looks = 0
        self.error: Exception | None = None

    async def look(self) -> str | None:
        self.looks += 1
        return self.left

    async def work(self) -> str:
        self.calls += 1
        return f"result {self.calls}"

    async def keep(self, value: str) -> None:
        await self.room.wait()
        if self.error is not None:
            raise self.error
        self.left = value

    async def ask(self, flight: Flight) -> str:
        return await flight.run("T1", "shelf", look=self.look, work=self.work, keep=self.keep)


async def test_who_asked_need_not_wait_until_a_result_is_left_for_others(
    redis: Redis, new_flight: NewFlight
) -> None:
    """Others wait meanwhile, in this process too, and none of them does it again."""
    shelf, flight = Shelf(), new_flight()

    assert await shelf.ask(flight) == "result 1"

    assert await redis.exists(keys.lock("T1", "shelf")) == 1
    waiting = [asyncio.create_task(shelf.ask(each)) for each in (flight, new_flight())]
    await until(lambda: shelf.looks > len(waiting))
    assert not any(task.done() for task in waiting)
    shelf.room.set()
    assert set(await asyncio.gather(*waiting)) == {"result 1"}
    assert shelf.calls == 1
    await settled(flight)
    assert await redis.exists(keys.lock("T1", "shelf")) == 0


async def test_closing_leaves_what_was_handed_out(new_flight: NewFlight) -> None:
    """At the end of the process nobody's result is lost for the other processes."""
    shelf, flight = Shelf(), new_flight()
    await shelf.ask(flight)

    closing = asyncio.create_task(flight.close())
    shelf.room.set()
    await closing

    assert shelf.left == "result 1"


async def test_a_result_that_cannot_be_left_is_got_by_others_themselves(
    new_flight: NewFlight, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asked has it; the fault is logged, and the lock is free at once."""
    shelf, flight = Shelf(), new_flight()
    shelf.error = RuntimeError("no room")
    shelf.room.set()

    assert await shelf.ask(flight) == "result 1"
    await settled(flight)

    assert await shelf.ask(new_flight()) == "result 2"
    assert "not left for other processes" in caplog.text
