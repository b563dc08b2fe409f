"""Rates: how often a kind of call may be made in a workspace, over all processes.

A generic cell rate algorithm by Redis' clock. Who comes too early is promised a place, so that many
who wait do not all come back for the same one. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

PROMISED_FOR = timedelta(seconds=30)
"""How long a promised place is kept for who comes late."""

_TIME = """
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local function keep(tat, blocked)
  local function clear(number) return string.format('%.0f', number) end
  redis.call('HSET', KEYS[1], 'tat', clear(tat), 'blocked', clear(blocked))
  local ttl = math.max(tat, blocked) - clock + 60000
  redis.call('PEXPIRE', KEYS[1], clear(math.min(ttl, tonumber(ARGV[1]))))
end
local tat = tonumber(redis.call('HGET', KEYS[1], 'tat') or 0)
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or 0)
"""
# KEYS: rate. ARGV: longest TTL, interval, tolerance, promise or empty, for how long it is kept
# (all ms), whether to promise another. Answers with the place (ms, as text) and how long it is
# until then.
_TAKE = """
local interval, tolerance, promise = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if promise and promise >= blocked and clock < promise + ARGV[5] then
  return {ARGV[4], math.max(promise - clock, 0)}
end
local place = math.max(clock, blocked, tat - tolerance)
if place == clock or ARGV[6] == '1' then
  keep(math.max(tat, place) + interval, blocked)
end
return {string.format('%.0f', place), place - clock}
"""
# KEYS: rate. ARGV: longest TTL, tolerance, how long (ms).
_BLOCK = """
blocked = math.max(blocked, clock + ARGV[3])
keep(math.max(tat, blocked + ARGV[2]), blocked)
return 1
"""


class Rate(NamedTuple):
    """One call each `interval`, after a burst of so many."""

    name: str
    interval: timedelta
    burst: int


class Place(NamedTuple):
    """When a call may be made, by Redis' clock, and how long it is until then: nothing for now."""

    at: datetime
    wait: timedelta


class Rates:
    """Tells who may call now, and who when."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(_TIME + _TAKE)
        self._block = redis.register_script(_TIME + _BLOCK)

    async def take(self, scope: str, rate: Rate, promised: datetime | None = None) -> Place:
        """Take the next free place in a scope, or the one that was promised before.

        A promise is void half a minute after its time, and when calls were blocked since.
        """
        return await self._ask(scope, rate, promised, promise=True)

    async def attempt(self, scope: str, rate: Rate) -> Place:
        """Take a place if one is free now; otherwise none is promised."""
        return await self._ask(scope, rate, None, promise=False)

    async def _ask(
        self, scope: str, rate: Rate, promised: datetime | None, *, promise: bool
    ) -> Place:
        mine = "" if promised is None else (promised - _EPOCH) // _MILLISECOND
        async with translate_errors():
            at, wait = await self._take(
                keys=[keys.rate(scope, rate.name)],
                args=[
                    milliseconds(keys.RATE_TTL),
                    milliseconds(rate.interval),
                    _tolerance(rate),
                    mine,
                    milliseconds(PROMISED_FOR),
                    int(promise),
                ],
            )
        return Place(_EPOCH + int(at) * _MILLISECOND, int(wait) * _MILLISECOND)

    async def block(self, scope: str, rate: Rate, length: timedelta) -> None:
        """Let nobody call for a while: Slack said so. After it there is no burst."""
        async with translate_errors():
            await self._block(
                keys=[keys.rate(scope, rate.name)],
                args=[
                    milliseconds(keys.RATE_TTL),
                    _tolerance(rate),
                    milliseconds(min(length, keys.RATE_TTL)),
                ],
            )


def _tolerance(rate: Rate) -> int:
    return milliseconds(rate.interval) * (rate.burst - 1)
