import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import seen
from bot.store.redis import Redis, connect
from bot.store.seen import SeenStore
from tests.fixtures.redis import FrozenClock
from tests.store.servers import free_ports, frozen, server

_HOUR = timedelta(hours=1)


async def test_only_the_first_is_the_first(
    redis: Redis, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many that arrive at once, in several processes, one is the first."""
    # However slow this machine is just now.
    monkeypatch.setattr(seen, "_WITHIN", 30.0)
    stores = [SeenStore(redis, frozen_clock) for _ in range(3)]

    answers = await asyncio.gather(
        *(store.first("T1", "Ev1", _HOUR) for store in stores for _ in range(10))
    )

    assert answers.count(True) == 1


async def test_ids_and_scopes_are_told_apart(redis: Redis, frozen_clock: FrozenClock) -> None:
    """The same id in another workspace is another one."""
    store = SeenStore(redis, frozen_clock)

    assert await store.first("T1", "Ev1", _HOUR)
    assert await store.first("T1", "Ev2", _HOUR)
    assert await store.first("T2", "Ev1", _HOUR)
    assert not await store.first("T1", "Ev1", _HOUR)


async def test_what_a_process_has_seen_ends_in_time(frozen_clock: FrozenClock) -> None:
    """Also without Redis a repeat is known, but not for ever."""
    (port,) = free_ports(1)
    client = connect(f"redis://127.0.0.1:{port}")
    store = SeenStore(client, frozen_clock)
    assert await store.first("T1", "Ev1", _HOUR)
    frozen_clock.advance(_HOUR - timedelta(seconds=1))
    assert not await store.first("T1", "Ev1", _HOUR)

    frozen_clock.advance(timedelta(seconds=1))
    assert await store.first("T1", "Ev1", _HOUR)
    await client.aclose()


async def test_a_process_remembers_only_so_many(
    redis: Redis, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has let go Redis still knows."""
    monkeypatch.setattr(seen, "_MOST", 2)
    store = SeenStore(redis, frozen_clock)
    for number in range(3):
        assert await store.first("T1", f"Ev{number}", _HOUR)

    assert len(store._ends) == 2
    assert not await store.first("T1", "Ev0", _HOUR)


async def test_a_silent_redis_does_not_hold_up_an_event(
    tmp_path: Path, frozen_clock: FrozenClock
) -> None:
    """The process's own memory answers when Redis does not."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        store = SeenStore(client, frozen_clock)
        async with frozen(own.pid):
            assert await store.first("T1", "Ev1", _HOUR)
            assert not await store.first("T1", "Ev1", _HOUR)
        await client.aclose()
