"""Long work in slices, between which the event loop serves whoever waits.

A thousand tokens take some milliseconds to read. An ack must not wait for that, nor must the next
page of another list. A thread would not help: it would hold the interpreter just as long.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

SIZE = 32
"""How many tokens are worked on at once: well below a millisecond."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Slices:
    """Works off lists: one slice at each turn of the event loop, whoever it is for."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def each(
        self, work: Callable[[Sequence[_Item]], _Result], items: Sequence[_Item], size: int = SIZE
    ) -> list[_Result]:
        """Return what `work` makes of each slice of `size` items, in their order."""
        results = []
        for start in range(0, len(items), size):
            async with self._turn:
                results.append(work(items[start : start + size]))
                await asyncio.sleep(0)
        return results
