"""How far the workers are, for whoever moves the clock and must not leave anything out."""

from datetime import datetime, timedelta
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


LOOKS = timedelta(days=1)
"""How far apart looks may be while somebody moves the clock."""


class State(NamedTuple):
    """How far the workers are at one moment.

    `idle` when nothing is due or being looked after, by any worker. `next_stop` is until when the
    clock may be moved without leaving anything out: to the next sending, or to the looks of the
    next day; None when there are no watches, or while this process looks after one.
    """

    idle: bool
    next_stop: datetime | None


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
        if self._works():
            # Asked again and again while it works: what else there is does not matter until then.
            return State(idle=False, next_stop=None)
        index, now = await self._index.peek(), self._clock.now()
        first = index.next_due
        idle = not (self._works() or index.claimed) and (first is None or first > now)
        stops = [] if first is None else [first + LOOKS]
        for scope in await self._scopes.all():
            async for ref, planned in self._watches.next_sends(scope):
                place = await self._index.place(ref.member)
                # It has been claimed meanwhile: nobody knows when it will send next.
                idle = idle and place != "claimed"
                if isinstance(place, datetime):
                    # What was put off goes out when the watch is looked after again.
                    stops.append(max(planned, place))
        return State(idle, min(stops, default=None))

    def _works(self) -> bool:
        return not self._worker.idle
