"""Claims of the due index that do not come to an end: lost leases, failures, what is parked."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.clock import system_random
from bot.store.due import MOST_ATTEMPTS, Claim, DueIndex
from bot.store.redis import Redis
from tests.fixtures.redis import START, FrozenClock

LEASE = timedelta(seconds=30)
BLINK = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(name="index")
def _index(redis: Redis, frozen_clock: FrozenClock) -> DueIndex:
    # Looked at again at once: the clock of these tests stands still.
    return DueIndex(redis, frozen_clock, system_random(), poll=0)


async def until(claimed: Callable[[], Awaitable[list[Claim]]]) -> list[Claim]:
    async with asyncio.timeout(20):
        while not (claims := await claimed()):  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.005)
    return claims


async def test_a_dead_workers_claim_is_taken_back(index: DueIndex) -> None:
    """When a lease has ended the member is due again, and counts the attempt."""
    await index.wake("a", START)
    [lost] = await index.claim(START, 1, BLINK)

    [claim] = await until(lambda: index.claim(START, 1, LEASE))

    assert (claim.member, claim.due, claim.attempts) == ("a", START, 1)
    assert claim.generation != lost.generation


@pytest.mark.parametrize("score", ["inf", "1e300", "-inf", "-1e300"])
async def test_a_time_that_is_none_stops_nobody(index: DueIndex, redis: Redis, score: str) -> None:
    """A time beyond all times in one shard, whoever put it there, keeps no worker from the rest."""
    await index.wake("a", START)
    (key,) = [key async for key in redis.scan_iter("tb:{due:*}:wakes")]
    set_score = redis.register_script("return redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])")
    await set_score(keys=[key], args=[score, "odd"])

    claimed = {claim.member: claim.due for claim in await index.claim(START, 5, LEASE)}

    assert claimed["a"] == START
    assert ("odd" in claimed) == score.startswith("-")
    assert (await index.peek()).claimed == len(claimed)
    assert await index.place("a") == "claimed"
    assert index.idle_for(START) >= 0


async def test_a_lease_can_be_extended(index: DueIndex, frozen_clock: FrozenClock) -> None:
    """Whoever needs longer keeps its claim, and knows until when."""
    await index.wake("a", START)
    [claim] = await index.claim(START, 1, timedelta(seconds=2))

    assert await index.extend(claim, LEASE)

    assert claim.until == frozen_clock.monotonic() + 30
    assert (await index.peek()).claimed == 1


async def test_what_keeps_failing_is_parked(index: DueIndex) -> None:
    """After so many failures nobody gets it, until it is revived for one more try."""
    await index.wake("a", START)
    ends = []
    for attempt in range(MOST_ATTEMPTS):
        [claim] = await index.claim(START, 1, LEASE)
        assert claim.attempts == attempt
        ends.append(await index.finish(claim, START, "failed"))

    assert ends == ["kept"] * (MOST_ATTEMPTS - 1) + ["parked"]
    assert await index.claim(START, 1, LEASE) == []
    assert await index.peek() == (None, 0, 1)

    assert await index.revive(START, parked_for=timedelta(hours=1)) == 0
    assert await index.revive(START) == 1
    [claim] = await index.claim(START, 1, LEASE)
    assert await index.finish(claim, START, "failed") == "parked"


async def test_what_keeps_killing_workers_is_parked(index: DueIndex) -> None:
    """A member at which every worker dies does not go on killing them."""
    await index.wake("a", START)
    claims = 0
    async with asyncio.timeout(20):
        while not (await index.peek()).parked:
            claims += len(await index.claim(START, 1, BLINK))
            await asyncio.sleep(0.002)

    assert claims == MOST_ATTEMPTS
    assert await index.peek() == (None, 0, 1)


async def test_a_success_forgives_all_failures(index: DueIndex) -> None:
    """Only failures in a row count."""
    await index.wake("a", START)
    for _ in range(3):
        for _ in range(MOST_ATTEMPTS - 1):
            [claim] = await index.claim(START, 1, LEASE)
            assert await index.finish(claim, START, "failed") == "kept"
        [claim] = await index.claim(START, 1, LEASE)
        assert await index.finish(claim, START) == "kept"


async def test_a_person_revives_what_is_parked(index: DueIndex) -> None:
    """A changed setting wakes a watch even if it was put aside."""
    await index.wake("a", START)
    for _ in range(MOST_ATTEMPTS):
        [claim] = await index.claim(START, 1, LEASE)
        await index.finish(claim, START, "failed")

    await index.wake("a", START)

    assert await index.peek() == (START, 0, 0)
