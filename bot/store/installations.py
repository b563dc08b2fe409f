"""Slack installations: the bot's token for each workspace or organisation, sealed."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from bot.errors import SealError
from bot.models.installation import Installation
from bot.store import _records, keys
from bot.store.redis import ANSWER_WITHIN, Redis, translate_errors
from bot.store.rotation import Sealed
from bot.store.scopes import Scopes
from bot.store.vault import Vault

_KIND = "installation"


class Installations(NamedTuple):
    """All installations, and the scopes of those that cannot be opened."""

    readable: tuple[Installation, ...]
    unreadable: tuple[str, ...] = ()


class InstallationStore:
    """Keeps one installation for each scope until it is deleted."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault
        self._scopes = Scopes(redis)

    async def save(self, installation: Installation) -> None:
        """Store an installation, in the place of the scope's former one."""
        scope = installation.scope
        sealed = _records.seal(self._vault, _KIND, (scope,), installation)
        await self._scopes.add(scope)
        async with translate_errors():
            await self._redis.set(keys.installation(scope), sealed)

    async def find(
        self,
        scope: str,
        timeout: float = ANSWER_WITHIN,  # noqa: ASYNC109 - ends in the store's own error
    ) -> Installation | None:
        """Return a scope's installation, None when there is none; `timeout` is in seconds.

        Raises StoreUnavailableError when Redis does not answer in time, SealError when the
        installation cannot be opened.
        """
        async with translate_errors(timeout):
            sealed = await self._redis.get(keys.installation(scope))
        if sealed is None:
            return None
        return _records.unseal(self._vault, _KIND, (scope,), sealed, Installation)

    async def delete(self, scope: str) -> None:
        """Forget an installation. What else is stored of the scope goes with a purge."""
        async with translate_errors():
            await self._redis.unlink(keys.installation(scope))

    async def all(self) -> Installations:
        """Return every installation, with those that cannot be opened by their scopes."""
        readable, unreadable = [], []
        for scope in await self._scopes.all():
            try:
                found = await self.find(scope)
            except SealError:
                unreadable.append(scope)
            else:
                readable.extend([found] if found is not None else [])
        return Installations(tuple(readable), tuple(unreadable))

    async def sealed(self) -> AsyncIterator[Sealed]:
        """Yield every stored installation as it is, for a change of keys."""
        for scope in await self._scopes.all():
            key = keys.installation(scope)
            async with translate_errors():
                value = await self._redis.get(key)
            if value is not None:
                yield Sealed(key, "", _KIND, (scope,), value)
