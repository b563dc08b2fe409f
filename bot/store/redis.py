"""The connection to Redis: made from a URL, tuned, and with errors that say what is wrong.

redis-py's own defaults wait up to a minute before they give up; Slack waits three seconds. Here a
command ends within `ANSWER_WITHIN`, whatever has happened to Redis.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, NamedTuple, cast

import redis.exceptions as errors
from redis.asyncio import (
    BlockingConnectionPool,
    RedisCluster,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio import Redis as Client
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialWithJitterBackoff

from bot.errors import StoreUnavailableError
from bot.store._address import Address, parse
from bot.store._commands import Redis, Script

__all__ = [
    "ANSWER_WITHIN",
    "Profile",
    "Redis",
    "Script",
    "connect",
    "milliseconds",
    "reason",
    "translate_errors",
]

ANSWER_WITHIN = 2.0
"""Seconds that a stored record may take, all retries included, before Redis counts as away."""

Profile = Literal["request", "worker"]


class _Tuning(NamedTuple):
    """Seconds, and how often a lost connection is tried anew."""

    wait_for_connection: float
    socket_timeout: float | None
    connect_timeout: float
    retries: int


_TUNING: Mapping[Profile, _Tuning] = {
    # A person waits: two quick retries bridge a restart, then say that Redis is away.
    "request": _Tuning(1.0, 1.0, 0.5, 2),
    # Nobody waits: rather late than not. No limit for each answer, which costs as much as the
    # command: `translate_errors` has one for all.
    "worker": _Tuning(5.0, None, 2.0, 5),
}
_CONNECTIONS = 50
_CONNECTIONS_PER_NODE = 200
_HEALTH_CHECK_SECONDS = 30

_MEMORY: dict[str, Any] = {}
"""The data of each database in memory, by its name: gone with the process."""


class _BlockingSentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Waits for a free connection, and closes the connections to Sentinel with its own."""

    async def aclose(self) -> None:
        await super().aclose()
        await self.sentinel_manager.aclose()


def connect(url: str, *, profile: Profile = "request") -> Redis:
    """Return a client for a URL; it connects with its first command. Close it with `aclose`.

    `request` gives up early because a person waits, `worker` later. A client belongs to one event
    loop. Raises SettingsError for a URL that makes no sense.
    """
    address = parse(url)
    tuning = _TUNING[profile]
    client: object
    if address.kind == "memory":
        client = _in_memory(address)
    elif address.kind == "cluster":
        client = _cluster(address, tuning)
    elif address.kind == "sentinel":
        client = _sentinel(address, tuning)
    else:
        client = _server(address, tuning)
    # True of all of them with decode_responses, but redis-py types each answer as bytes or text.
    return cast("Redis", client)


def _retry(tuning: _Tuning) -> Retry:
    # A lost connection is tried anew, a server that is silent is not: it would only be waited for
    # again, and the command may have been carried out.
    return Retry(
        ExponentialWithJitterBackoff(base=0.02, cap=0.25),
        tuning.retries,
        supported_errors=(errors.ConnectionError,),
    )


def _connection_options(address: Address, tuning: _Tuning) -> dict[str, Any]:
    return {
        "username": address.username,
        "password": address.password,
        "socket_timeout": tuning.socket_timeout,
        "socket_connect_timeout": tuning.connect_timeout,
        "health_check_interval": _HEALTH_CHECK_SECONDS,
        "decode_responses": True,
        # A record that is not text is unreadable, which is no reason to fail in the client.
        "encoding_errors": "replace",
        # RESP3 brings nothing that is used here, and proxies of managed services may refuse HELLO.
        "protocol": 2,
        "driver_info": None,
    }


def _tls_options(address: Address) -> dict[str, Any]:
    return {k: v for k, v in address.options.items() if k.startswith("ssl_")}


def _server(address: Address, tuning: _Tuning) -> Client:
    options = _connection_options(address, tuning) | {"db": address.db, "retry": _retry(tuning)}
    if address.kind == "socket":
        options |= {"connection_class": UnixDomainSocketConnection, "path": address.path}
    else:
        host, port = address.hosts[0]
        options |= {"host": host, "port": port, "socket_keepalive": True}
        if address.tls:
            options |= {"connection_class": SSLConnection} | _tls_options(address)
    return Client.from_pool(
        BlockingConnectionPool(
            max_connections=_CONNECTIONS, timeout=tuning.wait_for_connection, **options
        )
    )


