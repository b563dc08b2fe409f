"""What the slash command is called in each workspace, for messages that nobody has asked for."""

from bot.clock import Clock
from bot.lately import Lately
from bot.store import keys
from bot.store.redis import Redis, translate_errors


class CommandNames:
    """Knows how people last called the bot. Other processes hear of it within a minute."""

    def __init__(self, redis: Redis, clock: Clock, default: str) -> None:
        self._redis = redis
        self._default = default
        self._names: dict[str, str] = {}
        self._kept: Lately[str, str] = Lately(clock)

    def of(self, scope: str) -> str:
        """Return what the command is called, as far as this process knows."""
        return self._names.get(scope, self._default)

    def heard(self, scope: str, name: str) -> None:
        """Take over what somebody has just typed."""
        self._names[scope] = name

    async def recall(self, scope: str) -> None:
        """Take over what any process has heard."""
        if self._kept.get(scope) is None:
            self._names[scope] = await self._read(scope)

    async def keep(self, scope: str) -> None:
        """Let all processes know what this one has heard."""
        name, kept = self.of(scope), self._kept.get(scope)
        if name != (kept or await self._read(scope)):
            async with translate_errors():
                await self._redis.set(keys.command_name(scope), name)
            self._kept.keep(scope, name)

    async def _read(self, scope: str) -> str:
        async with translate_errors():
            name = await self._redis.get(keys.command_name(scope)) or self._default
        self._kept.keep(scope, name)
        return name
