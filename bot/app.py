"""The composition root: builds everything from the settings, and closes it in reverse order."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import handlers
from bot.clients import create_http_client, create_sources
from bot.clock import Clock, Ids, SystemClock, SystemIds
from bot.config import Settings
from bot.errors import StoreUnavailableError
from bot.models.installation import Installation
from bot.services.connections import ConnectionService
from bot.services.installations import Installations
from bot.services.people import PeopleService
from bot.services.tokens import TokenService
from bot.slack import Responder, SignatureCheck, Slack, identify, translated
from bot.store.access_tokens import AccessTokenCache
from bot.store.cache import SealedCache
from bot.store.connections import ConnectionStore
from bot.store.embedded import EmbeddedServer
from bot.store.flags import Flags
from bot.store.flight import Flight
from bot.store.health import HealthStore
from bot.store.installations import InstallationStore
from bot.store.keyring import Keyring, load_or_create
from bot.store.people import PeopleStore
from bot.store.purge import Purge
from bot.store.readings import ReadingCache
from bot.store.redis import Redis, connect, translate_errors
from bot.store.screens import ScreenStore
from bot.store.seen import SeenStore
from bot.store.vault import Vault
from bot.web.server import Server, SlackRequests, create_web, server_config
from handlers._desk import Desk
from handlers.authorize import Authorize

_SLACK_SECONDS = 10
_DRAIN_SECONDS = 10.0
_READY_SECONDS = 0.5


@dataclass(frozen=True)
class Bot:
    """Everything, ready to run."""

    settings: Settings
    redis: Redis
    desk: Desk
    bolt: AsyncApp
    client: AsyncWebClient

    def web(self, extra: Sequence[BaseRoute] = ()) -> Starlette:
        """Return the web application; Slack's requests come to it unless Socket Mode is on."""
        slack: SlackRequests | None = None
        secret = self.settings.slack_signing_secret
        if self.settings.transport() == "http" and secret is not None:
            slack = SlackRequests(self.bolt, SignatureCheck(secret))
        return create_web(slack=slack, checks={"redis": self._redis_problem}, extra=extra)

    async def run(self, *, listen: socket.socket, stop: asyncio.Event, web: Starlette) -> None:
        """Serve until `stop` is set, then take nothing new and finish what was acknowledged."""
        server = Server(server_config(web, graceful_seconds=int(_DRAIN_SECONDS)))
        serving = asyncio.create_task(server.serve(sockets=[listen]))
        socket_mode = await self._open_socket_mode()
        try:
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            if socket_mode is not None:
                await socket_mode.close_async()  # type: ignore[no-untyped-call]  # Bolt gives it no types
            server.should_exit = True
            await serving
            await self.desk.drain(_DRAIN_SECONDS)

    async def _open_socket_mode(self) -> AsyncSocketModeHandler | None:
        if self.settings.transport() != "socket" or self.settings.slack_app_token is None:
            return None
        handler = AsyncSocketModeHandler(
            self.bolt, self.settings.slack_app_token.get_secret_value(), web_client=self.client
        )
        handler.client.proxy = self.client.proxy
        with translated("apps.connections.open"):
            await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt gives it no types
        return handler

    async def _redis_problem(self) -> str:
        try:
            async with translate_errors(_READY_SECONDS):
                await self.redis.ping()
        except StoreUnavailableError as error:
            return str(error)
        return ""


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
) -> AsyncIterator[Bot]:
    """Build the bot, and close everything afterwards."""
    clock, ids = clock or SystemClock(), ids or SystemIds()
    async with AsyncExitStack() as stack:
        redis = await _redis(settings, stack)
        parts = _Parts(settings, redis, Vault(_keyring(settings)), clock, ids)
        client = await stack.enter_async_context(open_slack_client(settings))
        fixed = await _fixed_installation(settings, client, clock)
        installations = Installations(InstallationStore(redis, parts.vault), clock, fixed=fixed)
        desk = await parts.desk(
            stack,
            installations=installations,
            slack=Slack(client, installations),
            responder=Responder(client),
        )
        yield Bot(settings, redis, desk, _bolt(settings, client, desk, installations), client)


