import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.clock import Ids
from bot.errors import CredentialRefusedError, UnavailableError, UpstreamError
from bot.models.credential import Access, IssuedToken
from bot.store import access_tokens, keys
from bot.store.access_tokens import AccessTokenCache
from bot.store.cache import SealedCache
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.fixtures.redis import START, FrozenClock
from tests.store.records import access, credential, issued
from tests.store.servers import count_joins, free_ports, until
from tests.store.upstream import NewFlight

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)


class Issuer:
    """A token endpoint: each token has a new number."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self.calls = 0
        self.life = 20 * _MINUTE
        self.error: UpstreamError | None = None
        self.hold: asyncio.Event | None = None

    async def issue(self) -> IssuedToken:
        self.calls += 1
        token = issued(self.calls, at=self.clock.wall(), life=self.life)
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        return token


Build = Callable[..., AccessTokenCache]


@pytest.fixture(name="issuer")
def _issuer(frozen_clock: FrozenClock) -> Issuer:
    return Issuer(frozen_clock)


@pytest.fixture(name="build")
def _build(
    redis: Redis, vault: Vault, ids: Ids, frozen_clock: FrozenClock, new_flight: NewFlight
) -> Build:
    """Build what one process has; several share only Redis."""

    def build(client: Redis = redis) -> AccessTokenCache:
        return AccessTokenCache(SealedCache(client, vault, ids), new_flight(client), frozen_clock)

    return build


@pytest.fixture(name="used")
def _used(vault: Vault) -> Access:
    return access(vault)


async def test_a_token_is_issued_once_for_all_processes(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """Those who need one at the same moment, here and elsewhere, get the same."""
    issuer.hold = asyncio.Event()
    caches = [build() for _ in range(3)]
    waiting = [
        asyncio.create_task(cache.get(used, issuer.issue)) for cache in caches for _ in range(20)
    ]
    await until(lambda: issuer.calls)
    issuer.hold.set()

    assert await asyncio.gather(*waiting) == [issued(1)] * 60
    assert await build().get(used, issuer.issue) == issued(1)
    assert issuer.calls == 1


async def test_it_is_renewed_ahead_while_it_is_still_used(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """From a fifth of its life before the end a new one is fetched, and nobody waits for it."""
    cache = build()
    await cache.get(used, issuer.issue)
    issuer.clock.advance(16 * _MINUTE - _SECOND)
    await cache.get(used, issuer.issue)
    assert issuer.calls == 1

    issuer.clock.advance(_SECOND)
    issuer.hold = asyncio.Event()
    assert await cache.get(used, issuer.issue) == issued(1)
    await until(lambda: issuer.calls == 2)
    assert await cache.get(used, issuer.issue) == issued(1)
    issuer.hold.set()
    await until(lambda: not cache._renewals)

    renewed = issued(2, at=issuer.clock.wall())
    assert await cache.get(used, issuer.issue) == renewed
    assert await build().get(used, issuer.issue) == renewed
    assert issuer.calls == 2


async def test_a_renewal_elsewhere_is_taken_over(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """A process whose token is due finds the new one that another process has already got."""
    here, there = build(), build()
    for cache in (here, there):
        await cache.get(used, issuer.issue)
    issuer.clock.advance(17 * _MINUTE)
    for cache in (there, here):
        await cache.get(used, issuer.issue)
        await until(lambda cache=cache: not cache._renewals)  # type: ignore[misc]

    assert (await here.get(used, issuer.issue)).value == issued(2).value
    assert issuer.calls == 2


async def test_a_failed_renewal_hurts_nobody_yet(
    build: Build, used: Access, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """While the token is good it is used on; the next try comes ten seconds later."""
    caplog.set_level("INFO", "bot.store.access_tokens")
    cache = build()
    await cache.get(used, issuer.issue)
    issuer.clock.advance(17 * _MINUTE)
    issuer.error = UnavailableError("idaas")
    for calls in (2, 2, 3):
        assert await cache.get(used, issuer.issue) == issued(1)
        await until(lambda: not cache._renewals)
        assert issuer.calls == calls
        issuer.clock.advance(6 * _SECOND)
    assert "not renewed ahead: idaas: unavailable" in caplog.text

    issuer.clock.advance(3 * _MINUTE)
    with pytest.raises(UnavailableError):
        await cache.get(used, issuer.issue)


async def test_an_ended_token_is_not_given_out(build: Build, used: Access, issuer: Issuer) -> None:
    """Neither the process's copy nor what is in Redis is used past its end."""
    cache = build()
    await cache.get(used, issuer.issue)
    issuer.clock.advance(20 * _MINUTE)

    assert (await cache.get(used, issuer.issue)).value == issued(2).value
    assert (await build().get(used, issuer.issue)).value == issued(2).value
    assert issuer.calls == 2


