import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.serve import Server, bind, url_of
from sandbox.server import Sandbox
from sandbox.slack.delivery.http import HttpTransport
from sandbox.slack.installation import Installation
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Json
from tests.sandbox.slack.test_interactions import BUTTON, actions
from tests.sandbox.slack.test_views import FORM

QUICK = Limits(ack=0.2, retries=(0.0, 0.0, 0.0))


class Endpoint:
    """An app's request URL that remembers what it was sent and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Response] = []

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        if b"url_verification" in body:
            return JSONResponse({"challenge": json.loads(body)["challenge"]})
        self.requests.append((dict(request.headers), body))
        return self.answers.pop(0) if self.answers else PlainTextResponse("")


@contextlib.asynccontextmanager
async def serving(endpoint: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[str]:
    listener = bind()
    routes = [Route("/slack/events", endpoint, methods=["POST"])]
    server = Server(Starlette(routes=routes), listener)
    await server.open()
    yield f"{url_of(listener)}/slack/events"
    await server.close()


@contextlib.asynccontextmanager
async def over_http(
    endpoint: Callable[[Request], Awaitable[Response]], limits: Limits | None = None
) -> AsyncIterator[Sandbox]:
    async with serving(endpoint) as url, Sandbox(request_url=url, limits=limits) as sandbox:
        await sandbox.wait_for(lambda: sandbox.platform.transport.connected, what="verification")
        yield sandbox


async def test_bolt_behind_starlette_answers_a_command() -> None:
    """A real Bolt app verifies the signature, acknowledges, and opens a modal."""
    app = Installation()
    bolt: list[AsyncSlackRequestHandler] = []

    async def endpoint(request: Request) -> Response:
        return await bolt[0].handle(request)

    listener = bind()
    url = f"{url_of(listener)}/slack/events"
    async with Sandbox(app=app, request_url=url) as sandbox:
        client = AsyncWebClient(token=app.bot_token, base_url=sandbox.slack_api)
        bot = AsyncApp(client=client, signing_secret=app.signing_secret)
        bolt.append(AsyncSlackRequestHandler(bot))

        @bot.command("/tokens")
        async def tokens(ack: Any, command: Json, client: AsyncWebClient) -> None:
            await ack("hello")
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)

        @bot.view("")
        async def submitted(ack: Any) -> None:
            await ack(response_action="errors", errors={"name": "Taken."})

        server = Server(
            Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])]), listener
        )
        await server.open()
        await sandbox.wait_for(lambda: sandbox.platform.transport.connected)

        ack = await sandbox.command("mei", "general", "/tokens")
        await sandbox.wait_for(lambda: sandbox.views("mei"))
        submission = await sandbox.submit("mei", sandbox.views("mei")[0], {"name": "x"})

        assert (ack.status, ack.error, ack.body) == (200, None, "hello")
        assert sandbox.messages("general", "mei")[0]["text"] == "hello"
        assert submission.errors == {"name": "Taken."}
        await server.close()


async def test_requests_are_signed_and_shaped_by_kind() -> None:
    """Commands are forms, interactions a form's payload, events JSON; all are signed."""
    endpoint = Endpoint()
    async with over_http(endpoint.handle) as sandbox:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)
        await client.chat_postMessage(channel="C07GENERAL1", text="x", blocks=[actions(BUTTON)])
        await sandbox.command("mei", "general", "/tokens", "a & b")
        await sandbox.interact("mei", "go", on=sandbox.messages("general")[0])
        await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
        await sandbox.wait_for(lambda: len(endpoint.requests) == 3)
        verifier = SignatureVerifier(sandbox.signing_secret)

    command, click, event = endpoint.requests
    assert all(verifier.is_valid_request(body, headers) for headers, body in endpoint.requests)
    assert not verifier.is_valid_request(b"x" + command[1], command[0])
    assert parse_qs(command[1].decode())["text"] == ["a &amp; b"]
    assert json.loads(parse_qs(click[1].decode())["payload"][0])["type"] == "block_actions"
    assert json.loads(event[1])["event"]["type"] == "user_change"
    assert json.loads(event[1])["type"] == "event_callback"
    assert command[0]["content-type"] == "application/x-www-form-urlencoded"
    assert event[0]["content-type"] == "application/json"
    assert "x-slack-retry-num" not in event[0]


@pytest.mark.parametrize("status", [404, 500])
async def test_an_app_that_fails_fails_the_command(status: int) -> None:
    """Anything but 200 is a failure for the person."""
    endpoint = Endpoint()
    endpoint.answers.append(PlainTextResponse("no", status))
    async with over_http(endpoint.handle) as sandbox:
        ack = await sandbox.command("mei", "general", "/tokens")

    assert (ack.status, ack.error) == (status, "dispatch_failed")


