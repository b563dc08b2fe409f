"""What this process has lately learned, so that it need not ask Redis each time."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from bot.clock import Clock

SECONDS = 60.0
"""How long something counts without being asked for: another process may have changed it."""

_MOST = 10_000

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Lately(Generic[_Key, _Value]):
    """Keeps values for a minute; of too many, the oldest go first."""

    def __init__(self, clock: Clock, *, most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[_Key, tuple[float, _Value]] = OrderedDict()

    def get(self, key: _Key) -> _Value | None:
        """Return what was kept within the last minute, None when nothing was."""
        end, value = self._kept.get(key, (0.0, None))
        return value if end > self._clock.monotonic() else None

    def keep(self, key: _Key, value: _Value) -> None:
        """Remember something from now on."""
        self._kept[key] = (self._clock.monotonic() + SECONDS, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: _Key) -> None:
        """Forget something."""
        self._kept.pop(key, None)
