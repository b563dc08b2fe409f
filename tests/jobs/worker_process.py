"""A worker as a process of its own: it tells each step, and dies or stops where it is told to."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from bot.app import open_worker
from bot.cli._logging import configure
from bot.clock import SystemClock
from bot.config import Settings
from bot.jobs.lease import Point
from bot.wiring import Pace


class Fate(NamedTuple):
    """A signal that a worker sends to itself when it reaches a point with a member.

    It befalls so many of all workers, one after the other.
    """

    point: Point
    signal: signal.Signals
    times: int = 1


class Situation(NamedTuple):
    """How far the clock was moved, and what befalls whoever works on a member.

    Whoever it befalls leaves a file in `marks`, by which all workers count.
    """

    offset: timedelta
    fates: Mapping[str, Fate]
    marks: Path


class Orders(NamedTuple):
    """What a worker starts with."""

    environ: Mapping[str, str]
    pace: Pace
    concurrency: int
    log: Path
    situation: Situation


class Step(NamedTuple):
    """A worker has reached a point with a member; `fate` tells that it goes no further."""

    point: Point
    member: str
    fate: bool


def run(orders: Orders, pipe: Connection) -> None:
    """Work until SIGTERM; hear `Situation`s and tell `Step`s through the pipe."""
    with orders.log.open("a") as log:
        sys.stdout = sys.stderr = log
        configure("DEBUG")
        asyncio.run(_run(orders, pipe))


async def _run(orders: Orders, pipe: Connection) -> None:
    situation = orders.situation
    clock = SystemClock(situation.offset)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    async def reach(point: Point, member: str) -> None:
        fate = situation.fates.get(member)
        if fate is not None and (fate.point != point or not _marked(situation, member, fate)):
            fate = None
        pipe.send(Step(point, member, fate is not None))
        if fate is not None:
            os.kill(os.getpid(), fate.signal)

    settings = Settings.from_env(orders.environ)
    async with open_worker(settings, clock=clock, pace=orders.pace) as process:
        worker = process.worker
        worker.checkpoint = reach
        worker._concurrency = orders.concurrency

        def hear() -> None:
            nonlocal situation
            try:
                situation = pipe.recv()
            except EOFError:
                loop.remove_reader(pipe.fileno())
                stop.set()
            else:
                clock.offset = situation.offset
                worker.nudge()

        loop.add_reader(pipe.fileno(), hear)
        await process.run(listen=None, stop=stop)
        loop.remove_reader(pipe.fileno())


def _marked(situation: Situation, member: str, fate: Fate) -> bool:
    for number in range(fate.times):
        with suppress(FileExistsError):
            (situation.marks / f"{member.replace('/', '-')}.{number}").touch(exist_ok=False)
            return True
    return False