async def test_a_command_may_be_answered_with_text_or_json() -> None:
    """Plain text, JSON, and JSON that is none are told apart by type."""
    endpoint = Endpoint()
    endpoint.answers += [
        PlainTextResponse("plain"),
        JSONResponse({"text": "rich"}),
        PlainTextResponse("{", media_type="application/json"),
    ]
    async with over_http(endpoint.handle) as sandbox:
        for _ in range(3):
            await sandbox.command("mei", "general", "/tokens")

        texts = [m["text"] for m in sandbox.messages("general", "mei")]

    assert texts == ["plain", "rich", "{"]


async def test_text_is_no_answer_to_a_submission() -> None:
    """A form takes JSON: text is trouble."""
    endpoint = Endpoint()
    endpoint.answers.append(PlainTextResponse("saved"))
    async with over_http(endpoint.handle) as sandbox:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)
        trigger_id = sandbox.platform.triggers.new("U07MEITAN01")
        await client.views_open(trigger_id=trigger_id, view=FORM)

        submission = await sandbox.submit("mei", sandbox.views("mei")[0], {"name": "x"})

    assert submission.ack is not None
    assert submission.ack.error == "invalid_response_action"


async def test_an_event_is_sent_four_times_at_most() -> None:
    """The retries carry their number and reason; then Slack gives up."""
    endpoint = Endpoint()
    endpoint.answers += [PlainTextResponse("", 500)] * 5
    async with over_http(endpoint.handle, QUICK) as sandbox:
        await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
        await sandbox.wait_for(lambda: len(endpoint.requests) == 4)
        await sandbox.wait_for(lambda: not sandbox._events._tasks)
        await sandbox.happen("set_zone", user="mei", zone="Asia/Tokyo")
        await sandbox.wait_for(lambda: len(endpoint.requests) == 6)

    retries = [headers for headers, _ in endpoint.requests]
    assert [h.get("x-slack-retry-num") for h in retries] == [None, "1", "2", "3", None, "1"]
    assert retries[1]["x-slack-retry-reason"] == "http_error"


async def test_an_app_can_ask_not_to_be_sent_an_event_again() -> None:
    """X-Slack-No-Retry: 1 ends it at the first failure."""
    endpoint = Endpoint()
    endpoint.answers.append(PlainTextResponse("", 500, headers={"X-Slack-No-Retry": "1"}))
    async with over_http(endpoint.handle, QUICK) as sandbox:
        await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
        await sandbox.wait_for(lambda: endpoint.requests)
        await sandbox.happen("set_zone", user="mei", zone="Asia/Tokyo")
        await sandbox.wait_for(lambda: len(endpoint.requests) == 2)

    assert all("x-slack-retry-num" not in headers for headers, _ in endpoint.requests)


async def test_a_slow_app_times_out() -> None:
    """An event that is not acknowledged in time is sent again, with the reason; a command is not."""
    waiting = asyncio.Event()
    seen: list[str] = []

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if b"url_verification" in body:
            return PlainTextResponse(json.loads(body)["challenge"])
        seen.append(request.headers.get("x-slack-retry-reason", ""))
        await waiting.wait()
        return PlainTextResponse("")

    async with over_http(endpoint, Limits(ack=0.05, retries=(0.0,))) as sandbox:
        ack = await sandbox.command("mei", "general", "/tokens")
        await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
        await sandbox.wait_for(lambda: len(seen) == 3)
        waiting.set()

    assert ack.error == "operation_timeout"
    assert seen == ["", "", "http_timeout"]


async def test_nobody_listening_is_a_failure(sandbox: Sandbox) -> None:
    """A closed port fails at once, and is asked again for its verification."""
    listener = bind()
    url = f"{url_of(listener)}/slack/events"
    listener.close()
    async with Sandbox(request_url=url) as unreachable:
        ack = await unreachable.command("mei", "general", "/tokens")

        assert (ack.status, ack.error) == (None, "dispatch_failed")
        assert unreachable.platform.transport.connected == 0


async def test_the_url_has_to_send_the_challenge_back() -> None:
    """A URL that answers anything else is not verified, and gets no events."""

    async def endpoint(request: Request) -> Response:
        return JSONResponse({"challenge": "guess"})

    async with serving(endpoint) as url, Sandbox(request_url=url) as sandbox:
        transport = sandbox.platform.transport
        assert isinstance(transport, HttpTransport)
        assert not await transport.verify()
        assert transport.name == "http"
        assert transport.connected == 0


async def test_slack_checks_the_certificate_of_the_command() -> None:
    """ssl_check is sent like a command, and answered by Bolt without a listener."""
    endpoint = Endpoint()
    async with over_http(endpoint.handle) as sandbox:
        transport = sandbox.platform.transport
        assert isinstance(transport, HttpTransport)

        assert (await transport.check_ssl()).status == 200

    assert parse_qs(endpoint.requests[0][1].decode())["ssl_check"] == ["1"]
