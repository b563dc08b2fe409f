"""`python -m bot run`: the bot in a real workspace; `python -m bot web`: the same without reminders."""

import argparse
import asyncio
import os
import signal
import socket

from bot.app import open_bot
from bot.cli._garbage import spare_the_collector
from bot.cli._logging import configure
from bot.config import Settings, take_settings
from bot.errors import SettingsError
from bot.web.server import bind

_STOPPING = (signal.SIGINT, signal.SIGTERM)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the commands."""
    parser = commands.add_parser("run", help="run the bot")
    parser.set_defaults(main=main, work=True)
    parser = commands.add_parser("web", help="run the bot, and leave reminders to workers")
    parser.set_defaults(main=main, work=False)


def main(arguments: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM, then finish what was acknowledged."""
    settings = take_settings(os.environ)
    configure(settings.log_level)
    settings.transport()
    asyncio.run(run(settings, work=arguments.work))
    return 0


async def run(settings: Settings, *, work: bool = True) -> None:
    """Serve until a signal comes."""
    stop = stop_on_signals()
    with listen_on(settings.port) as listen:
        async with open_bot(settings) as bot:
            spare_the_collector()
            await bot.run(listen=listen, stop=stop, web=bot.web(), work=work)


def listen_on(port: int, name: str = "PORT") -> socket.socket:
    """Take a port; raise SettingsError when it is taken, or none."""
    try:
        return bind("", port)
    except OverflowError:
        raise SettingsError(name, "must be a number from 0 to 65535") from None
    except OSError as error:
        raise SettingsError(name, f"cannot be listened to: {error.strerror}") from None


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in _STOPPING:
        loop.add_signal_handler(signal_number, stop.set)
    return stop
