import asyncio
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Ids
from bot.errors import (
    BrokenAnswerError,
    CredentialRefusedError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
    UpstreamError,
)
from bot.models.credential import Access
from bot.models.listing import Problem, Reading
from bot.store import cache as cache_module
from bot.store import flight as flight_module
from bot.store import keys
from bot.store.cache import SealedCache
from bot.store.flight import Flight
from bot.store.keyring import Keyring, generate_key
from bot.store.readings import ReadingCache
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.fixtures.redis import START, FrozenClock
from tests.store.records import access, credential, reading, target
from tests.store.servers import count_joins, free_ports, frozen, server, until

_ROOT = Path(__file__).parents[2]
_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)


class Upstream:
    """A service that answers with what it is given, and counts how often it is asked."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self.calls = 0
        self.error: UpstreamError | None = None
        self.everything = True
        self.count = 2
        self.hold: asyncio.Event | None = None

    async def fetch(self) -> Reading:
        self.calls += 1
        read_at = self.clock.now()
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        return reading(read_at, everything=self.everything, count=self.count)


Build = Callable[..., ReadingCache]


@pytest.fixture(name="upstream")
def _upstream(frozen_clock: FrozenClock) -> Upstream:
    return Upstream(frozen_clock)


@pytest.fixture(name="build")
def _build(redis: Redis, vault: Vault, ids: Ids, frozen_clock: FrozenClock) -> Build:
    """Build what one process has; several share only Redis."""

    def build(client: Redis = redis, seals: Vault = vault) -> ReadingCache:
        return ReadingCache(SealedCache(client, seals, ids), Flight(client, ids), frozen_clock)

    return build


@pytest.fixture(name="used")
def _used(vault: Vault) -> Access:
    return access(vault)


async def ask(
    cache: ReadingCache,
    used: Access,
    upstream: Upstream,
    *,
    everything: bool = True,
    max_age: timedelta = timedelta(seconds=60),
    label: str = "",
) -> tuple[Reading, Problem | None]:
    return await cache.get(
        used, target(label=label), everything=everything, max_age=max_age, fetch=upstream.fetch
    )


async def test_a_fresh_reading_spares_a_call(
    build: Build, used: Access, upstream: Upstream, frozen_clock: FrozenClock
) -> None:
    """Within a minute everybody gets what was read, in every process; then it is read anew."""
    first = await ask(build(), used, upstream)
    frozen_clock.advance(60 * _SECOND)
    assert await ask(build(), used, upstream) == first == (reading(), None)
    assert upstream.calls == 1

    frozen_clock.advance(_SECOND)
    assert await ask(build(), used, upstream) == (reading(frozen_clock.now()), None)
    assert upstream.calls == 2


async def test_a_reading_ages_by_the_clock_of_the_tokens(
    build: Build, used: Access, upstream: Upstream, frozen_clock: FrozenClock
) -> None:
    """When only the time that tokens live by moves on, what was read is old."""
    await ask(build(), used, upstream)
    frozen_clock.move_now(61 * _SECOND)

    assert await ask(build(), used, upstream) == (reading(frozen_clock.now()), None)
    assert upstream.calls == 2


async def test_a_reading_comes_back_as_it_was(
    build: Build, used: Access, upstream: Upstream
) -> None:
    """Every field of every token survives; what was not reported stays so."""
    upstream.count = 50
    fetched, _ = await ask(build(), used, upstream)
    kept, _ = await ask(build(), used, upstream)

    assert kept == fetched == reading(count=50)
    assert upstream.calls == 1


async def test_a_refresh_reads_anew(build: Build, used: Access, upstream: Upstream) -> None:
    """Somebody who wants the state of this moment gets it."""
    cache = build()
    await ask(cache, used, upstream)
    upstream.count = 3
    upstream.clock.advance(_SECOND)

    read, _ = await ask(cache, used, upstream, max_age=timedelta(0))

    assert len(read.tokens) == 3


async def test_a_reading_of_everything_answers_for_less(
    build: Build, used: Access, upstream: Upstream
) -> None:
    """What holds ended tokens too serves those who do not ask for them, but not the reverse."""
    cache = build()
    await ask(cache, used, upstream, everything=True)
    await ask(cache, used, upstream, everything=False)
    assert upstream.calls == 1

    upstream.clock.advance(61 * _SECOND)
    upstream.everything = False
    await ask(cache, used, upstream, everything=False)
    await ask(cache, used, upstream, everything=False)
    assert upstream.calls == 2
    upstream.everything = True
    await ask(cache, used, upstream, everything=True)
    assert upstream.calls == 3


async def test_the_later_of_two_readings_counts(
    build: Build, used: Access, upstream: Upstream
) -> None:
    """Of a reading of everything and one of what lives, the fresher one is shown."""
    cache = build()
    await ask(cache, used, upstream, everything=True)
    upstream.clock.advance(61 * _SECOND)
    upstream.everything, upstream.count = False, 5
    await ask(cache, used, upstream, everything=False)
    upstream.error = UnavailableError("kyuubi")
    upstream.clock.advance(_HOUR)

    read, problem = await ask(cache, used, upstream, everything=False)

    assert problem is not None
    assert len(read.tokens) == 5


@pytest.mark.parametrize(
    "error", [UnavailableError("kyuubi", status=503), ThrottledError("kyuubi", retry_after=3.0)]
)
async def test_an_old_reading_stands_in_while_the_service_is_down(
    build: Build, used: Access, upstream: Upstream, error: UpstreamError
) -> None:
    """Up to a day the last reading is shown, with the reason; then there is only the error."""
    cache = build()
    await ask(cache, used, upstream)
    upstream.error = error
    upstream.clock.advance(24 * _HOUR)
    assert await ask(cache, used, upstream) == (reading(), Problem.of(error))

    upstream.clock.advance(_SECOND)
    with pytest.raises(type(error)):
        await ask(cache, used, upstream)


@pytest.mark.parametrize(
    "error",
    [BrokenAnswerError("kyuubi"), PermissionMissingError("kyuubi", permission="ListKyuubiToken")],
)
async def test_other_errors_are_not_covered_up(
    build: Build, used: Access, upstream: Upstream, error: UpstreamError
) -> None:
    """An old reading does not hide what somebody has to mend."""
    cache = build()
    await ask(cache, used, upstream)
    upstream.error = error
    upstream.clock.advance(61 * _SECOND)

    with pytest.raises(type(error)):
        await ask(cache, used, upstream)


async def test_a_refused_credential_loses_what_was_read_with_it(
    build: Build, used: Access, vault: Vault, upstream: Upstream, redis: Redis
) -> None:
    """All targets of the credential at that endpoint are forgotten, and nothing else."""
    cache, elsewhere = build(), access(vault, endpoint="https://elsewhere")
    await ask(cache, used, upstream)
    await cache.get(used, target("w-2"), everything=True, fetch=upstream.fetch)
    await ask(cache, elsewhere, upstream)
    upstream.clock.advance(61 * _SECOND)
    upstream.error = CredentialRefusedError("kyuubi")
    with pytest.raises(CredentialRefusedError):
        await ask(cache, used, upstream)

    left = [key async for key in redis.scan_iter("*:reading:*")]

    assert left == [keys.reading("T1", elsewhere.fingerprint, target().id, "all")]


async def test_another_credential_sees_nothing_of_it(
    build: Build, used: Access, vault: Vault, upstream: Upstream
) -> None:
    """Who has another secret, another scope or another endpoint makes an own call."""
    cache = build()
    await ask(cache, used, upstream)
    others = [
        access(vault, proof=credential("another secret")),
        access(vault, "T2"),
        access(vault, endpoint="https://elsewhere"),
    ]
    for number, other in enumerate(others, start=2):
        await ask(cache, other, upstream)
        assert upstream.calls == number


async def test_a_label_is_its_owners(build: Build, used: Access, upstream: Upstream) -> None:
    """Two people with one credential share the tokens, each under the own name of the place."""
    cache = build()
    await ask(cache, used, upstream, label="Mei's")

    read, _ = await ask(build(), used, upstream, label="Tom's")

    assert upstream.calls == 1
    assert {read.target.label, *(token.target.label for token in read.tokens)} == {"Tom's"}


async def test_those_who_wait_together_keep_their_labels(
    build: Build, used: Access, upstream: Upstream
) -> None:
    """A reading that is on its way is named for each who waits for it."""
    cache, upstream.hold = build(), asyncio.Event()
    waiting = [asyncio.create_task(ask(cache, used, upstream, label=label)) for label in ("a", "b")]
    await until(lambda: upstream.calls)
    upstream.hold.set()

    labels = [
        {read.target.label} | {t.target.label for t in read.tokens}
        for read, _ in await asyncio.gather(*waiting)
    ]

    assert labels == [{"a"}, {"b"}]
    assert upstream.calls == 1


async def test_a_reading_that_was_moved_or_damaged_is_a_miss(
    build: Build, used: Access, vault: Vault, upstream: Upstream, redis: Redis
) -> None:
    """What does not open in its place is read anew, not shown and not an error."""
    cache = build()
    await ask(cache, used, upstream)
    key = keys.reading("T1", used.fingerprint, target().id, "all")
    good = await redis.get(key)
    assert good is not None
    other = access(vault, endpoint="https://elsewhere")
    moved = keys.reading("T1", other.fingerprint, target().id, "all")
    bound = ("T1", used.fingerprint, target().id, "all")
    for number, bad in enumerate(
        [
            "rubbish",
            good[:-1] + ("A" if good[-1] != "A" else "B"),
            vault.seal("reading", bound, b"no zlib"),
            vault.seal("reading", bound, zlib.compress(b"[]")),
            vault.seal("reading", bound, zlib.compress(b'{"tokens": [{}]}')),
        ],
        start=2,
    ):
        await redis.set(key, bad, px=60_000)
        assert await ask(build(), used, upstream) == (reading(), None)
        assert upstream.calls == number
    await redis.set(moved, good, px=60_000)
    await ask(build(), other, upstream)
    assert upstream.calls == number + 1


async def test_a_reading_from_the_future_is_not_fresh(
    build: Build, used: Access, upstream: Upstream
) -> None:
    """What was stored under a clock that was wrong by hours is not believed for hours."""
    upstream.clock.advance(2 * _HOUR)
    await ask(build(), used, upstream)
    upstream.clock.advance(-2 * _HOUR)

    read, _ = await ask(build(), used, upstream)

    assert upstream.calls == 2
    assert read.read_at == START


async def test_two_hundred_people_in_four_processes_cause_one_call(
    build: Build, used: Access, upstream: Upstream
) -> None:
    """However many ask at once with one credential, the service is asked once."""
    caches, upstream.hold = [build() for _ in range(4)], asyncio.Event()
    waiting = [
        asyncio.create_task(ask(cache, used, upstream)) for cache in caches for _ in range(50)
    ]
    await until(lambda: upstream.calls)
    upstream.hold.set()

    assert await asyncio.gather(*waiting) == [(reading(), None)] * 200
    assert upstream.calls == 1


_PROCESS = """
import asyncio, json, sys
from pathlib import Path
from pydantic import SecretStr
from bot.clock import SystemClock, SystemIds
from bot.models.credential import Access, AccessKey
from bot.models.listing import Reading
from bot.models.target import Target
from bot.store.cache import SealedCache
from bot.store.flight import Flight
from bot.store.keyring import Keyring
from bot.store.readings import ReadingCache
from bot.store.redis import connect
from bot.store.vault import Vault

