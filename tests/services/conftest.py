"""Services on the sandbox's Alibaba and a real Redis, without Slack."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import stamina

from bot.clients import Source, create_http_client, create_sources
from bot.clock import Ids, SystemClock
from bot.models.connection import Owner
from bot.models.credential import Credential
from bot.models.target import Target
from bot.services.connections import ConnectionService
from bot.services.tokens import TokenService
from bot.store.redis import Redis
from bot.store.vault import Vault
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox
from tests.fixtures.world import BILLING, CLIENT, ETL, KEY, REPORTS, Place, small_world
from tests.store.stores import Stores

OWNER = Owner("T1", "U1")


@dataclass
class Services:
    """The services of one process, and what they are made of."""

    sandbox: Sandbox
    stores: Stores
    sources: dict[str, Source]
    connections: ConnectionService
    tokens: TokenService

    def key(self, **values: str) -> Credential:
        """Return the key of the small world."""
        return self.sources["kyuubi"].credential("access_key", KEY | values)

    def client(self) -> Credential:
        """Return the application of the small world."""
        return self.sources["idaas"].credential("oauth_client", CLIENT)

    def place(self, place: Place, label: str = "") -> Target:
        """Return a place of the small world."""
        source = "idaas" if "instance_id" in place else "kyuubi"
        return self.sources[source].target(place).labelled(label)

    @property
    def etl(self) -> Target:
        """The gateway that lists two tokens."""
        return self.place(ETL)

    @property
    def reports(self) -> Target:
        """The gateway that lists none."""
        return self.place(REPORTS)

    @property
    def billing(self) -> Target:
        """The consumer with one token."""
        return self.place(BILLING)

    def calls(self, service: str = "kyuubi") -> int:
        """Return how often a service was asked."""
        return len(self.sandbox.journal.calls(service))


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Retry as often as in earnest, but without the pauses."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture(name="services")
async def _services(redis: Redis, vault: Vault, ids: Ids) -> AsyncIterator[Services]:
    clock = SystemClock()
    stores = Stores(redis, vault, ids, clock)
    async with (
        Sandbox(company=small_world(SandboxClock().now())) as sandbox,
        create_http_client() as http,
    ):
        sources = create_sources(
            http=http,
            clock=clock,
            ids=ids,
            tokens=stores.access_tokens,
            kyuubi_endpoint=sandbox.kyuubi,
            idaas_endpoint=sandbox.idaas,
            idaas_token_endpoint=sandbox.idaas_token,
        )
        yield Services(
            sandbox,
            stores,
            sources,
            ConnectionService(
                sources=sources,
                connections=stores.connections,
                readings=stores.readings,
                health=stores.health,
                purge=stores.purge,
                fingerprint=vault.fingerprint,
                clock=clock,
                ids=ids,
            ),
            TokenService(
                sources=sources,
                connections=stores.connections,
                readings=stores.readings,
                health=stores.health,
                fingerprint=vault.fingerprint,
                clock=clock,
            ),
        )
        await stores.flight.close()
