"""The keeper: a small process that runs the embedded server for as long as a bot needs it.

    python -P _keeper.py HOME SOCKETS SERVER

Exactly one keeper and one server run on HOME: the keeper holds a lock there, and its server
inherits it. Each bot process holds a connection to SOCKETS/keeper.sock as its lease; the kernel
closes it even when the process is killed. The server is restarted when it dies, and stopped when
the last lease has ended. On Linux it dies with a killed keeper; elsewhere the next keeper ends it.

A lease is told each time the server is ready, `{"keeper": pid, "server": pid}`, or that it cannot
be, `{"error": "..."}`. It ends with the connection; a bot that leaves in peace first says `bye`,
and if it was the last the connection is closed only when the server has stopped.

Needs nothing but the standard library, so that it starts fast and stays small.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

_LOCK_POLL_SECONDS = 0.05
_LOCK_POLLS = 400
_LOCK_POLLS_BEFORE_ORPHAN = 60
_LINGER_SECONDS = 2.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 1.0
_MOST_FAILED_STARTS = 2
_LONGEST_PAUSE_SECONDS = 2.0
_LOG_TAIL = 300
_PR_SET_PDEATHSIG = 1


def take_lock(home: Path, sockets: Path) -> int | None:
    """Return the locked file, or None when another keeper is serving. Raises TimeoutError."""
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for poll in range(_LOCK_POLLS):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        if _ask(sockets / "keeper.sock", b""):
            return None
        if poll == _LOCK_POLLS_BEFORE_ORPHAN:
            # No keeper serves, but a server still holds the lock that it inherited.
            _ask(sockets / "valkey.sock", b"SHUTDOWN\r\n")
        time.sleep(_LOCK_POLL_SECONDS)
    raise TimeoutError("another process holds the lock of the data directory")


def _ask(path: Path, message: bytes) -> bool:
    """Send a message to a socket; tell whether anybody listens there."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(message)
        except OSError:
            return False
    return True


def listen(path: Path) -> socket.socket:
    """Return a listening socket in the place of whatever a killed keeper left there."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(128)
    return listener


def server_command(home: Path, sockets: Path, server: str) -> list[str]:
    """Return how the server is started: a socket for its owner alone, every write kept."""
    settings = {
        "port": "0",
        "unixsocket": str(sockets / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [server, *(part for name, value in settings.items() for part in (f"--{name}", value))]


def die_with_parent() -> Callable[[], None] | None:
    """Return what makes a child on Linux die with us, None elsewhere.

    Killed, not asked: a server that is stopped or busy would outlive the question. What it
    acknowledged is already in its file.
    """
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415 - only Linux needs it

    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def prepare() -> None:  # pragma: no cover - runs in the child, between fork and exec
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Keeper:
    """Runs one server while anybody holds a lease."""

    _end: asyncio.TimerHandle

    def __init__(self, home: Path, sockets: Path, server: str, lock: int) -> None:
        self._command = server_command(home, sockets, server)
        self._sockets = sockets
        self._log = home / "server.log"
        self._lock = lock
        self._leases: set[asyncio.StreamWriter] = set()
        self._waiting: set[asyncio.StreamWriter] = set()
        self._state: bytes | None = None
        self._over = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, listener: socket.socket) -> None:
        """Serve leases until the last one has ended, then stop the server."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_end)
        self._end_after(_LINGER_SECONDS)
        leases = await asyncio.start_unix_server(self._lease, sock=listener)
        supervisor = asyncio.create_task(self._supervise())
        await self._over.wait()
        # Whoever asks from here on finds nobody, and starts a new keeper, which waits for the lock.
        self._stop_listening()
        leases.close()
        supervisor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await supervisor
        await self._stop()
        for writer in self._leases | self._waiting:
            writer.close()

    def _asked_to_end(self) -> None:
        # At a shutdown the bots are asked too, and need the server for what they have to finish.
        if not self._leases:
            self._over.set()

    def _end_after(self, seconds: float) -> None:
        self._end = asyncio.get_running_loop().call_later(seconds, self._over.set)

    async def _lease(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._leases.add(writer)
        self._end.cancel()
        if self._state is not None:
            writer.write(self._state)
        farewell = b""
        with contextlib.suppress(OSError):
            farewell = await reader.read(16)
        self._leases.discard(writer)
        if farewell and self._leases:
            # Others may have gone at the same moment; their end is yet to be noticed.
            await asyncio.sleep(_POLL_SECONDS)
        if self._leases:
            writer.close()
        elif farewell:
            self._waiting.add(writer)
            self._over.set()
        else:
            writer.close()
            self._end_after(_LINGER_SECONDS)

    def _announce(self, **state: object) -> None:
        self._state = json.dumps(state).encode() + b"\n"
        for lease in self._leases:
            lease.write(self._state)

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        failed, pause = 0, _POLL_SECONDS
        while failed < _MOST_FAILED_STARTS:
            started = loop.time()
            self._process = await self._start()
            if await self._answers(self._process):
                failed = 0
                self._announce(keeper=os.getpid(), server=self._process.pid)
            else:
                failed += 1
            await self._process.wait()
            self._state = None
            # At once after an accident, but not over and over when it never lives for long.
            lived = loop.time() - started
            pause = _POLL_SECONDS if lived > _LONGEST_PAUSE_SECONDS else 2 * pause
            await asyncio.sleep(min(pause, _LONGEST_PAUSE_SECONDS))
        self._announce(error=self._last_words())
        # Those who started us come only now, and are told; then somebody may try anew.
        await asyncio.sleep(_LINGER_SECONDS)
        self._over.set()

    async def _start(self) -> asyncio.subprocess.Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._lock,),
                preexec_fn=die_with_parent(),
            )

    async def _answers(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until the server has loaded its data, or has ended without."""
        while process.returncode is None:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_ANSWER_SECONDS):
                    if await self._ping() == b"+PONG\r\n":
                        return True
            await asyncio.sleep(_POLL_SECONDS)
        return False

    async def _ping(self) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._sockets / "valkey.sock")
        try:
            writer.write(b"PING\r\n")
            return await reader.readline()
        finally:
            writer.close()

    def _stop_listening(self) -> None:
        (self._sockets / "keeper.sock").unlink(missing_ok=True)

    def _last_words(self) -> str:
        text = self._log.read_bytes().decode(errors="replace").strip()
        return text.rpartition("\n")[2][-_LOG_TAIL:] or "it said nothing; its disk may be full"

    async def _stop(self) -> None:
        """Ask the server to write what it has and end; kill it when it does not."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def main(home: Path, sockets: Path, server: str) -> None:
    """Become the keeper of HOME, unless there is one; return when it is listening."""
    os.umask(0o077)
    lock = take_lock(home, sockets)
    if lock is None:
        return
    listener = listen(sockets / "keeper.sock")
    log = os.open(home / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    # The bot that started us goes on as soon as we listen; nobody has to wait for our end.
    if os.fork():
        os._exit(0)  # pragma: no cover - leaves without writing what was covered
    os.chdir(home)
    os.dup2(log, 1)
    os.dup2(log, 2)
    asyncio.run(Keeper(home, sockets, server, lock).run(listener))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except OSError as error:
        sys.exit(error.strerror or str(error))