url, ring, calls = sys.argv[1:]
target = Target(source="kyuubi", coordinates={"region": "cn-hangzhou"})
proof = AccessKey(access_key_id="LTAI5t", access_key_secret=SecretStr("s"))

async def fetch():
    with open(calls, "a") as file:
        file.write("call\\n")
    await asyncio.sleep(0.3)
    return Reading(target=target, tokens=(), read_at=SystemClock().now())

async def main():
    redis, vault, ids = connect(url), Vault(Keyring.parse(ring)), SystemIds()
    cache = ReadingCache(SealedCache(redis, vault, ids), Flight(redis, ids), SystemClock())
    used = Access(scope="T1", credential=proof, fingerprint=vault.fingerprint("T1", "s"))
    sys.stdin.read()
    answers = await asyncio.gather(
        *(cache.get(used, target, everything=True, fetch=fetch) for _ in range(50))
    )
    print(len(answers), {problem for _, problem in answers})
    await redis.aclose()

asyncio.run(main())
"""


async def test_real_processes_share_a_call(redis_url: str, tmp_path: Path) -> None:
    """Four processes with fifty people each, started together and cold, make one call."""
    ring, calls = generate_key("k1"), tmp_path / "calls"
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _PROCESS, redis_url, ring, str(calls)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
        )
        for _ in range(4)
    ]

    answers = await asyncio.gather(*(process.communicate(b"") for process in processes))

    assert [out for out, _ in answers] == [b"50 {None}\n"] * 4
    assert calls.read_text() == "call\n"


async def test_one_who_wants_it_newer_does_not_get_another_ones_older(
    build: Build, used: Access, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that joins somebody who is content with the cache is read for itself."""
    cache, find = build(), asyncio.Event()
    upstream.clock.advance(30 * _SECOND)

    async def look() -> Reading:
        await find.wait()
        return reading(START)

    joined = count_joins(monkeypatch, cache._flight, "reading")
    name = f"reading:{used.fingerprint}:{target().id}:True"
    contented = asyncio.create_task(cache._flight.run("T1", name, look=look, work=upstream.fetch))
    await until(lambda: len(joined) == 1)
    refresh = asyncio.create_task(ask(cache, used, upstream, max_age=timedelta(0)))
    await until(lambda: len(joined) == 2)
    find.set()

    assert (await contented).read_at == START
    assert (await refresh)[0].read_at == START + 30 * _SECOND
    assert joined == [name] * 3
    assert upstream.calls == 1


