"""Reminders as a person handles them: settings, answers, what is to come, and how it is going."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from pydantic import ValidationError

from bot import metrics
from bot.clock import Clock
from bot.errors import GoneError, NotAllowedError, SlackError
from bot.lately import Lately
from bot.models.connection import Owner
from bot.models.ledger import Entry, ItemState, Ledger
from bot.models.listing import Coverage, Listing
from bot.models.notice import Notice
from bot.models.watch import Watch
from bot.rules import answers
from bot.rules.observe import Look, observe
from bot.rules.preview import Planned, next_notice, preview
from bot.services._ledger_changes import Change, LedgerChanges
from bot.services.look import Looker
from bot.services.messages import Messages
from bot.services.people import PeopleService
from bot.store.connections import ConnectionStore
from bot.store.heartbeats import Heartbeats
from bot.store.watches import Record, Ref, WatchStore

CHECK_AGE = timedelta(seconds=10)
"""How old a reading may be that answers "Renewed?"."""

# Most people hear something within a month; the last thing in sight may be a year away.
_HORIZONS = (31, 400)

Answer = Callable[[Ledger, str, datetime], Ledger]
"""Applies a reader's answer to a token's expiry; raises GoneError for one that is over."""


Whose = Owner | Ref
"""Whose own watch is meant, or which one."""


class Schedule(Protocol):
    """Who wakes watches."""

    async def wake(self, member: str, due: datetime) -> None:
        """Let one be looked after by then at the latest."""
        ...

    async def cancel(self, member: str) -> None:
        """Let one never be looked after again."""
        ...


@dataclass(frozen=True, slots=True)
class Status:
    """How somebody's reminders are doing.

    `snoozed` and `lapsing` are entries by token key. `next` is the next message in sight, as far as
    the last look knows. `undeliverable` is why the last one did not arrive, in Slack's word.
    `workers` counts those that are alive: without one nothing rings.
    """

    watch: Watch
    snoozed: Mapping[str, Entry]
    lapsing: Mapping[str, Entry]
    next: Planned | None
    looked_at: datetime | None
    undeliverable: str
    workers: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look for renewals found: the notice as it is now, and the state of each item asked.

    `unread` are those whose target could not be read in full just now.
    """

    notice: Notice
    states: Mapping[str, ItemState]
    unread: frozenset[str]


