"""Reminders that ring in a channel: set up by a preview, ended by whose they are or an admin."""

from datetime import datetime

from bot.clock import Clock, Ids
from bot.errors import GoneError, InputError, NotAllowedError, SealError
from bot.models.connection import Owner
from bot.models.notice import Notice
from bot.models.share import Offer
from bot.models.watch import Watch
from bot.rules.times import zone_of
from bot.services.people import PeopleService
from bot.services.reminders import Schedule
from bot.services.shares import ShareService
from bot.services.takedowns import Takedowns
from bot.slack import Posted
from bot.store.channel_watches import ChannelWatchIndex
from bot.store.connections import ConnectionStore
from bot.store.watches import Record, Ref, WatchStore

MOST = 20
"""How many channels a person can have reminded."""

_GONE = "This channel is not reminded any more."


class ChannelWatchService:
    """Keeps the watches that ring in channels."""

    def __init__(
        self,
        *,
        watches: WatchStore,
        index: ChannelWatchIndex,
        schedule: Schedule,
        shares: ShareService,
        takedowns: Takedowns,
        connections: ConnectionStore,
        people: PeopleService,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._watches = watches
        self._index = index
        self._schedule = schedule
        self._shares = shares
        self._takedowns = takedowns
        self._connections = connections
        self._people = people
        self._clock = clock
        self._ids = ids

    async def create(self, offer: Offer) -> Watch:
        """Let a channel be reminded of what was previewed, after another look at all of it.

        Raises `InputError` when there are too many, and as `ShareService.check` does.
        """
        owner = offer.shown.owner
        if len(await self._index.ids(owner)) >= MOST:
            raise InputError(f"You have {MOST} channels reminded, which is the most.")
        await self._shares.check(offer)
        zone = await self._zone(owner)
        watch = _new_watch(offer, self._ids.new(), zone, self._clock.now())
        await self._index.add(owner, watch.id)
        await self._watches.create(watch)
        await self._schedule.wake(Ref.of(watch).member, self._clock.now())
        return watch

    async def of(self, owner: Owner) -> tuple[Record, ...]:
        """Return a person's channel watches, oldest first, without those that do not open."""
        found = []
        for watch_id in await self._index.ids(owner):
            try:
                record = await self._watches.load(Ref(owner.scope, watch_id))
            except SealError:
                continue
            if record is None:
                # It was begun and never made, or is gone and only this is left.
                await self._index.remove(owner, watch_id)
            else:
                found.append(record)
        return tuple(sorted(found, key=lambda record: (record.watch.created_at, record.ref.id)))

    async def notice(self, scope: str, notice_id: str) -> tuple[Watch, Notice] | None:
        """Return a notice that rang in a channel, with its watch as it is now; None when gone."""
        filed = await self._watches.notice(scope, notice_id) if notice_id else None
        if filed is None or filed.notice.watch.channel is None:
            return None
        record = await self._watches.load(Ref(scope, filed.watch_id))
        return None if record is None else (record.watch, filed.notice)

    async def manages(self, by: Owner, watch: Watch) -> bool:
        """Tell whether somebody may answer and end a channel's reminders; asks Slack now."""
        return by == watch.owner or (await self._people.person(by, fresh=True)).admin

    async def stop(self, by: Owner, watch_id: str) -> None:
        """End a channel's reminders, and empty those that are there.

        Raises `GoneError`, and `NotAllowedError` for who is neither their owner nor an admin.
        """
        watch = await self.managed(by, watch_id)
        await self._remove(watch.owner, watch_id)

    async def managed(self, by: Owner, watch_id: str) -> Watch:
        """Return a channel's watch to somebody who may change it. Raises as `stop` does."""
        record = await self._watches.load(Ref(by.scope, watch_id)) if watch_id else None
        if record is None or record.watch.channel is None:
            raise GoneError(_GONE)
        if not await self.manages(by, record.watch):
            raise NotAllowedError("Only who set these reminders up, or an admin, can change them.")
        return record.watch

    async def change(
        self,
        by: Owner,
        watch_id: str,
        *,
        thresholds: tuple[int, ...],
        hour: int,
        workdays: frozenset[int],
        zone: str,
    ) -> Watch:
        """Let a channel be reminded at other times, which hold from now on.

        An empty zone is that of whose reminders they are. Raises as `stop` does.
        """
        watch = await self.managed(by, watch_id)
        times = {
            "thresholds": thresholds,
            "hour": hour,
            "workdays": workdays,
            "zone": zone or await self._zone(watch.owner),
            "own_zone": bool(zone),
            "version": watch.version + 1,
            "changed_at": self._clock.now(),
        }
        changed = Watch.model_validate({**dict(watch), **times})
        if not await self._watches.put(changed):
            raise GoneError(_GONE)
        await self._schedule.wake(Ref.of(changed).member, self._clock.now())
        return changed

    async def connections_changed(self, owner: Owner) -> None:
        """End what has no connection left, and look anew at the rest."""
        records = await self.of(owner)
        if not records:
            return
        stored = await self._connections.all(owner)
        left = {each.id for each in stored.readable} | set(stored.unreadable)
        for record in records:
            if left.isdisjoint(record.watch.connections or ()):
                await self._remove(owner, record.ref.id)
            else:
                await self._schedule.wake(record.ref.member, self._clock.now())

    async def forget_owner(self, owner: Owner) -> None:
        """End all that a person has set up, and empty what rang; for a purge."""
        for watch_id in await self._index.ids(owner):
            await self._remove(owner, watch_id)
        await self._index.forget_owner(owner)

    async def _zone(self, owner: Owner) -> str:
        """Return somebody's zone in Slack, UTC for one that nobody knows."""
        return str(zone_of((await self._people.person(owner)).zone))

    async def _remove(self, owner: Owner, watch_id: str) -> None:
        ref = Ref(owner.scope, watch_id)
        messages = [Posted(*each) for each in await self._watches.posted(ref)]
        # Ordered before the watch goes, which knows of them; carried out once nothing edits them.
        orders = await self._takedowns.order(ref.scope, messages, "empty")
        await self._watches.remove(ref)
        await self._schedule.cancel(ref.member)
        await self._takedowns.carry_out(ref.scope, orders)
        await self._index.remove(owner, watch_id)


def _new_watch(offer: Offer, watch_id: str, zone: str, now: datetime) -> Watch:
    return Watch(
        id=watch_id,
        owner=offer.shown.owner,
        channel=offer.channel,
        mode="all",
        connections=tuple(sorted(offer.connections)),
        query=offer.shown.query,
        columns=offer.shown.columns,
        zone=zone,
        created_at=now,
        changed_at=now,
    )
