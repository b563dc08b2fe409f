from datetime import timedelta

import pytest

from bot.models.connection import Owner
from bot.models.health import Health
from bot.models.listing import Problem
from bot.store import keys
from bot.store.connections import ConnectionStore
from bot.store.health import HealthStore
from bot.store.redis import Redis
from bot.store.vault import Vault
from tests.fixtures.redis import START, FrozenClock, asked
from tests.store.records import OWNER, connection

_LATER = START + timedelta(hours=1)
_PROBLEM = Problem(kind="throttled", source="kyuubi", code="Throttling.User", retry_after=2.0)


@pytest.fixture(name="store")
async def _store(redis: Redis, vault: Vault, frozen_clock: FrozenClock) -> HealthStore:
    connections = ConnectionStore(redis, vault)
    for connection_id in ("c1", "c2"):
        await connections.put(connection(connection_id=connection_id))
    return HealthStore(redis, vault, frozen_clock)


async def test_the_last_state_of_each_connection_is_known(store: HealthStore) -> None:
    """A later record replaces the earlier; those that were not read keep theirs."""
    await store.record(OWNER, {"c1": Health(read_at=START), "c2": Health(read_at=START)})
    await store.record(OWNER, {"c1": Health(read_at=_LATER)})

    assert await store.all(OWNER) == {"c1": Health(read_at=_LATER), "c2": Health(read_at=START)}
    assert await store.all(Owner("T1", "U2")) == {}


async def test_a_problem_keeps_the_time_of_the_last_reading(store: HealthStore) -> None:
    """What went wrong stands beside when it last went well, until it goes well again."""
    await store.record(OWNER, {"c1": Health(read_at=START), "c2": Health(problem=_PROBLEM)})
    await store.record(OWNER, {"c1": Health(problem=_PROBLEM)})
    assert await store.all(OWNER) == {
        "c1": Health(read_at=START, problem=_PROBLEM),
        "c2": Health(problem=_PROBLEM),
    }

    await store.record(OWNER, {"c1": Health(read_at=_LATER)})
    assert (await store.all(OWNER))["c1"] == Health(read_at=_LATER)


async def test_a_connection_that_was_removed_meanwhile_gets_none(
    store: HealthStore, redis: Redis, vault: Vault
) -> None:
    """A reading that ends after its connection was removed leaves nothing behind."""
    await ConnectionStore(redis, vault).remove_all(OWNER)

    await store.record(OWNER, {"c1": Health(read_at=START)})

    assert await redis.exists(keys.health(*OWNER)) == 0


async def test_what_has_not_changed_is_recorded_once_a_minute(
    store: HealthStore, redis: Redis, frozen_clock: FrozenClock, redis_url: str
) -> None:
    """Somebody who lists again and again writes nothing; what has changed is written at once."""
    both = {"c1": Health(read_at=START), "c2": Health(problem=_PROBLEM)}
    await store.record(OWNER, both)
    before = await asked(redis_url, "evalsha"), await asked(redis_url, "hgetall")
    await store.record(OWNER, both)
    assert (await asked(redis_url, "evalsha"), await asked(redis_url, "hgetall")) == before

    await store.record(OWNER, both | {"c1": Health(read_at=_LATER)})
    assert await store.all(OWNER) == both | {"c1": Health(read_at=_LATER)}

    await redis.unlink(keys.health(*OWNER))
    frozen_clock.advance(timedelta(seconds=60))
    await store.record(OWNER, both)
    assert await store.all(OWNER) == both


async def test_one_or_all_can_be_forgotten(store: HealthStore, redis: Redis) -> None:
    """With a connection its state goes, with a person all of them."""
    await store.record(OWNER, {"c1": Health(read_at=START), "c2": Health(read_at=START)})
    await store.forget(OWNER, "c1")
    assert await store.all(OWNER) == {"c2": Health(read_at=START)}

    await store.forget_owner(OWNER)
    assert await redis.exists(keys.health(*OWNER)) == 0


async def test_nothing_to_record_leaves_redis_alone(store: HealthStore, redis: Redis) -> None:
    """A listing without connections writes nothing."""
    await store.record(OWNER, {})

    assert await redis.exists(keys.health(*OWNER)) == 0


async def test_what_is_unreadable_is_not_known(store: HealthStore, redis: Redis) -> None:
    """A damaged record is as good as none, and it is sealed: codes are no public matter."""
    await store.record(OWNER, {"c1": Health(problem=_PROBLEM), "c2": Health(read_at=START)})
    assert "Throttling" not in str(await redis.hgetall(keys.health(*OWNER)))
    write = redis.register_script("return redis.call('HSET', KEYS[1], 'c1', 'rubbish')")
    await write(keys=[keys.health(*OWNER)], args=[])

    assert await store.all(OWNER) == {"c2": Health(read_at=START)}
