"""Which bot token speaks for a scope: one from the environment, or one for each installation."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.errors import NotAllowedError, StoreUnavailableError
from bot.models.installation import Installation

_KEPT = timedelta(seconds=60)
_LOOKUP_TIMEOUT = 0.5


class InstallationStore(Protocol):
    """Where installations are kept."""

    async def find(self, scope: str) -> Installation | None:
        """Return the installation of a scope, if there is one."""
        ...

    async def delete(self, scope: str) -> None:
        """Forget it."""
        ...


class Installations:
    """Looks installations up, keeping each in the process for a minute.

    `fixed` is the one that the environment's bot token belongs to; then there are no others.
    """

    def __init__(
        self, store: InstallationStore, clock: Clock, *, fixed: Installation | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._fixed = fixed
        self._kept: dict[str, tuple[datetime, Installation]] = {}

    async def find(self, scope: str) -> Installation:
        """Return the installation of a scope within half a second.

        Raises `NotAllowedError` when there is none, `StoreUnavailableError` when Redis cannot say.
        """
        if self._fixed is not None:
            if self._fixed.scope != scope:
                raise NotAllowedError("This app is not installed in your workspace.")
            return self._fixed
        kept = self._kept.get(scope)
        if kept is not None and self._clock.wall() - kept[0] < _KEPT:
            return kept[1]
        try:
            async with asyncio.timeout(_LOOKUP_TIMEOUT):
                found = await self._store.find(scope)
        except TimeoutError:
            raise StoreUnavailableError("the installation could not be looked up") from None
        if found is None:
            raise NotAllowedError("This app is not installed in your workspace.")
        self._kept[scope] = (self._clock.wall(), found)
        return found

    async def bot_token(self, scope: str) -> str:
        """Return the token that the bot speaks with in a scope; raises as `find` does."""
        return (await self.find(scope)).bot_token.get_secret_value()

    async def forget(self, scope: str) -> None:
        """Delete an installation, here at once and in the other processes within a minute."""
        self._kept.pop(scope, None)
        await self._store.delete(scope)
