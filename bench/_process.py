"""What is measured runs in processes of its own: `python -m bench._process ROLE …`.

Roles: `upstream KYUUBI,… IDAAS,… [SECONDS]` (Slack and both services, each answer of theirs so much
later), `remote KYUUBI,… IDAAS,… SECONDS` (likewise, but answers are repeated from memory), `bare`
(a Bolt app that only acks), `fixed` (one that posts a fixed reply), `bot` (ours). Each prints one
line of JSON when it is ready and stops when its standard input ends.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench import _world
from bench._load import SIGNING_SECRET
from bench._replay import Replay
from bot.app import Bot, open_bot
from bot.cli._garbage import spare_the_collector
from bot.config import Settings
from bot.models.connection import Owner
from bot.services.connections import Outcome
from bot.web.server import Server, bind, server_config
from sandbox.alibaba.app import create_app
from sandbox.company.people import TEAM_ID
from sandbox.faults import Fault
from sandbox.serve import Server as LoopbackServer
from sandbox.serve import bind as bind_loopback
from sandbox.serve import url_of
from sandbox.server import Sandbox
from sandbox.slack.installation import Installation


@contextmanager
def process(role: str, *arguments: str) -> Iterator[dict[str, Any]]:
    """Run a role until the block ends; yield what it said when it was ready."""
    command = [sys.executable, "-m", "bench._process", role, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:  # noqa: S603 - ourselves
        assert running.stdout is not None
        try:
            line = running.stdout.readline()
            assert line, f"{role} did not start"
            yield json.loads(line)
        finally:
            running.communicate()


async def _upstream(
    stack: AsyncExitStack, kyuubi: str, idaas: str, slow: str = "0"
) -> dict[str, Any]:
    sandbox = await _sandbox(stack, kyuubi, idaas)
    if float(slow):
        for service in ("kyuubi", "idaas", "idaas_token"):
            sandbox.faults.add(Fault(service=service, kind="slow", seconds=float(slow)))
    return _known(sandbox)


async def _remote(stack: AsyncExitStack, kyuubi: str, idaas: str, seconds: str) -> dict[str, Any]:
    sandbox = await _sandbox(stack, kyuubi, idaas)
    services = create_app(
        clock=sandbox.clock,
        faults=sandbox.faults,
        journal=sandbox.journal,
        company=sandbox.company,
    )
    listener = bind_loopback()
    server = LoopbackServer(Replay(services, float(seconds)), listener)
    await server.open()
    stack.push_async_callback(server.close)
    known = _known(sandbox)
    for name in ("kyuubi", "idaas", "idaas_token"):
        known[name] = known[name].replace(sandbox.alibaba, url_of(listener))
    return known


async def _sandbox(stack: AsyncExitStack, kyuubi: str, idaas: str) -> Sandbox:
    now = time.time_ns() // 1_000_000
    sizes = ([int(n) for n in text.split(",") if n] for text in (kyuubi, idaas))
    made = _world.world(now, **dict(zip(("kyuubi", "idaas"), sizes, strict=True)))
    app = Installation(signing_secret=SIGNING_SECRET)
    return await stack.enter_async_context(Sandbox(company=made, app=app))


def _known(sandbox: Sandbox) -> dict[str, Any]:
    return {**sandbox.endpoints, "bot_token": sandbox.bot_token, "control": sandbox.url}


async def _bot(stack: AsyncExitStack, upstream: str, kyuubi: str, idaas: str) -> dict[str, Any]:
    found = json.loads(upstream)
    data = stack.enter_context(tempfile.TemporaryDirectory())
    bot = await stack.enter_async_context(open_bot(settings_for(found, Path(data))))
    for user in _world.USERS:
        await connect(bot, Owner(TEAM_ID, user), int(kyuubi), int(idaas))
    spare_the_collector()  # as `python -m bot run` does
    return await _serve(stack, bot.web())


async def _plain(stack: AsyncExitStack, reply: str = "") -> dict[str, Any]:
    """Serve a Bolt app as its documentation shows one, on the same server as ours.

    `reply` is the file with the JSON of the message that it posts.
    """

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=TEAM_ID,
            bot_token="none",  # noqa: S106 - it is none
            bot_user_id="U1",
            bot_id="B1",
        )

    app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize)
    fixed = _message(reply) if reply else None

    @app.command("/tokens")
    async def tokens(ack: Any, respond: Any) -> None:
        await ack()
        if fixed is not None:
            await respond(text=fixed["text"], blocks=fixed["blocks"])

    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    web = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
    return await _serve(stack, web)


def _message(file: str) -> Any:
    return json.loads(Path(file).read_text(encoding="utf-8"))


def settings_for(found: dict[str, Any], data: Path, **more: str) -> Settings:
    """Return the settings of a bot over HTTP, with an embedded server of its own."""
    return Settings.from_env(
        {
            "SLACK_BOT_TOKEN": found["bot_token"],
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": found["slack_api"],
            "TOKENBELL_DATA_DIR": str(data),
            "TOKENBELL_KYUUBI_ENDPOINT": found["kyuubi"],
            "TOKENBELL_IDAAS_ENDPOINT": found["idaas"],
            "TOKENBELL_IDAAS_TOKEN_ENDPOINT": found["idaas_token"],
            **more,
        }
    )


async def connect(bot: Bot, owner: Owner, kyuubi: int, idaas: int) -> None:
    """Connect so many targets of each source."""
    for entry, target, number in (
        (_world.KYUUBI, _world.kyuubi_target, kyuubi),
        (_world.IDAAS, _world.idaas_target, idaas),
    ):
        source = bot.desk.sources[entry["source"]]
        if number:
            outcome = await bot.desk.connections.connect(
                owner,
                source_name=entry["source"],
                credential=source.credential(entry["kind"], entry["values"]),
                targets=[source.target(target(index)) for index in range(number)],
            )
            assert isinstance(outcome, Outcome), outcome


async def _serve(stack: AsyncExitStack, web: Starlette) -> dict[str, Any]:
    listen = bind("127.0.0.1", 0)
    listen.listen()  # a client may come before the server has started
    server = Server(server_config(web))
    serving = asyncio.create_task(server.serve(sockets=[listen]))

    async def stop() -> None:
        server.should_exit = True
        await serving

    stack.push_async_callback(stop)
    return {"port": listen.getsockname()[1]}


async def _main(role: str, arguments: list[str]) -> None:
    async with AsyncExitStack() as stack:
        roles = {
            "upstream": _upstream,
            "remote": _remote,
            "bot": _bot,
            "bare": _plain,
            "fixed": _plain,
        }
        ready = await roles[role](stack, *arguments)  # type: ignore[operator]  # each takes its own
        print(json.dumps(ready), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # loopback needs none, and slack_sdk takes them for it
    asyncio.run(_main(sys.argv[1], sys.argv[2:]))
