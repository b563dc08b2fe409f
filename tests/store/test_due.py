"""The due index against a real server. Leases go by the server's clock, so tests poll for them."""

import asyncio
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import system_random
from bot.errors import StoreUnavailableError
from bot.store import keys
from bot.store.due import MOST_ATTEMPTS, SHARDS, Claim, DueIndex
from bot.store.redis import Redis, connect
from tests.fixtures.redis import START, FrozenClock, asked

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


async def test_what_is_due_is_claimed_once(index: DueIndex) -> None:
    """A due member goes to one worker, with its due time; what sleeps on stays."""
    await index.wake("T1/U1", START - MINUTE)
    await index.wake("T1/U2", START + MINUTE)

    claims = await index.claim(START, 10, LEASE)

    assert [(claim.member, claim.due, claim.attempts) for claim in claims] == [
        ("T1/U1", START - MINUTE, 0)
    ]
    assert await index.claim(START, 10, LEASE) == []
    assert await index.peek() == (START + MINUTE, 1, 0)


async def test_nothing_is_due_before_its_time(index: DueIndex) -> None:
    """Not even by the fraction of a millisecond that the index does not keep."""
    due = START + timedelta(microseconds=300)
    await index.wake("T1/U1", due)

    assert await index.claim(START, 10, LEASE) == []
    assert await index.claim(due, 10, LEASE) == []
    assert len(await index.claim(due + timedelta(milliseconds=1), 10, LEASE)) == 1


async def test_a_claim_is_at_most_what_was_asked_for(index: DueIndex) -> None:
    """A burst is worked off in portions, the longest due of a shard first."""
    for number in range(500):
        await index.wake(f"T1/U{number}", START - number * MINUTE)

    first = await index.claim(START, 7, LEASE)
    rest = [claim for _ in range(100) for claim in await index.claim(START, 50, LEASE)]

    assert len(first) == 7
    assert len({claim.member for claim in [*first, *rest]}) == len(first) + len(rest) == 500


async def test_the_sooner_wake_counts(index: DueIndex) -> None:
    """A member that is woken twice is due at the sooner of both times, in any order."""
    await index.wake("a", START + MINUTE)
    await index.wake("a", START + 2 * MINUTE)
    assert (await index.peek()).next_due == START + MINUTE

    await index.wake("a", START)
    assert (await index.peek()).next_due == START


async def test_an_ended_claim_sleeps_until_it_is_due_again(index: DueIndex) -> None:
    """A worker says when a member is due next, and nothing remembers the claim."""
    await index.wake("a", START)
    [claim] = await index.claim(START, 1, LEASE)

    assert await index.finish(claim, START + MINUTE) == "kept"

    assert await index.peek() == (START + MINUTE, 0, 0)
    [again] = await index.claim(START + MINUTE, 1, LEASE)
    assert (again.member, again.attempts) == ("a", 0)


async def test_what_is_never_due_again_leaves_nothing(index: DueIndex, redis: Redis) -> None:
    """An entry that a worker drops is gone with all its keys."""
    await index.wake("a", START)
    [claim] = await index.claim(START, 1, LEASE)

    assert await index.finish(claim, None) == "kept"

    assert [key async for key in redis.scan_iter()] == []


@pytest.mark.parametrize("due", [START + 2 * MINUTE, None])
async def test_a_wake_during_a_claim_is_not_lost(index: DueIndex, due: datetime | None) -> None:
    """Who is woken while being worked on is due then, even if the worker would drop it."""
    await index.wake("a", START)
    [claim] = await index.claim(START, 1, LEASE)
    await index.wake("a", START + 3 * MINUTE)
    await index.wake("a", START + MINUTE)
    await index.wake("a", START + 4 * MINUTE)
    assert await index.claim(START + 5 * MINUTE, 1, LEASE) == []

    assert await index.finish(claim, due) == "kept"

    assert (await index.peek()).next_due == START + MINUTE


async def test_a_later_wake_during_a_claim_changes_nothing(index: DueIndex) -> None:
    """Who would be due sooner anyway stays so."""
    await index.wake("a", START)
    [claim] = await index.claim(START, 1, LEASE)
    await index.wake("a", START + 3 * MINUTE)

    await index.finish(claim, START + MINUTE)

    assert (await index.peek()).next_due == START + MINUTE


async def test_who_lost_a_lease_changes_nothing(index: DueIndex) -> None:
    """A worker that was only slow cannot end, extend or give back what is another's now."""
    await index.wake("a", START)
    [lost] = await index.claim(START, 1, BLINK)
    [claim] = await until(lambda: index.claim(START, 1, LEASE))

    assert await index.finish(lost, START + MINUTE) == "lost"
    assert not await index.extend(lost, LEASE)
    assert await index.finish(lost, START, "back") == "lost"

    assert await index.extend(claim, LEASE)
    assert await index.finish(claim, START + 2 * MINUTE) == "kept"
    assert await index.finish(claim, START + MINUTE) == "lost"