def _sentinel(address: Address, tuning: _Tuning) -> Client:
    tls = {"ssl": True} | _tls_options(address) if address.tls else {}
    # Each Sentinel is asked once and quickly: the next one may be the one that answers.
    asked = _connection_options(address, tuning) | {
        "username": address.options.get("sentinel_username"),
        "password": address.options.get("sentinel_password"),
        "socket_timeout": tuning.connect_timeout,
        "retry": Retry(ExponentialWithJitterBackoff(), 0),
    }
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py gives it no types
        address.hosts, sentinel_kwargs=asked | tls
    )
    client = sentinel.master_for(
        address.master,
        connection_pool_class=_BlockingSentinelPool,
        max_connections=_CONNECTIONS,
        timeout=tuning.wait_for_connection,
        db=address.db,
        retry=_retry(tuning),
        socket_keepalive=True,
        **_connection_options(address, tuning),
        **tls,
    )
    return cast("Client", client)


def _cluster(address: Address, tuning: _Tuning) -> RedisCluster:
    return RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in address.hosts],
        max_connections=_CONNECTIONS_PER_NODE,
        retry=_retry(tuning),
        ssl=address.tls,
        **_connection_options(address, tuning),
        **_tls_options(address),
    )


def _in_memory(address: Address) -> object:
    # Imported here: it brings a Lua interpreter that nobody else needs.
    from fakeredis import FakeAsyncRedis, FakeServer  # noqa: PLC0415

    server = _MEMORY.setdefault(address.path, FakeServer())
    return FakeAsyncRedis(server=server, decode_responses=True, encoding_errors="replace")


_REASONS: tuple[tuple[str, str], ...] = (
    ("MISCONF", "cannot write to its disk, which may be full"),
    ("OOM", "is out of memory"),
    ("READONLY", "is a read-only replica"),
    ("LOADING", "is still loading its data"),
    ("NOAUTH", "asks for a password"),
    ("Authentication required", "asks for a password"),
    ("WRONGPASS", "refused the password"),
    ("NOPERM", "refused a command to this user"),
    ("CLUSTERDOWN", "is a Cluster that is down"),
    ("MASTERDOWN", "has lost its master"),
    ("BUSY", "is busy with a script"),
    ("NOREPLICAS", "has too few replicas to take what is written"),
)
_CLASSES: tuple[tuple[type[Exception], str], ...] = (
    (errors.OutOfMemoryError, "is out of memory"),
    (errors.ReadOnlyError, "is a read-only replica"),
    (errors.BusyLoadingError, "is still loading its data"),
    (errors.NoPermissionError, "refused a command to this user"),
    (errors.AuthenticationError, "refused the password"),
    (errors.AuthorizationError, "refused the password"),
    (errors.TimeoutError, "did not answer in time"),
    (errors.MaxConnectionsError, "has no connection free"),
    (errors.ConnectionError, "cannot be reached"),
    (errors.MasterDownError, "has lost its master"),
    (errors.ClusterError, "is a Cluster that is down"),
    (errors.RedisClusterException, "is a Cluster that is down"),
)


def reason(error: BaseException) -> str:
    """Say in words what a Redis error means, without its text: that may hold an address."""
    chain = list(_causes(error))
    for code, meaning in _REASONS:
        if any(re.search(rf"\b{code}\b", str(each)) for each in chain):
            return meaning
    for kind, meaning in _CLASSES:
        if any(isinstance(each, kind) for each in chain):
            return meaning
    return "refused a command"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    # A refused password, for one, arrives as the cause of a failed connection.
    while error is not None:
        yield error
        error = error.__cause__


def milliseconds(span: timedelta) -> int:
    """Return a TTL as PX and PEXPIRE take it: at least one, since they refuse zero."""
    return max(1, int(span / timedelta(milliseconds=1)))


def translate_errors(
    timeout: float | None = ANSWER_WITHIN,
) -> AbstractAsyncContextManager[None, None]:
    """Turn whatever Redis does wrong inside into StoreUnavailableError.

    `timeout` is in seconds over all that is done inside, None for no limit. A cancellation passes.
    """
    return _Translation(timeout)


class _Translation(AbstractAsyncContextManager[None, None]):
    """Written out, since every command goes through it: a generator takes three times as long."""

    def __init__(self, seconds: float | None) -> None:
        self._limit = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._limit.__aexit__(kind, error, traceback)
        except TimeoutError as late:
            error = late
        if isinstance(error, TimeoutError):
            raise StoreUnavailableError("Redis did not answer in time") from None
        if isinstance(error, errors.RedisError | errors.RedisClusterException):
            raise StoreUnavailableError(f"Redis {reason(error)}") from None
