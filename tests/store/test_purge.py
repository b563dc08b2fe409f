"""A purge leaves nothing, whoever else is at work."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import Ids
from bot.models.connection import Owner
from bot.models.credential import IssuedToken
from bot.models.listing import Reading
from bot.store import keys
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.fixtures.redis import FrozenClock
from tests.store.records import OWNER, connection, credential, issued, reading, target
from tests.store.stores import Stores

_COLLEAGUE = Owner("T1", "U2")
_ELSEWHERE = Owner("T2", "U1")


@pytest.fixture(name="stores")
async def _stores(
    redis: Redis, vault: Vault, ids: Ids, frozen_clock: FrozenClock
) -> AsyncIterator[Stores]:
    stores = Stores(redis, vault, ids, frozen_clock)
    yield stores
    await stores.flight.close()


async def _keys(redis: Redis) -> set[str]:
    return {key async for key in redis.scan_iter()}


async def test_a_person_leaves_nothing(stores: Stores, redis: Redis) -> None:
    """After a purge no key names the person or holds anything that was read for them."""
    await stores.fill(OWNER, credential("own secret"))
    await stores.fill(_COLLEAGUE, credential("other secret"))
    await stores.fill(_ELSEWHERE, credential("own secret"))
    before = await _keys(redis)

    await stores.purge.purge_owner(OWNER)

    gone = before - await _keys(redis)
    assert {key.split(":")[2] for key in gone} == {
        "access_token",
        "cached",
        "channels",
        "connections",
        "health",
        "person",
        "reading",
        "screen",
        "screens",
        "share",
        "shares",
    }
    assert all("{T1}" in key for key in gone)
    assert not [key for key in await _keys(redis) if key.startswith("tb:{T1}") and ":U1" in key]
    assert await stores.connections.owners("T1") == [_COLLEAGUE]
    assert not stores.access_tokens._copies.keys() & {
        ("T1", stores.access(OWNER, credential("own secret")).fingerprint)
    }
    # Others keep what is theirs, also with the same credential in another workspace.
    for owner in (_COLLEAGUE, _ELSEWHERE):
        assert (await stores.connections.all(owner)).readable
        assert await stores.people.get(owner)
        assert await stores.health.all(owner)


async def test_one_connection_leaves_nothing(stores: Stores, redis: Redis, vault: Vault) -> None:
    """When a connection is removed, what was read with it goes, and the rest stays."""
    await stores.fill(OWNER, credential("one secret"))
    await stores.fill(OWNER, credential("other secret"), "c2")

    removed = await stores.connections.remove(OWNER, "c1")
    assert removed is not None
    await stores.purge.purge_connection(removed)

    kept = stores.access(OWNER, credential("other secret")).fingerprint
    left = {key for key in await _keys(redis) if ":reading:" in key or ":access_token:" in key}
    assert left == {
        keys.reading("T1", kept, target().id, "all"),
        keys.access_token("T1", kept),
    }


async def test_a_purge_can_be_repeated(stores: Stores, redis: Redis) -> None:
    """What failed half-way is finished by another try; a purge of nobody does nothing."""
    await stores.fill(OWNER, credential())
    for _ in range(2):
        await stores.purge.purge_owner(OWNER)

    assert not [key for key in await _keys(redis) if ":U1" in key]


async def test_an_unreadable_connection_does_not_stop_a_purge(stores: Stores, redis: Redis) -> None:
    """What was sealed with a lost key is deleted all the same."""
    await stores.connections.put(connection())
    write = redis.register_script("return redis.call('HSET', KEYS[1], 'c9', 'rubbish')")
    await write(keys=[keys.connections(*OWNER)], args=[])

    await stores.purge.purge_owner(OWNER)

    assert await redis.exists(keys.connections(*OWNER)) == 0


async def test_an_installation_leaves_nothing(stores: Stores, redis: Redis) -> None:
    """After an uninstall only a mark without meaning is left for an hour."""
    for owner in (OWNER, _COLLEAGUE, _ELSEWHERE):
        await stores.fill(owner, credential())

    await stores.purge.purge_scope("T1")

    left = await _keys(redis)
    assert {key for key in left if "{T1}" in key} == {keys.purges("T1")}
    assert 0 < await redis.pttl(keys.purges("T1")) <= 3_600_000
    assert await redis.smembers(keys.scopes()) == {"T2"}
    assert (await stores.connections.all(_ELSEWHERE)).readable


async def test_a_scope_that_is_part_of_another_name_is_left_alone(
    stores: Stores, redis: Redis
) -> None:
    """Neither a longer name nor one with wildcards is taken along."""
    for scope in ("T", "T1", "T*", "[T]"):
        await stores.connections.put(connection(Owner(scope, "U1")))

    await stores.purge.purge_scope("T*")

    assert await redis.smembers(keys.scopes()) == {"T", "T1", "[T]"}
    for scope in ("T", "T1", "[T]"):
        assert (await stores.connections.all(Owner(scope, "U1"))).readable


async def test_a_read_during_an_uninstall_leaves_nothing(stores: Stores, redis: Redis) -> None:
    """What was being fetched when the app was uninstalled is not stored afterwards."""
    used = stores.access(OWNER, credential())

    async def fetch() -> Reading:
        await stores.purge.purge_scope("T1")
        return reading()

    async def issue() -> IssuedToken:
        await stores.purge.purge_scope("T1")
        return issued()

    await stores.readings.get(used, target(), everything=True, fetch=fetch)
    await stores.access_tokens.get(used, issue)

    assert await _keys(redis) == {keys.purges("T1")}


async def test_many_keys_are_deleted_in_batches(stores: Stores, redis: Redis) -> None:
    """A large workspace is purged completely, and no command carries all its keys."""
    for number in range(1_200):
        await redis.set(keys.flag("T1", f"flag{number}"), "1", px=60_000)

    await stores.purge.purge_scope("T1")

    assert await _keys(redis) == {keys.purges("T1")}


async def test_keys_that_keep_coming_do_not_hold_a_purge_for_ever(
    stores: Stores, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who writes on and on cannot make a purge endless."""
    unlink = redis.unlink

    async def unlink_and_write(*names: str) -> int:
        done = await unlink(*names)
        await redis.set(keys.flag("T1", "again"), "1", px=60_000)
        return done

    await redis.set(keys.flag("T1", "again"), "1", px=60_000)
    monkeypatch.setattr(redis, "unlink", unlink_and_write)

    await stores.purge.purge_scope("T1")


async def test_everything_of_a_person_is_known_to_the_purge(stores: Stores) -> None:
    """Whoever stores something by user has to say how it is deleted."""
    owners = {entry.owner for entry in keys.KEYS.values() if "<user>" in entry.pattern}
    purged = {type(store).__module__ for store in stores.purge._stores}

    assert owners == purged | {"bot.store.connections"}


async def test_purges_work_in_memory_too(vault: Vault, ids: Ids, frozen_clock: FrozenClock) -> None:
    """The last resort without a server keeps the same promises."""
    client = connect("fakeredis://purge")
    stores = Stores(client, vault, ids, frozen_clock)
    await stores.fill(OWNER, credential())
    assert await stores.flags.is_set("T1", "no_tables")

    await stores.purge.purge_owner(OWNER)
    await stores.purge.purge_scope("T1")

    assert await _keys(client) == {keys.purges("T1")}
    await client.aclose()
