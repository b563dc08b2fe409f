"""The embedded server: one for all bots, there as long as any of them, never longer."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis as Client

from bot.store.embedded import EmbeddedServer
from tests.store.bots import bots, count, locked, mode, open_files, pids, start_orphan
from tests.store.servers import alive, frozen, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


async def test_data_outlives_the_server(data_dir: Path) -> None:
    """What was written is there after a stop and a new start, for the owner's eyes alone."""
    for expected in (1, 2):
        server = EmbeddedServer(data_dir)
        url = await server.start()
        assert await count(url) == expected
        here = await pids(data_dir)
        assert mode(data_dir / "valkey" / "valkey.sock") == 0o700
        assert mode(data_dir / "valkey") == mode(data_dir) == 0o700
        await server.close()
        assert not alive(here.server)
        await until(lambda here=here: not alive(here.keeper))  # type: ignore[misc]
        assert not locked(data_dir)
    assert not list((data_dir / "valkey").glob("*.sock"))


async def test_the_server_holds_the_lock_itself(data_dir: Path) -> None:
    """Whatever becomes of its keeper, nobody else gets the data while the server lives."""
    server = EmbeddedServer(data_dir)
    await server.start()

    assert data_dir / "valkey" / "lock" in open_files((await pids(data_dir)).server)
    await server.close()


async def test_the_server_keeps_every_write(data_dir: Path) -> None:
    """It appends each write to a file, drops nothing for memory, and listens on no port."""
    server = EmbeddedServer(data_dir)
    async with Client.from_url(await server.start(), decode_responses=True) as client:
        settings = await client.config_get("*")
    await server.close()

    expected = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "port": "0",
    }
    assert {name: settings[name] for name in expected} == expected


async def test_bots_that_start_together_share_one_server(data_dir: Path) -> None:
    """However many start at once, they get one keeper, one server and the same data."""
    async with bots(data_dir, 3) as (started, url):
        here = await pids(data_dir)
        assert await count(url) == 1

        await started[0].leave()
        assert await count(url) == 2
        started[1].kill()
        assert await count(url) == 3
        assert await pids(data_dir) == here

        await started[2].leave()
        assert not alive(here.server)
        await until(lambda: not locked(data_dir))


async def test_nothing_is_left_when_all_bots_are_killed(data_dir: Path) -> None:
    """Bots that had no chance to say goodbye leave no server behind."""
    async with bots(data_dir, 2) as (started, url):
        here = await pids(data_dir)
        assert await count(url) == 1
        for bot in started:
            bot.kill()

        await until(lambda: not alive(here.server) and not alive(here.keeper))

    server = EmbeddedServer(data_dir)
    assert await count(await server.start()) == 2
    await server.close()


async def test_a_killed_server_is_restarted_with_its_data(data_dir: Path) -> None:
    """While bots live the server comes back, as often as it is killed."""
    async with bots(data_dir, 1) as (started, url):
        for expected in (1, 2, 3):
            assert await count(url) == expected
            here = await pids(data_dir)
            os.kill(here.server, signal.SIGKILL)
            await until(lambda here=here: not alive(here.server))  # type: ignore[misc]
            assert (await pids(data_dir)).keeper == here.keeper
        assert await count(url) == 4
        await started[0].leave()


async def test_a_killed_keeper_takes_its_server_along_and_is_replaced(data_dir: Path) -> None:
    """Bots whose keeper is killed start another one, and there is never a second server."""
    async with bots(data_dir, 2) as (started, url):
        assert await count(url) == 1
        here = await pids(data_dir)

        os.kill(here.keeper, signal.SIGKILL)
        await until(lambda: not alive(here.server))
        after = await pids(data_dir)

        assert after.keeper != here.keeper
        assert await count(url) == 2
        for bot in started:
            await bot.leave()
        # One that had not found the new keeper yet did not wait for it either.
        await until(lambda: not alive(after.server))


@pytest.mark.parametrize(
    "order", [("server", "keeper", "bot"), ("keeper", "server", "bot"), ("bot", "keeper", "server")]
)
async def test_whatever_is_killed_in_whatever_order_nothing_is_left(
    data_dir: Path, order: tuple[str, ...]
) -> None:
    """After everything was killed at once the lock is free, and the data is there."""
    async with bots(data_dir, 1) as (started, url):
        assert await count(url) == 1
        here = await pids(data_dir)
        victims = {"bot": started[0].process.pid, "keeper": here.keeper, "server": here.server}
        for victim in order:
            # One may already be on its way because of another.
            if alive(victims[victim]):
                os.kill(victims[victim], signal.SIGKILL)
    await until(lambda: not locked(data_dir))

    server = EmbeddedServer(data_dir)
    assert await count(await server.start()) == 2
    await server.close()


async def test_a_frozen_server_does_not_outlive_its_keeper(data_dir: Path) -> None:
    """A server that answers nobody, not even a signal to end, goes with its keeper."""
    server = EmbeddedServer(data_dir)
    url = await server.start()
    here = await pids(data_dir)
    async with frozen(here.server):
        os.kill(here.keeper, signal.SIGKILL)
        await until(lambda: not alive(here.server))
    await pids(data_dir)
    assert await count(url) == 1
    await server.close()


async def test_an_orphaned_server_is_ended_before_another_starts(data_dir: Path) -> None:
    """Where a server can outlive its keeper, the next keeper ends it and takes its data over."""
    home = data_dir / "valkey"
    home.mkdir(parents=True, mode=0o700)
    orphan = start_orphan(home)
    await until((home / "valkey.sock").exists)
    assert await count(f"unix://{home}/valkey.sock") == 1

    server = EmbeddedServer(data_dir)
    url = await server.start()

    assert await asyncio.to_thread(orphan.wait) == 0
    assert await count(url) == 2
    await server.close()


async def test_a_long_data_directory_gets_a_short_socket(tmp_path: Path) -> None:
    """Where the path is too long for a socket, it moves under a short name that is ours alone."""
    data_dir = tmp_path / ("long" * 30)
    server = EmbeddedServer(data_dir)
    url = await server.start()
    sockets = Path(url.removeprefix("unix://")).parent

    assert sockets.parent == Path(f"/tmp/tokenbell-{os.geteuid()}")  # noqa: S108 - where it must be
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert sockets.parent.stat().st_mode & 0o777 == 0o700
    assert await count(url) == 1
    second = EmbeddedServer(data_dir)
    assert await second.start() == url
    await second.close()
    await server.close()
    sockets.rmdir()