@dataclass(frozen=True)
class _Parts:
    """What the stores and services are built from."""

    settings: Settings
    redis: Redis
    vault: Vault
    clock: Clock
    ids: Ids

    async def desk(
        self,
        stack: AsyncExitStack,
        *,
        installations: Installations,
        slack: Slack,
        responder: Responder,
    ) -> Desk:
        """Build what the handlers work with."""
        redis, vault, clock, ids = self.redis, self.vault, self.clock, self.ids
        flight = Flight(redis, ids)
        cache = SealedCache(redis, vault, ids)
        access_tokens = AccessTokenCache(cache, flight, clock)
        sources = create_sources(
            http=await stack.enter_async_context(create_http_client()),
            clock=clock,
            ids=ids,
            tokens=access_tokens,
            kyuubi_endpoint=self.settings.kyuubi_endpoint,
            idaas_endpoint=self.settings.idaas_endpoint,
            idaas_token_endpoint=self.settings.idaas_token_endpoint,
        )
        # What is still being fetched ends before its clients do.
        stack.push_async_callback(access_tokens.close)
        stack.push_async_callback(flight.close)
        connections = ConnectionStore(redis, vault)
        readings = ReadingCache(cache, flight, clock)
        health = HealthStore(redis, vault)
        people = PeopleStore(redis, vault)
        screens = ScreenStore(redis, vault, ids)
        purge = Purge(
            redis,
            cache=cache,
            access_tokens=access_tokens,
            connections=connections,
            stores=(health, people, screens),
        )
        return Desk(
            tokens=TokenService(
                sources=sources,
                connections=connections,
                readings=readings,
                health=health,
                fingerprint=vault.fingerprint,
                clock=clock,
            ),
            connections=ConnectionService(
                sources=sources,
                connections=connections,
                readings=readings,
                health=health,
                purge=purge,
                fingerprint=vault.fingerprint,
                clock=clock,
                ids=ids,
            ),
            people=PeopleService(slack, people),
            installations=installations,
            slack=slack,
            responder=responder,
            screens=screens,
            seen=SeenStore(redis, clock),
            flags=Flags(redis),
            sources=sources,
            clock=clock,
            ids=ids,
            connect_allowed=self.settings.connect == "modal",
        )


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[tuple[Redis, Vault]]:
    """Open only what is stored, for the commands that need nothing else."""
    async with AsyncExitStack() as stack:
        yield await _redis(settings, stack), Vault(_keyring(settings))


@asynccontextmanager
async def open_slack_client(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    """Open only the way to Slack."""
    timeout = aiohttp.ClientTimeout(total=_SLACK_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield create_slack_client(settings, session)


async def _redis(settings: Settings, stack: AsyncExitStack) -> Redis:
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
    else:
        server = EmbeddedServer(settings.data_dir)
        url = await server.start()
        stack.push_async_callback(server.close)
    redis = connect(url)
    stack.push_async_callback(redis.aclose)
    return redis


def _keyring(settings: Settings) -> Keyring:
    if settings.keys is not None:
        return Keyring.parse(settings.keys.get_secret_value())
    return load_or_create(settings.data_dir / "keys")


def create_slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Return the Web API client, without a token of its own."""
    client = AsyncWebClient(
        base_url=settings.slack_api_url,
        session=session,
        timeout=_SLACK_SECONDS,
        # A post whose answer was lost may have been made: whoever posts decides.
        retry_handlers=[],
    )
    if _is_loopback(settings.slack_api_url):
        client.proxy = None  # its constructor reads the environment
    return client


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _fixed_installation(
    settings: Settings, client: AsyncWebClient, clock: Clock
) -> Installation | None:
    if settings.slack_bot_token is None:
        return None
    return await identify(client, settings.slack_bot_token, clock.wall())


def _bolt(
    settings: Settings, client: AsyncWebClient, desk: Desk, installations: Installations
) -> AsyncApp:
    async def provide(context: dict[str, Any], next_: Callable[[], Awaitable[None]]) -> None:
        context["desk"] = desk
        await next_()

    signing_secret = settings.slack_signing_secret
    app = AsyncApp(
        name="tokenbell",
        client=client,
        signing_secret=signing_secret.get_secret_value() if signing_secret else "",
        before_authorize=provide,
        authorize=Authorize(installations),
    )
    handlers.register(app)
    return app
