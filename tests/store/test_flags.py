from datetime import timedelta

from bot.store import keys
from bot.store.flags import Flags
from bot.store.redis import Redis
from tests.fixtures.redis import FrozenClock, asked


async def test_a_flag_is_set_for_a_time(redis: Redis, frozen_clock: FrozenClock) -> None:
    """It holds for its workspace alone, until it is cleared or its time is over."""
    flags = Flags(redis, frozen_clock)
    assert not await flags.is_set("T1", "no_tables")

    await flags.set("T1", "no_tables", timedelta(days=1))
    assert await flags.is_set("T1", "no_tables")
    assert not await flags.is_set("T2", "no_tables")
    assert not await flags.is_set("T1", "other")
    assert 0 < await redis.pttl(keys.flag("T1", "no_tables")) <= 24 * 3_600_000

    await flags.clear("T1", "no_tables")
    assert not await flags.is_set("T1", "no_tables")


async def test_no_flag_stays_longer_than_a_week(redis: Redis, frozen_clock: FrozenClock) -> None:
    """What was found out is looked at again."""
    await Flags(redis, frozen_clock).set("T1", "no_tables", timedelta(days=365))

    assert await redis.pttl(keys.flag("T1", "no_tables")) <= 7 * 24 * 3_600_000


async def test_other_processes_hear_of_a_flag_within_a_minute(
    redis: Redis, frozen_clock: FrozenClock, redis_url: str
) -> None:
    """Redis is asked once a minute, and what this process does itself counts at once."""
    mine, theirs = Flags(redis, frozen_clock), Flags(redis, frozen_clock)
    assert not await theirs.is_set("T1", "no_tables")
    await mine.set("T1", "no_tables", timedelta(days=1))
    before = await asked(redis_url, "exists")
    assert not await theirs.is_set("T1", "no_tables")
    assert await asked(redis_url, "exists") == before

    frozen_clock.advance(timedelta(seconds=60))

    assert await theirs.is_set("T1", "no_tables")
    await theirs.clear("T1", "no_tables")
    assert not await theirs.is_set("T1", "no_tables")
