"""`python -m sandbox`: docs/sandbox.md."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from sandbox.server import Sandbox
from sandbox.slack.installation import Installation


def main(argv: list[str] | None = None) -> int:
    """Serve until a signal comes."""
    asyncio.run(_serve(_options(argv)))
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--transport", choices=("socket", "http"), default="socket")
    parser.add_argument("--request-url")
    return parser.parse_args(argv)


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    sandbox = Sandbox(port=options.port, data=options.data, app=Installation())
    async with sandbox:
        ready = {
            "ready": True,
            **sandbox.endpoints,
            "bot_token": sandbox.bot_token,
            "app_token": sandbox.app_token,
            "signing_secret": sandbox.signing_secret,
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
