import importlib
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.models.connection import Owner
from bot.models.installation import Installation
from bot.store import keys
from bot.store.connections import ConnectionStore
from bot.store.installations import InstallationStore
from bot.store.keyring import KEY_BYTES, Keyring
from bot.store.redis import Redis
from bot.store.rotation import Report, Sealed, rotate
from bot.store.vault import Vault
from tests.fixtures.canaries import CANARY
from tests.fixtures.redis import START
from tests.store.records import connection

_KEYS = {kid: kid.encode() * (KEY_BYTES // 2) for kid in ("k1", "k2")}
_OLD = Vault(Keyring("k1", {"k1": _KEYS["k1"]}))
_BOTH = Vault(Keyring("k2", _KEYS))
_NEW = Vault(Keyring("k2", {"k2": _KEYS["k2"]}))
_OWNERS = [Owner("T1", "U1"), Owner("T1", "U2"), Owner("T2", "U1")]
_INSTALLATION = Installation(
    team_id="T1",
    bot_token=SecretStr(CANARY.slack_bot_token),
    bot_user_id="U0",
    installed_at=START,
)


def _stores(redis: Redis, vault: Vault) -> tuple[ConnectionStore, InstallationStore]:
    return ConnectionStore(redis, vault), InstallationStore(redis, vault)


async def _fill(redis: Redis, vault: Vault) -> None:
    connections, installations = _stores(redis, vault)
    for owner in _OWNERS:
        await connections.put(connection(owner))
    await installations.save(_INSTALLATION)


async def test_everything_permanent_is_sealed_anew(redis: Redis) -> None:
    """After a change of keys the old key is not needed any more, and nothing has changed."""
    await _fill(redis, _OLD)

    report = await rotate(redis, _BOTH, _stores(redis, _BOTH))

    assert report == Report({"k2": 4}, resealed=4, unreadable=0)
    connections, installations = _stores(redis, _NEW)
    for owner in _OWNERS:
        assert (await connections.all(owner)).readable == (connection(owner),)
    assert await installations.find("T1") == _INSTALLATION


async def test_a_second_change_finds_nothing_to_do(redis: Redis) -> None:
    """It may be repeated, and counts what is there."""
    await _fill(redis, _BOTH)

    assert await rotate(redis, _BOTH, _stores(redis, _BOTH)) == Report(
        {"k2": 4}, resealed=0, unreadable=0
    )
    assert await rotate(redis, _BOTH, []) == Report({}, resealed=0, unreadable=0)


async def test_what_no_key_opens_is_counted_and_kept(redis: Redis) -> None:
    """A record of a lost key stays as it is: the key may turn up."""
    await _fill(redis, _OLD)
    before = await redis.hgetall(keys.connections(*_OWNERS[0]))

    report = await rotate(redis, _NEW, _stores(redis, _NEW))

    assert report == Report({}, resealed=0, unreadable=4)
    assert await redis.hgetall(keys.connections(*_OWNERS[0])) == before


class _Busy:
    """A store where somebody writes between our look and our exchange."""

    def __init__(self, redis: Redis, times: int) -> None:
        self._store = ConnectionStore(redis, _OLD)
        self._times = times

    async def sealed(self) -> AsyncIterator[Sealed]:
        async for record in self._store.sealed():
            if self._times:
                self._times -= 1
                await self._store.put(connection(label="changed meanwhile"))
            yield record


async def test_a_write_at_the_same_moment_is_not_lost(redis: Redis) -> None:
    """What somebody stored meanwhile, even with the old key, is kept and sealed anew."""
    await ConnectionStore(redis, _OLD).put(connection())

    report = await rotate(redis, _BOTH, [_Busy(redis, 1)])

    assert report == Report({"k2": 1}, resealed=1, unreadable=0)
    (stored,) = (await ConnectionStore(redis, _NEW).all(_OWNERS[0])).readable
    assert stored.label == "changed meanwhile"


async def test_a_key_that_is_still_in_use_is_reported(redis: Redis) -> None:
    """Where others go on sealing with the old key, the counts say so."""
    await ConnectionStore(redis, _OLD).put(connection())

    report = await rotate(redis, _BOTH, [_Busy(redis, 100)])

    assert report == Report({"k1": 1}, resealed=0, unreadable=0)


@pytest.mark.parametrize(
    "owner",
    sorted({key.owner for key in keys.KEYS.values() if key.sealed and key.longest is None}),
)
def test_everything_permanent_and_sealed_takes_part(owner: str) -> None:
    """Nobody can store something sealed for good that a change of keys would miss."""
    module = importlib.import_module(owner)

    assert [each for each in vars(module).values() if hasattr(each, "sealed")]
