"""How many upstream calls a crowd makes: `python -m bench.flight`.

200 people in 4 processes with one credential and nothing cached, all at once.
"""

import asyncio
import json
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from bench._process import connect, process, settings_for
from bench._table import Row, show
from bot.app import open_bot
from bot.models.connection import Owner
from bot.store.keyring import generate_key
from sandbox.company.people import TEAM_ID

_PROCESSES = 4
_PEOPLE = 50


def measure() -> list[Row]:
    """Return the claim about single flight."""
    with (
        tempfile.TemporaryDirectory() as data,
        process("upstream", "50", "", "0.05") as upstream,
    ):
        calls = asyncio.run(_measure(upstream, Path(data)))
    return [
        Row(
            f"{_PROCESSES * _PEOPLE} people in {_PROCESSES} processes, one credential, cold: calls",
            str(calls),
            str(_PROCESSES * _PEOPLE),
            "-",
            "= 1",
            calls == 1,
        )
    ]


async def _measure(upstream: dict[str, Any], data: Path) -> int:
    found = json.dumps({**upstream, "data": str(data), "keys": generate_key("k1")})
    settings = _settings(json.loads(found))
    async with open_bot(settings) as bot:
        for number in range(_PROCESSES * _PEOPLE):
            await connect(bot, Owner(TEAM_ID, f"U{number}"), 1, 0)
        before = await asyncio.to_thread(_calls, upstream)
        crowds = [
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bench.flight",
                found,
                str(number),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            for number in range(_PROCESSES)
        ]
        for crowd in crowds:
            assert crowd.stdout is not None
            assert await crowd.stdout.readline() == b"ready\n"
        await asyncio.gather(*(crowd.communicate(b"go\n") for crowd in crowds))
        assert [crowd.returncode for crowd in crowds] == [0] * _PROCESSES
        return await asyncio.to_thread(_calls, upstream) - before


def _settings(found: dict[str, Any]) -> Any:
    return settings_for(found, Path(found["data"]), TOKENBELL_KEYS=found["keys"])


def _calls(upstream: dict[str, Any]) -> int:
    with urllib.request.urlopen(f"{upstream['control']}/_control/log?service=kyuubi") as answer:  # noqa: S310 - loopback
        return len(json.load(answer)["calls"])


async def _crowd(found: dict[str, Any], number: int) -> None:
    """Be one of the processes: list for every person at the same moment."""
    async with open_bot(_settings(found)) as bot:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        owners = [Owner(TEAM_ID, f"U{number * _PEOPLE + index}") for index in range(_PEOPLE)]
        listings = await asyncio.gather(*map(bot.desk.tokens.listing, owners))
        assert all(len(listing.tokens) == 50 for listing in listings)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_crowd(json.loads(sys.argv[1]), int(sys.argv[2])))
    else:
        show(measure())
