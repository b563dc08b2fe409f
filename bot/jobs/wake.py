"""One wake of a watch: look, plan, deliver, and when to wake next."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol

from bot.clock import Clock, Ids
from bot.errors import NotAllowedError, SealError, SlackError
from bot.jobs.delivery import Delivery, Intent
from bot.jobs.lease import Lease
from bot.models.connection import Owner
from bot.models.ledger import Ledger
from bot.models.notice import Edit, Notice
from bot.rules.observe import Look, observe
from bot.rules.plan import POLL, Plan, plan
from bot.services.look import Looker
from bot.services.messages import Messages
from bot.services.people import PeopleService
from bot.store.watches import Change, Record, Ref, WatchStore

_MOST_RACES = 5
_SOON = timedelta(seconds=1)
_JITTER = 0.1

logger = logging.getLogger(__name__)

Forget = Callable[[Owner], Awaitable[None]]
"""Deletes everything that is stored of a person."""


class Jitter(Protocol):
    """The part of `random.Random` that is used here."""

    def uniform(self, a: float, b: float) -> float:
        """Return a number between two others."""
        ...


class Waker:
    """Looks after one watch at a time, as often as it is asked to."""

    def __init__(
        self,
        *,
        watches: WatchStore,
        looker: Looker,
        delivery: Delivery,
        messages: Messages,
        people: PeopleService,
        forget: Forget,
        clock: Clock,
        ids: Ids,
        rng: Jitter,
    ) -> None:
        self._watches = watches
        self._looker = looker
        self._delivery = delivery
        self._messages = messages
        self._people = people
        self._forget = forget
        self._clock = clock
        self._ids = ids
        self._rng = rng

    async def wake(self, ref: Ref, lease: Lease) -> datetime | None:
        """Look after a watch; return when to wake next, None when there is no such watch."""
        await lease.reach("claim")
        try:
            record = await self._watches.load(ref)
        except SealError:
            logger.warning("a watch cannot be opened with the keys at hand")
            return self._clock.now() + POLL
        while record is not None and record.outbox:
            again = await self._delivery.resume(record, lease)
            if again is not None:
                return again
            record = await self._watches.load(ref)
        if record is None:
            return None
        await lease.reach("look")
        look = await self._looker.look(record.watch, record.ledger or Ledger())
        await lease.reach("plan")
        for _ in range(_MOST_RACES):
            if record is None:
                return None
            done = await self._act(record, look, lease)
            if done is not None:
                return done.again
            record = await self._watches.load(ref)
        return self._clock.now() + _SOON

    async def _act(self, record: Record, look: Look, lease: Lease) -> "_Done | None":
        """Do what is planned; None when somebody else wrote the watch at the same time."""
        watch, now = record.watch, self._clock.now()
        observed = observe(record.ledger or Ledger(), look, watch, now).ledger
        matches = self._looker.matches(watch)
        notice_id = self._ids.new()
        planned = plan(
            observed,
            watch,
            now,
            notice_id=notice_id,
            matches=matches,
            listed=look.listing.tokens,
        )
        notices = await self._notices(record.ref, planned.edits)
        edited = [notice.edited(planned.edits) for notice in notices]
        change = Change(planned.ledger, edited, looked_at=now, next_send=planned.next_send)
        done: Record | _Done | None
        if planned.speaks:
            intent = Intent(
                notice=planned.notice(notice_id, watch, now),
                fallback=tuple(planned.send.index(item) for item in planned.fallback),
                change=change,
                undone=Change(observed, notices, looked_at=now),
            )
            done = await self._ring(record, intent, lease)
        else:
            done = record.after(change) if await self._watches.save(record, change) else None
        if isinstance(done, Record):
            return await self._tidy(done, look, planned, now, lease)
        return done

    async def _ring(self, record: Record, intent: Intent, lease: Lease) -> "Record | _Done | None":
        """Send a notice to somebody who is still there."""
        owner = record.watch.owner
        if await self._has_left(owner):
            return await self._forgotten(owner)
        rung = await self._delivery.ring(record, intent, lease)
        if rung.unreachable and await self._has_left(owner, fresh=True):
            return await self._forgotten(owner)
        return rung.record if rung.again is None else _Done(rung.again)

    async def _tidy(
        self, record: Record, look: Look, planned: Plan, now: datetime, lease: Lease
    ) -> "_Done | None":
        """Bring messages up to date, and return when to wake next."""
        wait = await self._messages.refresh(record, partial(lease.reach, "edit"))
        listing = look.listing
        over = not listing.connections and not listing.unreadable and not planned.speaks
        if over and wait is None:
            # Nothing is connected any more, and every message says so.
            return _Done(None) if await self._watches.remove(record.ref, record.version) else None
        wake = self._wake_after(planned, now)
        return _Done(wake if wait is None else min(wake, now + wait))

    def _wake_after(self, planned: Plan, now: datetime) -> datetime:
        """Return when to wake: at the next slot with something in it, or about when planned."""
        wake = planned.wake
        if wake != planned.next_send:
            wake = now + (wake - now) * self._rng.uniform(1 - _JITTER, 1 + _JITTER)
            wake = wake if planned.next_send is None else min(wake, planned.next_send)
        return max(wake, now + _SOON)

    async def _notices(self, ref: Ref, edits: Iterable[Edit]) -> list[Notice]:
        """Return the notices that edits are about, as they are."""
        found = []
        for notice_id in dict.fromkeys(edit.notice_id for edit in edits):
            filed = await self._watches.notice(ref.scope, notice_id)
            found += [] if filed is None else [filed.notice]
        return found

    async def _has_left(self, owner: Owner, *, fresh: bool = False) -> bool:
        """Tell whether somebody may not use the bot any more; events of it may have been lost."""
        try:
            person = await self._people.person(owner, fresh=fresh)
        except (SlackError, NotAllowedError):
            return False
        return person.deleted or person.guest

    async def _forgotten(self, owner: Owner) -> "_Done":
        await self._forget(owner)
        return _Done(None)


class _Done(NamedTuple):
    """A wake has come to its end; `again` is the next one, None when the watch is gone."""

    again: datetime | None
