import asyncio
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.exceptions as errors

from bot.errors import SettingsError, StoreUnavailableError
from bot.store.redis import Redis, connect, reason, translate_errors
from tests.fixtures.canaries import CANARY
from tests.store.servers import Server, free_ports, frozen, server, until

_LIMIT = 200_000


@pytest.fixture(name="own")
async def _own(tmp_path: Path) -> AsyncIterator[Server]:
    """Yield a server that a test may mistreat."""
    async with server(tmp_path) as own:
        yield own


async def test_text_goes_in_and_out(redis: Redis) -> None:
    """Values are text, and what is no text can still be read."""
    await redis.set("tb:{T1}:flag:a", "ü", px=1000)

    assert await redis.get("tb:{T1}:flag:a") == "ü"
    assert await redis.get("tb:{T1}:flag:b") is None


async def test_bytes_that_are_no_text_do_not_fail(own: Server) -> None:
    """A value that somebody damaged is read as damaged text."""
    client = connect(own.url)
    write = client.register_script("return redis.call('SET', KEYS[1], '\\255\\254')")
    await write(keys=["a"], args=[])

    assert await client.get("a") == "\ufffd\ufffd"
    await client.aclose()


async def test_more_callers_than_connections_are_all_served(redis: Redis) -> None:
    """A burst waits for a connection instead of failing."""
    await redis.set("tb:{T1}:flag:a", "1", px=10_000)

    assert await asyncio.gather(*(redis.get("tb:{T1}:flag:a") for _ in range(500))) == ["1"] * 500


async def test_a_cancelled_caller_leaves_no_wrong_answer(redis: Redis) -> None:
    """However many callers give up in the middle, the others get their own answers."""
    names = [f"tb:{{T1}}:flag:{number}" for number in range(200)]
    for name in names:
        await redis.set(name, name, px=60_000)
    tasks = [asyncio.create_task(redis.get(name)) for name in names]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()

    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert results[1::2] == names[1::2]
    assert [await redis.get(name) for name in names] == names


@pytest.mark.parametrize("profile", ["request", "worker"])
async def test_a_server_that_is_not_there_is_reported(profile: str) -> None:
    """A refused connection ends in our own error, in time, without address or password."""
    (port,) = free_ports(1)
    client = connect(
        f"redis://:{CANARY.client_secret}@127.0.0.1:{port}",
        profile="worker" if profile == "worker" else "request",
    )

    with pytest.raises(StoreUnavailableError, match="cannot be reached") as caught:
        async with translate_errors():
            await client.get("a")

    assert str(port) not in str(caught.value)
    await client.aclose()


async def test_a_frozen_server_is_given_up_in_time(own: Server) -> None:
    """A server that is silent, on an old and on a new connection, costs the time given."""
    client, late = connect(own.url), connect(own.url)
    await client.ping()

    async with frozen(own.pid), asyncio.timeout(10):
        for each in (client, late):
            with pytest.raises(StoreUnavailableError, match="did not answer in time"):
                async with translate_errors(0.3):
                    await each.get("a")
        # Without a limit of the caller's, the connection's own holds.
        with pytest.raises(StoreUnavailableError, match="did not answer in time"):
            async with translate_errors(None):
                await client.get("a")

    async with translate_errors():
        assert await client.get("a") is None
    await client.aclose()
    await late.aclose()


async def test_a_silent_server_is_asked_once() -> None:
    """A command that may have been carried out is not sent again."""
    received: list[bytes] = []
    connections: set[asyncio.StreamWriter] = set()

    async def listen_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        while data := await reader.read(4096):
            received.append(data)
            # A new connection is tried first.
            writer.write(b"+PONG\r\n" if b"PING" in data else b"")
        writer.close()
        connections.discard(writer)

    silent = await asyncio.start_server(listen_only, "127.0.0.1", 0)
    client = connect(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}")

    with pytest.raises(StoreUnavailableError, match="did not answer in time"):
        async with translate_errors(None):
            await client.get("a")

    await client.aclose()
    await until(lambda: not connections)
    silent.close()
    assert b"".join(received).count(b"GET") == 1


async def test_a_restarted_server_is_found_again(tmp_path: Path) -> None:
    """A connection that was lost is made anew without anybody noticing."""
    async with server(tmp_path) as own:
        client = connect(own.url)
        await client.ping()

    async with server(tmp_path), translate_errors():
        assert await client.ping()
    await client.aclose()


async def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """When the server can write no more, the error says so, also from within a script."""

    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_LIMIT, _LIMIT))

    async with server(
        tmp_path,
        *("--appendonly", "yes", "--appendfsync", "everysec"),
        prepare=limit_files,
        # Python ignores SIGXFSZ, so that a file at its limit is an error and not the end.
        restore_signals=False,
    ) as own:
        client = connect(own.url)
        write = client.register_script("return redis.call('SET', KEYS[1], '1')")

        async def fill() -> None:
            async with translate_errors(30):
                while True:
                    await client.set("a", "x" * 50_000)

        with pytest.raises(StoreUnavailableError, match="cannot write to its disk"):
            await fill()
        with pytest.raises(StoreUnavailableError, match="cannot write to its disk"):
            async with translate_errors():
                await write(keys=["a"], args=[])
        await client.aclose()


