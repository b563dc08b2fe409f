"""The web application: `/slack/events`, `/health/live`, `/health/ready`, `/metrics`."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_LARGEST_REQUEST = 1 << 20

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
    handler = AsyncSlackRequestHandler(slack.app)

    async def endpoint(request: Request) -> Response:
        # Bolt parses a body before it verifies the signature, and fails on what it does not
        # expect: whatever Slack did not sign must not get that far.
        length = request.headers.get("content-length", "")
        if not length.isdecimal():
            return PlainTextResponse("how long?", HTTPStatus.LENGTH_REQUIRED)
        if int(length) > _LARGEST_REQUEST:
            return PlainTextResponse("too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not slack.verify(await request.body(), request.headers):
            return PlainTextResponse("not signed by Slack", HTTPStatus.UNAUTHORIZED)
        return await handler.handle(request)

    return endpoint


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
