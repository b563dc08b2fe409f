"""What of the keeper shows only when the machine or another process misbehaves."""

import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import _keeper
from bot.store._keeper import Keeper, die_with_parent, listen, take_lock
from tests.store.servers import alive, until

_STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
import socket
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[sys.argv.index("--unixsocket") + 1])
server.listen()
while True:
    connection, _ = server.accept()
    connection.recv(64)
    connection.send(b"+PONG\\r\\n")
    connection.close()
"""


@pytest.fixture(name="lock")
def _lock(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


@pytest.mark.usefixtures("lock")
def test_a_lock_that_is_never_given_back_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper does not wait for ever for a process that is none of ours."""
    monkeypatch.setattr(_keeper, "_LOCK_POLLS", 2)

    with pytest.raises(TimeoutError, match="another process holds the lock"):
        take_lock(tmp_path, tmp_path)


@pytest.mark.usefixtures("lock")
def test_a_keeper_that_finds_another_one_steps_back(tmp_path: Path) -> None:
    """Where a keeper listens, a second one is not needed."""
    with listen(tmp_path / "keeper.sock"):
        assert take_lock(tmp_path, tmp_path) is None


def test_a_dead_socket_is_replaced(tmp_path: Path) -> None:
    """The socket that a killed keeper has left does not keep the next one from listening."""
    listen(tmp_path / "keeper.sock").close()

    with listen(tmp_path / "keeper.sock"), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(tmp_path / "keeper.sock"))


async def test_a_server_that_does_not_end_is_killed(
    tmp_path: Path, lock: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ignores the request to end does not stay."""
    monkeypatch.setattr(_keeper, "_STOP_SECONDS", 0.1)
    stubborn = tmp_path / "stubborn"
    stubborn.write_text(f"#!{sys.executable}\n{_STUBBORN}")
    stubborn.chmod(0o700)
    keeper = Keeper(tmp_path, tmp_path, str(stubborn), lock)
    run = asyncio.create_task(keeper.run(listen(tmp_path / "keeper.sock")))
    reader, writer = await asyncio.open_unix_connection(tmp_path / "keeper.sock")
    state = await reader.readline()
    assert b"server" in state
    (pid,) = (process.pid for process in [keeper._process] if process is not None)

    writer.write(b"bye")
    await run

    assert not alive(pid)
    assert not (tmp_path / "keeper.sock").exists()
    writer.close()


async def test_a_keeper_that_is_told_to_end_lets_the_bots_finish(
    tmp_path: Path, lock: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a shutdown it waits for those who still need the server; alone, it ends at once."""
    keeper = Keeper(tmp_path, tmp_path, "/bin/cat", lock)
    asked_to_end, asked = keeper._asked_to_end, asyncio.Event()

    def ask() -> None:
        asked_to_end()
        asked.set()

    monkeypatch.setattr(keeper, "_asked_to_end", ask)
    run = asyncio.create_task(keeper.run(listen(tmp_path / "keeper.sock")))
    _, writer = await asyncio.open_unix_connection(tmp_path / "keeper.sock")
    await until(lambda: keeper._leases)

    os.kill(os.getpid(), signal.SIGTERM)
    await asked.wait()
    assert not keeper._over.is_set()
    writer.close()
    await until(lambda: not keeper._leases)
    os.kill(os.getpid(), signal.SIGTERM)

    await run


def test_only_linux_lets_a_child_die_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere there is nothing to prepare; an orphan is ended by the next keeper."""
    assert die_with_parent() is not None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert die_with_parent() is None
