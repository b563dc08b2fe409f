"""Flags: what was found out about a workspace and holds for a while."""

from datetime import timedelta

from bot.clock import Clock
from bot.lately import Lately
from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors

TABLES_REFUSED = "tables_refused"
REFUSED_FOR = timedelta(days=1)
"""How long it is remembered that Slack refuses tables in a workspace."""


class Flags:
    """Remembers up to a week that something is so, such as that Slack refuses tables there.

    What another process has found out since is heard of within a minute.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._known: Lately[str, bool] = Lately(clock)

    async def is_set(self, scope: str, name: str) -> bool:
        """Tell whether a flag is set."""
        key = keys.flag(scope, name)
        known = self._known.get(key)
        if known is None:
            async with translate_errors():
                known = await self._redis.exists(key) == 1
            self._known.keep(key, known)
        return known

    async def set(self, scope: str, name: str, ttl: timedelta) -> None:
        """Set a flag for a time."""
        key = keys.flag(scope, name)
        async with translate_errors():
            await self._redis.set(key, 1, px=milliseconds(min(ttl, keys.FLAG_TTL)))
        self._known.drop(key)

    async def clear(self, scope: str, name: str) -> None:
        """Clear a flag."""
        key = keys.flag(scope, name)
        async with translate_errors():
            await self._redis.unlink(key)
        self._known.drop(key)
