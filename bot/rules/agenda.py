"""When a watch may have something to say again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.models.ledger import TargetMemory
from bot.models.watch import EXPIRED
from bot.rules.due import DAY, Call, Moment
from bot.rules.slots import Slots

BLIND_AFTER = DAY
"""How long a target may go without a complete reading until the person is told."""

_FAR = timedelta(days=3660)
_NEVER = timedelta(days=4_000_000)


def blind_slot(memory: TargetMemory, moment: Moment) -> datetime | None:
    """Return the slot, this one or a later one, in which to tell that a target cannot be read.

    None when it can, or when that was told.
    """
    if memory.problem is None or memory.told:
        return None
    since = memory.blind_since + BLIND_AFTER
    if moment.in_slot and since <= moment.slot:
        return moment.slot
    return max(moment.slots.first(since), moment.next_slot)


class Agenda:
    """Collects what lies ahead of a moment and finds the soonest.

    Slots keep the order of the instants that they serve, so that only the first instant of each
    kind needs its slot worked out.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.threshold = _NEVER
        """How long until the first instant of a threshold that lies ahead."""
        self._expiry = _NEVER
        self._slot = _NEVER

    def note(self, said: Call) -> None:
        """Take in what a token says next."""
        if said.ahead == EXPIRED:
            self._expiry = min(self._expiry, said.expiry - self._now)
        elif said.ahead is not None:
            self.threshold = min(self.threshold, said.expiry - self._now - said.ahead * DAY)
        if said.waits_for is not None:
            self.note_slot(said.waits_for)

    def note_slot(self, slot: datetime) -> None:
        """Take in a slot in which something may be said."""
        self._slot = min(self._slot, slot - self._now)

    def soonest(self, slots: Slots) -> datetime | None:
        """Return the first slot of all, None when there is none within ten years."""
        return min(self._ahead(slots), default=None)

    def _ahead(self, slots: Slots) -> Iterator[datetime]:
        if self.threshold < _FAR:
            yield slots.latest(self._now + self.threshold)
        if self._expiry < _FAR:
            yield slots.first(self._now + self._expiry)
        if self._slot < _FAR:
            yield self._now + self._slot
