"""What everything is built from: stores and services on one Redis client, and the worker."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import httpx

from bot.clients import Source, create_sources
from bot.clock import Clock, Ids, system_random
from bot.config import Settings
from bot.jobs.caretaker import Caretaker
from bot.jobs.delivery import Delivery
from bot.jobs.lease import LEASE
from bot.jobs.progress import Progress
from bot.jobs.sweep import Sweep
from bot.jobs.wake import Waker
from bot.jobs.worker import Worker
from bot.models.connection import Owner
from bot.models.listing import Limits
from bot.services.channel_watches import ChannelWatchService
from bot.services.channels import Channels
from bot.services.connections import ConnectionService
from bot.services.look import Looker
from bot.services.messages import EDITS, POSTS, Messages, Words
from bot.services.people import PeopleService
from bot.services.refusals import CALL
from bot.services.reminders import ReminderService
from bot.services.shares import ShareService
from bot.services.takedowns import Takedowns
from bot.services.tokens import TokenService
from bot.slack import Slack
from bot.slices import Slices
from bot.store.access_tokens import AccessTokenCache
from bot.store.cache import SealedCache
from bot.store.channel_watches import ChannelWatchIndex
from bot.store.command_names import CommandNames
from bot.store.connections import ConnectionStore
from bot.store.due import DueIndex
from bot.store.flags import Flags
from bot.store.flight import Flight
from bot.store.health import HealthStore
from bot.store.heartbeats import Heartbeats
from bot.store.installations import InstallationStore
from bot.store.people import PeopleStore
from bot.store.purge import Purge
from bot.store.rates import Rate, Rates
from bot.store.readings import ReadingCache
from bot.store.redis import Redis
from bot.store.rotation import SealedStore
from bot.store.scopes import Scopes
from bot.store.screens import ScreenStore
from bot.store.seen import SeenStore
from bot.store.shares import ShareStore
from bot.store.vault import Vault
from bot.store.watches import WatchStore

_WORKERS_DEADLINE = 20.0
"""How many seconds a look may take: nobody waits for it."""


class Pace(NamedTuple):
    """How soon somebody is given up, and how often Slack is called.

    After `call` Slack's answer to a call counts as lost; after `lease` a worker without a sign of
    life loses what it had claimed. `posts` and `edits` are rates of a workspace.
    """

    call: timedelta = CALL
    lease: timedelta = LEASE
    posts: Rate = POSTS
    edits: Rate = EDITS


PACE = Pace()


@dataclass(frozen=True)
class Ground:
    """What everything stands on."""

    settings: Settings
    vault: Vault
    clock: Clock
    ids: Ids
    http: httpx.AsyncClient
    slack: Slack
    names: CommandNames
    pace: Pace = PACE
    slices: Slices = field(default_factory=Slices)


@dataclass(frozen=True)
class Services:
    """The stores and services of one Redis client."""

    redis: Redis
    sources: Mapping[str, Source]
    tokens: TokenService
    connections: ConnectionService
    people: PeopleService
    reminders: ReminderService
    shares: ShareService
    takedowns: Takedowns
    channels: Channels
    channel_watches: ChannelWatchService
    looker: Looker
    messages: Messages
    watches: WatchStore
    connection_store: ConnectionStore
    index: DueIndex
    heartbeats: Heartbeats
    rates: Rates
    screens: ScreenStore
    seen: SeenStore
    flags: Flags


def sealed_stores(redis: Redis, vault: Vault) -> tuple[SealedStore, ...]:
    """Return every store whose records outlive their key: a change of keys seals them anew."""
    return (
        ConnectionStore(redis, vault),
        InstallationStore(redis, vault),
        WatchStore(redis, vault),
        ShareStore(redis, vault),
    )


def limits_of(settings: Settings) -> Limits:
    """Return from when on use and sharing are worth a word."""
    return Limits(
        unused_after=timedelta(days=settings.unused_days),
        shared_more_than=settings.shared_members,
    )


def build_services(ground: Ground, redis: Redis, stack: AsyncExitStack) -> Services:
    """Build the stores and services on a client; `stack` closes what they leave under way."""
    vault, clock, ids = ground.vault, ground.clock, ground.ids
    flight = Flight(redis, ids)
    cache = SealedCache(redis, vault, ids)
    access_tokens = AccessTokenCache(cache, flight, clock)
    # What is still being fetched ends before its clients do.
    stack.push_async_callback(access_tokens.close)
    stack.push_async_callback(flight.close)
    sources = create_sources(
        http=ground.http,
        clock=clock,
        ids=ids,
        tokens=access_tokens,
        slices=ground.slices,
        kyuubi_endpoint=ground.settings.kyuubi_endpoint,
        idaas_endpoint=ground.settings.idaas_endpoint,
        idaas_token_endpoint=ground.settings.idaas_token_endpoint,
    )
    connections = ConnectionStore(redis, vault)
    readings = ReadingCache(cache, flight, clock, ground.slices)
    health, screens = HealthStore(redis, vault, clock), ScreenStore(redis, vault, ids)
    people_store, watches = PeopleStore(redis, vault, clock), WatchStore(redis, vault)
    people = PeopleService(ground.slack, people_store)
    index = DueIndex(redis, clock, system_random())
    heartbeats, rates = Heartbeats(redis), Rates(redis)
    tokens = TokenService(
        sources=sources,
        connections=connections,
        readings=readings,
        health=health,
        fingerprint=vault.fingerprint,
        clock=clock,
        limits=limits_of(ground.settings),
    )
    looker = Looker(tokens, clock, sources)
    channels = Channels(ground.slack)
    messages = Messages(
        slack=ground.slack,
        channels=channels,
        people=people,
        watches=watches,
        rates=rates,
        words=Words(
            {name: source.info for name, source in sources.items()},
            ground.names,
            limits_of(ground.settings),
        ),
        clock=clock,
        call=ground.pace.call,
        posts=ground.pace.posts,
        edits=ground.pace.edits,
    )
    reminders = ReminderService(
        watches=watches,
        schedule=index,
        connections=connections,
        looker=looker,
        messages=messages,
        people=people,
        heartbeats=heartbeats,
        clock=clock,
    )
    shares, flags = ShareStore(redis, vault), Flags(redis, clock)
    takedowns = Takedowns(
        shares=shares,
        connections=connections,
        people=people,
        slack=ground.slack,
        rates=rates,
        schedule=index,
        command=ground.names.of,
        clock=clock,
    )

    share_service = ShareService(
        shares=shares,
        takedowns=takedowns,
        connections=connections,
        people=people,
        channels=channels,
        slack=ground.slack,
        flags=flags,
        policy=ground.settings.share_columns,
        command=ground.names.of,
        clock=clock,
        ids=ids,
    )
    channel_watches = ChannelWatchService(
        watches=watches,
        index=ChannelWatchIndex(redis),
        schedule=index,
        shares=share_service,
        takedowns=takedowns,
        connections=connections,
        people=people,
        clock=clock,
        ids=ids,
    )

    async def connections_changed(owner: Owner) -> None:
        # What others see goes first.
        await takedowns.connections_changed(owner)
        await channel_watches.connections_changed(owner)
        await reminders.connections_changed(owner)

    purge = Purge(
        redis,
        cache=cache,
        access_tokens=access_tokens,
        connections=connections,
        stores=(takedowns, channel_watches, reminders, health, people_store, screens),
    )
    return Services(
        redis=redis,
        sources=sources,
        tokens=tokens,
        connections=ConnectionService(
            sources=sources,
            connections=connections,
            readings=readings,
            health=health,
            purge=purge,
            fingerprint=vault.fingerprint,
            clock=clock,
            ids=ids,
            changed=connections_changed,
        ),
        people=people,
        reminders=reminders,
        shares=share_service,
        takedowns=takedowns,
        channels=channels,
        channel_watches=channel_watches,
        looker=looker,
        messages=messages,
        watches=watches,
        connection_store=connections,
        index=index,
        heartbeats=heartbeats,
        rates=rates,
        screens=screens,
        seen=SeenStore(redis, clock),
        flags=flags,
    )


def build_worker(ground: Ground, services: Services) -> Worker:
    """Build the worker on services of its own: nobody waits for it, and it waits for nobody."""
    clock, rng = ground.clock, system_random()
    services.tokens.slow = services.tokens.deadline = _WORKERS_DEADLINE
    delivery = Delivery(
        watches=services.watches,
        messages=services.messages,
        people=services.people,
        rates=services.rates,
        clock=clock,
    )
    waker = Waker(
        watches=services.watches,
        looker=services.looker,
        delivery=delivery,
        messages=services.messages,
        people=services.people,
        forget=services.connections.forget,
        clock=clock,
        ids=ground.ids,
        rng=rng,
    )
    sweep = Sweep(
        scopes=Scopes(services.redis),
        watches=services.watches,
        connections=services.connection_store,
        index=services.index,
        reminders=services.reminders,
        takedowns=services.takedowns,
        clock=clock,
    )
    return Worker(
        queue=services.index,
        waker=Caretaker(waker, services.takedowns),
        sweep=sweep,
        heartbeats=services.heartbeats,
        clock=clock,
        name=ground.ids.new(),
        lease=ground.pace.lease,
    )


def build_progress(ground: Ground, services: Services, worker: Worker) -> Progress:
    """Build what tells how far the workers are."""
    return Progress(
        index=services.index,
        watches=services.watches,
        scopes=Scopes(services.redis),
        worker=worker,
        clock=ground.clock,
    )
