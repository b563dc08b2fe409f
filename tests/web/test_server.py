"""The web application: Slack's requests, health and metrics."""

import asyncio
import contextlib
import hashlib
import hmac
import logging
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import NamedTuple

import httpx
import pytest
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.slack import SignatureCheck
from bot.web import server as server_module
from bot.web.server import Server, SlackRequests, bind, create_web, server_config
from tests.fixtures.until import until

OK = HTTPStatus.OK
SECRET = "s" * 32
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


async def well() -> str:
    return ""


async def ill() -> str:
    return "Redis cannot be reached"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = AsyncApp(signing_secret=SECRET, token="xoxb-test")
    slack = SlackRequests(app, SignatureCheck(SecretStr(SECRET)))
    web = create_web(slack=slack, checks={"redis": well})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=web), base_url="http://bot"
    ) as client:
        yield client


async def test_live_and_ready(http: httpx.AsyncClient) -> None:
    """A process that runs is live; one that can work is ready."""
    assert (await http.get("/health/live")).status_code == OK
    answer = await http.get("/health/ready")
    assert (answer.status_code, answer.json()) == (OK, {"ok": True, "checks": {"redis": "ok"}})


async def test_not_ready_says_why() -> None:
    """Without Redis the process is live but not ready, and says so."""
    web = create_web(slack=None, checks={"redis": ill})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=web), base_url="http://bot"
    ) as client:
        answer = await client.get("/health/ready")
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.json()["checks"] == {"redis": "Redis cannot be reached"}
        assert (await client.post("/slack/events")).status_code == HTTPStatus.NOT_FOUND


async def test_metrics_are_scraped(http: httpx.AsyncClient) -> None:
    """Prometheus finds our metrics, with help texts."""
    answer = await http.get("/metrics")

    assert answer.status_code == OK
    assert "# HELP tokenbell_commands_total Slash commands by verb." in answer.text


def signed(body: bytes, headers: dict[str, str], *, age: int = 0) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    base = b"v0:" + timestamp.encode() + b":" + body
    signature = hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()
    return {
        **headers,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": f"v0={signature}",
    }


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\xff\xfe", FORM),
        (b"{", JSON),
        (b"payload={", FORM),
        (b"payload=[1]", FORM),
        (b"[]", JSON),
        (b"command=%2Ftokens", FORM),
        (b"command=%2Ftokens", {**FORM, "x-slack-request-timestamp": "now"}),
        (b"", {}),
    ],
)
@pytest.mark.parametrize("signature", [None, "v0=", "v0=00", "caf\u00e9"])
async def test_what_slack_did_not_sign_is_refused(
    http: httpx.AsyncClient, body: bytes, headers: dict[str, str], signature: str | None
) -> None:
    """Forged requests and garbage get a 401 before anything reads them."""
    sent = {"x-slack-request-timestamp": str(int(time.time())), **headers}
    if signature is not None:
        sent["x-slack-signature"] = signature

    answer = await http.post(
        "/slack/events", content=body, headers={k.encode(): v.encode() for k, v in sent.items()}
    )

    assert answer.status_code == HTTPStatus.UNAUTHORIZED


async def test_what_slack_signed_long_ago_is_refused(http: httpx.AsyncClient) -> None:
    """A right signature counts for five minutes."""
    body = b'{"type": "url_verification", "challenge": "c0ffee"}'
    fresh = await http.post("/slack/events", content=body, headers=signed(body, JSON))
    stale = await http.post("/slack/events", content=body, headers=signed(body, JSON, age=301))

    assert (fresh.status_code, fresh.json()) == (OK, {"challenge": "c0ffee"})
    assert stale.status_code == HTTPStatus.UNAUTHORIZED


async def test_large_and_endless_requests_are_refused_unread(http: httpx.AsyncClient) -> None:
    """Nothing larger than Slack sends is read, and nothing whose length is not known."""

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        raise AssertionError("it was read")

    answer = await http.post("/slack/events", content=endless())
    assert answer.status_code == HTTPStatus.LENGTH_REQUIRED

    answer = await http.post("/slack/events", content=b"x" * (1 << 20) + b"x")
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Served(NamedTuple):
    """The application on a real socket, where a body comes as it pleases."""

    port: int
    server: Server

    async def exchange(self, *parts: bytes) -> bytes:
        """Send bytes as they are; return all that is answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.suppress(ConnectionError):  # it need not take all of it
            for part in parts:
                writer.write(part)
                await writer.drain()
        try:
            return await reader.read()
        finally:
            writer.transport.abort()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    app = AsyncApp(signing_secret=SECRET, token="xoxb-test")
    web = create_web(slack=SlackRequests(app, SignatureCheck(SecretStr(SECRET))), checks={})
    with bind("127.0.0.1", 0) as listen:
        server = Server(server_config(web))
        serving = asyncio.create_task(server.serve(sockets=[listen]))
        yield Served(listen.getsockname()[1], server)
        server.should_exit = True
        await serving


def head(*lines: str) -> bytes:
    lines = ("POST /slack/events HTTP/1.1", "host: bot", "connection: close", *lines, "", "")
    return "\r\n".join(lines).encode()


async def test_a_length_that_lies_is_found_out(served: Served) -> None:
    """A body in chunks may say that it is short: it is read no further than a short one."""
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    lies = head("content-length: 5", "transfer-encoding: chunked")

    answer = await served.exchange(lies, *[chunk] * 17, b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_does_not_come_is_not_waited_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends a byte now and then does not keep a connection for ever."""
    monkeypatch.setattr(server_module, "_ARRIVES_WITHIN", 0.05)

    answer = await served.exchange(head("content-length: 100"), b"x")

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_whoever_hangs_up_leaves_no_trace(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that ends within a body is no error of ours: nobody fills the log that way."""
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(head("content-length: 100") + b"x")
    await until(lambda: served.server.server_state.tasks)
    writer.transport.abort()
    await until(lambda: not served.server.server_state.tasks)

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", JSON),
        (b"[]", JSON),
        (b"payload={", FORM),
        (b"payload=[1]", FORM),
        (b"payload=null", FORM),
        (b'payload="x"', FORM),
        (b"payload=" + b"[" * 50_000, FORM),
        (b"payload=1" + b"0" * 5_000, FORM),
        (b"command=%2Ftokens", JSON),
    ],
)
async def test_what_is_signed_and_no_payload_is_refused(
    http: httpx.AsyncClient, body: bytes, headers: dict[str, str]
) -> None:
    """What cannot be read is refused, signed or not; nothing fails over it."""
    answer = await http.post("/slack/events", content=body, headers=signed(body, headers))

    assert answer.status_code == HTTPStatus.BAD_REQUEST


async def test_slack_posts_only(http: httpx.AsyncClient) -> None:
    """The route takes POST and nothing else."""
    assert (await http.get("/slack/events")).status_code == HTTPStatus.METHOD_NOT_ALLOWED
