"""One person's list of all places."""

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.clock import SystemClock
from bot.errors import NotAllowedError
from bot.models.connection import Connection
from bot.models.credential import Access
from bot.models.listing import Listing, Reading
from bot.models.target import Target
from bot.services.connections import Outcome
from sandbox.faults import Fault
from tests.fixtures.redis import asked
from tests.fixtures.world import put_token
from tests.services.conftest import OWNER, Services
from tests.store.servers import until


async def connect(services: Services, *targets: Target, label: str = "") -> Connection:
    """Store a connection to some places of one source."""
    idaas = targets[0].source == "idaas"
    outcome = await services.connections.connect(
        OWNER,
        source_name=targets[0].source,
        credential=services.client() if idaas else services.key(),
        targets=targets,
        label=label,
    )
    assert isinstance(outcome, Outcome), outcome
    return outcome.connection


def names(listing: Listing) -> list[str]:
    """Return the names of all tokens in a list."""
    return sorted(token.display_name for token in listing.tokens)


def states(listing: Listing) -> list[str]:
    """Return how each place was read."""
    return [coverage.state for coverage in listing.coverage]


async def test_all_places_of_all_connections_are_one_list(services: Services) -> None:
    """Everything that can be read is there, with how it was read, and how old it is."""
    await connect(services, services.etl, services.reports, label="Spark")
    await connect(services, services.billing, label="Partners")

    listing = await services.tokens.listing(OWNER)

    assert names(listing) == ["dashboards", "etl nightly", "partners · billing · …illing"]
    assert states(listing) == ["fresh"] * 3
    assert (listing.connections, listing.unreadable) == (2, 0)
    assert set(listing.via.values()) == {"Spark", "Partners"}
    assert listing.oldest is not None
    assert listing.oldest <= listing.now


async def test_nothing_connected_is_an_empty_list(services: Services) -> None:
    """With no connection, or none with a place, there is nothing and no wait for it."""
    assert (await services.tokens.listing(OWNER)).connections == 0
    mine = await connect(services, services.etl)
    await services.connections.remove_target(OWNER, mine.id, services.etl.id)

    listing = await services.tokens.listing(OWNER)

    assert (listing.tokens, listing.coverage, listing.connections) == ((), (), 1)


async def test_places_are_read_side_by_side(services: Services) -> None:
    """Two slow places take no longer than the slower one: each is asked before either answers."""
    await connect(services, services.etl, services.reports)
    started: list[int] = []
    both = asyncio.Event()

    def start() -> None:
        started.append(1)
        if len(started) == 2:
            both.set()

    source = services.sources["kyuubi"]
    read = source.list_tokens

    async def list_tokens(
        access: Access,
        target: Target,
        *,
        everything: bool,
        timeout: float,  # noqa: ASYNC109 - the contract
    ) -> Reading:
        start()
        await both.wait()
        return await read(access, target, everything=everything, timeout=timeout)

    source.list_tokens = list_tokens  # type: ignore[method-assign]  # to see when it is called

    assert states(await services.tokens.listing(OWNER)) == ["fresh", "fresh"]


async def test_a_token_that_two_connections_read_is_one_row(services: Services) -> None:
    """The freshest reading wins, and the row says whose it was."""
    await connect(services, services.etl, label="Old")
    await services.tokens.listing(OWNER)
    newer = await connect(services, services.etl.labelled("other name"), label="New")
    assert len((await services.tokens.listing(OWNER)).tokens) == 2

    listing = await services.tokens.listing(OWNER, anew=newer.id)

    assert len(listing.tokens) == 2
    # The same key, the same place: what one connection read anew is there for the other too.
    assert services.calls() == 4


async def test_the_freshest_reading_wins(services: Services) -> None:
    """Two keys that read one place at different times: the later answer is shown."""
    await connect(services, services.etl, label="First")
    await services.tokens.listing(OWNER)
    key = services.sandbox.company.access.keys
    other = next(iter(key.values()))
    services.sandbox.company.access.put_key(
        type(other)(**{**vars(other), "access_key_id": "LTAI5tSecondKey0000001"})
    )
    put_token(services.sandbox.company, "brand new")
    outcome = await services.connections.connect(
        OWNER,
        source_name="kyuubi",
        credential=services.key(access_key_id="LTAI5tSecondKey0000001"),
        targets=[services.etl],
        label="Second",
    )
    assert isinstance(outcome, Outcome)

    listing = await services.tokens.listing(OWNER)

    assert "brand new" in names(listing)
    assert set(listing.via.values()) == {"Second"}


async def test_one_connection_can_be_read_anew(services: Services) -> None:
    """What is asked for anew is read whatever is cached; the others are not."""
    mine = await connect(services, services.etl)
    await connect(services, services.billing)
    await services.tokens.listing(OWNER)
    before = (services.calls(), services.calls("idaas"))

    await services.tokens.listing(OWNER, anew=mine.id)

    assert (services.calls(), services.calls("idaas")) == (before[0] + 1, before[1])
    await services.tokens.listing(OWNER, max_age=timedelta(0))
    assert (services.calls(), services.calls("idaas")) == (before[0] + 2, before[1] + 1)


async def test_what_is_usually_left_out_can_be_asked_for(services: Services) -> None:
    """Everything includes what has been revoked."""
    await connect(services, services.billing)
    (token_id,) = services.sandbox.company.idaas.tokens
    services.sandbox.company.idaas.revoke(token_id, at=1)

    assert names(await services.tokens.listing(OWNER)) == []
    (token,) = (await services.tokens.listing(OWNER, everything=True)).tokens
    assert token.revoked


