"""`python -m bot keys`: make the keys that seal what is stored, and change them."""

import argparse
import asyncio
import os
import re

from bot.app import open_storage
from bot.cli._logging import configure
from bot.config import take_settings
from bot.errors import InputError
from bot.store.keyring import generate_key
from bot.store.rotation import Report, rotate
from bot.wiring import sealed_stores

_KID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("keys", help="make or change the keys that seal what is stored")
    parser.set_defaults(main=main)
    does = parser.add_subparsers(dest="does", required=True)
    new = does.add_parser("new", help="print a new key for TOKENBELL_KEYS")
    new.add_argument("id", nargs="?", default="k1", help="its id, such as k2")
    does.add_parser("rotate", help="seal everything with the first key of TOKENBELL_KEYS")


def main(arguments: argparse.Namespace) -> int:
    """Do one of both."""
    if arguments.does == "new":
        if not _KID.fullmatch(arguments.id):
            raise InputError("an id has up to 16 letters, digits, _ and -")
        print(generate_key(arguments.id))
        return 0
    report = asyncio.run(_rotate())
    counted = ", ".join(f"{number} with {kid}" for kid, number in sorted(report.by_key.items()))
    print(f"Sealed anew: {report.resealed}. Now: {counted or 'nothing is stored'}.")
    if report.unreadable:
        print(f"{report.unreadable} cannot be opened with any key: add the old key and run again.")
    return 1 if report.unreadable else 0


async def _rotate() -> Report:
    settings = take_settings(os.environ)
    configure(settings.log_level)
    async with open_storage(settings) as (redis, vault):
        return await rotate(redis, vault, sealed_stores(redis, vault))
