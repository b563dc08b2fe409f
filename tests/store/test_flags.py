from datetime import timedelta

from bot.store import keys
from bot.store.flags import Flags
from bot.store.redis import Redis


async def test_a_flag_is_set_for_a_time(redis: Redis) -> None:
    """It holds for its workspace alone, until it is cleared or its time is over."""
    flags = Flags(redis)
    assert not await flags.is_set("T1", "no_tables")

    await flags.set("T1", "no_tables", timedelta(days=1))
    assert await flags.is_set("T1", "no_tables")
    assert not await flags.is_set("T2", "no_tables")
    assert not await flags.is_set("T1", "other")
    assert 0 < await redis.pttl(keys.flag("T1", "no_tables")) <= 24 * 3_600_000

    await flags.clear("T1", "no_tables")
    assert not await flags.is_set("T1", "no_tables")


async def test_no_flag_stays_longer_than_a_week(redis: Redis) -> None:
    """What was found out is looked at again."""
    await Flags(redis).set("T1", "no_tables", timedelta(days=365))

    assert await redis.pttl(keys.flag("T1", "no_tables")) <= 7 * 24 * 3_600_000
