"""An app on a loopback port, inside the running event loop.

uvicorn's own loop takes the signals and polls ten times a second. The sandbox starts and stops
once a test, so it opens and closes the server itself.
"""

import asyncio
import socket
from collections.abc import MutableMapping
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.lifespan.off import LifespanOff
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_TRANSPORT = "sandbox.transport"
_LAST_SECONDS = 1.0


class _Protocol(H11Protocol):
    """Shows the connection to the app, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the parent class
        super().connection_made(transport)
        app = self.app

        async def with_transport(
            scope: MutableMapping[str, Any], receive: Receive, send: Send
        ) -> None:
            await app({**scope, _TRANSPORT: transport}, receive, send)

        self.app = with_transport


async def cut(scope: Scope, receive: Receive) -> None:
    """Reset the caller's connection: it gets no answer, not even a status line."""
    scope[_TRANSPORT].abort()
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Return when the caller has gone away."""
    message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()


def bind(port: int = 0) -> socket.socket:
    """Take a port of 127.0.0.1, any free one for 0."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it, most requests
    # on loopback wait 40 ms for a delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Return where a bound socket is reached, without a slash at the end."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


class Server(uvicorn.Server):
    """Serves one app on a bound socket between `open` and `close`."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                date_header=False,
                server_header=False,
            )
        )
        self._socket = listener

    async def open(self) -> None:
        """Start to accept connections."""
        self.config.load()
        self.lifespan = LifespanOff(self.config)
        await self.startup(sockets=[self._socket])

    async def close(self) -> None:
        """Stop. Whoever still waits for an answer is cut off."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            _, stuck = await asyncio.wait(self.server_state.tasks, timeout=_LAST_SECONDS)
            for task in stuck:
                task.cancel()
        for server in self.servers:
            await server.wait_closed()
        self._socket.close()
