"""Single flight: what many ask for at once is done once, in this process and across processes.

Inside a process all callers share one task. Across processes one holds a lock, which it renews
while it works; the others look for what it leaves. Without Redis each process does it for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from bot.clock import Ids
from bot.errors import StoreUnavailableError
from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors

_LEASE = timedelta(seconds=5)
_RENEWALS_PER_LEASE = 3
_FIRST_POLL_SECONDS = 0.02
_LONGEST_POLL_SECONDS = 0.25
_WITHIN = 1.0

# KEYS: lock. ARGV: our token, lease (ms). Answers with the holder's token, nil when it is ours.
_TAKE = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
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


class Flight:
    """Shares work. `lease` is how long a killed process keeps the others waiting."""

    def __init__(self, redis: Redis, ids: Ids, *, lease: timedelta = _LEASE) -> None:
        self._redis = redis
        self._ids = ids
        self._lease = lease
        self._take = redis.register_script(_TAKE)
        self._extend = redis.register_script(_EXTEND)
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    async def run(
        self, scope: str, name: str, *, look: Look[_Value] | None, work: Work[_Value]
    ) -> _Value:
        """Return what `work` gives, done once for all who ask for the same name of a scope.

        `look` finds what another process has left, None when there is nothing; without it the work
        is shared in this process only. What the work raises goes to all callers of this process;
        other processes then try for themselves. A cancelled caller leaves the others alone.
        """
        key = keys.lock(scope, name)
        task: asyncio.Task[_Value] | None = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(self._fly(key, look, work))
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up what is still under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _landed(self, key: str, task: asyncio.Task[Any]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            # Looked at, so that nobody complains when all callers have gone.
            task.exception()

    def _fly(
        self, key: str, look: Look[_Value] | None, work: Work[_Value]
    ) -> Coroutine[Any, Any, _Value]:
        return _alone(work) if look is None else self._across(key, look, work)

    async def _across(self, key: str, look: Look[_Value], work: Work[_Value]) -> _Value:
        token = self._ids.new()
        held, value = False, None
        try:
            with suppress(StoreUnavailableError):
                held, value = await self._turn(key, token, look)
            if value is not None:
                return value
            return await (self._holding(key, token, work) if held else work())
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
            holder: str | None = await self._take(
                keys=[key], args=[token, milliseconds(self._lease)]
            )
        return holder

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

    async def _holding(self, key: str, token: str, work: Work[_Value]) -> _Value:
        renewal = asyncio.create_task(self._renew(key, token))
        try:
            return await work()
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


async def _alone(work: Work[_Value]) -> _Value:
    return await work()
