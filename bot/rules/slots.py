"""When a watch may ring: at one hour of each workday, in the person's zone.

A slot that falls in a gap of the clock (the night daylight saving begins) is the first valid time
after it; one that comes twice is the first of the two; a day that a zone skips has none.
"""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Self

from bot.models.watch import Watch
from bot.rules.times import zone_of

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of an hour (0-23) on workdays (ISO, Monday is 1, at least one) in an IANA zone."""

    zone: str
    hour: int
    workdays: frozenset[int]

    @classmethod
    def of(cls, watch: Watch) -> Self:
        """Return the slots at which a watch may ring."""
        return cls(watch.zone, watch.hour, watch.workdays)

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Return the slots from `start` up to and without `end`, in order, in UTC."""
        slots = takewhile(lambda slot: slot < end, self._from(self._date(start)))
        return [slot for slot in slots if slot >= start]

    def latest(self, instant: datetime) -> datetime:
        """Return the last slot at or before an instant."""
        # A clock set back over midnight can put tomorrow's slot before an instant of today.
        return next(slot for slot in self._back(self._date(instant) + _DAY) if slot <= instant)

    def first(self, instant: datetime) -> datetime:
        """Return the first slot at or after an instant."""
        return next(slot for slot in self._from(self._date(instant)) if slot >= instant)

    def after(self, instant: datetime) -> datetime:
        """Return the first slot after an instant."""
        return next(slot for slot in self._from(self._date(instant)) if slot > instant)

    def on_day_of(self, instant: datetime) -> datetime:
        """Return the slot of the local day of an instant, else the last one before that day."""
        return next(self._back(self._date(instant)))

    def _date(self, instant: datetime) -> date:
        return instant.astimezone(zone_of(self.zone)).date()

    def _from(self, day: date) -> Iterator[datetime]:
        # The slot of the day before may have been moved over midnight by a gap.
        return self._walk(day - _DAY, _DAY)

    def _back(self, day: date) -> Iterator[datetime]:
        return self._walk(day, -_DAY)

    def _walk(self, day: date, step: timedelta) -> Iterator[datetime]:
        while True:
            if day.isoweekday() in self.workdays:
                slot = _slot_on(day, self.zone, self.hour)
                if slot is not None:
                    yield slot
            day += step


@lru_cache(maxsize=_DAYS_REMEMBERED)
def _slot_on(day: date, zone: str, hour: int) -> datetime | None:
    """Return the slot of a local day, None when the zone skips that day."""
    begin = _first_at(datetime.combine(day, time()), zone)
    if begin.astimezone(zone_of(zone)).date() != day:
        return None
    return _first_at(datetime.combine(day, time(hour)), zone)


def _first_at(local: datetime, zone: str) -> datetime:
    """Return the first instant at which the clocks of a zone show a time, or pass it by."""
    tz = zone_of(zone)
    guess = local.replace(tzinfo=tz).astimezone(UTC)
    if guess.astimezone(tz).replace(tzinfo=None) == local:
        return guess
    # In a gap the two folds lie on either side of it.
    before = local.replace(tzinfo=tz, fold=1).astimezone(UTC)
    seconds = range(_seconds(before), _seconds(guess))
    passed = bisect.bisect_left(
        seconds,
        1,
        key=lambda second: _shown(second, zone) >= local,
    )
    return _EPOCH + timedelta(seconds=seconds[0] + passed)


def _seconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(seconds=1)


def _shown(second: int, zone: str) -> datetime:
    instant = _EPOCH + timedelta(seconds=second)
    return instant.astimezone(zone_of(zone)).replace(tzinfo=None)
