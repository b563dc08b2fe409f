"""The web application: `/slack/events`, `/health/live`, `/health/ready`, `/metrics`."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_LARGEST_REQUEST = 1 << 20
_ARRIVES_WITHIN = 5.0
"""Seconds, for a body. Slack itself gives up after three."""

_UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Bolt stumbles with over a body that is no payload."""

_TOO_LARGE = HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")

Check = Callable[[], Awaitable[str]]
"""Says what is wrong with something, or nothing when it is well."""


Verify = Callable[[bytes, Mapping[str, str]], bool]
"""Tells whether Slack signed a body with these headers, lately."""


class SlackRequests(NamedTuple):
    """Who answers Slack's requests, and who tells them from forged ones."""

    app: AsyncApp
    verify: Verify


def create_web(
    *, slack: SlackRequests | None, checks: Mapping[str, Check], extra: Sequence[BaseRoute] = ()
) -> Starlette:
    """Build the application. Without `slack` it serves health and metrics only."""

    async def live(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(_: Request) -> Response:
        found = {name: await check() for name, check in checks.items()}
        well = not any(found.values())
        return JSONResponse(
            {"ok": well, "checks": {name: said or "ok" for name, said in found.items()}},
            status_code=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE,
        )

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    routes: list[BaseRoute] = [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", metrics),
        *extra,
    ]
    if slack is not None:
        routes.append(Route("/slack/events", _slack_endpoint(slack), methods=["POST"]))
    return Starlette(routes=routes)


def _slack_endpoint(slack: SlackRequests) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        # Bolt parses a body before it verifies the signature: whatever Slack did not sign must
        # not get that far.
        body = await _body(request)
        if not slack.verify(body, request.headers):
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "not signed by Slack")
        try:
            asked = to_async_bolt_request(request, body)
        except _UNREADABLE:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "not a request of Slack's") from None
        return to_starlette_response(await slack.app.async_dispatch(asked))

    return endpoint


async def _body(request: Request) -> bytes:
    """Read a body; raise HTTPException for one that is too large or too slow to be Slack's."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(HTTPStatus.LENGTH_REQUIRED, "how long?")
    if int(length) > _LARGEST_REQUEST:
        raise _TOO_LARGE
    body = bytearray()
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN):
            # Counted too: a body in chunks is as long as it likes, whatever the header says.
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LARGEST_REQUEST:
                    raise _TOO_LARGE
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "too slow") from None
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "not all of it") from None
    return bytes(body)


def bind(host: str, port: int) -> socket.socket:
    """Take a port, any free one for 0; raise OSError when it is taken, OverflowError for none.

    asyncio turns Nagle's algorithm off only where the protocol is named, as `create_server` does
    not; with it, answers may wait 40 ms for a delayed acknowledgement.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def server_config(web: Starlette, *, graceful_seconds: int | None = None) -> uvicorn.Config:
    """Return how the application is served.

    A connection is kept for longer than the usual 60 seconds of a proxy in front, which would
    otherwise now and then send a request into one that is being closed.
    """
    return uvicorn.Config(
        web,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=graceful_seconds,
    )


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process has one place that listens to signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
