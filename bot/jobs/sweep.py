"""The hourly sweep: the due index is only a hint, so what it should hold is put there again."""

import logging
from datetime import timedelta

from bot import metrics
from bot.clock import Clock
from bot.services.reminders import ReminderService
from bot.services.takedowns import Takedowns
from bot.store.connections import ConnectionStore
from bot.store.due import DueIndex
from bot.store.scopes import Scopes
from bot.store.watches import Ref, WatchStore

PARKED_FOR = timedelta(days=1)
"""How long what failed too often is left alone."""

_BETWEEN_BATCHES = timedelta(seconds=1)

logger = logging.getLogger(__name__)


class Sweep:
    """Finds watches without a due entry, people without a watch, and shares that should have ended."""

    def __init__(
        self,
        *,
        scopes: Scopes,
        watches: WatchStore,
        connections: ConnectionStore,
        index: DueIndex,
        reminders: ReminderService,
        takedowns: Takedowns,
        clock: Clock,
    ) -> None:
        self._scopes = scopes
        self._watches = watches
        self._connections = connections
        self._index = index
        self._reminders = reminders
        self._takedowns = takedowns
        self._clock = clock

    async def run(self) -> int:
        """Sweep all scopes; return how many watches had no due entry or were not there."""
        due, added = self._clock.now(), 0
        for scope in await self._scopes.all():
            known: set[str] = set()
            async for batch in self._watches.ids(scope):
                known.update(batch)
                members = [Ref(scope, watch_id).member for watch_id in batch]
                added += await self._index.add_missing(members, due)
                # A whole index that was lost comes back little by little.
                due += _BETWEEN_BATCHES
            added += await self._make_missing(scope, known)
            await self._takedowns.sweep(scope)
        await self._index.revive(due, parked_for=PARKED_FOR)
        metrics.ADDED.inc(added)
        return added

    async def _make_missing(self, scope: str, known: set[str]) -> int:
        made = 0
        for owner in await self._connections.owners(scope):
            if owner.user not in known:
                await self._reminders.connections_changed(owner)
                made += 1
        return made
