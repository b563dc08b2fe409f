"""Cached readings: what a target's tokens were, for those whose credential could have read them.

Fresh ones spare the upstream a call. Old ones, up to a day, stand in while it is down or throttles.
"""

import zlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from pydantic_core import from_json

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
from bot.store import keys
from bot.store.cache import Entry, SealedCache
from bot.store.flight import Flight

FRESH = timedelta(seconds=60)
STALE = keys.CACHE_TTL

Fetch = Callable[[], Awaitable[Reading]]
_Extent = Literal["all", "live"]

# The text is sealed afterwards, so speed matters more than the last byte.
_COMPRESSION = 1


class ReadingCache:
    """Reads a target once for all who may see it."""

    def __init__(self, cache: SealedCache, flight: Flight, clock: Clock) -> None:
        self._cache = cache
        self._flight = flight
        self._clock = clock

    async def get(
        self,
        access: Access,
        target: Target,
        *,
        everything: bool,
        max_age: timedelta = FRESH,
        fetch: Fetch,
    ) -> tuple[Reading, Problem | None]:
        """Return a reading not older than `max_age`, fetched if need be.

        Age is by the clock that tokens live by: moving it makes what is kept old.

        When the service is down or throttles, the last reading of a day stands in, with the
        problem. When it refuses the credential, all that was fetched with it is forgotten. Other
        errors of `fetch` are raised as they are. Without Redis every reading is fetched.
        """
        since = self._clock.now() - max_age
        kept, stored = None, False
        with suppress(StoreUnavailableError):
            kept, stored = await self._known(access, target, everything=everything), True
        if kept is not None and self._fresh(kept, since):
            return _seen_as(target, kept), None
        try:
            reading = await self._shared(
                access, target, fetch, everything=everything, since=since, stored=stored
            )
        except (UnavailableError, ThrottledError) as error:
            if kept is None or not self._fresh(kept, self._clock.now() - STALE):
                raise
            return _seen_as(target, kept), Problem.of(error)
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
        access: Access,
        target: Target,
        fetch: Fetch,
        *,
        everything: bool,
        since: datetime,
        stored: bool,
    ) -> Reading:
        """Return a reading from `since` on, fetched here or by whoever asks at the same time."""
        ours = False

        async def look() -> Reading | None:
            kept = await self._kept(access, target, everything=everything)
            return kept if kept is not None and self._fresh(kept, since) else None

        async def work() -> Reading:
            nonlocal ours
            ours = True
            if not stored:
                return await fetch()
            return await self._fetch_and_keep(access, target, fetch)

        async def join() -> Reading:
            name = f"reading:{access.fingerprint}:{target.id}:{everything}"
            return await self._flight.run(
                access.scope, name, look=look if stored else None, work=work
            )

        reading = await join()
        if ours or self._fresh(reading, since):
            return reading
        # We joined somebody who was content with an older one: the next flight begins after us.
        return await join()

    async def _fetch_and_keep(self, access: Access, target: Target, fetch: Fetch) -> Reading:
        mark: str | None = None
        with suppress(StoreUnavailableError):
            mark = await self._cache.mark(access)
        try:
            reading = await fetch()
        except CredentialRefusedError:
            with suppress(StoreUnavailableError):
                await self._cache.purge_fingerprint(access)
            raise
        if mark is not None:
            entry = _entry(access.scope, access.fingerprint, target, _extent(reading))
            with suppress(StoreUnavailableError):
                await self._cache.store(access, entry, _encode(reading), ttl=STALE, mark=mark)
        return reading

    async def _known(self, access: Access, target: Target, *, everything: bool) -> Reading | None:
        """Load what is kept, once for all who ask at this moment: it may take long to open."""
        return await self._flight.run(
            access.scope,
            f"load:{access.fingerprint}:{target.id}:{everything}",
            look=None,
            work=lambda: self._kept(access, target, everything=everything),
        )

    async def _kept(self, access: Access, target: Target, *, everything: bool) -> Reading | None:
        """Return the latest reading that answers the question."""
        entries = [
            _entry(access.scope, access.fingerprint, target, extent)
            for extent in _extents(everything=everything)
        ]
        found = await self._cache.load(access, entries)
        readings = [_decode(target, data) for data in found if data is not None]
        return max(
            (reading for reading in readings if reading is not None),
            key=lambda reading: reading.read_at,
            default=None,
        )

    def _fresh(self, reading: Reading, since: datetime) -> bool:
        # One from the future was written under a wrong clock: it would stay fresh until then.
        now = self._clock.now()
        return since <= reading.read_at <= now + (now - since)


def _extents(*, everything: bool) -> tuple[_Extent, ...]:
    """Return which readings answer a question: one of everything also answers for what lives."""
    return ("all",) if everything else ("all", "live")


def _extent(reading: Reading) -> _Extent:
    return "all" if reading.everything else "live"


def _entry(scope: str, fingerprint: str, target: Target, extent: _Extent) -> Entry:
    return Entry(
        "reading", keys.reading(scope, fingerprint, target.id, extent), (target.id, extent)
    )


def _seen_as(target: Target, reading: Reading) -> Reading:
    """Return a reading with the caller's own label for the target, not the fetching person's."""
    if reading.target == target:
        return reading
    tokens = tuple(token.model_copy(update={"target": target}) for token in reading.tokens)
    return reading.model_copy(update={"target": target, "tokens": tokens})


def _encode(reading: Reading) -> bytes:
    """Write a reading without its target: whoever reads it knows, and has an own label for it."""
    text = reading.model_dump_json(
        exclude_defaults=True, exclude={"target": True, "tokens": {"__all__": {"target"}}}
    )
    return zlib.compress(text.encode(), _COMPRESSION)


def _decode(target: Target, data: bytes) -> Reading | None:
    """Read a reading of a target back; None when another version wrote it otherwise."""
    try:
        raw = from_json(zlib.decompress(data))
        for token in raw["tokens"]:
            token["target"] = target
        return Reading.model_validate({**raw, "target": target})
    except (zlib.error, ValueError, KeyError, TypeError):
        return None
