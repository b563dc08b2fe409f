"""Proving, storing, changing and removing connections."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.clock import Ids, SystemClock
from bot.errors import GoneError, InputError
from bot.models.connection import Connection, Owner
from bot.models.listing import Problem
from bot.models.target import Target
from bot.services.connections import MOST_CONNECTIONS, MOST_TARGETS, Outcome
from bot.store.connections import Connections
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import Redis
from bot.store.vault import Vault
from sandbox.faults import Fault
from tests.fixtures.canaries import CANARY
from tests.fixtures.world import ETL, KEY
from tests.services.conftest import OWNER, Services
from tests.store.servers import until
from tests.store.stores import Stores

WRONG = f"{CANARY.access_key_secret[:-1]}0"


async def connect(services: Services, *targets: Target, owner: Owner = OWNER) -> Connection:
    """Store a connection to the ETL gateway, unless told otherwise."""
    outcome = await services.connections.connect(
        owner,
        source_name="kyuubi",
        credential=services.key(),
        targets=targets or [services.etl],
    )
    assert isinstance(outcome, Outcome), outcome
    return outcome.connection


def many(services: Services, number: int) -> list[Target]:
    """Return places that are not there."""
    return [
        services.place(ETL | {"kyuubi_service_id": f"kb-{index:032}"}) for index in range(number)
    ]


async def keys_like(redis: Redis, part: str) -> list[str]:
    """Return the keys in Redis that hold a part."""
    return [key async for key in redis.scan_iter() if part in key]


async def test_a_connection_is_proven_and_stored(services: Services) -> None:
    """What each place lists is told, and the connection is there afterwards."""
    outcome = await services.connections.connect(
        OWNER,
        source_name="kyuubi",
        credential=services.key(),
        targets=[services.etl, services.reports, services.etl],
        label="Spark",
    )

    assert isinstance(outcome, Outcome)
    assert [proof.tokens for proof in outcome.proofs] == [2, 0]
    assert outcome.connection.targets == (services.etl, services.reports)
    assert (await services.connections.all(OWNER)).readable == (outcome.connection,)
    assert await services.connections.get(OWNER, outcome.connection.id) == outcome.connection


async def test_one_readable_place_is_enough(services: Services) -> None:
    """A place that cannot be read is told with its reason, and kept: it may come back."""
    missing = many(services, 1)[0]

    outcome = await services.connections.connect(
        OWNER,
        source_name="kyuubi",
        credential=services.key(),
        targets=[missing, services.etl],
    )

    assert isinstance(outcome, Outcome)
    assert [proof.problem and proof.problem.kind for proof in outcome.proofs] == [
        "unknown_target",
        None,
    ]
    assert outcome.connection.targets == (missing, services.etl)


async def test_nothing_is_stored_that_reads_nothing(services: Services, redis: Redis) -> None:
    """A credential that reads no place leaves no trace."""
    problem = await services.connections.connect(
        OWNER,
        source_name="kyuubi",
        credential=services.key(access_key_secret=WRONG),
        targets=[services.etl, services.reports],
    )

    assert isinstance(problem, Problem)
    assert problem.kind == "credential_refused"
    assert await keys_like(redis, "") == []


async def test_labels_are_found_where_none_is_given(services: Services) -> None:
    """Connections without a name get one each."""
    labels = [(await connect(services)).label for _ in range(3)]

    title = services.sources["kyuubi"].info.title
    assert labels == [title, f"{title} 2", f"{title} 3"]


@pytest.mark.parametrize("number", [0, MOST_TARGETS + 1])
async def test_a_connection_has_some_places(services: Services, number: int) -> None:
    """No place and too many are refused before anything is tried."""
    with pytest.raises(InputError, match=f"1 to {MOST_TARGETS} places"):
        await services.connections.connect(
            OWNER,
            source_name="kyuubi",
            credential=services.key(),
            targets=many(services, number),
        )
    assert services.calls() == 0


async def test_a_person_has_so_many_connections(services: Services) -> None:
    """One more than the most is refused; somebody else is not concerned."""
    first = await connect(services)
    for number in range(MOST_CONNECTIONS - 1):
        await services.stores.connections.put(first.model_copy(update={"id": f"c{number}"}))

    with pytest.raises(InputError, match=f"You have {MOST_CONNECTIONS} connections"):
        await connect(services)
    await connect(services, owner=Owner("T1", "U2"))


async def test_a_replaced_credential_takes_what_it_read_along(
    services: Services, redis: Redis
) -> None:
    """With the old key goes what was cached with it; label and places stay."""
    old = await connect(services, services.etl, services.reports)
    await services.tokens.listing(OWNER)
    assert len(await keys_like(redis, ":reading:")) == 2
    key = services.sandbox.company.access.keys[KEY["access_key_id"]]
    services.sandbox.company.access.put_key(
        type(key)(**{**vars(key), "access_key_id": "LTAI5tReplaced00000001"})
    )

    outcome = await services.connections.replace_credential(
        OWNER, old.id, services.key(access_key_id="LTAI5tReplaced00000001")
    )

    assert isinstance(outcome, Outcome)
    assert outcome.connection == old.model_copy(
        update={"credential": outcome.connection.credential}
    )
    assert outcome.connection.credential.public_id == "LTAI5tReplaced00000001"
    assert await keys_like(redis, ":reading:") == []


async def test_a_credential_that_reads_nothing_replaces_nothing(services: Services) -> None:
    """The old credential stays until another one is proven."""
    old = await connect(services)

    outcome = await services.connections.replace_credential(
        OWNER, old.id, services.key(access_key_secret=WRONG)
    )

    assert isinstance(outcome, Problem)
    assert await services.connections.get(OWNER, old.id) == old


async def test_a_credential_is_tried_somewhere(services: Services) -> None:
    """Without a place there is nothing to try another key on."""
    old = await connect(services)
    await services.connections.remove_target(OWNER, old.id, services.etl.id)

    with pytest.raises(InputError, match="no place to try the key on"):
        await services.connections.replace_credential(OWNER, old.id, services.key())


async def test_places_are_added_once(services: Services) -> None:
    """New places are tried and added; those that are there are not tried again."""
    old = await connect(services)
    before = services.calls()

    outcome = await services.connections.add_targets(
        OWNER, old.id, [services.etl, services.reports, services.reports]
    )

    assert isinstance(outcome, Outcome)
    assert outcome.connection.targets == (services.etl, services.reports)
    assert services.calls() == before + 1
    with pytest.raises(InputError, match="has that place already"):
        await services.connections.add_targets(OWNER, old.id, [services.etl])


async def test_places_that_cannot_be_read_are_not_added(services: Services) -> None:
    """A place is added only if it lists."""
    old = await connect(services)

    outcome = await services.connections.add_targets(OWNER, old.id, many(services, 1))

    assert isinstance(outcome, Problem)
    assert await services.connections.get(OWNER, old.id) == old


async def test_there_is_a_most_of_places(services: Services) -> None:
    """More places than fit are refused."""
    old = await connect(services)

    with pytest.raises(InputError, match=f"{MOST_TARGETS} places at most"):
        await services.connections.add_targets(OWNER, old.id, many(services, MOST_TARGETS))


async def test_a_removed_place_takes_what_it_listed_along(services: Services, redis: Redis) -> None:
    """What was read of a place is forgotten with it; the others stay, down to none."""
    old = await connect(services, services.etl, services.reports)
    await services.tokens.listing(OWNER)

    changed = await services.connections.remove_target(OWNER, old.id, services.etl.id)

    assert changed.targets == (services.reports,)
    assert len(await keys_like(redis, ":reading:")) == 1
    changed = await services.connections.remove_target(OWNER, old.id, services.reports.id)
    assert changed.targets == ()
    assert await keys_like(redis, ":reading:") == []
    assert (await services.tokens.listing(OWNER)).connections == 1


async def test_what_is_not_there_is_gone(services: Services) -> None:
    """Connections and places that are not there, or somebody else's, are gone."""
    theirs = await connect(services, owner=Owner("T1", "U2"))
    mine = await connect(services)
    ask = services.connections
    for connection_id in ("nonsense", theirs.id):
        with pytest.raises(GoneError):
            await ask.get(OWNER, connection_id)
        with pytest.raises(GoneError):
            await ask.remove(OWNER, connection_id)
        with pytest.raises(GoneError):
            await ask.replace_credential(OWNER, connection_id, services.key())
        with pytest.raises(GoneError):
            await ask.add_targets(OWNER, connection_id, [services.reports])
        with pytest.raises(GoneError):
            await ask.remove_target(OWNER, connection_id, services.etl.id)
    with pytest.raises(GoneError):
        await ask.remove_target(OWNER, mine.id, services.reports.id)
    assert await ask.get(Owner("T1", "U2"), theirs.id) == theirs


