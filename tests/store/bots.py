"""Bot processes that share an embedded server, and ways to see what is behind them."""

import asyncio
import fcntl
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from bot.store._keeper import server_command
from bot.store.embedded import find_server
from bot.store.redis import connect

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


def open_files(pid: int) -> list[Path]:
    return [each.readlink() for each in Path(f"/proc/{pid}/fd").iterdir()]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
