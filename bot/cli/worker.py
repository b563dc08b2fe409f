"""`python -m bot worker`: works off reminders, and nothing else. As many as one likes."""

import argparse
import asyncio
import os
from contextlib import ExitStack

from bot.app import open_worker
from bot.cli._garbage import spare_the_collector
from bot.cli._logging import configure
from bot.cli.run import listen_on, stop_on_signals
from bot.config import Settings, take_settings


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("worker", help="work off reminders only")
    parser.add_argument("--port", type=int, help="where to serve health and metrics, else nowhere")
    parser.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM, then finish within ten seconds and give back the rest."""
    settings = take_settings(os.environ)
    configure(settings.log_level)
    asyncio.run(_work(settings, arguments.port))
    return 0


async def _work(settings: Settings, port: int | None) -> None:
    stop = stop_on_signals()
    with ExitStack() as stack:
        listen = None if port is None else stack.enter_context(listen_on(port, "--port"))
        async with open_worker(settings) as process:
            spare_the_collector()
            await process.run(listen=listen, stop=stop)
