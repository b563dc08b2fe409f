"""`python -m sandbox`: a Slack workspace and both Alibaba services on loopback."""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from sandbox.server import Sandbox
from sandbox.slack.installation import Installation


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit status."""
    options = _parser().parse_args(argv)
    if (options.transport == "http") is not bool(options.request_url):
        return _fail("--transport http and --request-url go together")
    try:
        sandbox = Sandbox(
            port=options.port,
            data=options.data,
            request_url=options.request_url,
            app=_installation(options),
        )
    except (OSError, ValueError) as error:
        return _fail(str(error))
    asyncio.run(_serve(sandbox, watch_stdin=options.watch_stdin))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the page's port; 0 takes a free one")
    parser.add_argument("--data", type=Path, help="a directory to keep the workspace in")
    parser.add_argument("--transport", choices=("socket", "http"), default="socket")
    parser.add_argument("--request-url", help="where the app takes HTTP requests")
    parser.add_argument("--manifest", type=Path, help="the app's manifest.json")
    parser.add_argument("--scopes", help="the granted bot scopes, with commas between")
    parser.add_argument("--bot-token")
    parser.add_argument("--app-token")
    parser.add_argument("--signing-secret")
    parser.add_argument(
        "--watch-stdin", action="store_true", help="stop when standard input is closed"
    )
    return parser


def _installation(options: argparse.Namespace) -> Installation:
    manifest = json.loads(options.manifest.read_text()) if options.manifest else {}
    if not isinstance(manifest, dict):
        raise ValueError(f"{options.manifest} is not a manifest")  # noqa: TRY004 - a file's content
    given = {
        name: getattr(options, name)
        for name in ("bot_token", "app_token", "signing_secret")
        if getattr(options, name)
    }
    if options.scopes:
        given["scopes"] = tuple(options.scopes.split(","))
    return Installation.from_manifest(manifest, **given)


async def _serve(sandbox: Sandbox, *, watch_stdin: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
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
        if watch_stdin:
            _at_end_of_stdin(lambda: loop.call_soon_threadsafe(stop.set))
        await stop.wait()


def _at_end_of_stdin(then: Callable[[], object]) -> None:
    """Call `then` when whoever started this process is gone.

    A thread, since the event loop cannot wait for a standard input that is a file; reading below
    `sys.stdin`, whose lock a thread must not hold when the interpreter ends.
    """

    def read() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        then()

    threading.Thread(target=read, name="stdin", daemon=True).start()


def _fail(reason: str) -> int:
    sys.stderr.write(f"sandbox: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
