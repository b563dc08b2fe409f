"""What is known of a person's tokens without asking any service."""

from datetime import timedelta

import pytest

from bot.clock import SystemClock
from bot.errors import StoreUnavailableError
from tests.services.conftest import OWNER, Services
from tests.services.test_tokens import connect, names, states


def later(services: Services, time: timedelta) -> None:
    """Move the clock that tokens live by."""
    clock = services.tokens._clock
    assert isinstance(clock, SystemClock)
    clock.offset += time


async def test_what_was_just_read_is_known(services: Services) -> None:
    """It is the list itself, fresh for a minute; nobody is asked for it."""
    await connect(services, services.etl, label="Spark")
    listing = await services.tokens.listing(OWNER)
    before = services.calls()

    known = await services.tokens.known(OWNER)

    assert known is not None
    assert (names(known), states(known)) == (names(listing), ["fresh"])
    assert set(known.via.values()) == {"Spark"}
    assert (known.connections, known.unreadable) == (1, 0)
    assert services.calls() == before


async def test_what_is_older_is_known_as_old(services: Services) -> None:
    """After a minute it is stale, without a problem; after a day it is not known."""
    await connect(services, services.etl)
    await services.tokens.listing(OWNER)

    later(services, timedelta(seconds=61))
    known = await services.tokens.known(OWNER)
    assert known is not None
    assert [(each.state, each.problem) for each in known.coverage] == [("stale", None)]
    assert len(known.tokens) == 2

    later(services, timedelta(hours=24))
    assert await services.tokens.known(OWNER) is None


async def test_a_place_of_which_nothing_is_known_is_missing(services: Services) -> None:
    """What one place gave is known though another was never read."""
    mine = await connect(services, services.etl)
    await services.tokens.listing(OWNER)
    both = mine.model_copy(update={"targets": (services.etl, services.reports)})
    await services.stores.connections.put(both)

    known = await services.tokens.known(OWNER)

    assert known is not None
    assert states(known) == ["fresh", "failed"]
    assert [each.target for each in known.missing] == [services.reports]


async def test_nothing_to_read_is_known_at_once(services: Services) -> None:
    """Without a place there is nothing to wait for."""
    mine = await connect(services, services.etl)
    await services.connections.remove_target(OWNER, mine.id, services.etl.id)

    known = await services.tokens.known(OWNER)

    assert known is not None
    assert (known.coverage, known.connections) == ((), 1)


async def test_health_is_a_detail(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells when a connection was last read well; without Redis it is not known."""
    mine = await connect(services, services.etl)
    await services.tokens.listing(OWNER)
    assert (await services.tokens.health(OWNER))[mine.id].read_at is not None

    async def fail(_owner: object) -> None:
        raise StoreUnavailableError

    monkeypatch.setattr(services.stores.health, "all", fail)

    assert await services.tokens.health(OWNER) == {}
