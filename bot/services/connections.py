"""Connecting and disconnecting: nothing is stored that was not proven by a real call."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from bot.clients import Source
from bot.clock import Clock, Ids
from bot.errors import GoneError, InputError, TokenbellError, UpstreamError
from bot.models.connection import Connection, Owner
from bot.models.credential import Access, Credential
from bot.models.listing import Problem
from bot.models.proof import Proof
from bot.models.target import Target
from bot.services.tokens import Fingerprint, access_for
from bot.store.connections import Connections, ConnectionStore
from bot.store.health import HealthStore
from bot.store.purge import Purge
from bot.store.readings import ReadingCache

MOST_CONNECTIONS = 20
MOST_TARGETS = 100
_PROOF_SECONDS = 15.0

Changed = Callable[[Owner], Awaitable[None]]
"""Hears whose connections have changed, once they have."""

logger = logging.getLogger(__name__)


async def _nobody(_owner: Owner) -> None:
    """Hear nothing."""


class Outcome(NamedTuple):
    """What came of a change: the connection as stored, and how each target was read."""

    connection: Connection
    proofs: tuple[Proof, ...]


class ConnectionService:
    """Proves, stores, changes and removes connections."""

    def __init__(
        self,
        *,
        sources: Mapping[str, Source],
        connections: ConnectionStore,
        readings: ReadingCache,
        health: HealthStore,
        purge: Purge,
        fingerprint: Fingerprint,
        clock: Clock,
        ids: Ids,
        changed: Changed = _nobody,
    ) -> None:
        self._sources = sources
        self._connections = connections
        self._readings = readings
        self._health = health
        self._purge = purge
        self._fingerprint = fingerprint
        self._clock = clock
        self._ids = ids
        self._changed = changed

    async def all(self, owner: Owner) -> Connections:
        """Return a person's connections."""
        return await self._connections.all(owner)

    async def get(self, owner: Owner, connection_id: str) -> Connection:
        """Return one of a person's connections; raise `GoneError` when it is not there."""
        found = await self._connections.get(owner, connection_id)
        if found is None:
            raise GoneError
        return found

    async def discover(
        self, owner: Owner, source_name: str, credential: Credential, region: str
    ) -> tuple[Target, ...]:
        """Return the targets that a credential can list in a region.

        Raises `UpstreamError`, and `InputError` for a region that is none.
        """
        place = Target(source=source_name, coordinates={"region": region})
        access = self._access(owner, credential, place)
        return await self._sources[source_name].discover(access, region, timeout=_PROOF_SECONDS)

    async def connect(
        self,
        owner: Owner,
        *,
        source_name: str,
        credential: Credential,
        targets: Sequence[Target],
        label: str = "",
    ) -> Outcome | Problem:
        """Store a new connection if it can read at least one of its targets.

        Otherwise nothing is stored, and the first problem is returned. Raises `InputError` when
        there are too many connections or targets, or no target.
        """
        before = await self._connections.all(owner)
        if len(before.readable) + len(before.unreadable) >= MOST_CONNECTIONS:
            raise InputError(f"You have {MOST_CONNECTIONS} connections, which is the most.")
        targets = _distinct(targets)
        if not 0 < len(targets) <= MOST_TARGETS:
            raise InputError(f"A connection has 1 to {MOST_TARGETS} places.")
        proofs = await self._prove(owner, source_name, credential, targets)
        if problem := _refusal(proofs):
            return problem
        connection = Connection(
            id=self._ids.new(),
            owner=owner,
            source=source_name,
            label=label or _free_label(self._sources[source_name].info.title, before.readable),
            credential=credential,
            targets=targets,
            created_at=self._clock.wall(),
        )
        await self._connections.put(connection)
        await self._tell(owner)
        return Outcome(connection, proofs)

    async def replace_credential(
        self, owner: Owner, connection_id: str, credential: Credential
    ) -> Outcome | Problem:
        """Put a new credential in the place of the old one, if it can read at least one target.

        Raises `GoneError` when the connection is not there, `InputError` when it has no target.
        """
        connection = await self.get(owner, connection_id)
        if not connection.targets:
            raise InputError("This connection has no place to try the key on: add one first.")
        proofs = await self._prove(owner, connection.source, credential, connection.targets)
        if problem := _refusal(proofs):
            return problem

        def exchange(now: Connection) -> Connection:
            return now.model_copy(update={"credential": credential})

        changed = await self._change(connection, exchange)
        await self._purge.purge_connection(connection)
        return Outcome(changed, proofs)

    async def add_targets(
        self, owner: Owner, connection_id: str, targets: Sequence[Target]
    ) -> Outcome | Problem:
        """Add targets if the connection's credential can read at least one of them.

        Raises `GoneError` when the connection is not there, `InputError` when it has them all, or
        too many.
        """
        connection = await self.get(owner, connection_id)
        new = _distinct(targets, beside=connection.targets)
        if not new:
            raise InputError("This connection has that place already.")
        if len(connection.targets) + len(new) > MOST_TARGETS:
            raise InputError(f"A connection has {MOST_TARGETS} places at most.")
        proofs = await self._prove(owner, connection.source, connection.credential, new)
        if problem := _refusal(proofs):
            return problem

        def add(now: Connection) -> Connection:
            more = (*now.targets, *_distinct(new, beside=now.targets))
            return now.model_copy(update={"targets": more[:MOST_TARGETS]})

        return Outcome(await self._change(connection, add), proofs)

    async def remove_target(self, owner: Owner, connection_id: str, target_id: str) -> Connection:
        """Remove one target of a connection, and what was read there; the credential stays.

        Raises `GoneError` when either is not there.
        """
        connection = await self.get(owner, connection_id)
        removed = next((t for t in connection.targets if t.id == target_id), None)
        if removed is None:
            raise GoneError

        def leave_out(now: Connection) -> Connection:
            left = tuple(target for target in now.targets if target.id != target_id)
            return now.model_copy(update={"targets": left})

        changed = await self._change(connection, leave_out)
        if removed.source in self._sources:
            access = self._access(owner, connection.credential, removed)
            await self._readings.forget(owner.scope, access.fingerprint, [removed])
        return changed

    async def remove(self, owner: Owner, connection_id: str) -> str:
        """Delete a connection, its credential and what was read with it, at once.

        Return its label, nothing for one that could not be opened. Raises `GoneError` when it is
        not there.
        """
        stored = await self._connections.all(owner)
        removed = await self._connections.remove(owner, connection_id)
        await self._health.forget(owner, connection_id)
        await self._tell(owner)
        if removed is not None:
            await self._purge.purge_connection(removed)
            return removed.label
        if connection_id in stored.unreadable:
            return ""
        raise GoneError

    async def forget(self, owner: Owner) -> None:
        """Delete everything that is stored of a person."""
        await self._purge.purge_owner(owner)

    async def forget_scope(self, scope: str) -> None:
        """Delete everything that is stored of an installation."""
        await self._purge.purge_scope(scope)

    async def _prove(
        self, owner: Owner, source_name: str, credential: Credential, targets: Sequence[Target]
    ) -> tuple[Proof, ...]:
        """Try a credential on each target. Raises `GoneError` when they are not of the source."""
        source = self._sources.get(source_name)
        kinds = {form.kind for form in source.info.credential_forms} if source else set()
        if source is None or credential.kind not in kinds:
            raise GoneError
        if any(target.source != source_name for target in targets):
            raise GoneError

        async def attempt(target: Target) -> Proof:
            access = self._access(owner, credential, target)
            try:
                reading = await source.list_tokens(
                    access, target, everything=False, timeout=_PROOF_SECONDS
                )
            except UpstreamError as error:
                return Proof(target=target, problem=Problem.of(error))
            return Proof(target=target, tokens=len(reading.tokens), truncated=reading.truncated)

        return tuple(await asyncio.gather(*map(attempt, targets)))

    def _access(self, owner: Owner, credential: Credential, target: Target) -> Access:
        source = self._sources[target.source]
        return access_for(source, owner.scope, credential, target, self._fingerprint)

    async def _change(
        self, connection: Connection, change: Callable[[Connection], Connection]
    ) -> Connection:
        changed = await self._connections.change(connection.owner, connection.id, change)
        if changed is None:
            raise GoneError
        await self._tell(connection.owner)
        return changed

    async def _tell(self, owner: Owner) -> None:
        try:
            await self._changed(owner)
        except TokenbellError as error:
            # What was changed stays so; the sweep finds what this would have brought about.
            logger.warning("a change of connections could not be passed on: %s", error)


def _distinct(targets: Sequence[Target], *, beside: Sequence[Target] = ()) -> tuple[Target, ...]:
    """Return each target once, without those that are there already."""
    known = {target.id for target in beside}
    return tuple({target.id: target for target in targets if target.id not in known}.values())


def _refusal(proofs: Sequence[Proof]) -> Problem | None:
    """Return the first problem when nothing could be read."""
    problems = [proof.problem for proof in proofs if proof.problem is not None]
    return problems[0] if len(problems) == len(proofs) else None


def _free_label(title: str, before: Sequence[Connection]) -> str:
    taken = {connection.label for connection in before}
    numbered = (f"{title} {number}" for number in range(2, MOST_CONNECTIONS + 2))
    return next(label for label in (title, *numbered) if label not in taken)
