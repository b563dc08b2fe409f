"""Sending files: three steps, and none in which a person's rows could go astray."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.app import create_slack_client
from bot.config import Settings
from bot.errors import SlackError
from bot.slack import Slack
from tests.clients.server import Seen, Server, answer, serving
from tests.slack.test_slack import SCOPE, OneToken

JSON = {"content-type": "application/json"}
ROWS = b"name\r\netl\r\n"


@pytest.fixture(name="server")
async def _server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture(name="slack")
async def _slack(server: Server) -> AsyncIterator[Slack]:
    settings = Settings.from_env({"SLACK_API_URL": f"{server.url}/api"})
    async with aiohttp.ClientSession() as session:
        yield Slack(create_slack_client(settings, session), OneToken("xoxb-1"))


def answering(server: Server, upload_url: str, upload: bytes) -> None:
    """Let the server name an upload URL, and answer what is sent there."""

    def answer_to(request: Seen) -> bytes:
        if request.path == "/api/files.getUploadURLExternal":
            return answer({"ok": True, "upload_url": upload_url, "file_id": "F1"}, headers=JSON)
        return upload if request.path == "/upload" else answer({"ok": True}, headers=JSON)

    server.handler = answer_to


async def send(slack: Slack) -> None:
    await slack.send_file(SCOPE, "D1", "tokens.csv", ROWS, comment="*1 token*")


async def test_a_file_takes_three_steps(server: Server, slack: Slack) -> None:
    """A URL is asked for, the bytes go there without the bot's token, then the file is posted."""
    answering(server, f"{server.url}/upload", answer(b"OK"))

    await send(slack)

    ticket, upload, done = server.seen
    assert (ticket.query["filename"], ticket.query["length"]) == ("tokens.csv", str(len(ROWS)))
    assert (upload.method, upload.body) == ("POST", ROWS)
    assert "authorization" not in upload.headers
    assert done.query["channel_id"] == "D1"
    assert done.query["initial_comment"] == "*1 token*"
    assert '"id": "F1"' in done.query["files"]


async def test_a_redirect_is_not_followed(server: Server, slack: Slack) -> None:
    """Whoever answers the upload cannot send the rows on elsewhere, and nothing is posted."""
    elsewhere = answer(b"", 307, {"location": f"{server.url}/elsewhere"})
    answering(server, f"{server.url}/upload", elsewhere)

    with pytest.raises(SlackError) as refused:
        await send(slack)

    assert (refused.value.method, refused.value.code) == ("upload", "http_307")
    assert [request.path for request in server.seen][1:] == ["/upload"]


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/upload",
        "http://127.0.0.1:1/upload",
        "ftp://x",
        "https://",
        "http://[",
        "",
    ],
)
async def test_rows_go_nowhere_in_the_clear(server: Server, slack: Slack, url: str) -> None:
    """An upload URL without TLS that is not the configured Slack's gets nothing."""
    answering(server, url, answer(b"OK"))

    with pytest.raises(SlackError) as refused:
        await send(slack)

    assert (refused.value.method, refused.value.code) == ("upload", "broken_answer")
    assert len(server.seen) == 1


async def test_an_address_with_tls_is_good(server: Server, slack: Slack) -> None:
    """Slack's uploads go to another host than its API: with TLS any will do."""
    answering(server, server.url.replace("http", "https"), answer(b"OK"))

    with pytest.raises(SlackError) as refused:
        await send(slack)

    assert (refused.value.method, refused.value.code) == ("upload", "unreachable")


async def test_a_throttled_upload_says_when_to_come_back(server: Server, slack: Slack) -> None:
    """A 429 of the upload is one like any other."""
    answering(server, f"{server.url}/upload", answer(b"", 429, {"retry-after": "9"}))

    with pytest.raises(SlackError) as limited:
        await send(slack)

    assert (limited.value.code, limited.value.retry_after) == ("ratelimited", 9)
