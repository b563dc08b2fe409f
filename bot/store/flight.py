"""Single flight: what many ask for at once is done once, in this process and across processes.

Inside a process all callers share one task. Across processes one holds a lock, which it renews
while it works; the others look for what it leaves. Without Redis each process does it for itself.
Who asked here need not wait until the result is left for others: the lock goes only after that.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from bot.clock import Ids
from bot.errors import StoreUnavailableError
from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=5)
_RENEWALS_PER_LEASE = 3
_FIRST_POLL_SECONDS = 0.02
_LONGEST_POLL_SECONDS = 0.25
_WITHIN = 1.0

# KEYS: lock. ARGV: our token, lease (ms). Answers with the token of the holder.
_TAKE = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
"""
# KEYS: lock. ARGV: our token, lease (ms), 0 to give it back.
_EXTEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('UNLINK', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

_Value = TypeVar("_Value")
Look = Callable[[], Awaitable[_Value | None]]
Work = Callable[[], Awaitable[_Value]]
Keep = Callable[[_Value], Awaitable[None]]


@dataclass(frozen=True)
class _Errand(Generic[_Value]):
    """What is to be done once, and where its result is waited for."""

    look: Look[_Value] | None
    work: Work[_Value]
    keep: Keep[_Value] | None
    landing: "asyncio.Future[_Value]"

    async def do(self) -> None:
        """Work, hand out the result, then leave it for others."""
        value = await self.work()
        self.landing.set_result(value)
        if self.keep is not None:
            await self.keep(value)


class Flight:
    """Shares work. `lease` is how long a killed process keeps the others waiting."""

    def __init__(self, redis: Redis, ids: Ids, *, lease: timedelta = LEASE) -> None:
        self._redis = redis
        self._ids = ids
        self._lease = lease
        self._take = redis.register_script(_TAKE)
        self._extend = redis.register_script(_EXTEND)
        self._landings: dict[str, asyncio.Future[Any]] = {}
        self._tasks: dict[asyncio.Task[None], asyncio.Future[Any]] = {}

    async def run(
        self,
        scope: str,
        name: str,
        *,
        look: Look[_Value] | None,
        work: Work[_Value],
        keep: Keep[_Value] | None = None,
    ) -> _Value:
        """Return what `work` gives, done once for all who ask for the same name of a scope.

        `look` finds what another process has left, None when there is nothing; without it the work
        is shared in this process only. `keep` leaves the result for `look`: nobody here waits for
        it. What the work raises goes to all callers of this process; other processes then try for
        themselves. A cancelled caller leaves the others alone.
        """
        key = keys.lock(scope, name)
        landing: asyncio.Future[_Value] | None = self._landings.get(key)
        if landing is None or landing.done():
            landing = asyncio.get_running_loop().create_future()
            self._landings[key] = landing
            landing.add_done_callback(lambda done: self._landed(key, done))
            task = asyncio.create_task(self._fly(key, _Errand(look, work, keep, landing)))
            self._tasks[task] = landing
            task.add_done_callback(self._tasks.pop)
        return await asyncio.shield(landing)

    async def close(self) -> None:
        """Give up what is still under way. What was handed out is left for others first."""
        tasks = list(self._tasks.items())
        for task, landing in tasks:
            if not landing.done():
                task.cancel()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)

    def _landed(self, key: str, landing: "asyncio.Future[Any]") -> None:
        if self._landings.get(key) is landing:
            del self._landings[key]
        if not landing.cancelled():
            # Looked at, so that nobody complains when all callers have gone.
            landing.exception()

    async def _fly(self, key: str, errand: _Errand[Any]) -> None:
        landing = errand.landing
        try:
            await (errand.do() if errand.look is None else self._across(key, errand.look, errand))
        except asyncio.CancelledError:
            landing.cancel()
            raise
        except Exception as error:
            if landing.done():  # it is handed out: that others must do it again is all that is lost
                logger.exception("a result was not left for other processes")
            else:
                landing.set_exception(error)

    async def _across(self, key: str, look: Look[_Value], errand: _Errand[_Value]) -> None:
        token = self._ids.new()
        held, value = False, None
        try:
            with suppress(StoreUnavailableError):
                held, value = await self._turn(key, token, look)
            if value is not None:
                errand.landing.set_result(value)
            elif held:
                async with self._renewed(key, token):
                    await errand.do()
            else:
                await errand.do()
        finally:
            if held:
                await self._give_back(key, token)

    async def _turn(self, key: str, token: str, look: Look[_Value]) -> tuple[bool, _Value | None]:
        """Wait for our turn; return whether we hold the lock, and what others have left."""
        holder = await self._lock(key, token)
        if holder is None:
            return True, await look()
        value = await self._follow(key, holder, look)
        if value is not None:
            return False, value
        # The one that we followed has failed. Whoever takes the lock now, nobody waits twice.
        return await self._lock(key, token) is None, None

    async def _lock(self, key: str, token: str) -> str | None:
        """Take the lock, or return the token of its holder."""
        async with translate_errors(_WITHIN):
            holder: str = await self._take(keys=[key], args=[token, milliseconds(self._lease)])
        return None if holder == token else holder

    async def _follow(self, key: str, holder: str, look: Look[_Value]) -> _Value | None:
        """Return what the holder leaves, None when it ends without."""
        pause = _FIRST_POLL_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL_SECONDS)
            async with translate_errors(_WITHIN):
                holds = await self._redis.get(key) == holder
            # In this order: what a holder leaves is there before its lock has gone.
            value = await look()
            if value is not None or not holds:
                return value

    @asynccontextmanager
    async def _renewed(self, key: str, token: str) -> AsyncIterator[None]:
        renewal = asyncio.create_task(self._renew(key, token))
        try:
            yield
        finally:
            renewal.cancel()

    async def _renew(self, key: str, token: str) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / _RENEWALS_PER_LEASE)
            with suppress(StoreUnavailableError):
                async with translate_errors(_WITHIN):
                    await self._extend(keys=[key], args=[token, milliseconds(self._lease)])

    async def _give_back(self, key: str, token: str) -> None:
        with suppress(StoreUnavailableError):
            async with translate_errors(_WITHIN):
                await self._extend(keys=[key], args=[token, 0])
