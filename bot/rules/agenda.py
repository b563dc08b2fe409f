"""When a watch may have something to say again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.models.watch import EXPIRED
from bot.rules.due import DAY, Call
from bot.rules.slots import Slots

_FAR = timedelta(days=3660)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Agenda:
    """Collects what lies ahead and finds the soonest.

    Slots keep the order of the instants that they serve, so that only the first instant of each
    kind needs its slot worked out.
    """

    def __init__(self) -> None:
        self.threshold = _NEVER
        """The first instant of a threshold that lies ahead."""
        self._expiry = _NEVER
        self._slot = _NEVER

    def note(self, said: Call) -> None:
        """Take in what a token says next."""
        if said.ahead == EXPIRED:
            self._expiry = min(self._expiry, said.expiry)
        elif said.ahead is not None:
            self.threshold = min(self.threshold, said.expiry - said.ahead * DAY)
        if said.waits_for is not None:
            self.note_slot(said.waits_for)

    def note_slot(self, slot: datetime) -> None:
        """Take in a slot in which something may be said."""
        self._slot = min(self._slot, slot)

    def soonest(self, now: datetime, slots: Slots) -> datetime | None:
        """Return the first slot of all, None when there is none within ten years."""
        return min(self._ahead(now, slots), default=None)

    def _ahead(self, now: datetime, slots: Slots) -> Iterator[datetime]:
        if self.threshold - now < _FAR:
            yield slots.latest(self.threshold)
        if self._expiry - now < _FAR:
            yield slots.first(self._expiry)
        if self._slot != _NEVER:
            yield self._slot
