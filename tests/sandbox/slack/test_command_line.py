import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox import __main__ as command_line
from sandbox.serve import bind
from tests.fixtures.http import loopback_client
from tests.sandbox.slack.conftest import Json


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Json]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def test_the_ready_line_says_where_everything_is() -> None:
    """One line of JSON with endpoints and secrets; what it names answers."""
    tokens = ("--bot-token", "xoxb-1", "--app-token", "xapp-1", "--signing-secret", "s3")
    async with running(*tokens) as (process, ready):
        async with loopback_client() as client:
            answer = await client.post(f"{ready['slack_api']}auth.test", data={"token": "xoxb-1"})

        assert ready["ready"] is True
        assert answer.json()["ok"] is True
        assert (ready["bot_token"], ready["app_token"]) == ("xoxb-1", "xapp-1")
        assert ready["signing_secret"] == "s3"
        assert set(ready) >= {"page", "kyuubi", "idaas", "idaas_token"}

        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """Both signals stop it with status 0 and nothing on standard error."""
    async with running() as (process, _ready):
        process.send_signal(number)
        _, errors = await process.communicate()

    assert (process.returncode, errors) == (0, b"")


async def test_it_ends_with_its_parent() -> None:
    """With --watch-stdin the end of standard input is the end."""
    async with running("--watch-stdin") as (process, _ready):
        assert process.stdin is not None
        process.stdin.write(b"ignored")
        process.stdin.close()
        _, errors = await process.communicate()

    assert (process.returncode, errors) == (0, b"")


async def test_a_manifest_and_scopes_describe_the_app(tmp_path: Path) -> None:
    """Commands come from the manifest, scopes from the option."""
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"features": {"slash_commands": [{"command": "/keys"}]}}))

    async with (
        running("--manifest", str(manifest), "--scopes", "commands,chat:write") as (
            _process,
            ready,
        ),
        loopback_client() as client,
    ):
        state = (await client.get(f"{ready['page']}_control/state")).json()
        answer = await client.post(
            f"{ready['slack_api']}users.info", data={"token": ready["bot_token"]}
        )

    assert [c["command"] for c in state["app"]["commands"]] == ["/keys"]
    assert answer.json()["provided"] == "commands,chat:write"


@pytest.mark.parametrize("arguments", [["--transport", "http"], ["--request-url", "http://x"]])
def test_http_needs_a_request_url(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One without the other is a mistake."""
    assert command_line.main(arguments) == 1
    assert "go together" in capsys.readouterr().err


def test_a_port_in_use_is_one_readable_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No trace, only the reason."""
    listener = bind()
    listener.listen()
    port = listener.getsockname()[1]

    assert command_line.main(["--port", str(port)]) == 1

    error = capsys.readouterr().err
    assert error.startswith("sandbox: ")
    assert error.count("\n") == 1
    listener.close()


def test_a_manifest_that_is_none_is_one_readable_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no JSON object is refused."""
    for content in ("{", "[]"):
        path = tmp_path / "manifest.json"
        path.write_text(content)
        assert command_line.main(["--manifest", str(path)]) == 1

    assert capsys.readouterr().err.count("sandbox: ") == 2
