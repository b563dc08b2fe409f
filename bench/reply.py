"""How often a command is answered from a warm cache: `python -m bench.reply`."""

import asyncio
import json
import tempfile
from statistics import median

from bench._load import Connection, command, open_sink, saturate
from bench._process import process
from bench._table import Row, ratio_row, show
from sandbox.company.people import MEI, TEAM_ID

ROUNDS = 5
_SECONDS = 4.0
_AT_ONCE = 16


def measure() -> list[Row]:
    """Return the claim about a list of 50 tokens against a Bolt app with one fixed reply."""
    with (
        tempfile.NamedTemporaryFile() as reply,
        process("upstream", "30", "20") as upstream,
        process("bot", json.dumps(upstream), "1", "1") as bot,
    ):
        reply.write(asyncio.run(_reply(bot["port"])))
        reply.flush()
        with process("fixed", reply.name) as fixed:
            ours, theirs = asyncio.run(_measure(bot["port"], fixed["port"]))
    what = "a list of 50 tokens from a warm cache, throughput, against bare Bolt posting that very list"
    return [ratio_row(what, ours, theirs, unit="/s", at_least=0.5)]


async def _reply(port: int) -> bytes:
    """Return the list as it is posted: the other app posts the same."""
    async with open_sink() as sink:
        connection = Connection(port)
        url, arrived = sink.expect()
        await connection.send(command(TEAM_ID, MEI.id, "list", url))
        await arrived
        connection.close()
        return sink.latest


async def _measure(bot: int, fixed: int) -> tuple[float, float]:
    rates: dict[int, list[float]] = {bot: [], fixed: []}
    async with open_sink() as sink:

        async def once(connection: Connection) -> float:
            url, arrived = sink.expect()
            took = await connection.send(command(TEAM_ID, MEI.id, "list", url))
            await arrived
            return took

        for _ in range(ROUNDS):
            for port in (bot, fixed):
                rate, _ = await saturate(port, once, at_once=_AT_ONCE, seconds=_SECONDS)
                rates[port].append(rate)
    return median(rates[bot]), median(rates[fixed])


if __name__ == "__main__":
    show(measure())