async def test_a_claim_that_is_given_back_counts_as_none(index: DueIndex) -> None:
    """A worker that stops leaves what it had as it was, failures included."""
    await index.wake("a", START)
    [claim] = await index.claim(START, 1, LEASE)
    await index.finish(claim, START, "failed")
    [claim] = await index.claim(START, 1, LEASE)

    await index.finish(claim, claim.due, "back")

    [again] = await index.claim(START, 1, LEASE)
    assert (again.due, again.attempts) == (START, 1)


async def test_only_what_is_missing_is_added(index: DueIndex) -> None:
    """The sweep touches nothing that sleeps, is claimed or parked."""
    await index.wake("parked", START)
    for _ in range(MOST_ATTEMPTS):
        [claim] = await index.claim(START, 1, LEASE)
        await index.finish(claim, START, "failed")
    await index.wake("claimed", START)
    await index.claim(START, 1, LEASE)
    await index.wake("sleeps", START + MINUTE)

    added = await index.add_missing(["parked", "claimed", "sleeps", "missing"], START)

    assert added == 1
    assert [claim.member for claim in await index.claim(START, 9, LEASE)] == ["missing"]
    assert await index.peek() == (START + MINUTE, 2, 1)


async def test_many_missing_are_added_in_portions(index: DueIndex, redis: Redis) -> None:
    """Also after the whole index was lost, each command is small."""
    members = [f"T1/U{number}" for number in range(20_000)]

    assert await index.add_missing(members, START) == len(members)
    assert await index.add_missing(members, START) == 0
    # A scan may return a key twice.
    sizes = Counter(key.rpartition(":")[2] for key in {key async for key in redis.scan_iter()})
    assert sizes == {"wakes": SHARDS}


async def test_a_cancelled_member_is_gone(index: DueIndex, redis: Redis) -> None:
    """Whether it sleeps or is worked on; the worker has lost it."""
    await index.wake("a", START)
    await index.wake("b", START)
    claims = {claim.member: claim for claim in await index.claim(START, 1, LEASE)}

    for member in ("a", "b"):
        await index.cancel(member)

    assert [key async for key in redis.scan_iter()] == []
    for claim in claims.values():
        assert await index.finish(claim, START) == "lost"
    assert [key async for key in redis.scan_iter()] == []


async def test_a_lease_without_its_claim_does_not_stop_a_shard(
    index: DueIndex, redis: Redis
) -> None:
    """Should Redis lose half of an entry, the rest of it is due at once."""
    await index.wake("a", START)
    await index.claim(START, 1, BLINK)
    [key] = [key async for key in redis.scan_iter() if key.endswith(":claims")]
    await redis.unlink(key)

    [claim] = await until(lambda: index.claim(START, 1, LEASE))

    assert claim.member == "a"


async def test_an_idle_worker_leaves_quiet_shards_alone(
    redis: Redis, frozen_clock: FrozenClock
) -> None:
    """It asks again after a while, when something is due, and when it has woken something itself."""
    index = DueIndex(redis, frozen_clock, system_random(), poll=1.0)
    other = DueIndex(redis, frozen_clock, system_random())
    assert index.idle_for(START) == 0
    assert await index.claim(START, 10, LEASE) == []
    assert index.idle_for(START) == 1.0

    await other.wake("elsewhere", START)
    assert await index.claim(START, 10, LEASE) == []
    await index.wake("here", START)
    assert index.idle_for(START) == 0
    assert [claim.member for claim in await index.claim(START, 10, LEASE)] == ["here"]

    frozen_clock.advance(timedelta(seconds=1))
    assert index.idle_for(START) == 0
    assert [claim.member for claim in await index.claim(START, 10, LEASE)] == ["elsewhere"]


async def test_an_idle_worker_wakes_in_time(redis: Redis, frozen_clock: FrozenClock) -> None:
    """It knows when the next is due, by a clock that may be moved at any moment."""
    index = DueIndex(redis, frozen_clock, system_random(), poll=1.0)
    await index.wake("a", START + timedelta(milliseconds=250))
    await index.claim(START, 10, LEASE)

    assert index.idle_for(START) == 0.25
    assert index.idle_for(START + MINUTE) == 0
    assert await index.claim(START, 10, LEASE) == []
    assert len(await index.claim(START + MINUTE, 10, LEASE)) == 1


