from pathlib import Path

import pytest

from bot.errors import StoreUnavailableError
from bot.models.connection import Owner
from bot.models.person import Person
from bot.store import keys
from bot.store.people import PeopleStore
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.store.records import OWNER
from tests.store.servers import frozen, server

_PERSON = Person(user="U1", scope="T1", zone="Asia/Shanghai", insider=True, admin=True)


@pytest.fixture(name="store")
def _store(redis: Redis, vault: Vault) -> PeopleStore:
    return PeopleStore(redis, vault)


async def test_a_person_is_remembered_for_a_day(store: PeopleStore, redis: Redis) -> None:
    """Who someone is comes back as it was, for 24 hours, and the record is sealed."""
    await store.put(_PERSON)

    assert await store.get(OWNER) == _PERSON
    assert await store.get(Owner("T2", "U1")) is None
    assert 0 < await redis.pttl(keys.person(*OWNER)) <= 24 * 3_600_000
    assert "Shanghai" not in str(await redis.get(keys.person(*OWNER)))


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


async def test_the_caller_decides_how_long_to_wait(tmp_path: Path, vault: Vault) -> None:
    """A silent Redis costs the time given."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        store = PeopleStore(client, vault)
        await store.put(_PERSON)
        async with frozen(own.pid):
            with pytest.raises(StoreUnavailableError):
                await store.get(OWNER, timeout=0.1)
        await client.aclose()
