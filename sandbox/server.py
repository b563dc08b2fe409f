"""The sandbox in one object: both servers, their data, and hands for the tests."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.control.app import Control
from sandbox.control.clock import ClockControl
from sandbox.control.lifecycle import Lifecycle
from sandbox.faults import Faults
from sandbox.journal import Call, Journal
from sandbox.loopback import LoopbackOnly
from sandbox.page_files import page_routes
from sandbox.serve import Server, bind, url_of
from sandbox.slack import app as slack_app
from sandbox.slack.delivery.envelope import Ack
from sandbox.slack.events import Events
from sandbox.slack.installation import Installation
from sandbox.slack.interactions import Interactions, Submission
from sandbox.slack.mangle import Client
from sandbox.slack.platform import Limits, Platform
from sandbox.slack.types import Json

T = TypeVar("T")


class Sandbox:
    """A Slack workspace and both Alibaba services on loopback, inside `async with`.

    `port` is the page's; 0 takes any free one. `transport` says how payloads reach the app:
    `socket`, or `http` to `request_url`. `limits` shortens Slack's deadlines where a test cannot
    wait. Nothing is kept unless `data` names a directory.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        data: Path | None = None,
        transport: Literal["socket", "http"] = "socket",
        request_url: str | None = None,
        app: Installation | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.clock = SandboxClock()
        self.faults = Faults()
        self.journal = Journal()
        self._listener = bind(port)
        self.url = url_of(self._listener)
        self.platform = Platform(
            base=self.url,
            clock=self.clock,
            faults=self.faults,
            journal=self.journal,
            app=app or Installation(),
            limits=limits or Limits(),
            request_url=request_url,
        )
        self.workspace = self.platform.workspace
        self.interactions = Interactions(self.platform)
        self._events = Events(self.platform)
        self._clock_control = ClockControl(self.platform)
        self.lifecycle = Lifecycle(self.platform, self._events)

    async def __aenter__(self) -> Self:
        """Start both servers."""
        control = Control(
            self.platform,
            self.interactions,
            self._clock_control,
            self.lifecycle,
            self.endpoints,
            list,
        )
        routes = [*slack_app.routes(self.platform), *control.routes(), *page_routes()]
        self._server = Server(LoopbackOnly(Starlette(routes=routes)), self._listener)
        await self._server.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, leaving neither tasks nor sockets."""
        self.platform.closing.set()
        await self._events.close()
        await self.platform.transport.close()
        await self._server.close()
        await self._clock_control.close()

    @property
    def slack_api(self) -> str:
        """The base URL of the Web API."""
        return f"{self.url}/api/"

    @property
    def endpoints(self) -> Json:
        """Where everything is, by name."""
        return {"page": f"{self.url}/", "slack_api": self.slack_api}

    @property
    def bot_token(self) -> str:
        """The bot's token."""
        return self.platform.app.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self.platform.app.app_token

    @property
    def signing_secret(self) -> str:
        """What HTTP requests are signed with."""
        return self.platform.app.signing_secret
