"""A real HTTP server on loopback that answers what a test says, byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qsl, unquote

import h11


class Fate(Enum):
    """What may happen to a request instead of an answer."""

    HANG = auto()
    RESET = auto()


Step = bytes | Fate
Handler = Callable[["Seen"], Step]


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire. Header names are in lower case."""

    method: str
    raw_target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(self.raw_target.partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_target.partition("?")[2], keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


def answer(
    body: Any = b"", status: int = 200, headers: Mapping[str, str] | None = None, *, cut: int = 0
) -> bytes:
    """Return an answer as bytes; `cut` leaves off so many at its end."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"content-length: {len(content)}",
        "connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    raw = "\r\n".join((*lines, "", "")).encode("latin-1") + content
    return raw[: len(raw) - cut]


@dataclass
class Server:
    """Answers by `handler`, or from a script whose last step repeats."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    handler: Handler | None = None
    steps: list[Step] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def script(self, *steps: Step) -> None:
        self.steps = list(steps)

    def _step(self, request: Seen) -> Step:
        if self.handler is not None:
            return self.handler(request)
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            self.seen.append(request)
            self.arrived.set()
            step = self._step(request)
            if step is Fate.HANG:
                await reader.read()  # until the caller goes away
            elif step is Fate.RESET:
                writer.transport.abort()
            elif isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
        except OSError:
            pass  # the caller went away first, which some tests are about
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Seen:
    connection = h11.Connection(h11.SERVER)
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            return Seen(
                method=head.method.decode(),
                raw_target=head.target.decode("ascii"),
                headers={k.decode(): v.decode("latin-1") for k, v in head.headers},
                body=bytes(body),
            )
        else:
            raise ConnectionResetError


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """Run a server for a while."""
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
