"""Calls of a script that are made at the same moment."""

import asyncio
from pathlib import Path

import pytest
import redis.asyncio

from bot.errors import StoreUnavailableError
from bot.store._together import MOST_AT_ONCE, MOST_TEXT, Together
from bot.store.redis import Redis, connect
from tests.store.servers import server

# Adds all arguments to a list, and answers with the keys' number and the list's length.
_PUSH = """
for _, each in ipairs(ARGV) do redis.call('RPUSH', KEYS[1], each) end
return {#KEYS, redis.call('LLEN', KEYS[1])}
"""


async def commands(url: str) -> int:
    """Return how many scripts the server has run."""
    async with redis.asyncio.Redis.from_url(url) as client:
        stats = await client.info("commandstats")
    return int(stats.get("cmdstat_evalsha", {}).get("calls", 0))


async def test_calls_of_one_moment_are_one_command(redis: Redis, redis_url: str) -> None:
    """Each gets its own answer, to its own keys and arguments, in the order of asking."""
    push = Together(redis, _PUSH)
    await push(["tb:{a}:0"], ["x"])
    before = await commands(redis_url)

    answers: list[object] = list(
        await asyncio.gather(
            push(["tb:{a}:1"], ["one"]),
            push(["tb:{a}:1", "tb:{a}:2"], ["two", 3]),
            push(["tb:{a}:2"], []),
            push(["tb:{a}:1"], ["four"]),
        )
    )

    assert answers == [[1, 1], [2, 3], [1, 0], [1, 4]]
    assert await commands(redis_url) == before + 1
    await redis.unlink("tb:{a}:0", "tb:{a}:1")


async def test_only_calls_on_one_hash_tag_go_together(redis: Redis, redis_url: str) -> None:
    """On a Cluster another tag may be another server's."""
    push = Together(redis, _PUSH)
    await push(["tb:{a}:0"], ["x"])
    before = await commands(redis_url)

    answers = await asyncio.gather(*(push([f"tb:{{{tag}}}:0"], ["x"]) for tag in ["a", "b"] * 2))

    assert answers == [[1, 2], [1, 1], [1, 3], [1, 2]]

    assert await commands(redis_url) == before + 2
    await redis.unlink("tb:{a}:0", "tb:{b}:0")


async def test_many_go_in_portions(redis: Redis, redis_url: str) -> None:
    """No command works on more than so many, in the order of asking."""
    push = Together(redis, _PUSH)
    await push(["tb:{a}:0"], ["x"])
    before = await commands(redis_url)

    answers = await asyncio.gather(
        *(push(["tb:{a}:0"], ["x"]) for _ in range(2 * MOST_AT_ONCE + 1))
    )

    assert sorted(answers) == [[1, length] for length in range(2, 2 * MOST_AT_ONCE + 3)]
    assert await commands(redis_url) == before + 3
    await redis.unlink("tb:{a}:0")


async def test_what_is_large_goes_in_smaller_portions(redis: Redis, redis_url: str) -> None:
    """So much text is the most for one command, unless one call alone has more."""
    push = Together(redis, _PUSH)
    await push(["tb:{a}:0"], ["x"])
    before = await commands(redis_url)
    sizes = [0.6, 0.6, 2, 0.3, 0.3, 0.3, 0.3]

    answers = await asyncio.gather(
        *(push(["tb:{a}:0"], ["x" * int(size * MOST_TEXT)]) for size in sizes)
    )

    assert sorted(answers) == [[1, length] for length in range(2, len(sizes) + 2)]
    assert await commands(redis_url) == before + 5
    await redis.unlink("tb:{a}:0")


async def test_who_is_cancelled_takes_nobody_along(redis: Redis) -> None:
    """The others get their answers, whether it is called off before or after the asking."""
    push = Together(redis, _PUSH)
    tasks = [asyncio.create_task(push(["tb:{a}:0"], [number])) for number in range(4)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    tasks[2].cancel()

    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results[::2]] == [asyncio.CancelledError] * 2
    assert [type(result) for result in results[1::2]] == [list] * 2
    await redis.unlink("tb:{a}:0")


async def test_who_asks_again_on_the_answer_is_heard(redis: Redis) -> None:
    """What is asked for while others are under way goes out next."""
    push = Together(redis, _PUSH)

    async def twice() -> list[int]:
        _, first = await push(["tb:{a}:0"], ["x"])
        _, second = await push(["tb:{a}:0"], ["x"])
        return [first, second]

    one, other = await asyncio.gather(twice(), twice())

    assert (one, other) == ([1, 3], [2, 4])
    await redis.unlink("tb:{a}:0")


async def test_all_hear_that_redis_is_away(tmp_path: Path) -> None:
    """Each gets an error of its own, and later calls go through again."""
    async with server(tmp_path) as running:
        client = connect(running.url)
    push = Together(client, _PUSH)

    results = await asyncio.gather(
        *(push(["tb:{a}:0"], ["x"]) for _ in range(3)), return_exceptions=True
    )

    assert [type(result) for result in results] == [StoreUnavailableError] * 3
    assert len({id(result) for result in results}) == 3
    async with server(tmp_path):
        assert await push(["tb:{a}:0"], ["x"]) == [1, 1]
    await client.aclose()


async def test_a_mistake_of_ours_is_told_to_who_made_it(redis: Redis) -> None:
    """Who asks with a script that does not answer gets an error, and does not wait for ever."""
    mute = Together(redis, "return nil")

    with pytest.raises(ValueError, match="shorter"):
        await mute(["tb:{a}:0"], [])


async def test_nobody_waits_for_what_was_called_off(redis: Redis) -> None:
    """When the asking itself is cancelled, as at the end of the process, so is who waits for it."""
    push = Together(redis, _PUSH)
    waiting = asyncio.create_task(push(["tb:{a}:0"], ["x"]))
    while not push._sending:  # noqa: ASYNC110 - not even begun
        await asyncio.sleep(0)
    for task in push._sending:
        task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
