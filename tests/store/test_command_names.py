"""What the slash command is called, over all processes."""

from datetime import timedelta

from bot.store import keys
from bot.store.command_names import CommandNames
from bot.store.redis import Redis
from tests.fixtures.redis import FrozenClock, asked

MINUTE = timedelta(minutes=1)


def names(redis: Redis, clock: FrozenClock) -> CommandNames:
    """Return what one process knows."""
    return CommandNames(redis, clock, "/tokens")


async def test_as_usual_nothing_is_kept(redis: Redis, frozen_clock: FrozenClock) -> None:
    """Until somebody types another name, it is the default."""
    mine = names(redis, frozen_clock)
    mine.heard("T1", "/tokens")

    await mine.keep("T1")
    await mine.recall("T1")

    assert mine.of("T1") == "/tokens"
    assert [key async for key in redis.scan_iter()] == []


async def test_a_process_that_heard_nothing_knows_the_name(
    redis: Redis, frozen_clock: FrozenClock
) -> None:
    """A worker words its messages as people type the command, in their workspace only."""
    mine, theirs = names(redis, frozen_clock), names(redis, frozen_clock)
    mine.heard("T1", "/keys")
    await mine.keep("T1")

    await theirs.recall("T1")
    await theirs.recall("T2")

    assert (theirs.of("T1"), theirs.of("T2")) == ("/keys", "/tokens")
    assert await redis.get(keys.command_name("T1")) == "/keys"


async def test_a_name_that_changes_is_heard_of_within_a_minute(
    redis: Redis, frozen_clock: FrozenClock
) -> None:
    """Also when it becomes the usual one again."""
    mine, theirs = names(redis, frozen_clock), names(redis, frozen_clock)
    mine.heard("T1", "/keys")
    await mine.keep("T1")
    await theirs.recall("T1")

    mine.heard("T1", "/tokens")
    await mine.keep("T1")
    await theirs.recall("T1")
    assert theirs.of("T1") == "/keys"
    frozen_clock.advance(MINUTE)
    await theirs.recall("T1")

    assert theirs.of("T1") == "/tokens"


async def test_redis_is_asked_once_a_minute(
    redis: Redis, frozen_clock: FrozenClock, redis_url: str
) -> None:
    """Who types all day costs nothing."""
    mine = names(redis, frozen_clock)
    mine.heard("T1", "/keys")
    await mine.keep("T1")
    before = await asked(redis_url, "get"), await asked(redis_url, "set")

    for _ in range(10):
        mine.heard("T1", "/keys")
        await mine.keep("T1")
        await mine.recall("T1")

    assert (await asked(redis_url, "get"), await asked(redis_url, "set")) == before
