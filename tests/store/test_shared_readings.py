"""Many who read at once, and a Redis that goes away under them."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Ids
from bot.errors import (
    CredentialRefusedError,
    UnavailableError,
    UpstreamError,
)
from bot.models.credential import Access
from bot.models.listing import Reading
from bot.store import cache as cache_module
from bot.store import flight as flight_module
from bot.store import keys
from bot.store.cache import Entry, SealedCache
from bot.store.keyring import generate_key
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.fixtures.redis import START
from tests.store.records import reading, target
from tests.store.servers import count_joins, free_ports, frozen, server, until
from tests.store.upstream import NewCache, Upstream, ask

_ROOT = Path(__file__).parents[2]
_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)


async def test_those_who_wait_together_keep_their_labels(
    new_cache: NewCache, used: Access, upstream: Upstream
) -> None:
    """A reading that is on its way is named for each who waits for it."""
    cache, upstream.hold = new_cache(), asyncio.Event()
    waiting = [asyncio.create_task(ask(cache, used, upstream, label=label)) for label in ("a", "b")]
    await until(lambda: upstream.calls)
    upstream.hold.set()

    labels = [
        {read.target.label} | {t.target.label for t in read.tokens}
        for read, _ in await asyncio.gather(*waiting)
    ]

    assert labels == [{"a"}, {"b"}]
    assert upstream.calls == 1


async def test_two_hundred_people_in_four_processes_cause_one_call(
    new_cache: NewCache, used: Access, upstream: Upstream
) -> None:
    """However many ask at once with one credential, the service is asked once."""
    caches, upstream.hold = [new_cache() for _ in range(4)], asyncio.Event()
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
    flight = Flight(redis, ids)
    cache = ReadingCache(SealedCache(redis, vault, ids), flight, SystemClock())
    used = Access(scope="T1", credential=proof, fingerprint=vault.fingerprint("T1", "s"))
    sys.stdin.read()
    answers = await asyncio.gather(
        *(cache.get(used, target, everything=True, fetch=fetch) for _ in range(50))
    )
    print(len(answers), {problem for _, problem in answers})
    await flight.close()
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
    new_cache: NewCache, used: Access, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that joins somebody who is content with the cache is read for itself."""
    cache, find = new_cache(), asyncio.Event()
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
    new_cache: NewCache, used: Access, upstream: Upstream, redis: Redis, vault: Vault, ids: Ids
) -> None:
    """Somebody who disconnects during a read leaves nothing behind when it ends."""
    upstream.hold = asyncio.Event()
    waiting = asyncio.create_task(ask(new_cache(), used, upstream))
    await until(lambda: upstream.calls)
    await SealedCache(redis, vault, ids).purge_credential("T1", used.credential)
    upstream.hold.set()

    assert await waiting == (reading(), None)
    assert [key async for key in redis.scan_iter()] == [keys.purges("T1")]


async def test_without_redis_every_reading_is_fetched_once(
    new_cache: NewCache, used: Access, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Redis is away the list still works, and people at the same moment share a call."""
    (port,) = free_ports(1)
    client = connect(f"redis://127.0.0.1:{port}")
    cache, upstream.hold = new_cache(client), asyncio.Event()
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
    new_cache: NewCache,
    used: Access,
    upstream: Upstream,
    tmp_path: Path,
    error: UpstreamError | None,
) -> None:
    """What was fetched is returned even if it cannot be kept, and a refusal even if not purged."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        upstream.error, upstream.hold = error, asyncio.Event()
        waiting = asyncio.create_task(ask(new_cache(client), used, upstream))
        await until(lambda: upstream.calls)
        async with frozen(own.pid):
            upstream.hold.set()
            (answer,) = await asyncio.gather(waiting, return_exceptions=True)
        assert answer == (error or (reading(), None))
        await client.aclose()


@pytest.mark.usefixtures("impatient")
async def test_a_redis_that_freezes_before_a_fetch_costs_no_answer(
    new_cache: NewCache,
    used: Access,
    upstream: Upstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reading of which it is not known whether it may be kept is returned and not kept."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        readings = new_cache(client)
        marked = readings._cache.marked

        async def mark_too_late(
            scope: str, entries: Sequence[Entry]
        ) -> tuple[str, list[str | None]]:
            async with frozen(own.pid):
                return await marked(scope, entries)

        monkeypatch.setattr(readings._cache, "marked", mark_too_late)

        assert await ask(readings, used, upstream) == (reading(), None)
        assert [key async for key in client.scan_iter("*:reading:*")] == []
        await client.aclose()