async def test_sources_are_not_mixed(services: Services) -> None:
    """A credential or a place of another source has no business in a connection."""
    mine = await connect(services)

    with pytest.raises(GoneError):
        await services.connections.replace_credential(OWNER, mine.id, services.client())
    with pytest.raises(GoneError):
        await services.connections.add_targets(OWNER, mine.id, [services.billing])
    with pytest.raises(GoneError):
        await services.connections.connect(
            OWNER, source_name="livy", credential=services.key(), targets=[services.etl]
        )
    assert services.calls("idaas") == services.calls("idaas_token") == 0


async def test_a_place_of_another_version_can_be_removed(services: Services) -> None:
    """A source that this version lacks does not keep anybody from cleaning up."""
    other = Target(source="livy", coordinates={"region": "cn-hangzhou"})
    mine = await connect(services)
    await services.stores.connections.put(
        mine.model_copy(update={"source": "livy", "targets": (other,)})
    )

    assert (await services.connections.remove_target(OWNER, mine.id, other.id)).targets == ()


@pytest.mark.parametrize("what", ["replace", "add"])
async def test_what_was_removed_meanwhile_stays_removed(
    services: Services, redis: Redis, what: str
) -> None:
    """A connection that is removed while its change is being proven does not come back."""
    mine = await connect(services)
    services.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.3, times=1))
    change: Callable[[], Awaitable[object]] = (
        (lambda: services.connections.replace_credential(OWNER, mine.id, services.key()))
        if what == "replace"
        else (lambda: services.connections.add_targets(OWNER, mine.id, [services.reports]))
    )
    changing = asyncio.ensure_future(change())
    await until(lambda: services.sandbox.faults.as_json() == [])

    await services.connections.remove(OWNER, mine.id)

    with pytest.raises(GoneError):
        await changing
    assert await keys_like(redis, "connections") == []


