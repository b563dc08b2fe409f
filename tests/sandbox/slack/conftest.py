"""The bot that the sandbox is tried with: real Bolt on the real SDK."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.company import World
from sandbox.server import Sandbox
from tests.fixtures.http import loopback_client

Json = dict[str, Any]

PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest_asyncio.fixture(name="sandbox")
async def _sandbox() -> AsyncIterator[Sandbox]:
    """Start a sandbox without Halyard's tokens, which Slack's half does not need."""
    async with Sandbox(company=World(0)) as sandbox:
        yield sandbox


class Bot:
    """A Bolt app in Socket Mode that remembers what it received."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)
        self.app = AsyncApp(client=self.client)
        self.received: list[Json] = []
        self.handler = AsyncSocketModeHandler(
            self.app, sandbox.app_token, web_client=self.client, ping_interval=1
        )
        self._sandbox = sandbox

        @self.app.middleware
        async def remember(body: Json, next_: Callable[[], Any]) -> None:
            self.received.append(body)
            await next_()

    async def connect(self) -> None:
        """Open a websocket and wait until Slack greeted it."""
        before = self._sandbox.platform.transport.connected
        await self.handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's is not typed
        await self._sandbox.wait_for(
            lambda: self._sandbox.platform.transport.connected > before, what="a connection"
        )

    async def close(self) -> None:
        """Leave nothing behind."""
        client = self.handler.client
        tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
        await self.handler.close_async()  # type: ignore[no-untyped-call]  # Bolt's is not typed
        await asyncio.gather(*(t for t in tasks if t is not None), return_exceptions=True)


@pytest_asyncio.fixture(name="bot")
async def _bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    bot = Bot(sandbox)
    await bot.connect()
    yield bot
    await bot.close()


@pytest.fixture(name="client")
def _client(sandbox: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)


@pytest_asyncio.fixture(name="http")
async def _http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with loopback_client(sandbox.url) as client:
        yield client
