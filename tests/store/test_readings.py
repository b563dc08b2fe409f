import zlib
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
from bot.models.listing import Problem
from bot.store import keys
from bot.store.cache import SealedCache
from bot.store.keyring import Keyring
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.fixtures.redis import START, FrozenClock
from tests.store.records import access, credential, reading, target
from tests.store.upstream import NewCache, Upstream, ask

_ROOT = Path(__file__).parents[2]
_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)


async def test_a_fresh_reading_spares_a_call(
    new_cache: NewCache, used: Access, upstream: Upstream, frozen_clock: FrozenClock
) -> None:
    """Within a minute everybody gets what was read, in every process; then it is read anew."""
    first = await ask(new_cache(), used, upstream)
    frozen_clock.advance(60 * _SECOND)
    assert await ask(new_cache(), used, upstream) == first == (reading(), None)
    assert upstream.calls == 1

    frozen_clock.advance(_SECOND)
    assert await ask(new_cache(), used, upstream) == (reading(frozen_clock.now()), None)
    assert upstream.calls == 2


async def test_a_reading_ages_by_the_clock_of_the_tokens(
    new_cache: NewCache, used: Access, upstream: Upstream, frozen_clock: FrozenClock
) -> None:
    """When only the time that tokens live by moves on, what was read is old."""
    await ask(new_cache(), used, upstream)
    frozen_clock.move_now(61 * _SECOND)

    assert await ask(new_cache(), used, upstream) == (reading(frozen_clock.now()), None)
    assert upstream.calls == 2


async def test_a_reading_comes_back_as_it_was(
    new_cache: NewCache, used: Access, upstream: Upstream
) -> None:
    """Every field of every token survives; what was not reported stays so."""
    upstream.count = 50
    fetched, _ = await ask(new_cache(), used, upstream)
    kept, _ = await ask(new_cache(), used, upstream)

    assert kept == fetched == reading(count=50)
    assert upstream.calls == 1


async def test_a_refresh_reads_anew(new_cache: NewCache, used: Access, upstream: Upstream) -> None:
    """Somebody who wants the state of this moment gets it."""
    cache = new_cache()
    await ask(cache, used, upstream)
    upstream.count = 3
    upstream.clock.advance(_SECOND)

    read, _ = await ask(cache, used, upstream, max_age=timedelta(0))

    assert len(read.tokens) == 3


async def test_a_reading_of_everything_answers_for_less(
    new_cache: NewCache, used: Access, upstream: Upstream
) -> None:
    """What holds ended tokens too serves those who do not ask for them, but not the reverse."""
    cache = new_cache()
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
    new_cache: NewCache, used: Access, upstream: Upstream
) -> None:
    """Of a reading of everything and one of what lives, the fresher one is shown."""
    cache = new_cache()
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
    new_cache: NewCache, used: Access, upstream: Upstream, error: UpstreamError
) -> None:
    """Up to a day the last reading is shown, with the reason; then there is only the error."""
    cache = new_cache()
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
    new_cache: NewCache, used: Access, upstream: Upstream, error: UpstreamError
) -> None:
    """An old reading does not hide what somebody has to mend."""
    cache = new_cache()
    await ask(cache, used, upstream)
    upstream.error = error
    upstream.clock.advance(61 * _SECOND)

    with pytest.raises(type(error)):
        await ask(cache, used, upstream)


async def test_a_refused_credential_loses_what_was_read_with_it(
    new_cache: NewCache, used: Access, vault: Vault, upstream: Upstream, redis: Redis
) -> None:
    """All targets of the credential at that endpoint are forgotten, and nothing else."""
    cache, elsewhere = new_cache(), access(vault, endpoint="https://elsewhere")
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
    new_cache: NewCache, used: Access, vault: Vault, upstream: Upstream
) -> None:
    """Who has another secret, another scope or another endpoint makes an own call."""
    cache = new_cache()
    await ask(cache, used, upstream)
    others = [
        access(vault, proof=credential("another secret")),
        access(vault, "T2"),
        access(vault, endpoint="https://elsewhere"),
    ]
    for number, other in enumerate(others, start=2):
        await ask(cache, other, upstream)
        assert upstream.calls == number


async def test_a_label_is_its_owners(new_cache: NewCache, used: Access, upstream: Upstream) -> None:
    """Two people with one credential share the tokens, each under the own name of the place."""
    cache = new_cache()
    await ask(cache, used, upstream, label="Mei's")

    read, _ = await ask(new_cache(), used, upstream, label="Tom's")

    assert upstream.calls == 1
    assert {read.target.label, *(token.target.label for token in read.tokens)} == {"Tom's"}


async def test_a_reading_that_was_moved_or_damaged_is_a_miss(
    new_cache: NewCache, used: Access, vault: Vault, upstream: Upstream, redis: Redis
) -> None:
    """What does not open in its place is read anew, not shown and not an error."""
    cache = new_cache()
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
        assert await ask(new_cache(), used, upstream) == (reading(), None)
        assert upstream.calls == number
    await redis.set(moved, good, px=60_000)
    await ask(new_cache(), other, upstream)
    assert upstream.calls == number + 1


async def test_a_reading_from_the_future_is_not_fresh(
    new_cache: NewCache, used: Access, upstream: Upstream
) -> None:
    """What was stored under a clock that was wrong by hours is not believed for hours."""
    upstream.clock.advance(2 * _HOUR)
    await ask(new_cache(), used, upstream)
    upstream.clock.advance(-2 * _HOUR)

    read, _ = await ask(new_cache(), used, upstream)

    assert upstream.calls == 2
    assert read.read_at == START


async def test_targets_can_be_forgotten(
    new_cache: NewCache, used: Access, upstream: Upstream, redis: Redis
) -> None:
    """A target that was removed from a connection leaves no reading of either extent."""
    cache = new_cache()
    await ask(cache, used, upstream)
    upstream.everything = False
    await cache.get(used, target("w-2"), everything=False, fetch=upstream.fetch)

    await cache.forget("T1", used.fingerprint, [target(), target("w-2")])

    assert [key async for key in redis.scan_iter("*:reading:*")] == []
    await cache.forget("T1", used.fingerprint, [])


async def test_after_a_change_of_keys_old_entries_are_purged_too(
    new_cache: NewCache, used: Access, upstream: Upstream, redis: Redis, keyring: Keyring, ids: Ids
) -> None:
    """What was filed under an older key is found by the credential all the same."""
    await ask(new_cache(), used, upstream)
    changed = Keyring("k2", {"k2": b"2" * 32, **keyring.keys})

    await SealedCache(redis, Vault(changed), ids).purge_credential("T1", used.credential)

    assert [key async for key in redis.scan_iter("*:reading:*")] == []
    assert [key async for key in redis.scan_iter("*:cached:*")] == []


async def test_nothing_of_a_reading_is_in_the_clear(
    new_cache: NewCache, used: Access, upstream: Upstream, redis_url: str
) -> None:
    """Redis shows neither names nor targets nor the credential."""
    await ask(new_cache(), used, upstream)
    client = connect(redis_url)
    texts = [f"{key} {await client.get(key)}" async for key in client.scan_iter("*:reading:*")]
    await client.aclose()

    assert len(texts) == 1
    for word in ("nightly", "hangzhou", "alice", "LTAI5t", "tk-1"):
        assert word not in texts[0]
