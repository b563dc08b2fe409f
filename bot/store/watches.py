"""Watches: each one's settings and ledger, its notices, and the guard over sending them.

A notice is begun in one step with the ledger that says what it rings, then posted, then recorded
as sent. Who dies in between leaves it in the outbox, where the next one finds it. So nothing is
lost, and nothing is sent by two at a time. Everything about tokens is sealed.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from bot.errors import SealError
from bot.models.connection import Owner
from bot.models.notice import Notice
from bot.models.watch import Watch
from bot.store import _watch_scripts as scripts
from bot.store import keys
from bot.store._together import Together
from bot.store._watch_records import (
    ENTRIES,
    LOOKS,
    NOTICE,
    WATCH,
    Change,
    Filed,
    Parcel,
    Record,
    Ref,
    Sender,
    State,
    WatchRecords,
    instant,
)
from bot.store.redis import Redis, milliseconds, translate_errors
from bot.store.rotation import Sealed
from bot.store.scopes import Scopes
from bot.store.vault import Vault

__all__ = ["Change", "Filed", "Parcel", "Record", "Ref", "Sender", "State", "WatchStore"]

_BATCH = 500


class WatchStore:
    """Keeps watches until they are removed, and their notices as long as they tell something."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._records = WatchRecords(vault)
        self._scopes = Scopes(redis)
        self._create = redis.register_script(scripts.CREATE)
        self._put = redis.register_script(scripts.PUT)
        self._untold = redis.register_script(scripts.UNTOLD)
        self._remove = redis.register_script(scripts.REMOVE)
        self._scan = redis.register_script(scripts.SCAN)
        self._notice_ids = redis.register_script(scripts.NOTICES)
        # What workers do for each watch, at many at a time.
        self._load = Together(redis, scripts.LOAD)
        self._save = Together(redis, scripts.SAVE)
        self._begin = Together(redis, scripts.BEGIN)
        self._sent = Together(redis, scripts.SENT)
        self._dropped = redis.register_script(scripts.DROPPED)
        self._failed = redis.register_script(scripts.FAILED)
        self._roll_back = redis.register_script(scripts.ROLL_BACK)
        self._release = redis.register_script(scripts.RELEASE)
        self._take_over = redis.register_script(scripts.TAKE_OVER)
        self._shown = redis.register_script(scripts.SHOWN)

    async def load(self, ref: Ref) -> Record | None:
        """Return a watch as it is now, None when there is none; raise SealError if unreadable."""
        found: list[str] = await self._load(keys=[keys.watch(*ref)], args=[])
        fields = dict(zip(found[::2], found[1::2], strict=True))
        return self._records.record(ref, fields) if fields else None

    async def take_untold(self, ref: Ref) -> str:
        """Return why the last notice did not reach its owner, in Slack's word: to the first who asks.

        Empty where it did, or where that was taken before.
        """
        async with translate_errors():
            why: str = await self._untold(keys=[keys.watch(*ref)], args=[])
        return why

    async def create(self, watch: Watch) -> bool:
        """Store a new watch; False when there is one with its id, which stays as it is."""
        ref = Ref.of(watch)
        await self._scopes.add(ref.scope)
        async with translate_errors():
            created: int = await self._create(
                keys=[keys.watch(*ref), keys.watches(ref.scope)],
                args=[ref.id, self._records.seal_watch(watch)],
            )
        return bool(created)

    async def put(self, watch: Watch) -> bool:
        """Store other settings of a watch; False when it is not there, or no longer."""
        async with translate_errors():
            done: int = await self._put(
                keys=[keys.watch(*Ref.of(watch))], args=[self._records.seal_watch(watch)]
            )
        return bool(done)

    async def remove(self, ref: Ref, version: int | None = None) -> bool:
        """Delete a watch with its ledger and notices; what is being sent for it is not recorded.

        With a version only as long as it has that: False when it was written since.
        """
        index = keys.notices(*ref)
        async with translate_errors():
            notice_ids: list[str] | None = await self._remove(
                keys=[keys.watch(*ref), keys.watches(ref.scope), index],
                args=[ref.id, "" if version is None else version],
            )
            if notice_ids is None:
                return False
            # The index goes last: it tells a second try what is left.
            await self._redis.unlink(
                *(keys.notice(ref.scope, notice_id) for notice_id in notice_ids), index
            )
        return True

    async def ids(self, scope: str) -> AsyncIterator[list[str]]:
        """Yield the ids of all watches of a scope in batches; one may come twice."""
        cursor = "0"
        while True:
            async with translate_errors():
                cursor, batch = await self._scan(keys=[keys.watches(scope)], args=[cursor, _BATCH])
            yield batch
            if cursor == "0":
                return

    async def posted(self, ref: Ref) -> list[tuple[str, str]]:
        """Return where the notices of a watch were posted: channel and ts of each."""
        async with translate_errors():
            notice_ids: list[str] = await self._notice_ids(keys=[keys.notices(*ref)], args=[])
            found = [
                await self._redis.hgetall(keys.notice(ref.scope, notice_id))
                for notice_id in notice_ids
            ]
        return [(each["channel"], each["ts"]) for each in found if each.get("state") == "sent"]

    async def next_sends(self, scope: str) -> AsyncIterator[tuple[Ref, datetime]]:
        """Yield the watches of a scope that know when they may send something next, and when."""
        async for batch in self.ids(scope):
            for watch_id in batch:
                async with translate_errors():
                    value = await self._redis.hget(keys.watch(scope, watch_id), "next_send")
                if value is not None:
                    yield Ref(scope, watch_id), instant(value)

    async def save(self, record: Record, change: Change) -> bool:
        """Remember a change of a watch; False when it was written since it was loaded."""
        done: int = await self._save(
            keys=self._written_keys(record.ref, change.notices),
            args=self._written(record, change),
        )
        return bool(done)

    async def begin(
        self,
        record: Record,
        change: Change,
        notice: Notice,
        parcels: Sequence[Parcel],
        sender: Sender,
        *,
        keep: timedelta,
    ) -> bool:
        """Remember a change that rings, and the notice that must now be sent.

        False when the watch was written since it was loaded, or is sending already. `keep` is how
        long the notice is kept.
        """
        ref, ttl = record.ref, milliseconds(min(keep, keys.NOTICE_TTL))
        done: int = await self._begin(
            keys=[
                *self._written_keys(ref, change.notices),
                keys.notice(ref.scope, notice.id),
                keys.notices(*ref),
            ],
            args=[
                *self._written(record, change),
                ref.id,
                notice.id,
                self._records.seal_notice(notice),
                ttl,
                milliseconds(keys.NOTICE_TTL),
                " ".join(map(str, parcels)),
                sender.generation,
                milliseconds(sender.span),
            ],
        )
        return bool(done)

    async def sent(
        self,
        ref: Ref,
        parcel: Parcel,
        sender: Sender,
        *,
        channel: str,
        ts: str,
        is_dm: bool = False,
    ) -> bool:
        """Record that the first parcel was sent, and where; False when another sends by now."""
        done: int = await self._sent(
            keys=[keys.watch(*ref), keys.notice(ref.scope, parcel.notice_id)],
            args=[*_sender(sender, parcel), channel, ts, channel if is_dm else ""],
        )
        return bool(done)

    async def dropped(self, ref: Ref, parcel: Parcel, sender: Sender) -> bool:
        """Record that the first parcel, a copy, is done with, sent or not."""
        async with translate_errors():
            done: int = await self._dropped(keys=[keys.watch(*ref)], args=_sender(sender, parcel))
        return bool(done)

    async def failed(
        self,
        ref: Ref,
        parcel: Parcel,
        sender: Sender,
        *,
        code: str,
        instead: Sequence[Parcel] = (),
    ) -> bool:
        """Record that the first parcel cannot reach its owner, and what is sent in its place."""
        async with translate_errors():
            done: int = await self._failed(
                keys=[keys.watch(*ref), keys.notice(ref.scope, parcel.notice_id)],
                args=[*_sender(sender, parcel), code, " ".join(map(str, instead))],
            )
        return bool(done)

    async def roll_back(
        self, record: Record, change: Change, parcels: Sequence[Parcel], generation: str
    ) -> bool:
        """Forget a notice that was begun and is certainly not out, and what it changed.

        `record` has the version that the notice was begun with. False when the watch was written
        since, or another sends: then the notice stays.
        """
        ref, notice_id = record.ref, parcels[0].notice_id
        async with translate_errors():
            done: int = await self._roll_back(
                keys=[
                    *self._written_keys(ref, change.notices),
                    keys.notice(ref.scope, notice_id),
                    keys.notices(*ref),
                ],
                args=[
                    *self._written(record, change),
                    generation,
                    " ".join(map(str, parcels)),
                    notice_id,
                ],
            )
        return bool(done)

    async def release(self, ref: Ref, parcel: Parcel, generation: str) -> None:
        """Let the next one send the first parcel at once: it is certainly not out."""
        async with translate_errors():
            await self._release(keys=[keys.watch(*ref)], args=[generation, str(parcel)])

    async def take_over(self, ref: Ref, parcel: Parcel, sender: Sender) -> int | timedelta | None:
        """Send the first parcel in the place of one who did not come to an end.

        Return which try this is, how long the other may still go on, or None when the parcel is
        no longer the first.
        """
        async with translate_errors():
            answer: int = await self._take_over(
                keys=[keys.watch(*ref)], args=_sender(sender, parcel)
            )
        if answer < 0:
            return timedelta(milliseconds=-answer)
        return answer or None

    async def shown(self, ref: Ref, notice_id: str, version: int) -> int | None:
        """Record that a message shows what its notice said at a version of the watch.

        Return the version that it must show now: when the notice was written since, or when
        another was at it too, since nobody knows whose edit came last.
        """
        async with translate_errors():
            behind: int = await self._shown(keys=[keys.watch(*ref)], args=[notice_id, version])
        return behind or None

    async def notice(self, scope: str, notice_id: str) -> Filed | None:
        """Return a notice; None when there is none, or none that opens."""
        async with translate_errors():
            fields = await self._redis.hgetall(keys.notice(scope, notice_id))
        if not fields:
            return None
        try:
            return self._records.filed(scope, notice_id, fields)
        except SealError:
            return None

    async def notice_ids(self, ref: Ref) -> list[str]:
        """Return the ids of the notices of a watch that are still kept, oldest first."""
        async with translate_errors():
            ids: list[str] = await self._notice_ids(keys=[keys.notices(*ref)], args=[])
        return ids

    async def forget_owner(self, owner: Owner) -> None:
        """Delete a person's watch; for a purge."""
        await self.remove(Ref(*owner))

    async def sealed(self) -> AsyncIterator[Sealed]:
        """Yield every stored record as it is, for a change of keys."""
        for scope in await self._scopes.all():
            async for batch in self.ids(scope):
                for watch_id in batch:
                    async for record in self._sealed_of(Ref(scope, watch_id)):
                        yield record

    async def _sealed_of(self, ref: Ref) -> AsyncIterator[Sealed]:
        key = keys.watch(*ref)
        async with translate_errors():
            fields = await self._redis.hgetall(key)
        for kind in (WATCH, LOOKS, ENTRIES):
            if kind in fields:
                yield Sealed(key, kind, kind, ref, fields[kind])
        for notice_id in await self.notice_ids(ref):
            key = keys.notice(ref.scope, notice_id)
            async with translate_errors():
                value = await self._redis.hget(key, NOTICE)
            if value is not None:
                yield Sealed(key, NOTICE, NOTICE, (ref.scope, notice_id), value)

    def _written_keys(self, ref: Ref, notices: Sequence[Notice]) -> list[str]:
        return [keys.watch(*ref), *(keys.notice(ref.scope, notice.id) for notice in notices)]

    def _written(self, record: Record, change: Change) -> list[str | int]:
        args: list[str | int] = [record.version, len(change.notices)]
        for notice in change.notices:
            args += [notice.id, self._records.seal_notice(notice)]
        return args + self._records.fields(record, change)


def _sender(sender: Sender, parcel: Parcel) -> list[str | int]:
    return [sender.generation, str(parcel), milliseconds(sender.span)]
