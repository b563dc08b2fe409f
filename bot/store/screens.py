"""Screens: what a message, button or form on somebody's screen stands for.

Slack carries only an opaque id; what belongs to it stays here, sealed, for a while.
"""

from datetime import timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, JsonValue

from bot.clock import Ids
from bot.errors import SealError
from bot.models.connection import Owner
from bot.store import _records, keys
from bot.store.redis import Redis, milliseconds, translate_errors
from bot.store.vault import Vault

_KIND = "screen"

# KEYS: screen, index. ARGV: id, sealed, TTL of screen, TTL of index (ms).
_PUT = """
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('SADD', KEYS[2], ARGV[1])
return redis.call('PEXPIRE', KEYS[2], ARGV[4])
"""


class Screen(NamedTuple):
    """What was stored: whose it is, what kind of thing, and its data."""

    id: str
    owner: Owner
    kind: str
    data: JsonValue


class _Record(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    user: str
    kind: str
    data: JsonValue


class ScreenStore:
    """Keeps screens up to a day. One that is lost, used up or unreadable is not there."""

    def __init__(self, redis: Redis, vault: Vault, ids: Ids) -> None:
        self._redis = redis
        self._vault = vault
        self._ids = ids
        self._put = redis.register_script(_PUT)

    async def put(self, owner: Owner, kind: str, data: JsonValue, ttl: timedelta) -> str:
        """Store data and return the id that stands for it."""
        screen_id = self._ids.new()
        record = _Record(user=owner.user, kind=kind, data=data)
        sealed = _records.seal(self._vault, _KIND, (owner.scope, screen_id), record)
        async with translate_errors():
            await self._put(
                keys=[keys.screen(owner.scope, screen_id), keys.screens(*owner)],
                args=[
                    screen_id,
                    sealed,
                    milliseconds(min(ttl, keys.SCREEN_TTL)),
                    milliseconds(keys.SCREEN_TTL),
                ],
            )
        return screen_id

    async def get(self, screen_id: str, scope: str) -> Screen | None:
        """Return what an id stands for, None when it is gone. Whoever asks checks the owner."""
        async with translate_errors():
            sealed = await self._redis.get(keys.screen(scope, screen_id))
        return self._open(screen_id, scope, sealed)

    async def take(self, screen_id: str, scope: str) -> Screen | None:
        """Return what an id stands for to the first who asks, and None to all others."""
        async with translate_errors():
            sealed = await self._redis.getdel(keys.screen(scope, screen_id))
        return self._open(screen_id, scope, sealed)

    async def forget_owner(self, owner: Owner) -> None:
        """Forget all screens of a person; for a purge."""
        index = keys.screens(*owner)
        async with translate_errors():
            found = await self._redis.smembers(index)
            await self._redis.unlink(
                index, *(keys.screen(owner.scope, screen_id) for screen_id in found)
            )

    def _open(self, screen_id: str, scope: str, sealed: str | None) -> Screen | None:
        if sealed is None:
            return None
        try:
            record = _records.unseal(self._vault, _KIND, (scope, screen_id), sealed, _Record)
        except SealError:
            return None
        return Screen(screen_id, Owner(scope, record.user), record.kind, record.data)
