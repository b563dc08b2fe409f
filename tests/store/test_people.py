import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreUnavailableError
from bot.models.connection import Owner
from bot.models.person import Person
from bot.store import keys
from bot.store.people import PeopleStore
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.fixtures.redis import FrozenClock, asked
from tests.store.records import OWNER
from tests.store.servers import frozen, server

_PERSON = Person(user="U1", scope="T1", zone="Asia/Shanghai", insider=True, admin=True)


@pytest.fixture(name="store")
def _store(redis: Redis, vault: Vault, frozen_clock: FrozenClock) -> PeopleStore:
    return PeopleStore(redis, vault, frozen_clock)


async def test_a_person_is_remembered_for_a_day(store: PeopleStore, redis: Redis) -> None:
    """Who someone is comes back as it was, for 24 hours, and the record is sealed."""
    await store.put(_PERSON)

    assert await store.get(OWNER) == _PERSON
    assert await store.get(Owner("T2", "U1")) is None
    assert 0 < await redis.pttl(keys.person(*OWNER)) <= 24 * 3_600_000
    assert "Shanghai" not in str(await redis.get(keys.person(*OWNER)))


async def test_redis_is_asked_about_a_person_once_a_minute(
    redis: Redis, vault: Vault, frozen_clock: FrozenClock, redis_url: str
) -> None:
    """What this process was told counts at once, what another one was told within a minute."""
    mine, theirs = (PeopleStore(redis, vault, frozen_clock) for _ in range(2))
    await mine.put(_PERSON)
    assert await theirs.get(OWNER) == _PERSON
    guest = _PERSON.model_copy(update={"insider": False, "admin": False})
    await mine.put(guest)
    before = await asked(redis_url, "get")
    assert (await mine.get(OWNER), await theirs.get(OWNER)) == (guest, _PERSON)
    assert await asked(redis_url, "get") == before

    frozen_clock.advance(timedelta(seconds=60))

    assert await theirs.get(OWNER) == guest


async def test_what_comes_while_redis_is_asked_is_later(
    redis: Redis, vault: Vault, frozen_clock: FrozenClock
) -> None:
    """A change that is told meanwhile is not undone by the older answer of Redis."""
    store = PeopleStore(redis, vault, frozen_clock)
    await store.put(_PERSON)
    frozen_clock.advance(timedelta(seconds=60))
    guest = _PERSON.model_copy(update={"insider": False})
    reading = asyncio.create_task(store.get(OWNER))
    await asyncio.sleep(0)
    writing = asyncio.create_task(store.put(guest))

    await asyncio.gather(reading, writing)

    assert await store.get(OWNER) == guest


async def test_nobody_becomes_an_admin_by_moving_a_record(store: PeopleStore, redis: Redis) -> None:
    """A record in another one's place is not believed: Slack is asked."""
    await store.put(_PERSON)
    sealed = await redis.get(keys.person(*OWNER))
    assert sealed is not None
    await redis.set(keys.person("T1", "U2"), sealed, px=60_000)

    assert await store.get(Owner("T1", "U2")) is None


async def test_a_person_can_be_forgotten(store: PeopleStore) -> None:
    """After a change in Slack, or a purge, nothing is known."""
    for forget in (store.forget, store.forget_owner):
        await store.put(_PERSON)
        await forget(OWNER)
        assert await store.get(OWNER) is None


async def test_the_caller_decides_how_long_to_wait(
    tmp_path: Path, vault: Vault, frozen_clock: FrozenClock
) -> None:
    """A silent Redis costs the time given."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        store = PeopleStore(client, vault, frozen_clock)
        async with frozen(own.pid):
            with pytest.raises(StoreUnavailableError):
                await store.get(OWNER, timeout=0.1)
        await client.aclose()
