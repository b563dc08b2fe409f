"""All stores of one process, put together as the root does."""

from datetime import timedelta

from pydantic import SecretStr

from bot.clock import Clock, Ids
from bot.models.connection import Owner
from bot.models.credential import Access, Credential, IssuedToken
from bot.models.health import Health
from bot.models.installation import Installation
from bot.models.listing import Reading
from bot.models.person import Person
from bot.store.access_tokens import AccessTokenCache
from bot.store.cache import SealedCache
from bot.store.channel_watches import ChannelWatchIndex
from bot.store.connections import ConnectionStore
from bot.store.flags import Flags
from bot.store.flight import Flight
from bot.store.health import HealthStore
from bot.store.installations import InstallationStore
from bot.store.people import PeopleStore
from bot.store.purge import Purge
from bot.store.readings import ReadingCache
from bot.store.redis import Redis
from bot.store.screens import ScreenStore
from bot.store.seen import SeenStore
from bot.store.shares import ShareStore
from bot.store.vault import Vault
from tests.fixtures.canaries import CANARY
from tests.fixtures.redis import START
from tests.store.records import access, connection, issued, reading, share, target
from tests.store.upstream import settled


class Stores:
    """Every store on one client, with a way to fill them all."""

    def __init__(self, redis: Redis, vault: Vault, ids: Ids, clock: Clock) -> None:
        self._vault = vault
        cache, self.flight = SealedCache(redis, vault, ids), Flight(redis, ids)
        self.connections = ConnectionStore(redis, vault)
        self.installations = InstallationStore(redis, vault)
        self.readings = ReadingCache(cache, self.flight, clock)
        self.access_tokens = AccessTokenCache(cache, self.flight, clock)
        self.people = PeopleStore(redis, vault, clock)
        self.screens = ScreenStore(redis, vault, ids)
        self.health = HealthStore(redis, vault, clock)
        self.shares = ShareStore(redis, vault)
        self.channel_watches = ChannelWatchIndex(redis)
        self.flags = Flags(redis, clock)
        self.seen = SeenStore(redis, clock)
        self.purge = Purge(
            redis,
            cache=cache,
            access_tokens=self.access_tokens,
            connections=self.connections,
            stores=[self.people, self.screens, self.health, self.shares, self.channel_watches],
        )

    def access(self, owner: Owner, proof: Credential) -> Access:
        return access(self._vault, owner.scope, proof=proof)

    async def fill(self, owner: Owner, proof: Credential, connection_id: str = "c1") -> None:
        """Store something of every kind for a person."""
        scope, used = owner.scope, self.access(owner, proof)
        await self.installations.save(
            Installation(
                team_id=scope,
                bot_token=SecretStr(CANARY.slack_bot_token),
                bot_user_id="U0",
                installed_at=START,
            )
        )
        await self.connections.put(connection(owner, connection_id, proof=proof))
        await self.people.put(Person(user=owner.user, scope=scope, insider=True))
        await self.health.record(owner, {connection_id: Health(read_at=START)})
        await self.screens.put(owner, "list", {"page": 1}, timedelta(minutes=30))
        await self.shares.create(share(owner, f"s-{owner.user}"), START + timedelta(days=7))
        await self.channel_watches.add(owner, "w1")
        await self.flags.set(scope, "no_tables", timedelta(days=1))
        await self.seen.first(scope, "Ev1", timedelta(hours=1))
        await self.readings.get(used, target(), everything=True, fetch=_read)
        await self.access_tokens.get(used, _issue)
        await settled(self.flight)


async def _read() -> Reading:
    return reading()


async def _issue() -> IssuedToken:
    return issued()
