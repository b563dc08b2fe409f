"""What was fetched with a credential, sealed: reached, and forgotten, only through it.

An entry is bound to scope, fingerprint and place. It is indexed by its credential, so that all of
it goes when the connection goes. What was on its way during a purge is not kept afterwards.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from bot.clock import Ids
from bot.errors import SealError
from bot.models.credential import Access, Credential
from bot.store import keys
from bot.store.redis import Redis, milliseconds, translate_errors
from bot.store.vault import Vault

_WITHIN = 1.0
_BATCH = 100

# KEYS: purges, entry, index. ARGV: mark, value, TTL of entry, TTL of index (ms).
_STORE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('SADD', KEYS[3], KEYS[2])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1
"""
# KEYS: entry. ARGV: the value that it must have.
_DROP = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end
return 0
"""


class Entry(NamedTuple):
    """Where one thing is cached: its kind and key, and what it is bound to besides the access."""

    kind: str
    key: str
    place: tuple[str, ...] = ()


class SealedCache:
    """Entries of all kinds. Raises StoreUnavailableError a second after Redis went away."""

    def __init__(self, redis: Redis, vault: Vault, ids: Ids) -> None:
        self._redis = redis
        self._vault = vault
        self._ids = ids
        self._store = redis.register_script(_STORE)
        self._drop = redis.register_script(_DROP)

    async def sealed(self, entries: Sequence[Entry]) -> list[str | None]:
        """Return what is cached of one scope as it is in Redis, for `open`."""
        found: list[str | None] = []
        names = [entry.key for entry in entries]
        async with translate_errors(_WITHIN):
            for start in range(0, len(names), _BATCH):
                found += await self._redis.mget(names[start : start + _BATCH])
        return found

    def open(self, access: Access, entry: Entry, sealed: str | None) -> bytes | None:
        """Open an entry; None for one that is not there, or was moved or damaged."""
        if sealed is None:
            return None
        try:
            return self._vault.open(entry.kind, self._bound(access, entry), sealed)
        except SealError:
            return None

    async def marked(self, scope: str, entries: Sequence[Entry]) -> tuple[str, list[str | None]]:
        """Return a mark and what `sealed` does.

        The mark tells where the scope's purges stand: taken before a fetch, for `store` after it.
        """
        async with translate_errors(_WITHIN):
            mark, *found = await self._redis.mget(
                [keys.purges(scope), *(entry.key for entry in entries)]
            )
        return mark or "", found

    async def store(
        self, access: Access, entry: Entry, data: bytes, *, ttl: timedelta, mark: str
    ) -> str | None:
        """Keep data for `ttl` and return it sealed.

        None if something of the scope was purged since the mark; then it is not kept.
        """
        sealed = self._vault.seal(entry.kind, self._bound(access, entry), data)
        index = keys.cached(access.scope, self._credential_ids(access.scope, access.credential)[0])
        async with translate_errors(_WITHIN):
            stored = await self._store(
                keys=[keys.purges(access.scope), entry.key, index],
                args=[
                    mark,
                    sealed,
                    milliseconds(min(ttl, keys.CACHE_TTL)),
                    milliseconds(keys.INDEX_TTL),
                ],
            )
        return sealed if stored else None

    async def drop(self, access: Access, entry: Entry, unwanted: Callable[[bytes], bool]) -> None:
        """Forget an entry if it holds what is unwanted."""
        async with translate_errors(_WITHIN):
            sealed = await self._redis.get(entry.key)
            data = self.open(access, entry, sealed)
            if sealed is not None and data is not None and unwanted(data):
                await self._drop(keys=[entry.key], args=[sealed])

    async def forget(self, scope: str, entries: Sequence[Entry]) -> None:
        """Forget entries, whatever they hold."""
        await self.begin_purge(scope)
        if entries:
            async with translate_errors():
                await self._redis.unlink(*(entry.key for entry in entries))

    async def purge_fingerprint(self, access: Access) -> None:
        """Forget all that was fetched with a credential at one endpoint."""
        await self._purge(access.scope, access.credential, access.fingerprint)

    async def purge_credential(self, scope: str, credential: Credential) -> None:
        """Forget all that was fetched with a credential in a scope."""
        await self._purge(scope, credential, None)

    async def begin_purge(self, scope: str) -> None:
        """Let nothing of a scope be stored that is being fetched at this moment."""
        async with translate_errors():
            await self._redis.set(
                keys.purges(scope), self._ids.new(), px=milliseconds(keys.PURGES_TTL)
            )

    async def _purge(self, scope: str, credential: Credential, fingerprint: str | None) -> None:
        await self.begin_purge(scope)
        # What was cached before a change of keys is filed under the older key's id.
        for credential_id in self._credential_ids(scope, credential):
            index = keys.cached(scope, credential_id)
            async with translate_errors():
                found = [
                    key
                    for key in await self._redis.smembers(index)
                    if fingerprint is None or keys.fingerprint_in(key) == fingerprint
                ]
                if found:
                    await self._redis.srem(index, *found)
                    await self._redis.unlink(*found)

    @staticmethod
    def _bound(access: Access, entry: Entry) -> tuple[str, ...]:
        return (access.scope, access.fingerprint, *entry.place)

    def _credential_ids(self, scope: str, credential: Credential) -> tuple[str, ...]:
        """Return what stands for a credential at any endpoint, under each key of the ring."""
        text = credential.model_dump_json(context={"reveal": True})
        return self._vault.fingerprints("credential", scope, text)