async def test_a_place_that_fails_says_why(services: Services) -> None:
    """The others list; what failed has its problem, and its health is kept."""
    mine = await connect(services, services.etl, services.reports)
    services.sandbox.company.kyuubi.remove_service(services.reports["kyuubi_service_id"])

    listing = await services.tokens.listing(OWNER)

    assert states(listing) == ["fresh", "failed"]
    assert listing.coverage[1].problem is not None
    assert listing.coverage[1].problem.kind == "unknown_target"
    health = (await services.stores.health.all(OWNER))[mine.id]
    assert health.problem == listing.coverage[1].problem
    assert health.read_at == listing.coverage[0].read_at


async def test_a_source_of_another_version_says_so(services: Services) -> None:
    """A connection whose source this version lacks does not hide the others."""
    mine = await connect(services, services.etl)
    await services.stores.connections.put(mine.model_copy(update={"id": "c9", "source": "livy"}))

    listing = await services.tokens.listing(OWNER)

    assert sorted(states(listing)) == ["failed", "fresh"]
    assert len(listing.tokens) == 2


async def test_a_fault_of_ours_at_one_place_hides_no_other(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Even what nobody foresaw at one source leaves the other its rows; the log has the rest."""
    await connect(services, services.etl)
    await connect(services, services.billing)

    async def fail(*_: object, **__: object) -> Reading:
        raise ArithmeticError

    monkeypatch.setattr(services.sources["kyuubi"], "list_tokens", fail)
    caplog.set_level(logging.ERROR, "bot.services.tokens")

    listing = await services.tokens.listing(OWNER)

    assert states(listing) == ["failed", "fresh"]
    assert len(listing.tokens) == 1
    assert "ArithmeticError" in caplog.text


@pytest.mark.parametrize("coordinates", [{}, {"region": "..", "workspace_id": "w"}])
async def test_a_place_that_makes_no_sense_hides_no_other(
    services: Services, coordinates: dict[str, str]
) -> None:
    """A target that another version wrote fails alone, without its coordinates or with odd ones."""
    await connect(services, services.billing)
    mine = await connect(services, services.etl)
    services.sources["kyuubi"]._endpoint = None  # type: ignore[attr-defined]  # the region decides
    odd = mine.model_copy(update={"targets": (Target(source="kyuubi", coordinates=coordinates),)})
    await services.stores.connections.put(odd)

    listing = await services.tokens.listing(OWNER)

    assert states(listing) == ["fresh", "failed"]
    assert len(listing.tokens) == 1


async def test_a_warm_list_asks_once_for_all_places(services: Services, redis_url: str) -> None:
    """However many places there are, Redis is asked once for their readings."""
    await connect(services, services.etl, services.reports)
    await connect(services, services.billing)
    await services.tokens.listing(OWNER)
    before = await asked(redis_url, "mget")

    listing = await services.tokens.listing(OWNER)

    assert states(listing) == ["fresh"] * 3
    assert await asked(redis_url, "mget") == before + 1


async def test_one_place_can_be_read_alone(services: Services) -> None:
    """The reading of one target is the same that a list finds."""
    mine = await connect(services, services.etl)

    reading, problem = await services.tokens.read(mine, services.etl)

    assert (len(reading.tokens), problem) == (2, None)
    await services.tokens.listing(OWNER)
    assert services.calls() == 2


async def test_late_places_are_told_and_go_on(services: Services) -> None:
    """At the deadline the list is what came; who waits was told, and the late place goes on."""
    await connect(services, services.etl)
    await connect(services, services.billing)
    services.tokens.slow, services.tokens.deadline = 0.5, 1.5
    services.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=4.0, times=1))
    told: list[tuple[Target, ...]] = []

    async def say(targets: tuple[Target, ...]) -> None:
        told.append(targets)

    listing = await services.tokens.listing(OWNER, on_slow=say)

    assert states(listing) == ["failed", "fresh"]
    assert listing.coverage[0].problem is not None
    assert listing.coverage[0].problem.code == "deadline"
    assert told == [(services.etl,)]
    before = services.calls()
    services.tokens.deadline = 20.0
    assert states(await services.tokens.listing(OWNER)) == ["fresh", "fresh"]
    assert services.calls() == before + 1


async def test_nobody_has_to_be_told(services: Services) -> None:
    """Without anybody to tell, or with one who cannot be told, the list comes all the same."""
    await connect(services, services.etl)
    services.tokens.slow = 0.01
    services.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.1))

    async def refuse(_: tuple[Target, ...]) -> None:
        raise NotAllowedError

    for say in (None, refuse):
        listing = await services.tokens.listing(OWNER, on_slow=say, max_age=timedelta(0))
        assert states(listing) == ["fresh"]


async def test_a_list_that_nobody_waits_for_ends(services: Services) -> None:
    """When the one who asked has gone, nothing is left running but the shared reading."""
    await connect(services, services.etl)
    services.sandbox.faults.add(Fault(service="kyuubi", kind="hang", times=1))
    before = asyncio.all_tasks()
    asking = asyncio.create_task(services.tokens.listing(OWNER))
    await until(lambda: services.sandbox.faults.as_json() == [])

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    await services.stores.readings._flight.close()
    await until(lambda: asyncio.all_tasks() <= before)


async def test_age_is_told_by_the_clock_of_the_tokens(services: Services) -> None:
    """A reading carries the time that tokens live by, as the list does."""
    await connect(services, services.etl)

    (coverage,) = (listing := await services.tokens.listing(OWNER)).coverage

    assert coverage.read_at is not None
    assert timedelta(0) <= listing.now - coverage.read_at < timedelta(minutes=1)
    assert abs(SystemClock().now() - listing.now) < timedelta(minutes=1)
