"""Cached readings: what a target's tokens were, for those whose credential could have read them.

Fresh ones spare the upstream a call. Old ones, up to a day, stand in while it is down or throttles.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.clock import Clock
from bot.errors import (
    CredentialRefusedError,
    StoreUnavailableError,
    ThrottledError,
    UnavailableError,
)
from bot.models.credential import Access
from bot.models.listing import Problem, Reading
from bot.models.target import Target
from bot.slices import Slices
from bot.store import keys
from bot.store._opened import Opened
from bot.store._packed import pack, unpack
from bot.store.cache import Entry, SealedCache
from bot.store.flight import Flight

FRESH = timedelta(seconds=60)
STALE = keys.CACHE_TTL

Fetch = Callable[[], Awaitable[Reading]]
_Extent = Literal["all", "live"]


class Place(NamedTuple):
    """A target, and with what it is read."""

    access: Access
    target: Target

    def entry(self, extent: _Extent) -> Entry:
        """Return where its reading is cached."""
        return _entry(self.access.scope, self.access.fingerprint, self.target, extent)


class Kept(NamedTuple):
    """The last reading of a target, if any; `stored` tells whether Redis could say."""

    reading: Reading | None
    stored: bool


class ReadingCache:
    """Reads a target once for all who may see it."""

    def __init__(
        self, cache: SealedCache, flight: Flight, clock: Clock, slices: Slices | None = None
    ) -> None:
        self._cache = cache
        self._flight = flight
        self._clock = clock
        self._opened = Opened()
        self._slices = slices or Slices()

    async def kept(self, places: Sequence[Place], *, everything: bool) -> list[Kept]:
        """Return what is kept of places of one scope, in one go; never raises for Redis."""
        try:
            sealed = await self._cache.sealed(_entries(places, everything=everything))
            found = await self._open(places, sealed, everything=everything)
        except StoreUnavailableError:
            return [Kept(None, stored=False)] * len(places)
        return [Kept(reading, stored=True) for reading in found]

    def fresh(self, kept: Kept, max_age: timedelta) -> Reading | None:
        """Return a kept reading if it is not older than that.

        Age is by the clock that tokens live by: moving it makes what is kept old.
        """
        since = self._clock.now() - max_age
        return kept.reading if kept.reading and self._fresh(kept.reading, since) else None

    async def get(
        self,
        access: Access,
        target: Target,
        *,
        everything: bool,
        max_age: timedelta = FRESH,
        fetch: Fetch,
        kept: Kept | None = None,
    ) -> tuple[Reading, Problem | None]:
        """Return a reading not older than `max_age`, fetched if need be.

        `kept` is what `kept` returned for it a moment ago.

        When the service is down or throttles, the last reading of a day stands in, with the
        problem. When it refuses the credential, all that was fetched with it is forgotten. Other
        errors of `fetch` are raised as they are. Without Redis every reading is fetched.
        """
        place, since = Place(access, target), self._clock.now() - max_age
        if kept is None:
            (kept,) = await self.kept([place], everything=everything)
        if kept.reading is not None and self._fresh(kept.reading, since):
            return kept.reading, None
        try:
            reading = await self._shared(
                place, fetch, everything=everything, since=since, stored=kept.stored
            )
        except (UnavailableError, ThrottledError) as error:
            stale = self.fresh(kept, STALE)
            if stale is None:
                raise
            return stale, Problem.of(error)
        return _seen_as(target, reading), None

    async def forget(self, scope: str, fingerprint: str, targets: Iterable[Target]) -> None:
        """Forget what was read of targets with a credential."""
        await self._cache.forget(
            scope,
            [
                _entry(scope, fingerprint, target, extent)
                for target in targets
                for extent in _extents(everything=False)
            ],
        )

    async def _shared(
        self,
        place: Place,
        fetch: Fetch,
        *,
        everything: bool,
        since: datetime,
        stored: bool,
    ) -> Reading:
        """Return a reading from `since` on, fetched here or by whoever asks at the same time."""
        ours, mark = False, None

        async def look() -> Reading | None:
            nonlocal mark
            entries = _entries([place], everything=everything)
            mark, sealed = await self._cache.marked(place.access.scope, entries)
            (kept,) = await self._open([place], sealed, everything=everything)
            return kept if kept is not None and self._fresh(kept, since) else None

        async def work() -> Reading:
            nonlocal ours
            ours = True
            return await (self._fetch(place.access, fetch) if stored else fetch())

        async def keep(reading: Reading) -> None:
            if mark is not None:
                await self._keep(place, reading, mark)

        async def join() -> Reading:
            name = f"reading:{place.access.fingerprint}:{place.target.id}:{everything}"
            return await self._flight.run(
                place.access.scope, name, look=look if stored else None, work=work, keep=keep
            )

        reading = await join()
        if ours or self._fresh(reading, since):
            return reading
        # We joined somebody who was content with an older one: the next flight begins after us.
        return await join()

    async def _fetch(self, access: Access, fetch: Fetch) -> Reading:
        try:
            return await fetch()
        except CredentialRefusedError:
            with suppress(StoreUnavailableError):
                await self._cache.purge_fingerprint(access)
            raise

    async def _keep(self, place: Place, reading: Reading, mark: str) -> None:
        entry = place.entry(_extent(reading))
        data = await pack(reading, self._slices)
        with suppress(StoreUnavailableError):
            sealed = await self._cache.store(place.access, entry, data, ttl=STALE, mark=mark)
            if sealed is not None:
                self._opened.keep(_seen_key(entry, reading.target), sealed, reading)

    async def _open(
        self, places: Sequence[Place], sealed: Sequence[str | None], *, everything: bool
    ) -> list[Reading | None]:
        """Return of each place the latest reading that answers the question.

        `sealed` is what the cache holds of the places' `_entries`.
        """
        extents = _extents(everything=everything)
        texts = iter(sealed)
        return [
            _latest([await self._opened_as(place, extent, next(texts)) for extent in extents])
            for place in places
        ]

    async def _opened_as(self, place: Place, extent: _Extent, sealed: str | None) -> Reading | None:
        entry = place.entry(extent)
        key = _seen_key(entry, place.target)
        reading = self._opened.get(key, sealed)
        if sealed is None or reading is not None:
            return reading
        # Once for all who ask at this moment: it may take long.
        return await self._flight.run(
            place.access.scope,
            f"open:{key}",
            look=None,
            work=lambda: self._unpack(place, entry, sealed),
        )

    async def _unpack(self, place: Place, entry: Entry, sealed: str) -> Reading | None:
        data = self._cache.open(place.access, entry, sealed)
        if data is None:
            return None
        reading = await unpack(place.target, data, self._slices)
        if reading is not None:
            self._opened.keep(_seen_key(entry, place.target), sealed, reading)
        return reading

    def _fresh(self, reading: Reading, since: datetime) -> bool:
        # One from the future was written under a wrong clock: it would stay fresh until then.
        now = self._clock.now()
        return since <= reading.read_at <= now + (now - since)


def _extents(*, everything: bool) -> tuple[_Extent, ...]:
    """Return which readings answer a question: one of everything also answers for what lives."""
    return ("all",) if everything else ("all", "live")


def _entries(places: Iterable[Place], *, everything: bool) -> list[Entry]:
    extents = _extents(everything=everything)
    return [place.entry(extent) for place in places for extent in extents]


def _extent(reading: Reading) -> _Extent:
    return "all" if reading.everything else "live"


def _latest(readings: Iterable[Reading | None]) -> Reading | None:
    known = (reading for reading in readings if reading is not None)
    return max(known, key=lambda reading: reading.read_at, default=None)


def _entry(scope: str, fingerprint: str, target: Target, extent: _Extent) -> Entry:
    place = target.id
    return Entry("reading", keys.reading(scope, fingerprint, place, extent), (place, extent))


def _seen_key(entry: Entry, target: Target) -> str:
    """Return the name of an entry as seen by those who have one label for its target."""
    return f"{entry.key} {target.label}"


def _seen_as(target: Target, reading: Reading) -> Reading:
    """Return a reading with the caller's own label for the target, not the fetching person's."""
    if reading.target == target:
        return reading
    tokens = tuple(token.model_copy(update={"target": target}) for token in reading.tokens)
    return reading.model_copy(update={"target": target, "tokens": tokens})
