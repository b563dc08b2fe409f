"""Which token speaks for a workspace."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.errors import NotAllowedError, SealError, StoreUnavailableError
from bot.models.installation import Installation
from bot.services.installations import Installations
from bot.store.installations import InstallationStore
from bot.store.redis import Redis
from bot.store.vault import Vault
from tests.fixtures.canaries import CANARY
from tests.fixtures.redis import START, FrozenClock

INSTALLATION = Installation(
    team_id="T1",
    bot_token=SecretStr(CANARY.slack_bot_token),
    bot_user_id="U0",
    installed_at=START,
)


@pytest.fixture(name="store")
def _store(redis: Redis, vault: Vault) -> InstallationStore:
    return InstallationStore(redis, vault)


async def test_a_lookup_is_kept_for_a_minute(
    store: InstallationStore, frozen_clock: FrozenClock
) -> None:
    """Redis is asked once a minute; what was changed in between counts then."""
    installations = Installations(store, frozen_clock)
    with pytest.raises(NotAllowedError, match="not installed"):
        await installations.find("T1")
    await store.save(INSTALLATION)
    assert await installations.bot_token("T1") == CANARY.slack_bot_token

    await store.delete("T1")
    frozen_clock.advance(timedelta(seconds=59))
    assert await installations.find("T1") == INSTALLATION
    frozen_clock.advance(timedelta(seconds=1))
    with pytest.raises(NotAllowedError):
        await installations.find("T1")


async def test_what_is_forgotten_is_gone_at_once(
    store: InstallationStore, frozen_clock: FrozenClock
) -> None:
    """An uninstalled app has no token any more, here and in Redis."""
    installations = Installations(store, frozen_clock)
    await store.save(INSTALLATION)
    await installations.find("T1")

    await installations.forget("T1")

    with pytest.raises(NotAllowedError):
        await installations.find("T1")
    assert await store.find("T1") is None


async def test_one_from_the_environment_is_the_only_one(
    store: InstallationStore, frozen_clock: FrozenClock
) -> None:
    """With a token from the environment no other workspace is served, and Redis is not asked."""
    installations = Installations(store, frozen_clock, fixed=INSTALLATION)
    await store.save(INSTALLATION.model_copy(update={"team_id": "T2"}))

    assert await installations.find("T1") == INSTALLATION
    with pytest.raises(NotAllowedError):
        await installations.find("T2")


class Silent:
    """A store that says nothing."""

    async def find(self, scope: str) -> Installation | None:
        await asyncio.Event().wait()
        return None

    async def delete(self, scope: str) -> None:
        return None


async def test_a_lookup_that_hangs_is_given_up(frozen_clock: FrozenClock) -> None:
    """Nobody waits longer than half a second for it."""
    installations = Installations(Silent(), frozen_clock)

    async with asyncio.timeout(20):
        with pytest.raises(StoreUnavailableError, match="could not be looked up"):
            await installations.find("T1")


async def test_one_that_cannot_be_opened_is_no_installation(
    store: InstallationStore, redis: Redis, frozen_clock: FrozenClock
) -> None:
    """A damaged record is told as one."""
    await store.save(INSTALLATION)
    (key,) = [key async for key in redis.scan_iter("tb:*:installation")]
    await redis.set(key, "damaged")

    with pytest.raises(SealError):
        await Installations(store, frozen_clock).find("T1")