async def test_what_is_purged_while_it_is_fetched_is_not_kept(
    build: Build, used: Access, upstream: Upstream, redis: Redis, vault: Vault, ids: Ids
) -> None:
    """Somebody who disconnects during a read leaves nothing behind when it ends."""
    upstream.hold = asyncio.Event()
    waiting = asyncio.create_task(ask(build(), used, upstream))
    await until(lambda: upstream.calls)
    await SealedCache(redis, vault, ids).purge_credential("T1", used.credential)
    upstream.hold.set()

    assert await waiting == (reading(), None)
    assert [key async for key in redis.scan_iter()] == [keys.purges("T1")]


async def test_targets_can_be_forgotten(
    build: Build, used: Access, upstream: Upstream, redis: Redis
) -> None:
    """A target that was removed from a connection leaves no reading of either extent."""
    cache = build()
    await ask(cache, used, upstream)
    upstream.everything = False
    await cache.get(used, target("w-2"), everything=False, fetch=upstream.fetch)

    await cache.forget("T1", used.fingerprint, [target(), target("w-2")])

    assert [key async for key in redis.scan_iter("*:reading:*")] == []
    await cache.forget("T1", used.fingerprint, [])


async def test_after_a_change_of_keys_old_entries_are_purged_too(
    build: Build, used: Access, upstream: Upstream, redis: Redis, keyring: Keyring, ids: Ids
) -> None:
    """What was filed under an older key is found by the credential all the same."""
    await ask(build(), used, upstream)
    changed = Keyring("k2", {"k2": b"2" * 32, **keyring.keys})

    await SealedCache(redis, Vault(changed), ids).purge_credential("T1", used.credential)

    assert [key async for key in redis.scan_iter("*:reading:*")] == []
    assert [key async for key in redis.scan_iter("*:cached:*")] == []


