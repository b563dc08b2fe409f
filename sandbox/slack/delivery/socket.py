"""Socket Mode: docs.slack.dev/apis/events-api/using-socket-mode."""

import asyncio
import secrets
import time
import uuid
from collections import deque
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.slack.changes import Changes
from sandbox.slack.delivery.envelope import Ack, Envelope
from sandbox.slack.installation import Installation
from sandbox.slack.parsing import parse
from sandbox.slack.types import Json

MOST_CONNECTIONS = 10
_HOST = "applink-sandbox"


@dataclass(eq=False)
class _Connection:
    websocket: WebSocket
    waiting: dict[str, asyncio.Future[object]] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class SocketTransport:
    """The app's websockets. Each payload goes to one of them, in turn."""

    name = "socket"

    def __init__(self, changes: Changes, *, ack_seconds: float, refresh_seconds: float) -> None:
        self._changes = changes
        self._ack_seconds = ack_seconds
        self._refresh_seconds = refresh_seconds
        self._tickets: set[str] = set()
        self._connections: deque[_Connection] = deque()

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def ticket(self) -> str:
        """Return what opens one connection, once."""
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, websocket: WebSocket) -> None:
        """Hold one connection until either side ends it."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await websocket.close(code=1008)
            return
        self._tickets.remove(ticket)
        await websocket.accept()
        if len(self._connections) >= MOST_CONNECTIONS:
            await websocket.send_json(_disconnect("too_many_websockets"))
            await websocket.close()
            return
        connection = _Connection(websocket)
        self._connections.append(connection)
        try:
            await websocket.send_json(self._hello())
            self._changes.publish({"type": "state"})
            while True:
                self._acknowledge(connection, await websocket.receive_text())
        except (WebSocketDisconnect, KeyError):  # Starlette's way to say that it was no text
            pass
        finally:
            connection.ended.set()
            self._connections.remove(connection)
            self._changes.publish({"type": "state"})

    async def deliver(self, envelope: Envelope) -> Ack:
        """Send one payload over the connection whose turn it is."""
        if not self._connections:
            return Ack(error="dispatch_failed")
        connection = self._connections[0]
        self._connections.rotate(-1)
        envelope_id = str(uuid.uuid4())
        body: Json = {
            "envelope_id": envelope_id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.accepts_response,
        }
        if envelope.kind == "events_api":
            body |= {"retry_attempt": envelope.retry_num, "retry_reason": envelope.retry_reason}
        answer = connection.waiting[envelope_id] = asyncio.get_running_loop().create_future()
        started = time.monotonic()
        try:
            await connection.websocket.send_json(body)
            async with asyncio.timeout(self._ack_seconds):
                payload = await answer
        except TimeoutError:
            return Ack(error="operation_timeout", elapsed_ms=_since(started))
        except (WebSocketDisconnect, RuntimeError):  # Starlette raises RuntimeError once it closed
            return Ack(error="dispatch_failed", elapsed_ms=_since(started))
        finally:
            connection.waiting.pop(envelope_id, None)
        return Ack(
            status=200,
            elapsed_ms=_since(started),
            body=payload if envelope.accepts_response else None,
        )

    async def refresh(self) -> None:
        """Have the app reconnect, as Slack does every few hours.

        Slack warns, and some ten seconds later ends the connections that are still there.
        """
        old = tuple(self._connections)
        for connection in old:
            await connection.websocket.send_json(_disconnect("warning"))
        ended = [asyncio.ensure_future(connection.ended.wait()) for connection in old]
        if ended:
            _, pending = await asyncio.wait(ended, timeout=self._refresh_seconds)
            for task in pending:
                task.cancel()
        for connection in old:
            if connection in self._connections:
                await connection.websocket.send_json(_disconnect("refresh_requested"))
                await connection.websocket.close()

    async def close(self) -> None:
        """End all connections."""
        for connection in tuple(self._connections):
            await connection.websocket.close(code=1001)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {
                "host": _HOST,
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": Installation.app_id},
        }

    @staticmethod
    def _acknowledge(connection: _Connection, text: str) -> None:
        try:
            body = parse(text)
        except ValueError:
            return
        if not isinstance(body, dict):
            return
        answer = connection.waiting.get(str(body.get("envelope_id")))
        if answer is not None and not answer.done():
            answer.set_result(body.get("payload"))


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
