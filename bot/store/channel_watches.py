"""Which watches ring in a channel, by whose they are; what they are is in `bot.store.watches`."""

from bot.models.connection import Owner
from bot.store import keys
from bot.store.redis import Redis, translate_errors


class ChannelWatchIndex:
    """Knows the ids of a person's channel watches."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, owner: Owner, watch_id: str) -> None:
        """Add a watch: before it is stored, so that none is ever missed."""
        async with translate_errors():
            await self._redis.sadd(keys.channel_watches(*owner), watch_id)

    async def ids(self, owner: Owner) -> list[str]:
        """Return the ids, sorted."""
        async with translate_errors():
            return sorted(await self._redis.smembers(keys.channel_watches(*owner)))

    async def remove(self, owner: Owner, watch_id: str) -> None:
        """Strike a watch off: after it is deleted."""
        async with translate_errors():
            await self._redis.srem(keys.channel_watches(*owner), watch_id)

    async def forget_owner(self, owner: Owner) -> None:
        """Strike all of a person's off; for a purge."""
        async with translate_errors():
            await self._redis.unlink(keys.channel_watches(*owner))
