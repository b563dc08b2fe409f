"""One person's list: every target of every connection, in parallel, under one deadline."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from bot import metrics
from bot.clients import Source
from bot.clock import Clock
from bot.errors import (
    StoreUnavailableError,
    TokenbellError,
    UnavailableError,
    UnknownTargetError,
    UpstreamError,
)
from bot.models.connection import Connection, Owner
from bot.models.credential import Access, Credential
from bot.models.health import Health
from bot.models.listing import Coverage, Limits, Listing, Problem, Reading, State
from bot.models.target import Target
from bot.models.token import Token
from bot.store.connections import ConnectionStore
from bot.store.health import HealthStore
from bot.store.readings import STALE, Kept, Place, ReadingCache

FRESH = timedelta(seconds=60)
_DEADLINE = 8.0
_SLOW = 2.0
_UPSTREAM_TIMEOUT = 20.0

OnSlow = Callable[[tuple[Target, ...]], Awaitable[None]]

logger = logging.getLogger(__name__)


class Fingerprint(Protocol):
    """Makes a name for a credential that tells nothing about it."""

    def __call__(self, *parts: str) -> str:
        """Return an HMAC over the parts."""
        ...


def access_for(
    source: Source, scope: str, credential: Credential, target: Target, fingerprint: Fingerprint
) -> Access:
    """Return a credential as one scope uses it for a target, named by its fingerprint."""
    return Access(
        scope=scope,
        credential=credential,
        fingerprint=fingerprint(
            scope,
            source.info.name,
            source.endpoint(credential, target),
            credential.model_dump_json(context={"reveal": True}),
        ),
    )


class _Job(NamedTuple):
    connection: Connection
    target: Target
    max_age: timedelta

    def read(self, reading: Reading | None, problem: Problem | None) -> "_Read":
        return _Read(self.connection, self.target, reading, problem)


class _Read(NamedTuple):
    connection: Connection
    target: Target
    reading: Reading | None
    problem: Problem | None

    @property
    def coverage(self) -> Coverage:
        """How the target was read."""
        state: State = "failed" if self.reading is None else "stale" if self.problem else "fresh"
        return Coverage(
            connection_id=self.connection.id,
            connection_label=self.connection.label,
            target=self.target,
            state=state,
            read_at=self.reading.read_at if self.reading else None,
            truncated=self.reading.truncated if self.reading else False,
            problem=self.problem,
        )


class TokenService:
    """Turns connections into a listing.

    After `deadline` seconds a list is what has come by then; after `slow` seconds whoever waits
    for it is told so.
    """

    def __init__(
        self,
        *,
        sources: Mapping[str, Source],
        connections: ConnectionStore,
        readings: ReadingCache,
        health: HealthStore,
        fingerprint: Fingerprint,
        clock: Clock,
        limits: Limits | None = None,
        deadline: float = _DEADLINE,
        slow: float = _SLOW,
    ) -> None:
        self._sources = sources
        self._connections = connections
        self._readings = readings
        self._health = health
        self._fingerprint = fingerprint
        self._clock = clock
        self._limits = limits or Limits()
        self.deadline = deadline
        self.slow = slow

    async def listing(
        self,
        owner: Owner,
        *,
        everything: bool = False,
        max_age: timedelta = FRESH,
        anew: str = "",
        on_slow: OnSlow | None = None,
    ) -> Listing:
        """Return what all connections of a person can read by the deadline.

        A target that fails or is late is in the coverage with its problem; a late one goes on
        being read, so that the next list finds it. `anew` is the id of a connection that is read
        whatever is cached. `on_slow` hears which targets are still being read when the list takes
        its time; that it fails is no reason not to list.
        """
        stored = await self._connections.all(owner)
        jobs = [
            _Job(connection, target, timedelta(0) if connection.id == anew else max_age)
            for connection in stored.readable
            for target in connection.targets
        ]
        kept = await self._kept(jobs, everything=everything)
        fresh = [self._fresh(job, known) for job, known in zip(jobs, kept, strict=True)]
        missing = [number for number, read in enumerate(fresh) if read is None]
        # Those that answer page by page have the longest way, so they set out first.
        missing.sort(key=lambda number: not self._paged(jobs[number]))
        tasks = {
            number: asyncio.create_task(
                self._read(jobs[number], kept[number], everything=everything)
            )
            for number in missing
        }
        try:
            await self._wait({task: jobs[number] for number, task in tasks.items()}, on_slow)
            reads = [
                read or (tasks[number].result() if tasks[number].done() else _late(jobs[number]))
                for number, read in enumerate(fresh)
            ]
        finally:
            for task in tasks.values():
                task.cancel()
        for read in reads:
            outcome = read.problem.kind if read.problem else "ok"
            metrics.READS.labels(read.connection.source, outcome).inc()
        with suppress(StoreUnavailableError):  # the list is there; how it went is a detail
            await self._health.record(owner, _health(reads))
        tokens, via = _merge(reads)
        return Listing(
            tokens=tokens,
            coverage=tuple(read.coverage for read in reads),
            now=self._clock.now(),
            via=via,
            connections=len(stored.readable),
            unreadable=len(stored.unreadable),
            limits=self._limits,
        )

    async def known(self, owner: Owner) -> Listing | None:
        """Return the list as it was last read, at most a day ago, without asking any service.

        A place of which nothing is kept is `failed`, one that was read over a minute ago `stale`,
        neither with a problem. None when nothing at all is kept.
        """
        stored = await self._connections.all(owner)
        jobs = [
            _Job(connection, target, STALE)
            for connection in stored.readable
            for target in connection.targets
        ]
        kept = await self._kept(jobs, everything=False)
        reads = [
            job.read(self._readings.fresh(each[1], STALE) if each else None, None)
            for job, each in zip(jobs, kept, strict=True)
        ]
        if jobs and all(read.reading is None for read in reads):
            return None
        now = self._clock.now()
        tokens, via = _merge(reads)
        return Listing(
            tokens=tokens,
            coverage=tuple(_as_kept(read.coverage, now) for read in reads),
            now=now,
            via=via,
            connections=len(stored.readable),
            unreadable=len(stored.unreadable),
            limits=self._limits,
        )

    async def health(self, owner: Owner) -> dict[str, Health]:
        """Return when each connection was last read well, by their ids, as far as is known."""
        with suppress(StoreUnavailableError):
            return await self._health.all(owner)
        return {}

    async def read(
        self,
        connection: Connection,
        target: Target,
        *,
        everything: bool = False,
        max_age: timedelta = FRESH,
    ) -> tuple[Reading, Problem | None]:
        """Return one target's reading, from the cache when it is fresh enough.

        The problem tells why a reading is stale. Raises `UpstreamError` when there is none.
        """
        return await self._get(_Job(connection, target, max_age), None, everything=everything)

    async def _kept(
        self, jobs: Sequence[_Job], *, everything: bool
    ) -> list[tuple[Place, Kept] | None]:
        """Ask Redis once what is kept for all jobs of one person.

        None for a target of which another version wrote what makes no sense here: `_read` says so.
        """
        places = [self._place_if_any(job) for job in jobs]
        known = [place for place in places if place is not None]
        kept = iter(await self._readings.kept(known, everything=everything) if known else ())
        return [None if place is None else (place, next(kept)) for place in places]

    def _paged(self, job: _Job) -> bool:
        source = self._sources.get(job.connection.source)
        return source is not None and source.info.paged

    def _place_if_any(self, job: _Job) -> Place | None:
        try:
            return self._place(job)
        except (TokenbellError, LookupError):
            return None

    def _place(self, job: _Job) -> Place:
        source = self._sources.get(job.connection.source)
        if source is None:
            raise UnknownTargetError(job.connection.source, detail="a source of another version")
        scope, credential = job.connection.owner.scope, job.connection.credential
        return Place(
            access_for(source, scope, credential, job.target, self._fingerprint), job.target
        )

    def _fresh(self, job: _Job, known: tuple[Place, Kept] | None) -> _Read | None:
        reading = self._readings.fresh(known[1], job.max_age) if known else None
        return job.read(reading, None) if reading else None

    async def _get(
        self, job: _Job, known: tuple[Place, Kept] | None, *, everything: bool
    ) -> tuple[Reading, Problem | None]:
        place, kept = known or (self._place(job), None)
        source = self._sources[job.connection.source]
        return await self._readings.get(
            *place,
            everything=everything,
            max_age=job.max_age,
            fetch=lambda: source.list_tokens(
                *place, everything=everything, timeout=_UPSTREAM_TIMEOUT
            ),
            kept=kept,
        )

    async def _read(
        self, job: _Job, known: tuple[Place, Kept] | None, *, everything: bool
    ) -> _Read:
        started = self._clock.monotonic()
        try:
            return job.read(*await self._get(job, known, everything=everything))
        except UpstreamError as error:
            return job.read(None, Problem.of(error))
        except Exception:  # a fault of ours at one place must not hide what the others gave
            logger.exception("a place could not be read: unforeseen")
            return job.read(None, Problem(kind=UpstreamError.kind, source=job.connection.source))
        finally:
            seconds = self._clock.monotonic() - started
            metrics.READ_SECONDS.labels(job.connection.source).observe(seconds)

    async def _wait(self, jobs: Mapping[asyncio.Task[_Read], _Job], on_slow: OnSlow | None) -> None:
        """Wait until all is read, or the deadline."""
        end = self._clock.monotonic() + self.deadline
        pending = await _finish(jobs, min(self.slow, self.deadline))
        if not pending:
            return
        telling = asyncio.create_task(_tell(on_slow, tuple(jobs[task].target for task in pending)))
        try:
            await _finish(pending, end - self._clock.monotonic())
            # What is told now must not arrive after the list.
            await telling
        finally:
            telling.cancel()


async def _finish(
    tasks: Collection[asyncio.Task[_Read]], seconds: float
) -> set[asyncio.Task[_Read]]:
    """Wait for tasks and return those that are not done."""
    if not tasks:
        return set()
    _, pending = await asyncio.wait(tasks, timeout=max(seconds, 0))
    return pending


async def _tell(on_slow: OnSlow | None, targets: tuple[Target, ...]) -> None:
    if on_slow is None:
        return
    try:
        await on_slow(targets)
    except TokenbellError as error:
        logger.info("nobody could be told that a list takes long: %s", error)


def _as_kept(coverage: Coverage, now: datetime) -> Coverage:
    """Return what is kept of a target as what it is: fresh only for a minute."""
    old = coverage.read_at is not None and now - coverage.read_at > FRESH
    return coverage.model_copy(update={"state": "stale"}) if old else coverage


def _late(job: _Job) -> _Read:
    return job.read(None, Problem.of(UnavailableError(job.connection.source, code="deadline")))


def _merge(reads: Iterable[_Read]) -> tuple[tuple[Token, ...], dict[str, str]]:
    """Keep one row per token key, from the freshest reading, and say whose reading it was."""
    freshest: dict[str, Token] = {}
    read_at: dict[str, datetime] = {}
    via: dict[str, str] = {}
    for read in reads:
        if read.reading is None:
            continue
        at = read.reading.read_at
        rows = {token.key: token for token in read.reading.tokens}
        for key in freshest.keys() & rows:
            if read_at[key] >= at:
                del rows[key]
        freshest |= rows
        read_at |= dict.fromkeys(rows, at)
        via |= dict.fromkeys(rows, read.connection.label)
    return tuple(freshest.values()), via


def _health(reads: Iterable[_Read]) -> dict[str, Health]:
    """Sum a connection's targets up: the oldest good reading, and the first problem."""
    found: dict[str, Health] = {}
    for read in reads:
        health = found.get(read.connection.id, Health())
        times = [t for t in (health.read_at, read.coverage.read_at) if t is not None]
        found[read.connection.id] = Health(
            read_at=min(times, default=None), problem=health.problem or read.problem
        )
    return found
