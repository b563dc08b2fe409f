import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sandbox.server import Sandbox
from sandbox.slack.installation import Installation
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Bot, Json


async def open_url(sandbox: Sandbox) -> str:
    client = AsyncWebClient(base_url=sandbox.slack_api)
    answer = await client.apps_connections_open(app_token=sandbox.app_token)
    return str(answer["url"])


async def receive(socket: ClientConnection) -> Json:
    body: Json = json.loads(await socket.recv())
    return body


@contextlib.asynccontextmanager
async def connected(sandbox: Sandbox) -> AsyncIterator[ClientConnection]:
    async with connect(await open_url(sandbox), proxy=None) as socket:
        yield socket


async def test_slack_greets_a_connection(sandbox: Sandbox) -> None:
    """`hello` tells how many connections there are, and which app it is."""
    async with connected(sandbox) as first, connected(sandbox) as second:
        hellos = [await receive(first), await receive(second)]

    assert [hello["type"] for hello in hellos] == ["hello", "hello"]
    assert [hello["num_connections"] for hello in hellos] == [1, 2]
    assert hellos[0]["connection_info"] == {"app_id": "A07TOKENBEL"}


async def test_a_url_opens_one_connection_once(sandbox: Sandbox) -> None:
    """A used ticket, or none, opens nothing."""
    url = await open_url(sandbox)
    async with connect(url, proxy=None) as socket:
        await receive(socket)

    for stale in (url, url.partition("?")[0]):
        with pytest.raises(InvalidStatus):
            await connect(stale, proxy=None)


async def test_payloads_go_to_the_connections_in_turn(sandbox: Sandbox) -> None:
    """Each payload goes to one connection only."""
    async with connected(sandbox) as first, connected(sandbox) as second:
        await receive(first)
        await receive(second)
        texts = []
        for socket, text in ((first, "1"), (second, "2"), (first, "3")):
            task = asyncio.create_task(sandbox.command("mei", "general", "/tokens", text))
            envelope = await receive(socket)
            texts.append(envelope["payload"]["text"])
            await socket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
            assert (await task).error is None

    assert texts == ["1", "2", "3"]


async def test_an_envelope_says_whether_it_takes_an_answer(sandbox: Sandbox) -> None:
    """Commands and submissions do; an answer where none is taken is ignored."""
    async with connected(sandbox) as socket:
        await receive(socket)
        task = asyncio.create_task(sandbox.command("mei", "general", "/tokens"))
        envelope = await receive(socket)
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        answer = {"envelope_id": envelope["envelope_id"], "payload": {"text": "hi"}}
        await socket.send(json.dumps(answer))
        assert (await task).body == {"text": "hi"}

        home = asyncio.create_task(sandbox.happen("set_zone", user="mei", zone="Europe/Berlin"))
        envelope = await receive(socket)
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
        assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
        await socket.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": {}}))
        await home


async def test_nonsense_from_the_app_acknowledges_nothing() -> None:
    """Slack ignores what it does not understand, and goes on waiting."""
    async with Sandbox(limits=Limits(ack=0.1)) as sandbox, connected(sandbox) as socket:
        await receive(socket)
        task = asyncio.create_task(sandbox.command("mei", "general", "/tokens"))
        envelope = await receive(socket)
        for nonsense in ("{", "[]", "{}", '{"envelope_id": "other"}', '{"envelope_id": []}'):
            await socket.send(nonsense)

        assert (await task).error == "operation_timeout"
        await socket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))


async def test_a_binary_frame_ends_the_connection(sandbox: Sandbox) -> None:
    """Socket Mode is JSON text."""
    async with connected(sandbox) as socket:
        await receive(socket)
        await socket.send(b"{}")

        await sandbox.wait_for(lambda: not sandbox.platform.transport.connected)


async def test_a_second_acknowledgement_changes_nothing(sandbox: Sandbox) -> None:
    """The first one counts."""
    async with connected(sandbox) as socket:
        await receive(socket)
        task = asyncio.create_task(sandbox.command("mei", "general", "/tokens"))
        envelope_id = (await receive(socket))["envelope_id"]
        for text in ("one", "two"):
            await socket.send(json.dumps({"envelope_id": envelope_id, "payload": {"text": text}}))

        assert (await task).body == {"text": "one"}


