"""The check of what a test leaves in Redis must itself be seen to bite."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis as Client

from bot.store import keys
from tests.fixtures.redis import dump, wrong_keys


@pytest.fixture(name="client")
async def _client(redis_url: str) -> AsyncIterator[Client]:
    async with Client.from_url(redis_url, decode_responses=True) as client:
        yield client
        # The fixture under test would fail the test for what it plants.
        await client.flushall()


async def test_keys_as_declared_pass(client: Client) -> None:
    """Permanent keys without a TTL and passing keys with one are what is expected."""
    await client.hset(keys.connections("T1", "U1"), "c1", "v1.k1.x")
    await client.set(keys.flag("T1", "no_tables"), "1", ex=60)

    assert [problem async for problem in wrong_keys(client)] == []


async def test_each_kind_of_wrong_key_is_found(client: Client) -> None:
    """A key that is unknown, of another type, immortal or too long-lived is reported."""
    await client.set("stray", "1")
    await client.set(keys.connections("T1", "U1"), "not a hash")
    await client.set(keys.flag("T1", "forever"), "1")
    await client.set(keys.flag("T1", "too_long"), "1", ex=10**6)
    await client.sadd(keys.scopes(), "T1")
    await client.expire(keys.scopes(), 60)

    assert {problem async for problem in wrong_keys(client)} == {
        "stray has no owner",
        "tb:{T1}:connections:U1 is a string, not a hash",
        "tb:{T1}:flag:forever may live longer than 7 days, 0:00:00",
        "tb:{T1}:flag:too_long may live longer than 7 days, 0:00:00",
        "tb:scopes is declared permanent and expires",
    }


async def test_every_type_is_dumped(client: Client) -> None:
    """What is in a key is seen, whatever its type."""
    await client.set("string", "s1")
    await client.hset("hash", "field", "h1")
    await client.sadd("set", "m1")
    await client.zadd("zset", {"z1": 1})
    await client.rpush("list", "l1")
    await client.xadd("stream", {"field": "x1"})

    content = await dump(client)

    assert content.keys() == {"string", "hash", "set", "zset", "list", "stream"}
    for key, expected in {
        "string": "s1",
        "hash": "h1",
        "set": "m1",
        "zset": "z1",
        "list": "l1",
        "stream": "x1",
    }.items():
        assert expected in content[key]