async def test_a_full_memory_is_named(tmp_path: Path) -> None:
    """A server that may take no more memory refuses writes with its reason."""
    async with server(tmp_path, "--maxmemory", "1kb", "--maxmemory-policy", "noeviction") as own:
        client = connect(own.url)

        with pytest.raises(StoreUnavailableError, match="is out of memory"):
            async with translate_errors():
                await client.set("a", "1")
        await client.aclose()


@pytest.mark.parametrize(
    ("password", "expected"),
    [("", "asks for a password"), (CANARY.client_secret, "refused the password")],
)
async def test_a_wrong_password_is_named(tmp_path: Path, password: str, expected: str) -> None:
    """A missing and a wrong password are told apart, and neither is shown."""
    async with server(tmp_path, "--requirepass", "right") as own:
        wrong = connect(own.url.replace("unix://", f"unix://:{password}@"))
        right = connect(own.url.replace("unix://", "unix://:right@"))

        with pytest.raises(StoreUnavailableError, match=expected) as caught:
            async with translate_errors():
                await wrong.get("a")
        assert str(caught.value) == f"Redis {expected}"
        assert await right.ping()
        await wrong.aclose()
        await right.aclose()


async def test_a_user_without_a_right_is_told(tmp_path: Path) -> None:
    """A command that the access list does not allow is named as such."""
    async with server(tmp_path, *["--user", "bot", "on", ">pw", "~tb:*", "+get"]) as own:
        client = connect(own.url.replace("unix://", "unix://bot:pw@"))

        async with translate_errors():
            assert await client.get("tb:a") is None
        with pytest.raises(StoreUnavailableError, match="refused a command to this user"):
            async with translate_errors():
                await client.set("tb:a", "1")
        with pytest.raises(StoreUnavailableError, match="refused a command to this user"):
            async with translate_errors():
                await client.get("other")
        await client.aclose()


async def test_a_replica_is_named(tmp_path: Path) -> None:
    """Writing to a replica says what it is."""
    async with server(tmp_path, "--replicaof", "127.0.0.1 1") as own:
        client = connect(own.url)

        with pytest.raises(StoreUnavailableError, match="is a read-only replica"):
            async with translate_errors():
                await client.set("a", "1")
        await client.aclose()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.BusyLoadingError("Redis is loading"), "is still loading its data"),
        (errors.ResponseError("LOADING Redis is loading"), "is still loading its data"),
        (
            errors.NoPermissionError("this user has no permissions"),
            "refused a command to this user",
        ),
        (errors.ClusterDownError("CLUSTERDOWN Hash slot not served"), "is a Cluster that is down"),
        (errors.RedisClusterException("no reachable node at h"), "is a Cluster that is down"),
        (errors.MasterDownError("MASTERDOWN Link with MASTER is down"), "has lost its master"),
        # As it arrives: without the word that it was told by.
        (errors.MasterDownError("Link with MASTER is down"), "has lost its master"),
        (
            errors.ResponseError("NOREPLICAS Not enough good replicas to write."),
            "has too few replicas to take what is written",
        ),
        (errors.MaxConnectionsError("Too many connections"), "has no connection free"),
        (errors.ResponseError("BUSY Redis is busy running a script"), "is busy with a script"),
        (errors.ResponseError("WRONGTYPE Operation against a key"), "refused a command"),
        (errors.ConnectionError("Error 111 connecting to ROOMS:6379"), "cannot be reached"),
    ],
)
def test_each_kind_of_failure_has_its_words(error: Exception, expected: str) -> None:
    """What Redis says is told in plain words, without its own text."""
    assert reason(error) == expected


async def test_a_cancellation_is_not_an_error_of_the_store(own: Server) -> None:
    """Whoever is cancelled while waiting for Redis is cancelled, not failed."""
    client = connect(own.url)
    await client.ping()

    async def ask() -> None:
        async with translate_errors(30):
            await client.get("a")

    async with frozen(own.pid):
        task = asyncio.create_task(ask())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await client.aclose()


async def test_memory_is_shared_by_name() -> None:
    """The last resort keeps its data for all clients of the process."""
    one, other, apart = connect("fakeredis://a"), connect("fakeredis://a"), connect("fakeredis://b")
    await one.set("a", "1")

    assert await other.get("a") == "1"
    assert await apart.get("a") is None
    add = one.register_script("return redis.call('SADD', KEYS[1], ARGV[1])")
    assert await add(keys=["s"], args=["x"]) == 1
    for client in (one, other, apart):
        await client.aclose()


def test_a_url_that_makes_no_sense_is_refused() -> None:
    """A wrong URL is found before the first command."""
    with pytest.raises(SettingsError):
        connect("redis://")