async def test_a_refused_token_is_dropped_everywhere(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """After one process heard that a token is refused, no process gets it any more."""
    here, there, fresh = build(), build(), build()
    first = await here.get(used, issuer.issue)
    await there.get(used, issuer.issue)

    second = await here.get(used, issuer.issue, refused=first.value)

    assert second.value == issued(2).value
    assert await fresh.get(used, issuer.issue) == second
    assert await there.get(used, issuer.issue, refused=first.value) == second
    assert issuer.calls == 2


async def test_a_refused_token_is_dropped_even_if_there_is_no_new_one(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """While the token endpoint is down nobody is given what is known to be refused."""
    first = await build().get(used, issuer.issue)
    issuer.error = UnavailableError("idaas")
    for refused in (first.value, None):
        with pytest.raises(UnavailableError):
            await build().get(used, issuer.issue, refused=refused)


async def test_one_of_two_who_were_refused_is_enough(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """Requests that were all refused the same token cause one new one."""
    cache = build()
    first = await cache.get(used, issuer.issue)
    issuer.hold = asyncio.Event()
    waiting = [
        asyncio.create_task(cache.get(used, issuer.issue, refused=first.value)) for _ in range(5)
    ]
    await until(lambda: issuer.calls == 2)
    issuer.hold.set()

    assert {token.value for token in await asyncio.gather(*waiting)} == {issued(2).value}
    assert issuer.calls == 2


async def test_a_refusal_that_comes_late_does_not_drop_the_new_token(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """Who was refused an older token gets the current one, not yet another."""
    cache = build()
    first = await cache.get(used, issuer.issue)
    second = await cache.get(used, issuer.issue, refused=first.value)

    assert await cache.get(used, issuer.issue, refused=first.value) == second
    assert await build().get(used, issuer.issue, refused=first.value) == second
    assert issuer.calls == 2


async def test_an_issuer_that_repeats_itself_is_not_asked_for_ever(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """If the new token is the refused one, it is returned: the service will say what is wrong."""
    same = issued(1)

    async def issue() -> IssuedToken:
        issuer.calls += 1
        return same

    assert await build().get(used, issue, refused=same.value) == same
    assert issuer.calls == 1


async def test_joining_somebody_who_knows_less_is_not_enough(
    build: Build, used: Access, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knows that a token is refused does not get it through another one's request."""
    cache = build()
    joined = count_joins(monkeypatch, cache._flight, "access_token")
    issuer.hold = asyncio.Event()
    unknowing = asyncio.create_task(cache.get(used, issuer.issue))
    await until(lambda: issuer.calls == 1)
    knowing = asyncio.create_task(cache.get(used, issuer.issue, refused=issued(1).value))
    await until(lambda: len(joined) == 2)
    issuer.hold.set()

    assert (await unknowing).value == issued(1).value
    assert (await knowing).value == issued(2).value


@pytest.mark.parametrize("life", [_SECOND, 30 * _SECOND, 59 * _SECOND])
async def test_a_token_that_lives_less_than_a_minute_is_used(
    build: Build, used: Access, issuer: Issuer, life: timedelta
) -> None:
    """A short token serves until near its end, and is renewed from half its life on."""
    cache = build()
    issuer.life = life
    await cache.get(used, issuer.issue)
    issuer.clock.advance(life * 0.49)
    await cache.get(used, issuer.issue)
    assert (issuer.calls, len(cache._renewals)) == (1, 0)

    issuer.clock.advance(life * 0.02)
    assert (await cache.get(used, issuer.issue)).value == issued(1).value
    await until(lambda: not cache._renewals)
    assert issuer.calls == 2


@pytest.mark.parametrize("life", [timedelta(0), -_MINUTE])
async def test_a_token_that_is_dead_on_arrival_is_not_kept(
    build: Build, used: Access, issuer: Issuer, redis: Redis, life: timedelta
) -> None:
    """What has ended already is given to who asked for it, and not to the next."""
    cache = build()
    issuer.life = life

    assert (await cache.get(used, issuer.issue)).value == issued(1).value
    assert (await cache.get(used, issuer.issue)).value == issued(2).value
    assert [key async for key in redis.scan_iter()] == []


async def test_a_refused_credential_is_told_to_all(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """What the token endpoint says reaches everyone who waits, and nothing is kept."""
    issuer.error = CredentialRefusedError("idaas", code="invalid_client")
    cache = build()

    results = await asyncio.gather(
        *(cache.get(used, issuer.issue) for _ in range(5)), return_exceptions=True
    )

    assert {type(result) for result in results} == {CredentialRefusedError}
    assert issuer.calls == 1


async def test_without_redis_the_process_has_its_own(
    build: Build, used: Access, issuer: Issuer
) -> None:
    """When Redis is away tokens are still issued once for the process, and renewed."""
    (port,) = free_ports(1)
    client = connect(f"redis://127.0.0.1:{port}")
    cache = build(client)
    first = await cache.get(used, issuer.issue)
    assert await cache.get(used, issuer.issue) == first == issued(1)
    assert issuer.calls == 1

    assert (await cache.get(used, issuer.issue, refused=first.value)).value == issued(2).value
    await client.aclose()


async def test_a_purge_forgets_copies_too(
    build: Build, used: Access, issuer: Issuer, vault: Vault, ids: Ids, redis: Redis
) -> None:
    """A credential that was disconnected leaves no token in Redis or in the process."""
    cache = build()
    other = access(vault, proof=credential("another secret"))
    for each in (used, other):
        await cache.get(each, issuer.issue)

    cache.forget("T1", used.credential)
    await SealedCache(redis, vault, ids).purge_credential("T1", used.credential)

    assert [copy.access for copy in cache._copies.values()] == [other]
    left = [key async for key in redis.scan_iter("*:access_token:*")]
    assert left == [keys.access_token("T1", other.fingerprint)]


async def test_only_so_many_copies_are_kept(
    build: Build, issuer: Issuer, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process keeps the latest; what it lets go is still in Redis."""
    monkeypatch.setattr(access_tokens, "_MOST_COPIES", 2)
    cache = build()
    used = [access(vault, endpoint=f"https://{number}") for number in range(3)]
    for each in used:
        await cache.get(each, issuer.issue)

    assert [copy.access for copy in cache._copies.values()] == used[1:]
    assert (await cache.get(used[0], issuer.issue)).value == issued(1).value


async def test_damage_in_redis_is_a_miss(
    build: Build, used: Access, issuer: Issuer, vault: Vault, redis: Redis
) -> None:
    """What cannot be read is issued anew, also when a refusal looks for it."""
    key = keys.access_token("T1", used.fingerprint)
    for number, bad in enumerate(
        ["rubbish", vault.seal("access_token", ("T1", used.fingerprint), b"{}")], start=1
    ):
        await redis.set(key, bad, px=60_000)
        token = await build().get(used, issuer.issue, refused=SecretStr("some other"))
        assert token.value == issued(number).value


async def test_closing_gives_up_renewals(build: Build, used: Access, issuer: Issuer) -> None:
    """At the end of the process nothing waits for a token endpoint."""
    cache = build()
    await cache.get(used, issuer.issue)
    issuer.clock.advance(17 * _MINUTE)
    issuer.hold = asyncio.Event()
    await cache.get(used, issuer.issue)
    await until(lambda: issuer.calls == 2)

    await cache.close()
    await cache._flight.close()

    assert not cache._renewals


@given(
    life=st.timedeltas(timedelta(0), timedelta(days=365)),
    age=st.floats(0, 1, allow_nan=False),
)
def test_a_token_is_always_renewed_before_it_ends(life: timedelta, age: float) -> None:
    """Whatever a token's life: what is no longer good was due before, and none is due at once."""
    clock = FrozenClock(START + life * age)
    cache = AccessTokenCache.__new__(AccessTokenCache)
    cache._clock = clock
    token = issued(at=START, life=life)

    assert cache._due(token) or cache._good(token)
    if life and age < 0.5:
        assert cache._good(token)
        assert not cache._due(token)