async def test_where_nothing_is_due_is_seen_at_once(redis_url: str, index: DueIndex) -> None:
    """One shard is tried, and the others are looked at together, of which one has something."""
    await index.wake("a", START + MINUTE)
    await index.claim(START, 10, LEASE)
    before = await asked(redis_url, "evalsha")

    assert await index.claim(START, 10, LEASE) == []
    assert await asked(redis_url, "evalsha") == before + 1

    assert len(await index.claim(START + MINUTE, 10, LEASE)) == 1
    assert await asked(redis_url, "evalsha") <= before + 3


class Last:
    """Has a member's shard visited last."""

    def __init__(self, member: str) -> None:
        self._shard = f"{zlib.crc32(member.encode()) % SHARDS:02}"

    def sample(self, population: Sequence[str], k: int) -> list[str]:
        return sorted(population, key=lambda shard: shard != self._shard)[:k]


async def test_what_the_dead_have_claimed_is_seen_from_afar(
    redis: Redis, frozen_clock: FrozenClock
) -> None:
    """A lease that has ended counts as due, though nothing sleeps in its shard."""
    index = DueIndex(redis, frozen_clock, Last("a"), poll=0)
    await index.wake("a", START)
    assert await index.claim(START, 1, BLINK)

    [claim] = await until(lambda: index.claim(START, 1, LEASE))

    assert claim.member == "a"


async def test_a_redis_that_is_away_is_said_to_be(frozen_clock: FrozenClock) -> None:
    """Whatever is asked of the index, it says that Redis is away."""
    client = connect("redis://127.0.0.1:1")
    index = DueIndex(client, frozen_clock, system_random())
    for call in (
        index.wake("a", START),
        index.add_missing(["a"], START),
        index.claim(START, 1, LEASE),
        index.cancel("a"),
        index.peek(),
        index.revive(START),
    ):
        with pytest.raises(StoreUnavailableError):
            await call
    await client.aclose()


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["wake", "missing", "claim", "done", "failed", "back", "cancel"]),
            st.integers(0, 3),
            st.integers(-3, 5),
        ),
        max_size=40,
    )
)
async def test_whatever_happens_a_member_is_in_one_place(
    redis_url: str, steps: list[tuple[str, int, int]]
) -> None:
    """It sleeps, is claimed or is parked, never two at once; and none that is there gets lost."""
    client = connect(redis_url)
    index = DueIndex(client, FrozenClock(), system_random(), poll=0)
    for number in range(4):
        await index.cancel(f"m{number}")
    held: dict[str, Claim] = {}
    known: set[str] = set()
    for action, number, minutes in steps:
        member, due = f"m{number}", START + minutes * MINUTE
        if action == "wake":
            await index.wake(member, due)
            known.add(member)
        elif action == "missing":
            assert await index.add_missing([member], due) == (member not in known)
            known.add(member)
        elif action == "claim":
            for claim in await index.claim(due, 2, LEASE):
                assert claim.member not in held
                held[claim.member] = claim
        elif action == "cancel":
            await index.cancel(member)
            known.discard(member)
            held.pop(member, None)
        elif member in held:
            await index.finish(held.pop(member), due, action)  # type: ignore[arg-type]  # one of three
    peek = await index.peek()
    sleeping = 0
    for shard in {key.split("}")[0].removeprefix("tb:{due:") async for key in client.scan_iter()}:
        count = client.register_script("return redis.call('ZCARD', KEYS[1])")
        sleeping += await count(keys=[keys.wakes(shard)], args=[])
    assert peek.claimed == len(held)
    assert sleeping + peek.claimed + peek.parked == len(known)
    await client.aclose()


async def test_the_index_works_in_memory_too(frozen_clock: FrozenClock) -> None:
    """The last resort without a server keeps the same promises."""
    client = connect("fakeredis://due")
    index = DueIndex(client, frozen_clock, system_random(), poll=0)
    await index.wake("a", START)
    [claim] = await index.claim(START, 1, BLINK)
    [claim] = await until(lambda: index.claim(START, 1, LEASE))
    assert await index.extend(claim, LEASE)
    assert await index.finish(claim, START + MINUTE, "failed") == "kept"

    assert await index.peek() == (START + MINUTE, 0, 0)
    await client.aclose()


async def test_a_member_can_be_found(index: DueIndex) -> None:
    """Asleep until its time, claimed, parked, or nowhere."""
    assert await index.place("a") is None
    await index.wake("a", START)
    assert await index.place("a") == START

    for _ in range(MOST_ATTEMPTS):
        (claim,) = await index.claim(START, 1, LEASE)
        assert await index.place("a") == "claimed"
        await index.finish(claim, START, "failed")

    assert await index.place("a") == "parked"
