"""What a Redis says about itself: enough to tell whether it is fit to keep credentials."""

from typing import NamedTuple

from bot.store.redis import Redis, translate_errors


class Facts(NamedTuple):
    """Its name and version; whether it writes each change down; what it drops when it is full."""

    server: str
    appends: bool
    evicts: str


async def facts(redis: Redis) -> Facts:
    """Ask one server, of a Cluster any. What a managed service hides counts as well."""
    async with translate_errors():
        answer = await redis.info()
    # A Cluster answers by node.
    first = next(iter(answer.values()), None)
    told = first if isinstance(first, dict) else answer
    valkey = told.get("valkey_version")
    evicts = str(told.get("maxmemory_policy") or "noeviction")
    return Facts(
        server=f"Valkey {valkey}" if valkey else f"Redis {told.get('redis_version', '')}".strip(),
        appends=told.get("aof_enabled") != 0,
        evicts="" if evicts == "noeviction" else evicts,
    )
