"""One person's list: every target of every connection, in parallel, under one deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from bot import metrics
from bot.clients import Source
from bot.clock import Clock
from bot.errors import StoreUnavailableError, UnavailableError, UnknownTargetError, UpstreamError
from bot.models.connection import Connection, Owner
from bot.models.credential import Access, Credential
from bot.models.health import Health
from bot.models.listing import Coverage, Listing, Problem, Reading, State
from bot.models.target import Target
from bot.models.token import Token
from bot.store.connections import ConnectionStore
from bot.store.health import HealthStore
from bot.store.readings import ReadingCache

DEADLINE = 8.0
"""Seconds until a list is answered with what came."""

FRESH = timedelta(seconds=60)
_SLOW = 2.0
_UPSTREAM_TIMEOUT = 20.0

OnSlow = Callable[[tuple[Target, ...]], Awaitable[None]]


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
    """Turns connections into a listing."""

    def __init__(
        self,
        *,
        sources: Mapping[str, Source],
        connections: ConnectionStore,
        readings: ReadingCache,
        health: HealthStore,
        fingerprint: Fingerprint,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._connections = connections
        self._readings = readings
        self._health = health
        self._fingerprint = fingerprint
        self._clock = clock

    async def listing(
        self,
        owner: Owner,
        *,
        everything: bool = False,
        max_age: timedelta = FRESH,
        deadline: float = DEADLINE,
        on_slow: OnSlow | None = None,
    ) -> Listing:
        """Return what all connections of a person can read by the deadline, in seconds.

        A target that fails or is late is in the coverage with its problem; a late one goes on
        being read, so that the next list finds it. `on_slow` hears after two seconds which
        targets are still being read, when none has answered yet.
        """
        stored = await self._connections.all(owner)
        jobs = {
            asyncio.create_task(
                self._read(connection, target, everything=everything, max_age=max_age)
            ): (connection, target)
            for connection in stored.readable
            for target in connection.targets
        }
        try:
            await _wait(jobs, deadline, on_slow)
            reads = [task.result() if task.done() else _late(*job) for task, job in jobs.items()]
        finally:
            for task in jobs:
                task.cancel()
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
        )

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
        source = self._source(connection)
        access = self.access(connection, target)
        return await self._readings.get(
            access,
            target,
            everything=everything,
            max_age=max_age,
            fetch=lambda: source.list_tokens(
                access, target, everything=everything, timeout=_UPSTREAM_TIMEOUT
            ),
        )

    def access(self, connection: Connection, target: Target) -> Access:
        """Return the credential of a connection as used for a target."""
        return access_for(
            self._source(connection),
            connection.owner.scope,
            connection.credential,
            target,
            self._fingerprint,
        )

    def _source(self, connection: Connection) -> Source:
        source = self._sources.get(connection.source)
        if source is None:
            raise UnknownTargetError(connection.source, detail="a source of another version")
        return source

    async def _read(
        self, connection: Connection, target: Target, *, everything: bool, max_age: timedelta
    ) -> _Read:
        started = self._clock.monotonic()
        reading, problem = None, None
        try:
            reading, problem = await self.read(
                connection, target, everything=everything, max_age=max_age
            )
        except UpstreamError as error:
            problem = Problem.of(error)
        metrics.READS.labels(connection.source, problem.kind if problem else "ok").inc()
        metrics.READ_SECONDS.labels(connection.source).observe(self._clock.monotonic() - started)
        return _Read(connection, target, reading, problem)


async def _wait(
    jobs: Mapping[asyncio.Task[_Read], tuple[Connection, Target]],
    deadline: float,
    on_slow: OnSlow | None,
) -> None:
    if not jobs:
        return
    end = asyncio.get_running_loop().time() + deadline
    _, pending = await asyncio.wait(jobs, timeout=min(_SLOW, deadline))
    if pending and on_slow is not None:
        await on_slow(tuple(jobs[task][1] for task in pending))
    if pending:
        await asyncio.wait(pending, timeout=max(end - asyncio.get_running_loop().time(), 0))


def _late(connection: Connection, target: Target) -> _Read:
    error = UnavailableError(connection.source, code="deadline")
    return _Read(connection, target, None, Problem.of(error))


def _merge(reads: Iterable[_Read]) -> tuple[tuple[Token, ...], dict[str, str]]:
    """Keep one row per token key, from the freshest reading, and say whose reading it was."""
    freshest: dict[str, tuple[datetime, str, Token]] = {}
    for read in reads:
        if read.reading is None:
            continue
        read_at, label = read.reading.read_at, read.connection.label
        for token in read.reading.tokens:
            kept = freshest.get(token.key)
            if kept is None or kept[0] < read_at:
                freshest[token.key] = (read_at, label, token)
    return (
        tuple(token for _, _, token in freshest.values()),
        {key: label for key, (_, label, _) in freshest.items()},
    )


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
