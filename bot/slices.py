"""Long work in slices, between which the event loop serves whoever waits.

A thousand tokens take some milliseconds to read. An ack must not wait for that, nor must the next
page of another list. A thread would not help: it would hold the interpreter just as long.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

SIZE = 32
"""How many tokens are worked on at once: some tenths of a millisecond."""

_SHARE_SECONDS = 0.002
"""How long others may work for each slice: a long list must come to an end on a busy day too."""

_IDLE_TIMES = 5
"""A turn of the event loop that takes at most so many times the shortest had nothing to do.

The shortest takes some 3 microseconds, the smallest step of anybody's request ten times as much.
"""

_SLOW_TURN_SECONDS = 0.00002
"""What the shortest turn takes on a slow machine."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Slices:
    """Works off lists: one slice at each turn of the event loop, whoever it is for."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._shortest = _SLOW_TURN_SECONDS

    async def each(
        self, work: Callable[[Sequence[_Item]], _Result], items: Sequence[_Item], size: int = SIZE
    ) -> list[_Result]:
        """Return what `work` makes of each slice of `size` items, in their order."""
        results = []
        for start in range(0, len(items), size):
            async with self._turn:
                await self._let_others_work()
                results.append(work(items[start : start + size]))
        return results

    async def _let_others_work(self) -> None:
        """Come back when nobody else had anything to do, or has had their share of the time."""
        loop = asyncio.get_running_loop()
        after = loop.time()
        until = after + _SHARE_SECONDS
        while after < until:
            before = after
            await asyncio.sleep(0)
            after = loop.time()
            self._shortest = min(self._shortest, after - before)
            if after - before <= _IDLE_TIMES * self._shortest:
                break
