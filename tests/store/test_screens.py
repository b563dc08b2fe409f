import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.clock import Ids
from bot.models.connection import Owner
from bot.store import keys
from bot.store.keyring import Keyring
from bot.store.redis import Redis, connect
from bot.store.screens import Screen, ScreenStore
from bot.store.vault import Vault
from tests.fixtures.redis import CountingIds
from tests.store.records import OWNER

_HALF_AN_HOUR = timedelta(minutes=30)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.fixture(name="store")
def _store(redis: Redis, vault: Vault, ids: Ids) -> ScreenStore:
    return ScreenStore(redis, vault, ids)


async def test_an_id_stands_for_data(store: ScreenStore, redis: Redis) -> None:
    """What was stored comes back with its owner and kind, as often as it is asked for."""
    data: JsonValue = {"query": "expiring:14d", "page": 2, "url": None}
    screen_id = await store.put(OWNER, "list", data, _HALF_AN_HOUR)

    assert await store.get(screen_id, "T1") == Screen(screen_id, OWNER, "list", data)
    assert await store.get(screen_id, "T1") is not None
    assert 0 < await redis.pttl(keys.screen("T1", screen_id)) <= 30 * 60_000
    assert "expiring" not in str(await redis.get(keys.screen("T1", screen_id)))


async def test_an_id_is_worth_nothing_elsewhere(store: ScreenStore, redis: Redis) -> None:
    """Another workspace finds nothing under it, even with the record moved there."""
    screen_id = await store.put(OWNER, "list", {}, _HALF_AN_HOUR)
    sealed = await redis.get(keys.screen("T1", screen_id))
    assert sealed is not None

    assert await store.get(screen_id, "T2") is None
    await redis.set(keys.screen("T2", screen_id), sealed, px=60_000)
    assert await store.get(screen_id, "T2") is None


async def test_a_single_use_is_single(store: ScreenStore) -> None:
    """Of many who take it at once, one gets it."""
    screen_id = await store.put(OWNER, "preview", {"n": 1}, _HALF_AN_HOUR)

    taken = await asyncio.gather(*(store.take(screen_id, "T1") for _ in range(20)))

    assert [screen for screen in taken if screen] == [Screen(screen_id, OWNER, "preview", {"n": 1})]
    assert await store.get(screen_id, "T1") is None


@pytest.mark.parametrize("screen_id", ["unknown", "a:b}*", "x" * 3000])
async def test_an_id_that_somebody_made_up_finds_nothing(
    store: ScreenStore, screen_id: str
) -> None:
    """A button's value may be anything."""
    assert await store.get(screen_id, "T1") is None
    assert await store.take(screen_id, "T1") is None


async def test_all_screens_of_a_person_can_be_forgotten(store: ScreenStore, redis: Redis) -> None:
    """A purge finds them by their owner, and leaves those of others."""
    for number in range(3):
        await store.put(OWNER, "list", {"n": number}, _HALF_AN_HOUR)
    other = await store.put(Owner("T1", "U2"), "list", {}, _HALF_AN_HOUR)

    await store.forget_owner(OWNER)
    await store.forget_owner(Owner("T1", "U3"))

    assert {key async for key in redis.scan_iter()} == {
        keys.screen("T1", other),
        keys.screens("T1", "U2"),
    }


async def test_nothing_is_kept_longer_than_a_day(store: ScreenStore, redis: Redis) -> None:
    """However long is asked for."""
    screen_id = await store.put(OWNER, "list", {}, timedelta(days=400))

    assert await redis.pttl(keys.screen("T1", screen_id)) <= 24 * 3_600_000


@given(data=_JSON)
def test_any_json_comes_back(data: JsonValue) -> None:
    """Whatever a screen needs to remember."""

    async def round_trip() -> Screen | None:
        client = connect("fakeredis://screens")
        store = ScreenStore(client, Vault(Keyring("k1", {"k1": bytes(32)})), CountingIds())
        screen_id = await store.put(OWNER, "kind", data, _HALF_AN_HOUR)
        try:
            return await store.get(screen_id, "T1")
        finally:
            await client.aclose()

    assert asyncio.run(round_trip()) == Screen("id-1", OWNER, "kind", data)
