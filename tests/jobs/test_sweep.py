"""What the due index lacks is found again, without a storm."""

from datetime import timedelta

from bot.store import keys
from bot.store.due import MOST_ATTEMPTS
from bot.store.redis import Redis
from bot.store.watches import Ref
from tests.fixtures.bot import owner
from tests.fixtures.canaries import Watch
from tests.jobs.site import DAY, HOUR, MINUTE, Site, open_site

MEI, JONAS = Ref(*owner("mei")), Ref(*owner("jonas"))


async def sweeps(site: Site) -> int:
    """Sweep as the worker does once an hour."""
    return await site.bot.worker._sweep.run()


async def test_a_watch_that_lost_its_entry_rings_again(site: Site) -> None:
    """Whatever became of the index, within an hour every watch is in it."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", thresholds=(7,))
    await site.settle()
    await site.bot.services.index.cancel(MEI.member)
    await site.live(4 * DAY)
    assert len(site.heard("mei")) == 1

    assert await sweeps(site) == 1
    await site.live(DAY)

    assert len(site.heard("mei")) == 2
    assert await sweeps(site) == 0


async def test_a_person_who_lost_their_watch_gets_a_new_one(
    redis_url: str, canaries: Watch
) -> None:
    """Who has connections has a watch, also after a write that was lost."""
    async with open_site(redis_url, canaries, work=False) as site:
        for name in ("mei", "jonas"):
            await site.connect(name)
        await site.bot.services.watches.remove(MEI)
        await site.bot.services.index.cancel(MEI.member)

        assert await sweeps(site) == 1

        assert await site.bot.services.watches.load(MEI) is not None
        assert await site.place("mei") is not None


async def test_an_index_that_was_lost_comes_back_little_by_little(
    redis_url: str, canaries: Watch, redis: Redis
) -> None:
    """Ten thousand watches do not all look in the same second."""
    async with open_site(redis_url, canaries, work=False) as site:
        await site.connect("mei")
        script = redis.register_script("return redis.call('SADD', KEYS[1], unpack(ARGV))")
        for part in range(5):
            ids = [f"U{part}{number:05}" for number in range(2_000)]
            await script(keys=[keys.watches(MEI.scope)], args=ids)

        assert await sweeps(site) == 10_000

        state = await site.bot.services.index.peek()
        assert state.next_due is not None
        now = site.clock.now()
        soon = 0
        while claims := await site.bot.services.index.claim(now, 1000, HOUR):
            soon += len(claims)
        assert 0 < soon < 5_000
        await redis.unlink(keys.watches(MEI.scope))


async def test_what_is_parked_is_tried_again_after_a_day(
    redis_url: str, canaries: Watch, redis: Redis
) -> None:
    """Whatever was wrong with it may have been mended meanwhile."""
    async with open_site(redis_url, canaries, work=False) as site:
        index = site.bot.services.index
        await site.connect("mei")
        for _ in range(MOST_ATTEMPTS):
            (claim,) = await index.claim(site.clock.now() + MINUTE, 1, HOUR)
            await index.finish(claim, site.clock.now() - HOUR, "failed")
        assert await site.place("mei") == "parked"

        assert await sweeps(site) == 0
        assert await site.place("mei") == "parked"
        await _park_earlier(redis, timedelta(days=1))
        await sweeps(site)

        assert await site.place("mei") is not None
        assert await site.place("mei") != "parked"


async def _park_earlier(redis: Redis, by: timedelta) -> None:
    script = redis.register_script(
        """
        for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
          redis.call('ZINCRBY', KEYS[1], -ARGV[1], member)
        end
        """
    )
    for shard in range(64):
        await script(keys=[keys.parked(f"{shard:02}")], args=[int(by.total_seconds() * 1000)])
