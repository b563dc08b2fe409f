"""Connections: each person's credentials and targets, sealed for that person alone."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import NamedTuple

from bot.errors import SealError
from bot.models.connection import Connection, Owner
from bot.store import _records, keys
from bot.store.redis import Redis, translate_errors
from bot.store.rotation import Sealed
from bot.store.scopes import Scopes
from bot.store.vault import Vault

_KIND = "connection"

# KEYS: connections, owners. ARGV: user, id, sealed.
_PUT = """
redis.call('SADD', KEYS[2], ARGV[1])
return redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
"""
# KEYS: connections. ARGV: id, what was read, what takes its place.
_EXCHANGE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""
# KEYS: connections, owners. ARGV: user, id. Answers with what was there.
_REMOVE = """
local sealed = redis.call('HGET', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[1], ARGV[2])
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
return sealed
"""
# KEYS: connections, owners. ARGV: user. Answers with all that was there.
_REMOVE_ALL = """
local all = redis.call('HGETALL', KEYS[1])
redis.call('UNLINK', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return all
"""


class Connections(NamedTuple):
    """A person's connections, oldest first, and the ids of those that cannot be opened."""

    readable: tuple[Connection, ...]
    unreadable: tuple[str, ...] = ()


class ConnectionStore:
    """Keeps connections until they are removed. Owner and id are bound into what is sealed."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault
        self._scopes = Scopes(redis)
        self._put = redis.register_script(_PUT)
        self._exchange = redis.register_script(_EXCHANGE)
        self._remove = redis.register_script(_REMOVE)
        self._remove_all = redis.register_script(_REMOVE_ALL)

    async def all(self, owner: Owner) -> Connections:
        """Return all connections of a person, with those that cannot be opened by their ids."""
        async with translate_errors():
            found = await self._redis.hgetall(keys.connections(*owner))
        return self._open_all(owner, found)

    async def get(self, owner: Owner, connection_id: str) -> Connection | None:
        """Return one connection, None when there is none; raise SealError when it is unreadable."""
        async with translate_errors():
            sealed = await self._redis.hget(keys.connections(*owner), connection_id)
        return None if sealed is None else self._open(owner, connection_id, sealed)

    async def put(self, connection: Connection) -> None:
        """Store a connection, in the place of the one with its id."""
        owner = connection.owner
        sealed = _records.seal(self._vault, _KIND, _bound(owner, connection.id), connection)
        await self._scopes.add(owner.scope)
        async with translate_errors():
            await self._put(keys=_keys(owner), args=[owner.user, connection.id, sealed])

    async def change(
        self, owner: Owner, connection_id: str, change: Callable[[Connection], Connection]
    ) -> Connection | None:
        """Change a connection as it is at this moment, and return what it became.

        None when it is not there, or no longer: what was removed stays so. Nothing that is
        written at the same time is lost; for that `change` may be called again. Raises SealError.
        """
        key = keys.connections(*owner)
        while True:
            async with translate_errors():
                sealed = await self._redis.hget(key, connection_id)
            if sealed is None:
                return None
            changed = change(self._open(owner, connection_id, sealed))
            anew = _records.seal(self._vault, _KIND, _bound(owner, connection_id), changed)
            async with translate_errors():
                if await self._exchange(keys=[key], args=[connection_id, sealed, anew]):
                    return changed

    async def remove(self, owner: Owner, connection_id: str) -> Connection | None:
        """Delete a connection and return it; None when there was none, or none that opens."""
        async with translate_errors():
            sealed: str | None = await self._remove(
                keys=_keys(owner), args=[owner.user, connection_id]
            )
        found = {} if sealed is None else {connection_id: sealed}
        return next(iter(self._open_all(owner, found).readable), None)

    async def remove_all(self, owner: Owner) -> Connections:
        """Delete all connections of a person and return what they were."""
        async with translate_errors():
            flat: list[str] = await self._remove_all(keys=_keys(owner), args=[owner.user])
        return self._open_all(owner, dict(_pairs(flat)))

    async def owners(self, scope: str) -> list[Owner]:
        """Return everybody in a scope who has connections."""
        async with translate_errors():
            users = await self._redis.smembers(keys.owners(scope))
        return [Owner(scope, user) for user in sorted(users)]

    async def sealed(self) -> AsyncIterator[Sealed]:
        """Yield every stored connection as it is, for a change of keys."""
        for scope in await self._scopes.all():
            for owner in await self.owners(scope):
                key = keys.connections(*owner)
                async with translate_errors():
                    found = await self._redis.hgetall(key)
                for connection_id, value in found.items():
                    yield Sealed(key, connection_id, _KIND, _bound(owner, connection_id), value)

    def _open(self, owner: Owner, connection_id: str, sealed: str) -> Connection:
        bound = _bound(owner, connection_id)
        return _records.unseal(self._vault, _KIND, bound, sealed, Connection)

    def _open_all(self, owner: Owner, found: Mapping[str, str]) -> Connections:
        readable, unreadable = [], []
        for connection_id, sealed in found.items():
            try:
                readable.append(self._open(owner, connection_id, sealed))
            except SealError:
                unreadable.append(connection_id)
        readable.sort(key=lambda connection: (connection.created_at, connection.id))
        return Connections(tuple(readable), tuple(sorted(unreadable)))


def _keys(owner: Owner) -> list[str]:
    return [keys.connections(*owner), keys.owners(owner.scope)]


def _bound(owner: Owner, connection_id: str) -> tuple[str, str, str]:
    # The source is inside, where it cannot be exchanged without the rest.
    return (owner.scope, owner.user, connection_id)


def _pairs(flat: Iterable[str]) -> Iterable[tuple[str, str]]:
    fields = iter(flat)
    return zip(fields, fields, strict=True)
