"""`python -m bot worker`: a process that works off reminders and nothing else."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest

from bot.app import open_bot
from bot.cli import main
from bot.services.connections import Outcome
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox
from tests.fixtures.bot import PATIENCE, environment_for, owner, settings_for, text_of
from tests.fixtures.http import loopback_client
from tests.fixtures.until import until
from tests.fixtures.world import ETL, KEY, small_world
from tests.store.servers import free_ports


@pytest.fixture(name="sandbox")
async def _sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(company=small_world(SandboxClock().now())) as sandbox:
        yield sandbox


def listens(port: int) -> bool:
    """Tell whether a port of this machine is taken."""
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@asynccontextmanager
async def worker(
    sandbox: Sandbox, redis_url: str, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker; end it at the end if the test has not."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "worker", *arguments),
        env=os.environ | environment_for(sandbox, redis_url, SLACK_APP_TOKEN=""),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_workers_ring_for_a_bot_that_has_gone(sandbox: Sandbox, redis_url: str) -> None:
    """Two workers without a bot look after what people have connected, once."""
    async with open_bot(settings_for(sandbox, redis_url)) as bot:
        kyuubi = bot.desk.sources["kyuubi"]
        outcome = await bot.desk.connections.connect(
            owner("mei"),
            source_name="kyuubi",
            credential=kyuubi.credential("access_key", KEY),
            targets=[kyuubi.target(ETL)],
        )
        assert isinstance(outcome, Outcome)

    async with worker(sandbox, redis_url) as one, worker(sandbox, redis_url) as other:
        await sandbox.wait_for(lambda: sandbox.dm("mei"), timeout=PATIENCE, what="a DM")
        for process in (one, other):
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 0

    (message,) = sandbox.dm("mei")
    assert "watch" in text_of(message)


async def test_health_and_metrics(sandbox: Sandbox, redis_url: str) -> None:
    """A worker that is given a port tells there how it is."""
    (port,) = free_ports(1)
    async with (
        worker(sandbox, redis_url, "--port", str(port)) as process,
        loopback_client(f"http://127.0.0.1:{port}") as http,
    ):
        await until(lambda: listens(port), seconds=PATIENCE)
        assert (await http.get("/health/ready")).status_code == HTTPStatus.OK
        assert "tokenbell_wakes" in (await http.get("/metrics")).text
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


async def test_a_port_that_is_taken_is_said(sandbox: Sandbox, redis_url: str) -> None:
    """When the port is in use, one line names the option."""
    with socket.create_server(("", 0)) as taken:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "worker", "--port", str(taken.getsockname()[1])),
            env=os.environ | environment_for(sandbox, redis_url),
            stderr=asyncio.subprocess.PIPE,
        )
        _, error = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert process.returncode == 1
    assert b"--port" in error


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999"])
def test_a_port_that_is_none_is_said(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that is no port is told in one line, before anything is started."""
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_API_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)

    assert main(["worker", "--port", port]) == 1

    assert capsys.readouterr().err == (
        "python -m bot worker: --port must be a number from 0 to 65535\n"
    )
