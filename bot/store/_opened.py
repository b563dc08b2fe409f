"""Readings that this process has opened lately, so that it need not open them again.

A record is never sealed twice alike, so the same sealed text is the same reading. Redis is asked
for the text each time: what was purged there is not found here either.
"""

from collections import OrderedDict

from bot.models.listing import Reading

MOST_TOKENS = 20_000
"""How many tokens are kept in all, in some 40 MB."""


class Opened:
    """Keeps readings by key, each with its sealed text; those not asked for longest go first."""

    def __init__(self, most_tokens: int = MOST_TOKENS) -> None:
        self._most = most_tokens
        self._kept: OrderedDict[str, tuple[str, Reading]] = OrderedDict()
        self._size = 0

    def get(self, key: str, sealed: str | None) -> Reading | None:
        """Return the reading that was opened from this very text; forget one from another."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[0] != sealed:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def keep(self, key: str, sealed: str, reading: Reading) -> None:
        """Remember what a sealed text holds."""
        self._drop(key)
        self._kept[key] = (sealed, reading)
        self._size += _size(reading)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size -= _size(kept[1])


def _size(reading: Reading) -> int:
    # One without tokens takes room too.
    return len(reading.tokens) + 1
