"""The same stores on a Cluster and behind Sentinel, with real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import redis.exceptions
from redis.asyncio import Redis as Client

from bot.clock import Ids, system_random
from bot.errors import StoreUnavailableError
from bot.models.connection import Owner
from bot.store import keys
from bot.store.due import DueIndex, Peek
from bot.store.keyring import KEY_BYTES, Keyring
from bot.store.redis import Redis, connect, translate_errors
from bot.store.rotation import Report, rotate
from bot.store.vault import Vault
from tests.fixtures.redis import FrozenClock
from tests.store.records import credential
from tests.store.servers import free_ports, frozen, running
from tests.store.stores import Stores

_SLOTS = 16384
_MASTERS = 3
_SCOPES = ("T1", "T2", "E3")
"""Each of these is on another of the three masters."""


async def _command(port: int, *words: str | int) -> str:
    """Send what redis-py has no typed word for, once the server listens."""
    async with Client(port=port, decode_responses=True) as client, asyncio.timeout(30):
        while True:
            try:
                return str(await client.execute_command(*words))  # type: ignore[no-untyped-call]
            except redis.exceptions.ConnectionError:
                await asyncio.sleep(0.02)


async def _until_says(port: int, expected: str, *words: str | int) -> None:
    async with asyncio.timeout(30):
        while expected not in await _command(port, *words):  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.05)


@pytest.fixture(name="nodes")
async def _nodes(tmp_path: Path) -> AsyncIterator[dict[int, int]]:
    """Yield the process ids of a Cluster of three masters, by their ports."""
    numbers = free_ports(2 * _MASTERS)
    ports, buses = numbers[:_MASTERS], numbers[_MASTERS:]
    processes = {}
    with ExitStack() as stack:
        for port, bus in zip(ports, buses, strict=True):
            home = tmp_path / str(port)
            home.mkdir()
            process = stack.enter_context(
                running(
                    home,
                    *("--port", str(port), "--cluster-port", str(bus), "--bind", "127.0.0.1"),
                    *("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--save", ""),
                )
            )
            processes[port] = process.pid
        for number, port in enumerate(ports):
            first, last = number * _SLOTS // _MASTERS, (number + 1) * _SLOTS // _MASTERS - 1
            await _command(port, "CLUSTER ADDSLOTSRANGE", first, last)
            await _command(port, "CLUSTER MEET", "127.0.0.1", ports[0], buses[0])
        for port in ports:
            await _until_says(port, "'cluster_state': 'ok'", "CLUSTER INFO")
            await _until_says(port, "'cluster_known_nodes': '3'", "CLUSTER INFO")
        yield processes


async def _use_everything(client: Redis, ids: Ids) -> None:
    """Fill all stores in several scopes, change the keys, purge a person and a scope."""
    old, new = (bytes([number]) * KEY_BYTES for number in (1, 2))
    clock = FrozenClock()
    before = Stores(client, Vault(Keyring("k1", {"k1": old})), ids, clock)
    for scope in _SCOPES:
        for user in ("U1", "U2"):
            await before.fill(Owner(scope, user), credential(f"secret of {user}"))

    vault = Vault(Keyring("k2", {"k2": new, "k1": old}))
    stores = Stores(client, vault, ids, clock)
    report = await rotate(client, vault, [stores.connections, stores.installations])
    assert report == Report({"k2": 9}, resealed=9, unreadable=0)

    await stores.purge.purge_scope("T1")
    await stores.purge.purge_owner(Owner("T2", "U1"))

    left = {key async for key in client.scan_iter("tb:*")}
    assert {key for key in left if "{T1}" in key} == {keys.purges("T1")}
    assert not [key for key in left if key.startswith("tb:{T2}") and ":U1" in key]
    assert (await stores.connections.all(Owner("T2", "U2"))).readable
    assert (await stores.connections.all(Owner("E3", "U1"))).readable
    assert await client.smembers(keys.scopes()) == {"E3", "T2"}
    assert len((await stores.installations.all()).readable) == 2


async def _use_the_index(client: Redis) -> None:
    """Let many be due, on all servers, and claim them."""
    clock = FrozenClock()
    index = DueIndex(client, clock, system_random())
    for number in range(30):
        await index.wake(f"m{number}", clock.now())
    assert await index.peek() == Peek(clock.now(), 0, 0)
    assert len(await index.claim(clock.now(), 100, timedelta(minutes=1))) == 30
    assert await index.peek() == Peek(None, 30, 0)


async def test_everything_works_on_a_cluster(nodes: dict[int, int], ids: Ids) -> None:
    """Scripts stay in one slot, scans find all nodes, and a silent node is given up in time."""
    client = connect("redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in nodes))

    await _use_everything(client, ids)
    await _use_the_index(client)

    # The last scope is on the last node.
    async with frozen(list(nodes.values())[-1]):
        with pytest.raises(StoreUnavailableError):
            async with translate_errors(0.5):
                await client.get(keys.flag(_SCOPES[-1], "no_tables"))
        async with translate_errors():
            await client.get(keys.flag(_SCOPES[0], "no_tables"))
    await client.aclose()


async def test_a_failover_is_followed_through_sentinel(tmp_path: Path) -> None:
    """When the master dies, the client goes on with the one that Sentinel has chosen."""
    master, replica, sentinel = free_ports(3)
    homes = {port: tmp_path / str(port) for port in (master, replica, sentinel)}
    for home in homes.values():
        home.mkdir()
    (homes[sentinel] / "sentinel.conf").write_text(
        f"port {sentinel}\nbind 127.0.0.1\n"
        f"sentinel monitor mymaster 127.0.0.1 {master} 1\n"
        "sentinel down-after-milliseconds mymaster 400\n"
        "sentinel failover-timeout mymaster 2000\n"
    )
    common = ("--bind", "127.0.0.1", "--save", "", "--repl-diskless-sync-delay", "0")
    with (
        running(homes[master], "--port", str(master), *common) as first,
        running(
            homes[replica],
            *("--port", str(replica), "--replicaof", f"127.0.0.1 {master}", *common),
        ),
    ):
        await _until_says(replica, "'master_link_status': 'up'", "INFO", "replication")
        with running(homes[sentinel], "sentinel.conf", "--sentinel"):
            await _until_says(sentinel, "'slaves': 1", "INFO", "sentinel")
            client = connect(f"redis+sentinel://127.0.0.1:{sentinel}/mymaster")
            await client.set("a", "1")

            first.kill()

            async with asyncio.timeout(30):
                while True:
                    try:
                        async with translate_errors():
                            await client.set("a", "2")
                        break
                    except StoreUnavailableError:
                        await asyncio.sleep(0.05)
            assert await client.get("a") == "2"
            await client.aclose()


async def test_a_sentinel_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """Nobody waits for long when no Sentinel answers."""
    ports = free_ports(2)
    client = connect(
        "redis+sentinel://" + ",".join(f"127.0.0.1:{port}" for port in ports) + "/mymaster"
    )

    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        async with translate_errors():
            await client.get("a")
    await client.aclose()
