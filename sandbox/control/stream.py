"""Server-sent events: each change as it happens."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from sandbox.slack.changes import Change
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json

_HEARTBEAT_SECONDS = 15.0


def stream(platform: Platform, user: str | None) -> StreamingResponse:
    """Answer with what a person sees happen, from now on."""
    return StreamingResponse(
        _events(platform, user),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def _events(platform: Platform, user: str | None) -> AsyncIterator[str]:
    changes: asyncio.Queue[Change] = asyncio.Queue()
    with platform.changes.listening(changes.put_nowait):
        yield _line({"type": "hello", "now": platform.clock.now()})
        while True:
            try:
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    change = await changes.get()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if change.seen_by(user):
                yield _line(change.event)


def _line(event: Json) -> str:
    return f"data: {json.dumps(event)}\n\n"
