"""A small Bolt app: does for each request what a test tells it, and remembers all of them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.fixtures.http import loopback_client

Json = dict[str, Any]
Reaction = Callable[[Any, Json], Awaitable[None]]

_ANYTHING = re.compile(".*", re.DOTALL)


class Bot:
    """`on` maps a command, an action id, a callback id or an event to what the bot does then."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)
        self.on: dict[str, Reaction] = {}
        self.received: list[Json] = []
        self._sandbox = sandbox
        app = AsyncApp(client=self.client)
        for listen in (app.command, app.action, app.view, app.view_closed, app.event):
            listen(_ANYTHING)(self._react)
        self._handler = AsyncSocketModeHandler(
            app, sandbox.app_token, web_client=self.client, ping_interval=1
        )

    async def _react(self, ack: Any, body: Json) -> None:
        self.received.append(body)
        await self.on.get(_name(body), _ack)(ack, body)

    async def heard(self, kind: str, count: int = 1) -> Json:
        """Wait for so many requests of a kind and return the latest."""
        found = await self._sandbox.wait_for(
            lambda: [body for body in self.received if _kind(body) == kind][count - 1 :],
            what=f"{count} {kind}",
        )
        return found[-1]

    async def chosen(self, count: int = 1) -> Json:
        """Wait for so many actions and return the latest."""
        action: Json = (await self.heard("block_actions", count))["actions"][0]
        return action

    async def post(self, blocks: list[Json], channel: str = "C07GENERAL1", **more: Any) -> str:
        """Post blocks, by default in #general; return the message's ts."""
        answer = await self.client.chat_postMessage(
            **{"channel": channel, "text": "a message of blocks", "blocks": blocks, **more}
        )
        return str(answer["ts"])

    async def open_with(self, command: str, view: Json) -> None:
        """Answer a command with a modal from now on."""

        async def open_view(ack: Any, body: Json) -> None:
            await ack()
            await self.client.views_open(trigger_id=body["trigger_id"], view=view)

        self.on[command] = open_view

    async def connect(self) -> None:
        """Open a websocket and wait until Slack greeted it."""
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's is not typed
        await self._sandbox.wait_for(
            lambda: self._sandbox.platform.transport.connected, what="a connection"
        )

    async def close(self) -> None:
        """Leave nothing behind."""
        client = self._handler.client
        tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
        await self._handler.close_async()  # type: ignore[no-untyped-call]  # Bolt's is not typed
        await asyncio.gather(*(t for t in tasks if t is not None), return_exceptions=True)


async def control(sandbox: Sandbox, call: str, **body: Any) -> Json:
    """Ask something of the control API, as a visitor elsewhere would."""
    async with loopback_client(sandbox.url) as client:
        answer = await client.post(f"/_control/{call}", json=body)
    parsed: Json = answer.raise_for_status().json()
    return parsed


async def _ack(ack: Any, _body: Json) -> None:
    await ack()


def _kind(body: Json) -> str:
    if "command" in body:
        return "command"
    return str(body["event"]["type"] if "event" in body else body["type"])


def _name(body: Json) -> str:
    if body.get("type") == "block_actions":
        return str(body["actions"][0]["action_id"])
    if "view" in body:
        return str(body["view"]["callback_id"])
    return str(body["command"] if "command" in body else body["event"]["type"])