async def test_changes_at_the_same_time_are_all_kept(services: Services) -> None:
    """Two places that are added at the same moment are both there."""
    mine = await connect(services)
    others = [services.reports, many(services, 1)[0]]
    services.sandbox.company.kyuubi.put_service(
        type(next(iter(services.sandbox.company.kyuubi.services.values())))(
            kyuubi_service_id=others[1]["kyuubi_service_id"],
            workspace_id=others[1]["workspace_id"],
            name="third",
            created_at=0,
        )
    )

    await asyncio.gather(
        *(services.connections.add_targets(OWNER, mine.id, [other]) for other in others),
        services.connections.remove_target(OWNER, mine.id, services.etl.id),
    )

    changed = await services.connections.get(OWNER, mine.id)
    assert {target.id for target in changed.targets} == {other.id for other in others}


async def test_removing_deletes_key_readings_and_health(services: Services, redis: Redis) -> None:
    """Nothing of a removed connection is left; its label is told."""
    mine = await connect(services)
    await services.tokens.listing(OWNER)

    assert await services.connections.remove(OWNER, mine.id) == mine.label

    left = await keys_like(redis, "")
    assert [key for key in left if not key.endswith((":purges", "scopes", ":cached"))] == []


async def test_one_that_cannot_be_opened_can_be_removed(
    services: Services, redis: Redis, ids: Ids
) -> None:
    """A connection that was sealed with a lost key has no label, and can go."""
    mine = await connect(services)
    lost = Vault(Keyring.parse(generate_key("lost")))
    stranger = Stores(redis, lost, ids, SystemClock()).connections
    await stranger.put(mine.model_copy(update={"id": "lost"}))

    assert await services.connections.remove(OWNER, "lost") == ""
    assert await services.connections.all(OWNER) == Connections((mine,))
    with pytest.raises(GoneError):
        await services.connections.remove(OWNER, "lost")


async def test_what_a_key_lists_can_be_discovered(services: Services) -> None:
    """Places come with their names; a source that cannot tell says so."""
    found = await services.connections.discover(OWNER, "kyuubi", services.key(), ETL["region"])

    assert {target.id for target in found} == {services.etl.id, services.reports.id}
    with pytest.raises(InputError):
        await services.connections.discover(OWNER, "idaas", services.client(), ETL["region"])


async def test_a_person_and_a_scope_are_forgotten(services: Services, redis: Redis) -> None:
    """Forgetting a person leaves the others, forgetting the scope nobody."""
    await connect(services)
    theirs = Owner("T1", "U2")
    await connect(services, owner=theirs)

    await services.connections.forget(OWNER)
    assert (await services.connections.all(OWNER)).readable == ()
    assert len((await services.connections.all(theirs)).readable) == 1

    await services.connections.forget_scope("T1")
    assert [key for key in await keys_like(redis, "") if not key.endswith(":purges")] == []