class ReminderService:
    """Keeps one watch for each person who has connected something."""

    def __init__(
        self,
        *,
        watches: WatchStore,
        schedule: Schedule,
        connections: ConnectionStore,
        looker: Looker,
        messages: Messages,
        people: PeopleService,
        heartbeats: Heartbeats,
        clock: Clock,
    ) -> None:
        self._watches = watches
        self._schedule = schedule
        self._connections = connections
        self._looker = looker
        self._people = people
        self._changes = LedgerChanges(watches, messages, clock)
        self._heartbeats = heartbeats
        self._clock = clock
        self._reached: Lately[Owner, bool] = Lately(clock)

    async def watch(self, owner: Owner) -> Watch | None:
        """Return somebody's watch, None when there is none."""
        record = await self._watches.load(Ref(*owner))
        return None if record is None else record.watch

    async def ensure(self, owner: Owner, zone: str) -> Watch:
        """Return somebody's watch, which is made and looked after now if there is none."""
        watch = _new_watch(owner, zone, self._clock.now())
        if not await self._watches.create(watch):
            record = await self._watches.load(Ref(*owner))
            # Written again, so that a worker who is about to close it reads once more.
            if record is not None and await self._watches.put(record.watch):
                watch = record.watch
        await self._wake(Ref(*owner))
        return watch

    async def save(self, watch: Watch) -> Watch:
        """Store other settings, which hold from now on; raise `GoneError` without a watch.

        Where they answer what the first look asked, its message tells so.
        """
        before = await self._watches.load(Ref.of(watch))
        changed = watch.model_copy(
            update={"version": watch.version + 1, "changed_at": self._clock.now()}
        )
        if not await self._watches.put(changed):
            raise GoneError("There are no reminders of yours any more: connect something first.")
        await self._wake(Ref.of(changed))
        if before is not None and before.watch.mode != changed.mode:
            await self._changes.show_anew(Ref.of(changed), _asks)
        return changed

    async def zone_changed(self, owner: Owner, zone: str) -> None:
        """Move somebody's slots along, unless the zone was chosen in the settings."""
        watch = await self.watch(owner)
        if watch is None or watch.own_zone or watch.zone == zone:
            return
        moved = _new_watch(owner, zone, self._clock.now()).zone
        await self.save(watch.model_copy(update={"zone": moved}))

    async def connections_changed(self, owner: Owner) -> None:
        """Look anew at what somebody has connected; the first connection makes a watch."""
        connections = await self._connections.all(owner)
        if connections.readable or connections.unreadable:
            await self.ensure(owner, await self._zone(owner))
        else:
            # A worker closes what was told of them, and removes the watch.
            await self._wake(Ref(*owner))

    async def status(self, owner: Owner) -> Status | None:
        """Return how somebody's reminders are doing, without looking anew."""
        record = await self._watches.load(Ref(*owner))
        if record is None:
            return None
        entries = (record.ledger or Ledger()).entries
        return Status(
            watch=record.watch,
            snoozed={key: entry for key, entry in entries.items() if entry.snoozed is not None},
            lapsing={key: entry for key, entry in entries.items() if entry.lapsing},
            next=self._next(record),
            looked_at=record.looked_at,
            undeliverable=record.undeliverable,
            workers=await self._heartbeats.alive(),
        )

    async def take_untold(self, owner: Owner) -> str:
        """Return why the last reminder did not reach somebody, in Slack's word, once.

        Empty where it did, or where they were told before. Redis is asked once a minute.
        """
        if self._reached.get(owner):
            return ""
        why = await self._watches.take_untold(Ref(*owner))
        if not why:
            self._reached.keep(owner, value=True)
        return why

    async def notice(self, owner: Owner, notice_id: str) -> tuple[Watch, Notice] | None:
        """Return one of somebody's notices, with the watch as it is now; None when it is gone."""
        watch = await self.watch(owner)
        filed = await self._watches.notice(owner.scope, notice_id)
        if watch is None or filed is None or filed.watch_id != watch.id:
            return None
        return watch, filed.notice

    async def snooze(
        self, whose: Whose, notice_id: str, keys: Collection[str], length: timedelta
    ) -> Notice:
        """Keep silent about items of a notice for a while, and return it as it is then.

        Raises `GoneError` when none of them is watched with that expiry any more, as does `lapse`.
        """
        answer = partial(answers.snooze, now=self._clock.now(), length=length)
        return await self._answer(whose, notice_id, keys, answer, kind="snooze")

    async def lapse(self, whose: Whose, notice_id: str, keys: Collection[str]) -> Notice:
        """Say nothing more about these expiries, and return the notice as it is then."""
        return await self._answer(whose, notice_id, keys, answers.lapse, kind="lapse")

    async def undo(self, whose: Whose, keys: Collection[str]) -> None:
        """Take back what was answered about tokens; raise `GoneError` when there is nothing."""

        def change(record: Record) -> tuple[Ledger, Collection[str]]:
            ledger, now = record.ledger or Ledger(), self._clock.now()
            held = [key for key in keys if key in ledger.entries and _held(ledger.entries[key])]
            if not held:
                raise GoneError("Nothing is silenced any more about these tokens.")
            for key in held:
                expiry = ledger.entries[key].expiry
                if expiry is not None:
                    ledger = answers.undo(ledger, key, expiry, now=now)
            return ledger, held

        await self._change(Ref(*whose), change, kind="undo")

    async def check_renewed(self, whose: Whose, notice_id: str, keys: Collection[str]) -> Checked:
        """Look now for what became of items of a notice, and return what was found.

        Asked again within seconds it tells the same. Raises `GoneError` when the notice is gone.
        """
        ref = Ref(*whose)
        record = await self._changes.load(ref)
        await self._own_notice(ref, notice_id)
        look = await self._looker.look(record.watch, record.ledger or Ledger(), max_age=CHECK_AGE)
        entries: Mapping[str, Entry] = {}

        def change(record: Record) -> tuple[Ledger, Collection[str]]:
            nonlocal entries
            now = self._clock.now()
            ledger = observe(record.ledger or Ledger(), look, record.watch, now).ledger
            entries = ledger.entries
            return ledger, keys

        await self._change(ref, change, kind="renewed")
        notice = await self._own_notice(ref, notice_id)
        return Checked(
            notice=notice,
            states={key: notice.state(key) for key in keys},
            unread=frozenset(
                key for key in keys if key in entries and entries[key].presence == "unreadable"
            ),
        )

    async def preview(self, owner: Owner, until: datetime) -> list[Planned]:
        """Return the messages to come, by a look now; nothing is sent or remembered."""
        record = await self._watches.load(Ref(*owner))
        if record is None:
            return []
        watch, ledger = record.watch, record.ledger or Ledger()
        look, matches = await self._looker.look(watch, ledger), self._looker.matches(watch)
        return preview(look, ledger, watch, self._clock.now(), until, matches=matches)

    async def next_notice(self, owner: Owner, token_key: str) -> Planned | None:
        """Return the next message that names a token, None when none is in sight."""
        record = await self._watches.load(Ref(*owner))
        if record is None:
            return None
        watch, ledger = record.watch, record.ledger or Ledger()
        look, matches = await self._looker.look(watch, ledger), self._looker.matches(watch)
        return next_notice(look, ledger, watch, self._clock.now(), token_key, matches=matches)

    async def forget_owner(self, owner: Owner) -> None:
        """Delete somebody's watch and all that belongs to it; for a purge."""
        ref = Ref(*owner)
        await self._watches.remove(ref)
        await self._schedule.cancel(ref.member)

    async def forget_scope(self, scope: str) -> None:
        """Let nothing of an installation be looked after again; before all of it is purged."""
        async for batch in self._watches.ids(scope):
            for watch_id in batch:
                await self._schedule.cancel(Ref(scope, watch_id).member)

    async def _zone(self, owner: Owner) -> str:
        try:
            return (await self._people.person(owner)).zone
        except (SlackError, NotAllowedError):
            return "UTC"  # until Slack tells of a change

    async def _answer(
        self, whose: Whose, notice_id: str, keys: Collection[str], answer: Answer, *, kind: str
    ) -> Notice:
        ref = Ref(*whose)
        notice = await self._own_notice(ref, notice_id)
        expiries = {item.key: item.expiry for item in notice.items if item.key in keys}

        def change(record: Record) -> tuple[Ledger, Collection[str]]:
            ledger, refusals = record.ledger or Ledger(), []
            for key, expiry in expiries.items():
                try:
                    ledger = answer(ledger, key, expiry)
                except GoneError as error:
                    refusals.append(error)
            if len(refusals) == len(expiries):
                raise next(iter(refusals), GoneError("This notice has no such token."))
            return ledger, expiries.keys()

        await self._change(ref, change, kind=kind)
        return await self._own_notice(ref, notice_id)

    async def _change(self, ref: Ref, change: Change, *, kind: str) -> None:
        await self._changes.apply(ref, change)
        metrics.ANSWERS.labels(kind).inc()
        await self._wake(ref)

    async def _own_notice(self, ref: Ref, notice_id: str) -> Notice:
        filed = await self._watches.notice(ref.scope, notice_id)
        if filed is None or filed.watch_id != ref.id:
            raise GoneError("This notice is no longer kept.")
        return filed.notice

    async def _wake(self, ref: Ref) -> None:
        await self._schedule.wake(ref.member, self._clock.now())

    def _next(self, record: Record) -> Planned | None:
        """Return the next message by what is remembered, soon or within a year."""
        ledger, watch, now = record.ledger or Ledger(), record.watch, self._clock.now()
        look, matches = remembered(ledger, watch, now), self._looker.matches(watch)
        for days in _HORIZONS:
            ahead = preview(look, ledger, watch, now, now + timedelta(days=days), matches=matches)
            if ahead:
                return ahead[0]
        return None


def remembered(ledger: Ledger, watch: Watch, now: datetime) -> Look:
    """Return the look that a ledger came from, as if it were one of this moment."""
    connection = watch.connections[0] if watch.connections else ""
    coverage = tuple(
        Coverage(
            connection_id=connection,
            connection_label="",
            target=memory.target,
            state="fresh" if memory.problem is None else "failed",
            read_at=now if memory.problem is None else None,
        )
        for memory in ledger.targets.values()
    )
    tokens = tuple(e.token for e in ledger.entries.values() if e.presence == "listed")
    listing = Listing(tokens=tokens, coverage=coverage, now=now)
    return Look(listing, frozenset(ledger.targets))


def _asks(notice: Notice) -> bool:
    return notice.summary is not None and notice.summary.mode == "unasked"


def _held(entry: Entry) -> bool:
    return entry.lapsing or entry.snoozed is not None


def _new_watch(owner: Owner, zone: str, now: datetime) -> Watch:
    """Return a person's watch as it begins; a zone that nobody knows is UTC."""
    made = {"id": owner.user, "owner": owner, "created_at": now, "changed_at": now}
    try:
        return Watch.model_validate({**made, "zone": zone})
    except ValidationError:
        return Watch.model_validate(made)
