"""Whatever is due goes to who looks after it: a watch, or what was shared in a scope."""

from datetime import datetime, timedelta

from bot.jobs.lease import Lease
from bot.jobs.wake import Waker
from bot.services.takedowns import Takedowns, is_shares
from bot.store.watches import Ref

_ONE_EACH = timedelta(seconds=30)
"""How long one message may take: it is deleted, or else emptied."""


class Caretaker:
    """Looks after what a due entry names."""

    def __init__(self, waker: Waker, takedowns: Takedowns) -> None:
        self._waker = waker
        self._takedowns = takedowns

    async def wake(self, ref: Ref, lease: Lease) -> datetime | None:
        """Look after it; return when to wake it next, None for never."""
        if not is_shares(ref):
            return await self._waker.wake(ref, lease)

        async def hold() -> None:
            # Should another have it by now, nothing is lost: to take down twice is to do it once.
            await lease.hold(_ONE_EACH)

        return await self._takedowns.tend(ref.scope, hold)
