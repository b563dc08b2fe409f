"""Servers from the packaged binary, and ways to wait for what happens."""

import asyncio
import itertools
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.store.embedded import find_server
from bot.store.flight import Flight

# Below those that the system gives out by itself: none is taken between here and its server's start.
_PORTS = range(20_000, 32_000)
_candidates = itertools.cycle(_PORTS)
for _ in range(os.getpid() * 101 % len(_PORTS)):
    next(_candidates)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, other ones each time."""
    found: list[int] = []
    while len(found) < count:
        port = next(_candidates)
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                attempt.bind(("127.0.0.1", port))
                found.append(port)
    return found


class Server(NamedTuple):
    """A running server: how it is reached, and its process."""

    url: str
    pid: int


@asynccontextmanager
async def server(
    directory: Path,
    *options: str,
    prepare: Callable[[], None] | None = None,
    restore_signals: bool = True,
) -> AsyncIterator[Server]:
    """Run a server on a socket in a directory, and kill it afterwards."""
    socket_path = directory / "s"
    with running(
        directory,
        *("--port", "0", "--unixsocket", str(socket_path), *options),
        prepare=prepare,
        restore_signals=restore_signals,
    ) as process:
        await until(lambda: _listens(socket_path))
        yield Server(f"unix://{socket_path}", process.pid)


@contextmanager
def running(
    directory: Path,
    *options: str,
    prepare: Callable[[], None] | None = None,
    restore_signals: bool = True,
) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the packaged binary in a directory, where it writes its log, and kill it afterwards."""
    binary = find_server()
    assert binary is not None
    with (directory / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the packaged binary
            [binary, *options],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=prepare,  # noqa: PLW1509 - limits of one test's server
            restore_signals=restore_signals,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.01)


def count_joins(monkeypatch: pytest.MonkeyPatch, flight: Flight, kind: str) -> list[str]:
    """Return a list that gets a name for each caller who has joined a flight of a kind."""
    joined: list[str] = []
    run = flight.run

    async def counted(scope: str, name: str, **errand: Any) -> Any:
        joined.extend([name] if name.startswith(f"{kind}:") else [])
        return await run(scope, name, **errand)

    monkeypatch.setattr(flight, "run", counted)
    return joined


def alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@asynccontextmanager
async def frozen(pid: int) -> AsyncIterator[None]:
    """Stop a process, and let it go on afterwards."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