async def test_without_redis_every_reading_is_fetched_once(
    build: Build, used: Access, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Redis is away the list still works, and people at the same moment share a call."""
    (port,) = free_ports(1)
    client = connect(f"redis://127.0.0.1:{port}")
    cache, upstream.hold = build(client), asyncio.Event()
    # They come one by one, as each has found out that Redis is not there.
    joined = count_joins(monkeypatch, cache._flight, "reading")
    waiting = [asyncio.create_task(ask(cache, used, upstream)) for _ in range(20)]
    await until(lambda: len(joined) == len(waiting))
    upstream.hold.set()

    assert await asyncio.gather(*waiting) == [(reading(), None)] * 20
    assert upstream.calls == 1
    upstream.error = UnavailableError("kyuubi")
    with pytest.raises(UnavailableError):
        await ask(cache, used, upstream)
    await client.aclose()


@pytest.fixture(name="impatient")
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a frozen Redis less time, so that the test takes less."""
    for module in (cache_module, flight_module):
        monkeypatch.setattr(module, "_WITHIN", 0.2)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("error", [None, CredentialRefusedError("kyuubi")])
async def test_a_redis_that_freezes_during_a_fetch_costs_no_answer(
    build: Build,
    used: Access,
    upstream: Upstream,
    tmp_path: Path,
    error: UpstreamError | None,
) -> None:
    """What was fetched is returned even if it cannot be kept, and a refusal even if not purged."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        upstream.error, upstream.hold = error, asyncio.Event()
        waiting = asyncio.create_task(ask(build(client), used, upstream))
        await until(lambda: upstream.calls)
        async with frozen(own.pid):
            upstream.hold.set()
            (answer,) = await asyncio.gather(waiting, return_exceptions=True)
        assert answer == (error or (reading(), None))
        await client.aclose()


@pytest.mark.usefixtures("impatient")
async def test_a_redis_that_freezes_before_a_fetch_costs_no_answer(
    build: Build,
    used: Access,
    upstream: Upstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reading of which it is not known whether it may be kept is returned and not kept."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        readings = build(client)
        mark = readings._cache.mark

        async def mark_too_late(access: Access) -> str:
            async with frozen(own.pid):
                return await mark(access)

        monkeypatch.setattr(readings._cache, "mark", mark_too_late)

        assert await ask(readings, used, upstream) == (reading(), None)
        assert [key async for key in client.scan_iter("*:reading:*")] == []
        await client.aclose()


async def test_nothing_of_a_reading_is_in_the_clear(
    build: Build, used: Access, upstream: Upstream, redis_url: str
) -> None:
    """Redis shows neither names nor targets nor the credential."""
    await ask(build(), used, upstream)
    client = connect(redis_url)
    texts = [f"{key} {await client.get(key)}" async for key in client.scan_iter("*:reading:*")]
    await client.aclose()

    assert len(texts) == 1
    for word in ("nightly", "hangzhou", "alice", "LTAI5t", "tk-1"):
        assert word not in texts[0]
