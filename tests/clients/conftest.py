"""Sources on a real loopback server, with clocks, ids and an access token cache of the tests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import stamina
from pydantic import SecretStr

from bot.clients import Source, create_http_client, create_sources
from bot.clock import Clock
from bot.models.credential import Access, AccessKey, Credential, IssuedToken, OAuthClient
from bot.models.target import Target
from tests.clients.server import Server, serving
from tests.fixtures.canaries import ACCESS_KEY_ID, CANARY, CLIENT_ID


@dataclass
class FakeClock:
    """Two clocks that stand still until they are moved, and tell different times."""

    at: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    offset: timedelta = timedelta(days=3)

    def wall(self) -> datetime:
        return self.at

    def now(self) -> datetime:
        return self.at + self.offset

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class CountingIds:
    """Ids that never repeat."""

    count: int = 0

    def new(self) -> str:
        self.count += 1
        return f"id-{self.count:06d}"


@dataclass
class MemoryTokenCache:
    """The contract of the token cache, in a dict."""

    clock: Clock
    kept: dict[str, IssuedToken] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    async def get(
        self,
        access: Access,
        issue: Callable[[], Awaitable[IssuedToken]],
        *,
        refused: SecretStr | None = None,
    ) -> IssuedToken:
        kept = self.kept.get(access.fingerprint)
        if refused is not None:
            self.refused.append(refused.get_secret_value())
        if kept is None or kept.value == refused or kept.expires_at <= self.clock.wall():
            kept = self.kept[access.fingerprint] = await issue()
        return kept


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Retry as often as in earnest, but without the pauses."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ids() -> CountingIds:
    return CountingIds()


@pytest.fixture
def cache(clock: FakeClock) -> MemoryTokenCache:
    return MemoryTokenCache(clock)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
async def token_server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with create_http_client() as http:
        yield http


@pytest.fixture
def sources(
    http: httpx.AsyncClient,
    clock: FakeClock,
    ids: CountingIds,
    cache: MemoryTokenCache,
    server: Server,
    token_server: Server,
) -> dict[str, Source]:
    return create_sources(
        http=http,
        clock=clock,
        ids=ids,
        tokens=cache,
        kyuubi_endpoint=server.url,
        idaas_endpoint=server.url,
        idaas_token_endpoint=f"{token_server.url}/oauth2/token",
    )


@pytest.fixture
def kyuubi(sources: dict[str, Source]) -> Source:
    return sources["kyuubi"]


@pytest.fixture
def idaas(sources: dict[str, Source]) -> Source:
    return sources["idaas"]


ACCESS_KEY = AccessKey(
    access_key_id=ACCESS_KEY_ID, access_key_secret=SecretStr(CANARY.access_key_secret)
)
OAUTH_CLIENT = OAuthClient(
    domain="ziwexample.aliyunidaas.com",
    client_id=CLIENT_ID,
    authentication="client_secret_post",
    secret=SecretStr(CANARY.client_secret),
)

KYUUBI_TARGET = Target(
    source="kyuubi",
    coordinates={
        "region": "cn-hangzhou",
        "workspace_id": "w-d2d82aa09155abcd",
        "kyuubi_service_id": "kb-c7141f10c3f549fc9f8b8ae562b8abcd",
    },
)
IDAAS_TARGET = Target(
    source="idaas",
    coordinates={
        "region": "cn-hangzhou",
        "instance_id": "idaas_ue2jvisn35ea5lmthk267example",
        "consumer_id": "app_ngtkgrexample",
        "credential_provider_identifier": "test_example_identifier",
    },
)


def access(credential: Credential) -> Access:
    """Return a credential as used by one scope."""
    return Access(scope="T1", credential=credential, fingerprint=f"fp-{credential.public_id}")
