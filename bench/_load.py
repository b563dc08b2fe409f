"""A client that costs little beside the server it measures, and a place for replies."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

SIGNING_SECRET = "bench" * 8
_numbers = itertools.count(1)


def command(team: str, user: str, text: str, response_url: str) -> bytes:
    """Return a signed slash command as the bytes of an HTTP request."""
    number = next(_numbers)
    body = urlencode(
        {
            "command": "/tokens",
            "text": text,
            "team_id": team,
            "team_domain": "bench",
            "user_id": user,
            "user_name": "bench",
            "channel_id": "C1",
            "channel_name": "general",
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "trigger_id": f"{number}.{time.time_ns()}",
            "response_url": response_url,
        }
    ).encode()
    timestamp = str(int(time.time()))
    base = b"v0:" + timestamp.encode() + b":" + body
    signature = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """One kept-alive connection to the server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> float:
        """Send a request; return the seconds until its whole answer, which must be a 200."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        started = time.perf_counter()
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if length:
            await self._reader.readexactly(length)
        return time.perf_counter() - started

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()


class Sink:
    """Takes what is posted to `response_url`s, and tells who waits for it."""

    def __init__(self) -> None:
        self.url = ""
        self.latest = b""
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def expect(self) -> tuple[str, asyncio.Future[None]]:
        """Return a fresh address, and what is done once something is posted there."""
        name = str(next(_numbers))
        arrived = asyncio.get_running_loop().create_future()
        self._waiting[name] = arrived
        return f"{self.url}/response/{name}", arrived

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every post with ok, and remember the latest."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                self.latest = await reader.readexactly(length)
                name = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                arrived = self._waiting.pop(name, None)
                if arrived is not None and not arrived.done():
                    arrived.set_result(None)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()


@asynccontextmanager
async def open_sink() -> AsyncIterator[Sink]:
    """Serve a sink on a free port."""
    sink = Sink()
    async with await asyncio.start_server(sink.serve, "127.0.0.1", 0) as server:
        sink.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield sink


async def saturate(
    port: int, once: Callable[[Connection], Awaitable[float]], *, at_once: int, seconds: float
) -> tuple[float, list[float]]:
    """Keep so many requests going; return how many were done a second, and what each took."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def work() -> None:
        connection = Connection(port)
        while time.perf_counter() < end:
            took.append(await once(connection))
        connection.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return len(took) / (time.perf_counter() - started), took


async def at_rate(
    port: int, once: Callable[[Connection], Awaitable[float]], *, rate: float, seconds: float
) -> list[float]:
    """Start requests at a fixed rate, whether or not earlier ones are done; return what each took."""
    free: list[Connection] = []
    loop = asyncio.get_running_loop()

    async def one() -> float:
        connection = free.pop() if free else Connection(port)
        try:
            return await once(connection)
        finally:
            free.append(connection)

    tasks = []
    start = loop.time()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(start + number / rate - loop.time(), 0))
        tasks.append(asyncio.create_task(one()))
    took = await asyncio.gather(*tasks)
    for connection in free:
        connection.close()
    return list(took)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which that share lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
