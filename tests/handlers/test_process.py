"""The bot as a process of its own: killed, started again, told to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.slack.platform import Limits
from tests.fixtures.bot import environment_for, text_of, watch_slack
from tests.fixtures.canaries import CANARY, Watch
from tests.fixtures.world import ETL, KEY, small_world
from tests.store.servers import free_ports

PATIENCE = 40.0


@asynccontextmanager
async def process(
    sandbox: Sandbox, data: Path, command: str = "run"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot with its own embedded server, until it is connected."""
    (port,) = free_ports(1)
    connected = sandbox.platform.socket.connected
    environ = environment_for(
        sandbox,
        "",
        TOKENBELL_DATA_DIR=str(data),
        PORT=str(port),
        TOKENBELL_KEYS="",
        LOG_LEVEL="DEBUG",
        PATH=os.environ["PATH"],
    )
    with (data / "log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", command),
            env=os.environ | environ,
            stdout=log,
            stderr=log,
        )
    try:
        await sandbox.wait_for(
            lambda: sandbox.platform.socket.connected > connected, timeout=PATIENCE, what="the bot"
        )
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()
        await sandbox.wait_for(
            lambda: sandbox.platform.socket.connected == connected, timeout=PATIENCE, what="its end"
        )


@asynccontextmanager
async def workplace(data: Path, canaries: Watch) -> AsyncIterator[Sandbox]:
    """Run a sandbox with the small world; the bot's log must hold no secret."""
    async with Sandbox(
        company=small_world(SandboxClock().now()), limits=Limits(rates=None)
    ) as sandbox:
        watch_slack(sandbox, canaries)
        canaries.watch(lambda: [(data / "log").read_text()], "the log of the process")
        yield sandbox


async def sees(sandbox: Sandbox, name: str, words: str) -> None:
    """Let somebody type the command, and wait for an answer with these words."""
    ack = await sandbox.command(name, "general", "/tokens")
    assert ack.error is None
    await sandbox.wait_for(
        lambda: words in text_of(sandbox.messages("general", name)), timeout=PATIENCE, what=words
    )


async def connect(sandbox: Sandbox, name: str) -> None:
    """Fill in and submit the form."""
    await sandbox.command(name, "general", "/tokens", "connect")
    (choice,) = await sandbox.wait_for(lambda: sandbox.views(name), timeout=PATIENCE)
    await sandbox.submit(name, choice, {"source": "kyuubi:access_key"})
    (form,) = sandbox.views(name)
    values = {f"credential.{key}": value for key, value in KEY.items()}
    await sandbox.submit(name, form, values | {f"target.{k}": v for k, v in ETL.items()})


async def connected(sandbox: Sandbox, name: str) -> None:
    """Wait until the modal says that it is done."""
    await sandbox.wait_for(
        lambda: "Connected: 2 tokens" in text_of(sandbox.views(name)), timeout=PATIENCE
    )


async def test_a_killed_bot_has_every_connection_at_the_next_start(
    tmp_path: Path, canaries: Watch
) -> None:
    """Whatever was confirmed is there after kill -9, and what was not yet stored is not half there."""
    async with workplace(tmp_path, canaries) as sandbox:
        async with process(sandbox, tmp_path) as bot:
            await connect(sandbox, "mei")
            await connected(sandbox, "mei")
            sandbox.faults.add(Fault(service="kyuubi", kind="hang"))
            await connect(sandbox, "jonas")
            await sandbox.wait_for(lambda: "Testing" in text_of(sandbox.views("jonas")))
            bot.kill()
        sandbox.faults.clear()

        async with process(sandbox, tmp_path) as bot:
            await sees(sandbox, "mei", "2 tokens")
            await sees(sandbox, "jonas", "Know which tokens expire")

            sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=1.0))
            await connect(sandbox, "aiko")
            bot.send_signal(signal.SIGTERM)
            await connected(sandbox, "aiko")
            assert await asyncio.wait_for(bot.wait(), PATIENCE) == 0
    assert CANARY.access_key_secret not in (tmp_path / "log").read_text()


async def test_web_leaves_reminders_to_workers(tmp_path: Path, canaries: Watch) -> None:
    """`python -m bot web` answers people, and Home says that nobody rings."""
    async with workplace(tmp_path, canaries) as sandbox, process(sandbox, tmp_path, "web"):
        await connect(sandbox, "mei")
        await connected(sandbox, "mei")
        await sandbox.open_home("mei")

        await sandbox.wait_for(
            lambda: "No worker is running" in text_of(sandbox.home("mei")), timeout=PATIENCE
        )
