"""The composition root: builds everything from the settings, and closes it in reverse order."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from slack_bolt import BoltResponse
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import handlers
from bot.clients import create_http_client
from bot.clock import Clock, Ids, SystemClock, SystemIds
from bot.config import Settings
from bot.errors import StoreUnavailableError
from bot.jobs.progress import Progress
from bot.jobs.worker import Worker
from bot.models.installation import Installation
from bot.services.installations import Installations
from bot.slack import Responder, SignatureCheck, Slack, identify, translated
from bot.store.command_names import CommandNames
from bot.store.embedded import EmbeddedServer
from bot.store.installations import InstallationStore
from bot.store.keyring import Keyring, load_or_create
from bot.store.redis import Profile, Redis, connect, translate_errors
from bot.store.vault import Vault
from bot.web.server import Check, Server, SlackRequests, create_web, server_config
from bot.wiring import (
    PACE,
    Ground,
    Pace,
    Services,
    build_progress,
    build_services,
    build_worker,
    limits_of,
)
from handlers._desk import DEFAULT_COMMAND, Desk
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
    services: Services
    worker: Worker
    progress: Progress

    def web(self, extra: Sequence[BaseRoute] = ()) -> Starlette:
        """Return the web application; Slack's requests come to it unless Socket Mode is on."""
        slack: SlackRequests | None = None
        secret = self.settings.slack_signing_secret
        if self.settings.transport() == "http" and secret is not None:
            slack = SlackRequests(self.bolt, SignatureCheck(secret))
        return create_web(slack=slack, checks=_checks(self.redis), extra=extra)

    async def run(
        self, *, listen: socket.socket, stop: asyncio.Event, web: Starlette, work: bool = True
    ) -> None:
        """Serve until `stop` is set, then take nothing new and finish what was acknowledged.

        Without `work` reminders are left to other processes.
        """
        server = _server(web)
        serving = asyncio.create_task(server.serve(sockets=[listen]))
        socket_mode = await self._open_socket_mode()
        working = [asyncio.create_task(self.worker.run(stop))] if work else []
        try:
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            if socket_mode is not None:
                await socket_mode.close_async()  # type: ignore[no-untyped-call]  # Bolt gives it no types
            server.should_exit = True
            stop.set()
            await asyncio.gather(serving, *working, self.desk.drain(_DRAIN_SECONDS))

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


@dataclass(frozen=True)
class WorkerProcess:
    """A worker by itself: it works off reminders, and hears nothing from Slack."""

    redis: Redis
    worker: Worker

    async def run(self, *, listen: socket.socket | None, stop: asyncio.Event) -> None:
        """Work until `stop` is set; meanwhile serve health and metrics where `listen` says."""
        if listen is None:
            await self.worker.run(stop)
            return
        server = _server(create_web(slack=None, checks=_checks(self.redis)))
        serving = asyncio.create_task(server.serve(sockets=[listen]))
        try:
            await self.worker.run(stop)
        finally:
            server.should_exit = True
            await serving


def _server(web: Starlette) -> Server:
    return Server(server_config(web, graceful_seconds=int(_DRAIN_SECONDS)))


def _checks(redis: Redis) -> Mapping[str, Check]:
    async def problem() -> str:
        try:
            async with translate_errors(_READY_SECONDS):
                await redis.ping()
        except StoreUnavailableError as error:
            return str(error)
        return ""

    return {"redis": problem}


@dataclass(frozen=True)
class _Base:
    """What every process has, whatever it is for."""

    ground: Ground
    installations: Installations
    client: AsyncWebClient
    names: CommandNames


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    pace: Pace = PACE,
) -> AsyncIterator[Bot]:
    """Build the bot, and close everything afterwards."""
    async with AsyncExitStack() as stack:
        url = await _redis_url(settings, stack)
        redis, workers_redis = _connect(url, "request", stack), _connect(url, "worker", stack)
        base = await _base(settings, redis, clock or SystemClock(), ids or SystemIds(), stack, pace)
        services = build_services(base.ground, redis, stack)
        worker = _worker(base, workers_redis, stack)
        desk = _desk(base, services)
        bolt = _bolt(base.client, desk, base.installations)
        progress = build_progress(base.ground, services, worker)
        yield Bot(settings, redis, desk, bolt, base.client, services, worker, progress)


