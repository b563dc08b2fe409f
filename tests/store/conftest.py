"""What the store's tests share."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Ids
from bot.models.credential import Access
from bot.store.cache import SealedCache
from bot.store.flight import LEASE, Flight
from bot.store.readings import ReadingCache
from bot.store.redis import Redis
from bot.store.vault import Vault
from tests.fixtures.redis import FrozenClock
from tests.store.bots import locked
from tests.store.records import access
from tests.store.servers import until
from tests.store.upstream import NewCache, NewFlight, Upstream


@pytest.fixture(name="data_dir")
async def _data_dir(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "data"
    yield path
    # Whatever a failed test has left behind holds the lock; a passed one has left nothing.
    await until(lambda: not (path / "valkey" / "lock").is_file() or not locked(path))


@pytest.fixture(name="upstream")
def _upstream(frozen_clock: FrozenClock) -> Upstream:
    return Upstream(frozen_clock)


@pytest.fixture(name="new_flight")
async def _new_flight(redis: Redis, ids: Ids) -> AsyncIterator[NewFlight]:
    """Build the flight of one process; it is closed before its connection, as by the root."""
    flights: list[Flight] = []

    def new_flight(client: Redis = redis, lease: timedelta = LEASE) -> Flight:
        flights.append(Flight(client, ids, lease=lease))
        return flights[-1]

    yield new_flight
    for flight in flights:
        await flight.close()


@pytest.fixture(name="new_cache")
def _new_cache(
    redis: Redis, vault: Vault, ids: Ids, frozen_clock: FrozenClock, new_flight: NewFlight
) -> NewCache:
    """Build what one process has; several share only Redis."""

    def new_cache(client: Redis = redis, seals: Vault = vault) -> ReadingCache:
        return ReadingCache(SealedCache(client, seals, ids), new_flight(client), frozen_clock)

    return new_cache


@pytest.fixture(name="used")
def _used(vault: Vault) -> Access:
    return access(vault)
