"""Connecting and disconnecting: nothing is stored that was not proven by a real call."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.clients import Source
from bot.clock import Clock, Ids
from bot.errors import GoneError, InputError, UpstreamError
from bot.models.connection import Connection, Owner
from bot.models.credential import Credential
from bot.models.listing import Problem
from bot.models.proof import Proof
from bot.models.target import Target
from bot.services.tokens import Fingerprint, access_for
from bot.store.connections import Connections, ConnectionStore
from bot.store.health import HealthStore
from bot.store.purge import Purge

MOST_CONNECTIONS = 20
MOST_TARGETS = 100
_PROOF_SECONDS = 15.0


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
        health: HealthStore,
        purge: Purge,
        fingerprint: Fingerprint,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._sources = sources
        self._connections = connections
        self._health = health
        self._purge = purge
        self._fingerprint = fingerprint
        self._clock = clock
        self._ids = ids

    async def all(self, owner: Owner) -> Connections:
        """Return a person's connections."""
        return await self._connections.all(owner)

    async def get(self, owner: Owner, connection_id: str) -> Connection:
        """Return one of a person's connections; raise `GoneError` when it is not there."""
        found = await self._connections.get(owner, connection_id)
        if found is None:
            raise GoneError
        return found

    async def prove(
        self, owner: Owner, credential: Credential, targets: Sequence[Target]
    ) -> tuple[Proof, ...]:
        """Try a credential on each target and say what came of it. Nothing is stored."""

        async def attempt(target: Target) -> Proof:
            source = self._sources[target.source]
            access = access_for(source, owner.scope, credential, target, self._fingerprint)
            try:
                reading = await source.list_tokens(
                    access, target, everything=False, timeout=_PROOF_SECONDS
                )
            except UpstreamError as error:
                return Proof(target=target, problem=Problem.of(error))
            return Proof(target=target, tokens=len(reading.tokens), truncated=reading.truncated)

        return tuple(await asyncio.gather(*map(attempt, targets)))

    async def discover(
        self, owner: Owner, source_name: str, credential: Credential, region: str
    ) -> tuple[Target, ...]:
        """Return the targets that a credential can list in a region. Raises `UpstreamError`."""
        source = self._sources[source_name]
        place = Target(source=source_name, coordinates={"region": region})
        access = access_for(source, owner.scope, credential, place, self._fingerprint)
        return await source.discover(access, region, timeout=_PROOF_SECONDS)

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

        Otherwise nothing is stored, and the first problem is returned.
        """
        before = (await self._connections.all(owner)).readable
        if len(before) >= MOST_CONNECTIONS:
            raise InputError(f"You have {MOST_CONNECTIONS} connections, which is the most.")
        if not 0 < len(targets) <= MOST_TARGETS:
            raise InputError(f"A connection has 1 to {MOST_TARGETS} places.")
        proofs = await self.prove(owner, credential, targets)
        if problem := _refusal(proofs):
            return problem
        connection = Connection(
            id=self._ids.new(),
            owner=owner,
            source=source_name,
            label=label or _free_label(self._sources[source_name].info.title, before),
            credential=credential,
            targets=tuple(targets),
            created_at=self._clock.wall(),
        )
        await self._connections.put(connection)
        return Outcome(connection, proofs)

    async def replace_credential(
        self, owner: Owner, connection_id: str, credential: Credential
    ) -> Outcome | Problem:
        """Put a new credential in the place of the old one, if it can read at least one target."""
        connection = await self.get(owner, connection_id)
        if not connection.targets:
            raise InputError("This connection has no place to try the key on: add one first.")
        proofs = await self.prove(owner, credential, connection.targets)
        if problem := _refusal(proofs):
            return problem
        changed = connection.model_copy(update={"credential": credential})
        await self._connections.put(changed)
        await self._purge.purge_connection(connection)
        return Outcome(changed, proofs)

    async def add_targets(
        self, owner: Owner, connection_id: str, targets: Sequence[Target]
    ) -> Outcome | Problem:
        """Add targets if the connection's credential can read at least one of them."""
        connection = await self.get(owner, connection_id)
        known = {target.id for target in connection.targets}
        new = [target for target in targets if target.id not in known]
        if not new:
            raise InputError("This connection has that place already.")
        if len(known) + len(new) > MOST_TARGETS:
            raise InputError(f"A connection has {MOST_TARGETS} places at most.")
        proofs = await self.prove(owner, connection.credential, new)
        if problem := _refusal(proofs):
            return problem
        changed = connection.model_copy(update={"targets": (*connection.targets, *new)})
        await self._connections.put(changed)
        return Outcome(changed, proofs)

    async def remove_target(self, owner: Owner, connection_id: str, target_id: str) -> Connection:
        """Remove one target of a connection; the credential stays."""
        connection = await self.get(owner, connection_id)
        left = tuple(target for target in connection.targets if target.id != target_id)
        changed = connection.model_copy(update={"targets": left})
        await self._connections.put(changed)
        return changed

    async def remove(self, owner: Owner, connection_id: str) -> Connection:
        """Delete a connection, its credential and what was read with it, at once."""
        removed = await self._connections.remove(owner, connection_id)
        await self._health.forget(owner, connection_id)
        if removed is None:
            raise GoneError
        await self._purge.purge_connection(removed)
        return removed

    async def forget(self, owner: Owner) -> None:
        """Delete everything that is stored of a person."""
        await self._purge.purge_owner(owner)

    async def forget_scope(self, scope: str) -> None:
        """Delete everything that is stored of an installation."""
        await self._purge.purge_scope(scope)


def _refusal(proofs: Sequence[Proof]) -> Problem | None:
    """Return the first problem when nothing could be read."""
    problems = [proof.problem for proof in proofs if proof.problem is not None]
    return problems[0] if len(problems) == len(proofs) else None


def _free_label(title: str, before: Sequence[Connection]) -> str:
    taken = {connection.label for connection in before}
    numbered = (f"{title} {number}" for number in range(2, MOST_CONNECTIONS + 2))
    return next(label for label in (title, *numbered) if label not in taken)
