"""A worker's hold on a watch."""

from datetime import timedelta

from bot.clock import system_random
from bot.jobs.lease import Lease, pass_by
from bot.store.due import DueIndex
from bot.store.redis import Redis
from tests.fixtures.redis import FrozenClock

MINUTE = timedelta(minutes=1)


async def test_a_lease_is_extended_only_when_it_has_to_be(
    redis: Redis, frozen_clock: FrozenClock
) -> None:
    """As long as enough of it is left nobody is asked; who lost it hears so."""
    index = DueIndex(redis, frozen_clock, system_random(), poll=0)
    await index.wake("a", frozen_clock.now())
    (claim,) = await index.claim(frozen_clock.now(), 1, MINUTE)
    lease = Lease(claim, index, frozen_clock)
    before = claim.until

    assert await lease.hold(MINUTE / 2)
    assert claim.until == before
    assert await lease.hold(2 * MINUTE)
    assert claim.until == before + 60
    await index.cancel("a")
    assert not await lease.hold(4 * MINUTE)
    await pass_by("claim", "a")
