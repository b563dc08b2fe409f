"""The worker: claims what is due, looks after it, and lets it sleep again. As many as one likes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from bot import metrics
from bot.clock import Clock
from bot.errors import StoreUnavailableError, TokenbellError
from bot.jobs.lease import LEASE, Checkpoint, Lease, pass_by
from bot.store.due import Claim, End, Outcome
from bot.store.watches import Ref

CONCURRENCY = 50
DRAIN_SECONDS = 10.0
"""How long a worker that is told to stop finishes what it has claimed."""

_BEAT_SECONDS = 15.0
_SWEEP_SECONDS = 60.0
_PAUSE_SECONDS = 1.0
_GATHER_SECONDS = 0.005
_GATHERINGS = 4
_CANCEL_SECONDS = 0.1
_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=1)
_MOST_DOUBLINGS = 6

logger = logging.getLogger(__name__)


class Queue(Protocol):
    """Who hands out what is due: the due index, or an engine in its place."""

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        """Claim what is due, at most `limit`."""
        ...

    async def extend(self, claim: Claim, lease: timedelta) -> bool:
        """Let a claim's lease end so much later than now; tell whether it is still held."""
        ...

    async def finish(self, claim: Claim, due: datetime | None, outcome: Outcome = "done") -> End:
        """End a claim: let it be due again, None for never."""
        ...

    def idle_for(self, now: datetime) -> float:
        """Return for how many seconds nothing is known to be due."""
        ...


class Wakes(Protocol):
    """Who looks after a watch."""

    async def wake(self, ref: Ref, lease: Lease) -> datetime | None:
        """Look after it; return when to wake it next, None for never."""
        ...


class Sweeps(Protocol):
    """Who sweeps."""

    async def run(self) -> int:
        """Put into the index what it lacks."""
        ...


class Beats(Protocol):
    """Who knows which workers are alive."""

    async def beat(self, worker: str) -> None:
        """Say that one is."""
        ...

    async def leave(self, worker: str) -> None:
        """Say that one has ended."""
        ...

    async def begin_sweep(self) -> bool:
        """Tell whether whoever asks is to sweep this hour."""
        ...


