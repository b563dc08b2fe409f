"""Purges: everything that is stored of a person, or of a whole installation, is deleted."""

from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from bot.models.connection import Connection, Owner
from bot.store import keys
from bot.store.access_tokens import AccessTokenCache
from bot.store.cache import SealedCache
from bot.store.connections import ConnectionStore
from bot.store.redis import Redis, translate_errors
from bot.store.scopes import Scopes

_BATCH = 500
_MOST_PASSES = 10


class OwnerStore(Protocol):
    """A store that keeps something of a person."""

    async def forget_owner(self, owner: Owner) -> None:
        """Delete all of it."""
        ...


class Purge:
    """Deletes across all stores. What fails half-way is finished by another try.

    `stores` are all those that keep something of a person besides the connections.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        cache: SealedCache,
        access_tokens: AccessTokenCache,
        connections: ConnectionStore,
        stores: Sequence[OwnerStore],
    ) -> None:
        self._redis = redis
        self._cache = cache
        self._access_tokens = access_tokens
        self._connections = connections
        self._stores = stores
        self._scopes = Scopes(redis)

    async def purge_connection(self, connection: Connection) -> None:
        """Forget what was fetched with a connection's credential."""
        scope, credential = connection.owner.scope, connection.credential
        self._access_tokens.forget(scope, credential)
        await self._cache.purge_credential(scope, credential)

    async def purge_owner(self, owner: Owner) -> None:
        """Delete everything that is stored of a person."""
        # The connections go last: they tell what was cached with them, also to a second try.
        for connection in (await self._connections.all(owner)).readable:
            await self.purge_connection(connection)
        for store in self._stores:
            await store.forget_owner(owner)
        for connection in (await self._connections.remove_all(owner)).readable:
            # Once more: it may have been read with in the meantime.
            await self.purge_connection(connection)

    async def purge_scope(self, scope: str) -> None:
        """Delete everything that is stored of an installation.

        For an hour a mark is left, an id without meaning, by which nothing that was still being
        fetched is stored afterwards.
        """
        await self._cache.begin_purge(scope)
        for _ in range(_MOST_PASSES):
            if not await self._delete_found(scope):
                break
        await self._scopes.remove(scope)

    async def _delete_found(self, scope: str) -> int:
        async with translate_errors(timeout=None):
            found = {key async for key in self._redis.scan_iter(keys.everything(scope), _BATCH)}
            remaining = iter(found - {keys.purges(scope)})
            deleted = 0
            while batch := list(islice(remaining, _BATCH)):
                deleted += await self._redis.unlink(*batch)
        return deleted
