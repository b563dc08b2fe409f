import asyncio
from datetime import timedelta

import pytest
import redis as blocking

from bot.errors import SealError, StoreUnavailableError
from bot.models.connection import Connection, Owner
from bot.store import keys
from bot.store.connections import Connections, ConnectionStore
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from tests.fixtures.canaries import ACCESS_KEY_ID
from tests.fixtures.redis import START
from tests.store.records import OWNER, connection, credential
from tests.store.servers import free_ports

_OTHER = Owner("T1", "U2")


@pytest.fixture(name="store")
def _store(redis: Redis, vault: Vault) -> ConnectionStore:
    return ConnectionStore(redis, vault)


async def _exchange(redis: Redis, key: str, field: str, value: str) -> None:
    write = redis.register_script("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])")
    await write(keys=[key], args=[field, value])


async def test_a_connection_comes_back_whole(store: ConnectionStore) -> None:
    """What was stored is returned with its secret, oldest first."""
    newer = connection(connection_id="c1", created_at=START + timedelta(days=1))
    older = connection(connection_id="c2")
    await store.put(newer)
    await store.put(older)

    assert await store.all(OWNER) == Connections((older, newer))
    assert await store.get(OWNER, "c1") == newer
    assert await store.get(OWNER, "c3") is None


async def test_people_have_their_own_connections(store: ConnectionStore) -> None:
    """Nobody sees another's connections; everybody who has some is known."""
    await store.put(connection())
    await store.put(connection(_OTHER))
    await store.put(connection(Owner("T2", "U1")))

    assert await store.all(_OTHER) == Connections((connection(_OTHER),))
    assert await store.all(Owner("T2", "U2")) == Connections(())
    assert await store.owners("T1") == [OWNER, _OTHER]
    assert await store.owners("T3") == []


async def test_a_changed_connection_takes_the_place_of_the_old_one(
    store: ConnectionStore,
) -> None:
    """There is one record for each id."""
    await store.put(connection())
    changed = connection(label="Staging")
    await store.put(changed)

    assert await store.all(OWNER) == Connections((changed,))


async def test_a_change_is_made_to_what_is_there(store: ConnectionStore) -> None:
    """Changes at the same moment are all kept."""
    await store.put(connection(label=""))

    async def add(letter: str) -> None:
        await store.change(
            OWNER, "c1", lambda old: old.model_copy(update={"label": old.label + letter})
        )

    await asyncio.gather(*map(add, "abcdef"))

    (changed,) = (await store.all(OWNER)).readable
    assert sorted(changed.label) == list("abcdef")


async def test_what_was_removed_cannot_be_changed(store: ConnectionStore, redis_url: str) -> None:
    """A connection that goes while it is being changed stays gone."""
    await store.put(connection())

    def remove_meanwhile(old: Connection) -> Connection:
        with blocking.Redis.from_url(redis_url) as client:
            client.unlink(keys.connections(*OWNER))
        return old

    assert await store.change(OWNER, "c1", remove_meanwhile) is None
    assert await store.all(OWNER) == Connections(())


async def test_a_removed_connection_is_gone(store: ConnectionStore, redis: Redis) -> None:
    """Removing returns what it was, once; with the last one its owner is forgotten too."""
    one, other = connection(connection_id="c1"), connection(connection_id="c2")
    for each in (one, other):
        await store.put(each)

    assert await store.remove(OWNER, "c1") == one
    assert await store.remove(OWNER, "c1") is None
    assert await store.owners("T1") == [OWNER]
    assert await store.remove(OWNER, "c2") == other
    assert await store.owners("T1") == []
    assert [key async for key in redis.scan_iter()] == [keys.scopes()]


async def test_all_of_a_person_can_be_removed(store: ConnectionStore, redis: Redis) -> None:
    """Removing all returns what they were and leaves others alone."""
    for each in (connection(), connection(connection_id="c2"), connection(_OTHER)):
        await store.put(each)

    assert await store.remove_all(OWNER) == Connections(
        (connection(), connection(connection_id="c2"))
    )
    assert await store.remove_all(OWNER) == Connections(())
    assert await store.owners("T1") == [_OTHER]
    assert await redis.exists(keys.connections(*OWNER)) == 0


async def test_what_another_key_sealed_is_reported(
    store: ConnectionStore, redis: Redis, vault: Vault
) -> None:
    """A connection that cannot be opened neither vanishes nor takes the others along."""
    strange = ConnectionStore(redis, Vault(Keyring.parse(generate_key("k9"))))
    await strange.put(connection(connection_id="c9"))
    await store.put(connection())

    assert await store.all(OWNER) == Connections((connection(),), ("c9",))
    with pytest.raises(SealError, match="k9"):
        await store.get(OWNER, "c9")
    assert await store.remove(OWNER, "c9") is None
    assert await store.all(OWNER) == Connections((connection(),))


async def test_a_connection_that_was_moved_does_not_open(
    store: ConnectionStore, redis: Redis
) -> None:
    """Neither under another id, nor with another person, nor in another workspace."""
    await store.put(connection())
    sealed = await redis.hget(keys.connections(*OWNER), "c1")
    assert sealed is not None
    for owner, field in ((OWNER, "c2"), (_OTHER, "c1"), (Owner("T2", "U1"), "c1")):
        await _exchange(redis, keys.connections(*owner), field, sealed)
        assert (await store.all(owner)).unreadable == (field,)


async def test_a_record_of_another_form_is_unreadable(
    store: ConnectionStore, redis: Redis, vault: Vault
) -> None:
    """What an unknown version wrote is reported without its content."""
    sealed = vault.seal("connection", (*OWNER, "c1"), b'{"id": "c1", "secret": "s3cr3t"}')
    await _exchange(redis, keys.connections(*OWNER), "c1", sealed)

    with pytest.raises(SealError, match="unknown form") as caught:
        await store.get(OWNER, "c1")

    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_nothing_of_a_connection_is_in_the_clear(
    store: ConnectionStore, redis: Redis
) -> None:
    """Redis shows ids of Slack and of the connection; neither label, nor target, nor key id."""
    await store.put(connection())

    text = str(await redis.hgetall(keys.connections(*OWNER)))

    for word in ("Production", "hangzhou", ACCESS_KEY_ID, "kyuubi"):
        assert word not in text


async def test_people_can_connect_at_the_same_moment(store: ConnectionStore) -> None:
    """No write gets lost among many."""
    ids = [f"c{number:02}" for number in range(50)]

    await asyncio.gather(*(store.put(connection(connection_id=each)) for each in ids))

    assert [each.id for each in (await store.all(OWNER)).readable] == ids


async def test_without_redis_it_is_said(vault: Vault) -> None:
    """What needs a connection does not work then, and says so."""
    (port,) = free_ports(1)
    client = connect(f"redis://127.0.0.1:{port}")
    store = ConnectionStore(client, vault)

    with pytest.raises(StoreUnavailableError):
        await store.all(OWNER)
    with pytest.raises(StoreUnavailableError):
        await store.put(connection(proof=credential()))
    await client.aclose()
