"""The registry of scopes: every installation of which something permanent is stored."""

from bot.store import keys
from bot.store.redis import Redis, translate_errors


class Scopes:
    """Knows all scopes, so that sweeps and changes of keys leave none out."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, scope: str) -> None:
        """Register a scope: before anything of it is stored, so that nothing is ever missed."""
        async with translate_errors():
            await self._redis.sadd(keys.scopes(), scope)

    async def all(self) -> list[str]:
        """Return all scopes, sorted."""
        async with translate_errors():
            return sorted(await self._redis.smembers(keys.scopes()))

    async def remove(self, scope: str) -> None:
        """Strike a scope off: after everything of it is deleted."""
        async with translate_errors():
            await self._redis.srem(keys.scopes(), scope)
