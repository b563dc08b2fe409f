"""`python -m bot demo`: the whole bot on this machine, with no account anywhere.

The sandbox plays Slack and Alibaba Cloud in a process of its own; the bot connects to it exactly
as it would to the real ones.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.app import Bot, open_bot
from bot.cli import manifest
from bot.cli._garbage import spare_the_collector
from bot.cli._logging import configure
from bot.cli.run import stop_on_signals
from bot.clock import SystemClock
from bot.config import Settings, read_log_level
from bot.errors import SettingsError, TokenbellError
from bot.models.connection import Owner
from bot.models.listing import Problem
from bot.services.messages import EDITS, POSTS
from bot.web.server import bind
from bot.wiring import PACE

_PORT = "8080"
_MANIFEST = "manifest.json"
_CLOCK = "/demo/clock"
_SANDBOX_STARTS_WITHIN = 30.0
_SANDBOX_STOPS_WITHIN = 5.0
# Whoever moves the clock by months does not want to wait for what a second would have spread.
_PACE = PACE._replace(
    posts=POSTS._replace(interval=timedelta(milliseconds=20)),
    edits=EDITS._replace(interval=timedelta(milliseconds=20)),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Json = Mapping[str, Any]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("demo", help="try everything on this machine, without accounts")
    parser.add_argument("--data", type=Path, default=Path(".tokenbell"), help="where to keep it")
    parser.add_argument("--reset", action="store_true", help="start over")
    parser.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    configure(read_log_level(os.environ, "WARNING"))
    data: Path = arguments.data.absolute()
    try:
        _prepare(data, reset=arguments.reset)
    except OSError as error:
        raise SettingsError("--data", f"cannot be used: {data}: {error.strerror}") from None
    asyncio.run(_run(data, os.environ.get("PORT", _PORT)))
    return 0


def _prepare(data: Path, *, reset: bool) -> None:
    if reset and data.exists():
        if not (data / "sandbox").is_dir():
            raise SettingsError("--data", f"names {data}, which holds no demo: nothing was deleted")
        shutil.rmtree(data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / _MANIFEST).write_text(manifest.text(manifest.build()), encoding="utf-8")


async def _run(data: Path, port: str) -> None:
    stop = stop_on_signals()
    async with _sandbox(data, port) as (ready, sandbox):
        settings = Settings.from_env(
            {
                "SLACK_BOT_TOKEN": ready["bot_token"],
                "SLACK_APP_TOKEN": ready["app_token"],
                "SLACK_API_URL": ready["slack_api"],
                "TOKENBELL_DATA_DIR": str(data),
                "TOKENBELL_KYUUBI_ENDPOINT": ready["kyuubi"],
                "TOKENBELL_IDAAS_ENDPOINT": ready["idaas"],
                "TOKENBELL_IDAAS_TOKEN_ENDPOINT": ready["idaas_token"],
            }
        )
        clock = SystemClock()
        async with open_bot(settings, clock=clock, pace=_PACE) as bot:
            spare_the_collector()
            listen = bind("127.0.0.1", 0)
            web = bot.web([clock_route(clock, bot)])
            async with asyncio.TaskGroup() as group:
                group.create_task(bot.run(listen=listen, stop=stop, web=web))
                beside = (
                    group.create_task(_stop_with(sandbox, stop)),
                    group.create_task(_introduce(bot, ready["page"], listen, data)),
                )
                await stop.wait()
                for task in beside:
                    task.cancel()


@asynccontextmanager
async def _sandbox(
    data: Path, port: str
) -> AsyncIterator[tuple[dict[str, Any], asyncio.subprocess.Process]]:
    command = [sys.executable, "-m", "sandbox", "--watch-stdin", "--port", port]
    command += ["--data", str(data / "sandbox"), "--manifest", str(data / _MANIFEST)]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us: the bot finishes before its Slack goes away
    )
    try:
        async with asyncio.timeout(_SANDBOX_STARTS_WITHIN):
            line = await process.stdout.readline() if process.stdout else b""
        if not line:
            raise SettingsError("PORT", "may be in use: the sandbox did not start")
        yield json.loads(line), process
    finally:
        if process.stdin:
            process.stdin.close()  # at whose end it stops, also when we are killed
        try:
            async with asyncio.timeout(_SANDBOX_STOPS_WITHIN):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _stop_with(sandbox: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
    await sandbox.wait()
    stop.set()


def clock_route(clock: SystemClock, bot: Bot) -> Route:
    """Return where the sandbox moves the time that tokens live by, and sees how far we are."""

    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            clock.offset = timedelta(milliseconds=int((await request.json())["offset_ms"]))
            bot.worker.nudge()
        state = await bot.progress.state()
        return JSONResponse(
            {
                "offset_ms": clock.offset // _MILLISECOND,
                "next_due": state.next_stop and (state.next_stop - _EPOCH) // _MILLISECOND,
                "idle": state.idle and bot.desk.idle,
            }
        )

    return Route(_CLOCK, endpoint, methods=["GET", "POST"])


async def _introduce(bot: Bot, page: str, listen: socket.socket, data: Path) -> None:
    """Tell the sandbox where our clock is, connect its people the first time, and say hello."""
    port = listen.getsockname()[1]
    async with aiohttp.ClientSession(base_url=page) as session:
        clock = {"clock": f"http://127.0.0.1:{port}{_CLOCK}"}
        async with session.post("/_control/bots", json=clock) as answer:
            answer.raise_for_status()
        if not (data / "connected").exists():
            async with session.get("/_control/state") as answer:
                team = (await answer.json())["team"]["id"]
            async with session.get("/_control/credentials") as answer:
                for entry in (await answer.json())["people"]:
                    if entry["connect"]:
                        await _connect(bot, Owner(team, entry["user"]), entry)
            (data / "connected").touch()
    _greet(page)


async def _connect(bot: Bot, owner: Owner, entry: Json) -> None:
    source = bot.desk.sources[entry["source"]]
    outcome = await bot.desk.connections.connect(
        owner,
        source_name=entry["source"],
        credential=source.credential(entry["kind"], entry["values"]),
        targets=[source.target(place).labelled(place["label"]) for place in entry["targets"]],
        label=entry["label"],
    )
    if isinstance(outcome, Problem):
        raise TokenbellError(f"the demo could not connect {entry['label']}: {outcome.kind}")


def _greet(page: str) -> None:
    print(
        f"\n  Tokenbell is running: {page}\n\n"
        "  Open it, choose a person at the left, and type /tokens.\n"
        "  Ctrl-C stops everything; `make demo RESET=1` starts over.\n",
        flush=True,
    )
