import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from sandbox.server import Sandbox
from tests.sandbox.slack.conftest import Bot, Json
from tests.sandbox.slack.test_control import MEI
from tests.sandbox.slack.test_views import FORM


@asynccontextmanager
async def listening(http: httpx.AsyncClient, **query: str) -> AsyncIterator[AsyncIterator[Json]]:
    async with http.stream("GET", "/_control/stream", params=query) as response:

        async def events() -> AsyncIterator[Json]:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

        yield events()


async def test_the_stream_tells_everything_as_it_happens(
    sandbox: Sandbox, bot: Bot, http: httpx.AsyncClient
) -> None:
    """New, changed and deleted messages, views, Homes, the clock and the state."""
    async with listening(http, user="mei") as events:
        assert (await anext(events))["type"] == "hello"
        posted = await bot.client.chat_postMessage(channel="general", text="x")
        await bot.client.chat_update(channel="C07GENERAL1", ts=posted["ts"], text="y")
        await bot.client.chat_delete(channel="C07GENERAL1", ts=posted["ts"])
        await bot.client.views_open(trigger_id=sandbox.platform.triggers.new(MEI), view=FORM)
        await sandbox.close("mei", sandbox.views("mei")[0])
        await bot.client.views_publish(user_id=MEI, view={"type": "home", "blocks": []})
        await sandbox.advance(60, jump=True)
        await sandbox.happen("archive", channel="random")

        found = [await anext(events) for _ in range(8)]

    assert [event["type"] for event in found] == [
        "message",
        "message_changed",
        "message_deleted",
        "view",
        "view_closed",
        "home",
        "clock",
        "state",
    ]
    assert found[0]["message"]["text"] == "x"
    assert found[2] == {"type": "message_deleted", "channel": "C07GENERAL1", "ts": posted["ts"]}
    assert found[3]["view"]["view"]["title"]["text"] == "Title"
    assert found[6]["offset_ms"] == 60_000


async def test_a_stream_shows_only_what_its_person_sees(
    sandbox: Sandbox, bot: Bot, http: httpx.AsyncClient
) -> None:
    """Ephemeral messages, DMs and other channels stay with those who see them."""
    async with listening(http, user="jonas") as theirs, listening(http) as everything:
        await anext(theirs)
        await anext(everything)
        await bot.client.chat_postEphemeral(channel="general", user=MEI, text="psst")
        await bot.client.chat_postMessage(channel=MEI, text="ring")
        sandbox.say("mei", "on-call", "private")
        sandbox.say("mei", "general", "all")

        assert (await anext(theirs))["message"]["text"] == "all"
        texts = [(await anext(everything))["message"]["text"] for _ in range(4)]

    assert texts == ["psst", "ring", "private", "all"]


async def test_a_quiet_stream_is_kept_alive(
    sandbox: Sandbox, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comment now and then keeps the connection open."""
    monkeypatch.setattr("sandbox.control.stream._HEARTBEAT_SECONDS", 0.01)

    async with http.stream("GET", "/_control/stream") as response:
        lines = response.aiter_lines()
        found = [await anext(lines) for _ in range(3)]

    assert found[2] == ": still here"
