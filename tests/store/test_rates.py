"""Rates and heartbeats against a real server: both go by its clock."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.errors import StoreUnavailableError
from bot.store import keys
from bot.store.heartbeats import Heartbeats
from bot.store.rates import Place, Rate, Rates
from bot.store.redis import Redis, connect

SECOND = timedelta(seconds=1)
NOW = timedelta(0)
POSTS = Rate("post", 10 * SECOND, burst=3)


@pytest.fixture(name="rates")
def _rates(redis: Redis) -> Rates:
    return Rates(redis)


async def taken(rates: Rates, count: int, scope: str = "T1", rate: Rate = POSTS) -> list[Place]:
    return [await rates.take(scope, rate) for _ in range(count)]


async def test_a_burst_goes_at_once_and_the_rest_one_by_one(rates: Rates) -> None:
    """Who comes too early is promised a place of his own, an interval after the one before."""
    places = await taken(rates, 6)

    assert [place.wait for place in places[:3]] == [NOW] * 3
    assert NOW < places[3].wait <= 10 * SECOND
    distances = [later.at - sooner.at for sooner, later in pairwise(places[3:])]
    assert distances == [10 * SECOND] * 2


async def test_workspaces_and_kinds_of_calls_do_not_wait_for_each_other(rates: Rates) -> None:
    """A busy workspace slows down no other one, and posts no edits."""
    await taken(rates, 4)

    assert (await rates.take("T2", POSTS)).wait == NOW
    assert (await rates.take("T1", POSTS._replace(name="edit"))).wait == NOW


async def test_a_promised_place_is_kept(rates: Rates) -> None:
    """Who comes back in time goes at once; who comes early is told to wait for his own place."""
    quick = Rate("post", timedelta(milliseconds=50), burst=1)
    await rates.take("T1", quick)
    promised = await rates.take("T1", quick)
    await taken(rates, 20, rate=quick)

    early = await rates.take("T1", quick, promised.at)
    async with asyncio.timeout(20):
        while (again := await rates.take("T1", quick, promised.at)).wait > NOW:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    assert early.at == again.at == promised.at


async def test_an_attempt_promises_nothing(rates: Rates) -> None:
    """Who only tries takes a free place, and leaves the next one to others."""
    assert [(await rates.attempt("T1", POSTS)).wait for _ in range(3)] == [NOW] * 3
    tried = await rates.attempt("T1", POSTS)
    assert tried.wait > NOW

    assert (await rates.attempt("T1", POSTS)).at == tried.at
    assert (await rates.take("T1", POSTS)).at == tried.at
    assert (await rates.attempt("T1", POSTS)).at == tried.at + 10 * SECOND


async def test_a_promise_ends(rates: Rates, redis: Redis) -> None:
    """Who comes back too late takes the next free place, so that no burst follows an outage."""
    await taken(rates, 4)
    place = await rates.take("T1", POSTS)

    late = await rates.take("T1", POSTS, place.at - place.wait - timedelta(minutes=1))

    assert late.at == place.at + 10 * SECOND


async def test_a_blocked_workspace_waits(rates: Rates) -> None:
    """After Slack's own refusal nothing goes until it said, then one by one, promises included."""
    promised = (await taken(rates, 4))[-1]
    before = (await rates.take("T2", POSTS)).at

    await rates.block("T1", POSTS, timedelta(minutes=2))
    places = await taken(rates, 2)
    kept = await rates.take("T1", POSTS, promised.at)

    assert abs(places[0].at - before - timedelta(minutes=2)) < 30 * SECOND
    assert places[1].at - places[0].at == 10 * SECOND
    assert kept.at - places[1].at == 10 * SECOND


async def test_a_shorter_block_does_not_end_a_longer_one(rates: Rates) -> None:
    """The latest moment that Slack named counts."""
    await rates.block("T1", POSTS, timedelta(minutes=2))
    await rates.block("T1", POSTS, SECOND)

    assert (await rates.take("T1", POSTS)).wait > timedelta(minutes=1)


async def test_a_rate_is_forgotten_when_it_no_longer_matters(rates: Rates, redis: Redis) -> None:
    """A quiet workspace keeps nothing; a block of any length is bounded."""
    await rates.take("T1", POSTS)
    assert 0 < await redis.pttl(keys.rate("T1", "post")) <= 70_000

    await rates.block("T1", POSTS, timedelta(days=1_000))
    assert (await rates.take("T1", POSTS)).wait <= keys.RATE_TTL


async def test_rates_work_in_memory_too() -> None:
    """The last resort without a server keeps the same promises."""
    client = connect("fakeredis://rates")
    rates = Rates(client)
    assert [place.wait > NOW for place in await taken(rates, 4)] == [False, False, False, True]
    await rates.block("T1", POSTS, SECOND)
    await client.aclose()


async def test_workers_are_counted_while_they_are_alive(redis: Redis) -> None:
    """One that has ended, or has not been heard of for a minute, is none."""
    heartbeats = Heartbeats(redis)
    assert await heartbeats.alive() == 0

    await heartbeats.beat("w1")
    await heartbeats.beat("w1")
    await heartbeats.beat("w2")
    assert await heartbeats.alive() == 2
    await heartbeats.leave("w2")
    assert await heartbeats.alive() == 1

    age = redis.register_script("return redis.call('ZINCRBY', KEYS[1], -61000, ARGV[1])")
    await age(keys=[keys.workers()], args=["w1"])
    assert await heartbeats.alive() == 0
    await heartbeats.beat("w3")
    count = redis.register_script("return redis.call('ZCARD', KEYS[1])")
    assert await count(keys=[keys.workers()], args=[]) == 1


async def test_one_worker_sweeps_in_an_hour(redis: Redis) -> None:
    """The first who asks does, the others not."""
    heartbeats = [Heartbeats(redis) for _ in range(3)]

    assert [await each.begin_sweep() for each in heartbeats] == [True, False, False]


async def test_both_say_when_redis_is_away() -> None:
    """No call hangs or fails otherwise."""
    client = connect("redis://127.0.0.1:1")
    for call in (
        Rates(client).take("T1", POSTS),
        Rates(client).block("T1", POSTS, SECOND),
        Heartbeats(client).beat("w1"),
        Heartbeats(client).alive(),
        Heartbeats(client).begin_sweep(),
    ):
        with pytest.raises(StoreUnavailableError):
            await call
    await client.aclose()
