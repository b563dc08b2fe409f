"""The app on a loopback port, a world to change, and clocks to move."""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from darabonba.core import DaraCore

from sandbox.alibaba.app import create_app
from sandbox.clock import SandboxClock
from sandbox.company.access import READ_SCOPE
from sandbox.company.world import World
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.serve import Server, bind, url_of
from tests.fixtures.http import loopback_client
from tests.sandbox.alibaba.places import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONSUMER,
    EPOCH,
    INSTANCE,
    KEY_ID,
    KEY_SECRET,
    PROVIDER,
    REGION,
    small_world,
)
from tests.sandbox.alibaba.signing import TOKEN_PATH, Draft

TOKEN_ENDPOINT = "/api/v2/iauths_system/oauth2/token"


class MovableClock(SandboxClock):
    """Both clocks at the world's epoch until a test moves them; the machine's by `drift`."""

    def __init__(self) -> None:
        super().__init__()
        self.offset_ms = EPOCH - super().wall()
        self.drift = 0

    def wall(self) -> int:
        return super().wall() + self.drift

    def now(self) -> int:
        return super().now() - self.drift


@dataclass
class Service:
    """The app under test and everything that it was given."""

    url: str
    host: str
    http: httpx.AsyncClient
    world: World
    clock: MovableClock
    faults: Faults
    journal: Journal

    async def get(
        self,
        path: str = TOKEN_PATH,
        query: dict[str, str] | None = None,
        *,
        action: str = "ListKyuubiToken",
        key_id: str = KEY_ID,
        secret: str = KEY_SECRET,
        headers: dict[str, str | None] | None = None,
    ) -> httpx.Response:
        """Send a GET that the vendor's signer has signed."""
        draft = Draft(
            path=path,
            query={"regionId": REGION} if query is None else query,
            headers=headers or {},
        )
        signed = draft.signed(
            host=self.host,
            wall=self.clock.wall(),
            nonce=uuid.uuid4().hex,
            action=action,
            key_id=key_id,
            secret=secret,
        )
        return await self.http.get(f"{path}?{urlencode(draft.query)}", headers=signed)

    def access_token(self, client_id: str = CLIENT_ID) -> str:
        """Return an access token of a client, with all that is delegated to it."""
        client = self.world.access.clients[client_id]
        return self.world.access.issue(client, client.scopes, self.clock.wall()).value

    async def authentication_tokens(
        self, access_token: str | None = None, **query: str | None
    ) -> httpx.Response:
        """List authentication tokens of the one consumer; None leaves a parameter out."""
        known = {"consumerId": CONSUMER, "credentialProviderIdentifier": PROVIDER, **query}
        return await self.http.get(
            f"/v2/{INSTANCE}/authenticationTokens",
            params={name: value for name, value in known.items() if value is not None},
            headers={"authorization": f"Bearer {access_token or self.access_token()}"},
        )

    async def token(self, path: str = TOKEN_ENDPOINT, /, **form: str | None) -> httpx.Response:
        """Ask for an access token by client_secret_post; None leaves a parameter out."""
        known = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": READ_SCOPE,
            **form,
        }
        data = {name: value for name, value in known.items() if value is not None}
        return await self.http.post(path, data=data)


@pytest.fixture(name="clock")
def _clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(name="world")
def _world() -> World:
    return small_world()


@pytest_asyncio.fixture(name="service")
async def _service(world: World, clock: MovableClock) -> AsyncIterator[Service]:
    faults, journal = Faults(), Journal()
    app = create_app(clock=clock, faults=faults, journal=journal, company=world)
    listener = bind()
    url = url_of(listener)
    server = Server(app, listener)
    await server.open()
    async with loopback_client(url) as http:
        yield Service(url, url.removeprefix("http://"), http, world, clock, faults, journal)
    await server.close()


@pytest.fixture(name="_no_leaked_sessions", autouse=True)
def _close_vendor_sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what the vendor's SDK keeps for ever; it asks the environment for proxies, too."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "DEBUG"):
        monkeypatch.delenv(name, raising=False)
    yield
    for session in DaraCore._sessions.values():
        session.close()
    DaraCore._sessions.clear()
