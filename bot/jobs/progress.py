"""How far the workers are, for whoever moves the clock and must not leave anything out."""

from datetime import datetime
from typing import NamedTuple, Protocol

from bot.clock import Clock
from bot.store.due import DueIndex
from bot.store.scopes import Scopes
from bot.store.watches import WatchStore


class Busy(Protocol):
    """Who may be working."""

    @property
    def idle(self) -> bool:
        """Tell whether nothing is being worked on at the moment."""
        ...


class State(NamedTuple):
    """How far the workers are at one moment.

    `idle` when nothing is due or being looked after, by any worker. `next_send` is when anything
    may be sent next, None while nothing is in sight. Watches also look in between, for what has
    changed; what they would see then, they see at their next sending at the latest.
    """

    idle: bool
    next_send: datetime | None


class Progress:
    """Tells how far the workers are."""

    def __init__(
        self, *, index: DueIndex, watches: WatchStore, scopes: Scopes, worker: Busy, clock: Clock
    ) -> None:
        self._index = index
        self._watches = watches
        self._scopes = scopes
        self._worker = worker
        self._clock = clock

    async def state(self) -> State:
        """Return how far the workers are now."""
        dues, idle = [], await self._nothing_to_do()
        for scope in await self._scopes.all():
            async for ref, planned in self._watches.next_sends(scope):
                place = await self._index.place(ref.member)
                # It has been claimed meanwhile: nobody knows when it will send next.
                idle = idle and place != "claimed"
                if isinstance(place, datetime):
                    # What was put off goes out when the watch is looked after again.
                    dues.append(max(planned, place))
        return State(idle, min(dues, default=None))

    async def _nothing_to_do(self) -> bool:
        state = await self._index.peek()
        due = state.next_due is not None and state.next_due <= self._clock.now()
        return self._worker.idle and not state.claimed and not due