@asynccontextmanager
async def open_worker(
    settings: Settings, *, clock: Clock | None = None, pace: Pace = PACE
) -> AsyncIterator[WorkerProcess]:
    """Build a worker without the rest of the bot, and close everything afterwards."""
    async with AsyncExitStack() as stack:
        redis = _connect(await _redis_url(settings, stack), "worker", stack)
        base = await _base(settings, redis, clock or SystemClock(), SystemIds(), stack, pace)
        yield WorkerProcess(redis, _worker(base, redis, stack))


async def _base(
    settings: Settings,
    redis: Redis,
    clock: Clock,
    ids: Ids,
    stack: AsyncExitStack,
    pace: Pace = PACE,
) -> _Base:
    vault = Vault(_keyring(settings))
    client = await stack.enter_async_context(open_slack_client(settings))
    fixed = await _fixed_installation(settings, client, clock)
    installations = Installations(InstallationStore(redis, vault), clock, fixed=fixed)
    names = CommandNames(redis, clock, DEFAULT_COMMAND)
    ground = Ground(
        settings=settings,
        vault=vault,
        clock=clock,
        ids=ids,
        http=await stack.enter_async_context(create_http_client()),
        slack=Slack(client, installations),
        names=names,
        pace=pace,
    )
    return _Base(ground, installations, client, names)


def _worker(base: _Base, redis: Redis, stack: AsyncExitStack) -> Worker:
    return build_worker(base.ground, build_services(base.ground, redis, stack))


def _desk(base: _Base, services: Services) -> Desk:
    """Return what the handlers work with."""
    ground = base.ground
    return Desk(
        tokens=services.tokens,
        connections=services.connections,
        people=services.people,
        reminders=services.reminders,
        shares=services.shares,
        takedowns=services.takedowns,
        channels=services.channels,
        channel_watches=services.channel_watches,
        installations=base.installations,
        slack=ground.slack,
        responder=Responder(base.client),
        screens=services.screens,
        seen=services.seen,
        flags=services.flags,
        sources=services.sources,
        clock=ground.clock,
        ids=ground.ids,
        connect_allowed=ground.settings.connect == "modal",
        limits=limits_of(ground.settings),
        names=base.names,
    )


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[tuple[Redis, Vault]]:
    """Open only what is stored, for the commands that need nothing else."""
    async with AsyncExitStack() as stack:
        url = await _redis_url(settings, stack)
        yield _connect(url, "request", stack), Vault(_keyring(settings))


@asynccontextmanager
async def open_slack_client(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    """Open only the way to Slack."""
    timeout = aiohttp.ClientTimeout(total=_SLACK_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield create_slack_client(settings, session)


async def _redis_url(settings: Settings, stack: AsyncExitStack) -> str:
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    server = EmbeddedServer(settings.data_dir)
    url = await server.start()
    stack.push_async_callback(server.close)
    return url


def _connect(url: str, profile: Profile, stack: AsyncExitStack) -> Redis:
    redis = connect(url, profile=profile)
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


class _Provide(AsyncMiddleware):
    """Hands the desk to every listener. As a class: for a function Bolt builds 30 arguments."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - the contract of Bolt
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - likewise
    ) -> BoltResponse | None:
        req.context["desk"] = self._desk
        await next()
        return None


def _bolt(client: AsyncWebClient, desk: Desk, installations: Installations) -> AsyncApp:
    app = AsyncApp(
        name="tokenbell",
        client=client,
        # Over HTTP `bot.web` verifies signatures before Bolt reads a body; Socket Mode has none.
        request_verification_enabled=False,
        before_authorize=_Provide(desk),
        authorize=Authorize(installations),
    )
    handlers.register(app)
    return app
