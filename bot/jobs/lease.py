"""A worker's hold on a watch, and the points at which a test may let it die."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal, Protocol

from bot.clock import Clock
from bot.store.due import Claim

LEASE = timedelta(seconds=60)
"""How long a worker that died holds what it had claimed."""

Point = Literal["claim", "look", "plan", "begin", "post", "sent", "edit", "reschedule"]
"""Where a worker is: it has claimed, is about to look, plan, begin, post and so on."""

Checkpoint = Callable[[Point, str], Awaitable[None]]
"""Hears which watch a worker is about to do what with."""


async def pass_by(_point: Point, _member: str) -> None:
    """Do nothing."""


class Extender(Protocol):
    """Who extends claims."""

    async def extend(self, claim: Claim, lease: timedelta) -> bool:
        """Let a claim's lease end so much later than now; tell whether it is still held."""
        ...


class Lease:
    """One claim while it is worked on."""

    def __init__(
        self,
        claim: Claim,
        index: Extender,
        clock: Clock,
        *,
        length: timedelta = LEASE,
        checkpoint: Checkpoint = pass_by,
    ) -> None:
        self._claim = claim
        self._index = index
        self._clock = clock
        self._length = length
        self._checkpoint = checkpoint

    @property
    def generation(self) -> str:
        """What tells this claim from all others."""
        return self._claim.generation

    async def reach(self, point: Point) -> None:
        """Say what is about to be done."""
        await self._checkpoint(point, self._claim.member)

    async def hold(self, span: timedelta) -> bool:
        """Make sure that the lease lasts so much longer; False when another has the watch now."""
        left = self._claim.until - self._clock.monotonic()
        if left >= span.total_seconds():
            return True
        return await self._index.extend(self._claim, max(span, self._length))
