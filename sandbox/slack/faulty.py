"""Faults of the Slack half: `docs/sandbox.md`, faults."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.faults import Fault
from sandbox.serve import cut, gone
from sandbox.slack.platform import Platform

_STATUS = {"429": 429, "500": 500, "broken": 200, "error": 200}


class Silence(Response):
    """No answer at all."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


async def answer(
    platform: Platform, call: str, request: Request, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Do the work of a call, unless a fault comes in between or after it."""
    fault = platform.faults.take("slack", call)
    if fault is None:
        return await work()
    # Kept by the request: what comes after it can only be that the caller goes away.
    await request.body()
    if not fault.accepted:
        if fault.kind != "slow":
            status = _STATUS.get(fault.kind, 0)
            platform.note(call, request.url.path, status=status, error=f"fault: {fault.kind}")
        await _delay(platform, fault, request)
        return await _fail(fault, request) or await work()
    done = await work()
    await _delay(platform, fault, request)
    return await _fail(fault, request) or done


async def _delay(platform: Platform, fault: Fault, request: Request) -> None:
    waits = {
        asyncio.ensure_future(platform.faults.delay(fault)),
        asyncio.ensure_future(gone(request.receive)),
    }
    _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _fail(fault: Fault, request: Request) -> Response | None:
    match fault.kind:
        case "429" | "error":
            limited = {"Retry-After": str(max(1, round(fault.seconds)))}
            word, headers = (fault.code, None) if fault.code else ("ratelimited", limited)
            return JSONResponse({"ok": False, "error": word}, _STATUS[fault.kind], headers)
        case "500":
            return PlainTextResponse("Internal Server Error", 500)
        case "broken":
            return PlainTextResponse('{"ok": true, "ts": "17', media_type="application/json")
        case "reset":
            await cut(request.scope, request.receive)
            return Silence()
        case "hang":
            return Silence()
        case _:
            return None