async def test_ten_connections_are_the_most(sandbox: Sandbox) -> None:
    """The eleventh is told too_many_websockets and closed."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(10):
            await receive(await stack.enter_async_context(connected(sandbox)))
        async with connected(sandbox) as eleventh:
            refusal = await receive(eleventh)
            with pytest.raises(ConnectionClosed):
                await receive(eleventh)

        assert (refusal["type"], refusal["reason"]) == ("disconnect", "too_many_websockets")
        assert sandbox.platform.transport.connected == 10


async def test_slack_asks_to_reconnect_and_the_sdk_does(sandbox: Sandbox, bot: Bot) -> None:
    """After a refresh Bolt is back on a new connection and receives commands."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack("here")

    before = len(sandbox.calls("apps.connections.open"))
    await sandbox.happen("refresh_connections")
    await sandbox.wait_for(
        lambda: (
            len(sandbox.calls("apps.connections.open")) > before
            and sandbox.platform.transport.connected == 1
        ),
        what="a new connection",
    )

    assert (await sandbox.command("mei", "general", "/tokens")).body == {"text": "here"}


async def test_slack_warns_before_it_ends_a_connection() -> None:
    """An app that does not reconnect after the warning is disconnected."""
    async with Sandbox(limits=Limits(refresh=0.05)) as sandbox, connected(sandbox) as socket:
        await receive(socket)

        await sandbox.happen("refresh_connections")

        assert (await receive(socket))["reason"] == "warning"
        assert (await receive(socket))["reason"] == "refresh_requested"
        with pytest.raises(ConnectionClosed):
            await receive(socket)


async def test_a_refresh_without_connections_is_nothing(sandbox: Sandbox) -> None:
    """With nobody connected there is nobody to warn."""
    assert await sandbox.happen("refresh_connections") == {"events": []}


async def test_a_connection_that_breaks_off_leaves_the_person_waiting() -> None:
    """An app that goes away before it acknowledges is a timeout for the person."""
    async with Sandbox(limits=Limits(ack=0.1)) as sandbox:
        async with connected(sandbox) as socket:
            await receive(socket)
            task = asyncio.create_task(sandbox.command("mei", "general", "/tokens"))
            await receive(socket)
        ack = await task
        await sandbox.wait_for(lambda: not sandbox.platform.transport.connected)

    assert ack.error == "operation_timeout"


async def test_a_connection_that_slack_just_closed_takes_nothing(sandbox: Sandbox) -> None:
    """Between the end of a connection and the app's return a payload is lost."""
    async with connected(sandbox) as socket:
        await receive(socket)
        await sandbox.platform.socket.close()

        assert (await sandbox.command("mei", "general", "/tokens")).error == "dispatch_failed"


async def test_an_event_is_sent_again_until_it_is_acknowledged() -> None:
    """Events are retried with the number and the reason of the attempt."""
    limits = Limits(ack=0.05, retries=(0.0, 0.0, 0.0))
    async with Sandbox(limits=limits) as sandbox, connected(sandbox) as socket:
        await receive(socket)
        await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
        envelopes = [await receive(socket) for _ in range(3)]
        await socket.send(json.dumps({"envelope_id": envelopes[-1]["envelope_id"]}))

        assert [e["retry_attempt"] for e in envelopes] == [0, 1, 2]
        assert [e["retry_reason"] for e in envelopes] == ["", "timeout", "timeout"]
        assert len({e["payload"]["event_id"] for e in envelopes}) == 1


async def test_what_people_do_is_not_sent_again() -> None:
    """Commands and clicks are delivered once, acknowledged or not."""
    async with Sandbox(limits=Limits(ack=0.05)) as sandbox, connected(sandbox) as socket:
        await receive(socket)
        await sandbox.command("mei", "general", "/tokens", "1")
        await sandbox.command("mei", "general", "/tokens", "2")

        assert [(await receive(socket))["payload"]["text"] for _ in range(2)] == ["1", "2"]


async def test_events_that_were_not_subscribed_are_not_sent() -> None:
    """Only the events of the manifest are delivered."""
    app = Installation(events=("app_uninstalled",))
    async with Sandbox(app=app) as sandbox, connected(sandbox) as socket:
        await receive(socket)
        await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
        await sandbox.happen("app_uninstalled")

        event = (await receive(socket))["payload"]["event"]

    assert event["type"] == "app_uninstalled"


async def test_closing_the_sandbox_closes_the_connections() -> None:
    """The app sees the end, and no task is left."""
    async with Sandbox() as sandbox:
        socket = await connect(await open_url(sandbox), proxy=None)
        await receive(socket)
    with pytest.raises(ConnectionClosed):
        await receive(socket)
    await socket.close()
