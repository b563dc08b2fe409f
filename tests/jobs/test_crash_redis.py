"""Redis is killed, forgets its last moments, or is empty: no storm, and nothing lost for good."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.models.connection import Owner
from bot.store import keys
from bot.store.due import SHARDS, Peek
from sandbox.company.people import TEAM_ID
from tests.fixtures.canaries import Watch
from tests.fixtures.until import until
from tests.jobs.crew import DAY_BEFORE, PATIENCE, Scene, open_scene
from tests.store.servers import server

pytestmark = pytest.mark.timeout(240)

_RETRY = timedelta(minutes=2)
"""After so long whoever found no Redis has tried again."""


class Store:
    """A server that can be killed and started again, with what it has written."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.url = ""
        self._directory = directory
        self._options = options
        self._serving = AsyncExitStack()

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        started = server(self._directory, *self._options)
        self.url = (await self._serving.enter_async_context(started)).url

    async def kill(self) -> None:
        """Kill it as `kill -9` does."""
        await self._serving.aclose()


@asynccontextmanager
async def open_store(tmp_path: Path, *options: str) -> AsyncIterator[Store]:
    """Start a server, and kill it afterwards."""
    directory = tmp_path / "redis"
    directory.mkdir()
    store = Store(directory, *options)
    await store.start()
    try:
        yield store
    finally:
        await store.kill()


async def settled(scene: Scene) -> None:
    """Wait until nothing is due, while time goes on for those who try again later."""
    for _ in range(10):
        scene.advance(_RETRY)
        with suppress(TimeoutError):
            await scene.quiet(seconds=PATIENCE / 10)
            return
    raise TimeoutError("it never becomes quiet")


async def test_redis_may_be_killed_while_notices_are_sent(tmp_path: Path, canaries: Watch) -> None:
    """The workers outlive it, go on where they were, and nobody hears twice."""
    async with (
        open_store(tmp_path, "--appendonly", "yes") as store,
        open_scene(store.url, tmp_path, canaries, people=8, history=True) as scene,
    ):
        scene.crew.start(3, concurrency=2)
        await until(lambda: any(map(scene.heard, scene.people)), seconds=PATIENCE)
        await store.kill()
        await until(lambda: "nothing can be claimed" in scene.crew.log, seconds=PATIENCE)
        await store.start()
        await settled(scene)

        assert [len(scene.notices(owner)) for owner in scene.people] == [1] * 8
        await scene.check_recorded()
        assert not scene.crew.dead


async def test_redis_may_forget_its_last_moments(tmp_path: Path, canaries: Watch) -> None:
    """Who was told in them is told once more; nobody misses anything."""
    async with (
        open_store(tmp_path, "--save", "", "--appendonly", "no") as store,
        open_scene(store.url, tmp_path, canaries, people=6, history=True) as scene,
    ):
        scene.crew.start(2, concurrency=4)
        await scene.quiet()
        async with Redis.from_url(store.url) as client:
            await client.save()
        scene.advance(DAY_BEFORE)
        await scene.quiet()
        assert [len(scene.notices(owner)) for owner in scene.people] == [2] * 6

        await store.kill()
        await store.start()
        await settled(scene)
        scene.advance(timedelta(hours=2))
        await scene.quiet()

        assert [len(scene.notices(owner)) for owner in scene.people] == [3] * 6
        assert not scene.crew.dead


async def test_an_empty_redis_lets_nothing_ring(
    redis_url: str, tmp_path: Path, canaries: Watch
) -> None:
    """Whatever was under way ends, nobody hears of it, and who connects anew is served."""
    async with open_scene(redis_url, tmp_path, canaries, people=6, history=False) as scene:
        scene.crew.start(2, concurrency=2)
        await scene.quiet()
        scene.advance(DAY_BEFORE)
        await until(
            lambda: any(len(scene.heard(owner)) > 1 for owner in scene.people), seconds=PATIENCE
        )
        async with Redis.from_url(redis_url) as client:
            await client.flushall()
        everybody, scene.people = scene.people, []
        await scene.connect(Owner(TEAM_ID, "UNEW"))
        await scene.quiet()

        assert len(scene.heard(scene.people[0])) == 1
        assert all(len(scene.heard(owner)) in (1, 2) for owner in everybody)
        assert (await scene.bot.services.index.peek()).claimed == 0
        assert not scene.crew.dead


async def test_a_lost_index_is_made_anew_without_a_word(
    redis_url: str, tmp_path: Path, canaries: Watch
) -> None:
    """The sweep finds all watches; what has rung does not ring again, what is to come does."""
    async with open_scene(redis_url, tmp_path, canaries, people=6, history=False) as scene:
        scene.crew.start(2, concurrency=4)
        await scene.quiet()
        await scene.crew.close()
        async with Redis.from_url(redis_url) as client:
            await client.delete(keys.sweep())
            for number in range(SHARDS):
                await client.delete(keys.wakes(f"{number:02}"))
        assert await scene.bot.services.index.peek() == Peek(None, 0, 0)

        scene.crew.start(2, concurrency=4)
        await scene.quiet()
        assert [len(scene.heard(owner)) for owner in scene.people] == [1] * 6

        scene.advance(DAY_BEFORE)
        await scene.quiet()
        assert [len(scene.heard(owner)) for owner in scene.people] == [2] * 6
