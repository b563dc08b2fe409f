"""The sandbox in one object: both servers, their data, and hands for the tests."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from starlette.applications import Starlette

from sandbox.alibaba.app import create_app
from sandbox.clock import SandboxClock
from sandbox.company import Company, World, demo_credentials
from sandbox.control.app import Control
from sandbox.control.clock import ClockControl
from sandbox.control.lifecycle import Lifecycle
from sandbox.faults import Faults
from sandbox.hands import Hands
from sandbox.journal import Journal
from sandbox.loopback import LoopbackOnly
from sandbox.page_files import page_routes
from sandbox.serve import Server, bind, url_of
from sandbox.slack import app as slack_app
from sandbox.slack.delivery.http import HttpTransport
from sandbox.slack.events import Events
from sandbox.slack.installation import Installation
from sandbox.slack.interactions import Interactions
from sandbox.slack.platform import Limits, Platform
from sandbox.slack.types import Json
from sandbox.storage import Storage

T = TypeVar("T")

_LOOK_AGAIN_SECONDS = 0.05


class Sandbox(Hands):
    """A Slack workspace and both Alibaba services on loopback, inside `async with`.

    `port` is the page's, 0 takes any free one. Payloads reach the app over Socket Mode, or as
    HTTP requests if `request_url` is given. `limits` shortens Slack's deadlines where a test
    cannot wait. `company` is what the Alibaba half knows, Halyard Freight if not given. Nothing
    is kept unless `data` names a directory.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        data: Path | None = None,
        request_url: str | None = None,
        app: Installation | None = None,
        limits: Limits | None = None,
        company: World | None = None,
    ) -> None:
        self.clock = SandboxClock()
        self.faults = Faults()
        self.journal = Journal()
        self._request_url = request_url
        self._stack = contextlib.ExitStack()
        self._storage = Storage(data) if data is not None else None
        kept = self._storage.read() if self._storage is not None else None
        self._listeners = [bind(port), bind()]
        self.url, self.alibaba = (url_of(listener) for listener in self._listeners)
        self.platform = Platform(
            base=self.url,
            clock=self.clock,
            faults=self.faults,
            journal=self.journal,
            app=app or Installation(),
            limits=limits or Limits(),
        )
        self.workspace = self.platform.workspace
        self.company = company or Company(kept["epoch_ms"] if kept else self.clock.now())
        if self._storage is not None and kept is not None:
            self._storage.restore(self.platform, kept)
        self._events = Events(self.platform)
        self._clock_control = ClockControl(self.platform)
        super().__init__(
            self.platform,
            Interactions(self.platform),
            Lifecycle(self.platform, self._events),
            self._clock_control,
        )

    async def __aenter__(self) -> Self:
        """Start both servers."""
        if self._request_url is not None:
            self.platform.transport = HttpTransport(
                self._request_url,
                app=self.platform.app,
                clock=self.clock,
                changes=self.platform.changes,
                ack_seconds=self.platform.limits.ack,
            )
        control = Control(
            self.platform,
            self.interactions,
            self._clock_control,
            self.lifecycle,
            self.endpoints,
            lambda: demo_credentials(self.company),
        )
        routes = [*slack_app.routes(self.platform), *control.routes(), *page_routes()]
        alibaba = create_app(
            clock=self.clock, faults=self.faults, journal=self.journal, company=self.company
        )
        self._servers = [
            Server(LoopbackOnly(Starlette(routes=routes)), self._listeners[0]),
            Server(alibaba, self._listeners[1]),
        ]
        for server in self._servers:
            await server.open()
        if self._storage is not None:
            self._stack.enter_context(self._storage.following(self.platform, self.company.epoch))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, leaving neither tasks nor sockets."""
        await self._events.close()
        await self.platform.transport.close()
        await asyncio.gather(*(server.close() for server in self._servers))
        await self._clock_control.close()
        self._stack.close()

    @property
    def slack_api(self) -> str:
        """The base URL of the Web API."""
        return f"{self.url}/api/"

    @property
    def kyuubi(self) -> str:
        """The endpoint of EMR Serverless Spark."""
        return self.alibaba

    @property
    def idaas(self) -> str:
        """The endpoint of the Developer API."""
        return self.alibaba

    @property
    def idaas_token(self) -> str:
        """The token endpoint of IDaaS."""
        return f"{self.alibaba}/api/v2/iauths_system/oauth2/token"

    @property
    def endpoints(self) -> Json:
        """Where everything is, by name."""
        return {
            "page": f"{self.url}/",
            "slack_api": self.slack_api,
            "kyuubi": self.kyuubi,
            "idaas": self.idaas,
            "idaas_token": self.idaas_token,
        }

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

    async def wait_for(
        self,
        predicate: Callable[[], T],
        *,
        timeout: float = 5.0,  # noqa: ASYNC109 - the name that every waiting function has
        what: str = "it",
    ) -> T:
        """Return the first true value of `predicate`, looked at after each change.

        A call of the bot is a change too. Raise TimeoutError after `timeout` seconds.
        """
        changed = asyncio.Event()
        self.journal.listeners.append(changed.set)
        try:
            with self.platform.changes.listening(lambda _change: changed.set()):
                async with asyncio.timeout(timeout):
                    while not (value := predicate()):
                        changed.clear()
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                                await changed.wait()
        except TimeoutError:
            raise TimeoutError(f"waited {timeout} s for {what}") from None
        finally:
            self.journal.listeners.remove(changed.set)
        return value
