"""Long work in slices, between which the event loop serves whoever waits.

A thousand tokens take some milliseconds to read. An ack must not wait for that, nor must the next
page of another list. A thread would not help: it would hold the interpreter just as long.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TypeVar

SIZE = 32
"""How many tokens are worked on at once: some tenths of a millisecond."""

_SHARE_SECONDS = 0.002
"""How long others may work for each slice: a long list must come to an end on a busy day too."""

_PATIENCE_SECONDS = 0.02
"""How long a slice for which nobody waits stands back: it must come on on a busy day too."""

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
        self._urgent = 0
        self._nobody_waits = asyncio.Event()
        self._nobody_waits.set()

    async def each(
        self,
        work: Callable[[Sequence[_Item]], _Result],
        items: Sequence[_Item],
        size: int = SIZE,
        *,
        patient: bool = False,
    ) -> list[_Result]:
        """Return what `work` makes of each slice of `size` items, in their order.

        Nobody waits for what is `patient`: lists that somebody waits for go first, for a while.
        """
        results = []
        with nullcontext() if patient else self._waited_for():
            for start in range(0, len(items), size):
                if patient:
                    await self._stand_back()
                async with self._turn:
                    await self._let_others_work()
                    results.append(work(items[start : start + size]))
        return results

    @contextmanager
    def _waited_for(self) -> Iterator[None]:
        self._urgent += 1
        self._nobody_waits.clear()
        try:
            yield
        finally:
            self._urgent -= 1
            if not self._urgent:
                self._nobody_waits.set()

    async def _stand_back(self) -> None:
        if self._urgent:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._nobody_waits.wait()

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
