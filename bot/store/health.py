"""Health: how each connection is doing, for its owner to see."""

from collections.abc import Mapping

from bot.clock import Clock
from bot.errors import SealError
from bot.lately import Lately
from bot.models.connection import Owner
from bot.models.health import Health
from bot.store import _records, keys
from bot.store.redis import Redis, milliseconds, translate_errors
from bot.store.vault import Vault

_KIND = "health"

# KEYS: health, connections. ARGV: TTL (ms), then id and sealed in turn. A connection that has been
# removed in the meantime gets none.
_PUT = """
for i = 2, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""
# KEYS: health. ARGV: id.
_REMOVE = "return redis.call('HDEL', KEYS[1], ARGV[1])"


class HealthStore:
    """Remembers for 30 days how readings went. What is lost or unreadable is not known."""

    def __init__(self, redis: Redis, vault: Vault, clock: Clock) -> None:
        self._redis = redis
        self._vault = vault
        self._recorded: Lately[tuple[Owner, str], Health] = Lately(clock)
        self._put = redis.register_script(_PUT)
        self._remove = redis.register_script(_REMOVE)

    async def record(self, owner: Owner, healths: Mapping[str, Health]) -> None:
        """Remember how a person's connections are doing, by their ids.

        One without `read_at` keeps the time of its last good reading. What this process has
        recorded within the last minute, and has not changed, is not recorded again.
        """
        changed = {
            connection_id: health
            for connection_id, health in healths.items()
            if self._recorded.get((owner, connection_id)) != health
        }
        if not changed:
            return
        lasting = any(health.read_at is None for health in changed.values())
        known = await self.all(owner) if lasting else {}
        args: list[str | int] = [milliseconds(keys.HEALTH_TTL)]
        for connection_id, health in changed.items():
            merged = _merge(known.get(connection_id), health)
            bound = (*owner, connection_id)
            args += [connection_id, _records.seal(self._vault, _KIND, bound, merged)]
        async with translate_errors():
            await self._put(keys=[keys.health(*owner), keys.connections(*owner)], args=args)
        for connection_id, health in changed.items():
            self._recorded.keep((owner, connection_id), health)

    async def all(self, owner: Owner) -> dict[str, Health]:
        """Return what is known of a person's connections, by their ids."""
        async with translate_errors():
            found = await self._redis.hgetall(keys.health(*owner))
        healths = {}
        for connection_id, sealed in found.items():
            try:
                healths[connection_id] = _records.unseal(
                    self._vault, _KIND, (*owner, connection_id), sealed, Health
                )
            except SealError:
                continue
        return healths

    async def forget(self, owner: Owner, connection_id: str) -> None:
        """Forget how a removed connection was doing."""
        async with translate_errors():
            await self._remove(keys=[keys.health(*owner)], args=[connection_id])

    async def forget_owner(self, owner: Owner) -> None:
        """Forget what is known of all of a person's connections; for a purge."""
        async with translate_errors():
            await self._redis.unlink(keys.health(*owner))


def _merge(before: Health | None, health: Health) -> Health:
    if before is None or health.read_at is not None:
        return health
    return health.model_copy(update={"read_at": before.read_at})
