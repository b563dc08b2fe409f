"""Flags: what was found out about a workspace and holds for a while."""

from datetime import timedelta

from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors

TABLES_REFUSED = "tables_refused"
REFUSED_FOR = timedelta(days=1)
"""How long it is remembered that Slack refuses tables in a workspace."""


class Flags:
    """Remembers up to a week that something is so, such as that Slack refuses tables there."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def is_set(self, scope: str, name: str) -> bool:
        """Tell whether a flag is set."""
        async with translate_errors():
            return await self._redis.exists(keys.flag(scope, name)) == 1

    async def set(self, scope: str, name: str, ttl: timedelta) -> None:
        """Set a flag for a time."""
        async with translate_errors():
            await self._redis.set(
                keys.flag(scope, name), 1, px=milliseconds(min(ttl, keys.FLAG_TTL))
            )

    async def clear(self, scope: str, name: str) -> None:
        """Clear a flag."""
        async with translate_errors():
            await self._redis.unlink(keys.flag(scope, name))