class Worker:
    """Looks after up to `concurrency` watches at a time.

    `checkpoint` hears of every step; a test may let the process die there. `lease` is how long a
    worker that died holds what it had claimed.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        waker: Wakes,
        sweep: Sweeps,
        heartbeats: Beats,
        clock: Clock,
        name: str,
        concurrency: int = CONCURRENCY,
        lease: timedelta = LEASE,
    ) -> None:
        self._queue = queue
        self._waker = waker
        self._sweep = sweep
        self._heartbeats = heartbeats
        self._clock = clock
        self._name = name
        self._concurrency = concurrency
        self.lease = lease
        self.checkpoint: Checkpoint = pass_by
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Tell whether it looks after nothing at the moment."""
        return not self._tasks

    def nudge(self) -> None:
        """Let it see at once what has become due: the clock was moved."""
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish within ten seconds, and give back the rest."""
        background = {
            asyncio.create_task(self._forever(stop, _BEAT_SECONDS, self._beat)),
            asyncio.create_task(self._forever(stop, _SWEEP_SECONDS, self._sweep_hourly)),
            asyncio.create_task(self._nudge_at(stop)),
        }
        try:
            while not stop.is_set():
                self._changed.clear()
                if not await self._take(stop):
                    await self._wait()
        finally:
            stop.set()
            await _end(self._tasks | background, DRAIN_SECONDS)
            with suppress(StoreUnavailableError):
                await self._heartbeats.leave(self._name)

    async def _take(self, stop: asyncio.Event) -> bool:
        """Claim what there is room for; tell whether there may be more."""
        for _ in range(_GATHERINGS):
            if self._free in (0, self._concurrency) or self._free >= self._concurrency // 2:
                break
            # To claim one by one would cost a round trip each, and more for what each then needs.
            await asyncio.sleep(_GATHER_SECONDS)
        free = self._free
        if not free:
            return False
        try:
            claims = await self._queue.claim(self._clock.now(), free, self.lease)
        except StoreUnavailableError as error:
            logger.warning("nothing can be claimed: %s", error)
            await _pause(stop, _PAUSE_SECONDS)
            return True
        except Exception:  # with the worker the whole bot would end
            logger.exception("nothing can be claimed: unforeseen")
            await _pause(stop, _PAUSE_SECONDS)
            return True
        for claim in claims:
            task = asyncio.create_task(self._work(claim))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        metrics.CLAIMED.set(len(self._tasks))
        return len(claims) == free

    async def _wait(self) -> None:
        """Wait until something ends, or may be due."""
        seconds = self._queue.idle_for(self._clock.now()) if self._free else None
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    @property
    def _free(self) -> int:
        return self._concurrency - len(self._tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        metrics.CLAIMED.set(len(self._tasks))
        self._changed.set()

    async def _work(self, claim: Claim) -> None:
        """Look after one watch, whatever happens meanwhile."""
        started = self._clock.monotonic()
        lag = (self._clock.now() - claim.due).total_seconds()
        metrics.DUE_LAG.observe(max(lag, 0))
        lease = Lease(
            claim, self._queue, self._clock, length=self.lease, checkpoint=self.checkpoint
        )
        try:
            due, outcome = await self._look_after(claim, lease)
            await lease.reach("reschedule")
            end = await self._queue.finish(claim, due, outcome)
        except asyncio.CancelledError:
            await self._give_back(claim)
            raise
        except StoreUnavailableError as error:
            # The lease ends by itself.
            logger.warning("a watch could not be put back: %s", error)
            outcome, end = "failed", "lost"
        metrics.WAKES.labels(outcome if end == "kept" else end).inc()
        metrics.WAKE_SECONDS.observe(self._clock.monotonic() - started)

    async def _look_after(self, claim: Claim, lease: Lease) -> tuple[datetime | None, Outcome]:
        try:
            return await self._waker.wake(Ref.parse(claim.member), lease), "done"
        except StoreUnavailableError as error:
            # Not the watch's fault: it does not count.
            logger.warning("a watch has to wait: %s", error)
            return self._clock.now() + _RETRY, "back"
        except Exception:  # a fault of ours at one watch must not stop the others
            logger.exception("a watch could not be looked after")
            doubled = _RETRY * (1 << min(claim.attempts, _MOST_DOUBLINGS))
            return self._clock.now() + min(doubled, _LONGEST_RETRY), "failed"

    async def _give_back(self, claim: Claim) -> None:
        try:
            await self._queue.finish(claim, claim.due, "back")
        except StoreUnavailableError as error:
            logger.warning("a watch could not be given back: %s", error)

    async def _beat(self) -> None:
        await self._heartbeats.beat(self._name)

    async def _sweep_hourly(self) -> None:
        if await self._heartbeats.begin_sweep():
            added = await self._sweep.run()
            logger.info("the sweep found %d watches that nobody would have woken", added)

    async def _nudge_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.nudge()

    @staticmethod
    async def _forever(
        stop: asyncio.Event, seconds: float, action: Callable[[], Awaitable[None]]
    ) -> None:
        while not stop.is_set():
            try:
                await action()
            except TokenbellError as error:
                logger.warning("a routine failed, and is tried again: %s", error)
            except Exception:  # what runs beside the work must not end silently
                logger.exception("a routine failed, and is tried again: unforeseen")
            await _pause(stop, seconds)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _end(tasks: Collection[asyncio.Task[None]], seconds: float) -> None:
    """Wait for tasks, of which there is one at least, and cancel those that take longer."""
    _, late = await asyncio.wait(tasks, timeout=seconds)
    while late:
        # Again and again: in Python 3.11 `wait_for`, which redis-py uses, may swallow it.
        # https://github.com/python/cpython/issues/86296
        for task in late:
            task.cancel()
        _, late = await asyncio.wait(late, timeout=_CANCEL_SECONDS)
