"""Heartbeats: which workers are alive, and which of them sweeps this hour."""

from datetime import timedelta

from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors

ALIVE_FOR = timedelta(minutes=1)
"""How long after its last beat a worker counts as alive."""

_TIME = """
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# KEYS: workers. ARGV: worker, how long it counts as alive, TTL (ms).
_BEAT = """
redis.call('ZADD', KEYS[1], clock, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', clock - ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
"""
# KEYS: workers. ARGV: worker.
_LEAVE = "return redis.call('ZREM', KEYS[1], ARGV[1])"
# KEYS: workers. ARGV: how long one counts as alive (ms).
_ALIVE = "return redis.call('ZCOUNT', KEYS[1], clock - ARGV[1], '+inf')"


class Heartbeats:
    """Counts the workers of all processes by Redis' clock."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._beat = redis.register_script(_TIME + _BEAT)
        self._leave = redis.register_script(_LEAVE)
        self._alive = redis.register_script(_TIME + _ALIVE)

    async def beat(self, worker: str) -> None:
        """Say that a worker is alive."""
        async with translate_errors():
            await self._beat(
                keys=[keys.workers()],
                args=[worker, milliseconds(ALIVE_FOR), milliseconds(keys.WORKERS_TTL)],
            )

    async def leave(self, worker: str) -> None:
        """Say that a worker has ended."""
        async with translate_errors():
            await self._leave(keys=[keys.workers()], args=[worker])

    async def alive(self) -> int:
        """Return how many workers are alive."""
        async with translate_errors():
            alive: int = await self._alive(keys=[keys.workers()], args=[milliseconds(ALIVE_FOR)])
        return alive

    async def begin_sweep(self) -> bool:
        """Tell whether whoever asks is to sweep: one of all, once an hour."""
        async with translate_errors():
            return bool(
                await self._redis.set(keys.sweep(), 1, px=milliseconds(keys.SWEEP_TTL), nx=True)
            )
