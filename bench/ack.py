"""How soon and how often a command is acknowledged: `python -m bench.ack`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from statistics import median

from bench._load import Connection, Sink, at_rate, command, open_sink, percentile, saturate
from bench._process import process
from bench._table import Row, ratio_row, show
from sandbox.company.people import MEI, TEAM_ID

ROUNDS = 5
_SECONDS = 3.0
_AT_ONCE = 32
_SIZES = ("30", "20")


def measure() -> list[Row]:
    """Return the claims about help, which is in the ack, and about the ack of a list."""
    with (
        process("upstream", *_SIZES) as upstream,
        process("bot", json.dumps(upstream), "1", "1") as bot,
        process("bare") as bare,
    ):
        return asyncio.run(_measure(bot["port"], bare["port"]))


Once = Callable[[Connection], Awaitable[float]]


async def _measure(bot: int, bare: int) -> list[Row]:
    async with open_sink() as sink:
        rates: dict[int, list[float]] = {bot: [], bare: []}
        tails: dict[int, list[float]] = {bot: [], bare: []}
        for _ in range(ROUNDS):
            for port in (bot, bare):
                rate, took = await saturate(
                    port, _asking("help", sink), at_once=_AT_ONCE, seconds=_SECONDS
                )
                rates[port].append(rate)
                tails[port].append(percentile(took, 0.99) * 1000)
        full, _ = await saturate(bot, _listing(sink), at_once=_AT_ONCE, seconds=_SECONDS)
        acks: dict[int, list[float]] = {bot: [], bare: []}
        for _ in range(ROUNDS):
            for port in (bot, bare):
                took = await at_rate(
                    port, _asking("list", sink), rate=full / 2, seconds=2 * _SECONDS
                )
                acks[port].append(percentile(took, 0.99) * 1000)
    return [
        ratio_row(
            "`help` in the ack, throughput, against bare Bolt",
            median(rates[bot]),
            median(rates[bare]),
            unit="/s",
            at_least=0.9,
        ),
        ratio_row(
            "`help` in the ack, p99, against bare Bolt",
            median(tails[bot]),
            median(tails[bare]),
            unit="ms",
            at_most=1.2,
        ),
        ratio_row(
            f"ack of `list` at half of its saturation ({full / 2:.0f}/s), p99, against bare Bolt",
            median(acks[bot]),
            median(acks[bare]),
            unit="ms",
            at_most=1.5,
        ),
    ]


def _asking(text: str, sink: Sink) -> Once:
    async def once(connection: Connection) -> float:
        url, _ = sink.expect()
        return await connection.send(command(TEAM_ID, MEI.id, text, url))

    return once


def _listing(sink: Sink) -> Once:
    async def once(connection: Connection) -> float:
        url, arrived = sink.expect()
        took = await connection.send(command(TEAM_ID, MEI.id, "list", url))
        await arrived
        return took

    return once


if __name__ == "__main__":
    show(measure())
