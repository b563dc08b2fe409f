"""The replay guard: what Slack sends twice is done once."""

from collections import OrderedDict
from datetime import timedelta

from bot.clock import Clock
from bot.errors import StoreUnavailableError
from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors

_WITHIN = 0.5
_MOST = 10_000


class SeenStore:
    """Tells the first from the rest, in all processes; without Redis in this one only."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._ends: OrderedDict[str, float] = OrderedDict()

    async def first(self, scope: str, seen_id: str, ttl: timedelta) -> bool:
        """Tell whether an id comes for the first time within `ttl`. Never raises for Redis."""
        key = keys.seen(scope, seen_id)
        now = self._clock.monotonic()
        if self._ends.get(key, now) > now:
            return False
        # Marked before Redis is asked: a second one may come while the first waits.
        self._ends[key] = now + ttl.total_seconds()
        self._ends.move_to_end(key)
        while len(self._ends) > _MOST:
            self._ends.popitem(last=False)
        try:
            async with translate_errors(_WITHIN):
                return bool(
                    await self._redis.set(key, 1, px=milliseconds(min(ttl, keys.SEEN_TTL)), nx=True)
                )
        except StoreUnavailableError:
            return True
