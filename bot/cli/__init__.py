"""The command line: `python -m bot COMMAND`."""

import argparse
import sys
from collections.abc import Sequence

from bot import __version__
from bot.cli import demo, doctor, keys, manifest, run, worker
from bot.errors import TokenbellError

COMMANDS = (run, worker, demo, doctor, manifest, keys)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 well, 1 failed, 2 wrongly called."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument("--version", action="version", version=f"Tokenbell {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_parser(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.main(chosen))
    except TokenbellError as error:
        print(f"{parser.prog} {chosen.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
