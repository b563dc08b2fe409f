"""The Events API: what happened is sent until the app acknowledges it, four times at most.

docs.slack.dev/apis/events-api, retries.
"""

import asyncio
from dataclasses import replace

from sandbox.slack import payloads
from sandbox.slack.delivery.envelope import Ack, Envelope
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json

_REASONS = {"operation_timeout": "http_timeout", "dispatch_failed": "http_error"}
_SOCKET_REASONS = {"operation_timeout": "timeout", "dispatch_failed": "timeout"}


class Events:
    """Sends events in the background."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._tasks: set[asyncio.Task[None]] = set()

    def emit(self, body: Json) -> bool:
        """Send an event if the app subscribed to it; tell whether it did."""
        if body["type"] not in self._platform.app.events:
            return False
        payload = payloads.event(self._platform.app, body, at_ms=self._platform.clock.wall())
        task = asyncio.create_task(self._deliver(Envelope(kind="events_api", payload=payload)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def close(self) -> None:
        """Give up on what was not delivered yet."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, envelope: Envelope) -> None:
        ack = await self._platform.transport.deliver(envelope)
        for number, pause in enumerate(self._platform.limits.retries, start=1):
            if ack.error is None or not ack.retry:
                return
            await asyncio.sleep(pause)
            again = replace(envelope, retry_num=number, retry_reason=self._reason(ack))
            ack = await self._platform.transport.deliver(again)

    def _reason(self, ack: Ack) -> str:
        reasons = _SOCKET_REASONS if self._platform.transport.name == "socket" else _REASONS
        return reasons[ack.error or "dispatch_failed"]
