from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.errors import SealError, StoreUnavailableError
from bot.models.installation import Installation
from bot.store import keys
from bot.store.installations import Installations, InstallationStore
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import Redis, connect
from bot.store.scopes import Scopes
from bot.store.vault import Vault
from tests.fixtures.canaries import CANARY
from tests.fixtures.redis import START
from tests.store.servers import frozen, server


def installation(team_id: str | None = "T1", enterprise_id: str | None = None) -> Installation:
    return Installation(
        enterprise_id=enterprise_id,
        team_id=team_id,
        team_name="Example",
        bot_token=SecretStr(CANARY.slack_bot_token),
        bot_id="B1",
        bot_user_id="U0",
        scopes=("chat:write", "commands"),
        installed_by="U1",
        installed_at=START,
    )


@pytest.fixture(name="store")
def _store(redis: Redis, vault: Vault) -> InstallationStore:
    return InstallationStore(redis, vault)


async def test_an_installation_is_found_under_its_team(store: InstallationStore) -> None:
    """Also where the team belongs to an organisation."""
    await store.save(installation(enterprise_id="E1"))

    assert await store.find("T1") == installation(enterprise_id="E1")
    assert await store.find("E1") is None


async def test_an_organisation_is_found_under_its_own_id(store: InstallationStore) -> None:
    """Where a whole organisation has the app there is no team."""
    await store.save(installation(None, "E1"))

    assert await store.find("E1") == installation(None, "E1")


async def test_installing_again_replaces_and_uninstalling_forgets(
    store: InstallationStore,
) -> None:
    """There is one installation for each scope, until it is deleted."""
    await store.save(installation())
    again = installation().model_copy(update={"team_name": "Renamed"})
    await store.save(again)
    assert await store.find("T1") == again

    await store.delete("T1")
    assert await store.find("T1") is None
    assert await store.all() == Installations(())


async def test_all_are_listed_with_those_that_cannot_be_opened(
    store: InstallationStore, redis: Redis
) -> None:
    """An installation of a lost key is reported by its scope and hides no other."""
    strange = InstallationStore(redis, Vault(Keyring.parse(generate_key("k9"))))
    await store.save(installation("T2"))
    await store.save(installation("T1"))
    await strange.save(installation("T3"))
    # A scope that holds connections only.
    await Scopes(redis).add("T4")

    assert await store.all() == Installations((installation("T1"), installation("T2")), ("T3",))
    with pytest.raises(SealError):
        await store.find("T3")


async def test_a_moved_installation_does_not_open(store: InstallationStore, redis: Redis) -> None:
    """One workspace's token does not serve another."""
    await store.save(installation())
    sealed = await redis.get(keys.installation("T1"))
    assert sealed is not None
    await redis.set(keys.installation("T2"), sealed)

    with pytest.raises(SealError):
        await store.find("T2")


async def test_a_silent_redis_is_given_up_in_time(tmp_path: Path, vault: Vault) -> None:
    """The request path decides how long it can wait, and gets the store's own error."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        store = InstallationStore(client, vault)
        await store.save(installation())
        async with frozen(own.pid):
            with pytest.raises(StoreUnavailableError, match="did not answer in time"):
                await store.find("T1", timeout=0.2)
        assert await store.find("T1") == installation()
        await client.aclose()


def test_an_installation_belongs_somewhere_and_shows_no_token() -> None:
    """It needs a team or an enterprise, and prints its token only for the vault."""
    with pytest.raises(ValidationError, match="needs a team or an enterprise"):
        installation(None, None)

    assert CANARY.slack_bot_token not in installation().model_dump_json()
    assert CANARY.slack_bot_token not in repr(installation())
